"""One Square account's objects inside a sandbox: creation, look-up, changes and the events they cause.

Objects are plain dicts in `box.store`, by kind and id, oldest first. A name that begins with an underscore is a private fact:
it takes part in computing states and is never sent.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.rendering import Object as Object
from payproof.sandbox.core.rendering import rendered
from payproof.sandbox.square import errors

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

PAYMENT = "payment"
REFUND = "refund"
ORDER = "order"
CUSTOMER = "customer"
CARD = "card"
DISPUTE = "dispute"
EVIDENCE = "evidence"
INVOICE = "invoice"
SUBSCRIPTION = "subscription"
CATALOG_OBJECT = "object"
PAYMENT_LINK = "payment_link"

KINDS = (PAYMENT, REFUND, ORDER, CUSTOMER, CARD, DISPUTE, EVIDENCE, INVOICE, SUBSCRIPTION, CATALOG_OBJECT, PAYMENT_LINK)
"""Kinds are named as the field of an answer that holds one object of them."""

MERCHANT = "MPAYPROOFSAMPLE"
LOCATION = "LPAYPROOFSAMPLE"
DAY = 86_400


class Books:
    """The objects of one sandbox."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box

    def now(self) -> int:
        """Epoch seconds of the sandbox clock."""
        return self.box.clock.now()

    def time(self) -> str:
        """The sandbox clock as Square writes it."""
        return written(self.now())

    def today(self) -> str:
        """The date of the sandbox clock, in UTC."""
        return self.time()[:10]

    def shelf(self, kind: str) -> dict[str, Object]:
        """Return the objects of one kind by id, oldest first."""
        found: dict[str, Object] = self.box.store.setdefault(kind, {})
        return found

    def new(self, kind: str, identifier: str = "", /, **content: Any) -> Object:
        """Create and keep an object; fields that are None are left out."""
        made: Object = {"id": identifier or self.box.ids.text(22)}
        made |= {name: value for name, value in content.items() if value is not None}
        self.shelf(kind)[made["id"]] = made
        self.box.effect(kind, made["id"])
        return made

    def changed(self, kind: str, obj: Object, **changes: Any) -> Object:
        """Change an object and note that it was changed; its version goes up."""
        obj.update(changes)
        if "updated_at" in obj:
            obj["updated_at"] = self.time()
        if "version" in obj:
            obj["version"] += 1
        self.box.effect(kind, str(obj["id"]))
        return obj

    def find(self, kind: str, identifier: object) -> Object | None:
        return self.shelf(kind).get(str(identifier))

    def of(self, kind: str, identifier: str) -> Object:
        """Return an object whose id is known to be right."""
        return self.shelf(kind)[identifier]

    def named(self, kind: str, identifier: object, field: str) -> Object:
        """Return the object that a request names; refused with 404 when there is none."""
        found = self.find(kind, identifier)
        if found is None:
            raise errors.missing(kind, str(identifier), field)
        return found

    def resolve(self, identifier: str) -> tuple[str, Object] | None:
        """Return the kind and the object of an id, None when there is none."""
        return next(((kind, found) for kind in KINDS if (found := self.find(kind, identifier)) is not None), None)

    def where(self, kind: str, **facts: Any) -> Iterator[Object]:
        """Yield the objects of a kind whose fields have these values, oldest first."""
        return (one for one in list(self.shelf(kind).values()) if all(one.get(name) == value for name, value in facts.items()))

    def emit(self, event_type: str, kind: str, obj: Object) -> None:
        """Record an event about an object as it is now."""
        self.box.emit(event_type, rendered(obj), kind=kind)

    def at(self, when: int, work: Callable[[Books], object]) -> None:
        """Let the sandbox clock do `work` at `when` (epoch seconds); it looks for itself whether it still applies."""
        self.box.clock.at(when, lambda: work(Books(self.box)))


def written(seconds: int) -> str:
    """Return epoch seconds as Square writes times: `2026-11-24T23:47:25.000Z`."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def read_date(text: object, field: str) -> int:
    """Return the epoch seconds at which a date (`YYYY-MM-DD`) begins in UTC; refused when it is none."""
    try:
        found = datetime.datetime.strptime(str(text), "%Y-%m-%d")
    except ValueError:
        raise errors.invalid("INVALID_DATE", field, f"{text} is no date of the form YYYY-MM-DD.") from None
    return int(found.replace(tzinfo=datetime.timezone.utc).timestamp())
