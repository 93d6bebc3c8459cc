"""Is money counted in binary fractions on its way to a processor, or on its way from one into the books?"""

from __future__ import annotations

import decimal
from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.flow.base import is_amount
from payproof.scan.flow.numbers import DIVIDED, FACTOR, declared_number
from payproof.scan.flow.state import AssignEvent, CallEvent, Frame
from payproof.scan.models import Models, tokens
from payproof.scan.program import ClassInfo, ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.values import FLOATS, External, Label, Value

FAULTS = ("sent", "cut", "stored", "summed", "column", "literal", "exponent")

_MADE_HERE = frozenset({"float()", "flt()", DIVIDED, FACTOR})
"""Notes of labels whose place is the expression that makes the float."""

_COLUMNS = frozenset({"FloatField", "Column", "mapped_column", "Field"})
_INPUT_WORDS = frozenset({"form", "forms", "serializer", "serializers", "schema", "filter"})
_KNOWS_EXPONENTS = frozenset({"zero", "exponent", "exponents", "decimals", "jpy", "minor", "subunit", "multiplier"})
_MOST_MODULES = 20


class FloatShape(Shape):
    name = "float"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._rules = {next(iter(asked(rule, "fault"))): rule for rule in rules}
        self._sites: dict[tuple[str, Place], Found] = {}
        self._sent: set[str] = set()
        """Names of the amounts that were seen to go to a processor."""

    def _add(
        self,
        fault: str,
        place: Place,
        frame: Frame,
        message: str,
        steps: tuple[Step, ...] = (),
        confidence: Confidence | None = None,
    ) -> None:
        rule = self._rules.get(fault)
        if rule is not None:
            processor = processor_of(frame, self.models)
            made = Found(rule, Verdict.VIOLATED, place, message, frame.subject, "", processor, steps, None, confidence)
            known = self._sites.get((fault, place))
            if known is None or known.verdict is Verdict.HOLDS:
                self._sites[(fault, place)] = made

    # On the way to a processor, and into the books

    def on_call(self, event: CallEvent) -> None:
        if any(model.processor and (model.money or model.creates or model.http in ("post", "any")) for model in event.models):
            self._to_processor(event)
        elif any(model.sink == "storage" for model in event.models):
            for passed in event.arguments:
                if passed.name and is_amount(passed.name):
                    self._kept(passed.value, passed.name, event.place, event.frame)

    def _to_processor(self, event: CallEvent) -> None:
        amounts = [item for passed in event.arguments for item in _amounts(passed.name or "", passed.value)]
        name = event.path.removeprefix("?.")
        told = False
        for key, value in amounts:
            self._sent |= {label.note for label in value.labels if label.kind == "amount"}
            label = _float_of(value)
            if label is None:
                continue
            told = True
            here = label.note in _MADE_HERE and label.place.path == event.place.path
            place = label.place if here else event.place
            steps = (Step(label.place, label.note), Step(event.place, f"sent as {key}"))
            if label.kind == "cut-float":
                text = f"The {key} for {name} is a float ({label.note}) that is cut to an integer: 19.99 * 100 becomes 1998."
                self._add("cut", place, event.frame, text, steps)
            else:
                rough = {model.processor for model in event.models} & self.models.decimal_amounts
                sure = Confidence.LOW if rough and "hundredfold" not in value.kinds() else Confidence.HIGH
                text = f"The {key} for {name} is a float ({label.note}), which holds most prices only nearly."
                self._add("sent", place, event.frame, text, steps, confidence=sure)
        if amounts and not told:
            self._hold("sent", event, f"{name} is sent no float.")
        self._exponent(event, amounts)

    def _hold(self, fault: str, event: CallEvent, message: str) -> None:
        rule = self._rules.get(fault)
        if rule is not None:
            processor = processor_of(event.frame, self.models)
            held = Found(rule, Verdict.HOLDS, event.place, message, event.frame.subject, "", processor)
            self._sites.setdefault((fault, event.place), held)

    def _exponent(self, event: CallEvent, amounts: Sequence[tuple[str, Value]]) -> None:
        """`* 100` beside a currency that is not fixed, in a module that speaks of no exponent."""
        if not any("hundredfold" in value.kinds() for _, value in amounts):
            return
        currency = _field(event, "currency") or _field(event, "currency_code")
        if currency is None or currency.constants is not None or "config" in currency.kinds():
            return
        written = [event.frame.module.facts.body, event.frame.info.node.body if event.frame.info is not None else []]
        names = [getattr(node, "id", getattr(node, "name", "")) for part in written for node in walk(part)]
        words = {word for name in names if isinstance(name, str) for word in tokens(name)}
        if words.isdisjoint(_KNOWS_EXPONENTS):
            text = (
                "The amount is multiplied by 100 whatever the currency: yen have no minor unit, Kuwaiti dinars have three digits."
            )
            self._add("exponent", event.place, event.frame, text)

    def on_assign(self, event: AssignEvent) -> None:
        outside = any(isinstance(ref, External) for ref in event.owner.refs)
        if is_amount(event.key) and outside and event.owner.fields is None:
            self._kept(event.value, event.key, event.place, event.frame)

    def _kept(self, value: Value, key: str, place: Place, frame: Frame) -> None:
        label = next((label for label in _ordered(value) if label.kind == "float" and label.note == DIVIDED), None)
        if label is not None:
            text = f"Minor units are divided into a float and kept as {key}: sums and comparisons of it go wrong by fractions."
            steps = (Step(label.place, DIVIDED), Step(place, f"kept as {key}"))
            self._add("stored", label.place if label.place.path == place.path else place, frame, text, steps)

    # What is written in the code itself

    def on_module(self, module: ModuleInfo) -> None:
        for info in module.functions.values():
            frame = Frame(module, info, ())
            compared = {
                item.id
                for node in walk(info.node.body)
                if isinstance(node, facts.Comparison)
                for item in walk([node.left, *node.rights])
                if isinstance(item, facts.Name)
            }
            for node in walk(info.node.body):
                self._summed(node, compared, frame)
                self._literal(node, frame)

    def _summed(self, node: object, compared: set[str], frame: Frame) -> None:
        """A sum of floats that is an amount by its name, or that is compared."""
        if not isinstance(node, facts.Assign) or not isinstance(node.targets[0], facts.Name):
            return
        target = node.targets[0].id
        if node.operator in ("AddAssign", "SubtractAssign"):
            parts: list[object] = [node.value]
        elif isinstance(node.value, facts.Operation) and node.value.operator in ("Add", "Subtract"):
            parts = list(node.value.operands)
        else:
            return
        sure = Confidence.MEDIUM if is_amount(target) or target in compared else Confidence.LOW
        text = "Money is added up as floats: the sum is off by fractions that comparisons notice."
        for part in parts:
            if (
                isinstance(part, facts.Call)
                and _bare(part.func) == "float"
                and part.arguments
                and _of_money(part.arguments[0].value)
            ):
                self._add("summed", Place(frame.module.path, *part.span), frame, text, confidence=sure)
                return

    def _literal(self, node: object, frame: Frame) -> None:
        if not isinstance(node, facts.Call) or _bare(node.func) != "Decimal" or len(node.arguments) != 1:
            return
        given = node.arguments[0].value
        place = Place(frame.module.path, *node.span)
        if isinstance(given, facts.Literal) and isinstance(given.value, float) and _inexact(given.value):
            text = f"Decimal({given.value}) takes over the error of the float: write it as a text."
            self._add("literal", place, frame, text)
        elif isinstance(given, facts.Call) and _bare(given.func) == "float":
            self._add(
                "literal", place, frame, "A Decimal made of a float takes over its error: make it of the text or the integer."
            )

    # Columns, once it is known what is sent

    def found(self) -> list[Found]:
        if "column" in self._rules:
            for module in self._declaring():
                for info in module.classes.values():
                    self._columns(module, info)
        return list(self._sites.values())

    def _declaring(self) -> list[ModuleInfo]:
        """Return the payment code, and the modules of models that it imports from."""
        surface = list(self.program.surface())
        found = {module.path: module for module in surface}
        for module in surface if self._sent else ():
            for path in _models_imported(module, self.program):
                loaded = self.program.module(path) if len(found) < len(surface) + _MOST_MODULES else None
                if loaded is not None and not loaded.test_code:
                    found[path] = loaded
        return list(found.values())

    def _columns(self, module: ModuleInfo, info: ClassInfo) -> None:
        bases = {word for base in info.node.bases for word in tokens(_bare(base.value))}
        for statement in info.node.body:
            if not isinstance(statement, facts.Assign) or not isinstance(statement.value, facts.Call):
                continue
            target = statement.targets[0]
            if not isinstance(target, facts.Name) or not is_amount(target.id):
                continue
            if _bare(statement.value.func) not in _COLUMNS or declared_number(None, statement.value) != "float":
                continue
            sent = target.id in self._sent and not bases & _INPUT_WORDS
            if not module.surface and not sent:
                continue
            what = "goes to the processor as an amount" if sent else "holds money"
            text = f"{info.name}.{target.id} {what} and is a column of floats: what was charged cannot be told to the cent."
            place = Place(module.path, *statement.span)
            weight = Confidence.MEDIUM if sent else Confidence.LOW
            self._add("column", place, Frame(module, None, ()), text, confidence=weight)


