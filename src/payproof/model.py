"""The nouns that every room of payproof shares: plain frozen data, importing nothing of ours.

Lines and columns are 1-based; an end column is exclusive, as in SARIF. Paths are POSIX style and relative to the project
root. Nothing in here may hold a card number, a CVC or a secret: whoever builds a `Site` masks its text first.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping


class PayproofError(Exception):
    """Base of every error that payproof raises on purpose; its text is one line that names what and where."""


class UsageError(PayproofError):
    """payproof was asked wrongly: a flag, a configuration key, a rule, a path. Exit code 2."""


class Severity(enum.Enum):
    """How much a violation costs; compares by cost, so that `low < critical`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)

    def __lt__(self, other: Severity) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Severity) -> bool:
        return self.rank <= other.rank


class Confidence(enum.Enum):
    """How sure payproof is that a reviewer would agree; LOW findings show only with `--pedantic`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return list(Confidence).index(self)

    def __lt__(self, other: Confidence) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Confidence) -> bool:
        return self.rank <= other.rank


class Verdict(enum.Enum):
    """What a rule says of one site."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class Status(enum.Enum):
    """What the evidence says of one control; there is no 'compliant'."""

    SHOWN = "shown"
    PARTIAL = "partial"
    BROKEN = "broken"
    OPEN = "open"
    ATTEST = "attest"


class Witness(enum.Enum):
    """Who can speak about a control."""

    SCAN = "scan"
    TESTS = "tests"
    COVERAGE = "coverage"
    ATTESTATION = "attestation"


class Stance(enum.Enum):
    """Which way a piece of evidence speaks."""

    FOR = "for"
    AGAINST = "against"


