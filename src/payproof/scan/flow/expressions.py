"""What an expression may be worth: names, attributes, subscripts, displays and operators."""

from __future__ import annotations

import builtins
import dataclasses
from collections.abc import Callable
from typing import Any

from payproof.model import Place, Step
from payproof.scan import facts
from payproof.scan.facts import Expr, Span
from payproof.scan.flow.base import IDENTIFIERS, is_amount
from payproof.scan.flow.clauses import Clauses
from payproof.scan.flow.holders import unmapped
from payproof.scan.flow.numbers import computed
from payproof.scan.flow.proofs import compared
from payproof.scan.flow.state import Frame, Passed, State, join_states
from payproof.scan.flow.texts import text_labels, text_refs
from payproof.scan.models import personal_word, tokens
from payproof.scan.values import (
    CARD,
    MAPPING,
    OBJECT,
    PAYLOAD,
    UNKNOWN,
    Constant,
    External,
    ImportRef,
    InstanceRef,
    Label,
    LambdaRef,
    Value,
    constant,
    external,
    join,
    merged,
)

_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))

PROVENANCE = frozenset("verification parameter fresh clock amount config request-field request-header digest stored".split())
"""Labels that stay on whatever is read of a value."""


class Expressions(Clauses):
    def evaluate(self, node: Expr, frame: Frame, state: State) -> Value:
        method = _METHODS.get(type(node))
        return UNKNOWN if method is None else method(self, node, frame, state)

    # Names

    def _name(self, node: facts.Name, frame: Frame, state: State) -> Value:
        value = self._lookup(node.id, frame, state)
        if (
            len(value.refs) == 1
            and isinstance(value.refs[0], ImportRef)
            and value.refs[0].names
            and self.wanted(value.refs[0], frame)
        ):
            value = self.opened(value.refs[0], frame, state)
        if is_amount(node.id):
            value = value.with_labels([Label("amount", Place(frame.module.path, 1), node.id)])
        return value

    def _lookup(self, name: str, frame: Frame, state: State) -> Value:
        if name in state.env:
            return state.env[name]
        for scope in reversed(frame.closure):
            if name in scope:
                return scope[name]
        found = self.module_globals(frame.module).get(name)
        if found is not None:
            return found
        return external(name) if name in _BUILTINS else external(f"?.{name}")

    def _literal(self, node: facts.Literal, frame: Frame, state: State) -> Value:
        return UNKNOWN if node.cut else constant(node.value)

    # Attributes

    def _attribute(self, node: facts.Attribute, frame: Frame, state: State) -> Value:
        return self.attribute(self.evaluate(node.value, frame, state), node.name, node.span, frame, state)

    def attribute(self, value: Value, name: str, span: Span, frame: Frame, state: State) -> Value:
        """Return what `value.name` may be."""
        place = self.place(frame, span)
        parts = [self._of_ref(ref, name, value, place, frame, state) for ref in value.refs]
        if value.fields is not None and name in value.fields:
            parts.append(value.fields[name])
        found = join([part for part in parts if part is not None])
        found = found.with_labels(self.projected(value, name, place))
        self._tell_card(value, found, name, place, frame, state)
        if is_amount(name):
            # An amount of an order tells two orders apart no better than an amount that was passed by itself.
            whole = bool(value.kinds() & PAYLOAD)
            sent = [
                Label("client-amount", label.place, name) for label in found.labels if whole and label.kind == "request-field"
            ]
            found = found.without({"parameter", "request-field"}).with_labels([*sent, Label("amount", place, name)])
        return self._named(found, value, name, place)

    # What a part of a labelled value is

    def projected(self, value: Value, key: str, place: Place) -> list[Label]:
        """Return the labels that the part `key` of a value keeps."""
        kept: list[Label] = []
        for label in value.labels:
            made = self._project(label, key, place)
            if made is not None:
                kept.append(made)
        return kept

    def _project(self, label: Label, key: str, place: Place) -> Label | None:
        if label.kind in PROVENANCE:
            return label if label.kind != "amount" or key not in IDENTIFIERS else None
        if label.kind == "card-object":
            word = self.card_kind(key, weak=True)
            if word:
                return Label(word, label.place, label.note, (*label.steps, Step(place, f"{key} is taken from it")))
            return None
        if label.kind in OBJECT:
            if key in self.models.secret_fields:
                return Label("client-secret", place, f"{key} of {label.note}")
            if is_amount(key):
                return Label("minor-units", place, key)
            return label if key in self.models.nested_fields or key == "*" or key.isdigit() else None
        if label.kind in PAYLOAD:
            word = self.card_kind(key)
            if word:
                return Label(word, place, f"{key} is read from the request")
            if key in self.models.nested_fields or key == "*" or key.isdigit():
                return label
            return Label("request-field", label.place, key)
        return None

    def _tell_card(self, owner: Value, found: Value, name: str, place: Place, frame: Frame, state: State) -> None:
        if owner.kinds() & PAYLOAD and not owner.kinds() & OBJECT:
            for kind in sorted(found.kinds() & CARD):
                self.tell_read(place, kind, name, frame, state)

    def _named(self, found: Value, owner: Value, name: str, place: Place) -> Value:
        """Let a telling name speak for a value of which nothing else is known."""
        if personal_word(name, self.models.vocabulary):
            found = found.with_labels([Label("personal-data", place, name)])
        if not self.models.vocabulary.safe.isdisjoint(tokens(name)):
            return found.with_labels([Label("safe", place, name)])
        if name in ("validated_data", "cleaned_data"):
            info = next((ref.info for ref in owner.refs if isinstance(ref, InstanceRef)), None)
            if info is not None and self.declares_card(info):
                return found.with_labels([Label("card-object", place, f"the fields of {info.name}")])
        if name in self.models.secret_fields and not owner.kinds() & CARD:
            return found.with_labels([Label("client-secret", place, f"{name} is read")])
        kind = self.card_kind(name)
        if not kind or found.kinds() & CARD or found.constants is not None or found.fields is not None:
            return found
        if any(not isinstance(ref, External) for ref in found.refs) or owner.kinds() & {"safe"}:
            return found
        return found.with_labels([Label(kind, place, f"{name} is read")])

    # Subscripts

    def _subscript(self, node: facts.Subscript, frame: Frame, state: State) -> Value:
        value = self.evaluate(node.value, frame, state)
        if isinstance(node.index, facts.Slice):
            return self._sliced(value, node.index, frame, state)
        index = self.evaluate(node.index, frame, state)
        return self.item(value, index, node.span, frame, state)

    def item(self, value: Value, index: Value, span: Span, frame: Frame, state: State) -> Value:
        """Return what `value[index]` may be."""
        place = self.place(frame, span)
        key = index.constants[0] if index.constants is not None and len(index.constants) == 1 else None
        if key is None:
            labels = [label for label in value.labels if label.kind in PROVENANCE or label.kind in OBJECT | PAYLOAD | MAPPING]
            return join((value.fields or {}).values()).with_labels(labels)
        name = str(key)
        parts = []
        if value.fields is not None:
            if name in value.fields:
                return value.fields[name]
            if "*" in value.fields:
                entry = value.fields["*"]  # of a whole object it has only the part of this name
                parts.append(entry.without(OBJECT | PAYLOAD).with_labels(self.projected(entry, name, place)))
        for ref in value.refs:
            if isinstance(ref, External):
                parts.append(
                    self._read(External(f"{ref.path}[]"), place, frame, state)
                    if isinstance(key, int)
                    else self._keyed(ref, name, place, frame, state)
                )
        found = join(parts).with_labels(self.projected(value, name, place))
        self._tell_card(value, found, name, place, frame, state)
        return self._named(found, value, name, place)

    def _keyed(self, ref: External, name: str, place: Place, frame: Frame, state: State) -> Value:
        labels = []
        for model in self.models.read(f"{ref.path}[]", frame.module.context):
            if model.gives:
                labels.append(Label(model.gives, place, name))
                if model.gives == "config" and self.is_secret_name(name):
                    labels.append(Label("processor-secret", place, f"{name} is read"))
                if model.gives == "request-header":
                    self.tell_read(place, "request-header", name, frame, state)
        return Value(refs=(External(f"{ref.path}.{name}"),) if name.isidentifier() else ()).with_labels(labels)

    def _sliced(self, value: Value, node: facts.Slice, frame: Frame, state: State) -> Value:
        for part in (node.lower, node.upper):
            if part is not None:
                self.evaluate(part, frame, state)
        lower = node.lower.value if isinstance(node.lower, facts.Literal) else None
        upper = node.upper.value if isinstance(node.upper, facts.Literal) else None
        short = (isinstance(lower, int) and -4 <= lower < 0 and node.upper is None) or (
            isinstance(upper, int) and 0 < upper - (lower if isinstance(lower, int) else 0) <= 8
        )
        kept = value.without(CARD | OBJECT | PAYLOAD) if short else value
        return Value(labels=kept.labels | ({Label("safe", self.place(frame, (1, 1, 1, 1)), "cut")} if short else set()))

    # Displays

    def _sequence(self, node: facts.Sequence, frame: Frame, state: State) -> Value:
        fields: dict[str, Value] = {}
        sealed = True
        for index, item in enumerate(node.items):
            if isinstance(item, facts.Starred):
                spread = self.evaluate(item.value, frame, state)
                fields["*"] = join([fields.get("*", UNKNOWN), spread, *(spread.fields or {}).values()])
                sealed = False
            else:
                fields[str(index)] = self.evaluate(item, frame, state)
        return Value(fields=fields, sealed=sealed)

    def _mapping(self, node: facts.Mapping, frame: Frame, state: State) -> Value:
        value = Value(fields={}, sealed=True)
        for entry in node.entries:
            item = self.evaluate(entry.value, frame, state)
            if entry.key is None:
                value = merged(value, item)
                continue
            key = self.evaluate(entry.key, frame, state)
            name = key.constants[0] if key.constants is not None and len(key.constants) == 1 else None
            value = (
                value.with_field(str(name), item)
                if name is not None
                else dataclasses.replace(value.with_field("*", item), sealed=False)
            )
        return self._card_mapping(value)

    def _card_mapping(self, value: Value) -> Value:
        """Label the entries that are a card number or code by their keys, where their neighbours say that this is a card."""
        fields = value.fields or {}
        weak = {key: self.card_kind(key, weak=True) for key in fields}
        kinds = {kind for kind in weak.values() if kind}
        if len([kind for kind in weak.values() if kind]) < 2 or not kinds & {"card-number", "card-code"}:
            return value
        made = dict(fields)
        for key, kind in weak.items():
            item = fields[key]
            if kind in CARD and not item.kinds() & {"safe"} and item.constants is None:
                made[key] = item.with_labels([Label(kind, Place("", 0), f"{key} of a card")]) if not item.kinds() & CARD else item
        return dataclasses.replace(value, fields=made)

    def _comprehension(self, node: facts.Comprehension, frame: Frame, state: State) -> Value:
        inner = state.copy()
        for clause in node.clauses:
            source = self.evaluate(clause.iterable, frame, inner)
            self.bind(clause.target, self.element(source), frame, inner)
            for test in clause.conditions:
                self.evaluate(test, frame, inner)
        element = self.evaluate(node.element, frame, inner)
        if node.key is not None:
            key = self.evaluate(node.key, frame, inner)
            value = Value(fields={"*": element}, labels=key.labels - element.labels)
            # Entries that are chosen by a condition on their keys are chosen for being harmless.
            return unmapped(value) if any(clause.conditions for clause in node.clauses) else value
        return Value(fields={"*": element})

    def element(self, value: Value) -> Value:
        """Return what iterating over `value` may give."""
        parts = list((value.fields or {}).values())
        inside = any(path.endswith((".items()", ".values()")) for path in value.paths())
        kept = OBJECT | PAYLOAD | PROVENANCE | (MAPPING if inside else frozenset())
        labels = [label for label in value.labels if label.kind in kept]
        refs = tuple(External(f"{ref.path}[]") for ref in value.refs if isinstance(ref, External))
        return join([*parts, Value(refs=refs)] if refs or not parts else parts).with_labels(labels)

    def bind(self, target: Expr, value: Value, frame: Frame, state: State) -> None:
        raise NotImplementedError

    # Operators

    def _joined(self, node: facts.Joined, frame: Frame, state: State) -> Value:
        parts = [self.evaluate(part, frame, state) for part in node.parts]
        texts: list[Constant] = [part.text() for part in parts]
        if all(isinstance(text, str) for text in texts):
            return constant("".join(str(text) for text in texts))
        return Value(labels=text_labels(parts, self.place(frame, self.at)), refs=text_refs("", parts))

    def _operation(self, node: facts.Operation, frame: Frame, state: State) -> Value:
        parts = [self.evaluate(part, frame, state) for part in node.operands]
        if node.operator == "Add" and len(parts) == 2:
            one, two = parts[0].text(), parts[1].text()
            if one is not None and two is not None:
                return constant(one + two)
        if node.operator == "BitOr" and any(part.fields is not None for part in parts):
            return merged(parts[0], parts[-1])
        labels = computed(node.operator, parts, self.place(frame, self.at))
        return Value(labels=labels, refs=text_refs(node.operator, parts))

    def _logic(self, node: facts.Logic, frame: Frame, state: State) -> Value:
        parts = [self.evaluate(part, frame, state) for part in node.operands]
        if node.operator == "not":
            flipped = {"truthy": "falsy", "falsy": "truthy"}.get(parts[0].proof, "")
            truth = parts[0].truth()
            return Value(proof=flipped, constants=None if truth is None else (not truth,))
        if node.operator == "or":
            first = parts[0]
            if first.truth() is True:
                return first
            if first.constants is not None:
                first = dataclasses.replace(first, constants=tuple(item for item in first.constants if item) or None)
            proof = "truthy" if all(part.proof == "truthy" for part in parts) else ""
            return dataclasses.replace(join([first, parts[1]]), proof=proof)
        proof = "truthy" if any(part.proof == "truthy" for part in parts) else ""
        return dataclasses.replace(join(parts), proof=proof)

    def _comparison(self, node: facts.Comparison, frame: Frame, state: State) -> Value:
        left = self.evaluate(node.left, frame, state)
        rights = [self.evaluate(right, frame, state) for right in node.rights]
        for operator, one, other in zip(node.operators, [left, *rights], rights, strict=False):
            self.tell_compare(self.place(frame, node.span), operator, one, other, frame)
        return Value(proof=compared(node.operators[0], left, rights[0])) if len(rights) == 1 else UNKNOWN

    def _conditional(self, node: facts.Conditional, frame: Frame, state: State) -> Value:
        test = self.evaluate(node.test, frame, state)
        chosen = test.truth()
        if chosen is not None:
            return self.evaluate(node.body if chosen else node.orelse, frame, state)
        one, two = state.copy(), state.copy()
        value = join([self.evaluate(node.body, frame, one), self.evaluate(node.orelse, frame, two)])
        met = join_states([one, two], "conditional", self.place(frame, self.at))
        if met is not None:
            state.verified, state.why, state.at = met.verified, met.why, met.at
        return value

    def _call(self, node: facts.Call, frame: Frame, state: State) -> Value:
        receiver = UNKNOWN
        if isinstance(node.func, facts.Attribute):
            receiver = self.evaluate(node.func.value, frame, state)
            callee = self.attribute(receiver, node.func.name, node.func.span, frame, state)
            if not callee.refs:
                callee = dataclasses.replace(callee, refs=(External(f"?.{node.func.name}"),))
        else:
            callee = self.evaluate(node.func, frame, state)
        passed = [
            Passed(argument.keyword, self.evaluate(argument.value, frame, state), argument.star) for argument in node.arguments
        ]
        result = self.call(callee, passed, node.span, frame, state, receiver)
        if isinstance(node.func, facts.Attribute):
            self.mutate(node.func, receiver, passed, frame, state)
        return result

    def mutate(self, func: facts.Attribute, receiver: Value, passed: list[Passed], frame: Frame, state: State) -> None:
        raise NotImplementedError

    def _lambda(self, node: facts.Lambda, frame: Frame, state: State) -> Value:
        return Value(refs=(LambdaRef(node, frame.module, (*frame.closure, state.env)),))

    def _transparent(self, node: Any, frame: Frame, state: State) -> Value:
        return self.evaluate(node.value, frame, state) if node.value is not None else UNKNOWN

    def _bound(self, node: facts.Bound, frame: Frame, state: State) -> Value:
        value = self.evaluate(node.value, frame, state)
        self.bind(node.target, value, frame, state)
        return value


_METHODS: dict[type, Callable[..., Value]] = {
    facts.Name: Expressions._name,
    facts.Literal: Expressions._literal,
    facts.Attribute: Expressions._attribute,
    facts.Subscript: Expressions._subscript,
    facts.Sequence: Expressions._sequence,
    facts.Mapping: Expressions._mapping,
    facts.Comprehension: Expressions._comprehension,
    facts.Joined: Expressions._joined,
    facts.Operation: Expressions._operation,
    facts.Logic: Expressions._logic,
    facts.Comparison: Expressions._comparison,
    facts.Conditional: Expressions._conditional,
    facts.Call: Expressions._call,
    facts.Lambda: Expressions._lambda,
    facts.Starred: Expressions._transparent,
    facts.Awaited: Expressions._transparent,
    facts.Yielded: Expressions._transparent,
    facts.Bound: Expressions._bound,
}
