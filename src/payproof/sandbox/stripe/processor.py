"""The Stripe processor: what the sandbox core asks of it, joined from the modules beside this one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.exchange import Answer, NotImitated, Refused, Request
from payproof.sandbox.core.idempotency import IdempotencyPolicy
from payproof.sandbox.core.params import Params
from payproof.sandbox.core.processor import Forgery, Processor
from payproof.sandbox.stripe import (
    credentials,
    errors,
    events,
    expansion,
    faults,
    fields,
    keys,
    roles,
    routes,
    schemas,
    signing,
    storing,
    surface,
    timelines,
    values,
)
from payproof.sandbox.stripe.books import Books, Cause, rendered
from payproof.sandbox.stripe.call import WITHOUT_EFFECT, Call, not_played
from payproof.sandbox.stripe.throttle import Throttle

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

HOUR = 3_600


class StripeProcessor(Processor):
    """Stripe's API v1 in the shapes of the installed SDK.

    `check_answers` makes every answer be checked against the SDK's types; a difference is raised as `ValueError`.
    `should_retry` sets the `Stripe-Should-Retry` header of fault answers; None leaves it as Stripe does.
    """

    name = "stripe"
    hosts = frozenset(
        {"api.stripe.com", "files.stripe.com", "connect.stripe.com", "meter-events.stripe.com", "uploads.stripe.com"}
    )

    roles = roles.ROLES

    def __init__(self, *, check_answers: bool = False) -> None:
        self.check_answers = check_answers
        self.should_retry: bool | None = None
        self.throttle: Throttle | None = None
        """Counts requests where a test asks for rate limits."""
        self.refused_keys: dict[str, str] = {}
        """API keys that Stripe no longer takes, and why: `invalid` or `expired`."""

    # Requests.

    def admit(self, request: Request, box: Sandbox) -> None:
        if self.throttle is not None:
            self.throttle.check(request, box)
        credentials.check(self.credential(request), request, self.refused_keys)
        keys.check(request)
        self._route(request)
        endpoint = schemas.catalogue().endpoint(request.method, request.path)
        if endpoint is None:
            return
        problems = schemas.catalogue().check_params(endpoint, _params(request))
        for problem in problems:
            if not _known_elsewhere(problem, request):
                raise errors.invalid(problem.message, code=problem.code or None, param=problem.param, executed=False)

    def execute(self, request: Request, box: Sandbox) -> Answer:
        found, ids = self._route(request)
        request_id = box.ids.new("req", 14)
        params = self._coerced(request)
        books = Books(box, keys.books_of(request, box), Cause(request_id, keys.of(request)))
        books.clock = timelines.asked(books, ids, params)
        call = Call(books, Params(params), ids, request)
        headers = {"Request-Id": request_id}
        try:
            body = rendered(found.answer(call))
            body = expansion.expand(books, body, call.params.get("expand") or ())
            for name in call.params.unread(WITHOUT_EFFECT):
                raise not_played(call, name)
        except Refused as refused:
            for name in ("payment_intent", "setup_intent", "payment_method"):
                self._shaped(refused.answer.body["error"].get(name))
            raise Refused(refused.answer.with_headers(headers), executed=refused.executed) from None
        finally:
            books.settle_afterwards()
        return Answer(200, self._shaped(body), headers)

    def _shaped(self, body: Any) -> Any:
        """Return a body in the shape of the installed SDK, changed in place, and check it when that is asked for.

        With the SDK of the API that our objects are written for, a field that it does not know is a mistake of ours.
        """
        newest = fields.api_version() == fields.WRITTEN_FOR
        if self.check_answers and newest and body is not None:
            _raise(fields.mistakes(body))
        schemas.catalogue().trim(body)
        if self.check_answers and body is not None:
            _raise(schemas.catalogue().check_object(body))
        return body

    def _route(self, request: Request) -> tuple[routes.Route, tuple[str, ...]]:
        found = routes.find(request.method, request.path)
        known = schemas.catalogue().endpoint(request.method, request.path)
        # `/v1/invoices/create_preview` would fit `/v1/invoices/{invoice}`, were it not an endpoint of its own.
        if found is not None and (known is None or routes.declared(known.method, known.template)):
            return found
        if known is None:
            raise errors.unrecognized(request.method, request.path)
        kept = storing.find(known)
        if kept is not None:
            return kept, tuple(known.path_params.values())
        raise NotImitated(
            f"{request.line} is an endpoint of Stripe's that the sandbox does not play ({known.service}.{known.operation}), "
            f"because {surface.reason(known)}; leave it out of this test, or stand in for it in the test itself"
        )

    def _coerced(self, request: Request) -> Mapping[str, Any]:
        endpoint = schemas.catalogue().endpoint(request.method, request.path)
        params = _params(request)
        return params if endpoint is None else schemas.catalogue().coerce(endpoint, params)

    def decorate(self, request: Request, answer: Answer, box: Sandbox) -> Answer:
        headers = {"Stripe-Version": request.headers.get("stripe-version") or fields.api_version(), **answer.headers}
        first = "Request-Id" in headers
        headers.setdefault("Request-Id", box.ids.new("req", 14))
        key = keys.of(request)
        if key is not None:
            headers["Idempotency-Key"] = key
            if first:
                headers.setdefault("Original-Request", headers["Request-Id"])
        if account := keys.account_of(request):
            headers["Stripe-Account"] = account
        return _with_log(answer, headers, box).with_headers(headers)

    def locks(self, request: Request, box: Sandbox) -> frozenset[str]:
        named = {str(request.params[name]) for name in ("payment_intent", "charge") if request.params.get(name)}
        return super().locks(request, box) | (named if request.method == "POST" else frozenset())

    # Keys, idempotent repeats, faults.

    def idempotency_key(self, request: Request) -> str | None:
        return keys.of(request)

    def idempotency(self) -> IdempotencyPolicy:
        return keys.policy()

    def is_live(self, credential: str) -> bool:
        return credential.startswith(("sk_live_", "rk_live_", "pk_live_", "sk_org_live_"))

    def fault_answer(self, kind: str, request: Request) -> Answer:
        return faults.answer(kind, request, self.should_retry)

    # Webhooks.

    def event(self, event_type: str, obj: Mapping[str, Any], box: Sandbox, extra: Mapping[str, Any]) -> Any:
        return self._shaped(events.write(box, event_type, self._shaped(obj), extra))

    def sign(self, payload: bytes, secrets: Sequence[str], timestamp: int) -> Mapping[str, str]:
        return signing.headers(payload, secrets, timestamp)

    def forgeries(self) -> Mapping[str, Forgery]:
        return {"v0-only": signing.v0_only}

    def retry_delays(self) -> Sequence[int]:
        """Three more attempts over a few hours, as in Stripe's sandboxes; the intervals are ours, Stripe publishes none."""
        return (HOUR, 2 * HOUR, 4 * HOUR)

    def webhook_secret(self, box: Sandbox) -> str:
        return "whsec_" + "payproofsample" + box.ids.text(18)

    # Words that scenarios and evidence use.

    def test_value(self, name: str) -> str:
        return values.payment_method(name)

    def event_types(self) -> Collection[str]:
        return schemas.catalogue().event_types()

    def tells(self, answer: Answer) -> Iterable[str]:
        if answer.status == 402:
            yield "decline"
        if _asks_to_authenticate(answer.body):
            yield "authentication"

    def event_tells(self, event_type: str) -> str:
        if event_type.endswith("payment_failed"):
            return "decline"
        return "authentication" if event_type.endswith("requires_action") else ""


