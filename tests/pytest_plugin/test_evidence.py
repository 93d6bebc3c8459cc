"""What marked tests write into the ledger: only what a sandbox's journal backs."""

from __future__ import annotations

import importlib.metadata

import pytest

from payproof import catalogue
from payproof.model import Place, Witness
from payproof.revision import revision

pytest_plugins = ["pytester"]


def test_a_passing_test_whose_journal_shows_a_matching_call_speaks_for_its_control(project, summary):
    project.tests(
        """
@pytest.mark.payproof("idempotency-keys")
def test_once(stripe_sandbox):
    pay(idempotency_key="order-1")
    pay(idempotency_key="order-1")
"""
    )
    result = project.run()
    result.assert_outcomes(passed=1)
    (piece,) = project.evidence()
    assert (piece.control, piece.witness, piece.stance.value, piece.full) == ("idempotency-keys", Witness.TESTS, "for", True)
    assert piece.subject == "test_shop.py::test_once"
    assert piece.summary == "passed; the sandbox saw 2 requests, 2 writes"
    assert piece.details == {"mutation": 2, "request": 2}
    assert piece.sdks == {"stripe": importlib.metadata.version("stripe")}
    assert piece.revision == revision(project.root)
    assert piece.rule_pack == catalogue.rule_pack(catalogue.load_rules())
    assert piece.place == Place("test_shop.py", 9)
    first, second = summary(result)
    assert first == "for: idempotency-keys (1 test)"
    assert second.startswith("evidence: .payproof/ledger/tests-")
    assert second.endswith(f".jsonl (revision {piece.revision}, rules {piece.rule_pack})")


def test_a_marker_over_nothing_shows_nothing_and_says_so(project, summary):
    project.tests(
        """
@pytest.mark.payproof("idempotency-keys", "webhook-authenticity")
def test_nothing():
    assert True
"""
    )
    result = project.run()
    result.assert_outcomes(passed=1)
    assert not (project.root / ".payproof").exists()
    assert summary(result) == [
        "nothing shown: idempotency-keys: test_shop.py::test_nothing: needs a write; no sandbox was used",
        "nothing shown: webhook-authenticity: test_shop.py::test_nothing: needs a forged delivery; no sandbox was used",
    ]


def test_a_sandbox_that_saw_something_else_shows_nothing(project, summary):
    project.tests(
        """
@pytest.mark.payproof("refunds-controlled", "payment-state-reconciled")
def test_pays_only(stripe_sandbox):
    pay()
"""
    )
    assert summary(project.run()) == [
        "nothing shown: payment-state-reconciled: test_shop.py::test_pays_only: needs a delivery or an error;"
        " the sandbox saw 1 request, 1 write",
        "nothing shown: refunds-controlled: test_shop.py::test_pays_only: needs a refund; the sandbox saw 1 request, 1 write",
    ]


def test_a_failing_test_speaks_against_whatever_the_journal_shows(project, summary):
    project.tests(
        """
@pytest.mark.payproof("idempotency-keys")
def test_twice():
    assert 1 == 2, "charged twice"
"""
    )
    result = project.run()
    assert project.said() == [("idempotency-keys", "against", "test_twice")]
    assert project.evidence()[0].summary == "failed: AssertionError; no sandbox was used"
    assert summary(result)[0] == "against: idempotency-keys: test_shop.py::test_twice"


@pytest.mark.parametrize(
    ("decorator", "body", "why"),
    [
        ("pytest.mark.skip(reason='x')", "pay()", "it was skipped"),
        ("pytest.mark.usefixtures()", "pay(); pytest.skip('x')", "it was skipped"),
        ("pytest.mark.xfail", "pay(); assert 0", "it is expected to fail"),
        ("pytest.mark.xfail", "pay()", "it is expected to fail"),
        ("pytest.mark.usefixtures('broken')", "pay()", "its set-up failed, so it did not run"),
    ],
)
def test_who_did_not_simply_pass_or_fail_says_nothing(project, summary, decorator, body, why):
    project.tests(
        f"""
@pytest.fixture
def broken():
    raise RuntimeError("no database")


@pytest.mark.payproof("idempotency-keys")
@{decorator}
def test_pay(stripe_sandbox):
    {body}
"""
    )
    assert summary(project.run()) == [f"nothing shown: idempotency-keys: test_shop.py::test_pay: {why}"]
    assert not project.ledger().segments


def test_a_strict_xfail_that_passes_fails_and_speaks_against(project):
    project.tests(
        """
@pytest.mark.payproof("idempotency-keys")
@pytest.mark.xfail(strict=True)
def test_pay(stripe_sandbox):
    pay()
"""
    )
    project.run()
    assert project.said() == [("idempotency-keys", "against", "test_pay")]


def test_what_a_strict_sandbox_complains_about_on_leaving_speaks_against(project):
    project.tests(
        """
@pytest.mark.payproof("idempotency-keys")
def test_pay(stripe_sandbox):
    stripe_sandbox.faults.next("500")
    stripe_sandbox.faults.next("429", on="POST /v1/refunds")
    pay()
"""
    )
    project.run().assert_outcomes(passed=1, errors=1)
    (piece,) = project.evidence()
    assert piece.stance.value == "against"
    assert "failed when it was left: " in piece.summary
    assert "SandboxError" in piece.summary


def test_every_case_of_a_test_speaks_for_itself(project):
    project.tests(
        """
@pytest.mark.payproof("idempotency-keys")
@pytest.mark.parametrize("amount", [1, 2])
def test_pay(stripe_sandbox, amount):
    pay()
    assert amount == 1
"""
    )
    project.run()
    assert project.said() == [("idempotency-keys", "against", "test_pay[2]"), ("idempotency-keys", "for", "test_pay[1]")]


