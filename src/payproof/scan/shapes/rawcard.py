"""Does raw card data pass through the server instead of being tokenized in the browser?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.flow.state import AssignEvent, CallEvent, Frame, ReadEvent
from payproof.scan.models import Models, card_word, tokens
from payproof.scan.program import ClassInfo, ModuleInfo, Program
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.values import CARD, Label, Value

WHERE = ("received", "sent", "declared", "column")

_FORM_BASES = frozenset({"form", "forms", "serializer", "serializers", "schema", "flask_form", "model_form"})
_MODEL_BASES = frozenset({"model", "models", "document", "base", "sqlmodel", "db", "declarative"})
_INPUT_MODELS = frozenset({"BaseModel", "Schema", "InputObjectType", "TypedDict", "SQLModel", "Struct"})
_FIELD_WORDS = frozenset(
    {"field", "column", "charfield", "textfield", "integerfield", "string", "integer", "str", "int", "char", "text"}
)


_LAST_DIGITS = 6


class RawCardShape(Shape):
    name = "raw-card"
    asks = {"where": WHERE}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._rules = {next(iter(asked(rule, "where"))): rule for rule in rules}
        self._sites: dict[tuple[str, Place, Place | None], Found] = {}
        self._received: dict[tuple[str, str], Place] = {}
        self._tokenized: dict[tuple[str, Place], Found] = {}

    # Sent to a processor

    def on_call(self, event: CallEvent) -> None:
        rule = self._rules.get("sent")
        if rule is None:
            return
        processor = self._processor(event)
        if not processor:
            self._handed_on(rule, event)
            return
        label = next((label for passed in event.arguments for label in _card_labels(passed.value)), None)
        if label is None and any(model.tokenizes for model in event.models):
            label = _server_side_card(event)
        if label is None:
            if any(model.money or model.creates for model in event.models):
                held = Found(
                    rule,
                    Verdict.HOLDS,
                    event.place,
                    "No raw card data was seen to go into this call.",
                    event.frame.subject,
                    "",
                    processor,
                )
                self._sites.setdefault((rule.id, event.place, None), held)
            return
        name = event.path.removeprefix("?.")
        message = f"Raw card data ({label.note}) goes from the server into {name}: the whole server is in PCI DSS scope."
        place = label.place if label.place.path else event.place
        steps = (Step(place, label.note), *label.steps, Step(event.place, f"handed to {name}"))
        self._sites[(rule.id, event.place, None)] = Found(
            rule, Verdict.VIOLATED, event.place, message, event.frame.subject, "", processor, steps
        )

    def _handed_on(self, rule: Rule, event: CallEvent) -> None:
        """A call of something unknown, in a processor's client, with a card number and a code or expiry by name."""
        processor = processor_of(event.frame, self.models)
        kinds = {card_word(item.name, self.models.vocabulary, weak=True): item for item in event.arguments if item.name}
        if (
            not processor
            or event.models
            or not event.path.startswith("?")
            or not kinds.keys() & CARD
            or len(kinds.keys() - {""}) < 2
        ):
            return
        number = next((item for kind, item in kinds.items() if kind in CARD), None)
        if number is None or number.value.constants is not None or number.value.kinds() & {"safe"}:
            return
        message = f"Raw card data ({number.name}) is handed on by the server in code for {processor}."
        self._sites[(rule.id, event.place, None)] = Found(
            rule, Verdict.VIOLATED, event.place, message, event.frame.subject, "", processor, confidence=Confidence.MEDIUM
        )

    def _processor(self, event: CallEvent) -> str:
        for model in event.models:
            if model.processor and model.sink in ("", "url"):
                return model.processor
        root = event.path.split(".", 1)[0].removesuffix("()")
        return self.models.roots.get(root, "")

    def on_assign(self, event: AssignEvent) -> None:
        """`creditCard.cardNumber = number` on an object of a processor's SDK."""
        rule = self._rules.get("sent")
        if rule is None or not card_word(event.key, self.models.vocabulary):
            return
        via = event.frame.call_place
        roots = [path.split(".", 1)[0].removesuffix("()") for path in event.owner.paths()]
        processor = next((self.models.roots[root] for root in roots if root in self.models.roots), "")
        if not processor or event.value.constants is not None or event.value.kinds() & {"safe"}:
            return
        message = f"Raw card data is put into a request of {processor} by the server: the whole server is in PCI DSS scope."
        label = next(_card_labels(event.value), None)
        steps = (
            (Step(label.place, label.note), *label.steps, Step(event.place, "put into the request"))
            if label is not None and label.place.path
            else ()
        )
        found = Found(rule, Verdict.VIOLATED, event.place, message, event.frame.subject, "", processor, steps)
        if via is None or not any(step.place == via for step in steps):
            self._sites.setdefault((rule.id, event.place, None), found)
        else:
            self._sites.setdefault((rule.id, event.place, via), found)

    # Received from a client

    def on_read(self, event: ReadEvent) -> None:
        rule = self._rules.get("received")
        if rule is None or event.kind not in CARD:
            return
        key = (event.frame.module.path, event.frame.subject)
        first = self._received.setdefault(key, event.place)
        if first != event.place:
            return
        message = f"The server reads card data ({event.key}) from a request instead of a token."
        processor = processor_of(event.frame, self.models)
        self._sites[(rule.id, first, None)] = Found(rule, Verdict.VIOLATED, first, message, event.frame.subject, "", processor)

    # Declared by a form, a serializer or a table

    def on_module(self, module: ModuleInfo) -> None:
        for info in module.classes.values():
            kind = _kind_of(info, self.program)
            rule = self._rules.get(kind)
            if rule is None:
                continue
            for name, place in self._declared(info):
                text = (
                    f"{info.name} declares the field {name}: card data is posted to this server."
                    if kind == "declared"
                    else f"{info.name} has a column {name}: card data is kept in the database."
                )
                processor = processor_of(Frame(module, None, ()), self.models)
                found = Found(rule, Verdict.VIOLATED, place, text, info.qualname, "", processor)
                self._sites.setdefault((rule.id, place, None), found)

    def _declared(self, info: ClassInfo) -> Iterator[tuple[str, Place]]:
        found = []
        kinds = set()
        for statement in info.node.body:
            if (
                isinstance(statement, facts.Assign)
                and len(statement.targets) == 1
                and isinstance(statement.targets[0], facts.Name)
            ):
                name = statement.targets[0].id
                kind = card_word(name, self.models.vocabulary, weak=True)
                if kind and _is_field(statement) and not (kind == "card-number" and _short(statement)):
                    kinds.add(kind)
                    span = statement.span
                    place = Place(info.path, *span)
                    found.append((name, kind, place))
            elif isinstance(statement, facts.Class) and statement.name == "Meta":
                found += [(name, kind, place) for name, kind, place in self._meta_fields(info, statement)]
                kinds.update(kind for _, kind, _ in found)
        if any(_direct_post(statement, self.models) for statement in info.node.body):
            return
        strong = [item for item in found if card_word(item[0], self.models.vocabulary)]
        weak = [item for item in found if item[1] in CARD] if len(kinds) > 1 else []
        for name, kind, place in strong or weak:
            if kind in CARD:
                yield name, place

    def _meta_fields(self, info: ClassInfo, meta: facts.Class) -> Iterator[tuple[str, str, Place]]:
        for statement in meta.body:
            if (
                not isinstance(statement, facts.Assign)
                or not isinstance(statement.targets[0], facts.Name)
                or statement.targets[0].id != "fields"
            ):
                continue
            for item in statement.value.items if isinstance(statement.value, facts.Sequence) else ():
                if isinstance(item, facts.Literal) and isinstance(item.value, str):
                    kind = card_word(item.value, self.models.vocabulary, weak=True)
                    if kind:
                        yield item.value, kind, Place(info.path, *statement.span)

    def found(self) -> list[Found]:
        # What callers were seen to hand over says more than the parameter that it goes through.
        told = {(rule, place) for rule, place, via in self._sites if via is not None}
        return [found for (rule, place, via), found in self._sites.items() if via is not None or (rule, place) not in told]


