"""Retries that an application has mounted on `requests`: urllib3's own `Retry` decides, as it does below an adapter.

SDKs on `requests` (paypal-server-sdk is one) retry by nothing else, so a sandbox that stands above the adapter has to ask it.
Nobody sleeps; the journal keeps how long the pause would have been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.core import active
from payproof.sandbox.core.exchange import Answer, TimedOut, TransportFailure


def attempts(session: Any, request: Any, once: Callable[[], Answer]) -> Answer:
    """Return what `once` answers, asked again as the `Retry` of the session's adapter for this request says.

    Raises what `once` raised last; `requests.RetryError` when a status was to be retried too often and the `Retry` raises then.
    """
    from urllib3.exceptions import HTTPError, MaxRetryError
    from urllib3.util.retry import Retry

    retries = getattr(session.get_adapter(request.url), "max_retries", None)
    if not isinstance(retries, Retry):
        return once()
    while True:
        try:
            answer = once()
        except TransportFailure as failure:
            try:
                retries = retries.increment(request.method, request.url, error=_error(failure))
            except HTTPError:
                raise failure from None
            _paused(retries, {})
            continue
        if not retries.is_retry(request.method, answer.status, has_retry_after="Retry-After" in answer.headers):
            return answer
        try:
            retries = retries.increment(request.method, request.url, response=_response(answer))
        except MaxRetryError as error:
            if not retries.raise_on_status:
                return answer
            from requests.exceptions import RetryError

            raise RetryError(error, request=request) from error
        _paused(retries, answer.headers)


def _error(failure: TransportFailure) -> Any:
    from urllib3.exceptions import ProtocolError, ReadTimeoutError

    # The pool appears in the message alone, which nobody sees.
    pool: Any = None
    return ReadTimeoutError(pool, "", str(failure)) if isinstance(failure, TimedOut) else ProtocolError(str(failure))


def _response(answer: Answer) -> Any:
    from urllib3.response import HTTPResponse

    return HTTPResponse(status=answer.status, headers=dict(answer.headers), preload_content=False)


def _paused(retries: Any, headers: Mapping[str, str]) -> None:
    entry = active.LAST.get()
    if entry is not None:
        after = headers.get("Retry-After") if retries.respect_retry_after_header else None
        entry.backoff = retries.parse_retry_after(after) if after else retries.get_backoff_time()
