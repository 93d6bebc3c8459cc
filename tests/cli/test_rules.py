"""`payproof rules` and `payproof explain RULE`, on payproof's own rules and on a user's."""

from __future__ import annotations

import pathlib

import pytest
import yaml

from payproof import catalogue, documents

OWN = {
    "id": "house-rule",
    "title": "A rule of the house's own",
    "control": "idempotency-keys",
    "category": "idempotency",
    "severity": "medium",
    "confidence": "high",
    "cwe": [837],
    "pci": ["6.2.4"],
    "why": "Because this house has been burnt by it more than once.",
    "fix": "Do it as the house does it.",
    "since": "1.0.0",
}


SAMPLE = """\
import stripe
def pay(amount):
    stripe.Charge.create(amount=amount, currency="eur")  # finds: house-rule, idempotency-key-missing
def look(id):
    return stripe.Charge.retrieve(id)
"""


@pytest.fixture
def house(tmp_path: pathlib.Path) -> pathlib.Path:
    """A project with a rule of its own and a sample beside it."""
    shipped = documents.read(documents.data_folder("rules") / "idempotency-key-missing.yaml", "rule")
    folder = tmp_path / "audit"
    folder.mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.payproof]\nrules = ["audit"]\n', "utf-8")
    (folder / "house-rule.yaml").write_text(yaml.safe_dump({**OWN, "ask": shipped["ask"]}, sort_keys=False), "utf-8")
    (folder / "house-rule.py").write_text(SAMPLE, "utf-8")
    return folder


def test_list_names_every_rule(run) -> None:
    shown = run("rules", "list")
    assert shown.code == 0
    assert [line.split()[0] for line in shown.out.splitlines()] == [rule.id for rule in catalogue.load_rules()]
    assert any(line.split()[1:4] == ["critical", "high", "hardcoded-secret"] for line in shown.out.splitlines())


def test_list_names_the_projects_own(run, house: pathlib.Path) -> None:
    line = next(line for line in run("rules", "list").out.splitlines() if line.startswith("house-rule"))
    assert line.split(maxsplit=4) == ["house-rule", "medium", "high", "idempotency", "A rule of the house's own"]


def test_show_prints_the_document(run, house: pathlib.Path) -> None:
    assert run("rules", "show", "house-rule").out == (house / "house-rule.yaml").read_text("utf-8")
    shipped = documents.data_folder("rules") / "secret-logged.yaml"
    assert run("rules", "show", "secret-logged").out == shipped.read_text("utf-8")


def test_check_counts_what_can_be_asked(run, house: pathlib.Path) -> None:
    total = len(catalogue.load_rules()) + 1
    told = run("rules", "check")
    assert (told.code, told.out) == (0, f"{total} rules can be asked, 1 of them from the project's own folders; 1 sample tried\n")


def test_check_tries_samples(run, house: pathlib.Path) -> None:
    spoilt = SAMPLE.replace("house-rule, ", "").replace("(id)\n", "(id)  # finds: house-rule\n")
    (house / "house-rule.py").write_text(spoilt.replace("# finds: idem", "# misses: house-rule # finds: idem"), "utf-8")
    told = run("rules", "check")
    assert told.code == 1
    assert told.out.splitlines()[:-1] == [
        "audit/house-rule.py:5: Missing: house-rule is to be found here, and is not",
        "audit/house-rule.py:3: Noisy: house-rule is found here, which no mark says",
        "audit/house-rule.py:3: house-rule is found here after all: mark it `finds`",
    ]
    (house / "house-rule.py").write_text("import stripe\ndef (:\n", "utf-8")
    lines = run("rules", "check").out.splitlines()
    assert lines[0].startswith("audit/house-rule.py: not read: not Python 3 (line 2: ")
    assert lines[1] == "audit/house-rule.py: shows nothing that house-rule finds: mark a line with `# finds: house-rule`"
    (house / "house-rule.py").unlink()
    told = run("rules", "check")
    assert (told.code, told.out.splitlines()[0]) == (
        1,
        "house-rule: has no sample: write house-rule.py beside it, with the lines marked that it is to find",
    )


MODEL = """\
library: shoplog
words: [shoplog]
calls:
  - names: [shoplog.write]
    sink: log
"""


def test_check_tries_the_samples_of_models(run, house: pathlib.Path) -> None:
    (house / "models").mkdir()
    (house / "models" / "shoplog.yaml").write_text(MODEL, "utf-8")
    sample = "import shoplog\n\n\ndef pay(card_number):\n    shoplog.write(card_number)  # finds: card-data-logged\n"
    (house / "models" / "shoplog.py").write_text(sample, "utf-8")
    told = run("rules", "check")
    assert (told.code, told.out.rpartition("; ")[2]) == (0, "2 samples tried\n")
    (house / "models" / "shoplog.yaml").write_text(MODEL.replace("shoplog.write", "shoplog.note"), "utf-8")
    told = run("rules", "check")
    assert (told.code, told.out.splitlines()[0]) == (
        1,
        "audit/models/shoplog.py:5: Missing: card-data-logged is to be found here, and is not",
    )
    (house / "models" / "shoplog.yaml").write_text(MODEL.replace("sink: log", "sink: logg"), "utf-8")
    told = run("rules", "check")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("payproof: audit/models/shoplog.yaml:5: 'logg' is not accepted in ")


def test_samples_of_the_project_are_no_code_of_the_project(run, house: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "shop.py").write_text(SAMPLE, "utf-8")
    told = run("scan", ".")
    assert "shop.py:3:" in told.out and "house-rule.py" not in told.out
    assert "  1 file left out by the configuration of the scanned project" in told.out.splitlines()


