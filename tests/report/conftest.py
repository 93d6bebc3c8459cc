"""A report with one of everything in it, built from real nouns: what a scan and a ledger would have handed over."""

from __future__ import annotations

import dataclasses

import pytest

from payproof.model import (
    Confidence,
    Control,
    Evidence,
    FrameLine,
    Judgement,
    Place,
    Report,
    Rule,
    ScanCounts,
    ScanResult,
    Severity,
    Site,
    Stance,
    Status,
    Step,
    Unread,
    Verdict,
    Waiver,
    Witness,
)
from payproof.report.building import build

LOGGED = Rule(
    id="card-data-in-log",
    title="Card data reaches a log",
    control="no-sensitive-logging",
    category="sensitive-logging",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    cwe=(532, 359),
    pci=("3.3.1", "3.5.1"),
    why="Whoever reads the log can read the card. Logs are copied, shipped and kept for years.",
    fix="Log the id of the payment, never what the customer typed.",
    shape="flow",
    ask={"shape": "flow", "labels": ["card-number"]},
    since="0.1.0",
    path="rules/card-data-in-log.yaml",
)
KEYLESS = dataclasses.replace(
    LOGGED,
    id="charge-without-key",
    title="A charge that can be repeated has no durable key",
    control="idempotent-charges",
    category="idempotency",
    severity=Severity.HIGH,
    cwe=(837,),
    pci=(),
    why="When the application repeats the call after a time-out, the customer pays twice.",
    fix="Pass idempotency_key, derived from the order.",
    shape="call",
    ask={"shape": "call"},
    path="rules/charge-without-key.yaml",
)
UNASKED = dataclasses.replace(
    KEYLESS,
    id="secret-in-source",
    title="A processor's secret stands in source",
    category="hardcoded-secret",
    control="key-management",
)

SINK = Place("shop/views.py", 41, 5, 41, 35)


def site(rule: Rule, verdict: Verdict, place: Place, **more: object) -> Site:
    """A site as the scan would make it, of the rule's own severity and confidence."""
    known = {"severity": rule.severity, "confidence": rule.confidence, "fingerprint": f"{rule.id}-{place.line}-print"}
    return Site(rule=rule.id, verdict=verdict, place=place, **{"message": "Something is to be said.", **known, **more})


FINDING = site(
    LOGGED,
    Verdict.VIOLATED,
    SINK,
    message="The card number that the customer typed is logged.",
    subject="shop.views.pay",
    processor="stripe",
    steps=(
        Step(Place("shop/views.py", 38, 14, 38, 40), "the card number is read from the form"),
        Step(Place("shop/audit.py", 7, 5, 7, 25), "and handed to note()"),
        Step(SINK, "which logs it"),
    ),
    frame=(
        FrameLine(39, "    number = request.form['card']"),
        FrameLine(40, ""),
        FrameLine(41, "    logger.info('card %s', number)"),
        FrameLine(42, "    return charge(number)"),
    ),
)
WAIVER = Waiver(("charge-without-key",), Place("shop/legacy.py", 9), owner="dana", reason="retired in spring", source="code")
SITES = (
    FINDING,
    site(KEYLESS, Verdict.HOLDS, Place("shop/charge.py", 12, 5, 12, 60)),
    site(KEYLESS, Verdict.HOLDS, Place("shop/charge.py", 30, 5, 33, 6), confidence=Confidence.LOW),
    site(KEYLESS, Verdict.VIOLATED, Place("shop/charge.py", 50, 9, 54, 10), message="This capture has no key."),
    site(KEYLESS, Verdict.VIOLATED, Place("shop/charge.py", 80, 9, 80, 20), confidence=Confidence.LOW, message="Perhaps no key."),
    site(KEYLESS, Verdict.VIOLATED, Place("shop/legacy.py", 10, 1, 10, 9), waiver=WAIVER, message="An old charge has no key."),
    site(KEYLESS, Verdict.UNKNOWN, Place("shop/tasks.py", 3, 1, 3, 20), reason="the options are built at run time"),
)
SCAN = ScanResult(
    sites=tuple(sorted(SITES, key=lambda each: each.place)),
    rules=(LOGGED, KEYLESS, UNASKED),
    waivers=(WAIVER, Waiver((LOGGED.id,), Place("shop/old.py", 4), problem="nothing here is waived by it: it is stale")),
    unread=(Unread("shop/broken.py", "line 3: invalid syntax"), Unread("shop/logo.py", "is no text", matters=False)),
    counts=ScanCounts(
        files=212, python_files=200, analysed=9, irrelevant=201, excluded=3, test_files=40, tests_not_asked=4, maskers=1
    ),
    rule_pack="abc123",
    revision="d34db33f",
    processors=("stripe",),
)


