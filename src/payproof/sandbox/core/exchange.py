"""What passes between an application and a sandbox: requests, answers, refusals and transport failures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from payproof.model import PayproofError

_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


def encode_json(value: Any) -> bytes:
    """Return `value` as compact JSON in UTF-8. Indented output would leave the encoder's fast path."""
    return _ENCODE(value).encode("utf-8")


class SandboxError(PayproofError):
    """The sandbox was asked for something it must not do or cannot do.

    The text says what was asked, what there was and what to do. It is raised to the application, which may swallow it;
    the sandbox also remembers it and says it again when it is left.
    """


class NotImitated(SandboxError):
    """An endpoint or a feature that the processor has and this sandbox does not play."""


class HostRefused(SandboxError):
    """A payment processor's host that no active sandbox imitates."""


class LiveKeyRefused(SandboxError):
    """A request that carried a live key; a sandbox accepts test keys only."""


class RawCardRefused(SandboxError):
    """A request that carried a raw card number, which the sandbox was not told to accept."""


class TransportFailure(Exception):
    """Base of the failures that happen below an SDK: the application gets no answer.

    `executed` says whether the processor did the work before the answer was lost.
    """

    def __init__(self, message: str, *, executed: bool) -> None:
        super().__init__(message)
        self.executed = executed


class ConnectionLost(TransportFailure):
    """The connection broke, before the request arrived or before its answer did."""


class TimedOut(TransportFailure):
    """The application stopped waiting for the answer."""


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One HTTP request to a processor, decoded.

    `method` is upper case. `params` is the body (or, without a body, the query), decoded into nested dicts and lists; the
    leaves of form bodies are strings, `""` when empty. `query` is the decoded query whatever the method. Header names are
    lower case. `body` holds the bytes as sent. `encoding` is `form`, `json`, `multipart` or `none`; `processor` the
    processor's short name.
    """

    method: str
    host: str
    path: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    body: bytes
    encoding: str
    processor: str
    query: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def line(self) -> str:
        """`"POST /v1/payment_intents"`: what messages and globs call this request."""
        return f"{self.method} {self.path}"

    def __repr__(self) -> str:
        # Tracebacks and assertion messages print this, so it names the parameters without their values.
        return f"<Request {self.line} with {', '.join(self.params) or 'no parameters'}>"


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: a status, a JSON-ready body (or bytes that are sent as they are) and headers."""

    status: int
    body: Any
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    raw: bytes | None = dataclasses.field(default=None, repr=False, compare=False)

    def payload(self) -> bytes:
        """Return the body as it goes over the wire."""
        if self.raw is not None:
            return self.raw
        if isinstance(self.body, bytes):
            return self.body
        return encode_json(self.body)

    def frozen(self) -> Answer:
        """Return a copy whose body no longer follows later changes of the processor's objects."""
        if self.raw is not None or isinstance(self.body, bytes):
            return self
        payload = self.payload()
        return Answer(self.status, json.loads(payload), dict(self.headers), payload)

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """Return a copy that also carries `headers`."""
        return Answer(self.status, self.body, {**self.headers, **headers}, self.raw)


class Refused(Exception):
    """A processor's refusal, carrying the answer that the real processor gives.

    `executed` is False when the refusal came before execution began (authentication, unknown endpoint, parameter
    validation): such an answer is never stored under an idempotency key.
    """

    def __init__(self, answer: Answer, *, executed: bool) -> None:
        super().__init__(f"refused with HTTP {answer.status}")
        self.answer = answer
        self.executed = executed
