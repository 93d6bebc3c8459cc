"""A marker that cannot be meant ends the run before any test: a typo must never look like a test that shows nothing."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

TEST = """
@pytest.mark.payproof({marks})
def test_pay(stripe_sandbox):
    raise AssertionError("must not run")
"""

MISTAKES = {
    '"idempotency-key"': "unknown control 'idempotency-key' in the payproof marker; did you mean 'idempotency-keys'?",
    '"idempotency-keys", "zzz"': "unknown control 'zzz' in the payproof marker",
    "": 'the payproof marker needs a control, such as @pytest.mark.payproof("idempotency-keys")',
    "7": "the payproof marker takes names of controls, not 7",
    'control="money-exact"': "the payproof marker takes names of controls only, not control=",
    '"incidents-prepared"': "the control 'incidents-prepared' cannot be shown by a test; it asks for attestation",
    '"payment-page-scripts"': "the control 'payment-page-scripts' cannot be shown by a test; it asks for scan and attestation",
}


@pytest.mark.parametrize("marks", MISTAKES)
def test_a_mistake_is_a_usage_error(project, marks):
    project.tests(TEST.format(marks=marks))
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: test_shop.py::test_pay: {MISTAKES[marks]}" in result.errlines
    assert not project.ledger().segments


def test_a_mistake_is_found_when_tests_are_only_collected_or_deselected(project):
    project.tests(TEST.format(marks='"idempotency-key"'))
    assert project.run("--collect-only").ret == pytest.ExitCode.USAGE_ERROR
    assert project.run("-k", "other").ret == pytest.ExitCode.USAGE_ERROR


def test_collecting_alone_reads_no_configuration_and_records_nothing(project):
    project.pytester.makepyprojecttoml("[tool.payproof]\nselct = []\n")
    project.tests(TEST.format(marks='"idempotency-keys"'))
    assert project.run("--collect-only").ret == 0
    assert not (project.root / ".payproof").exists()


def test_the_marker_is_registered(project):
    project.tests(TEST.format(marks='"idempotency-keys"'))
    result = project.run("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.payproof(*controls): *"])


def test_a_configuration_that_cannot_be_used_is_a_usage_error(project):
    project.pytester.makepyprojecttoml("[tool.payproof]\nselct = []\n")
    project.tests(TEST.format(marks='"idempotency-keys"'))
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: pyproject.toml: unknown key 'selct' in [tool.payproof]; did you mean 'select'?" in result.errlines


def test_a_rule_of_the_users_that_cannot_be_used_is_a_usage_error(project):
    project.pytester.makepyprojecttoml('[tool.payproof]\nrules = ["audit"]\n')
    project.tests(TEST.format(marks='"idempotency-keys"'))
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: the rule folder *audit is not there"])


def test_without_marked_tests_the_configuration_is_not_even_read(project):
    project.pytester.makepyprojecttoml("[tool.payproof]\nselct = []\n")
    project.tests("def test_nothing():\n    pass\n")
    assert project.run().ret == 0
    assert not (project.root / ".payproof").exists()
