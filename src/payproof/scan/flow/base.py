"""What the interpreter's parts share: its program, models, listeners, budgets, and the methods they ask of each other."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.facts import Expr, Span
from payproof.scan.flow.holders import card_mappings
from payproof.scan.flow.state import CompareEvent, Frame, Listener, Passed, ReadEvent, State
from payproof.scan.models import Models, card_word, tokens
from payproof.scan.program import ClassInfo, FunctionInfo, ModuleInfo, Program
from payproof.scan.values import Value

SHORT = 4
"""Statements up to which a function is told apart in detail however often it is called."""

CONTEXTS = 10
"""Calls of one function that are told apart in detail; further ones only by the kinds of label they bring."""

NESTED = 16
"""Functions, modules and classes interpreted one within another, whatever led to them."""

DEEPEST = 9
"""Calls followed one within another."""

BUDGET = 3000
"""Calls followed for one starting point; beyond it calls are taken as unknown."""

AMOUNT_WORDS = frozenset({"amount", "total", "price", "currency", "cents", "subtotal"})

IDENTIFIERS = frozenset({"id", "pk", "uuid", "number", "reference", "slug"})
"""Attributes that tell one record from another, whatever the record is of."""

PAYLOAD_NAMES = frozenset(
    {"payload", "body", "raw_body", "event", "event_data", "webhook_data", "form_data", "ipn_data", "notification", "event_json"}
)
"""Parameters that hold what a processor sent, where a function speaks of webhooks."""

SECRET_WORDS = frozenset({"secret", "key", "token", "password", "apikey", "pwd"})

PUBLIC_WORDS = frozenset(
    {"public", "publishable", "pk", "id", "name", "header", "url", "idempotency", "field", "type", "path", "csrf"}
)

REQUEST_NAMES = frozenset({"request", "req", "http_request"})


class Interpreter:
    """State shared by all parts. Create one `Flow` (its last descendant) per scan."""

    def __init__(self, program: Program, models: Models, listeners: Sequence[Listener], *, tracking: bool = False) -> None:
        self.program = program
        self.models = models
        self.listeners = listeners
        self.tracking = tracking
        """Whether the webhook state is followed; then nothing is remembered from one starting point to the next."""
        self.spent = 0
        self.nested = 0
        self.exhausted = False
        """Whether the budget of a starting point ran out, so that something may not have been seen."""
        self.contexts: dict[FunctionInfo, int] = {}
        self.memory: dict[object, tuple[Value, State | None]] = {}
        self.active: set[object] = set()
        self.globals: dict[str, dict[str, Value]] = {}
        self.instances: dict[ClassInfo, Value] = {}
        self.inner: dict[FunctionInfo, tuple[Mapping[str, Value], ...]] = {}
        """Functions met inside other functions, with the scopes they close over."""
        self._inner_infos: dict[int, FunctionInfo] = {}
        self._mappings: dict[FunctionInfo, Mapping[str, str]] = {}
        self.at: Span = (1, 1, 1, 1)
        """The statement under way."""
        self.ends: list[tuple[Value, State, Place]] = []
        """What the function interpreted last returned: values, states and places."""

    # Asked of each other; each is defined in one of the parts

    def evaluate(self, node: Expr, frame: Frame, state: State) -> Value:
        raise NotImplementedError

    def call(self, callee: Value, arguments: Sequence[Passed], span: Span, frame: Frame, state: State, receiver: Value) -> Value:
        raise NotImplementedError

    def run(
        self,
        info: FunctionInfo,
        passed: Sequence[Passed],
        frame: Frame | None,
        place: Place | None,
        state: State,
        closure: Sequence[Mapping[str, Value]] = (),
        collect: dict[str, Value] | None = None,
    ) -> tuple[Value, State | None]:
        raise NotImplementedError

    def execute(self, body: list[facts.Stmt], frame: Frame, state: State) -> State | None:
        raise NotImplementedError

    def module_globals(self, module: ModuleInfo) -> dict[str, Value]:
        raise NotImplementedError

    def instance(self, info: ClassInfo) -> Value:
        raise NotImplementedError

    # Small things all need

    def place(self, frame: Frame, span: Span) -> Place:
        return Place(frame.module.path, span[0], span[1], span[2], span[3])

    def tell_read(self, place: Place, kind: str, key: str, frame: Frame, state: State) -> None:
        event = ReadEvent(place, kind, key, frame, state.verified)
        for listener in self.listeners:
            listener.on_read(event)

    def tell_compare(self, place: Place, operator: str, left: Value, right: Value, frame: Frame) -> None:
        event = CompareEvent(place, operator, left, right, frame)
        for listener in self.listeners:
            listener.on_compare(event)

    def is_secret_name(self, name: str) -> bool:
        """Return whether a name is that of a processor's secret key or signing secret."""
        return _is_secret_name(self.models, name)

    def card_mappings(self, info: FunctionInfo) -> Mapping[str, str]:
        """Return the names in a function that card data is read from by key, each with the key."""
        found = self._mappings.get(info)
        if found is None:
            found = self._mappings[info] = card_mappings(info, self.models)
        return found

    def card_kind(self, name: str, weak: bool = False) -> str:
        """Return the label that a name earns as account data, or ""."""
        return _card_kind(self.models, name, weak)


@functools.lru_cache(maxsize=20_000)
def _card_kind(models: Models, name: str, weak: bool) -> str:
    if name.isupper():
        return ""
    return card_word(name, models.vocabulary, weak)


@functools.lru_cache(maxsize=20_000)
def _is_secret_name(models: Models, name: str) -> bool:
    words = set(tokens(name))
    if not words & SECRET_WORDS or words & PUBLIC_WORDS:
        return False
    return bool(words & (set(models.processors) | {"webhook", "endpoint", "signing"})) or ("sk" in words)


@functools.lru_cache(maxsize=20_000)
def is_amount(name: str) -> bool:
    """Return whether a name speaks of money."""
    words = set(tokens(name))
    return bool(words & AMOUNT_WORDS) and not words & {"id", "ids", "key", "number", "ref", "reference"}
