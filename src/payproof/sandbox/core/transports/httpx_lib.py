"""The `httpx` package: its network transports' `handle_request` methods are replaced; mock, WSGI and ASGI transports are not."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from payproof.sandbox.core.exchange import Answer, TimedOut, TransportFailure
from payproof.sandbox.core.transports.intercept import Replacement, intercept


def replacements(module: Any) -> Iterator[Replacement]:
    """Yield what to replace in the imported `httpx`."""
    yield Replacement(module.HTTPTransport, "handle_request", functools.partial(_sync, module))
    yield Replacement(module.AsyncHTTPTransport, "handle_async_request", functools.partial(_async, module))


def _sync(module: Any, original: Any) -> Any:
    @functools.wraps(original)
    def handle_request(self: Any, request: Any) -> Any:
        found = intercept(request.method, str(request.url), request.headers, request.read())
        if found is None:
            return original(self, request)
        try:
            return _response(module, found.answer(_waits(request)), request)
        except TransportFailure as failure:
            raise _error(module, failure, request) from failure

    return handle_request


def _async(module: Any, original: Any) -> Any:
    @functools.wraps(original)
    async def handle_async_request(self: Any, request: Any) -> Any:
        found = intercept(request.method, str(request.url), request.headers, await request.aread())
        if found is None:
            return await original(self, request)
        try:
            return _response(module, await found.aanswer(_waits(request)), request)
        except TransportFailure as failure:
            raise _error(module, failure, request) from failure

    return handle_async_request


def _response(module: Any, answer: Answer, request: Any) -> Any:
    headers = {"Content-Type": "application/json", **answer.headers}
    return module.Response(answer.status, headers=headers, content=answer.payload(), request=request)


def _waits(request: Any) -> float | None:
    read: float | None = request.extensions.get("timeout", {}).get("read")
    return read


def _error(module: Any, failure: TransportFailure, request: Any) -> Exception:
    kind = module.ReadTimeout if isinstance(failure, TimedOut) else module.ReadError
    error: Exception = kind(str(failure), request=request)
    return error
