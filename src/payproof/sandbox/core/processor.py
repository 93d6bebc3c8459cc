"""What a processor provides to the core. Subclass `Processor` to get the defaults of the methods that have one."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from payproof.sandbox.core import form
from payproof.sandbox.core.exchange import Answer, Request, SandboxError
from payproof.sandbox.core.idempotency import IdempotencyPolicy
from payproof.sandbox.core.roles import Role

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


@dataclasses.dataclass(frozen=True, slots=True)
class Outgoing:
    """A webhook about to be sealed: its bytes, the secrets that sign it, the application's time, and the URL that it goes to."""

    payload: bytes
    secrets: tuple[str, ...]
    timestamp: int
    url: str

    @property
    def secret(self) -> str:
        """The endpoint's present secret."""
        return self.secrets[0]


Sealed = tuple[bytes, Mapping[str, str]]
"""The body of a delivery and the headers that it carries."""

Forgery = Callable[[Outgoing], Sealed]
"""Makes a forged delivery in place of the true one."""


@runtime_checkable
class Processor(Protocol):
    """One payment processor's behaviour. It keeps its objects in `box.store`, never in itself."""

    name: str
    """Short name, `"stripe"`."""

    hosts: frozenset[str]
    """Host names that are imitated."""

    dated: bool = True
    """Whether receivers can tell an old webhook by its signature. Without, `stale` and `future` deliveries are true ones."""

    signed: bool = True
    """Whether webhooks carry a signature. Without, receivers fetch what a webhook names, and there is nothing to forge."""

    event_type_field: str = "type"
    """The field of a webhook's body that names the event's type."""

    roles: Mapping[str, tuple[Role, ...]] = {}
    """Which objects play which part in a scenario; see `payproof.sandbox.core.roles`."""

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

    def live(self, request: Request) -> str:
        """Return what shows that a request is meant for live mode (`"a live key"`), `""` for a test request."""
        credential = self.credential(request)
        return "a live key" if credential is not None and self.is_live(credential) else ""

    def minted(self, answer: Answer) -> str | None:
        """Return the credential that an answer hands out (an access token), None when it hands out none."""
        return None

    def decode_body(self, content_type: str, body: bytes) -> tuple[dict[str, Any], str]:
        """Return the parameters of a request body and the name of its encoding. Raises `FormError`."""
        return form.decode_body(content_type, body)

    def locks(self, request: Request, box: Sandbox) -> frozenset[str]:
        """Return the ids of the objects that a changing request holds while it runs: by default those its path names."""
        if request.method == "GET":
            return frozenset()
        segments = request.path.split("/")
        return frozenset(part for part in segments if any(part in objects for objects in box.store.values()))

    def seal(self, outgoing: Outgoing) -> Sealed:
        """Return the body and headers of a webhook delivery. A scheme that signs inside the body overrides this, not `sign`."""
        return outgoing.payload, self.sign(outgoing.payload, outgoing.secrets, outgoing.timestamp)

    def forgeries(self) -> Mapping[str, Forgery]:
        """Return forgeries that only this processor's signature scheme knows, by name (`"v0-only"`)."""
        return {}

    def retry_delays(self) -> Sequence[int]:
        """Seconds after a failed webhook delivery at which the next attempts follow, on the sandbox clock."""
        return ()

    def webhook_secret(self, box: Sandbox) -> str:
        """Return a new, visibly fake signing secret."""
        return "payproof_fake_secret_" + box.ids.text(16)

    # Words that scenarios and evidence use.

    def test_value(self, name: str) -> str:
        """Return what an application sends for a published test card or value. Raises `SandboxError` when there is none."""
        raise SandboxError(f"the {self.name} sandbox has no published test cards")

    def event_types(self) -> Collection[str] | None:
        """Return the types of webhook events that the processor has, None when they are not known."""
        return None

    def tells(self, answer: Answer) -> Iterable[str]:
        """Yield what an answer tells of a payment: `decline`, `authentication` (the customer must authenticate)."""
        return ("decline",) if answer.status == 402 else ()

    def event_tells(self, event_type: str) -> str:
        """Return what an event of this type tells of a payment, as `tells` does; `""` for nothing of the kind."""
        return ""


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
