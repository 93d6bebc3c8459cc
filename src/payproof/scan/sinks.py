"""What a call shows or keeps of what it is given: the arguments that count, and what was put on the object called."""

from __future__ import annotations

from collections.abc import Iterator

from payproof.scan.facts import Function
from payproof.scan.flow.holders import is_table
from payproof.scan.flow.state import CallEvent, Passed
from payproof.scan.models import CallModel, Models
from payproof.scan.program import ClassInfo
from payproof.scan.values import ClassRef, InstanceRef, Label, SuperRef, Value

_NOT_SHOWN = frozenset({"exc_info", "stack_info", "stacklevel", "level", "file", "end", "sep", "flush", "diagnose"})

_MAKING = frozenset({"create", "acreate", "insert", "insert_many", "get_or_create", "update_or_create", "bulk_create", "update"})
"""Methods of a table's own class that write: peewee, Tortoise, Beanie, mongoengine."""


def reaches(event: CallEvent, model: CallModel) -> frozenset[Label]:
    """Return the labels of everything that a call of `model`'s kind shows or keeps."""
    if model.sink_receiver:
        return frozenset(label for value in _put_on(event.receiver) for label in value.deep_labels())
    if model.sink_if and not _begins(event, model.sink_if):
        return frozenset()
    found: set[Label] = set()
    for passed in _shown(event, model):
        found |= _whole(passed.value)
    return frozenset(found)


def makes_row(event: CallEvent, models: Models) -> bool:
    """Return whether a call on a table's class, or on an object of it, writes a row."""
    # A table may be called as a processor's object is (`Card`): only a path that leads to the SDK is the SDK's.
    sdk = not event.path.startswith("?") and of_processor(event, models)
    if event.path.rsplit(".", 1)[-1] not in _MAKING or sdk:
        return False
    return any(isinstance(ref, ClassRef) and is_table(ref.info) for ref in event.receiver.refs)


def of_processor(event: CallEvent, models: Models) -> bool:
    """Return whether a call goes to a processor's SDK."""
    root = event.path.split(".", 1)[0].removesuffix("()").removesuffix("#")
    return root in models.roots or any(model.processor for model in event.models)


def _shown(event: CallEvent, model: CallModel) -> Iterator[Passed]:
    plain = 0
    for passed in event.arguments:
        if passed.name is None:
            index, plain = plain, plain + 1
            if index < model.sink_from or (model.sink_only and str(index) not in model.sink_only):
                continue
        elif passed.name in _NOT_SHOWN or (model.sink_only and passed.name not in model.sink_only):
            continue
        yield passed


def _begins(event: CallEvent, words: tuple[str, ...]) -> bool:
    first = event.argument("0|query|sql|statement")
    if first is None:
        return False
    texts = [str(item) for item in first.constants or ()] + [path.removeprefix("text:") for path in first.paths()]
    return any(text.lstrip().lower().startswith(words) for text in texts)


def _whole(value: Value) -> frozenset[Label]:
    """Return what is known of a value as it is shown: of an object of a table, what was put on it."""
    infos = [ref.info for ref in value.refs if isinstance(ref, InstanceRef)]
    if not infos or not value.fields:
        items = [item for item in (value.fields or {}).values() if any(isinstance(ref, InstanceRef) for ref in item.refs)]
        return value.deep_labels() if not items else value.labels.union(*(_whole(item) for item in (value.fields or {}).values()))
    return value.labels.union(*(item.deep_labels() for item in _put_on(value)))


def _put_on(value: Value) -> list[Value]:
    """Return what was assigned to an object, less what its class declares."""
    fields = dict(value.fields or {})
    infos = [ref.info for ref in value.refs if isinstance(ref, (InstanceRef, SuperRef))]
    for ref in value.refs:
        if isinstance(ref, SuperRef) and ref.receiver is not None:
            fields.update(ref.receiver.fields or {})
    return [item for item in fields.values() if not any(_declared(item, info) for info in infos)]


def _declared(value: Value, info: ClassInfo) -> bool:
    """Return whether all that is known of a value was said in the class body itself."""
    return bool(value.labels) and all(_in_body(label, info) for label in value.labels)


def _in_body(label: Label, info: ClassInfo) -> bool:
    first, last = info.node.span[0], info.node.span[2]
    if label.place.path != info.path or not first <= label.place.line <= last:
        return False
    methods = [item.span for item in info.node.body if isinstance(item, Function)]
    return not any(span[0] <= label.place.line <= span[2] for span in methods)
