"""The scan as a whole: what it counts, what it cannot read, and that its answer does not depend on how it was asked."""

import pathlib
import textwrap

import pytest

from payproof.model import UsageError, Verdict
from payproof.scan.engine import ScanOptions, scan
from payproof.scan.flow import functions
from payproof.scan.flow.statements import Flow
from payproof.scan.loading import WORTH_PROCESSES
from payproof.scan.program import FunctionInfo

PAY = "import stripe\n\n\ndef pay(order):\n    stripe.Charge.create(amount=order.amount, currency='eur')\n"


def write(folder: pathlib.Path, files: dict[str, str]) -> pathlib.Path:
    (folder / "pyproject.toml").write_text("")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")
    return folder


def found(result) -> list[tuple[str, str, int]]:
    return [(site.rule, site.place.path, site.place.line) for site in result.findings() if site.confidence.value != "low"]


def test_sites_that_hold_are_counted_beside_those_that_do_not(tmp_path: pathlib.Path) -> None:
    files = {"shop.py": PAY + "    stripe.Refund.create(charge=order.charge, idempotency_key=f'refund-{order.id}')\n"}
    result = scan([write(tmp_path, files)], ScanOptions(cache=False, select=("idempotency-key-missing",)))
    assert [site.verdict for site in result.sites] == [Verdict.VIOLATED, Verdict.HOLDS]
    assert result.processors == ("stripe",)
    assert result.payment_code


def test_no_payment_code_is_said_as_such(tmp_path: pathlib.Path) -> None:
    result = scan([write(tmp_path, {"other.py": "print('hello')\n"})], ScanOptions(cache=False))
    assert not result.payment_code
    assert not result.sites
    assert result.counts.irrelevant == 1


def test_a_leak_is_followed_through_three_modules(tmp_path: pathlib.Path) -> None:
    files = {
        "web.py": """
            from flask import Flask, request
            from service import checkout
            app = Flask(__name__)
            @app.post("/pay")
            def pay():
                return checkout(request.form["card_number"])
            """,
        "service.py": """
            from auditing import remember
            def checkout(number):
                remember({"what": "checkout", "number": number})
            """,
        "auditing.py": """
            import logging
            log = logging.getLogger(__name__)
            def remember(entry):
                log.info("%s", entry)
            """,
    }
    result = scan([write(tmp_path, files)], ScanOptions(cache=False, select=("card-data-logged",)))
    (site,) = result.findings()
    assert site.place.path == "auditing.py"
    assert [step.place.path for step in site.steps] == ["web.py", "web.py", "service.py", "auditing.py"]
    assert site.frame


def test_test_code_is_asked_for_live_secrets_only_and_counted(tmp_path: pathlib.Path) -> None:
    result = scan([write(tmp_path, {"tests/test_pay.py": PAY})], ScanOptions(cache=False))
    assert not result.findings()
    assert result.counts.tests_not_asked == 1


def test_a_file_that_cannot_be_parsed_is_named_and_the_others_are_scanned(tmp_path: pathlib.Path) -> None:
    files = {"shop.py": PAY, "broken.py": "import stripe\ndef (:\n", "old.py": "import stripe\nprint 'two'\n"}
    result = scan([write(tmp_path, files)], ScanOptions(cache=False))
    assert {unread.path for unread in result.unread if unread.matters} == {"broken.py", "old.py"}
    assert all(unread.reason for unread in result.unread)
    assert ("idempotency-key-missing", "shop.py", 5) in found(result)


def test_a_broken_file_without_payment_words_does_not_matter(tmp_path: pathlib.Path) -> None:
    result = scan([write(tmp_path, {"shop.py": PAY, "broken.py": "def (:\n"})], ScanOptions(cache=False))
    assert not [unread for unread in result.unread if unread.matters]


def test_a_file_too_large_to_read_matters_when_it_speaks_of_payments(tmp_path: pathlib.Path) -> None:
    write(tmp_path, {"shop.py": PAY})
    (tmp_path / "table.csv").write_bytes(b"1,2,3\n" * 2_000_000)
    (tmp_path / "dump.sql").write_bytes(b"1,2,3\n" * 2_000_000 + b"whsec_" + b"a1B2c3D4" * 4 + b"\n")
    result = scan([tmp_path], ScanOptions(cache=False))
    assert {(unread.path, unread.matters) for unread in result.unread} == {("table.csv", False), ("dump.sql", True)}


def test_an_unknown_rule_is_a_usage_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'card-data-logged'"):
        scan([write(tmp_path, {"shop.py": PAY})], ScanOptions(select=("card-data-loged",)))


def test_a_missing_path_is_a_usage_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError):
        scan([tmp_path / "missing"], ScanOptions())