CATEGORIES = (
    "sensitive-logging",
    "sensitive-storage",
    "idempotency",
    "webhook-unverified",
    "webhook-replay",
    "hardcoded-secret",
    "error-handling",
    "retry",
    "raw-card-handling",
    "insecure-transport",
    "float-money",
    "amount-tampering",
    "environment",
    "audit-trail",
    "session",
    "privacy",
    "refund-control",
    "payment-page",
    "sdk-drift",
)
"""The closed list of rule categories."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range of text in one file of the scanned project."""

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One stop of a flow from source to sink, with a few words that say what happens there."""

    place: Place
    note: str


@dataclasses.dataclass(frozen=True, slots=True)
class FrameLine:
    """One line of a code frame, masked and free of control characters."""

    number: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted exception. `problem` is empty, or says why it counts against the scan (no reason, stale, expired)."""

    rules: tuple[str, ...]
    place: Place
    owner: str = ""
    reason: str = ""
    expires: str = ""
    source: str = "code"
    problem: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Replacement:
    """Whole lines of a file, from `line` on, `lines` of them (0: before that line), and the text that takes their place."""

    path: str
    line: int
    lines: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """A place that a rule applies to, and what the rule says of it.

    `subject` is the dotted name of the enclosing definition (`""` at module level). `message` speaks of this place, one or
    two sentences. `reason` says why an UNKNOWN is unknown. `fingerprint` survives line moves. `waiver` is set when an
    accepted exception covers a violated site; `baselined` when it stood in the project's baseline already. `fixes` are the
    replacements that together mend it, where somebody worked them out. `processor` is the processor's short name, or `""`.
    """

    rule: str
    verdict: Verdict
    place: Place
    message: str
    severity: Severity
    confidence: Confidence
    subject: str = ""
    reason: str = ""
    processor: str = ""
    steps: tuple[Step, ...] = ()
    frame: tuple[FrameLine, ...] = ()
    fingerprint: str = ""
    waiver: Waiver | None = None
    baselined: bool = False
    fixes: tuple[Replacement, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class BaselineEntry:
    """One finding that a baseline holds, by what survives moves of lines and files; `path` and `subject` tell people where."""

    path: str
    rule: str
    subject: str
    fingerprint: str


@dataclasses.dataclass(frozen=True, slots=True)
class BaselineUse:
    """That a scan was held against a baseline of `entries` findings, made with `rule_pack`; `stale` are no longer found."""

    path: str
    rule_pack: str
    entries: int
    stale: tuple[BaselineEntry, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class ScanChange:
    """That a scan speaks of a change only: of what is new or was touched since the commit that a user called `since`.

    `files` counts the files that differ, `elsewhere` the findings of more than low confidence that were there before and that
    nothing touches.
    """

    since: str
    commit: str
    files: int
    elsewhere: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be looked at, and why. `matters` is false when nothing was to be asked of it."""

    path: str
    reason: str
    matters: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One question, as loaded from `rules/<id>.yaml` or a rule file of the user's."""

    id: str
    title: str
    control: str
    category: str
    severity: Severity
    confidence: Confidence
    cwe: tuple[int, ...]
    pci: tuple[str, ...]
    why: str
    fix: str
    shape: str
    ask: Mapping[str, object]
    since: str
    path: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Control:
    """One promise of the checklist.

    `item` is the heading it stands under; `standards` maps a standard's name ("PCI DSS 4.0.1", "CWE", "ASVS 5", "GDPR") to
    ids; `witnesses` are those that the control asks for; `cannot_show` says in our words what code cannot show. `shown_by`
    names the journal entries of which a marked test must leave at least one before it can speak for the control.
    """

    id: str
    title: str
    promise: str
    item: str
    standards: Mapping[str, tuple[str, ...]]
    witnesses: tuple[Witness, ...]
    cannot_show: str = ""
    shown_by: tuple[str, ...] = ()


class CardRoute(enum.Enum):
    """How card data travels from the customer to the processor, the widest way first."""

    SERVER = "server"
    OWN_FIELDS = "own fields"
    EMBEDDED = "embedded"
    HOSTED = "hosted"


@dataclasses.dataclass(frozen=True, slots=True)
class Integration:
    """One place that shows how card data travels, with a few words that say what stands there."""

    place: Place
    route: CardRoute
    note: str


@dataclasses.dataclass(frozen=True, slots=True)
class ScanCounts:
    """What a scan looked at. `excluded` counts files left out by configuration of the scanned repository."""

    files: int = 0
    python_files: int = 0
    analysed: int = 0
    irrelevant: int = 0
    excluded: int = 0
    test_files: int = 0
    tests_not_asked: int = 0
    bytes: int = 0
    maskers: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything one scan has to say; the same for the same files, whatever the machine, time or number of jobs.

    `sites` are sorted by place, rule and fingerprint. `waivers` holds every waiver met, used or not; those with a
    `problem` set the exit code. `rules` are the rules that were asked. `partial` is true when only a part of the project
    was looked at (single files, a diff): such a scan never speaks *for* a control. `payment_code` is false when nothing
    that concerns payments was found. `baseline` says which baseline the findings were held against, and
    `change` which change the scan was narrowed to, if any. `integrations` are
    the places that show how card data travels, sorted.
    """

    sites: tuple[Site, ...]
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...] = ()
    unread: tuple[Unread, ...] = ()
    counts: ScanCounts = ScanCounts()
    rule_pack: str = ""
    revision: str = ""
    partial: bool = False
    payment_code: bool = True
    processors: tuple[str, ...] = ()
    integrations: tuple[Integration, ...] = ()
    baseline: BaselineUse | None = None
    change: ScanChange | None = None

    def findings(self) -> tuple[Site, ...]:
        """Violated sites that neither a waiver nor the baseline covers."""
        violated = (site for site in self.sites if site.verdict is Verdict.VIOLATED)
        return tuple(site for site in violated if site.waiver is None and not site.baselined)


@dataclasses.dataclass(frozen=True, slots=True)
class Evidence:
    """One statement for or against a control: by whom, about what, on which revision.

    `subject` is a rule id (scan), a pytest node id (tests) or a person (attestation). `full` is false for evidence that
    allows *partial* at most (unknown or waived sites, low confidence). `details` holds counts and names, JSON values only.
    """

    control: str
    witness: Witness
    stance: Stance
    subject: str
    summary: str
    revision: str
    rule_pack: str
    full: bool = True
    place: Place | None = None
    recorded: str = ""
    sdks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """The status of one control, with the evidence it rests on and what was set aside (and why)."""

    control: Control
    status: Status
    evidence: tuple[Evidence, ...] = ()
    set_aside: tuple[tuple[Evidence, str], ...] = ()
    missing: tuple[Witness, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What a report format is given: the scan (or None), the judgements (or none) and what was wrong with the ledger.

    `hidden` counts, per rule id, the low-confidence findings that were taken out of `scan` because nobody asked for them.
    """

    scan: ScanResult | None
    judgements: tuple[Judgement, ...] = ()
    controls: tuple[Control, ...] = ()
    ledger_problems: tuple[str, ...] = ()
    revision: str = ""
    rule_pack: str = ""
    version: str = ""
    title: str = "payproof"
    pedantic: bool = False
    hidden: Mapping[str, int] = dataclasses.field(default_factory=dict)
