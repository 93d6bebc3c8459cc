"""The fixtures of every processor: fresh for each test, several accounts, strict when left."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def test_each_processor_has_its_fixtures(pytester: pytest.Pytester, name: str) -> None:
    pytester.makepyfile(
        f"""
        import payproof.sandbox

        def test_fresh({name}_sandbox):
            assert payproof.sandbox.current() is {name}_sandbox
            assert {name}_sandbox.processor.name == "{name}"
            assert len({name}_sandbox.journal) == 0

        def test_two_accounts(make_{name}_sandbox):
            ours, theirs = make_{name}_sandbox(), make_{name}_sandbox(strict=False)
            assert ours.api_key != theirs.api_key

        def test_strict({name}_sandbox):
            {name}_sandbox.faults.next("500")
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:randomly")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*the fault '500' was planned for any call and never fired*"])
