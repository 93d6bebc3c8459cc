"""Shapes: each knows how to answer one kind of question. A rule names its shape in `ask:`; shapes are found by being there."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from payproof.model import Confidence, Integration, Place, Rule, Severity, Step, Unread, UsageError, Verdict
from payproof.scan import facts
from payproof.scan.files import File
from payproof.scan.flow.state import Frame, Silent, State
from payproof.scan.models import Models, tokens
from payproof.scan.pins.project import Pins
from payproof.scan.program import FunctionInfo, ModuleInfo, Program, walk
from payproof.scan.values import Value


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """One site as a shape sees it; the engine adds frame, fingerprint and waiver."""

    rule: Rule
    verdict: Verdict
    place: Place
    message: str
    subject: str = ""
    reason: str = ""
    processor: str = ""
    steps: tuple[Step, ...] = ()
    severity: Severity | None = None
    confidence: Confidence | None = None
    hide: tuple[str, ...] = ()
    """Texts that stand in the place and must never be shown."""


class _Anything(tuple[str, ...]):
    def __contains__(self, item: object) -> bool:
        return isinstance(item, str) and bool(item)


TEXT: Sequence[str] = _Anything()
"""For `asks`: any text may be given for the key."""


class Shape(Silent):
    """Answers the rules that name it. `asks` lists the keys that `ask:` may hold beside `shape`, with their values."""

    name = ""
    asks: Mapping[str, Sequence[str]] = {}
    tracking = False
    """True for shapes that enter functions as their framework does, one at a time; the others are told of every function."""

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        self.rules = rules
        self.program = program
        self.models = models

    def on_module(self, module: ModuleInfo) -> None:
        """Be told of a module of the payment surface, before it is interpreted."""
        return

    def wants(self, info: FunctionInfo) -> bool:
        """Return whether a `tracking` shape wants this function entered for it."""
        return False

    def begin(self, info: FunctionInfo) -> None:
        """Be told that a function it wanted is about to be entered."""
        return

    def finish(self, end: State | None, ends: Sequence[tuple[Value, State, Place]]) -> None:
        """Be told that it was: with the state on its normal return (None: it never returns), and with all it returned."""
        return

    def found(self) -> list[Found]:
        """Return every site met."""
        raise NotImplementedError

    def integrations(self) -> Iterable[Integration]:
        """Return the places met that show how card data travels."""
        return ()


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """What is known of the whole project when its files are judged.

    `payment` is true where it has payment code, `partial` where only a part of it is looked at: then what is not seen may
    still be there. `module` gives the facts of a Python file, or None; `code` holds the modules that speak of payments.
    """

    payment: bool
    partial: bool
    pins: Pins
    module: Callable[[str], ModuleInfo | None]
    code: tuple[ModuleInfo, ...] = ()


class FileShape:
    """Answers rules from whole files of any kind, where `Shape` follows what Python code does.

    The engine shows it every file that is not test code, once, in order of path: `look` must tell by the name or by a few
    bytes whether a file matters before it reads more of it. When all files were seen, `found` judges.
    """

    name = ""
    asks: Mapping[str, Sequence[str]] = {}

    def __init__(self, rules: Sequence[Rule], models: Models) -> None:
        self.rules = rules
        self.models = models

    def look(self, file: File, data: bytes) -> Unread | None:
        """Take note of a file; return why it could not be understood, where it matters and could not."""
        return None

    def found(self, project: Project) -> list[Found]:
        """Return every site met."""
        raise NotImplementedError

    def integrations(self) -> Iterable[Integration]:
        """Return the places met that show how card data travels."""
        return ()


def shapes() -> Mapping[str, type[Shape]]:
    """Return every shape that follows Python code, by name."""
    return {kind.name: kind for kind in _kinds() if issubclass(kind, Shape)}


def file_shapes() -> Mapping[str, type[FileShape]]:
    """Return every shape that asks whole files, by name."""
    return {kind.name: kind for kind in _kinds() if issubclass(kind, FileShape)}


def _kinds() -> Iterator[type[Shape] | type[FileShape]]:
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for item in vars(module).values():
            if (
                isinstance(item, type)
                and issubclass(item, (Shape, FileShape))
                and item.name
                and item.__module__ == module.__name__
            ):
                yield item


ELSEWHERE = frozenset({"secret"})
"""Shapes that other parts of the scan answer, line by line and without facts."""


def check_asks(rules: Sequence[Rule]) -> None:
    """Raise `UsageError` for a rule whose `ask:` names an unknown shape, key or value."""
    from payproof.documents import suggest

    known: dict[str, type[Shape] | type[FileShape]] = {**shapes(), **file_shapes()}
    for rule in rules:
        if rule.shape in ELSEWHERE:
            continue
        shape = known.get(rule.shape)
        if shape is None:
            raise UsageError(f"{rule.path}: unknown shape {rule.shape!r} in ask{suggest(rule.shape, [*known, *ELSEWHERE])}")
        for key, value in rule.ask.items():
            if key == "shape":
                continue
            if key not in shape.asks:
                raise UsageError(f"{rule.path}: the shape {rule.shape!r} does not ask {key!r}{suggest(key, shape.asks)}")
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if item not in shape.asks[key]:
                    raise UsageError(f"{rule.path}: {item!r} is not accepted for {key!r}{suggest(str(item), shape.asks[key])}")


def asked(rule: Rule, key: str) -> frozenset[Any]:
    """Return the values that a rule gives for `key`."""
    value = rule.ask.get(key, ())
    return frozenset(value) if isinstance(value, (list, tuple)) else frozenset([value])


_WEBHOOK_WORDS = frozenset({"webhook", "webhooks", "hook", "hooks", "ipn"})

_MESSAGE_WORDS = frozenset({"notification", "notifications", "callback", "notify", "events", "event"})
"""Words that speak of a processor's messages only where the processor is named beside them."""


def speaks_of_webhooks(text: str, around: str, models: Models) -> bool:
    """Return whether a name or route speaks of incoming messages of a processor; `around` is its path and route."""
    words = tokens(text)
    if not _WEBHOOK_WORDS.isdisjoint(words) or "webhook" in text.lower():
        return True
    lowered = f"{text} {around}".lower()
    return not _MESSAGE_WORDS.isdisjoint(words) and any(name in lowered for name in models.processors.values())


def in_webhook(frame: Frame, models: Models) -> bool:
    """Return whether a call happens in, or below, what looks like a webhook handler of a processor."""
    for item in frame.chain():
        if item.info is None:
            continue
        if item.module.context & set(models.processors) and named_for_webhooks(item.info, models):
            return True
    return False


def named_for_webhooks(info: FunctionInfo, models: Models) -> bool:
    """Return whether a function's name, route or file speaks of incoming messages of a processor."""
    route = _route_text(info)
    around = f"{info.path} {info.qualname} {route}"
    return any(speaks_of_webhooks(text, around, models) for text in (info.qualname, route, info.path.rsplit("/", 1)[-1]))


def _route_text(info: FunctionInfo) -> str:
    """Return the routes in a function's decorators."""
    texts = [node.value for node in walk(info.node.decorators) if isinstance(node, facts.Literal) and isinstance(node.value, str)]
    return " ".join(texts)


def processor_of(frame: Frame, models: Models) -> str:
    """Return the one processor that the module speaks of, or ""."""
    spoken = sorted({models.processors[library] for library in frame.module.context if library in models.processors})
    return spoken[0] if len(spoken) == 1 else ""
