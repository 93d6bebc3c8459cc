"""One key for two operations: in one function, one after the other, or in every turn of a loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from payproof.scan import facts
from payproof.scan.flow.state import CallEvent, Frame
from payproof.scan.program import FunctionInfo, blocks, walk
from payproof.scan.shapes.repeats import call_at, loops_around, retry_loop
from payproof.scan.values import Value

_KEYS = frozenset({"idempotency_key", "idempotency-key", "paypal_request_id", "paypal-request-id"})


@dataclasses.dataclass(frozen=True, slots=True)
class Keyed:
    """A call that carries a key."""

    event: CallEvent
    value: Value

    @property
    def operation(self) -> str:
        return ".".join(self.event.path.removeprefix("?.").rsplit(".", 2)[-2:])


def reused(calls: Sequence[Keyed]) -> Iterator[tuple[Keyed, Keyed]]:
    """Yield pairs of different operations of one run of a function that carry one key, the later one first."""
    by_frame: dict[Frame, list[Keyed]] = {}
    for item in calls:
        by_frame.setdefault(item.event.frame, []).append(item)
    for frame, items in by_frame.items():
        ordered = sorted(items, key=lambda item: item.event.place)
        for index, later in enumerate(ordered):
            for earlier in ordered[:index]:
                if (
                    earlier.operation != later.operation
                    and _same(earlier.value, later.value)
                    and not _exclusive(frame.info, earlier.event, later.event)
                ):
                    yield later, earlier
                    break


def _same(one: Value, two: Value) -> bool:
    if one.opaque or one.constants is not None:
        return False
    if one is two:
        return True
    paths = one.paths()
    # One attribute of one object, read twice.
    plain = len(paths) == 1 and paths[0].count(".") > 1 and "()" not in paths[0] and not paths[0].startswith("text:")
    return plain and paths == two.paths()


def _exclusive(info: FunctionInfo | None, one: CallEvent, two: CallEvent) -> bool:
    """Return whether no run of a function comes past both calls: they stand in arms of which one is taken."""
    if info is None:
        return False
    first, second = list(_arms(info.node.body, one)), list(_arms(info.node.body, two))
    for (statement, arm, body), (other, other_arm, _) in zip(first, second, strict=False):
        if statement is not other:
            return _leaves(body)
        if arm != other_arm:
            return isinstance(statement, (facts.If, facts.Match)) or _leaves(body)
    return len(first) > len(second) and _leaves(first[len(second)][2])


def _arms(body: list[facts.Stmt], event: CallEvent) -> Iterator[tuple[facts.Stmt, int, list[facts.Stmt]]]:
    """Yield the compound statements around a call, with the arm that it stands in, outermost first."""
    line = event.place.line
    for statement in body:
        span = getattr(statement, "span", facts.NOWHERE)
        if not span[0] <= line <= span[2]:
            continue
        for arm, inner in enumerate(blocks(statement)):
            if inner and inner[0].span[0] <= line <= inner[-1].span[2]:
                yield statement, arm, inner
                yield from _arms(inner, event)


def _leaves(body: list[facts.Stmt]) -> bool:
    last = body[-1] if body else None
    return isinstance(last, (facts.Return, facts.Raise)) or (isinstance(last, facts.Jump) and last.kind in ("break", "continue"))


def loop_fault(item: Keyed) -> str:
    """Return "turns" where each turn of a loop over payments has the same key, "attempts" where a retry loop counts in it."""
    info = item.event.frame.info
    loop = next(iter(loops_around(info, item.event.place)), None)
    call = call_at(info, item.event.place)
    key = _key_of(call) if call is not None else None
    if not isinstance(loop, facts.For) or call is None or key is None:
        return ""
    bound = _targets(loop.target)
    made = _made_of(loop, bound)
    if retry_loop(loop):
        return "attempts" if _names(key) & bound or (_names(key) & made and _depends(loop, key, bound)) else ""
    differing = _names([argument.value for argument in call.arguments if argument.value is not key and argument.star == ""])
    shared = not _names(key) & (bound | made) and bool(_names(key))
    return "turns" if shared and differing & bound and not _calls(key) else ""


def _key_of(call: facts.Call) -> facts.Expr | None:
    for argument in call.arguments:
        if argument.keyword == "idempotency_key":
            return argument.value
        for node in walk(argument.value):
            if isinstance(node, facts.Entry) and isinstance(node.key, facts.Literal) and str(node.key.value).lower() in _KEYS:
                return node.value
    return None


def _targets(target: facts.Expr) -> set[str]:
    return {node.id for node in walk(target) if isinstance(node, facts.Name)}


def _made_of(loop: facts.For, bound: set[str]) -> set[str]:
    """Return the names that a loop's body assigns."""
    return {
        name for node in walk(loop.body) if isinstance(node, facts.Assign) for target in node.targets for name in _targets(target)
    } - bound


def _depends(loop: facts.For, key: facts.Expr, bound: set[str]) -> bool:
    """Return whether a name in the key is assigned from the loop's own counter."""
    return any(
        _targets(target) & _names(key)
        for node in walk(loop.body)
        if isinstance(node, facts.Assign) and node.value is not None and _names(node.value) & bound
        for target in node.targets
    )


def _names(node: object) -> set[str]:
    return {item.id for item in walk(node) if isinstance(item, facts.Name)}


def _calls(node: object) -> bool:
    return any(isinstance(item, facts.Call) for item in walk(node))
