"""The Square processor: what the sandbox core asks of it, joined from the modules beside this one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.exchange import Answer, NotImitated, Request, SandboxError
from payproof.sandbox.core.idempotency import IdempotencyPolicy
from payproof.sandbox.core.params import Params
from payproof.sandbox.core.processor import Forgery, Outgoing, Processor, Sealed
from payproof.sandbox.core.rendering import rendered
from payproof.sandbox.core.routing import Route
from payproof.sandbox.square import errors, events, keys, roles, routes, schemas, signing, values
from payproof.sandbox.square.books import Books
from payproof.sandbox.square.call import Call, Made, not_played
from payproof.sandbox.square.schemas.checking import UNKNOWN

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

LIVE = "connect.squareup.com"
"""The host on which money is real, and the SDK's default. The sandbox answers for it in order to refuse."""

_LIVE_TOKENS = ("sq0atp-", "sq0csp-", "sq0idp-")
"""Marks of production credentials. Today's access tokens look the same in both environments: for those the host decides."""

_MINUTE, _HOUR = 60, 3_600


class SquareProcessor(Processor):
    """Square's Connect v2 API in the shapes of the installed SDK.

    `check_answers` makes every answer be checked against the SDK's models; a difference is raised as `ValueError`.
    """

    name = "square"
    hosts = frozenset({"connect.squareupsandbox.com", LIVE})
    dated = False
    roles = roles.ROLES

    def __init__(self, *, check_answers: bool = False) -> None:
        self.check_answers = check_answers
        self.refused: set[str] = set()

    # Requests.

    def admit(self, request: Request, box: Sandbox) -> None:
        token = self.credential(request)
        if token is None or token in self.refused:
            raise errors.unauthorized()
        found, _ = self._route(request)
        operation = schemas.shapes().operation(found.method, found.template)
        for name in request.query:
            if name not in operation.query:
                raise errors.invalid("UNKNOWN_QUERY_PARAMETER", name, executed=False)
            if name not in found.answer.query:
                raise not_played(request, name)
        if request.body and request.encoding != "json":
            raise errors.invalid("EXPECTED_JSON_BODY", executed=False)
        # Without a body, the parameters are those of the query.
        for problem in schemas.check(operation, request.params if request.body else {}):
            if problem.code == UNKNOWN:
                raise SandboxError(
                    f"{request.line} was sent {problem.field!r}, which {schemas.shapes().source} does not know{problem.hint}"
                )
            raise errors.invalid(problem.code, problem.field, executed=False)
        keys.check(request, found.answer.longest)

    def execute(self, request: Request, box: Sandbox) -> Answer:
        found, ids = self._route(request)
        body = Params(request.params if request.body else {})
        result = found.answer.answer(Call(Books(box), body, ids, request))
        for name in body.unread((*found.answer.without_effect, keys.FIELD)):
            if request.params[name] is not None:
                raise not_played(request, name)
        answer = {result.kind: rendered(result.obj)} if isinstance(result, Made) else result
        if self.check_answers:
            mistakes = schemas.mistakes(schemas.shapes().operation(found.method, found.template).answers, answer)
            if mistakes:
                raise ValueError(f"the answer is not as the installed SDK declares it: {'; '.join(mistakes)}")
        return Answer(200, answer)

    def _route(self, request: Request) -> tuple[Route[routes.Endpoint], tuple[str, ...]]:
        found = routes.find(request.method, request.path)
        if found is None:
            raise NotImitated(
                f"{request.line} is no endpoint that the Square sandbox plays; "
                "leave it out of this test, or stand in for it in the test itself"
            )
        return found

    # Credentials, repeats, faults.

    def live(self, request: Request) -> str:
        if request.host == LIVE:
            return f"the host {LIVE}, where money is real (it is the SDK's default: pass environment=SquareEnvironment.SANDBOX)"
        return super().live(request)

    def is_live(self, credential: str) -> bool:
        return credential.startswith(_LIVE_TOKENS)

    def idempotency_key(self, request: Request) -> str | None:
        return keys.of(request)

    def idempotency(self) -> IdempotencyPolicy:
        return keys.policy()

    def fault_answer(self, kind: str, request: Request) -> Answer:
        return errors.below(kind)

    # Webhooks.

    def event(self, event_type: str, obj: Mapping[str, Any], box: Sandbox, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        return events.write(Books(box), event_type, obj, str(extra["kind"]))

    def sign(self, payload: bytes, secrets: Sequence[str], timestamp: int) -> Mapping[str, str]:
        raise NotImplementedError("Square signs the URL too; see `seal`")

    def seal(self, outgoing: Outgoing) -> Sealed:
        return outgoing.payload, signing.headers(outgoing.payload, outgoing.secret, outgoing.url)

    def forgeries(self) -> Mapping[str, Forgery]:
        return {"other-address": signing.other_address}

    def retry_delays(self) -> Sequence[int]:
        # Eleven attempts within 24 hours, further and further apart; the exact pauses are the sandbox's own.
        return *(minutes * _MINUTE for minutes in (1, 2, 4, 8, 15, 30)), *(hours * _HOUR for hours in (1, 2, 4, 8))

    # Words that scenarios and evidence use.

    def test_value(self, name: str) -> str:
        return values.named(name).name

    def event_types(self) -> Collection[str]:
        return events.TYPES

    def tells(self, answer: Answer) -> Iterable[str]:
        body = answer.body if isinstance(answer.body, dict) else {}
        found = [one for one in body.get("errors", ()) if isinstance(one, dict)]
        declined = any(one.get("category") == errors.PAYMENT_METHOD for one in found)
        return ("decline",) if declined else ()

    def event_tells(self, event_type: str) -> str:
        return "decline" if event_type == "invoice.scheduled_charge_failed" else ""
