"""Writes the parts of the documentation that follow from rules, models, controls, scenarios and code: `make docs`.

A page holds them between two comments; everything else on it is written by hand:

    <!-- built: rules -->
    ...
    <!-- end -->

Each rule has a page of its own, which is written as a whole.
"""

from __future__ import annotations

import inspect
import itertools
import pathlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from payproof import catalogue, documents
from payproof.cli.explain import sample_file
from payproof.model import Control, Rule, Witness
from payproof.sandbox import StripeSandbox
from payproof.sandbox.core import faults, signing
from payproof.sandbox.core.routing import Route
from payproof.sandbox.core.vocabulary import VERBS, ProcessorSandbox, has_verb
from payproof.sandbox.paypal import routes as paypal_routes
from payproof.sandbox.paypal import values as paypal_test_values
from payproof.sandbox.processors import processors, sandbox_class
from payproof.sandbox.scenarios import load, scenarios
from payproof.sandbox.square import routes as square_routes
from payproof.sandbox.square import values as square_test_values
from payproof.sandbox.stripe import surface, values
from payproof.scan.fixes import fixable

FOLDER = pathlib.Path(__file__).resolve().parent

_PART = re.compile(r"(<!-- built: (?P<name>[a-z-]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)

Part = Callable[[], Iterable[str]]


def rules() -> Iterator[str]:
    """A table of all rules for each category, worst first; each leads to the rule's page."""
    every = sorted(catalogue.load_rules(), key=lambda rule: (rule.category, -rule.severity.rank, rule.id))
    for category, group in itertools.groupby(every, key=lambda rule: rule.category):
        yield from (f"## {category}", "")
        yield from _table(
            ("Rule", "Severity", "Confidence", "What it finds"),
            ((f"[{rule.id}](rules/{rule.id}.md)", rule.severity.value, rule.confidence.value, rule.title) for rule in group),
        )
        yield ""


def rule_page(rule: Rule) -> str:
    """Return the page of one rule: what it asks and why, what to do, and its sample."""
    return "\n".join(_rule(rule)) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    standards = [f"CWE-{number}" for number in rule.cwe] + [f"PCI DSS {identity}" for identity in rule.pci]
    yield from (f"# {rule.id}", "", f"{rule.title}.", "")
    yield from _table(
        ("Severity", "Confidence", "Category", "Control", "Standards", "Since"),
        [
            (
                rule.severity.value,
                rule.confidence.value,
                f"`{rule.category}`",
                f"[{rule.control}](../checklist.md#{rule.control})",
                ", ".join(standards),
                rule.since,
            )
        ],
    )
    yield from ("", "## Why", "", rule.why.strip(), "", "## What to do", "", rule.fix.strip())
    if rule.id in fixable():
        yield from ("", f"It can be [fixed](../fixes.md): {fixable()[rule.id]}.")
    yield from ("", "To [accept one place](../waivers.md), write this beside it:", "")
    yield from ("```text", f"# payproof: ignore[{rule.id}] owner: reason", "```")
    sample = sample_file(rule, ())
    if sample is not None:
        fence = {".py": "python", ".html": "html", ".yaml": "yaml"}.get(sample.suffix, "text")
        yield from ("", "## Sample", "", f"The rule's test: lines marked `finds: {rule.id}` are found, all others are not.")
        yield from ("", f"```{fence}", *sample.read_text("utf-8").rstrip().splitlines(), "```")


def fixes() -> Iterator[str]:
    """The rules that can be fixed, and what is done about each."""
    yield from _table(("Rule", "What is done"), ((f"[{rule}](rules/{rule}.md)", done) for rule, done in fixable().items()))


def controls() -> Iterator[str]:
    """The controls, in the order of the checklist, under their headings."""
    by_control: dict[str, list[str]] = defaultdict(list)
    for rule in catalogue.load_rules():
        by_control[rule.control].append(f"[{rule.id}](rules/{rule.id}.md)")
    for item, group in itertools.groupby(catalogue.load_controls(), key=lambda control: control.item):
        yield from (f"## {item}", "")
        for control in group:
            yield from _control(control, by_control[control.id])
            yield ""


def _control(control: Control, asked: list[str]) -> Iterator[str]:
    standards = "; ".join(f"{name} {', '.join(identities)}" for name, identities in control.standards.items())
    yield from (f"### {control.id}", "", f"{control.title}. {control.promise}", "")
    yield f"- asks for: {', '.join(_witness(witness) for witness in control.witnesses)}"
    if asked:
        yield f"- rules: {', '.join(asked)}"
    if control.shown_by:
        yield f"- a marked test must leave: {' or '.join(f'`{kind}`' for kind in control.shown_by)}"
    yield f"- maps to: {standards}"
    if control.cannot_show:
        yield f"- not shown by code: {control.cannot_show}"


def _witness(witness: Witness) -> str:
    return {Witness.SCAN: "the scan", Witness.ATTESTATION: "an attestation"}.get(witness, witness.value)


def stories() -> Iterator[str]:
    """The scenarios that ship, by family."""
    found = [load(name) for name in scenarios(processor="*")]
    for family in sorted({scenario.family for scenario in found}):
        yield from (f"### {family}", "")
        yield from _table(
            ("Scenario", "Processor", "Story", "The application must"),
            (
                (f"`{scenario.name}`", scenario.processor, scenario.title, ", ".join(scenario.acts()) or "do nothing")
                for scenario in found
                if scenario.family == family
            ),
        )
        yield ""


_MEANINGS = {
    "money": "moves money",
    "creates": "creates objects",
    "fetches": "fetches objects",
    "verifies": "verifies webhooks",
    "sink": "logs or stores",
    "route": "routes",
    "task": "background tasks",
    "retries": "retries",
    "tokenizes": "tokenizes",
    "sanitizes": "masks",
    "http": "HTTP calls",
}


def models() -> Iterator[str]:
    """What the scan understands: one row for each library model."""
    rows = []
    for path in sorted((documents.data_folder("rules") / "models").glob("*.yaml")):
        model = documents.read(path, "model")
        entries = [*model.get("calls", ()), *model.get("reads", ())]
        names = sum(len(entry["names"]) for entry in entries)
        known = [meaning for key, meaning in _MEANINGS.items() if any(key in entry for entry in entries)]
        hosts = ", ".join(f"`{host}`" for host in model.get("hosts", ()))
        rows.append((model["library"], model.get("processor", ""), str(names), ", ".join(known), hosts))
    yield from _table(("Model", "Processor", "Name patterns", "Meanings", "Raw HTTP to"), rows)


def endpoints() -> Iterator[str]:
    """Every endpoint of the installed SDK: imitated, stored, or refused and why."""
    imitated: dict[str, list[str]] = defaultdict(list)
    stored: dict[str, list[str]] = defaultdict(list)
    refused: dict[str, list[str]] = defaultdict(list)
    for endpoint, standing in surface.every():
        line = f"`{endpoint.method} {endpoint.template}`"
        if standing is surface.Standing.IMITATED:
            imitated["/".join(endpoint.template.split("/")[1:3])].append(line)
        elif standing is surface.Standing.STORED:
            stored[surface.stored(endpoint)[0].at].append(endpoint.operation)
        else:
            refused[surface.reason(endpoint)].append(line)
    numbers = [(name, sum(map(len, found.values()))) for name, found in zip(_STANDINGS, (imitated, stored, refused), strict=True)]
    yield from _table(("Endpoints of the SDK", "Number"), ((name, str(number)) for name, number in numbers))
    yield from ("", "### Imitated", "", *(f"- {', '.join(imitated[name])}" for name in sorted(imitated)))
    yield from ("", "### Stored", "", *(f"- `{at}`: {', '.join(sorted(stored[at]))}" for at in sorted(stored)))
    yield from ("", "### Refused", "")
    for because in sorted(refused, key=lambda because: refused[because][0].partition(" ")[2]):
        yield f"- because {because}: {', '.join(refused[because])}"


_STANDINGS = ("imitated, with behaviour", "stored: what is sent comes back", "refused by name")


def fault_kinds() -> Iterator[str]:
    """Every fault and what it means."""
    yield from _table(("Fault", "What happens"), ((f"`{name}`", meaning) for name, meaning in faults.KINDS.items()))


def forgeries() -> Iterator[str]:
    """The forgeries that an application has to refuse."""
    yield ", ".join(f"`{name}`" for name in signing.must_be_refused(StripeSandbox().processor)) + "."


def verbs() -> Iterator[str]:
    """What a test can do on Stripe's side of the wire: the public methods of the sandbox."""
    for name, member in vars(StripeSandbox).items():
        if name.startswith("_") or not inspect.isfunction(member) or name in {"started", "stopped"}:
            continue
        parameters = list(inspect.signature(member).parameters.values())[1:]
        words = ", ".join(str(parameter).partition(":")[0].partition(" =")[0] for parameter in parameters)
        yield f"- `{name}({words})`: {_first_sentences(member)}"


def paypal_endpoints() -> Iterator[str]:
    """The endpoints of PayPal's that the sandbox imitates."""
    yield from _grouped(paypal_routes.every(), 4)


def square_endpoints() -> Iterator[str]:
    """The endpoints of Square's that the sandbox imitates."""
    yield from _grouped(square_routes.every(), 3)


def _grouped(routes: Iterable[Route[Any]], segments: int) -> Iterator[str]:
    groups: dict[str, list[str]] = defaultdict(list)
    for route in routes:
        groups["/".join(route.template.split("/")[:segments])].append(f"`{route.method} {route.template}`")
    for name in sorted(groups):
        yield f"- {', '.join(groups[name])}"


def paypal_values() -> Iterator[str]:
    """What a payer can pay with, and what becomes of it."""
    rows = []
    for value in paypal_test_values.test_values().values():
        said = f"captured as DECLINED, response code {value.response_code}" if value.response_code else "pays"
        said = f"refused with 422 {value.issue}" if value.issue else said
        said = f"captured as PENDING, {value.pending}" if value.pending else said
        rows.append((f"`{value.name}`", {"card": "a card", "paypal": "the wallet"}[value.source], said))
    yield from _table(("Test value", "Source", "What becomes of the payment"), rows)


def square_values() -> Iterator[str]:
    """Tokens that pay or fail, and amounts that are disputed."""
    kinds = {"CARD": "a card", "CARD_ON_FILE": "a card on file", "BANK_ACCOUNT": "a bank account, pending first"}
    rows = [
        (f"`{value.name}`", kinds[value.source], f"refused with {value.status} {value.code}" if value.code else "pays")
        for value in square_test_values.test_values().values()
    ]
    for amount, reason in square_test_values.disputed_amounts().items():
        rows.append((f"an amount of {amount}", "any", f"pays, and is disputed: {reason}"))
    yield from _table(("Test value", "Source", "What becomes of the payment"), rows)


def vocabulary() -> Iterator[str]:
    """The verbs that all sandboxes share, and who has them."""
    every = {name: sandbox_class(name) for name in processors()}
    for actor, shared in VERBS.items():
        yield from (f"### {actor[0].upper()}{actor[1:]}", "")
        rows = ((f"`{verb}`", _first_sentences(getattr(ProcessorSandbox, verb)), *_havers(every, verb)) for verb in shared)
        yield from _table(("Verb", "What it means", *(kind.__name__.removesuffix("Sandbox") for kind in every.values())), rows)
        yield ""


def _havers(every: Mapping[str, type[ProcessorSandbox]], verb: str) -> list[str]:
    return ["yes" if has_verb(kind, verb) else "" for kind in every.values()]


def _first_sentences(member: object) -> str:
    return " ".join((inspect.getdoc(member) or "").split("\n\n")[0].split())


def test_cards() -> Iterator[str]:
    """The published test cards that are declined, ask for authentication, or are disputed, refunded or reviewed later."""
    seen: list[tuple[str, str]] = []
    for card in values.test_values().cards:
        acts = [f"declined: {card.charge}" if card.charge else "", f"refused when attached: {card.attach}" if card.attach else ""]
        acts.append(f"3D Secure {card.three_d_secure.replace('_', ' ')}" if card.three_d_secure not in _QUIET else "")
        acts.append(f"disputed: {card.dispute.reason}" if card.dispute else "")
        acts.append("early fraud warning" if card.fraud_warning else "")
        acts.append(f"refund {card.refund}" if card.refund else "")
        acts.append("blocked by risk rules" if card.blocked else "")
        said = "; ".join(act for act in acts if act)
        if said and card.token:
            seen.append((f"`pm_card_{card.name}`", said))
    yield from _table(("Payment method", "What it does"), seen)


_QUIET = ("optional", "not_enrolled", "not_supported")


PARTS: Mapping[str, Part] = {
    "rules": rules,
    "fixes": fixes,
    "controls": controls,
    "scenarios": stories,
    "models": models,
    "endpoints": endpoints,
    "faults": fault_kinds,
    "forgeries": forgeries,
    "verbs": verbs,
    "test-cards": test_cards,
    "paypal-endpoints": paypal_endpoints,
    "paypal-values": paypal_values,
    "square-endpoints": square_endpoints,
    "square-values": square_values,
    "vocabulary": vocabulary,
}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def built(text: str) -> str:
    """Return a page with its built parts as they should be now. Raises `KeyError` for a part that nobody writes."""

    def write(found: re.Match[str]) -> str:
        lines = "\n".join(PARTS[found["name"]]()).strip("\n")
        return f"<!-- built: {found['name']} -->\n\n{lines}\n\n<!-- end -->"

    return _PART.sub(write, text)


def pages() -> list[pathlib.Path]:
    """Return every page of the documentation that is written by hand."""
    return [FOLDER.parent / "README.md", *sorted(FOLDER.glob("*.md"))]


def rule_pages() -> Mapping[pathlib.Path, str]:
    """Return what the page of each rule should hold now."""
    return {FOLDER / "rules" / f"{rule.id}.md": rule_page(rule) for rule in catalogue.load_rules()}


def main() -> None:
    """Bring every page up to date, and take the pages of rules away that are no more."""
    for page in pages():
        page.write_text(built(page.read_text("utf-8")), "utf-8")
    wanted = rule_pages()
    for page in (FOLDER / "rules").glob("*.md"):
        if page not in wanted:
            page.unlink()
    for page, text in wanted.items():
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
