"""The administrator's side of a server, below `/_payproof`: an API in JSON, and a page that uses it."""

from __future__ import annotations

import pathlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from payproof.masking import mask
from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.faults import KINDS
from payproof.sandbox.core.journal import Entry
from payproof.sandbox.core.outbox import Delivery, Event
from payproof.sandbox.server.accounts import Account, Accounts
from payproof.sandbox.server.commands import verbs_of
from payproof.sandbox.server.deliveries import Deliveries

HOME = "/_payproof"
HEADER = "x-payproof-token"
COOKIE = "payproof_token"
PAGE = pathlib.Path(__file__).parent / "page"
NEWEST = 200
"""Rows of a list that are given at once."""

POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Handler = Callable[[Request], Any]


class Admin:
    """Makes the administrator's application. Whoever has `token` may do everything; nobody else may do anything."""

    def __init__(self, accounts: Accounts, deliveries: Deliveries, token: str, allow_remote: bool) -> None:
        self._accounts = accounts
        self._deliveries = deliveries
        self._token = token
        self._allow_remote = allow_remote

    def app(self) -> Starlette:
        """Return the application."""
        account = f"{HOME}/api/accounts/{{account}}"
        return Starlette(
            routes=[
                Route(HOME, self._home),
                Route(f"{HOME}/page.{{kind}}", self._asset),
                self._route(f"{HOME}/api/accounts", "GET", self._list),
                self._route(f"{HOME}/api/account", "GET", self._mine),
                self._route(account, "GET", self._overview),
                self._route(f"{account}/journal", "GET", self._journal),
                self._route(f"{account}/webhooks", "GET", self._webhooks),
                self._route(f"{account}/reset", "POST", self._reset),
                self._route(f"{account}/clock", "POST", self._clock),
                self._route(f"{account}/faults", "POST", self._fault),
                self._route(f"{account}/faults", "DELETE", self._clear),
                self._route(f"{account}/finish", "POST", self._finish),
                self._route(f"{account}/endpoints", "POST", self._endpoint),
                self._route(f"{account}/verbs/{{verb}}", "POST", self._verb),
                self._route(f"{account}/retry", "POST", self._retry),
            ]
        )

    # Who asks.

    def _knows(self, request: Request) -> bool:
        given = request.headers.get(HEADER) or request.cookies.get(COOKIE) or ""
        return secrets.compare_digest(given.encode(), self._token.encode())

    def _route(self, path: str, method: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            if not self._knows(request):
                return _error(401, f"the administrator's token is missing or wrong; send it as {HEADER}")
            if method != "GET" and not request.headers.get("content-type", "").startswith("application/json"):
                return _error(415, "send JSON: Content-Type: application/json")
            try:
                body = await handler(request)
            except _Absent as absent:
                return _error(404, str(absent))
            except SandboxError as error:
                return _error(400, str(error))
            return JSONResponse(body, headers=POLICY)

        return Route(path, endpoint, methods=[method], name=f"{method} {path}")

    async def _home(self, request: Request) -> Response:
        given = request.query_params.get("token")
        if given is not None:
            # Out of the address as soon as it was used: an address is shown, kept and sent on.
            response: Response = RedirectResponse(HOME, 303, headers=POLICY)
            response.set_cookie(COOKIE, given, httponly=True, samesite="strict", path=HOME)
            return response
        if not self._knows(request):
            return Response(
                "Open the address that the sandbox printed when it started: it holds the token.\n", 401, POLICY, "text/plain"
            )
        return FileResponse(PAGE / "page.html", headers=POLICY)

    async def _asset(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in ("css", "js"):
            return _error(404, "there is no such part of the page")
        return FileResponse(PAGE / f"page.{kind}", headers=POLICY)

    def _account(self, request: Request) -> Account:
        found = self._accounts.get(request.path_params["account"])
        if found is None:
            raise _Absent("there is no such account; an account is made by the first request with its API key")
        return found

    # What is asked.

    async def _list(self, request: Request) -> Any:
        return {"accounts": [_summary(account) for account in self._accounts], "faults": KINDS}

    async def _mine(self, request: Request) -> Any:
        key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not key:
            raise SandboxError("send an API key of yours as Authorization: Bearer KEY to learn its account's id")
        return {"id": self._accounts.id_of(key)}

    async def _overview(self, request: Request) -> Any:
        account = self._account(request)
        box = account.box
        with account.lock:
            return {
                **_summary(account),
                "verbs": verbs_of(type(box)),
                "held": len(box.parked),
                "faults": box.faults.unfired(),
                "problems": box.problems,
                "endpoints": [{"url": endpoint.url, "events": list(endpoint.events)} for endpoint in box.webhooks.endpoints],
            }

    async def _journal(self, request: Request) -> Any:
        account = self._account(request)
        after = _number(request, "after")
        with account.lock:
            entries = [_entry(entry) for entry in account.box.journal if entry.number > after]
        return {"entries": entries[-NEWEST:], "left_out": max(0, len(entries) - NEWEST)}

    async def _webhooks(self, request: Request) -> Any:
        account = self._account(request)
        after = _number(request, "after")
        with account.lock:
            sent = list(account.box.webhooks.sent)
            events = [_event(event, sent) for event in account.box.outbox if event.number > after]
        return {"events": events[-NEWEST:], "left_out": max(0, len(events) - NEWEST)}

    # What is done.

    async def _reset(self, request: Request) -> Any:
        return _summary(self._accounts.reset(self._account(request)))

    async def _clock(self, request: Request) -> Any:
        body = await _body(request)
        return self._done(request, {"do": "advance", "by": _numbers(body, "advance")})

    async def _fault(self, request: Request) -> Any:
        body = await _body(request)
        kinds = body.get("kinds")
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise SandboxError('name the faults in order, as in {"kinds": ["500", "500", "ok"], "on": "POST /v1/refunds"}')
        self._done(request, {"do": "fault", "kinds": kinds, "on": body.get("on") or None})
        return {"faults": self._account(request).box.faults.unfired()}

    async def _clear(self, request: Request) -> Any:
        self._done(request, {"do": "clear-faults"})
        return {"faults": []}

    async def _finish(self, request: Request) -> Any:
        return self._done(request, {"do": "finish"})

    async def _endpoint(self, request: Request) -> Any:
        body = await _body(request)
        if not isinstance(body.get("url"), str):
            raise SandboxError('say where webhooks go, as in {"url": "http://127.0.0.1:8000/webhook", "events": ["*"]}')
        command = {"do": "endpoint", "url": body["url"], "events": body.get("events", ["*"]), "allow_remote": self._allow_remote}
        if body.get("secret") is not None and self._accounts.kept:
            raise SandboxError("a state file keeps no secret of yours; leave it out, and the sandbox makes one and answers it")
        return self._done(request, {**command, "secret": body.get("secret")})

    async def _verb(self, request: Request) -> Any:
        body = await _body(request)
        args, options = body.get("args", []), body.get("options", {})
        if not isinstance(args, list) or not isinstance(options, dict):
            raise SandboxError('a verb takes {"args": [...], "options": {...}}')
        done = self._done(request, {"do": "verb", "verb": request.path_params["verb"], "args": args, "options": options})
        return {"result": done}

    async def _retry(self, request: Request) -> Any:
        account = self._account(request)
        with account.lock:
            again = [(failed.event, failed.endpoint) for failed in account.box.webhooks.failed]
            account.box.webhooks.due_again(again)
        self._deliveries.due(account)
        return {"again": len(again)}

    def _done(self, request: Request, command: Mapping[str, Any]) -> Any:
        account = self._account(request)
        try:
            return account.run(command)
        finally:
            self._deliveries.due(account)


class _Absent(Exception):
    """Something that is not there; the text says what to do."""


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"type": "payproof_error", "message": mask(message)}}, status, headers=POLICY)


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise SandboxError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise SandboxError("the body must be a JSON object")
    return body


