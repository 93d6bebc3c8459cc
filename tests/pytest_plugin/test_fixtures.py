"""The sandbox fixtures: no set-up, fresh for every test, strict when left, several accounts, and async."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def test_every_test_gets_a_fresh_sandbox(project):
    project.tests(
        """
@pytest.mark.parametrize("turn", [1, 2])
def test_pay(stripe_sandbox, turn):
    pay()
    assert len(stripe_sandbox.journal) == 1


def test_nothing_is_active_afterwards():
    from payproof.sandbox.core import active

    assert active.STACK == []
"""
    )
    project.run().assert_outcomes(passed=3)


def test_a_planned_fault_that_never_struck_fails_the_test_when_it_is_left(project):
    project.tests("def test_pay(stripe_sandbox):\n    stripe_sandbox.faults.next('500')\n")
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *SandboxError: StripeSandbox: the fault '500' was planned for any call and never fired"])


def test_a_test_that_failed_is_not_told_of_its_sandbox_too(project):
    project.tests("def test_pay(stripe_sandbox):\n    stripe_sandbox.faults.next('500')\n    assert 0\n")
    project.run().assert_outcomes(failed=1)


def test_strictness_can_be_switched_off_for_all(project):
    project.pytester.makepyprojecttoml("[tool.pytest.ini_options]\npayproof_strict = false\n")
    project.tests("def test_pay(stripe_sandbox):\n    stripe_sandbox.faults.next('500')\n")
    project.run().assert_outcomes(passed=1)


def test_strictness_can_be_switched_off_for_one(project):
    project.tests("def test_pay(make_stripe_sandbox):\n    make_stripe_sandbox(strict=False).faults.next('500')\n")
    project.run().assert_outcomes(passed=1)


def test_all_complaints_of_several_sandboxes_are_told(project):
    project.tests(
        """
def test_pay(make_stripe_sandbox):
    make_stripe_sandbox().faults.next("500")
    make_stripe_sandbox().faults.next("429")
"""
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the fault '429' was planned*", "*the fault '500' was planned*"])


def test_accounts_are_told_apart_by_their_keys(project):
    project.tests(
        """
def client(key):
    made = stripe.StripeClient(key)
    return getattr(made, "v1", made)


def test_pay(make_stripe_sandbox):
    ours, theirs = make_stripe_sandbox(), make_stripe_sandbox()
    assert ours.api_key != theirs.api_key
    first = client(ours.api_key).customers.create()
    second = client(theirs.api_key).customers.create()
    assert (len(ours.journal), len(theirs.journal)) == (1, 1)
    assert first.id != second.id
"""
    )
    project.run().assert_outcomes(passed=1)


def test_async_tests_need_nothing_more(project):
    pytest.importorskip("anyio")
    project.tests(
        """
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_pay(stripe_sandbox, anyio_backend):
    await stripe.PaymentIntent.create_async(amount=1200, currency="eur")
    assert len(stripe_sandbox.journal) == 1
"""
    )
    project.run().assert_outcomes(passed=1)