def test_markers_of_module_class_and_function_add_up(project):
    project.tests(
        """
pytestmark = pytest.mark.payproof("money-exact")


@pytest.mark.payproof("idempotency-keys")
class TestPay:
    @pytest.mark.payproof("amounts-server-side", "money-exact")
    def test_pay(self, stripe_sandbox):
        pay()
"""
    )
    project.run()
    assert [control for control, _, _ in project.said()] == ["amounts-server-side", "idempotency-keys", "money-exact"]


def test_a_sandbox_counts_however_it_came_about(project):
    project.tests(
        """
import unittest
from payproof.sandbox import StripeSandbox

pytestmark = pytest.mark.payproof("idempotency-keys")


def test_context():
    with StripeSandbox():
        pay()


@StripeSandbox()
def test_decorated():
    pay()


@StripeSandbox()
class TestUnit(unittest.TestCase):
    def test_unit(self):
        pay()


@pytest.mark.usefixtures("stripe_sandbox")
class TestUnitWithFixture(unittest.TestCase):
    def test_unit_with_fixture(self):
        pay()
"""
    )
    project.run().assert_outcomes(passed=4)
    assert [name for _, stance, name in project.said() if stance == "for"] == [
        "test_context",
        "test_decorated",
        "test_unit",
        "test_unit_with_fixture",
    ]


def test_a_sandbox_that_outlives_tests_counts_only_what_each_test_did(project):
    project.tests(
        """
from payproof.sandbox import StripeSandbox

pytestmark = pytest.mark.payproof("idempotency-keys")


@pytest.fixture(scope="module")
def box():
    with StripeSandbox() as box:
        yield box


def test_pays(box):
    pay()


def test_rests(box):
    pass


def test_pays_again():
    pay()
"""
    )
    project.run().assert_outcomes(passed=3)
    assert project.said() == [("idempotency-keys", "for", "test_pays"), ("idempotency-keys", "for", "test_pays_again")]


def test_unmarked_tests_write_nothing(project, summary):
    project.tests("def test_pay(stripe_sandbox):\n    pay()\n")
    result = project.run()
    result.assert_outcomes(passed=1)
    assert summary(result) == []
    assert not (project.root / ".payproof").exists()


TEST = """
@pytest.mark.payproof("idempotency-keys")
def test_pay(stripe_sandbox):
    pay()
"""


def test_the_ledger_lies_where_the_option_says(project):
    project.tests(TEST)
    project.run("--payproof-ledger", "build/proof")
    assert len(project.ledger("build/proof").evidence) == 1
    assert not (project.root / ".payproof").exists()


def test_the_ledger_stays_there_when_a_test_changes_the_directory(project, tmp_path):
    project.tests(TEST + f"    import os\n    os.chdir({str(tmp_path)!r})\n")
    project.run("--payproof-ledger", "proof")
    assert len(project.ledger("proof").evidence) == 1


def test_the_ledger_lies_where_the_configuration_says(project):
    project.pytester.makepyprojecttoml('[tool.payproof]\nledger = "proof"\n')
    project.tests(TEST)
    project.run()
    assert len(project.ledger("proof").evidence) == 1


def test_an_option_without_a_folder_is_a_usage_error(project):
    project.tests(TEST)
    result = project.run("--payproof-ledger", "")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --payproof-ledger needs a folder" in result.errlines


def test_a_ledger_that_cannot_be_written_fails_no_test_and_is_said(project, summary):
    project.tests(TEST)
    (project.root / ".payproof").write_text("")
    result = project.run()
    result.assert_outcomes(passed=1)
    (line,) = summary(result)
    assert line.startswith("not recorded: the ledger ")
    assert line.endswith("/.payproof/ledger cannot be written: Not a directory")


def test_the_revision_is_that_of_the_code_before_the_tests_ran(project):
    project.tests(
        """
import pathlib

@pytest.mark.payproof("idempotency-keys")
def test_pay(stripe_sandbox):
    pay()
    pathlib.Path("new.py").write_text("x = 1")
"""
    )
    before = revision(project.root)
    project.run()
    assert revision(project.root) != before
    assert project.evidence()[0].revision == before


def test_the_root_is_the_project_above_a_folder_with_a_configuration_of_its_own(project):
    (project.root / "tests").mkdir()
    (project.root / "tests" / "pytest.ini").write_text("[pytest]\n")
    (project.root / "tests" / "test_shop.py").write_text(
        f"import pytest\nimport stripe\n{TEST.replace('pay()', 'stripe.Balance.retrieve()')}"
    )
    project.run("tests")
    assert not project.ledger().segments  # a GET is no write
    (project.root / "tests" / "test_shop.py").write_text(
        f"import pytest\nimport stripe\n{TEST.replace('pay()', 'stripe.Customer.create()')}"
    )
    project.run("tests")
    assert [piece.place for piece in project.evidence()] == [Place("tests/test_shop.py", 4)]


def test_no_card_number_reaches_the_ledger_or_the_summary(project, summary):
    card = "4242" * 4
    project.tests(
        f"""
@pytest.mark.payproof("idempotency-keys")
@pytest.mark.parametrize("card", ["{card}"])
def test_pay(card):
    assert card == "", f"refused {{card}}"
"""
    )
    result = project.run()
    assert card not in "\n".join(summary(result))
    assert all(card not in path.read_text() for path in (project.root / ".payproof" / "ledger").iterdir())
    assert "424242" in project.evidence()[0].subject
