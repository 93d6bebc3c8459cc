"""Walks the payment surface: every function is a starting point once, handlers of webhooks a second time by themselves."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from payproof.model import Unread
from payproof.scan.flow.attempt import attempt
from payproof.scan.flow.statements import Flow
from payproof.scan.models import Models
from payproof.scan.program import FunctionInfo, ModuleInfo, Program
from payproof.scan.shapes import Shape


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
    for shape in shapes:
        if shape.tracking:
            unread += shape.explore(surface, flow.inner)
    return unread


def _start_all(flow: Flow, module: ModuleInfo) -> list[Unread]:
    unread = list(attempt(module.path, flow, functools.partial(flow.module_globals, module)))
    for info in list(module.functions.values()):
        unread += attempt(info.path, flow, functools.partial(flow.start, info))
    return unread


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