def _numbers(body: Mapping[str, Any], name: str) -> dict[str, float]:
    given = body.get(name)
    if not isinstance(given, dict) or not all(isinstance(value, (int, float)) for value in given.values()):
        raise SandboxError(f'say how far, as in {{"{name}": {{"days": 31}}}}')
    return given


def _number(request: Request, name: str) -> int:
    given = request.query_params.get(name, "0")
    if not given.isdecimal():
        raise SandboxError(f"{name} must be a number")
    return int(given)


def _summary(account: Account) -> dict[str, Any]:
    box = account.box
    return {
        "id": account.id,
        "processor": box.processor.name,
        "now": box.clock.now(),
        "requests": len(box.journal),
        "events": len(box.outbox),
        "trouble": account.trouble,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at,
        "method": entry.request.method,
        "path": entry.request.path,
        "params": entry.request.params,
        "status": entry.status,
        "idempotency_key": mask(entry.idempotency_key) if entry.idempotency_key is not None else None,
        "replayed": entry.replayed,
        "fault": entry.fault,
        "failure": entry.failure,
        "effects": entry.effects,
    }


def _event(event: Event, sent: list[Delivery]) -> dict[str, Any]:
    attempts = [
        {"url": one.endpoint.url, "attempt": one.attempt, "status": one.status, "error": one.error, "at": one.at}
        for one in sent
        if one.event is event
    ]
    return {"number": event.number, "id": event.id, "type": event.type, "at": event.at, "attempts": attempts}
