"""The PayPal processor: what the sandbox core asks of it, joined from the modules beside this one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core import form
from payproof.sandbox.core.exchange import Answer, NotImitated, Request, SandboxError
from payproof.sandbox.core.idempotency import IdempotencyPolicy
from payproof.sandbox.core.params import Params
from payproof.sandbox.core.processor import Forgery, Processor, bearer_or_basic
from payproof.sandbox.core.routing import Route
from payproof.sandbox.paypal import (
    answering,
    certificates,
    errors,
    events,
    faults,
    keys,
    negative,
    roles,
    routes,
    schemas,
    signing,
    telling,
    values,
)
from payproof.sandbox.paypal.books import Books
from payproof.sandbox.paypal.call import LIST, Call, Made, not_played
from payproof.sandbox.paypal.credentials import Tokens

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

LIVE = frozenset({"api-m.paypal.com", "api.paypal.com"})
"""Hosts on which money is real. The sandbox answers for them in order to refuse."""

RETRIES, RETRY_DAYS = 25, 3
"""Attempts after a failed delivery, and over how many days (developer.paypal.com, webhooks); evenly spread here."""


class PayPalProcessor(Processor):
    """PayPal's REST APIs in the shapes of the installed SDK.

    `check_answers` makes every answer be checked against the SDK's models; a difference is raised as `ValueError`.
    `refuse_changed` answers 422 to a PayPal-Request-Id that comes with another body.
    """

    name = "paypal"
    hosts = frozenset({"api-m.sandbox.paypal.com", certificates.HOST, certificates.STRANGER, *LIVE})
    dated = False
    event_type_field = "event_type"
    roles = roles.ROLES

    def __init__(self, *, check_answers: bool = False, refuse_changed: bool = False) -> None:
        self.check_answers = check_answers
        self.tokens = Tokens()
        self._refuse_changed = refuse_changed

    # Requests.

    def admit(self, request: Request, box: Sandbox) -> None:
        found, _ = self._route(request)
        if not found.answer.open:
            self.tokens.check(self.credential(request))
        keys.check(request)
        if found.answer.body:
            _check(request, found.answer.body)
        negative.apply(request, found)

    def execute(self, request: Request, box: Sandbox) -> Answer:
        found, ids = self._route(request)
        body = Params(request.params)
        call = Call(Books(box), body, ids, request)
        result = found.answer.answer(call)
        for name in body.unread(found.answer.without_effect) if request.encoding == "json" else ():
            raise not_played(call, name)
        return self._answer(found, call, result)

    def _answer(self, found: Route[routes.Endpoint], call: Call, result: Any) -> Answer:
        if isinstance(result, Answer):
            return result
        if result is None:
            return Answer(204, b"")
        body = answering.sent(call.books, result.kind, result.obj, call.request) if isinstance(result, Made) else result
        if self.check_answers and found.answer.answers:
            mistakes = schemas.mistakes(found.answer.answers, body)
            if mistakes:
                raise ValueError(f"the answer is not as the installed SDK declares it: {'; '.join(mistakes)}")
        return Answer(found.answer.status, body)

    def _route(self, request: Request) -> tuple[Route[routes.Endpoint], tuple[str, ...]]:
        found = routes.find(request.method, request.path)
        if found is None:
            raise NotImitated(
                f"{request.line} is no endpoint that the PayPal sandbox plays; "
                "leave it out of this test, or stand in for it in the test itself"
            )
        return found

    def decorate(self, request: Request, answer: Answer, box: Sandbox) -> Answer:
        debug = box.ids.hex(13)
        if isinstance(answer.body, dict) and answer.body.get("debug_id") == "":
            answer = Answer(answer.status, {**answer.body, "debug_id": debug}, answer.headers)
        return answer.with_headers({"Paypal-Debug-Id": debug})

    def decode_body(self, content_type: str, body: bytes) -> tuple[dict[str, Any], str]:
        if content_type.partition(";")[0].strip().lower() == "application/json" and body.lstrip()[:1] == b"[":
            wrapped, encoding = form.decode_body(content_type, b'{"%s": ' % LIST.encode() + body + b"}")
            return wrapped, encoding
        return form.decode_body(content_type, body)

    # Credentials, repeats, faults.

    def credential(self, request: Request) -> str | None:
        return bearer_or_basic(request.headers.get("authorization", ""))

    def minted(self, answer: Answer) -> str | None:
        token = answer.body.get("access_token") if isinstance(answer.body, dict) else None
        return token if isinstance(token, str) else None

    def live(self, request: Request) -> str:
        return f"the host {request.host}, where money is real" if request.host in LIVE else ""

    def idempotency_key(self, request: Request) -> str | None:
        return keys.of(request)

    def idempotency(self) -> IdempotencyPolicy:
        return keys.policy(refuse_changed=self._refuse_changed)

    def fault_answer(self, kind: str, request: Request) -> Answer:
        return faults.answer(kind, request)

    # Webhooks.

    def event(self, event_type: str, obj: Mapping[str, Any], box: Sandbox, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        return events.write(Books(box), event_type, obj, str(extra["kind"]))

    def sign(self, payload: bytes, secrets: Sequence[str], timestamp: int) -> Mapping[str, str]:
        return signing.headers(payload, secrets[0], timestamp, certificates.identity(certificates.HOST))

    def forgeries(self) -> Mapping[str, Forgery]:
        return {"foreign-certificate": signing.foreign_certificate}

    def retry_delays(self) -> Sequence[int]:
        return (RETRY_DAYS * 86_400 // RETRIES,) * RETRIES

    def webhook_secret(self, box: Sandbox) -> str:
        return Books(box).identifier()

    # Words that scenarios and evidence use.

    def test_value(self, name: str) -> str:
        return values.named(name).name

    def event_types(self) -> Collection[str]:
        return events.TYPES

    def tells(self, answer: Answer) -> Iterable[str]:
        return telling.of_answer(answer)

    def event_tells(self, event_type: str) -> str:
        declined = event_type.endswith((".DECLINED", ".DENIED", "PAYMENT.FAILED"))
        return "decline" if declined else ""


def _check(request: Request, model: str) -> None:
    """Hold a request body against its model; refused with PayPal's issue, or loudly when a field does not exist."""
    body: Any = request.params
    name = model
    if model.startswith("List["):
        name, items = model[5:-1], body.get(LIST)
        if not isinstance(items, list):
            raise errors.invalid("INVALID_PARAMETER_SYNTAX", "/")
        problems = [problem for item in items for problem in schemas.check(name, item)]
    else:
        problems = schemas.check(name, body)
    for problem in problems:
        if problem.issue == "unknown":
            raise SandboxError(
                f"{request.line} was sent {problem.field!r}, which {schemas.shapes().source} does not know{problem.hint};"
                " PayPal would not act on it"
            )
        raise errors.invalid(problem.issue, problem.field, problem.value if isinstance(problem.value, str) else None)
