"""Walks the payment surface: every function starts once, and those that a framework calls a second time by themselves."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from payproof.model import Unread
from payproof.scan.flow.attempt import attempt
from payproof.scan.flow.entry import EntryFlow
from payproof.scan.flow.statements import Flow
from payproof.scan.models import Models
from payproof.scan.program import ClassInfo, FunctionInfo, ModuleInfo, Program
from payproof.scan.shapes import Shape
from payproof.scan.values import Value


def explore(program: Program, models: Models, shapes: Sequence[Shape]) -> list[Unread]:
    """Let the shapes see the payment surface of `program`; return the files that could not be followed to the end."""
    for path in sorted(program.surface_paths):
        program.module(path)
    surface = list(program.surface())
    unread: list[Unread] = []
    flow = Flow(program, models, [shape for shape in shapes if not shape.tracking])
    for module in surface:
        for shape in shapes:
            shape.on_module(module)
        unread += _start_all(flow, module)
    unread += _start_inner(flow)
    unread += _enter_all(flow, surface, [shape for shape in shapes if shape.tracking])
    return unread


def _start_all(flow: Flow, module: ModuleInfo) -> list[Unread]:
    unread = list(attempt(module.path, flow, functools.partial(flow.module_globals, module)))
    for info in list(module.functions.values()):
        unread += attempt(info.path, flow, functools.partial(flow.start, info))
    return unread


def _enter_all(flow: Flow, surface: Sequence[ModuleInfo], shapes: Sequence[Shape]) -> list[Unread]:
    """Enter, as its framework does, every function that a shape wants by itself, once for all shapes that want it."""
    starts: list[tuple[FunctionInfo, Sequence[Mapping[str, Value]]]] = []
    starts += [(info, ()) for module in surface for info in module.functions.values()]
    starts += [(info, closure) for info, closure in flow.inner.items() if info.module.surface]
    unread: list[Unread] = []
    # What modules and classes hold is the same whoever enters; what a function does to a check is not, and is forgotten.
    scopes: dict[str, dict[str, Value]] = {}
    instances: dict[ClassInfo, Value] = {}
    for info, closure in starts:
        wanting = [shape for shape in shapes if shape.wants(info)]
        if wanting:
            entry = EntryFlow(flow.program, flow.models, wanting, tracking=True)
            entry.globals, entry.instances = scopes, instances
            unread += attempt(info.path, entry, functools.partial(_enter, entry, wanting, info, closure))
    return unread


def _enter(entry: EntryFlow, shapes: Sequence[Shape], info: FunctionInfo, closure: Sequence[Mapping[str, Value]]) -> None:
    for shape in shapes:
        shape.begin(info)
    end = entry.enter(info, closure)
    for shape in shapes:
        shape.finish(end, entry.ends)


def _start_inner(flow: Flow) -> list[Unread]:
    """Start the functions that were met inside others, until no more come up."""
    done: set[FunctionInfo] = set()
    unread: list[Unread] = []
    while fresh := [info for info in flow.inner if info not in done]:
        for info in fresh:
            done.add(info)
            if info.module.surface:
                unread += attempt(info.path, flow, functools.partial(flow.start, info, closure=flow.inner[info]))
    return unread
