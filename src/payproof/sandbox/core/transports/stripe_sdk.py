"""The official `stripe` package, 10 to 16: the `request` methods of its HTTP clients are replaced, its retry loop is not.

The loop (`request_with_retries` in stripe `_http_client.py`) sits above `request`, so it sees faults as real ones.
"""

from __future__ import annotations

import functools
import io
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

from payproof.sandbox.core import active
from payproof.sandbox.core.exchange import Answer, SandboxError, TimedOut, TransportFailure
from payproof.sandbox.core.transports.intercept import Intercepted, Replacement, intercept

# Urllib2Client is what UrllibClient was called in version 10.
SYNC_CLIENTS = ("RequestsClient", "UrllibClient", "Urllib2Client", "PycurlClient", "HTTPXClient", "UrlFetchClient")
DEFAULT_TIMEOUT = 80.0
"""Seconds that the SDK waits when nothing else is asked (stripe 16.1.0 `_http_client.py`)."""

ASYNC_CLIENTS = ("HTTPXClient", "AIOHTTPClient", "NoImportFoundAsyncClient")


class Headers(dict[str, str]):
    """Response headers, found whatever the case of their names."""

    def __init__(self, headers: Any) -> None:
        super().__init__((str(name).lower(), str(value)) for name, value in headers.items())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """As of a dict."""
        return super().get(name.lower(), default)


class Stream:
    """A response body for the streaming calls: asynchronously iterable, and readable as aiohttp's."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._payload

    async def read(self) -> bytes:
        """Return the whole body."""
        return self._payload


def replacements(module: Any) -> Iterator[Replacement]:
    """Yield what to replace in the imported `stripe._http_client`."""
    base = getattr(module, "HTTPClient", None)
    if base is None or not hasattr(base, "_sleep_time_seconds"):
        raise SandboxError(f"the installed stripe package ({module.__name__}) has no HTTPClient as versions 10 to 16 have it")
    yield Replacement(base, "_sleep_time_seconds", _no_sleep)
    for name in SYNC_CLIENTS:
        if hasattr(module, name):
            yield Replacement(getattr(module, name), "request", functools.partial(_sync, streaming=False))
            yield Replacement(getattr(module, name), "request_stream", functools.partial(_sync, streaming=True))
    for name in ASYNC_CLIENTS:
        if hasattr(module, name):
            yield Replacement(getattr(module, name), "request_async", functools.partial(_async, streaming=False))
            yield Replacement(getattr(module, name), "request_stream_async", functools.partial(_async, streaming=True))
    if hasattr(module, "NoImportFoundAsyncClient"):
        yield Replacement(module.NoImportFoundAsyncClient, "sleep_async", _no_async_sleep)


def _sync(original: Any, *, streaming: bool) -> Any:
    @functools.wraps(original)
    def request(self: Any, method: str, url: str, headers: Any, post_data: Any = None, **kwargs: Any) -> Any:
        found = None if _refuses_sync(self) else intercept(method, url, headers, post_data)
        if found is None:
            return original(self, method, url, headers, post_data, **kwargs)
        try:
            answer = found.answer(_waits(self))
        except TransportFailure as failure:
            _raise(self, failure, url)
        return _returned(answer, io.BytesIO(answer.payload()) if streaming else answer.payload())

    return request


def _async(original: Any, *, streaming: bool) -> Any:
    @functools.wraps(original)
    async def request_async(self: Any, method: str, url: str, headers: Any, post_data: Any = None, **kwargs: Any) -> Any:
        found = intercept(method, url, headers, post_data)
        if found is None:
            return await original(self, method, url, headers, post_data, **kwargs)
        _warn_without_library(self)
        answer = await _answered(self, found, url)
        return _returned(answer, Stream(answer.payload()) if streaming else answer.payload())

    return request_async


async def _answered(client: Any, found: Intercepted, url: str) -> Answer:
    try:
        return await found.aanswer(_waits(client))
    except TransportFailure as failure:
        _raise(client, failure, url)
        raise


def _waits(client: Any) -> float:
    """Return the seconds that a client waits for an answer: its own time-out, or the SDK's default."""
    given = getattr(client, "_timeout", None)
    read = given[-1] if isinstance(given, tuple) else given
    return float(read) if isinstance(read, (int, float)) else DEFAULT_TIMEOUT


def _returned(answer: Answer, content: Any) -> tuple[Any, int, Headers]:
    return content, answer.status, Headers(answer.headers)


def _refuses_sync(client: Any) -> bool:
    # An HTTPXClient made without allow_sync_methods raises by itself, in production and here.
    return type(client).__name__ == "HTTPXClient" and getattr(client, "_client", True) is None


def _warn_without_library(client: Any) -> None:
    if type(client).__name__ == "NoImportFoundAsyncClient":
        warnings.warn(
            "the stripe package found no async HTTP library, so outside the sandbox this call raises ImportError;"
            " install stripe[async]",
            RuntimeWarning,
            stacklevel=4,
        )


def _no_sleep(original: Any) -> Any:
    @functools.wraps(original)
    def _sleep_time_seconds(self: Any, *args: Any, **kwargs: Any) -> float:
        delay: float = original(self, *args, **kwargs)
        entry = active.LAST.get() if active.STACK else None
        if entry is None:
            return delay
        entry.backoff = delay
        return 0

    return _sleep_time_seconds


def _no_async_sleep(original: Any) -> Any:
    @functools.wraps(original)
    def sleep_async(self: Any, secs: float) -> Any:
        return _nothing() if active.STACK and secs == 0 else original(self, secs)

    return sleep_async


async def _nothing() -> None:
    return None


def _raise(client: Any, failure: TransportFailure, url: str) -> None:
    """Raise what the SDK's own client raises when its HTTP library fails in this way; the SDK decides whether to retry."""
    handle = getattr(client, "_handle_request_error", None)
    error = _library_error(client, failure)
    if handle is None or error is None:
        import stripe

        raise stripe.APIConnectionError(
            f"Unexpected error communicating with Stripe. ({failure})", should_retry=True
        ) from failure
    if type(client).__name__ == "UrlFetchClient":
        handle(error, url)
    handle(error)


def _library_error(client: Any, failure: TransportFailure) -> Exception | None:
    """Return the exception that the client's HTTP library raises."""
    late = isinstance(failure, TimedOut)
    text = str(failure)
    if hasattr(client, "requests"):
        kinds = client.requests.exceptions
        return kinds.ReadTimeout(text) if late else kinds.ConnectionError(text)  # type: ignore[no-any-return]
    if hasattr(client, "httpx"):
        return client.httpx.ReadTimeout(text) if late else client.httpx.ReadError(text)  # type: ignore[no-any-return]
    if hasattr(client, "aiohttp"):
        return TimeoutError(text) if late else client.aiohttp.ServerDisconnectedError(text)
    if type(client).__name__ in ("UrllibClient", "Urllib2Client"):
        import urllib.error

        return urllib.error.URLError(TimeoutError(text) if late else ConnectionResetError(text))
    if hasattr(client, "pycurl"):
        early = client.pycurl.E_RECV_ERROR if failure.executed else client.pycurl.E_COULDNT_CONNECT
        number = client.pycurl.E_OPERATION_TIMEOUTED if late else early
        return client.pycurl.error(number, text)  # type: ignore[no-any-return]
    if hasattr(client, "urlfetch"):
        return client.urlfetch.DownloadError(text)  # type: ignore[no-any-return]
    return None
