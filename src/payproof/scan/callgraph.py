"""Who calls whom, under which handlers, and where an error that nobody catches comes out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from payproof.model import Place
from payproof.scan.flow.clauses import Attempt
from payproof.scan.flow.state import FollowEvent, Frame, Silent
from payproof.scan.program import FunctionInfo, ModuleInfo

Catching = Callable[[Attempt], bool]

LONGEST = 9
"""Calls that an error is followed upwards."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One call of a function: where it stands, and what is attempted around it. `info` is None in a module's own body."""

    info: FunctionInfo | None
    module: ModuleInfo
    place: Place | None
    attempts: tuple[Attempt, ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way from a call up to a function that nobody seen calls: the calls passed, innermost first."""

    info: FunctionInfo | None
    module: ModuleInfo
    calls: tuple[Place, ...] = ()


class CallGraph(Silent):
    """Collects the calls of the program's own functions while it is interpreted."""

    def __init__(self) -> None:
        self._callers: dict[FunctionInfo, dict[tuple[FunctionInfo | None, str, Place | None], Edge]] = {}
        self._callees: dict[FunctionInfo | None, set[FunctionInfo]] = {}

    def on_follow(self, event: FollowEvent) -> None:
        frame = named(event.caller)
        key = (frame.info, frame.module.path, event.place)
        self._callers.setdefault(event.callee, {}).setdefault(
            key, Edge(frame.info, frame.module, event.place, attempts_at(event.caller))
        )
        self._callees.setdefault(frame.info, set()).add(event.callee)

    def callers(self, info: FunctionInfo) -> list[Edge]:
        """Return the calls of a function that were seen, in order of place."""
        edges = list(self._callers.get(info, {}).values())
        return sorted(edges, key=lambda edge: (edge.module.path, edge.place or Place("", 0)))

    def below(self, info: FunctionInfo) -> set[FunctionInfo]:
        """Return `info` and every function that it was seen to call, directly or not."""
        found: set[FunctionInfo] = set()
        waiting = [info]
        while waiting:
            here = waiting.pop()
            if here not in found:
                found.add(here)
                waiting.extend(self._callees.get(here, ()))
        return found

    def ways_out(
        self,
        info: FunctionInfo | None,
        module: ModuleInfo,
        catches: Catching,
        covered: Callable[[FunctionInfo], bool],
        entered: Callable[[FunctionInfo], bool],
    ) -> Iterator[Way]:
        """Yield the ways on which an error raised in `info` gets out of the program.

        `catches` tells whether handlers around a call stop it, `covered` whether a function as a whole does (its decorators,
        its class), and `entered` whether something outside of the program calls a function, whoever else does.
        """
        yield from self._up(Way(info, module), catches, covered, entered, set())

    def _up(
        self,
        way: Way,
        catches: Catching,
        covered: Callable[[FunctionInfo], bool],
        entered: Callable[[FunctionInfo], bool],
        seen: set[FunctionInfo],
    ) -> Iterator[Way]:
        if way.info is None:
            yield way
            return
        if way.info in seen or covered(way.info):
            return
        seen.add(way.info)
        edges = [edge for edge in self.callers(way.info) if edge.info is not way.info and not edge.module.test_code]
        if entered(way.info) or not edges or len(way.calls) >= LONGEST:
            yield way
            return
        for edge in edges:
            if not any(catches(attempt) for attempt in edge.attempts):
                calls = (*way.calls, edge.place) if edge.place is not None else way.calls
                yield from self._up(Way(edge.info, edge.module, calls), catches, covered, entered, seen)


def named(frame: Frame) -> Frame:
    """Return the frame of the function that a frame stands in: a lambda's is that of whoever calls it."""
    while frame.info is None and frame.caller is not None:
        frame = frame.caller
    return frame


def attempts_at(frame: Frame) -> tuple[Attempt, ...]:
    """Return what is attempted around the point that a frame has reached, innermost last."""
    found = list(frame.attempts)
    while frame.info is None and frame.caller is not None:
        frame = frame.caller
        found = [*frame.attempts, *found]
    return tuple(found)
