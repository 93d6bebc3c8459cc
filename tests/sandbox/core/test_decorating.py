import asyncio
import textwrap
import unittest

import pytest
from asking import pay
from tillpay import TillPaySandbox

from payproof.sandbox.core import active
from payproof.sandbox.core.exchange import SandboxError

pytest_plugins = ["pytester"]


def test_each_call_of_a_function_gets_a_fresh_sandbox():
    seen = []

    @TillPaySandbox(seed=7)
    def checkout(amount, *, twice=False):
        box = active.current()
        seen.append(box)
        pay(box, amount)
        return len(box.journal)

    assert checkout.__name__ == "checkout"
    assert [checkout(5), checkout(5, twice=True)] == [1, 1]
    assert seen[0] is not seen[1]
    assert list(seen[0].store["payment"]) == list(seen[1].store["payment"])
    assert active.STACK == []


def test_an_unsettled_sandbox_fails_the_call():
    @TillPaySandbox()
    def checkout():
        active.current().faults.next("500")

    with pytest.raises(SandboxError, match="never fired"):
        checkout()


def test_async_functions():
    @TillPaySandbox()
    async def checkout():
        await asyncio.sleep(0)
        return len(active.candidates())

    assert asyncio.iscoroutinefunction(checkout)
    assert asyncio.run(checkout()) == 1
    assert active.STACK == []


def test_generators_stay_inside_between_their_steps():
    @TillPaySandbox()
    def fixture():
        yield active.current()
        yield active.current()

    assert len(set(map(id, fixture()))) == 1

    @TillPaySandbox()
    async def async_fixture():
        yield active.current()

    async def main():
        return [box async for box in async_fixture()]

    assert len(asyncio.run(main())) == 1
    assert active.STACK == []


def run_case(case):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_a_test_case_has_it_in_set_up_tests_tear_down_and_clean_ups():
    seen = []

    @TillPaySandbox()
    class Case(unittest.TestCase):
        def setUp(self):
            seen.append(("setUp", active.current() is self.sandbox))
            self.addCleanup(lambda: seen.append(("cleanup", active.current() is self.sandbox)))

        def test_one(self):
            self.assertEqual(pay(self.sandbox).status, 200)
            self.assertEqual(len(self.sandbox.journal), 1)

        def test_two(self):
            self.assertEqual(len(self.sandbox.journal), 0)

        def tearDown(self):
            seen.append(("tearDown", active.current() is self.sandbox))

    assert run_case(Case).wasSuccessful()
    assert seen == [("setUp", True), ("tearDown", True), ("cleanup", True)] * 2
    assert active.STACK == []


def test_what_a_test_case_leaves_unsettled_is_its_error():
    @TillPaySandbox()
    class Case(unittest.TestCase):
        def test_one(self):
            self.sandbox.faults.next("500")

    result = run_case(Case)
    assert "never fired" in result.errors[0][1]
    assert active.STACK == []


def test_a_test_case_whose_set_up_fails_is_left():
    @TillPaySandbox()
    class Case(unittest.TestCase):
        def setUp(self):
            raise ValueError("no")

        def test_one(self):
            pass

    assert "ValueError: no" in run_case(Case).errors[0][1]
    assert active.STACK == []


def test_async_test_cases():
    @TillPaySandbox()
    class Case(unittest.IsolatedAsyncioTestCase):
        async def test_one(self):
            await asyncio.sleep(0)
            self.assertIs(active.current(), self.sandbox)

    result = run_case(Case)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


def test_a_subclass_inherits_it():
    @TillPaySandbox()
    class Base(unittest.TestCase):
        pass

    class Case(Base):
        def setUp(self):
            super().setUp()
            self.inside = active.current() is self.sandbox

        def test_one(self):
            self.assertTrue(self.inside)

    assert run_case(Case).wasSuccessful()


@pytest.mark.parametrize("subject", [7, "text"])
def test_only_functions_and_classes(subject):
    with pytest.raises(SandboxError, match=f"a sandbox decorates functions and test classes, not {subject!r}"):
        TillPaySandbox()(subject)


def test_a_class_without_tests_is_refused():
    with pytest.raises(
        SandboxError, match="Shop has no tests; a sandbox decorates test classes, functions, or is used with `with`"
    ):

        @TillPaySandbox()
        class Shop:
            pass


def test_under_pytest(pytester):
    here = __file__.rpartition("/")[0]
    pytester.makepyfile(
        textwrap.dedent(
            f"""
            import sys, unittest
            sys.path.insert(0, {here!r})
            from asking import pay
            from tillpay import TillPaySandbox
            from payproof.sandbox.core import active

            @TillPaySandbox()
            class TestPlain:
                def setup_method(self):
                    self.before = active.current() is self.sandbox

                def teardown_method(self, method):
                    assert active.current() is self.sandbox

                def test_one(self):
                    assert self.before
                    assert pay(self.sandbox).status == 200

                def test_two(self):
                    assert len(self.sandbox.journal) == 0

                def test_unsettled(self):
                    self.sandbox.faults.next("500")

            @TillPaySandbox()
            class TestSetUpFails:
                def setup_method(self, method):
                    raise ValueError("no set-up")

                def test_one(self):
                    pass

            @TillPaySandbox()
            class TestTearDownFails:
                def teardown_method(self):
                    raise ValueError("no tear-down")

                def test_one(self):
                    pass

            @TillPaySandbox()
            class TestNoHooks:
                def test_one(self):
                    assert active.current() is self.sandbox

            @TillPaySandbox()
            class Case(unittest.TestCase):
                def test_one(self):
                    assert active.current() is self.sandbox

            @TillPaySandbox()
            def test_function(tmp_path):
                assert tmp_path and active.current()

            def test_nothing_is_left():
                assert active.STACK == []
            """
        )
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=8, errors=3)
    result.stdout.fnmatch_lines(["*never fired*", "*ValueError: no set-up*", "*ValueError: no tear-down*"])
