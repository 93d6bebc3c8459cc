"""What a call may give: into the program, out of it, and through the containers and texts of the language itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from payproof.model import Place, Step
from payproof.scan.facts import Span
from payproof.scan.flow.containers import Containers, with_default
from payproof.scan.flow.expressions import PROVENANCE
from payproof.scan.flow.numbers import turned
from payproof.scan.flow.outcomes import answered
from payproof.scan.flow.state import CallEvent, Frame, Passed, State, applicable, named
from payproof.scan.models import CallModel, tokens
from payproof.scan.program import ClassInfo, is_abstract, types_a_dict
from payproof.scan.values import (
    PAYLOAD,
    SENSITIVE,
    UNKNOWN,
    ClassRef,
    External,
    FunctionRef,
    ImportRef,
    InstanceRef,
    Label,
    LambdaRef,
    PartialRef,
    SuperRef,
    Value,
    external,
    held_by,
    join,
    kept,
)

_TEXT_METHODS = frozenset(
    """
    strip lstrip rstrip replace encode decode lower upper title format zfill ljust rjust join split rsplit
    partition removeprefix removesuffix hex isoformat casefold format_map expandtabs
    """.split()
)
_WHOLE_METHODS = frozenset(
    """
    to_dict to_dict_recursive dict model_dump json copy items values text as_dict serialize __str__ to_json
    """.split()
)
_QUEUES = frozenset(
    """
    enqueue enqueue_in enqueue_at submit run_in_executor add_task spawn start_soon to_thread defer on_commit
    retry_call Retrying() AsyncRetrying() run_in_threadpool run_sync
    """.split()
)
_COMMON_NAMES = frozenset(
    """
    get save create update delete add filter all first last exists count run execute send handle process post
    put patch close open read write commit flush query order init setup start stop call apply load dump dumps
    loads validate clean data json info debug error warning exception log append pop items keys values format
    join split strip list retrieve render refresh cancel
    """.split()
)


class Calls(Containers):
    def call(self, callee: Value, arguments: Sequence[Passed], span: Span, frame: Frame, state: State, receiver: Value) -> Value:
        place = self.place(frame, span)
        local = self._container(callee, arguments, receiver, span, frame, state)
        if local is not None:
            return local
        results = []
        for ref in callee.refs or (External("?"),):
            if isinstance(ref, ImportRef):
                results.append(self._imported_call(ref, arguments, span, frame, state, receiver))
            elif isinstance(ref, External):
                results.append(self._outside(ref, callee, arguments, place, frame, state, receiver))
            elif isinstance(ref, FunctionRef):
                results.append(self._inside(ref, arguments, place, frame, state))
            elif isinstance(ref, ClassRef):
                results.append(self._construct(ref.info, arguments, place, frame, state))
            elif isinstance(ref, LambdaRef):
                results.append(self._lambda_call(ref, arguments, frame, state))
            elif isinstance(ref, PartialRef):
                held = [Passed(name, value) for name, value in ref.arguments]
                results.append(self.call(ref.func, [*held, *arguments], span, frame, state, UNKNOWN))
            elif isinstance(ref, InstanceRef):
                method = self.method(ref.info, "__call__")
                if method is not None:
                    results.append(self._inside(FunctionRef(method, (), callee), arguments, place, frame, state))
            elif isinstance(ref, SuperRef):
                results.append(UNKNOWN)
        return join(results)

    def _imported_call(
        self, ref: ImportRef, arguments: Sequence[Passed], span: Span, frame: Frame, state: State, receiver: Value
    ) -> Value:
        """Read the module that a call leads to when it carries something sensitive, or its name tells of it."""
        carried = any(label.kind in SENSITIVE for item in arguments for label in item.value.deep_labels(2))
        if carried or self.wanted(ref, frame):
            opened = self.opened(ref, frame, state)
            if not any(isinstance(item, ImportRef) for item in opened.refs):
                return self.call(opened, arguments, span, frame, state, receiver)
        place = self.place(frame, span)
        return self._outside(External(ref.dotted), UNKNOWN, arguments, place, frame, state, receiver)

    # Into the program

    def _inside(self, ref: FunctionRef, arguments: Sequence[Passed], place: Place, frame: Frame, state: State) -> Value:
        marked = [Passed(item.name, self._as_argument(item.value, place), item.star) for item in arguments]
        passed = marked if ref.receiver is None else [Passed(None, ref.receiver), *marked]
        result, after = self.run(ref.info, passed, frame, place, state, closure=ref.closure)
        if after is not None:
            state.verified, state.why, state.at = after.verified, after.why, after.at
        return result

    def _as_argument(self, value: Value, place: Place) -> Value:
        """Note where a callable of a library was handed over: that is the place a finding about it belongs to."""
        named = any(isinstance(ref, External) and not ref.path.endswith("()") for ref in value.refs)
        if not named or "passed" in value.kinds():
            return value
        known = any(self.models.call(path, frozenset(self.models.words)) for path in value.paths() if "." in path)
        return value.with_labels([Label("passed", place, "passed")]) if known else value

    def _construct(self, info: ClassInfo, arguments: Sequence[Passed], place: Place, frame: Frame, state: State) -> Value:
        made = Value(refs=(InstanceRef(info),))
        self._tell_made(info, arguments, place, frame, state)
        start = self.method(info, "__init__")
        if start is None:
            fields = {item.name: kept(item.value) for item in arguments if item.name}
            sealed = types_a_dict(info) and all(item.name for item in arguments)
            return dataclasses.replace(made, fields=fields, sealed=sealed) if fields else made
        held: dict[str, Value] = {}
        self.run(start, [Passed(None, made), *arguments], frame, place, state.copy(), collect=held)
        return dataclasses.replace(made, fields=held) if held else made

    def _tell_made(self, info: ClassInfo, arguments: Sequence[Passed], place: Place, frame: Frame, state: State) -> None:
        """Tell of an exception of the program that is made with a message."""
        models = self.models.call(f"?.{info.name}", frame.module.context) if arguments else ()
        if any(model.sink == "exception" for model in models):
            self._tell(External(f"?.{info.name}"), models, arguments, place, frame, state, UNKNOWN)

    def _lambda_call(self, ref: LambdaRef, arguments: Sequence[Passed], frame: Frame, state: State) -> Value:
        inner = State({}, state.verified, state.why, state.at)
        plain = [item.value for item in arguments if item.name is None and not item.star]
        named = {item.name: item.value for item in arguments if item.name}
        for index, parameter in enumerate(ref.node.parameters):
            inner.env[parameter.name] = plain[index] if index < len(plain) else named.get(parameter.name, UNKNOWN)
        below = Frame(ref.module, None, ref.closure, frame, frame.call_place, frame.depth + 1)
        if below.depth > 12:
            return UNKNOWN
        return self.evaluate(ref.node.body, below, inner)

    # Out of the program

    def _outside(
        self, ref: External, callee: Value, arguments: Sequence[Passed], place: Place, frame: Frame, state: State, receiver: Value
    ) -> Value:
        if ref.path in ("functools.partial", "partial") and arguments:
            rest = tuple((item.name, item.value) for item in arguments[1:])
            return Value(refs=(PartialRef(arguments[0].value, rest),))
        if ref.path == "super":
            return self._super(frame, state)
        if ref.path in ("getattr", "hasattr") and len(arguments) > 1:
            return self._getattr(ref.path, arguments, place, frame, state)
        queued = self._queued(ref, arguments, place, frame, state)
        if queued is not None:
            return queued
        guessed = self._by_name(ref, receiver, arguments, place, frame, state)
        if guessed is not None:
            return guessed
        models = self._models(ref.path, receiver, arguments, frame)
        if arguments and arguments[0].name is None and any(model.wraps for model in models):
            return arguments[0].value
        passed_at = next((label.place for label in callee.labels if label.kind == "passed"), None)
        self._tell(ref, models, arguments, passed_at or place, frame, state, receiver)
        self._settle(models, arguments, place, state)
        return self._result(ref, models, arguments, place, frame, state, receiver)

    def _models(self, path: str, receiver: Value, arguments: Sequence[Passed], frame: Frame) -> tuple[CallModel, ...]:
        models = applicable(self.models.call(path, frame.module.context), arguments)
        return tuple(self._addressed(model, arguments, frame) if model.http else model for model in models)

    def _addressed(self, model: CallModel, arguments: Sequence[Passed], frame: Frame) -> CallModel:
        """Return the model of an HTTP call with the processor that its URL names."""
        for item in arguments[:3]:
            if item.name not in (None, "url", "method"):
                continue
            for text in self._texts(item.value):
                processor = self._whose(text, frame)
                if processor:
                    verifies, gives = answered(text, model.http)
                    fetches = model.http == "get" and not verifies
                    return dataclasses.replace(
                        model, processor=processor, gives=gives, verifies=verifies, fetches=fetches, note=text
                    )
        words = set(tokens(frame.module.path))
        spoken = {self.models.processors[name] for name in frame.module.context if name in self.models.processors}
        if len(spoken & words) == 1:
            # A client of one processor that builds its URLs elsewhere.
            return dataclasses.replace(model, processor=(spoken & words).pop(), gives="processor-object", note="", certain=False)
        return model

    def _whose(self, text: str, frame: Frame) -> str:
        """Return the processor that a URL's host names, or its path in a module that speaks of that processor."""
        for host, processor in self.models.hosts.items():
            if host in text:
                return processor
        for path, processor in self.models.paths.items():
            if path in text and processor in {self.models.processors.get(name) for name in frame.module.context}:
                return processor
        return ""

    def _texts(self, value: Value) -> list[str]:
        texts = [str(item) for item in value.constants or () if isinstance(item, str)]
        texts += [path.removeprefix("text:") for path in value.paths() if path.startswith("text:")]
        return texts

    def _tell(
        self,
        ref: External,
        models: tuple[CallModel, ...],
        arguments: Sequence[Passed],
        place: Place,
        frame: Frame,
        state: State,
        receiver: Value,
    ) -> None:
        event = CallEvent(place, ref.path, models, receiver, tuple(arguments), frame, state.verified, state.why, state.at)
        for listener in self.listeners:
            listener.on_call(event)

    def _settle(self, models: tuple[CallModel, ...], arguments: Sequence[Passed], place: Place, state: State) -> None:
        """Let a check that raises, and a fetch of the object by its id, verify the path."""
        for model in models:
            if model.verifies == "raises" or (
                model.fetches
                and any(
                    label.kind in PAYLOAD or label.kind == "request-field"
                    for item in arguments
                    for label in item.value.deep_labels()
                )
            ):
                state.verified, state.why, state.at = True, "", None

    def _result(
        self,
        ref: External,
        models: tuple[CallModel, ...],
        arguments: Sequence[Passed],
        place: Place,
        frame: Frame,
        state: State,
        receiver: Value,
    ) -> Value:
        values = held_by(ref.path, [item.value for item in arguments])
        result = external(f"{ref.path}()")
        name = ref.path.rsplit(".", 1)[-1]
        for model in models:
            result = self._modelled(model, result, values, place, frame, state, name)
        if any(model.holds for model in models):
            return dataclasses.replace(result, fields=named(arguments), sealed=not any(item.star for item in arguments))
        if any(model.gives == "config" for model in models):
            result = with_default(result, arguments, place)
        if any(model.sanitizes for model in models):
            return result
        if not models or all(not model.gives and not model.transparent for model in models):
            result = result.with_labels(
                label for value in values for label in value.labels if label.kind in PROVENANCE - {"amount", "digest"}
            )
        if name in _TEXT_METHODS:
            result = result.with_labels(receiver.deep_labels() | frozenset().union(*(value.deep_labels() for value in values)))
            if name in ("encode", "decode", "strip") and receiver.constants is not None:
                result = dataclasses.replace(result, constants=receiver.constants)
        elif name in _WHOLE_METHODS:
            result = dataclasses.replace(result.with_labels(receiver.labels), fields=receiver.fields)
        elif receiver.labels and not any(model.gives for model in models):
            result = result.with_labels(label for label in receiver.labels if label.kind in PROVENANCE)
        return result

    def _modelled(
        self, model: CallModel, result: Value, values: Sequence[Value], place: Place, frame: Frame, state: State, name: str
    ) -> Value:
        if model.type:
            result = dataclasses.replace(result, refs=tuple(External(model.type) for _ in (0,)))
        if model.gives == "config":
            key = next((value.text() for value in values if value.text()), None)
            if key and self.is_secret_name(key):
                result = result.with_labels([Label("processor-secret", place, f"{key} is read")])
        if model.gives:
            note = model.note or f"what {name} returns"
            result = result.with_labels([Label(model.gives, place, note)])
            if model.gives in PAYLOAD or model.gives == "request-header":
                key = next((value.text() for value in values if value.text()), name)
                self.tell_read(place, model.gives, key or name, frame, state)
        if model.random:
            result = result.with_labels([Label(model.random, place, name)])
        if model.transparent:
            step = Step(place, f"goes through {name}")
            labels = frozenset(
                _parsed(label, name).moved(step) if label.kind in SENSITIVE else label
                for value in values
                for label in value.deep_labels()
            )
            fields = (
                next((value.fields for value in values if value.fields is not None), None)
                if name in ("dict", "list", "deepcopy", "copy", "vars", "dumps", "loads", "urlencode")
                else None
            )
            result = dataclasses.replace(result.with_labels(labels), fields=fields, constants=_folded(name, values))
        if model.turns:
            result = turned(result, model, name, len(values), place)
        if model.verifies == "raises" or model.verifies == "bool":
            result = dataclasses.replace(result, proof="truthy")
            if model.verifies == "bool":
                kind = "none-on-failure" if model.none_on_failure else "false-on-failure"
                result = result.with_labels([Label(kind, place, name)])
        elif model.verifies == "status":
            result = result.with_labels([Label("verification", place, name)])
        return result

    # Where the callee is not known for certain

    def _queued(self, ref: External, arguments: Sequence[Passed], place: Place, frame: Frame, state: State) -> Value | None:
        """Follow a function of the program that is handed to a queue, a pool or a scheduler with its arguments."""
        if ref.path.rsplit(".", 1)[-1] not in _QUEUES or not arguments:
            return None
        first = next((index for index, item in enumerate(arguments) if item.name is None and _is_program(item.value)), None)
        if first is None:
            return None
        rest = [item for item in arguments[first + 1 :] if item.name not in ("countdown", "eta", "queue", "job_id", "timeout")]
        span = (place.line, place.column, place.end_line, place.end_column)
        if ref.path.rsplit(".", 1)[-1] in ("enqueue", "enqueue_in", "enqueue_at", "defer"):
            self._tell_queued(rest, span, frame, state)
        self.call(arguments[first].value, rest, span, frame, state, UNKNOWN)
        return external(f"{ref.path}()")

    def _by_name(
        self, ref: External, receiver: Value, arguments: Sequence[Passed], place: Place, frame: Frame, state: State
    ) -> Value | None:
        """Follow a method on an unknown object when the program has just one method of so telling a name."""
        name = ref.path.rsplit(".", 1)[-1]
        if not ref.path.startswith("?.") or name in _COMMON_NAMES or name.startswith("__") or len(name) < 6:
            return None
        if self.models.call(ref.path, frame.module.context) or "foreign" in receiver.kinds():
            return None
        found = self.program.methods_named(name)
        if len(found) > 1:
            found = [info for info in found if not info.module.test_code and not is_abstract(info)]
        if len(found) != 1 or found[0].owner is None or found[0].module.test_code:
            return None
        owner = self.instance(found[0].owner)
        return self._inside(FunctionRef(found[0], (), owner), arguments, place, frame, state)

    def _super(self, frame: Frame, state: State) -> Value:
        info = frame.info.owner if frame.info is not None else None
        if info is None or frame.info is None:
            return UNKNOWN
        first = frame.info.node.parameters[0].name if frame.info.node.parameters else ""
        held = state.env.get(first)
        return Value(refs=(SuperRef(info, held if held is not None and held.fields else self.instance(info)),))

    def _begun(self, arguments: Sequence[Passed], span: Span, frame: Frame, state: State) -> Value:
        """Return every method that `getattr(self, f"handle_{event.type}")` can mean."""
        owner, start = arguments[0].value, _begins(arguments[1].value)
        infos = [ref.info for ref in owner.refs if isinstance(ref, (InstanceRef, ClassRef))] if len(start) > 2 else []
        names = sorted({name for info in infos for name in info.methods if name.startswith(start)})
        refs = [ref for name in names for ref in self.attribute(owner, name, span, frame, state).refs]
        return Value(refs=tuple(refs))

    def _getattr(self, name: str, arguments: Sequence[Passed], place: Place, frame: Frame, state: State) -> Value:
        key = arguments[1].value.text()
        span = (place.line, place.column, place.end_line, place.end_column)
        if name == "hasattr" or key is None:
            return UNKNOWN if name == "hasattr" else self._begun(arguments, span, frame, state)
        found = self.attribute(arguments[0].value, key, span, frame, state)
        if len(arguments) > 2:
            found = dataclasses.replace(join([found, arguments[2].value]), refs=found.refs or arguments[2].value.refs)
            if arguments[2].value.constants is not None:
                found = found.with_labels([Label("default", place, key)])
                found = dataclasses.replace(found, constants=arguments[2].value.constants)
        return found


def _begins(value: Value) -> str:
    """Return what a built name certainly begins with, or ""."""
    return next((path.removeprefix("text:").split("{}", 1)[0] for path in value.paths() if path.startswith("text:")), "")


def _parsed(label: Label, name: str) -> Label:
    """Return what parsing leaves of a raw body: its data, and no more the bytes that were signed."""
    return dataclasses.replace(label, kind="request-data") if name == "loads" and label.kind == "request-body" else label


def _is_program(value: Value) -> bool:
    return any(isinstance(ref, (FunctionRef, ImportRef)) for ref in value.refs)


def _folded(name: str, values: Sequence[Value]) -> tuple[str | int | float | bool | None, ...] | None:
    if name == "str" and len(values) == 1 and values[0].constants is not None:
        return tuple(str(item) for item in values[0].constants)
    return None
