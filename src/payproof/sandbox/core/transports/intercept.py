"""Deciding for one outgoing HTTP request whether a sandbox answers it, nobody may, or the network does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from payproof.sandbox.core import active, form
from payproof.sandbox.core.exchange import Answer, Request, TimedOut
from payproof.sandbox.core.guard import processor_of

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


class Replacement(NamedTuple):
    """A method to be replaced: its owner, its name, and what makes the replacement from the method."""

    owner: Any
    name: str
    make: Callable[[Any], Any]


class Intercepted(NamedTuple):
    """A request that a sandbox answers."""

    box: Sandbox
    request: Request

    def answer(self, waits: float | None = None) -> Answer:
        """Answer it, with the webhook deliveries that it causes.

        Raises `TimedOut` for an answer that takes longer than the `waits` seconds that the application does (None: for ever).
        """
        return self._in_time(self.box.handle(self.request), waits)

    async def aanswer(self, waits: float | None = None) -> Answer:
        """As `answer`; async webhook targets run on this event loop."""
        return self._in_time(await self.box.ahandle(self.request), waits)

    def _in_time(self, answer: Answer, waits: float | None) -> Answer:
        entry = active.LAST.get()
        if entry is None or waits is None or entry.seconds <= waits:
            return answer
        entry.failure = f"{self.request.line}: timed out; the answer takes {entry.seconds:g} seconds, and {waits:g} were waited"
        entry.answer = None
        raise TimedOut(entry.failure, executed=True)


def intercept(method: str, url: str, headers: Mapping[Any, Any] | None, body: Any) -> Intercepted | None:
    """Return the request and its sandbox, or None when the call may go on to the network.

    Raises `HostRefused` for a payment processor's host that no active sandbox imitates, and `FormError` for a body that
    cannot be read.
    """
    if not active.STACK:
        return None
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    lower = {_text(name).lower(): _text(value) for name, value in (headers or {}).items()}
    box = active.imitating(host, lower)
    if box is None:
        active.LAST.set(None)
        pass_by(host)
        return None
    try:
        return Intercepted(box, _request(box, method, host, unquote(parts.path) or "/", parts.query, lower, _bytes(body)))
    except form.FormError as error:
        box.problem(f"{method.upper()} {parts.path}: {error}")
        raise


def pass_by(host: str) -> None:
    """Note a host that is reached past the sandboxes. Raises `HostRefused` when it is a payment processor's."""
    found = active.candidates()
    if not found or not host:
        return
    box = found[0]
    owner = processor_of(host)
    imitated = sorted({name for each in found for name in each.processor.hosts})
    if host in imitated:
        text = (
            f"a call to {host} got past the libraries that the sandbox stands under; use the official SDK, requests, httpx"
            " or urllib, and look whether another tool has replaced the sandbox's patches"
        )
        raise box.refuse_host(host, text)
    if owner is not None:
        text = (
            f"a call went to {host}, which is {owner}'s, and no active sandbox imitates it (imitated: {', '.join(imitated)});"
            f" use a sandbox for {owner}, or keep this call out of the test"
        )
        raise box.refuse_host(host, text)
    if host not in box.other_hosts:
        box.other_hosts.append(host)


def _request(box: Sandbox, method: str, host: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Request:
    asked = form.decode(query) if query else {}
    params, encoding = box.processor.decode_body(headers.get("content-type", ""), body) if body else (asked, "none")
    return Request(method.upper(), host, path, params, headers, body, encoding, box.processor.name, asked)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if isinstance(body, str):
        return body.encode("utf-8")
    if hasattr(body, "read"):
        return _bytes(body.read())
    if isinstance(body, Iterable):
        return b"".join(_bytes(piece) for piece in body)
    raise form.FormError(f"a body of type {type(body).__name__} cannot be read; give text, bytes, a file or an iterable of them")
