"""The catalogue: what lies in rules/ is loaded whole, and what cannot be loaded is refused by name."""

from __future__ import annotations

import dataclasses
import pathlib

import pytest

from payproof import catalogue, documents
from payproof.documents import DocumentError
from payproof.model import CATEGORIES, Control, Rule, UsageError, Witness

RULE = """\
id: {id}
title: A call that moves money has no key
control: idempotency-keys
category: idempotency
severity: high
confidence: medium
cwe: [837]
pci: ["6.2.4"]
why: The application repeats this call and the processor cannot know that it is a repetition.
fix: Pass a key that is derived from the order.
since: 0.1.0
ask:
  shape: call
  needs: [idempotency_key]
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A rule folder of a user's, whose current directory it is in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "audit").mkdir()
    return tmp_path / "audit"


def put(folder: pathlib.Path, name: str, old: str = "", new: str = "", file: str = "") -> pathlib.Path:
    path = folder / (file or f"{name}.yaml")
    path.write_text(RULE.format(id=name).replace(old, new))
    return path


def added(folder: pathlib.Path) -> list[Rule]:
    own = {rule.id for rule in catalogue.load_rules()}
    return [rule for rule in catalogue.load_rules([folder]) if rule.id not in own]


def test_the_rules_of_payproof_itself_load() -> None:
    rules = catalogue.load_rules()
    assert [rule.id for rule in rules] == sorted({rule.id for rule in rules})
    assert {rule.category for rule in rules} <= set(CATEGORIES)


def test_a_rule_of_the_users_is_found_by_being_there(folder: pathlib.Path) -> None:
    put(folder, "our-own-rule")
    (rule,) = added(folder)
    assert (rule.id, rule.control, rule.shape, rule.path) == (
        "our-own-rule",
        "idempotency-keys",
        "call",
        "audit/our-own-rule.yaml",
    )
    assert rule.ask == {"shape": "call", "needs": ["idempotency_key"]}
    assert (rule.severity.value, rule.confidence.value, rule.cwe, rule.pci) == ("high", "medium", (837,), ("6.2.4",))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: our-rule", "id: your-rule", r"^audit/our-rule\.yaml: the id 'your-rule' must be the name of its file, 'our-rule'$"),
        (
            "idempotency-keys",
            "idempotency-key",
            r"^audit/our-rule\.yaml: unknown control 'idempotency-key'; did you mean 'idempotency-keys'\?$",
        ),
        (
            "severity: high",
            "severity: hihg",
            r"^audit/our-rule\.yaml:5: 'hihg' is not accepted in severity; did you mean 'high'\?$",
        ),
        ("cwe:", "cew:", r"^audit/our-rule\.yaml:7: unknown key 'cew'; did you mean 'cwe'\?$"),
        ("category: idempotency", "category: [", r"^audit/our-rule\.yaml:\d+: is not YAML: "),
    ],
)
def test_a_rule_that_cannot_be_loaded_is_refused(folder: pathlib.Path, old: str, new: str, message: str) -> None:
    put(folder, "our-rule", old, new)
    with pytest.raises(DocumentError, match=message):
        catalogue.load_rules([folder])


def test_an_id_stands_once(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "more").mkdir()
    put(folder, "our-rule")
    put(tmp_path / "more", "our-rule")
    with pytest.raises(
        DocumentError, match=r"^more/our-rule\.yaml: the rule 'our-rule' is already defined in audit/our-rule\.yaml$"
    ):
        catalogue.load_rules([folder, tmp_path / "more"])


def test_a_file_of_the_other_suffix_is_not_passed_over(folder: pathlib.Path) -> None:
    put(folder, "our-rule", file="our-rule.yml")
    with pytest.raises(DocumentError, match=r"^audit/our-rule\.yml: rename it to our-rule\.yaml; rules end in \.yaml$"):
        catalogue.load_rules([folder])


def test_a_rule_folder_that_is_not_there_is_refused(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"^the rule folder audti is not there$"):
        catalogue.load_rules([tmp_path / "audti"])


ITEMS = (
    "PCI DSS compliance is implemented",
    "Sensitive data is never logged or stored",
    "Every operation carries an idempotency key",
    "Webhook signatures are verified",
    "Failed payments are retried with care",
    "Errors are handled everywhere",
    "The integration is ready for production",
    "Principles of a payment integration",
)


def test_every_item_of_the_checklist_has_controls_and_they_stand_together() -> None:
    items = [control.item for control in catalogue.load_controls()]
    assert tuple(dict.fromkeys(items)) == ITEMS
    assert items == sorted(items, key=ITEMS.index)


def test_a_control_can_be_shown_by_tests_exactly_when_it_asks_for_them() -> None:
    for control in catalogue.load_controls():
        assert (Witness.TESTS in control.witnesses) == bool(control.shown_by), control.id


def test_what_no_code_can_evidence_is_asked_of_people_only() -> None:
    process = [control for control in catalogue.load_controls() if control.item == ITEMS[0]]
    assert {control.witnesses for control in process} == {(Witness.ATTESTATION,)}


def test_controls_refer_to_requirements_and_weaknesses_that_payproof_explains() -> None:
    standards = documents.data_folder("rules") / "standards"
    known = {
        "PCI DSS 4.0.1": {str(one["id"]) for one in documents.read(standards / "pci-dss.yaml", None)["requirements"]},
        "CWE": {str(one["id"]) for one in documents.read(standards / "cwe.yaml", None)["weaknesses"]},
    }
    for control in catalogue.load_controls():
        for name, ids in known.items():
            assert set(control.standards.get(name, ())) <= ids, control.id


@pytest.fixture
def own(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A copy of payproof's rule folder with no rules in it, which stands in for the real one."""
    source = documents.data_folder("rules")
    folder = tmp_path / "rules"
    (folder / "models").mkdir(parents=True)
    (folder / "controls.yaml").write_bytes((source / "controls.yaml").read_bytes())
    monkeypatch.setattr(documents, "data_folder", lambda name: folder)
    documents.schema_of("controls"), documents.schema_of("rule")
    (folder / "schema").symlink_to(source / "schema")
    return folder


