"""How the application itself makes a call again: retry loops, decorators, tasks, queues; and for how long it goes on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.flow.state import CallEvent
from payproof.scan.models import Models, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.shapes import in_webhook
from payproof.scan.shapes.horizons import decorator_hours, queued_hours

_TASKS = frozenset({"task", "shared_task", "actor", "job", "periodic_task", "db_task", "db_periodic_task"})
MOST_CALLERS = 16
"""Functions that are looked at on the way to whoever repeats a call."""

FARTHEST = 4
"""Calls that are followed from one function to the next on that way."""

_RETRIED_BY = frozenset({"autoretry_for", "retry_backoff", "retries", "retry", "retry_kwargs"})


@dataclasses.dataclass(frozen=True, slots=True)
class Repeat:
    """How a call is made again. `again` is true where the code repeats it whenever it fails, false where it merely can be.

    `hours` is how long after the first attempt the last one can come, 0 where that is not known.
    """

    words: str
    again: bool = False
    hours: float = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Region:
    """A part of the code that is run again as a whole: a retry loop, or a function; `within` are the functions called inside."""

    info: FunctionInfo
    node: facts.For | facts.While | facts.Function
    repeat: Repeat
    within: tuple[FunctionInfo, ...]


def regions(event: CallEvent, program: Program) -> list[Region]:
    """Return what is run again around a call, innermost first, through the functions that lead to it."""
    found: list[Region] = []
    inner: list[FunctionInfo] = []
    for info, place in _leading(event, program):
        for loop in loops_around(info, place):
            if retry_loop(loop):
                found.append(Region(info, loop, Repeat("it stands in a retry loop", again=True), tuple(inner)))
        inner.append(info)
        found += [Region(info, info.node, repeat, tuple(inner)) for repeat in _of_function(info)]
        asked = call_at(*_called_from(event, info, program))
        if asked is not None and _hands_over(asked, info):
            repeat = Repeat("it is called by what retries it", True, queued_hours(asked))
            found.append(Region(info, info.node, repeat, tuple(inner)))
    return found


def repeat_of(event: CallEvent, program: Program, models: Models) -> Repeat | None:
    """Return the surest way in which the application repeats a call, or None."""
    found = [region.repeat for region in regions(event, program)]
    again = [repeat for repeat in found if repeat.again]
    if again:
        return dataclasses.replace(again[0], hours=max(repeat.hours for repeat in again))
    if found:
        return found[0]
    return Repeat("the processor delivers webhooks more than once") if in_webhook(event.frame, models) else None


def _leading(event: CallEvent, program: Program) -> Iterator[tuple[FunctionInfo, Place]]:
    """Yield the functions that lead to a call with the place in each that leads on, innermost first.

    Beyond the call's own frames, whoever was seen to call the outermost of them.
    """
    seen: set[FunctionInfo] = set()
    place, last = event.place, None
    for frame in event.frame.chain():
        if frame.info is not None:
            seen.add(frame.info)
            yield frame.info, place
            last = frame.info
        place = frame.call_place or place
    waiting = [(last, 0)] if last is not None else []
    while waiting and len(seen) < MOST_CALLERS:
        info, distance = waiting.pop(0)
        for caller, at in program.callers.get(info, {}).items() if distance < FARTHEST else ():
            if caller not in seen:
                seen.add(caller)
                waiting.append((caller, distance + 1))
                yield caller, at


def _called_from(event: CallEvent, info: FunctionInfo, program: Program) -> tuple[FunctionInfo | None, Place | None]:
    for frame in event.frame.chain():
        if frame.info is info and frame.caller is not None:
            return frame.caller.info, frame.call_place
    return next(iter(program.callers.get(info, {}).items()), (None, None))


def _hands_over(call: facts.Call, info: FunctionInfo) -> bool:
    """Return whether a call does not call a function itself, but hands it to what retries it."""
    name = name_of(call.func)
    retried = _retries(name) or not {item.keyword for item in call.arguments}.isdisjoint({"retry", "retries"})
    return name != info.name and retried


def _of_function(info: FunctionInfo) -> Iterator[Repeat]:
    for decorator in info.node.decorators:
        name = name_of(decorator.func if isinstance(decorator, facts.Call) else decorator)
        if _retries(name):
            yield Repeat("a decorator retries it", True, decorator_hours(decorator))
        elif name in _TASKS:
            yield _of_task(info, decorator, name)


def _of_task(info: FunctionInfo, decorator: facts.Expr, name: str) -> Repeat:
    given = {item.keyword: item.value for item in decorator.arguments} if isinstance(decorator, facts.Call) else {}
    never = any(_zero(given.get(word)) for word in ("max_retries", "retries"))
    itself = any(isinstance(node, facts.Call) and name_of(node.func) == "retry" for node in walk(info.node.body))
    if not never and (itself or name == "actor" or any(word in given and not _zero(given[word]) for word in _RETRIED_BY)):
        return Repeat("its task is retried", True, decorator_hours(decorator, info))
    return Repeat("a queue can deliver its task twice")


def _retries(name: str) -> bool:
    words = set(tokens(name))
    return (bool(words & {"retry", "retries", "retrying"}) and not words & {"no", "never", "disable", "without"}) or name in (
        "on_exception",
        "on_predicate",
    )


def retries(path: str) -> bool:
    """Return whether a dotted name is that of something that calls again what it is given."""
    return _retries(path.rsplit(".", 1)[-1])


def retry_loop(loop: facts.For | facts.While) -> bool:
    """Return whether a loop goes round again after an error and is left after a success."""
    if isinstance(loop, facts.For) and isinstance(loop.iterable, facts.Call) and _retries(name_of(loop.iterable.func)):
        return True
    tries = [node for node in walk(loop.body) if isinstance(node, facts.Try)]
    goes_on = any(not _leaves(handler.body) and not _declined(handler) for node in tries for handler in node.handlers)
    return goes_on and (any(_ends(statement) for statement in loop.body) or any(_succeeds(node) for node in tries))


def _declined(handler: facts.Handler) -> bool:
    """Return whether a handler catches declines alone: nothing was charged, and the next attempt is another operation."""
    return name_of(handler.error) == "CardError"


def _succeeds(node: facts.Try) -> bool:
    """Return whether a try's success ends the loop: by a return or a break in its body or beside it."""
    return any(_ends(statement) for part in (node.body, node.orelse) for statement in part)