def test_check_takes_a_folder_that_is_not_configured(run, house: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "pyproject.toml").unlink()
    assert "0 of them from" in run("rules", "check").out
    assert "1 of them from" in run("rules", "check", house).out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"severity": "hihg"}, "audit/house-rule.yaml:5: 'hihg' is not accepted in severity; did you mean 'high'?"),
        ({"controll": "x"}, "audit/house-rule.yaml:14: unknown key 'controll'; did you mean 'control'?"),
        ({"control": "idempotency-kesy"}, "unknown control 'idempotency-kesy'; did you mean 'idempotency-keys'?"),
        ({"id": "other"}, "the id 'other' must be the name of its file, 'house-rule'"),
    ],
)
def test_a_broken_rule_is_named_with_file_line_and_remedy(run, house: pathlib.Path, change: dict[str, str], message: str) -> None:
    shipped = documents.read(documents.data_folder("rules") / "idempotency-key-missing.yaml", "rule")
    broken = {**OWN, **change, "ask": shipped["ask"]}
    (house / "house-rule.yaml").write_text(yaml.safe_dump(broken, sort_keys=False), "utf-8")
    for command in (("rules", "check"), ("rules", "list"), ("explain", "secret-logged"), ("report",)):
        told = run(*command)
        assert (told.code, told.out) == (2, ""), command
        assert message in told.err
        assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"shape": "kee"}, "unknown shape 'kee' in ask; did you mean 'key'?"),
        ({"shape": "key", "falt": "x"}, "the shape 'key' does not ask 'falt'; did you mean 'fault'?"),
        ({"shape": "key", "fault": "mising"}, "'mising' is not accepted for 'fault'; did you mean 'missing'?"),
    ],
)
def test_check_refuses_what_no_shape_can_answer(run, house: pathlib.Path, ask: dict[str, str], message: str) -> None:
    (house / "house-rule.yaml").write_text(yaml.safe_dump({**OWN, "ask": ask}, sort_keys=False), "utf-8")
    told = run("rules", "check")
    assert (told.code, told.out, told.err) == (2, "", f"payproof: audit/house-rule.yaml: {message}\n")


def test_yaml_that_is_none_is_named_with_its_line(run, house: pathlib.Path) -> None:
    (house / "house-rule.yaml").write_text("id: house-rule\ntitle: [\n", "utf-8")
    told = run("rules", "check")
    assert told.code == 2
    assert told.err.startswith("payproof: audit/house-rule.yaml:3: is not YAML: ")


def test_an_unknown_rule_gets_a_suggestion(run) -> None:
    for command in (("rules", "show", "secret-loged"), ("explain", "secret-loged")):
        told = run(*command)
        assert (told.code, told.err) == (2, "payproof: there is no rule 'secret-loged'; did you mean 'secret-logged'?\n")
    assert run("explain", "zzz").err == "payproof: there is no rule 'zzz'; `payproof rules list` names them\n"


def test_an_unknown_configuration_key_gets_a_suggestion(run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.payproof]\nselct = []\n", "utf-8")
    for command in (("rules", "list"), ("explain", "secret-logged"), ("report",)):
        told = run(*command)
        assert (told.code, told.out) == (2, "")
        assert told.err == "payproof: pyproject.toml: unknown key 'selct' in [tool.payproof]; did you mean 'select'?\n"


def test_explain_shows_everything_a_rule_carries(run, house: pathlib.Path) -> None:
    shown = run("explain", "house-rule")
    assert shown.code == 0
    assert (
        shown.out
        == """\
house-rule  A rule of the house's own

  severity    medium, high confidence
  category    idempotency
  control     idempotency-keys
  standards   CWE-837, PCI DSS 4.0.1 6.2.4
  since       1.0.0

Why
  Because this house has been burnt by it more than once.

Fix
  Do it as the house does it.

Accept one place
  # payproof: ignore[house-rule] owner: reason

Sample  lines marked `# finds: house-rule` are violations, all others are not
    import stripe
    def pay(amount):
  >     stripe.Charge.create(amount=amount, currency="eur")  # finds: house-rule, idempotency-key-missing
    def look(id):
        return stripe.Charge.retrieve(id)
"""
    )


def test_explain_does_without_a_sample(run, house: pathlib.Path) -> None:
    (house / "house-rule.py").unlink()
    shown = run("explain", "house-rule")
    assert shown.code == 0
    assert "Sample" not in shown.out


def test_explain_prints_the_shipped_sample(run) -> None:
    rule = next(rule for rule in catalogue.load_rules() if rule.id == "processor-secret-in-source")
    sample = (documents.data_folder("fixtures") / "code" / f"{rule.id}.py").read_text("utf-8")
    shown = run("explain", rule.id).out
    assert shown.count("\n  > ") == sum(f"finds: {rule.id}" in line for line in sample.splitlines()) > 0


def test_explain_of_a_file_asks_for_the_line(run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.py").write_text("", "utf-8")
    told = run("explain", "a.py")
    assert (told.code, told.err) == (2, "payproof: a.py: name a line as well, as in a.py:12\n")


@pytest.mark.parametrize("target", ["nowhere.py:3", "no/where.py:3"])
def test_explain_of_a_missing_file(run, target: str) -> None:
    told = run("explain", target)
    assert told.code == 2
    assert told.err == f"payproof: {target.partition(':')[0]}: no such file or folder\n"


def test_explain_of_a_folder(run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "shop").mkdir()
    told = run("explain", "shop:3")
    assert (told.code, told.err) == (2, "payproof: shop: is a folder; name a file and a line of it\n")
