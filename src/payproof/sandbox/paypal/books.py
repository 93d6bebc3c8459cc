"""One PayPal account's objects inside a sandbox: creation, look-up, changes and the events they cause.

Objects are plain dicts in `box.store`, by kind and id, oldest first. A name that begins with an underscore is a private fact:
it takes part in computing states and is never sent.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.rendering import Object as Object
from payproof.sandbox.paypal import errors

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

ORDER = "order"
AUTHORIZATION = "authorization"
CAPTURE = "capture"
REFUND = "refund"
SETUP_TOKEN = "setup_token"
PAYMENT_TOKEN = "payment_token"
PRODUCT = "product"
PLAN = "plan"
SUBSCRIPTION = "subscription"
TRANSACTION = "transaction"
DISPUTE = "dispute"
WEBHOOK = "webhook"
EVENT = "event"

KINDS = (
    *(ORDER, AUTHORIZATION, CAPTURE, REFUND, SETUP_TOKEN, PAYMENT_TOKEN, PRODUCT, PLAN, SUBSCRIPTION, TRANSACTION, DISPUTE),
    *(WEBHOOK, EVENT),
)

API = "https://api-m.sandbox.paypal.com"
SITE = "https://www.sandbox.paypal.com"


class Books:
    """The objects of one sandbox."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box

    def now(self) -> int:
        """Epoch seconds of the sandbox clock."""
        return self.box.clock.now()

    def time(self) -> str:
        """The sandbox clock as PayPal writes it."""
        return written(self.now())

    def identifier(self, length: int = 17) -> str:
        """Return a new id of capital letters and digits."""
        return self.box.ids.text(length).upper()

    def shelf(self, kind: str) -> dict[str, Object]:
        """Return the objects of one kind by id, oldest first."""
        found: dict[str, Object] = self.box.store.setdefault(kind, {})
        return found

    def new(self, kind: str, identifier: str, **content: Any) -> Object:
        """Create and keep an object. What belongs to an order (`_order`) is noted there, so that nobody has to search for it."""
        made: Object = {"id": identifier, **content}
        self.shelf(kind)[identifier] = made
        if content.get("_order"):
            self.of(ORDER, content["_order"]).setdefault("_made", []).append((kind, identifier))
        self.box.effect(kind, identifier)
        return made

    def changed(self, kind: str, obj: Object, **changes: Any) -> Object:
        """Change an object and note that it was changed."""
        obj.update(changes)
        if "update_time" in obj:
            obj["update_time"] = self.time()
        self.box.effect(kind, str(obj["id"]))
        return obj

    def find(self, kind: str, identifier: str) -> Object | None:
        return self.shelf(kind).get(identifier)

    def of(self, kind: str, identifier: str) -> Object:
        """Return an object whose id is known to be right."""
        return self.shelf(kind)[identifier]

    def in_path(self, kind: str, identifier: str, field: str = "id") -> Object:
        """Return the object that the request's path names; refused with 404 when there is none."""
        found = self.find(kind, identifier)
        if found is None:
            raise errors.missing(f"/{field}", identifier)
        return found

    def resolve(self, identifier: str) -> tuple[str, Object] | None:
        """Return the kind and the object of an id, None when there is none."""
        return next(((kind, found) for kind in KINDS if (found := self.find(kind, identifier)) is not None), None)

    def where(self, kind: str, **facts: Any) -> Iterator[Object]:
        """Yield the objects of a kind whose fields have these values, oldest first."""
        return (one for one in self.shelf(kind).values() if all(one.get(name) == value for name, value in facts.items()))

    def emit(self, event_type: str, kind: str, resource: Object) -> None:
        """Record an event about an object as it is now; `resource` is how it is sent."""
        self.box.emit(event_type, resource, kind=kind)

    def at(self, when: int, work: Callable[[Books], object]) -> None:
        """Let the sandbox clock do `work` at `when` (epoch seconds); it looks for itself whether it still applies."""
        self.box.clock.at(when, lambda: work(Books(self.box)))


def written(seconds: int) -> str:
    """Return epoch seconds as PayPal writes times: `2026-11-24T23:47:25Z`."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str, field: str) -> int:
    """Return the epoch seconds of a time that a request gives; refused when it is none."""
    try:
        found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise errors.invalid("INVALID_PARAMETER_SYNTAX", field, text) from None
    return int(found.replace(tzinfo=found.tzinfo or datetime.timezone.utc).timestamp())


def link(href: str, rel: str, method: str = "GET") -> dict[str, str]:
    """Return a HATEOAS link; a path leads to the API."""
    return {"href": API + href if href.startswith("/") else href, "rel": rel, "method": method}
