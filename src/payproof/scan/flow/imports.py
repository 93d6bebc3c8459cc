"""What an import binds: something of the program that is read only when it is wanted, or a dotted path outside it."""

from __future__ import annotations

from payproof.scan import facts
from payproof.scan.flow.functions import Functions
from payproof.scan.flow.state import Frame, State
from payproof.scan.values import ImportRef, Value, external


class Imports(Functions):
    def _import(self, node: facts.Import, frame: Frame, state: State) -> State:
        if not node.is_from:
            for alias in node.names:
                whole = self._module(alias.name, frame)
                if alias.bound:
                    state.env[alias.bound] = whole
                else:
                    head = alias.name.split(".")[0]
                    state.env[head] = whole if head == alias.name else self._module(head, frame)
            return state
        self._import_from(node, frame, state)
        return state

    def _module(self, dotted: str, frame: Frame) -> Value:
        path = self.program.find_module(dotted, frame.module)
        return Value(refs=(ImportRef(path),)) if path is not None and path != frame.module.path else external(dotted)

    def _import_from(self, node: facts.Import, frame: Frame, state: State) -> None:
        path = self.program.find_module(node.module, frame.module, node.level)
        if path == frame.module.path:
            path = None
        for alias in node.names:
            if alias.name == "*":
                loaded = self.program.module(path) if path is not None and self.wanted(ImportRef(path), frame) else None
                if loaded is not None:
                    state.env.update(
                        {name: value for name, value in self.module_globals(loaded).items() if not name.startswith("_")}
                    )
                continue
            state.env[alias.bound or alias.name] = self._imported(alias.name, node, path, frame)

    def _imported(self, name: str, node: facts.Import, path: str | None, frame: Frame) -> Value:
        below = self.program.find_module(f"{node.module}.{name}" if node.module else name, frame.module, node.level)
        if below is not None and below != frame.module.path:
            return Value(refs=(ImportRef(below),))
        if path is not None:
            return Value(refs=(ImportRef(path, (name,)),))
        if node.level:
            return external(f"?.{node.module.rsplit('.', 1)[-1]}.{name}" if node.module else f"?.{name}")
        return external(f"{node.module}.{name}")
