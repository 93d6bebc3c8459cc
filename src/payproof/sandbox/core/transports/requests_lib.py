"""The `requests` package: `Session.send` is replaced, above adapters; of a mounted adapter only its retries are asked."""

from __future__ import annotations

import datetime
import functools
import http
import io
from collections.abc import Iterator
from typing import Any

from payproof.sandbox.core.exchange import Answer, TimedOut, TransportFailure
from payproof.sandbox.core.transports.intercept import Replacement, intercept
from payproof.sandbox.core.transports.retrying import attempts


def replacements(module: Any) -> Iterator[Replacement]:
    """Yield what to replace in the imported `requests`."""
    yield Replacement(module.Session, "send", functools.partial(_send, module))


def _send(module: Any, original: Any) -> Any:
    @functools.wraps(original)
    def send(self: Any, request: Any, **kwargs: Any) -> Any:
        found = intercept(request.method, request.url, request.headers, request.body)
        if found is None:
            return original(self, request, **kwargs)
        try:
            answer = attempts(self, request, lambda: found.answer(_waits(kwargs.get("timeout"))))
        except TransportFailure as failure:
            raise _error(module, failure, request) from failure
        response = _response(module, answer, request)
        return module.hooks.dispatch_hook("response", request.hooks, response, **kwargs)

    return send


def _response(module: Any, answer: Answer, request: Any) -> Any:
    response = module.models.Response()
    response.status_code = answer.status
    response.reason = _reason(answer.status)
    response.headers = module.structures.CaseInsensitiveDict({"Content-Type": "application/json", **answer.headers})
    response.encoding = "utf-8"
    response.url = request.url
    response.request = request
    response.elapsed = datetime.timedelta(0)
    response.raw = io.BytesIO(answer.payload())
    response._content = answer.payload()
    response._content_consumed = True
    return response


def _waits(timeout: Any) -> float | None:
    read = timeout[-1] if isinstance(timeout, tuple) else timeout
    return float(read) if isinstance(read, (int, float)) else None


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


def _error(module: Any, failure: TransportFailure, request: Any) -> Exception:
    kind = module.exceptions.ReadTimeout if isinstance(failure, TimedOut) else module.exceptions.ConnectionError
    error: Exception = kind(str(failure), request=request)
    return error
