"""What the language's own containers and texts give when they are called on, and what changes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.facts import Expr, Span
from payproof.scan.flow.expressions import Expressions
from payproof.scan.flow.state import CallEvent, Frame, Passed, State
from payproof.scan.models import CallModel
from payproof.scan.values import MAPPING, PAYLOAD, UNKNOWN, External, FunctionRef, Label, Value, constant, join, merged

_CHANGING = frozenset({"append", "extend", "insert", "add", "update", "setdefault", "discard", "remove", "pop"})
_QUEUED = frozenset({"delay", "apply_async", "enqueue", "send"})
_LOCAL_METHODS = frozenset(
    """
    append extend insert add update setdefault pop get items values keys copy
    """.split()
)
_READ_BY_KEY = PAYLOAD | {"processor-object", "card-object", "verification"}


class Containers(Expressions):
    def _container(
        self, callee: Value, arguments: Sequence[Passed], receiver: Value, span: Span, frame: Frame, state: State
    ) -> Value | None:
        name = callee.paths()[0].rsplit(".", 1)[-1] if callee.paths() else ""
        if name in ("get", "pop", "setdefault", "getlist", "__getitem__") and arguments and self._is_container(receiver):
            return self._get(receiver, arguments, span, frame, state)
        if callee.paths() == ["dict"]:
            return self._dict(arguments)
        if name in ("copy", "items", "values") and receiver.fields is not None and not receiver.refs:
            if name == "copy":
                return receiver
            inside = join(receiver.fields.values()).with_labels(label for label in receiver.labels if label.kind in MAPPING)
            return Value(fields={"*": inside}, labels=receiver.labels)
        if name == "format" and receiver.text() is not None:
            labels = frozenset().union(*(item.value.deep_labels() for item in arguments)) if arguments else frozenset()
            return Value(labels=labels, refs=(External(f"text:{(receiver.text() or '')[:120]}"),))
        return None

    def _is_container(self, receiver: Value) -> bool:
        if receiver.fields is not None or not receiver.refs or receiver.kinds() & _READ_BY_KEY:
            return True
        return any(path.endswith(("environ", "request().headers", "request().META", "request()")) for path in receiver.paths())

    def _get(self, receiver: Value, arguments: Sequence[Passed], span: Span, frame: Frame, state: State) -> Value:
        found = self.item(receiver, arguments[0].value, span, frame, state)
        if len(arguments) > 1:
            default = arguments[1].value
            if default.constants is not None and "config" in found.kinds():
                return with_default(found, arguments, self.place(frame, span))
            return join([found, default])
        if "config" in found.kinds():
            return dataclasses.replace(found.with_labels([Label("optional", self.place(frame, span), "optional")]))
        if receiver.sealed and not found.refs and not found.labels and found.fields is None and found.constants is None:
            return constant(None)
        return found

    def _dict(self, arguments: Sequence[Passed]) -> Value:
        value = Value(fields={}, sealed=True)
        for item in arguments:
            if item.name is None:
                value = merged(value, item.value)
            else:
                value = value.with_field(item.name, item.value)
        return self._card_mapping(value)

    def tell_shared(self, owner: Expr, what: str, passed: Sequence[Passed], span: Span, frame: Frame, state: State) -> None:
        """Tell of a change to a container that outlives the function: one of the module's, or of an object's."""
        if isinstance(owner, facts.Name) and (owner.id in state.env or frame.info is None):
            return
        name = owner.id if isinstance(owner, facts.Name) else owner.name if isinstance(owner, facts.Attribute) else ""
        if not name:
            return
        model = CallModel(library="", effect=True)
        place = self.place(frame, span)
        event = CallEvent(
            place, f"?.{name}{what}", (model,), UNKNOWN, tuple(passed), frame, state.verified, state.why, state.at, shared=True
        )
        for listener in self.listeners:
            listener.on_call(event)

    def _tell_queued(self, passed: Sequence[Passed], span: Span, frame: Frame, state: State) -> None:
        """Tell of what a queue is given to keep until a worker takes it."""
        models = self.models.call("queue().put", frame.module.context)
        place = self.place(frame, span)
        event = CallEvent(place, "queue().put", models, UNKNOWN, tuple(passed), frame, state.verified, state.why, state.at)
        for listener in self.listeners:
            listener.on_call(event)

    def mutate(self, func: facts.Attribute, receiver: Value, passed: list[Passed], frame: Frame, state: State) -> None:
        """Let `d.update(...)`, `d.setdefault(...)` and `l.append(...)` change what the receiver's name is worth."""
        if func.name in _QUEUED and any(isinstance(ref, FunctionRef) for ref in receiver.refs):
            self._tell_queued(passed, func.span, frame, state)
        if func.name in _CHANGING:
            self.tell_shared(func.value, f".{func.name}", passed, func.span, frame, state)
        if not isinstance(func.value, facts.Name) or func.name not in _LOCAL_METHODS or func.value.id not in state.env:
            return
        held = state.env[func.value.id]
        if func.name == "update":
            state.env[func.value.id] = merged(held, self._dict(passed))
        elif func.name == "pop" and passed and self.card_kind(passed[0].value.text() or ""):
            state.env[func.value.id] = held.without(MAPPING)
        elif func.name == "setdefault" and len(passed) > 1 and passed[0].value.text():
            key = passed[0].value.text() or ""
            known = (held.fields or {}).get(key)
            state.env[func.value.id] = held.with_field(
                key, join([known, passed[1].value]) if known is not None else passed[1].value
            )
        elif func.name in ("append", "add", "insert", "extend") and passed:
            item = passed[-1].value
            held_all = (held.fields or {}).get("*", UNKNOWN)
            state.env[func.value.id] = dataclasses.replace(held.with_field("*", join([held_all, item])), sealed=False)


def with_default(result: Value, arguments: Sequence[Passed], place: Place) -> Value:
    """Let a setting that is read with a constant default be that constant; what else it can be, nobody knows."""
    plain = [item.value for item in arguments if item.name is None and not item.star]
    given = next((item.value for item in arguments if item.name == "default"), plain[1] if len(plain) > 1 else None)
    if given is None or given.constants is None:
        return result
    return dataclasses.replace(result.with_labels([Label("default", place, "default")]), constants=given.constants)
