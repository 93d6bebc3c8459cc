"""Does code read what the objects of the pinned SDK no longer have?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.models import Models
from payproof.scan.pins.releases import Order
from payproof.scan.pins.sdks import Removed, removed
from payproof.scan.program import FunctionInfo, ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked
from payproof.scan.statements import pieces

FAULTS = ("removed",)

_GIVES = re.compile(r"(?:retrieve|create|modify|capture|confirm|cancel|pay|finalize_invoice|update|resume)(?:_async)?$")


class DriftShape(Shape):
    name = "drift"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[Place, Found] = {}
        self._words = tuple(sorted({name for item in removed() for name in item.names}))

    def found(self) -> list[Found]:
        return list(self._sites.values())

    def on_module(self, module: ModuleInfo) -> None:
        lost = [item for item in removed() if item.sdk in module.context]
        for info in module.functions.values() if lost else ():
            if info.node.mentions(self._words):
                self._function(info, lost)

    def _function(self, info: FunctionInfo, lost: Sequence[Removed]) -> None:
        held: dict[str, Removed] = {}
        for parameter in info.node.parameters:
            known = _object(_dotted(parameter.annotation), lost)
            if known is not None:
                held[parameter.name] = known
        for statement in pieces(info.node.body):
            for item, name, span in _reads(statement, held, lost):
                self._judge(info, item, name, Place(info.path, *span))
            if isinstance(statement, facts.Assign) and len(statement.targets) == 1:
                target = statement.targets[0]
                if isinstance(target, facts.Name):
                    known = _made(statement.value, lost)
                    held.pop(target.id, None)
                    if known is not None:
                        held[target.id] = known

    def _judge(self, info: FunctionInfo, item: Removed, name: str, place: Place) -> None:
        release = self.program.pins.release(item.sdk, info.path)
        order = release.releases.against(item.since) if release is not None else Order.UNKNOWN
        what = f"{item.object}.{name}"
        for rule in self.rules:
            if "removed" not in asked(rule, "fault"):
                continue
            if order is Order.AT_LEAST and release is not None:
                now = release.pin.specifier
                text = f"{what} is gone since {item.sdk} {item.since}, and {now} is asked for; read {item.names[name]}."
                found = Found(rule, Verdict.VIOLATED, place, text, info.qualname, processor=item.sdk)
            elif order is Order.BELOW:
                found = Found(rule, Verdict.HOLDS, place, f"The release asked for still has {what}.", info.qualname)
            else:
                why = f"{what} is gone since {item.sdk} {item.since}, and no requirement or lock file says which release is used"
                found = Found(rule, Verdict.UNKNOWN, place, f"{what} is read.", info.qualname, why, item.sdk)
            self._sites.setdefault(place, found)


def _reads(
    statement: facts.Stmt | facts.Expr, held: Mapping[str, Removed], lost: Sequence[Removed]
) -> Iterator[tuple[Removed, str, facts.Span]]:
    for node in walk(statement):
        if isinstance(node, facts.Attribute):
            name = node.name
        elif isinstance(node, facts.Subscript) and isinstance(node.index, facts.Literal):
            name = str(node.index.value)
        else:
            continue
        owner = node.value
        item = held.get(owner.id) if isinstance(owner, facts.Name) else _made(owner, lost)
        if item is not None and name in item.names:
            yield item, name, node.span


def _made(node: facts.Expr | None, lost: Sequence[Removed]) -> Removed | None:
    """Return what kind of object a call of the SDK gives: `stripe.Invoice.retrieve(...)`."""
    if isinstance(node, facts.Awaited):
        node = node.value
    if not isinstance(node, facts.Call) or not isinstance(node.func, facts.Attribute) or not _GIVES.fullmatch(node.func.name):
        return None
    return _object(_dotted(node.func.value), lost)


def _object(dotted: str, lost: Sequence[Removed]) -> Removed | None:
    return next((item for item in lost if dotted == f"{item.sdk}.{item.object}"), None)


def _dotted(node: facts.Expr | None) -> str:
    if isinstance(node, facts.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.name}" if isinstance(node, facts.Attribute) else ""
