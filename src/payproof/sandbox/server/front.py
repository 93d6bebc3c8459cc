"""The processor's own face: every request that is not the administrator's, answered by the account of its API key."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote

from payproof.sandbox.core.exchange import Answer, NotImitated, Request, SandboxError, TimedOut, TransportFailure
from payproof.sandbox.core.vocabulary import ProcessorSandbox
from payproof.sandbox.server.accounts import Accounts, credential_of
from payproof.sandbox.server.commands import Wire
from payproof.sandbox.server.deliveries import Deliveries
from payproof.sandbox.server.doors import Receive, Scope, Send, body_of, headers_of, refuse, reply

LONGEST = 120
"""Seconds that a request which a fault leaves unanswered is kept open."""

_NOT_KEPT = frozenset(
    """
    host connection accept accept-encoding user-agent x-stripe-client-user-agent stripe-client-telemetry-id cookie content-length
    """.split()
)
"""Headers that no processor's behaviour depends on."""


class Front:
    """An ASGI application. `transports` holds the open connections by the client's address; `nobody` answers without a key."""

    def __init__(
        self,
        accounts: Accounts,
        deliveries: Deliveries,
        nobody: ProcessorSandbox,
        transports: MutableMapping[Any, asyncio.Transport],
    ) -> None:
        self._accounts = accounts
        self._deliveries = deliveries
        self._nobody = nobody
        self._transports = transports
        self._host = _host_of(nobody)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        body = await body_of(receive)
        if body is None:
            return
        wire = self._wire(scope, headers, body)
        try:
            answer = self._answered(wire)
        except TransportFailure as failure:
            await self._fail(failure, scope, receive)
            return
        except SandboxError as error:
            await refuse(send, 501 if isinstance(error, NotImitated) else 403, str(error))
            return
        await reply(send, answer.status, answer.payload(), {"Content-Type": "application/json", **answer.headers})

    def _wire(self, scope: Scope, headers: Mapping[str, str], body: bytes) -> Wire:
        kept = {name: value for name, value in headers.items() if name not in _NOT_KEPT}
        path = unquote(scope["raw_path"].decode("ascii", "replace").partition("?")[0])
        return Wire(scope["method"].upper(), self._host, path, scope["query_string"].decode("latin-1"), kept, body)

    def _answered(self, wire: Wire) -> Answer:
        credential, live = credential_of(self._nobody, wire)
        if credential is None or live:
            # Without a key there is no account, and nothing can happen but a refusal; a live key reaches no account.
            return self._nobody.answer(wire.decoded(self._nobody))
        account = self._accounts.of(credential)
        stand_in = self._accounts.stand_in(credential)
        try:
            answer = account.answer(_with(wire, credential, stand_in))
            self._accounts.learn(account, account.box.processor.minted(answer))
            return answer
        finally:
            self._deliveries.due(account)

    async def _fail(self, failure: TransportFailure, scope: Scope, receive: Receive) -> None:
        """Let the client see what it would see on a bad network: silence, or a connection that breaks."""
        if isinstance(failure, TimedOut):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(_gone(receive), LONGEST)
        transport = self._transports.get(tuple(scope["client"]))
        if transport is not None:
            transport.abort()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _host_of(box: ProcessorSandbox) -> str:
    """Return the host that requests are taken to be for: the API's, and none where money is real."""
    name = box.processor.name
    probes = [Request("GET", host, "/", {}, {}, b"", "none", name) for host in sorted(box.processor.hosts)]
    return min((probe.host for probe in probes if not box.processor.live(probe)), key=lambda host: not host.startswith("api"))


def _with(wire: Wire, credential: str, stand_in: str) -> Wire:
    """Return the request with the stand-in wherever its credential stood."""
    headers = dict(wire.headers)
    for name, value in headers.items():
        scheme, _, rest = value.partition(" ")
        if name == "authorization" and scheme.lower() == "basic":
            second = "" if rest == base64.b64encode(f"{credential}:".encode()).decode() else "payproofsample"
            headers[name] = "Basic " + base64.b64encode(f"{stand_in}:{second}".encode()).decode()
        elif credential in value:
            headers[name] = value.replace(credential, stand_in)
        elif name == "authorization":
            headers[name] = f"{scheme} {stand_in}" if rest else stand_in
    return Wire(wire.method, wire.host, wire.path, wire.query, headers, wire.body)