def _amounts(key: str, value: Value, depth: int = 4) -> Iterator[tuple[str, Value]]:
    """Yield what is passed as an amount, with the name that it is passed under."""
    if is_amount(key) and value.fields is None:
        yield key, value
    elif not key and value.fields is None and any(label.kind == "amount" for label in value.labels):
        yield "amount", value
    for name, item in (value.fields or {}).items() if depth else ():
        # `{"amount": {"value": ...}}`: the value of an amount is one.
        inner = key if name in ("value", "total", "*") or name.isdigit() else name
        yield from _amounts(inner, item, depth - 1)


def _field(event: CallEvent, name: str) -> Value | None:
    for passed in event.arguments:
        if passed.name == name:
            return passed.value
        found = _within(passed.value, name, 4)
        if found is not None:
            return found
    return None


def _within(value: Value, name: str, depth: int) -> Value | None:
    fields = value.fields or {}
    if name in fields or not depth:
        return fields.get(name)
    return next((found for item in fields.values() if (found := _within(item, name, depth - 1)) is not None), None)


def _ordered(value: Value) -> list[Label]:
    return sorted(value.labels, key=lambda label: (label.place, label.kind))


def _float_of(value: Value) -> Label | None:
    """Return the label that makes a value a float: cut ones first, and those of expressions before declared ones."""
    labels = [label for label in _ordered(value) if label.kind in FLOATS]
    return min(labels, key=lambda label: (label.kind != "cut-float", label.note not in _MADE_HERE), default=None)


def _of_money(node: object) -> bool:
    names = [_bare(item) for item in walk(node) if isinstance(item, (facts.Name, facts.Attribute))]
    names += [item.value for item in walk(node) if isinstance(item, facts.Literal) and isinstance(item.value, str)]
    return any(is_amount(name) or not {"fee", "balance", "cost"}.isdisjoint(tokens(name)) for name in names)


def _inexact(number: float) -> bool:
    return decimal.Decimal(number) != decimal.Decimal(repr(number))


def _bare(node: object) -> str:
    return node.name if isinstance(node, facts.Attribute) else node.id if isinstance(node, facts.Name) else ""


def _models_imported(module: ModuleInfo, program: Program) -> Iterator[str]:
    for statement in module.facts.body:
        if isinstance(statement, facts.Import) and statement.is_from:
            dotted = statement.module or ""
            path = program.find_module(dotted, module, statement.level) if dotted or statement.level else None
            if path is not None and "models" in path.replace("_", "/").replace(".", "/").split("/"):
                yield path
