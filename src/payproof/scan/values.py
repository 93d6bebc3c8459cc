"""What an expression may be worth, as far as the scan needs to know: labels, references, known fields and constants.

A `Value` is immutable. It says nothing of what it does not know: a value without labels is not proven harmless, it is merely
not known to be sensitive.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from payproof.model import Place, Step

if TYPE_CHECKING:
    from payproof.scan import facts
    from payproof.scan.program import ClassInfo, FunctionInfo, ModuleInfo

MOST_REFS = 6
MOST_CONSTANTS = 6
MOST_FIELDS = 60
MOST_STEPS = 12
LONGEST_PATH = 160

CARD = frozenset({"card-number", "card-code", "track", "card-object"})
"""Labels of account data."""

SECRET = frozenset({"client-secret", "processor-secret"})

PAYLOAD = frozenset({"request-body", "request-data"})
"""Labels of what a client sent; in a webhook handler, of the unverified payload."""

OBJECT = frozenset({"processor-object"})

MAPPING = frozenset({"card-mapping"})
"""Of a mapping that card data is read from by name: sensitive as a whole, while its entries have labels of their own."""

FLOATS = frozenset({"float", "cut-float"})
"""Labels of binary fractions, and of integers that were cut out of one."""

SENSITIVE = CARD | SECRET | OBJECT | PAYLOAD | MAPPING

PERSONAL = frozenset({"personal-data"})
"""What identifies a person. It is not followed for its own sake: where it travels, it is seen to travel."""

_TELLING = SENSITIVE | {"fresh", "passed"}


@dataclasses.dataclass(frozen=True, slots=True)
class Label:
    """One thing known of a value: its kind, where it came from and how it got here."""

    kind: str
    place: Place
    note: str
    steps: tuple[Step, ...] = dataclasses.field(default=(), compare=False)

    def moved(self, step: Step) -> Label:
        """Return the same label one step further."""
        if len(self.steps) >= MOST_STEPS or (self.steps and self.steps[-1] == step):
            return self
        return dataclasses.replace(self, steps=(*self.steps, step))


@dataclasses.dataclass(frozen=True, slots=True)
class External:
    """A dotted path into code that is not scanned; "?" heads one whose root is not known, "()" ends a call's result."""

    path: str

    def __getitem__(self, name: str) -> External:
        if len(self.path) > LONGEST_PATH:
            return External("?." + name)
        return External(f"{self.path}.{name}")


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class FunctionRef:
    """A function of the program, with the scopes it closes over and the receiver it is bound to."""

    info: FunctionInfo
    closure: tuple[Mapping[str, Value], ...] = ()
    receiver: Value | None = None


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class LambdaRef:
    node: facts.Lambda
    module: ModuleInfo
    closure: tuple[Mapping[str, Value], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class PartialRef:
    """`functools.partial(func, *args, **keywords)`."""

    func: Value
    arguments: tuple[tuple[str | None, Value], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class ClassRef:
    info: ClassInfo


@dataclasses.dataclass(frozen=True, slots=True)
class InstanceRef:
    info: ClassInfo


@dataclasses.dataclass(frozen=True, slots=True)
class SuperRef:
    info: ClassInfo
    receiver: Value | None = dataclasses.field(default=None, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class ModuleRef:
    info: ModuleInfo


@dataclasses.dataclass(frozen=True, slots=True)
class ImportRef:
    """Something of another module of the program that nobody has looked into yet: a module, or `names` below it."""

    path: str
    names: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        """The path it goes by as long as it stays unread."""
        stem = self.path.removesuffix(".py").removesuffix("/__init__").rsplit("/", 1)[-1]
        return ".".join(("?", stem, *self.names))


Ref = External | ImportRef | FunctionRef | LambdaRef | PartialRef | ClassRef | InstanceRef | SuperRef | ModuleRef

Constant = str | int | float | bool | None


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Value:
    """What is known of a value.

    `fields` are the known entries of a dict, attributes of an object or items of a sequence (keys "0", "1", ...; "*" for any);
    `sealed` is true when there are no others. `constants` lists every constant the value can be, or is None when it can be
    something else. `proof` says what a webhook check's result proves: "truthy" (a true or non-None value means verified)
    or "falsy".
    """

    labels: frozenset[Label] = frozenset()
    refs: tuple[Ref, ...] = ()
    fields: Mapping[str, Value] | None = None
    sealed: bool = False
    constants: tuple[Constant, ...] | None = None
    proof: str = ""

    def kinds(self) -> frozenset[str]:
        """Return the kinds of its labels."""
        return frozenset(label.kind for label in self.labels)

    def with_labels(self, labels: Iterable[Label]) -> Value:
        more = frozenset(labels)
        if more <= self.labels:
            return self
        return dataclasses.replace(self, labels=self.labels | more)

    def without(self, kinds: Iterable[str]) -> Value:
        gone = frozenset(kinds)
        kept = frozenset(label for label in self.labels if label.kind not in gone)
        return self if kept == self.labels else dataclasses.replace(self, labels=kept)

    def moved(self, step: Step) -> Value:
        """Return the value with its sensitive labels, and those of its fields, one step further."""
        labels = frozenset(label.moved(step) if label.kind in SENSITIVE else label for label in self.labels)
        if self.fields and any(value.labels for value in self.fields.values()):
            return dataclasses.replace(self, labels=labels, fields={key: value.moved(step) for key, value in self.fields.items()})
        return self if not labels else dataclasses.replace(self, labels=labels)

    def with_field(self, key: str, value: Value) -> Value:
        fields = dict(self.fields or {})
        if len(fields) >= MOST_FIELDS and key not in fields:
            return dataclasses.replace(self, sealed=False)
        fields[key] = value
        return dataclasses.replace(self, fields=fields, constants=None)

    def deep_labels(self, depth: int = 4) -> frozenset[Label]:
        """Return its labels and those of everything in it."""
        if not self.fields or depth == 0:
            return self.labels
        found = set(self.labels)
        for value in self.fields.values():
            found |= value.deep_labels(depth - 1)
        return frozenset(found)

    def truth(self) -> bool | None:
        """Return whether it is certainly true or certainly false, else None."""
        if self.constants:
            truths = {bool(constant) for constant in self.constants}
            return truths.pop() if len(truths) == 1 else None
        if self.refs and any(isinstance(ref, (FunctionRef, LambdaRef, ClassRef, ModuleRef)) for ref in self.refs):
            return None
        return None

    def text(self) -> str | None:
        """Return its text when it is one known string."""
        if self.constants and len(self.constants) == 1 and isinstance(self.constants[0], str):
            return self.constants[0]
        return None

    def paths(self) -> list[str]:
        """Return the dotted paths outside the program that it may stand for."""
        return [
            ref.path if isinstance(ref, External) else ref.dotted for ref in self.refs if isinstance(ref, (External, ImportRef))
        ]

    @property
    def opaque(self) -> bool:
        """True when nothing at all is known of it."""
        return not (self.labels or self.refs or self.fields or self.constants or self.sealed)


UNKNOWN = Value()


NONE = Value(constants=(None,))


def constant(value: Constant) -> Value:
    return NONE if value is None else Value(constants=(value,))


def external(path: str) -> Value:
    return Value(refs=(External(path),))


def join(values: Iterable[Value]) -> Value:
    """Return what is known of something that is one of `values`."""
    found = list(values)
    if not found:
        return UNKNOWN
    result = found[0]
    for value in found[1:]:
        result = _join(result, value)
    return result


def _join(one: Value, two: Value) -> Value:
    if one is two:
        return one
    refs = one.refs + tuple(ref for ref in two.refs if ref not in one.refs)
    fields, sealed = _join_fields(one, two)
    return Value(
        labels=one.labels | two.labels,
        refs=refs[:MOST_REFS],
        fields=fields,
        sealed=sealed,
        constants=_join_constants(one, two),
        proof=_join_proof(one, two),
    )


def _join_fields(one: Value, two: Value) -> tuple[Mapping[str, Value] | None, bool]:
    if one.fields is None or two.fields is None:
        kept = one.fields if one.fields is not None else two.fields
        other = two if one.fields is not None else one
        # None or "" beside a dict leaves the dict's fields as they are.
        sealed = (one.sealed or two.sealed) and other.constants is not None
        return kept, sealed
    fields = dict(one.fields)
    for key, value in two.fields.items():
        fields[key] = _join(fields[key], value) if key in fields else _join(value, constant(None))
    for key in one.fields:
        if key not in two.fields:
            fields[key] = _join(one.fields[key], constant(None))
    return fields, one.sealed and two.sealed


def _join_constants(one: Value, two: Value) -> tuple[Constant, ...] | None:
    if one.constants is None or two.constants is None:
        return None
    merged = list(one.constants)
    for value in two.constants:
        if not any(value == known and type(value) is type(known) for known in merged):
            merged.append(value)
    return tuple(merged) if len(merged) <= MOST_CONSTANTS else None


def _join_proof(one: Value, two: Value) -> str:
    if one.proof == two.proof:
        return one.proof
    for proven, other in ((one, two), (two, one)):
        if proven.proof == "truthy" and other.constants is not None and not any(other.constants):
            return "truthy"
    return ""


def merged(one: Value, two: Value) -> Value:
    """Return the dict `{**one, **two}`."""
    fields = {**(one.fields or {}), **(two.fields or {})}
    sealed = one.sealed and two.sealed
    refs = one.refs if one.fields is None else ()
    return Value(labels=one.labels | two.labels, refs=refs, fields=fields, sealed=sealed)


def kept(value: Value) -> Value:
    """Return a value that is put on an object other than self: a random one outlives the call then, it is stored."""
    if "fresh" not in value.kinds():
        return value
    stored = [Label("stored", label.place, label.note) for label in value.labels if label.kind == "fresh"]
    return value.without({"fresh"}).with_labels(stored)


def held_by(path: str, values: list[Value]) -> list[Value]:
    """Return what is handed to a call of `path`: where it makes an object, random values are kept in that object."""
    made = path.rsplit(".", 1)[-1]
    return [kept(value) for value in values] if made[:1].isupper() and made != "UUID" else values


def can_be(value: Value, *wanted: Constant) -> bool:
    """Return whether one of the constants that `value` is known to be able to be is among `wanted`."""
    return value.constants is not None and any(item in value.constants for item in wanted)


def digest(value: Value, depth: int = 2) -> Any:
    """Return a hashable that is equal for values that the analysis need not tell apart."""
    fields: Any = None
    if value.fields is not None:
        fields = (
            tuple(sorted((key, digest(item, depth - 1)) for key, item in value.fields.items()))
            if depth
            else tuple(sorted(value.fields))
        )
    # Where a parameter or an amount comes from makes no difference to what a function does with it.
    labels = tuple(sorted({(label.kind, label.place if label.kind in _TELLING else None) for label in value.labels}, key=repr))
    refs = tuple(sorted(ref.path if isinstance(ref, External) else f"{type(ref).__name__}{_name(ref)}" for ref in value.refs))
    constants = repr(value.constants) if value.constants is not None else ""
    return (labels, refs, value.sealed, constants, value.proof, repr(fields))


def coarse_digest(value: Value) -> str:
    """Return what is left of `digest` when only what a question could turn on is kept."""
    labels = value.deep_labels(2)
    kinds = sorted({label.kind for label in labels if label.kind in _TELLING})
    passed = sorted(str(label.place) for label in labels if label.kind == "passed")
    callable_refs = sorted(_name(ref) for ref in value.refs if not isinstance(ref, External))
    return f"{kinds}{passed}{callable_refs}{value.proof}"


def _name(ref: Ref) -> str:
    info = getattr(ref, "info", None)
    if info is not None:
        return f"{getattr(info, 'path', '')}:{getattr(info, 'qualname', '')}"
    return str(id(ref))
