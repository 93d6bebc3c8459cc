"""Does the text of an object (`repr`, `str`) show card data?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.flow.state import Frame
from payproof.scan.models import Models, card_word, tokens
from payproof.scan.program import ClassInfo, FunctionInfo, ModuleInfo, Program
from payproof.scan.shapes import Found, Shape, processor_of
from payproof.scan.values import CARD

_SHOWING_BASES = frozenset({"BaseModel", "SQLModel", "NamedTuple", "Struct", "BaseSettings"})

_SHOWING_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s", "dataclasses"})

_ANSWERS = frozenset({"response", "result", "event", "notification", "receipt", "reply", "answer", "outcome", "transaction"})
"""Words for what a processor said: the card numbers in that are masked already."""

_TEXTS = ("__repr__", "__str__", "__unicode__", "__repr_args__", "__rich_repr__")

_MASKING = frozenset({"mask", "masked", "redact", "obfuscate", "hide", "truncate", "len", "bool", "last4", "last", "hash"})


class TextShape(Shape):
    name = "text"
    asks = {}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place], Found] = {}

    def on_module(self, module: ModuleInfo) -> None:
        for info in module.classes.values():
            written = [info.methods[name] for name in _TEXTS if name in info.methods]
            for method in written:
                for name, place in self._returned(method):
                    self._add(module, place, info, f"{method.name} of {info.name} shows {name}.")
            if not written and _shows_fields(info) and _ANSWERS.isdisjoint(tokens(info.name)):
                for name, place in self._fields(info):
                    self._add(module, place, info, f"The text of {info.name} shows {name}, as that of all its fields.")

    def _add(self, module: ModuleInfo, place: Place, info: ClassInfo, message: str) -> None:
        processor = processor_of(Frame(module, None, ()), self.models)
        for rule in self.rules:
            found = Found(rule, Verdict.VIOLATED, place, message, info.qualname, "", processor)
            self._sites.setdefault((rule.id, place), found)

    def _fields(self, info: ClassInfo) -> Iterator[tuple[str, Place]]:
        for item in info.node.body:
            if not isinstance(item, facts.Assign) or item.annotation is None or not isinstance(item.targets[0], facts.Name):
                continue
            name = item.targets[0].id
            if card_word(name, self.models.vocabulary) in CARD and not _secret(item.annotation) and not _left_out(item.value):
                yield name, Place(info.path, *item.span)

    def _returned(self, method: FunctionInfo) -> Iterator[tuple[str, Place]]:
        """Yield the attributes with card data that a method's result shows whole."""
        for item in method.node.body:
            if isinstance(item, facts.Return) and item.value is not None:
                for name in self._shown(item.value):
                    yield name, Place(method.path, *item.span)

    def _shown(self, node: object) -> Iterator[str]:
        if isinstance(node, facts.Attribute):
            of_self = isinstance(node.value, facts.Name) and node.value.id == "self"
            if of_self and card_word(node.name, self.models.vocabulary) in CARD:
                yield node.name
            return
        if isinstance(node, facts.Subscript) or (isinstance(node, facts.Call) and _masking(node)):
            return
        for name in facts.fields_of(node) if isinstance(node, _PARTS) else ():
            below = getattr(node, name)
            for item in below if isinstance(below, list) else [below]:
                yield from self._shown(item)

    def found(self) -> list[Found]:
        return list(self._sites.values())


_PARTS = (facts.Joined, facts.Operation, facts.Call, facts.Argument, facts.Sequence, facts.Conditional, facts.Logic)


def _shows_fields(info: ClassInfo) -> bool:
    if {_name(base.value) for base in info.node.bases if base.keyword is None} & _SHOWING_BASES:
        return True
    for decorator in info.node.decorators:
        made = decorator.func if isinstance(decorator, facts.Call) else decorator
        if _name(made) in _SHOWING_DECORATORS:
            return not (isinstance(decorator, facts.Call) and any(_off(item) for item in decorator.arguments))
    return False


def _left_out(value: facts.Expr | None) -> bool:
    """Return whether `field(repr=False)` or `Field(repr=False, exclude=True)` keeps a field out of the text."""
    return isinstance(value, facts.Call) and any(_off(item) for item in value.arguments)


def _off(item: facts.Argument) -> bool:
    return item.keyword == "repr" and isinstance(item.value, facts.Literal) and item.value.value is False


def _secret(annotation: facts.Expr) -> bool:
    """Return whether a type is one that hides itself (`SecretStr`), or a constant that belongs to the class."""
    names = {_name(annotation)}
    if isinstance(annotation, facts.Subscript):
        index = annotation.index
        names |= {_name(annotation.value)} | {
            _name(item) for item in (index.items if isinstance(index, facts.Sequence) else [index])
        }
    if isinstance(annotation, facts.Operation):
        names |= {_name(item) for item in annotation.operands}
    return any({"secret", "class"} & set(tokens(name)) for name in names) or bool(names & {"ClassVar", "bool", "InitVar"})


def _masking(node: facts.Call) -> bool:
    return not _MASKING.isdisjoint(tokens(_name(node.func)))


def _name(node: object) -> str:
    return node.id if isinstance(node, facts.Name) else node.name if isinstance(node, facts.Attribute) else ""
