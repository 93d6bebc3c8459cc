"""`urllib.request`: `AbstractHTTPHandler.do_open` is replaced, below its openers, so that their error handling runs."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from typing import Any

from payproof.sandbox.core.exchange import Answer, TimedOut, TransportFailure
from payproof.sandbox.core.transports.intercept import Replacement, intercept


def replacements(module: Any) -> Iterator[Replacement]:
    """Yield what to replace in the imported `urllib.request`."""
    yield Replacement(module.AbstractHTTPHandler, "do_open", _do_open)


def _do_open(original: Any) -> Any:
    @functools.wraps(original)
    def do_open(self: Any, http_class: Any, req: Any, **kwargs: Any) -> Any:
        headers = {**req.headers, **req.unredirected_hdrs}
        found = intercept(req.get_method(), req.full_url, headers, req.data)
        if found is None:
            return original(self, http_class, req, **kwargs)
        try:
            return _response(found.answer(), req.full_url)
        except TransportFailure as failure:
            raise _error(failure) from failure

    return do_open


def _response(answer: Answer, url: str) -> Any:
    import email.message
    import http
    import urllib.response

    headers = email.message.Message()
    for name, value in {"Content-Type": "application/json", **answer.headers}.items():
        headers[name] = value
    response: Any = urllib.response.addinfourl(io.BytesIO(answer.payload()), headers, url, answer.status)
    known = {status.value: status.phrase for status in http.HTTPStatus}
    response.msg = response.reason = known.get(answer.status, "")
    return response


def _error(failure: TransportFailure) -> Exception:
    import urllib.error

    late = isinstance(failure, TimedOut)
    if failure.executed:
        # urllib wraps what fails while a request is sent, and lets through what fails while the answer is awaited.
        return TimeoutError(str(failure)) if late else ConnectionResetError(str(failure))
    return urllib.error.URLError(TimeoutError(str(failure)) if late else ConnectionResetError(str(failure)))