def test_warm_equals_cold(tmp_path: pathlib.Path) -> None:
    write(tmp_path, {"shop.py": PAY, "more.py": PAY.replace("pay", "pay_more")})
    cold = scan([tmp_path], ScanOptions())
    warm = scan([tmp_path], ScanOptions())
    assert warm == cold
    (tmp_path / "shop.py").write_text(PAY.replace("'eur')", "'eur', idempotency_key=order.key)"))
    edited = scan([tmp_path], ScanOptions())
    assert edited == scan([tmp_path], ScanOptions(cache=False))
    assert len(found(edited)) == 1


def test_processes_give_what_one_gives(tmp_path: pathlib.Path) -> None:
    write(tmp_path, {f"shop{number}.py": PAY for number in range(WORTH_PROCESSES + 1)})
    assert scan([tmp_path], ScanOptions(cache=False, jobs=2)) == scan([tmp_path], ScanOptions(cache=False, jobs=1))


def test_fingerprints_survive_line_moves(tmp_path: pathlib.Path) -> None:
    write(tmp_path, {"shop.py": PAY})
    before = {site.fingerprint for site in scan([tmp_path], ScanOptions(cache=False)).findings()}
    (tmp_path / "shop.py").write_text("# a comment\n\n" + PAY)
    after = {site.fingerprint for site in scan([tmp_path], ScanOptions(cache=False)).findings()}
    assert before == after != set()


def test_rules_ignored_by_path(tmp_path: pathlib.Path) -> None:
    write(tmp_path, {"shop.py": PAY, "legacy/shop.py": PAY})
    result = scan([tmp_path], ScanOptions(cache=False, per_path={"legacy/": ("idempotency",)}))
    assert {path for _, path, _ in found(result)} == {"shop.py"}


def test_a_declared_masker_ends_a_flow(tmp_path: pathlib.Path) -> None:
    text = "from house import hide\n\n\ndef pay(card_number):\n    print(hide(card_number))\n    print(str(card_number))\n"
    result = scan([write(tmp_path, {"shop.py": text})], ScanOptions(cache=False, maskers=("house.hide",)))
    assert found(result) == [("card-data-logged", "shop.py", 6)]
    assert result.counts.maskers == 1


def test_a_model_of_the_users_own_makes_its_library_payment_code(tmp_path: pathlib.Path) -> None:
    audit = tmp_path / "audit" / "models"
    audit.mkdir(parents=True)
    model = "library: tillhouse\ncalls:\n  - names: [tillhouse.take]\n    money: charge\n    keys: ['keyword:key']\n"
    (audit / "tillhouse.yaml").write_text(model)
    shop = tmp_path / "shop"
    shop.mkdir()
    write(shop, {"shop.py": "import tillhouse\n\n\ndef pay(order):\n    tillhouse.take(order.amount)\n"})
    assert not scan([shop], ScanOptions(cache=False)).payment_code
    result = scan([shop], ScanOptions(cache=False, rule_dirs=(tmp_path / "audit",)))
    assert found(result) == [("idempotency-key-missing", "shop.py", 5)]


def test_a_single_file_of_a_project_is_a_partial_scan_and_sees_the_others(tmp_path: pathlib.Path) -> None:
    files = {
        "web.py": "from auditing import note\n\n\ndef pay(card_number):\n    note(card_number)\n",
        "auditing.py": "def note(text):\n    print(text)\n",
    }
    write(tmp_path, files)
    result = scan([tmp_path / "auditing.py"], ScanOptions(cache=False))
    assert result.partial
    assert scan([tmp_path], ScanOptions(cache=False)).partial is False


def test_a_starting_point_that_cannot_be_followed_costs_its_file_and_no_other(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = Flow.start

    def failing(self: Flow, info: FunctionInfo, *rest: object, **more: object):
        if info.name == "cursed":
            raise KeyError(info.name)
        return follow(self, info, *rest, **more)

    monkeypatch.setattr(Flow, "start", failing)
    write(tmp_path, {"shop.py": PAY, "odd.py": "import stripe\n\n\ndef cursed():\n    pass\n"})
    result = scan([tmp_path], ScanOptions(cache=False))
    (unread,) = result.unread
    assert (unread.path, unread.matters) == ("odd.py", True)
    assert unread.reason == "could not be followed: KeyError, a fault of payproof's own; please report it"
    assert ("idempotency-key-missing", "shop.py", 5) in found(result)


def test_a_budget_that_runs_out_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "BUDGET", 1)
    write(tmp_path, {"shop.py": PAY + "\n\ndef twice(order):\n    pay(order)\n    pay(order.other)\n"})
    result = scan([tmp_path], ScanOptions(cache=False))
    assert [(unread.path, unread.reason) for unread in result.unread] == [
        ("shop.py", "makes too many calls to be followed to the end")
    ]


def test_progress_is_told(tmp_path: pathlib.Path) -> None:
    told: list[tuple[int, int, str]] = []
    write(tmp_path, {"shop.py": PAY})
    scan([tmp_path], ScanOptions(cache=False, progress=lambda done, total, path: told.append((done, total, path))))
    assert told[-1][:2] == (2, 2)
    assert "shop.py" in {path for _, _, path in told}