def _card_labels(value: Value) -> Iterator[Label]:
    for label in sorted(value.deep_labels(), key=lambda label: (label.kind, label.place)):
        if label.kind in CARD:
            yield label


def _server_side_card(event: CallEvent) -> Label | None:
    """Return a label for the card of a tokenizing call that the server makes: what it is given can only be a raw card."""
    card = event.argument("card")
    if card is None or event.argument("customer") is not None or card.constants is not None or card.fields is not None:
        return None
    return Label("card-object", event.place, "a card that the server tokenizes itself") if card.labels or card.refs else None


def _kind_of(info: ClassInfo, program: Program, depth: int = 0) -> str:
    """Return "declared" for forms and serializers, "column" for tables, else ""."""
    names = []
    for base in info.node.bases:
        node = base.value
        name = node.id if isinstance(node, facts.Name) else node.name if isinstance(node, facts.Attribute) else ""
        if base.keyword is None:
            names.append(name)
    words = {word for name in names for word in tokens(name)}
    joined = set(names)
    if joined & _INPUT_MODELS:
        return "declared"
    if words & _FORM_BASES:
        return "declared"
    if words & _MODEL_BASES:
        return "column"
    parents = [parent for name in names for parent in program.classes_named(name) if parent is not info]
    return next((kind for parent in parents[:3] if depth < 3 and (kind := _kind_of(parent, program, depth + 1))), "")


def _direct_post(statement: facts.Stmt, models: Models) -> bool:
    """Return whether a field says that browsers post its form to the processor."""
    if not isinstance(statement, facts.Assign) or not isinstance(statement.targets[0], facts.Name):
        return False
    return statement.targets[0].id.lower() in models.vocabulary.direct_post


def _short(statement: facts.Assign) -> bool:
    """Return whether a field has room for the last digits of a number only."""
    given = statement.value.arguments if isinstance(statement.value, facts.Call) else []
    return any(
        isinstance(item.value, facts.Literal) and isinstance(item.value.value, int) and item.value.value <= _LAST_DIGITS
        for item in given
        if item.keyword in ("max_length", "length")
    )


def _is_field(statement: facts.Assign) -> bool:
    if statement.annotation is not None and statement.value is None:
        return True
    node = statement.value
    if not isinstance(node, facts.Call):
        return statement.annotation is not None and not (isinstance(node, facts.Literal) and node.value is not None)
    func = node.func
    name = func.id if isinstance(func, facts.Name) else func.name if isinstance(func, facts.Attribute) else ""
    words = set(tokens(name))
    return bool(words & _FIELD_WORDS) and not words & {"foreign", "relationship", "encrypted", "hash"}