def test_a_control_that_stands_twice_is_refused(own: pathlib.Path) -> None:
    text = (own / "controls.yaml").read_text().replace("id: money-exact", "id: tokenization")
    (own / "controls.yaml").write_text(text)
    with pytest.raises(DocumentError, match=r"rules/controls\.yaml: the control 'tokenization' stands twice$"):
        catalogue.load_controls()


def test_a_control_shown_by_nothing_cannot_ask_for_tests(own: pathlib.Path) -> None:
    text = (own / "controls.yaml").read_text().replace("    shown_by: [dispute]\n", "")
    (own / "controls.yaml").write_text(text)
    with pytest.raises(DocumentError, match="the key 'shown_by' is missing in controls"):
        catalogue.load_controls()


def test_documents_beside_the_rules_are_no_rules(own: pathlib.Path) -> None:
    (own / "sieve.yaml").write_text("words: [stripe]\n")
    put(own, "our-rule")
    assert [rule.id for rule in catalogue.load_rules()] == ["our-rule"]


def test_the_rule_pack_names_what_is_asked_and_not_where_it_lies(own: pathlib.Path, tmp_path: pathlib.Path) -> None:
    put(own, "our-rule")
    put(own, "their-rule")
    rules = catalogue.load_rules()
    first = catalogue.rule_pack(rules)
    elsewhere = [dataclasses.replace(rule, path="x") for rule in reversed(rules)]
    assert catalogue.rule_pack(elsewhere) == first
    assert len(first) == 12


def test_the_rule_pack_changes_with_rules_controls_models_and_the_users_models(own: pathlib.Path, tmp_path: pathlib.Path) -> None:
    put(own, "our-rule")
    (tmp_path / "audit" / "models").mkdir(parents=True)
    audit = tmp_path / "audit"

    def pack() -> str:
        return catalogue.rule_pack(catalogue.load_rules([audit]), [audit])

    seen = [pack()]
    put(own, "our-rule", "severity: high", "severity: low")
    seen.append(pack())
    (own / "models" / "stripe.yaml").write_text("library: stripe\n")
    seen.append(pack())
    (own / "models" / "stripe.yaml").write_text("library: other\n")
    seen.append(pack())
    (audit / "models" / "ours.yaml").write_text("library: ours\n")
    seen.append(pack())
    (own / "controls.yaml").write_text((own / "controls.yaml").read_text().replace("Repeats cannot", "Repetition cannot"))
    seen.append(pack())
    assert len(set(seen)) == len(seen)


def rule(name: str, category: str) -> Rule:
    template = Control("money-exact", "t", "p", "i", {}, ())
    high = catalogue.Severity.HIGH
    return Rule(name, "t", template.id, category, high, catalogue.Confidence.HIGH, (), (), "w", "f", "call", {}, "0.1.0")


RULES = (rule("float-amount", "float-money"), rule("no-key", "idempotency"), rule("random-key", "idempotency"))


@pytest.mark.parametrize(
    ("select", "ignore", "found"),
    [
        ([], [], ["float-amount", "no-key", "random-key"]),
        (["no-key"], [], ["no-key"]),
        (["idempotency"], [], ["no-key", "random-key"]),
        ([], ["idempotency"], ["float-amount"]),
        (["idempotency", "float-amount"], ["no-key"], ["float-amount", "random-key"]),
        (["retry", "no-key"], [], ["no-key"]),
    ],
)
def test_rules_are_selected_and_ignored_by_id_and_category(select: list[str], ignore: list[str], found: list[str]) -> None:
    assert [rule.id for rule in catalogue.find_rules(select, ignore, RULES)] == found


@pytest.mark.parametrize(
    ("select", "ignore", "message"),
    [
        (["no-kee"], [], "^select: there is no rule or category 'no-kee'; did you mean 'no-key'\\?$"),
        ([], ["idempotncy"], "^ignore: there is no rule or category 'idempotncy'; did you mean 'idempotency'\\?$"),
        (["no-key"], ["idempotency"], "^select and ignore leave no rule to ask$"),
        (["retry"], [], "^select and ignore leave no rule to ask$"),
    ],
)
def test_a_name_that_is_no_rule_and_a_choice_of_nothing_are_refused(select: list[str], ignore: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        catalogue.find_rules(select, ignore, RULES)
