"""What continuous integration makes of tests that are not run."""

from __future__ import annotations

import pathlib

import pytest

pytest_plugins = ["pytester"]

SUITE = """
    import pytest

    @pytest.mark.skipif(True, reason="needs a browser")
    def test_marked(): ...

    def test_inside():
        pytest.importorskip("a_module_that_nobody_has")

    @pytest.mark.xfail(reason="not yet")
    def test_expected(): assert False

    def test_run(): ...
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest((pathlib.Path(__file__).parent / "conftest.py").read_text("utf-8"))
    pytester.makepyfile(SUITE)
    return pytester


def test_elsewhere_what_is_not_run_is_listed(suite: pytest.Pytester) -> None:
    done = suite.runpytest_subprocess("-ra", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, skipped=2, xfailed=1)
    done.stdout.fnmatch_lines(["SKIPPED * needs a browser", "SKIPPED * could not import 'a_module_that_nobody_has'*"])


def test_ci_fails_what_is_not_run(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    done = suite.runpytest_subprocess("-ra", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, failed=1, errors=1, xfailed=1)
    done.stdout.fnmatch_lines(["not run, which CI does not accept: needs a browser"])


def test_ci_fails_a_file_that_is_not_run(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    suite.makepyfile(test_whole='import pytest\npytest.importorskip("a_module_that_nobody_has")')
    done = suite.runpytest_subprocess("-ra", "-p", "no:cacheprovider", "test_whole.py")
    assert done.ret != 0
    done.stdout.fnmatch_lines(["not run, which CI does not accept: could not import 'a_module_that_nobody_has'*"])
