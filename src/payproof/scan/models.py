"""What names mean: the YAML models of libraries, compiled for look-up.

A model says of a dotted name what the scan must know: this call moves money, that one verifies a webhook, this one logs. A
pattern is a dotted name in which `{a,b}` are alternatives, `*` is one segment, `**` any number, `()` ends a call's result and
`#` an object of that type. A name whose root is not known ("?.stripe.Charge.create": an injected client) meets a pattern
by its tail, at less certainty, and only in a module that speaks of the model's library.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import itertools
import math
import pathlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from payproof import documents
from payproof.model import UsageError
from payproof.scan.browser import Browser
from payproof.scan.posts import Posts, tupled

SINKS = (
    "log", "print", "tracker", "file", "storage", "email", "message", "exception", "cache", "session", "cookie", "queue", "url",
    "hash",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class CallModel:
    """What one call means. Argument places read "0|payload": the first positional argument or the keyword `payload`.

    `sink` says where what is passed is shown or kept: of the arguments from `sink_from` on, or of those in `sink_only`; only
    where the text of the first one starts with a word of `sink_if`; with `sink_receiver`, of what was put on the object called.

    `keys` and `misplaced` say where an idempotency key stands or must not: "keyword:NAME", "options:NAME", "params:NAME",
    "header:NAME", "body:NAME" (top of a request's body), "metadata:NAME" or "field:NAME" (anywhere in a dict argument).
    `references` say the same of the caller's own reference, for processors that take no key. `keeps` is for how many hours
    the processor keeps a key, 0 where it does not say. `guarded` marks changes that the state of the object lets happen
    once only. `when` names an argument and the word that it must be for the model to apply ("0|method=post"). `rotates`
    marks changes of keys and endpoints; `wraps`, calls that give back what they are given, to be called; `holds`, those whose
    result keeps what it is given by keyword. `turns` says what becomes of a label that goes through, as "kind:kind", or
    "kind:" when it ends.
    `remote` is what a call asks of the processor over the network: to "change" or to "read" something. `outcome` names what
    its result must be asked for; `answers` is true where most failures are answers, not errors.
    """

    library: str
    processor: str = ""
    money: str = ""
    creates: bool = False
    keys: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    keeps: int = 0
    guarded: bool = False
    when: str = ""
    wraps: bool = False
    rotates: bool = False
    turns: tuple[str, ...] = ()
    holds: bool = False
    gives: str = ""
    type: str = ""
    verifies: str = ""
    secret: str = ""
    payload: str = ""
    tolerance: str = ""
    tolerance_off: bool = False
    none_on_failure: bool = False
    ineffective: str = ""
    fetches: bool = False
    sink: str = ""
    sink_from: int = 0
    sink_only: tuple[str, ...] = ()
    sink_if: tuple[str, ...] = ()
    sink_receiver: bool = False
    transparent: bool = False
    sanitizes: bool = False
    route: bool = False
    task: bool = False
    retries: bool = False
    effect: bool = False
    priced: bool = False
    """True for calls that are given what somebody is to pay, though no money moves yet."""
    repeats: str = ""
    """What comes of doing it twice: "row", "message" or "mail"."""
    responds: bool = False
    random: str = ""
    http: str = ""
    tokenizes: bool = False
    exits: bool = False
    remote: str = ""
    outcome: tuple[str, ...] = ()
    answers: bool = False
    note: str = ""
    certain: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class _Pattern:
    segments: tuple[str, ...]
    model: CallModel
    expanded: str


@dataclasses.dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words for account data in names. `strong` words speak for themselves; `weak` ones only beside another.

    A form with a field of `direct_post` is posted to the processor, whatever else it holds. `personal` ones name what
    identifies a person, unless one of `impersonal` stands beside them.
    """

    strong: Mapping[str, str]
    weak: Mapping[str, str]
    safe: frozenset[str]
    personal: frozenset[str] = frozenset()
    impersonal: frozenset[str] = frozenset()
    direct_post: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Debugging:
    """What switches on a library's log of whole requests: loggers at debug level, attributes, keywords, environment variables.

    An attribute is dotted and switched on by a true number, or, written "stripe.log=debug", by that text.
    """

    loggers: set[str]
    attributes: set[str]
    keywords: set[str]
    environment: set[str]

    def add(self, section: Mapping[str, Sequence[str]]) -> None:
        for name in ("loggers", "attributes", "keywords", "environment"):
            getattr(self, name).update(section.get(name, ()))


_HOLDERS = (("django", "conf", "settings"), ("flask", "current_app"), ("flask", "g"))
"""Objects of frameworks in which projects keep what is their own."""


class Models:
    """Every model, compiled. `call` and `read` are the questions that the analysis asks of a dotted path."""

    def __init__(self, documents_read: Sequence[Mapping[str, Any]], own: Iterable[str] = ()) -> None:
        self._own = frozenset(own)
        self._calls: dict[str, list[_Pattern]] = {}
        self._reads: dict[str, list[_Pattern]] = {}
        self._cache: dict[tuple[bool, str, frozenset[str]], tuple[CallModel, ...]] = {}
        self.words: dict[str, tuple[str, ...]] = {}
        self.processors: dict[str, str] = {}
        self.hosts: dict[str, str] = {}
        self.browser = Browser()
        self.paths: dict[str, str] = {}
        """Beginnings of URL paths that only one processor's API has, with the processor."""
        self.posts: dict[str, tuple[Posts, ...]] = {}
        """How each processor's HTTP API takes requests that pay."""
        self.decimal_amounts: set[str] = set()
        """Processors that are sent amounts as numbers with a decimal point."""
        self.roots: dict[str, str] = {}
        """Import roots of processors' SDKs, with the processor."""
        self.debug = Debugging(set(), set(), set(), set())
        self.secret_fields: set[str] = set()
        self.nested_fields: set[str] = set()
        self.events: dict[str, tuple[str, ...]] = {}
        """Names of events, or their beginnings where they end in a dot, by library."""
        self.signature_headers: set[str] = set()
        self.batches: dict[str, tuple[str, ...]] = {}
        """Fields in which a processor sends several messages at once, by library."""
        self.client_amounts: set[str] = set()
        """Libraries of processors at which a customer's own browser can begin a payment, of any amount."""
        self.text_flags: dict[str, tuple[str, ...]] = {}
        """Fields of messages that say yes or no as a text, by library."""
        strong: dict[str, str] = {}
        weak: dict[str, str] = {}
        safe: set[str] = set()
        personal: set[str] = set()
        impersonal: set[str] = set()
        direct_post: set[str] = set()
        for document in documents_read:
            self._add(document)
            vocabulary = document.get("vocabulary", {})
            strong.update(_turned(vocabulary.get("strong", {})))
            weak.update(_turned(vocabulary.get("weak", {})))
            safe.update(vocabulary.get("safe", ()))
            personal.update(vocabulary.get("personal", ()))
            impersonal.update(vocabulary.get("impersonal", ()))
            direct_post.update(vocabulary.get("direct_post", ()))
        self.vocabulary = Vocabulary(
            strong, weak, frozenset(safe), frozenset(personal), frozenset(impersonal), frozenset(direct_post)
        )

    def _add(self, document: Mapping[str, Any]) -> None:
        library = document["library"]
        processor = document.get("processor", "")
        self.words[library] = tuple(document.get("words", (library,)))
        if processor:
            self.processors[library] = processor
            for root in document.get("roots", (library,)):
                self.roots[root] = processor
        self.paths.update(dict.fromkeys(document.get("paths", ()), processor))
        if document.get("decimal_amounts"):
            self.decimal_amounts.add(processor)
        if "posts" in document:
            self.posts[processor] = tuple(Posts(**tupled(entry)) for entry in document["posts"])
        for host in document.get("hosts", ()):
            self.hosts[host] = processor
        self.browser.add(document, processor)
        projections = document.get("projections", {})
        self.secret_fields.update(projections.get("secret", ()))
        self.nested_fields.update(projections.get("nested", ()))
        self.events[library] = tuple(document.get("events", ()))
        self.signature_headers.update(header.lower() for header in document.get("signature_headers", ()))
        self.debug.add(document.get("debug", {}))
        if document.get("client_amounts"):
            self.client_amounts.add(library)
        self.batches[library] = tuple(document.get("batches", ()))
        self.text_flags[library] = tuple(document.get("text_flags", ()))
        for section, index in (("calls", self._calls), ("reads", self._reads)):
            for entry in document.get(section, ()):
                self._index(index, entry, library, processor)

    def _index(self, index: dict[str, list[_Pattern]], entry: Mapping[str, Any], library: str, processor: str) -> None:
        plain = {key: value for key, value in tupled(entry).items() if key != "names"}
        for name in entry["names"]:
            for expanded, groups in _expand(name):
                filled = dict(plain)
                for key in ("type", "gives"):
                    if "{" in filled.get(key, ""):
                        filled[key] = filled[key].format("", *groups)
                model = CallModel(library=library, processor=processor, **filled)
                segments = tuple(expanded.split("."))
                pattern = _Pattern(segments, model, expanded)
                if "*" in segments[-1]:
                    index.setdefault("*", []).append(pattern)
                else:
                    index.setdefault(segments[-1], []).append(pattern)

    def call(self, path: str, context: frozenset[str]) -> tuple[CallModel, ...]:
        """Return what a call of the dotted `path` means. `context` names the libraries that the calling module speaks of."""
        return self._look_up(True, path, context)

    def read(self, path: str, context: frozenset[str]) -> tuple[CallModel, ...]:
        """Return what reading the dotted `path` means (a request's body, a header)."""
        return self._look_up(False, path, context)

    def _look_up(self, calling: bool, path: str, context: frozenset[str]) -> tuple[CallModel, ...]:
        key = (calling, path, context)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = tuple(dict.fromkeys(self._matches(calling, path, context)))
        return found

    def _matches(self, calling: bool, path: str, context: frozenset[str]) -> Iterable[CallModel]:
        segments = tuple(path.split("."))
        index = self._calls if calling else self._reads
        for holder in _HOLDERS:
            if segments[: len(holder)] == holder and len(segments) > len(holder) + 2:
                # A client that a project keeps in its settings or its application: where it comes from is not known.
                segments = ("?", *segments[len(holder) :])
        for pattern in (*index.get(segments[-1], ()), *index.get("*", ())):
            if segments[0] != "?":
                if _match(pattern.segments, segments):
                    yield pattern.model
            elif _match_tail(
                pattern.segments,
                segments[1:],
                pattern.model.library in context,
                _distinctive(pattern.model),
                bool(pattern.model.processor),
            ):
                certain = pattern.segments[0] == "*"
                yield dataclasses.replace(pattern.model, certain=certain)

    def sieve_words(self) -> tuple[str, ...]:
        """Return the words of processors' models and of the user's own: a file that holds one may be payment code."""
        return tuple(sorted({word for library in self._own | self.processors.keys() for word in self.words[library]}))

    def context(self, text: str) -> frozenset[str]:
        """Return the libraries whose words stand in the lower-cased `text`."""
        return frozenset(library for library, words in self.words.items() if any(word in text for word in words))


def _distinctive(model: CallModel) -> bool:
    # `decode` and `verify` alone are no checks of a webhook.
    return bool(model.processor and (model.verifies or model.ineffective))


def _match(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_match(pattern[1:], path[start:]) for start in range(len(path) + 1))
    if not path:
        return False
    return _same(pattern[0], path[0]) and _match(pattern[1:], path[1:])


def _same(pattern: str, segment: str) -> bool:
    return pattern in ("*", segment) or ("*" in pattern and fnmatch.fnmatchcase(segment, pattern))


def _match_tail(
    pattern: tuple[str, ...], path: tuple[str, ...], in_context: bool, distinctive: bool, of_processor: bool = True
) -> bool:
    """Meet a path of unknown root: whole patterns headed by `*`, or in context the pattern less its library root.

    A tail of one name is enough only where the name is `distinctive`, as those of webhook checks are. In the SDK of a
    processor a name below anything counts, elsewhere it says too little: many things have a `set` and an `add`.
    """
    if pattern[0] in ("*", "**"):
        return any(_match(pattern, path[start:]) for start in range(len(path)))
    if not in_context:
        return False
    tail = pattern[1:]
    while tail and (tail[0].endswith("()") or tail[0] in ("v1", "error")):
        tail = tail[1:]
    named = len(tail) if of_processor else sum(segment != "**" for segment in tail)
    if named < 2 and not distinctive:
        return False
    if not tail:
        return False
    return len(path) >= len(tail) and _match(tail, path[len(path) - len(tail) :])


MOST_NAMES = 5_000
"""Names that the alternatives of one pattern may stand for; each choice doubles them or more."""


def _expand(pattern: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield every name that a pattern stands for, with what its alternatives were."""
    parts = re.split(r"\{([^}]*)\}", pattern)
    choices = [part.split(",") for part in parts[1::2]]
    if math.prod(map(len, choices)) > MOST_NAMES:
        raise UsageError(f"a model's pattern stands for more than {MOST_NAMES:,} names: {pattern[:60]!r}")
    for chosen in itertools.product(*choices):
        pieces = [part for pair in itertools.zip_longest(parts[::2], chosen, fillvalue="") for part in pair]
        yield "".join(pieces), chosen


def _turned(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {word: kind for kind, listed in words.items() for word in listed}


def load(extra: Sequence[pathlib.Path] = (), maskers: Sequence[str] = ()) -> Models:
    """Return the models of this installation and those in the `models/` folders of the user's rule directories.

    `maskers` are dotted names of functions that the project declares to mask what they are given.
    Raises `UsageError` naming file and line for a model that cannot be used.
    """
    read = _read(documents.data_folder("rules") / "models")
    if not read:
        raise UsageError("no models were found: rules/models/ is empty")
    own = [document for folder in extra for document in _read(folder / "models")]
    if maskers:
        read.append({"library": "declared maskers", "words": [], "calls": [{"names": list(maskers), "sanitizes": True}]})
    return Models([*read, *own], {document["library"] for document in own})


def _read(folder: pathlib.Path) -> list[Any]:
    return [documents.read_once(path, "model") for path in sorted(folder.glob("*.yaml"))]


_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[0-9]+")


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of an identifier or key, lower-cased: `cardNumber`, `card-number` and `CARD_NUMBER` alike."""
    return tuple(part.lower() for part in _WORD.findall(name))


def card_word(name: str, vocabulary: Vocabulary, weak: bool = False) -> str:
    """Return the label that a name earns as account data ("card-number", "card-code", "track"), or ""."""
    words = tokens(name)
    if not words or len(words) > 6 or any(word in vocabulary.safe for word in words):
        return ""
    joined = "_".join(words)
    compact = "".join(words)
    for table in (vocabulary.strong, vocabulary.weak) if weak else (vocabulary.strong,):
        for candidate in (joined, compact):
            if candidate in table:
                return table[candidate]
        for size in (3, 2, 1):
            tail = "_".join(words[-size:])
            if len(words) > size and tail in table and (size > 1 or table is vocabulary.strong):
                return table[tail]
    return ""


def personal_word(name: str, vocabulary: Vocabulary) -> bool:
    """Return whether a name is that of something that identifies a person: `email`, `customer_phone`, `dateOfBirth`."""
    if name.isupper():
        return False
    words = tokens(name)
    if not words or len(words) > 4 or not vocabulary.impersonal.isdisjoint(words):
        return False
    return any("_".join(words[-size:]) in vocabulary.personal for size in (4, 3, 2, 1))
