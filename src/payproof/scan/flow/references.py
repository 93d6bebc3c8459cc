"""What a name found on something refers to: in modules, classes and objects of the program, and outside it."""

from __future__ import annotations

import dataclasses
from typing import Any

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.facts import Span
from payproof.scan.flow.base import Interpreter
from payproof.scan.flow.holders import keeps_body
from payproof.scan.flow.numbers import declared_in
from payproof.scan.flow.state import Frame, Passed, State
from payproof.scan.models import tokens
from payproof.scan.program import ClassInfo, FunctionInfo, ModuleInfo
from payproof.scan.values import (
    PAYLOAD,
    ClassRef,
    External,
    FunctionRef,
    ImportRef,
    InstanceRef,
    Label,
    ModuleRef,
    SuperRef,
    Value,
    external,
    join,
)

TELLING = frozenset(
    """
    webhook hook verify verified verifier signature signed check idempotency idempotent key event charge refund
    payment pay card stripe paypal checkout invoice subscription mask masked redact scrub sanitize secret log
    logger audit gateway
    """.split()
)
"""Words in an imported name that make its module worth reading."""


class References(Interpreter):
    def attribute(self, value: Value, name: str, span: Span, frame: Frame, state: State) -> Value:
        raise NotImplementedError

    def declares_card(self, info: ClassInfo) -> bool:
        raise NotImplementedError

    def _of_ref(self, ref: Any, name: str, value: Value, place: Place, frame: Frame, state: State) -> Value | None:
        if isinstance(ref, External):
            return self._read(ref[name], place, frame, state)
        if isinstance(ref, ImportRef):
            return self._of_import(ref, name, place, frame, state)
        if isinstance(ref, ModuleRef):
            return self.member(ref.info, name, frame)
        if isinstance(ref, ClassRef):
            return self._of_class(ref.info, name, value)
        if isinstance(ref, InstanceRef):
            span = (place.line, place.column, place.end_line, place.end_column)
            return self._of_instance(ref.info, name, value, span, frame, state)
        if isinstance(ref, SuperRef):
            return self._of_super(ref, name, frame)
        if isinstance(ref, FunctionRef):
            return Value(refs=(ref,)) if name in ("delay", "apply_async", "s", "si", "send", "enqueue") else external(f"?.{name}")
        return None

    def _of_import(self, ref: ImportRef, name: str, place: Place, frame: Frame, state: State) -> Value:
        further = ImportRef(ref.path, (*ref.names, name))
        if not self.wanted(further, frame):
            read = self._read(External(further.dotted), place, frame, state)
            return (
                dataclasses.replace(read, refs=(further,)) if not read.refs or read.refs == (External(further.dotted),) else read
            )
        span = (place.line, place.column, place.end_line, place.end_column)
        opened = self.opened(ref, frame, state)
        if any(isinstance(item, ImportRef) for item in opened.refs):
            # Modules that import a name from each other in a circle.
            return Value(refs=(further,))
        return self.attribute(opened, name, span, frame, state)

    def wanted(self, ref: ImportRef, frame: Frame) -> bool:
        """Return whether another module is worth reading for what is imported of it.

        Payment code always is. Other code is where a name tells of something that is asked about.
        """
        if ref.path in self.program.surface_paths:
            return True
        # What stands beside a webhook's handler may be a part of it.
        if self.tracking and ref.path.rpartition("/")[0] == frame.module.path.rpartition("/")[0]:
            return True
        return any(not TELLING.isdisjoint(tokens(name)) for name in ref.names)

    def opened(self, ref: ImportRef, frame: Frame, state: State, depth: int = 0) -> Value:
        """Return what an import stands for, reading its module."""
        module = self.program.module(ref.path)
        if module is None:
            return external(ref.dotted)
        value = Value(refs=(ModuleRef(module),))
        span = frame.info.node.span if frame.info is not None else (1, 1, 1, 1)
        for name in ref.names:
            value = self.attribute(value, name, span, frame, state)
        further = value.refs[0] if len(value.refs) == 1 else None
        if isinstance(further, ImportRef) and further.path != ref.path and depth < 5 and self.wanted(further, frame):
            return self.opened(further, frame, state, depth + 1)
        return value

    def _setting(self, name: str) -> Value | None:
        """Return what the project's own settings give a name, where they are part of the payment code."""
        found = [
            self.module_globals(module)[name]
            for module in self.program.surface()
            if "settings" in module.path and name in self.module_globals(module)
        ]
        return join(found) if found else None

    def _read(self, path: External, place: Place, frame: Frame, state: State) -> Value:
        labels = []
        kept = Value(refs=(path,))
        for model in self.models.read(path.path, frame.module.context):
            if model.gives == "config" and ".settings." in path.path:
                set_to = self._setting(path.path.rsplit(".", 1)[-1])
                kept = kept if set_to is None else dataclasses.replace(set_to, refs=kept.refs)
            if model.gives:
                name = path.path.rsplit(".", 1)[-1]
                labels.append(Label(model.gives, place, model.note or f"{path.path.removeprefix('?.')} is read"))
                if model.gives == "config" and self.is_secret_name(name):
                    labels.append(Label("processor-secret", place, f"{name} is read"))
                if model.gives in PAYLOAD or model.gives == "request-header":
                    self.tell_read(place, model.gives, path.path.rsplit(".", 1)[-1], frame, state)
            if model.type:
                kept = external(model.type)
            if model.random:
                labels.append(Label(model.random, place, path.path))
        return kept.with_labels(labels)

    def member(self, module: ModuleInfo, name: str, frame: Frame) -> Value:
        """Return what `name` is in another module of the program."""
        found = self.module_globals(module).get(name)
        if found is not None:
            return found
        parts = module.path.removesuffix(".py").removesuffix("/__init__").split("/")
        below = self.program.find_module(f"{parts[-1]}.{name}", module)
        if below is not None:
            return Value(refs=(ImportRef(below),))
        return external(f"?.{parts[-1]}.{name}")

    def _of_class(self, info: ClassInfo, name: str, value: Value) -> Value:
        method = self.method(info, name)
        if method is not None:
            bound = _is_classmethod(method)
            return Value(refs=(FunctionRef(method, (), value if bound else None),))
        known = (self.instance(info).fields or {}).get(name)
        if known is not None and not known.opaque:
            return known
        return external(f"?.{info.name}.{name}")

    def _of_instance(self, info: ClassInfo, name: str, value: Value, span: Span, frame: Frame, state: State) -> Value:
        held = (value.fields or {}).get(name)
        bare = held is None or (not held.labels and held.constants is None)
        if bare and keeps_body(info, name):
            return Value(labels=frozenset([Label("request-body", self.place(frame, span), f"the body that {info.name} keeps")]))
        if held is not None:
            return held
        method = self.method(info, name)
        if method is not None:
            if _is_property(method):
                result, _ = self.run(method, [Passed(None, value)], frame, None, State({}, state.verified, state.why, state.at))
                return result
            return Value(refs=(FunctionRef(method, (), None if _is_static(method) else value),))
        number = declared_in(info, name)
        labels = [Label(number, Place(info.path, info.node.span[0]), f"the field {name}")] if number else []
        known = (self.instance(info).fields or {}).get(name)
        if known is not None:
            return known.with_labels(labels) if not known.opaque else external(f"?.{info.name}.{name}").with_labels(labels)
        bases = [base for base in self.bases(info) if isinstance(base, External)]
        inherited = [external(f"{base.path}().{name}") for base in bases if not base.path.startswith("?")]
        return join([*inherited, external(f"?.{info.name}.{name}")]).with_labels(labels)

    def _of_super(self, ref: SuperRef, name: str, frame: Frame) -> Value:
        for base in self.bases(ref.info):
            if isinstance(base, ClassRef):
                method = self.method(base.info, name)
                if method is not None:
                    return Value(refs=(FunctionRef(method, (), ref.receiver),))
        return external(f"?.super.{name}")

    def bases(self, info: ClassInfo) -> list[Any]:
        """Return the references of the base classes of `info`."""
        frame = Frame(info.module, None, ())
        scope = self.module_globals(info.module)
        found: list[Any] = []
        for base in info.node.bases:
            if base.keyword is None:
                for ref in self.evaluate(base.value, frame, State(scope)).refs:
                    opened = self.opened(ref, frame, State(scope)).refs if isinstance(ref, ImportRef) else (ref,)
                    found.extend(opened)
        return found

    def method(self, info: ClassInfo, name: str, depth: int = 0) -> FunctionInfo | None:
        """Return the method that `name` finds on a class of the program, through its bases in the program."""
        if name in info.methods:
            return info.methods[name]
        if depth > 6:
            return None
        for base in self.bases(info):
            if isinstance(base, ClassRef) and base.info is not info:
                found = self.method(base.info, name, depth + 1)
                if found is not None:
                    return found
        return None


def _decorator_names(info: FunctionInfo) -> set[str]:
    found = set()
    for decorator in info.node.decorators:
        node = decorator.func if isinstance(decorator, facts.Call) else decorator
        if isinstance(node, facts.Name):
            found.add(node.id)
        elif isinstance(node, facts.Attribute):
            found.add(node.name)
    return found


def _is_property(info: FunctionInfo) -> bool:
    return not _decorator_names(info).isdisjoint({"property", "cached_property"})


def _is_classmethod(info: FunctionInfo) -> bool:
    return "classmethod" in _decorator_names(info)


def _is_static(info: FunctionInfo) -> bool:
    return "staticmethod" in _decorator_names(info)
