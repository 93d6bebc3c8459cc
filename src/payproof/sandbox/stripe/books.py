"""One Stripe account's objects inside a sandbox: kinds, creation, look-up, changes and the events they cause.

Objects are plain dicts in `box.store`, by kind and id, oldest first. A name that begins with an underscore is a private fact:
it takes part in computing states and is never sent. Objects of a connected account live beside the platform's, under a kind
name that begins with the account's id.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.rendering import Object as Object
from payproof.sandbox.core.rendering import copied as copied
from payproof.sandbox.core.rendering import rendered as rendered
from payproof.sandbox.stripe import errors, fields, timelines

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """What is the same for all objects of one type.

    `nulls` names the fields that are null until something sets them. `noun` is what "No such ..." calls it and `path_param`
    how a refusal names the id in the path. `inside` is for objects that live inside another one, which tells the clock.
    """

    object: str
    prefix: str
    nulls: tuple[str, ...] = ()
    noun: str = ""
    path_param: str = "id"
    created: bool = True
    livemode: bool = True
    id_length: int = 24
    inside: bool = False

    @property
    def called(self) -> str:
        return self.noun or self.object


KINDS: dict[str, Kind] = {}
"""Every kind that some module declared, by object name."""

PREFIXES: dict[str, list[Kind]] = {}
"""The kinds by id prefix."""


def kind(name: str, prefix: str, nulls: str = "", **options: Any) -> Kind:
    """Declare a kind; `nulls` is a space-separated list of field names."""
    declared = Kind(name, prefix, tuple(nulls.split()), **options)
    KINDS[name] = declared
    PREFIXES.setdefault(prefix, []).append(declared)
    return declared


Scheduled = Callable[["Books", str], None]
"""Work that the clock does to the object with the given id; it looks for itself whether it still applies."""

_SCHEDULED: dict[str, Scheduled] = {}


def scheduled(name: str) -> Callable[[Scheduled], Scheduled]:
    """Let the decorated function be work that the clock can do, known by name so that a schedule is plain data."""

    def declare(work: Scheduled) -> Scheduled:
        _SCHEDULED[name] = work
        return work

    return declare


@dataclasses.dataclass(frozen=True, slots=True)
class Cause:
    """The request that caused an event; both are None when nobody asked (a verb, the clock)."""

    request: str | None = None
    idempotency_key: str | None = None


NOBODY = Cause()


class Books:
    """The objects of one account (`account` is `""` for the platform itself) of one sandbox."""

    def __init__(self, box: Sandbox, account: str = "", cause: Cause = NOBODY, clock: str | None = None) -> None:
        self.box = box
        self.account = account
        self.cause = cause
        self.clock = clock
        """The test clock on which this happens, None for the sandbox's own clock."""
        self._afterwards: list[Callable[[Books], object]] = []

    def now(self) -> int:
        """Epoch seconds of the clock on which this happens."""
        return timelines.of(self.box, self.clock).now()

    def now_for(self, obj: Mapping[str, Any]) -> int:
        """Epoch seconds of the clock that `obj` follows."""
        return timelines.of(self.box, obj.get("_clock")).now()

    def elsewhere(self, account: str) -> Books:
        """Return the books of another account, for what the present happening does there."""
        return Books(self.box, account, self.cause, self.clock)

    def identifier(self, prefix: str, length: int = 24) -> str:
        return self.box.ids.new(prefix, length)

    def shelf(self, declared: Kind) -> dict[str, Object]:
        """Return the objects of one kind by id, oldest first."""
        name = f"{self.account}/{declared.object}" if self.account else declared.object
        found: dict[str, Object] = self.box.store.setdefault(name, {})
        return found

    def new(self, declared: Kind, /, **content: Any) -> Object:
        """Create and keep an object. `id` may be among the content; without it one is made."""
        identifier = content.pop("id", None) or self.identifier(declared.prefix, declared.id_length)
        made: Object = {"id": identifier, "object": declared.object, **dict.fromkeys(declared.nulls)}
        if declared.created:
            made["created"] = self.now()
        if declared.livemode:
            made["livemode"] = False
        if self.clock is not None and not declared.inside:
            made["_clock"] = self.clock
            if "test_clock" in declared.nulls:
                made["test_clock"] = self.clock
        made.update(content)
        self.shelf(declared)[identifier] = made
        self.box.effect(declared.object, identifier)
        return made

    def delete(self, declared: Kind, obj: Object) -> Object:
        """Leave of an object what Stripe leaves: its id and the word that it is deleted."""
        left: Object = {"id": obj["id"], "object": declared.object, "deleted": True}
        self.shelf(declared)[obj["id"]] = left
        self.box.effect(declared.object, obj["id"])
        return left

    def find(self, declared: Kind, identifier: str | None) -> Object | None:
        return None if identifier is None else self.shelf(declared).get(identifier)

    def of(self, declared: Kind, identifier: str) -> Object:
        """Return an object whose id is known to be right."""
        return self.shelf(declared)[identifier]

    def named(self, declared: Kind, identifier: str, param: str) -> Object:
        """Return the object that the request's parameter `param` names; refused with 400 `resource_missing` when missing."""
        found = self.shelf(declared).get(identifier)
        if found is None or found.get("deleted"):
            raise errors.missing(declared.called, identifier, param, status=400)
        return found

    def in_path(self, declared: Kind, identifier: str, *, deleted: bool = False) -> Object:
        """Return the object that the request's path names; refused with 404 `resource_missing` when missing."""
        found = self.shelf(declared).get(identifier)
        if found is None or (found.get("deleted") and not deleted):
            raise errors.missing(declared.called, identifier, declared.path_param)
        return found

    def newest_first(self, declared: Kind) -> Iterable[Object]:
        return reversed(self.shelf(declared).values())

    def resolve(self, identifier: str) -> Object | None:
        """Return the object with this id, whatever its kind; None when there is none."""
        likely = PREFIXES.get(identifier.rpartition("_")[0], ())
        for declared in (*likely, *KINDS.values()):
            found = self.shelf(declared).get(identifier)
            if found is not None:
                return found
        return None

    def emit(self, event_type: str, obj: Object, previous: Mapping[str, Any] | None = None) -> None:
        """Record that `obj` changed, and an event about it as it is now (unless the installed SDK lacks the event type)."""
        self.box.effect(str(obj["object"]), str(obj.get("id", "")))
        if not fields.event_known(event_type):
            return
        extra: dict[str, Any] = {"account": self.account, "cause": self.cause, "clock": self.clock}
        if previous is not None:
            extra["previous_attributes"] = previous
        self.box.emit(event_type, rendered(obj), **extra)

    def happened(self, event_type: str, obj: Object) -> None:
        """Note a change of `obj`, and an event about it if the installed SDK knows one of this type by name."""
        self.box.effect(str(obj["object"]), str(obj.get("id", "")))
        if fields.event_listed(event_type):
            self.emit(event_type, obj)

    @contextlib.contextmanager
    def changing(self, obj: Object, event_type: str) -> Iterator[Object]:
        """Emit `event_type` with `previous_attributes` when the block changed something that is sent."""
        before = rendered(obj)
        yield obj
        previous = differences(before, rendered(obj))
        if previous:
            self.emit(event_type, obj, previous)

    def afterwards(self, work: Callable[[Books], object]) -> None:
        """Do `work` once the answer to the present request is written: what Stripe does a moment later."""
        self._afterwards.append(work)

    def settle_afterwards(self) -> None:
        """Do everything that was put off; called once the answer is written."""
        pending, self._afterwards = self._afterwards, []
        unasked = Books(self.box, self.account, clock=self.clock)
        for work in pending:
            work(unasked)
            unasked.settle_afterwards()

    def at(self, when: int, work: str, identifier: str) -> None:
        """Let the clock do the `scheduled` work of that name at `when` (epoch seconds); its events name no request."""
        box, account, clock = self.box, self.account, self.clock

        def carry_out() -> None:
            books = Books(box, account, clock=clock)
            _SCHEDULED[work](books, identifier)
            books.settle_afterwards()

        timelines.of(box, clock).at(when, carry_out)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Object:
    """Return what `previous_attributes` holds: the old values of changed fields, of nested objects only what changed."""
    previous: Object = {}
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            previous[name] = differences(old, new)
        else:
            previous[name] = old
    return previous
