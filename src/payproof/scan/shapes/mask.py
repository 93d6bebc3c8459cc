"""Does a mask mask? Asked of slices, replacements and expressions by what they would leave of a card number of 16 digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.aliases import dotted, imported
from payproof.scan.flow.holders import is_table
from payproof.scan.flow.state import Frame
from payproof.scan.models import Models, card_word, tokens
from payproof.scan.program import FunctionInfo, ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.values import CARD

WHERE = ("shown", "stored")

_MASKING = frozenset({"mask", "masked", "redact", "redacted", "obfuscate", "obfuscated", "censor", "scrub", "hide", "truncate"})

_FRONT = frozenset(range(8))

_MOST = 4
"""Digits of a number of 16 that may stay beside the eight in front, and the least that must go of one of 15 (FAQ 1091)."""

_SECRET_OF_DIGITS = re.compile(
    r"(?i)(?P<name>pwd|passwd|password|passphrase|secret|signature|api_?key|auth_?token|access_?token)"
    r"(?:['\"]|\\?[=:]|\\s[*+]?|\[['\"=: ]+\]|[?(&%]|%3D)+"
    r"(?:\\d|\[0-9\]|\[\\d\])(?:[+*]|\{\d+,?\d*\})"
)
"""An expression in which a secret's name is followed by digits only."""

_SIXTEEN_DIGITS = re.compile(r"(?:\\b|\(|\^)*(?:\\d|\[0-9\])\{16\}(?:\\b|\)|\$)*")