def _ends(statement: facts.Stmt) -> bool:
    return isinstance(statement, facts.Return) or (isinstance(statement, facts.Jump) and statement.kind == "break")


def _leaves(body: list[facts.Stmt]) -> bool:
    last = body[-1] if body else None
    return isinstance(last, (facts.Raise, facts.Return)) or (isinstance(last, facts.Jump) and last.kind == "break")


def loops_around(info: FunctionInfo | None, place: Place) -> list[facts.For | facts.While]:
    """Return the loops of a function around a place in it, innermost first."""
    if info is None or info.path != place.path:
        return []
    loops = [node for node in walk(info.node.body) if isinstance(node, (facts.For, facts.While))]
    around = [node for node in loops if node.span[0] <= place.line <= node.span[2]]
    return sorted(around, key=lambda node: node.span[0], reverse=True)


def call_at(info: FunctionInfo | None, place: Place | None) -> facts.Call | None:
    """Return the call that stands at a place of a function."""
    if info is None or place is None:
        return None
    wanted = (place.line, place.column, place.end_line, place.end_column)
    return next((node for node in walk(info.node.body) if isinstance(node, facts.Call) and node.span == wanted), None)


def name_of(node: object) -> str:
    """Return the last name of a dotted expression, or ""."""
    return node.name if isinstance(node, facts.Attribute) else node.id if isinstance(node, facts.Name) else ""


def _zero(node: object) -> bool:
    return isinstance(node, facts.Literal) and (node.value == 0 or node.value is False)