def control(id: str, item: str, **more: object) -> Control:
    """A control of the checklist."""
    known = {
        "title": f"The promise of {id}",
        "promise": f"What {id} promises is kept.",
        "standards": {"PCI DSS 4.0.1": ("3.3.1",), "CWE": ("532",)},
        "witnesses": (Witness.SCAN, Witness.TESTS),
        "cannot_show": "what other systems do with the same data",
    }
    return Control(id=id, item=item, **{**known, **more})


def evidence(id: str, witness: Witness, stance: Stance, subject: str, summary: str, **more: object) -> Evidence:
    """A statement of the ledger."""
    return Evidence(id, witness, stance, subject, summary, revision="d34db33f", rule_pack="abc123", **more)


JUDGEMENTS = (
    Judgement(
        control("no-sensitive-logging", "Sensitive data is never logged or stored"),
        Status.BROKEN,
        evidence=(
            evidence("no-sensitive-logging", Witness.SCAN, Stance.AGAINST, LOGGED.id, "1 of 1 sites violated", place=SINK),
            evidence("no-sensitive-logging", Witness.TESTS, Stance.FOR, "tests/test_pay.py::test_log", "2 requests journaled"),
        ),
        set_aside=((evidence("no-sensitive-logging", Witness.TESTS, Stance.FOR, "tests/x.py::y", "old"), "another revision"),),
    ),
    Judgement(
        control("idempotent-charges", "Idempotency keys for all operations"),
        Status.PARTIAL,
        evidence=(evidence("idempotent-charges", Witness.SCAN, Stance.FOR, KEYLESS.id, "2 of 6 sites hold", full=False),),
        missing=(Witness.TESTS,),
    ),
    Judgement(control("key-rotation", "Production-ready controls"), Status.SHOWN),
    Judgement(control("key-management", "Production-ready controls"), Status.OPEN, missing=(Witness.SCAN, Witness.TESTS)),
    Judgement(control("incident-plan", "Production-ready controls", witnesses=(Witness.ATTESTATION,)), Status.ATTEST),
)


@pytest.fixture
def scan() -> ScanResult:
    return SCAN


@pytest.fixture
def judgements() -> tuple[Judgement, ...]:
    return JUDGEMENTS


@pytest.fixture
def report() -> Report:
    return build(SCAN, JUDGEMENTS, tuple(each.control for each in JUDGEMENTS), ledger_problems=("segment-2.jsonl: no seal",))


@pytest.fixture
def scan_report() -> Report:
    return build(SCAN)


NASTY = (
    "x\x1b[31m\r\n</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e`````|"
    " [a](http://evil.example) @team\n::error::boo\x9b"
)


@pytest.fixture
def hostile_report() -> Report:
    """A report in which every text that a scanned project or a test can choose tries to break out."""
    path = f"shop/{NASTY}\udcff.py"
    place = Place(path, 2, 1, 2, 4)
    waiver = Waiver((NASTY,), place, owner=NASTY, reason=NASTY, expires=NASTY, problem=NASTY)
    rule = dataclasses.replace(LOGGED, title=NASTY, why=NASTY, fix=NASTY)
    nasty = site(
        rule,
        Verdict.VIOLATED,
        place,
        message=NASTY,
        subject=NASTY,
        processor=NASTY,
        steps=(Step(place, NASTY),),
        frame=(FrameLine(2, NASTY),),
    )
    sites = (nasty, dataclasses.replace(nasty, waiver=waiver), dataclasses.replace(nasty, verdict=Verdict.UNKNOWN, reason=NASTY))
    scan = ScanResult(
        sites,
        (rule,),
        (waiver,),
        (Unread(path, NASTY),),
        ScanCounts(files=1),
        rule_pack=NASTY,
        revision=NASTY,
        processors=(NASTY,),
    )
    said = evidence("nasty", Witness.TESTS, Stance.AGAINST, NASTY, NASTY, place=place, details={NASTY: NASTY})
    judged = Judgement(
        control("nasty", NASTY, title=NASTY, promise=NASTY, cannot_show=NASTY), Status.BROKEN, (said,), ((said, NASTY),)
    )
    return build(scan, (judged,), (judged.control,), ledger_problems=(NASTY,))