class MaskShape(Shape):
    name = "mask"
    asks = {"where": WHERE}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._rules = {next(iter(asked(rule, "where"))): rule for rule in rules}
        self._sites: dict[tuple[str, Place], Found] = {}

    def on_module(self, module: ModuleInfo) -> None:
        names = imported(module)
        for info in module.functions.values():
            stored = _stores(info)
            for place, message in self._failing(info, names):
                rule = self._rules.get("stored" if stored else "shown")
                if rule is not None:
                    self._add(rule, module, info, place, message)

    def _add(self, rule: Rule, module: ModuleInfo, info: FunctionInfo, place: Place, message: str) -> None:
        processor = processor_of(Frame(module, None, ()), self.models)
        found = Found(rule, Verdict.VIOLATED, place, message, info.qualname, "", processor)
        self._sites.setdefault((rule.id, place), found)

    def _failing(self, info: FunctionInfo, names: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
        masking = not _MASKING.isdisjoint(tokens(info.name))
        for node in walk(info.node.body):
            if isinstance(node, facts.Call):
                for message in self._expression(node, names, info):
                    yield Place(info.path, *node.span), message
            elif isinstance(node, facts.Evaluate) and self._thrown_away(node.value, names):
                yield Place(info.path, *node.span), "The masked text is thrown away: texts do not change in place."
            elif isinstance(node, (facts.Return, facts.Assign)) and node.value is not None:
                named = isinstance(node, facts.Assign) and _named_masked(node.targets[0])
                if masking or named:
                    yield from self._kept(node.value, info, Place(info.path, *node.span))

    # Expressions

    def _expression(self, node: facts.Call, names: Mapping[str, str], info: FunctionInfo) -> Iterator[str]:
        pattern = _pattern(node, names)
        if pattern is None:
            return
        found = _SECRET_OF_DIGITS.search(pattern)
        if found:
            yield f"The expression masks digits only, and the value of {found['name']} is seldom made of digits alone."
        elif _SIXTEEN_DIGITS.fullmatch(pattern) and self._about_cards(info, node):
            yield "The expression masks 16 digits in a row only: numbers of 15 or 19 digits, and those with spaces, stay."

    def _about_cards(self, info: FunctionInfo, node: facts.Call) -> bool:
        words = {*tokens(info.name), *(word for item in info.node.parameters for word in tokens(item.name))}
        return not words.isdisjoint(_MASKING | {"card", "pan", "cc"})

    def _thrown_away(self, node: facts.Expr, names: Mapping[str, str]) -> bool:
        """Return whether a statement masks a card and keeps nothing of the result."""
        if not isinstance(node, facts.Call):
            return False
        if isinstance(node.func, facts.Attribute) and node.func.name == "replace" and len(node.arguments) == 2:
            return self._is_card(node.func.value) and not self._is_card(node.arguments[1].value)
        return dotted(node.func, names) == "re.sub" and len(node.arguments) > 2 and self._is_card(node.arguments[2].value)

    def _is_card(self, node: facts.Expr) -> bool:
        name = _name(node)
        return bool(name) and card_word(name, self.models.vocabulary) in CARD

    # Slices and replacements

    def _kept(self, node: facts.Expr, info: FunctionInfo, place: Place) -> Iterator[tuple[Place, str]]:
        subject = self._subject(node, info)
        if not subject:
            return
        sixteen, fifteen = _left(node, subject, 16), _left(node, subject, 15)
        if sixteen is None or fifteen is None:
            return
        middle = fifteen - _FRONT - frozenset(range(11, 15))
        if len(sixteen - _FRONT) > _MOST or (middle and 15 - len(fifteen) <= _MOST):
            yield place, f"Of a card number of 16 digits this mask leaves {len(sixteen)} ({subject})."

    def _subject(self, node: facts.Expr, info: FunctionInfo) -> str:
        """Return the name whose parts make up a masked text, where it is that of a card number."""
        sliced = {
            _name(item.value) for item in walk(node) if isinstance(item, facts.Subscript) and isinstance(item.index, facts.Slice)
        }
        about = not set(tokens(info.name)).isdisjoint({"card", "pan", "cc"})
        for name in sorted(sliced - {""}):
            word = card_word(name, self.models.vocabulary, weak=True)
            if word == "card-number" and (card_word(name, self.models.vocabulary) or about):
                return name
            if about and name in {item.name for item in info.node.parameters}:
                return name
        return ""

    def found(self) -> list[Found]:
        return list(self._sites.values())


def _stores(info: FunctionInfo) -> bool:
    """Return whether a function prepares what a table keeps."""
    if info.name in ("save", "pre_save", "asave", "before_save", "full_clean", "get_prep_value", "get_db_prep_value"):
        return True
    return info.owner is not None and is_table(info.owner) and info.name not in ("__str__", "__repr__")


def _pattern(node: facts.Call, names: Mapping[str, str]) -> str | None:
    """Return the regular expression of a call that replaces what it matches, or None."""
    path = dotted(node.func, names)
    first: object = None
    if path in ("re.sub", "re.subn", "regex.sub") and node.arguments:
        first = node.arguments[0].value
    elif isinstance(node.func, facts.Attribute) and node.func.name in ("sub", "subn") and isinstance(node.func.value, facts.Call):
        made = node.func.value
        first = made.arguments[0].value if dotted(made.func, names) == "re.compile" and made.arguments else None
    return first.value if isinstance(first, facts.Literal) and isinstance(first.value, str) else None


def _left(node: object, subject: str, size: int) -> frozenset[int] | None:
    """Return which digits of `subject`, a number of `size` digits, an expression shows; None where that cannot be told."""
    if isinstance(node, facts.Literal):
        return frozenset()
    if isinstance(node, facts.Name):
        return frozenset(range(size)) if node.id == subject else None
    if isinstance(node, facts.Attribute):
        return frozenset(range(size)) if _name(node) == subject else None
    if isinstance(node, facts.Subscript):
        return _sliced(node, subject, size)
    if isinstance(node, facts.Joined):
        return _all(node.parts, subject, size)
    if isinstance(node, facts.Operation):
        if node.operator == "Multiply":
            return (
                frozenset()
                if any(isinstance(item, facts.Literal) and isinstance(item.value, str) for item in node.operands)
                else None
            )
        return _all(node.operands, subject, size) if node.operator in ("Add", "Modulo") else None
    if isinstance(node, facts.Sequence):
        return _all(node.items, subject, size)
    if isinstance(node, facts.Call):
        return _called(node, subject, size)
    return None


def _called(node: facts.Call, subject: str, size: int) -> frozenset[int] | None:
    name = _name(node.func)
    if name == "len":
        return frozenset()
    if name == "str" and len(node.arguments) == 1:
        return _left(node.arguments[0].value, subject, size)
    if not isinstance(node.func, facts.Attribute):
        return None
    if name == "format":
        return _all([item.value for item in node.arguments], subject, size)
    if name == "replace" and len(node.arguments) == 2:
        return _replaced(node.func.value, node.arguments, subject, size)
    return None


def _replaced(text: facts.Expr, given: Sequence[facts.Argument], subject: str, size: int) -> frozenset[int] | None:
    """Return what `text.replace(part, by)` leaves."""
    whole, part = _left(text, subject, size), given[0].value
    by = _left(given[1].value, subject, size)
    if isinstance(part, facts.Literal) and part.value == "":
        return whole
    gone = _left(part, subject, size) if isinstance(part, facts.Subscript) else None
    if whole is None or gone is None or by is None:
        return None
    return (whole - gone) | by


def _all(nodes: Sequence[object], subject: str, size: int) -> frozenset[int] | None:
    found: set[int] = set()
    for node in nodes:
        kept = _left(node, subject, size)
        if kept is None:
            return None
        found |= kept
    return frozenset(found)


def _sliced(node: facts.Subscript, subject: str, size: int) -> frozenset[int] | None:
    if _name(node.value) != subject:
        return None
    index = node.index
    if isinstance(index, facts.Slice):
        lower, upper = _bound(index.lower, size), _bound(index.upper, size)
        return frozenset(range(size)[lower:upper]) if not isinstance(lower, str) and not isinstance(upper, str) else None
    if isinstance(index, facts.Literal) and isinstance(index.value, int) and -size <= index.value < size:
        return frozenset([range(size)[index.value]])
    return None


def _bound(node: facts.Expr | None, size: int) -> int | str | None:
    """Return a bound of a slice, or "" where it cannot be told."""
    if node is None:
        return None
    if isinstance(node, facts.Literal) and isinstance(node.value, int):
        return node.value
    if isinstance(node, facts.Operation) and node.operator in ("Minus", "Subtract") and node.operands:
        last = node.operands[-1]
        if isinstance(last, facts.Literal) and isinstance(last.value, int):
            if len(node.operands) == 1:
                return -last.value
            first = node.operands[0]
            if isinstance(first, facts.Call) and _name(first.func) == "len":
                return size - last.value
    return ""


def _named_masked(target: facts.Expr) -> bool:
    return not _MASKING.isdisjoint(tokens(_name(target)))


def _name(node: object) -> str:
    return node.id if isinstance(node, facts.Name) else node.name if isinstance(node, facts.Attribute) else ""
