"""One HTTP POST into a WSGI application, an ASGI application or a URL, without a server of ours."""

from __future__ import annotations

import dataclasses
import io
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from payproof.masking import mask

TIMEOUT = 30
"""Seconds that a URL may take to answer."""

PEER = "127.0.0.1"


@dataclasses.dataclass(frozen=True, slots=True)
class Letter:
    """What is handed over: a POST of `payload` with `headers` to `path` on `host`."""

    path: str
    host: str
    headers: Mapping[str, str]
    payload: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `status` is None when no answer came; `error` says why, or names what the application raised."""

    status: int | None
    body: bytes = b""
    error: str = ""
    exception: Exception | None = dataclasses.field(default=None, repr=False)


def crashed(error: Exception) -> Reply:
    """Return what a server answers when its application raises."""
    return Reply(500, b"", mask(f"{type(error).__name__}: {error}"), error)


def to_wsgi(app: Callable[..., Any], letter: Letter) -> Reply:
    """Call a WSGI application (PEP 3333) as a server behind TLS would."""
    path, _, query = letter.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(letter.payload)),
        "SERVER_NAME": letter.host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": PEER,
        "HTTP_HOST": letter.host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(letter.payload),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in letter.headers.items():
        variable = name.upper().replace("-", "_")
        environ[variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}"] = value
    status: list[int] = []
    written: list[bytes] = []

    def start_response(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        status[:] = [int(line.split(" ", 1)[0])]
        return written.append

    try:
        chunks = app(environ, start_response)
        try:
            written.extend(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
    except Exception as error:
        return crashed(error)
    return Reply(status[0] if status else None, b"".join(written), "" if status else "the application never started its response")


async def to_asgi(app: Callable[..., Any], letter: Letter) -> Reply:
    """Call an ASGI 3 application as a server behind TLS would; its lifespan events are not run."""
    import asyncio

    path, _, query = letter.path.partition("?")
    headers = [(b"host", letter.host.encode("ascii")), (b"content-length", str(len(letter.payload)).encode("ascii"))]
    headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in letter.headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode("ascii", "replace"),
        "query_string": query.encode("ascii", "replace"),
        "root_path": "",
        "headers": headers,
        "client": (PEER, 50000),
        "server": (letter.host, 443),
    }
    incoming = [{"type": "http.request", "body": letter.payload, "more_body": False}]
    answered = asyncio.Event()
    status: list[int] = []
    body: list[bytes] = []

    async def receive() -> Mapping[str, Any]:
        if incoming:
            return incoming.pop()
        # Django listens for a disconnect while its view runs and would take an early one for a client that went away.
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])
        elif message["type"] == "http.response.body":
            body.append(message.get("body", b""))
            if not message.get("more_body", False):
                answered.set()

    try:
        await app(scope, receive, send)
    except Exception as error:
        return crashed(error)
    return Reply(status[0] if status else None, b"".join(body), "" if status else "the application never started its response")


def to_url(url: str, letter: Letter) -> Reply:
    """POST to a URL, past any proxy and following no redirect; no answer within 30 seconds is a failed delivery."""
    import http.client

    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(host, parts.port, timeout=TIMEOUT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body=letter.payload, headers=dict(letter.headers))
        response = connection.getresponse()
        return Reply(response.status, response.read())
    except (OSError, http.client.HTTPException) as error:
        return Reply(None, b"", f"{type(error).__name__}: {error}")
    finally:
        connection.close()