def _asks_to_authenticate(body: Any) -> bool:
    return isinstance(body, dict) and (
        body.get("status") == "requires_action" or any(_asks_to_authenticate(value) for value in body.values())
    )


def _with_log(answer: Answer, headers: Mapping[str, str], box: Sandbox) -> Answer:
    """Return an answer whose error says where the Dashboard shows the request; a repeat shows the first one."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return answer
    request_id = headers.get("Original-Request") or headers["Request-Id"]
    url = f"https://dashboard.stripe.com/test/logs/{request_id}?t={box.clock.now()}"
    return Answer(answer.status, {"error": {**error, "request_log_url": url}}, answer.headers)


def _params(request: Request) -> Mapping[str, Any]:
    """Return the parameters of a request; of a POST or DELETE with a query, both."""
    both = {**request.query, **request.params} if request.query is not request.params else request.params
    if isinstance(both.get("metadata"), list):
        # `metadata[0]=x` reads as a list in a form, but metadata is a map whatever its keys are called.
        return {**both, "metadata": {str(number): value for number, value in enumerate(both["metadata"])}}
    return both


LEGACY_PARAMS = frozenset({"payment_method_types", "allowed_payment_method_types"})
"""Parameters that one API version has and another has not; a request that names its own version may send them."""


def _known_elsewhere(problem: schemas.ParamError, request: Request) -> bool:
    if keys.is_v2(request) and problem.param == "page" and request.method == "GET":
        return True  # it stands in the URLs of pages, and in no type
    other = request.headers.get("stripe-version", fields.api_version()) != fields.api_version()
    return other and problem.code == "parameter_unknown" and problem.param in LEGACY_PARAMS


def _raise(problems: list[str]) -> None:
    if problems:
        raise ValueError(f"the answer is not as the installed SDK declares it: {'; '.join(problems)}")
