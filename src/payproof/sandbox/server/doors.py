"""Who may speak to a server: requests to this machine by its own names, from no page of a stranger's, of bounded size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from payproof.sandbox.core.delivery import is_loopback
from payproof.sandbox.core.exchange import encode_json

LARGEST = 10_000_000
"""Bytes of a request's body."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Doors:
    """An ASGI application in front of another.

    A browser can be made to call any address by a page that it shows: a `Host` that is none of this machine's (a rebound
    name) and an `Origin` other than our own are refused, whatever the path. `hosts` are further names that are let in.
    """

    def __init__(self, app: App, hosts: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        host = headers.get("host", "")
        name = _name(host)
        if not (is_loopback(name) or name in self._hosts):
            await refuse(send, 421, "this sandbox answers to names of this machine only; pass --host-name to let in another")
        elif "origin" in headers and urlsplit(headers["origin"]).netloc != host:
            await refuse(send, 403, "pages of other sites may not call this sandbox")
        elif int(headers.get("content-length") or 0) > LARGEST:
            await refuse(send, 413, f"a body may hold {LARGEST:,} bytes")
        else:
            await self._app(scope, _Bounded(receive), send)


class _Bounded:
    """Reads a body up to `LARGEST`; what sends more, without having said so, is cut off."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read = 0

    async def __call__(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self._read > LARGEST else message


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def headers_of(scope: Scope) -> Mapping[str, str]:
    """Return the headers of a request by lower-case name."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def body_of(receive: Receive) -> bytes | None:
    """Return the body of a request, None when the client went away or sent too much."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def refuse(send: Send, status: int, why: str) -> None:
    """Answer with an error of the sandbox's own, in a form that SDKs read a message from."""
    body = encode_json({"error": {"type": "payproof_error", "message": f"payproof: {why}"}, "message": f"payproof: {why}"})
    await reply(send, status, body, {"Content-Type": "application/json"})


async def reply(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Answer a request."""
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode("ascii")))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
