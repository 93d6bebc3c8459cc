"""What a processor provides to the core. Subclass `Processor` to get the defaults of the methods that have one."""

from __future__ import annotations

import base64
import binascii
import json
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from payproof.sandbox.core.exchange import Answer, Request
from payproof.sandbox.core.idempotency import IdempotencyPolicy

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

Forgery = Callable[[bytes, str, int], tuple[bytes, Mapping[str, str]]]
"""Makes a forged delivery from the true payload, the endpoint's secret and the present time: payload and headers to send."""


@runtime_checkable
class Processor(Protocol):
    """One payment processor's behaviour. It keeps its objects in `box.store`, never in itself."""

    name: str
    """Short name, `"stripe"`."""

    hosts: frozenset[str]
    """Host names that are imitated."""

    @abstractmethod
    def admit(self, request: Request, box: Sandbox) -> None:
        """Check what the real processor checks before it starts to execute: credentials, endpoint, parameters.

        Raises `Refused(executed=False)` with the real refusal, or `NotImitated` for an endpoint that exists but is not
        played. Changes nothing. Runs before the idempotency key is looked up.
        """

    @abstractmethod
    def execute(self, request: Request, box: Sandbox) -> Answer:
        """Do what was asked. Raises `Refused(executed=True)` before anything was changed."""

    @abstractmethod
    def idempotency_key(self, request: Request) -> str | None:
        """Return the key under which this request's result is kept, None when it takes none. Asked before `admit`."""

    @abstractmethod
    def idempotency(self) -> IdempotencyPolicy:
        """Return how keys are treated."""

    @abstractmethod
    def fault_answer(self, kind: str, request: Request) -> Answer:
        """Return this processor's own error for `429`, `500`, `500-during`, `500-after`, `503`, `409` or `lock-timeout`."""

    @abstractmethod
    def sign(self, payload: bytes, secrets: Sequence[str], timestamp: int) -> Mapping[str, str]:
        """Return the headers of a webhook delivery, signed once per secret (two while a secret is being rolled)."""

    @abstractmethod
    def event(self, event_type: str, obj: Mapping[str, Any], box: Sandbox, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the JSON body of a webhook event about `obj`; `extra` is what `box.emit` was given besides."""

    def decorate(self, request: Request, answer: Answer, box: Sandbox) -> Answer:
        """Add what every answer carries (a request id header); replays and refusals pass here too."""
        return answer

    def event_payload(self, body: Mapping[str, Any]) -> bytes:
        """Return a webhook's bytes. Indented by default, so that an application which verifies a re-serialised body fails."""
        return json.dumps(body, indent=2, ensure_ascii=False).encode("utf-8")

    def credential(self, request: Request) -> str | None:
        """Return the API key of a request: bearer token, basic user name or `X-API-Key`."""
        return bearer_or_basic(request.headers.get("authorization", "")) or request.headers.get("x-api-key")

    def is_live(self, credential: str) -> bool:
        """Whether a credential belongs to live mode."""
        return "_live_" in credential or "$production$" in credential

    def locks(self, request: Request, box: Sandbox) -> frozenset[str]:
        """Return the ids of the objects that a changing request holds while it runs: by default those its path names."""
        if request.method == "GET":
            return frozenset()
        segments = request.path.split("/")
        return frozenset(part for part in segments if any(part in objects for objects in box.store.values()))

    def forgeries(self) -> Mapping[str, Forgery]:
        """Return forgeries that only this processor's signature scheme knows, by name (`"v0-only"`)."""
        return {}

    def retry_delays(self) -> Sequence[int]:
        """Seconds after a failed webhook delivery at which the next attempts follow, on the sandbox clock."""
        return ()

    def webhook_secret(self, box: Sandbox) -> str:
        """Return a new, visibly fake signing secret."""
        return "payproof_fake_secret_" + box.ids.text(16)


def bearer_or_basic(header: str) -> str | None:
    """Return the token of a `Bearer` header or the user name of a `Basic` one, None for anything else."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded.partition(":")[0] or None
