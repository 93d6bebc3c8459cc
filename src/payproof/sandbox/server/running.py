"""Starting and stopping a server: one processor, one port, one process."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import pathlib
import secrets
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from payproof.sandbox.core.delivery import is_loopback
from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.vocabulary import ProcessorSandbox
from payproof.sandbox.processors import sandbox_class
from payproof.sandbox.server.accounts import Accounts
from payproof.sandbox.server.admin import HOME, Admin
from payproof.sandbox.server.deliveries import Deliveries
from payproof.sandbox.server.doors import App, Doors, Receive, Scope, Send
from payproof.sandbox.server.front import Front
from payproof.sandbox.server.store import Store


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """How to serve.

    `port` 0 takes a free one. `host` other than this machine's own addresses needs `exposed`. `host_names` are further names
    that clients may call the server by. `state` is the file that keeps every account. `token` is the administrator's, made
    when it is "". `remote_webhooks` lets webhooks leave this machine. `raw_cards` lets card numbers through to the processor.
    """

    processor: str = "stripe"
    host: str = "127.0.0.1"
    port: int = 0
    state: pathlib.Path | None = None
    token: str = ""
    seed: str = "0"
    exposed: bool = False
    host_names: tuple[str, ...] = ()
    remote_webhooks: bool = False
    raw_cards: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Listening:
    """Where a server is reached, and the administrator's page with the token that opens it."""

    address: str
    page: str
    accounts: int


def check(settings: Settings) -> None:
    """Raise `SandboxError` for settings that must not be served."""
    if not is_loopback(settings.host) and not settings.exposed:
        raise SandboxError(
            f"{settings.host} can be reached from other machines; a sandbox is for this one. Say --exposed when you mean it"
        )
    if settings.state is not None and settings.raw_cards:
        raise SandboxError(
            "a state file keeps every request, and card numbers must not be kept; leave out --state or --raw-cards"
        )


def serve(settings: Settings, listening: Callable[[Listening], None]) -> None:
    """Serve until the process is told to stop; `listening` is called once connections are taken.

    Raises `SandboxError` for settings that cannot be served, `LookupError` for an unknown processor.
    """
    check(settings)
    kind: Any = sandbox_class(settings.processor)
    store = Store(settings.state, settings.processor, _release(settings))
    deliveries = Deliveries()
    try:
        accounts = Accounts(functools.partial(_sandbox, kind, settings), store)
        token = settings.token or secrets.token_urlsafe(24)
        transports: dict[Any, asyncio.Transport] = {}
        front = Front(accounts, deliveries, kind(strict=False, seed="nobody"), transports)
        admin = Admin(accounts, deliveries, token, settings.remote_webhooks).app()
        app = Doors(_divided(admin, front), frozenset(settings.host_names))
        with _socket(settings) as taken:
            address = _address(taken, settings.host)
            told = Listening(address, f"{address}{HOME}?token={token}", len(list(accounts)))
            _run(app, taken, transports, functools.partial(listening, told))
    finally:
        deliveries.close()
        store.close()


def _sandbox(kind: Any, settings: Settings, account: str) -> ProcessorSandbox:
    made: ProcessorSandbox = kind(strict=False, seed=f"{settings.seed} {account}", allow_raw_cards=settings.raw_cards)
    return made


def _release(settings: Settings) -> str:
    """Return what the state depends on beside its commands: our own release and seed."""
    from payproof import __version__

    return f"payproof {__version__}, seed {settings.seed}"


def _divided(admin: App, front: App) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        administrators = scope["type"] == "lifespan" or path == HOME or path.startswith(f"{HOME}/")
        await (admin if administrators else front)(scope, receive, send)

    return app


def _socket(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Only of a socket that names its protocol asyncio takes the delay which a header and its body would suffer.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((settings.host, settings.port))
    except OSError as error:
        made.close()
        raise SandboxError(f"cannot listen on {settings.host}, port {settings.port}: {error.strerror}") from None
    return made


def _address(taken: socket.socket, host: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{taken.getsockname()[1]}"


def _run(app: App, taken: socket.socket, transports: dict[Any, asyncio.Transport], ready: Callable[[], None]) -> None:
    class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
        """Uvicorn's own, that says which connections are open: a fault may have to break one."""

        def connection_made(self, transport: Any) -> None:
            self._peer = transport.get_extra_info("peername")[:2]
            transports[self._peer] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self._peer, None)
            super().connection_lost(exc)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    config = uvicorn.Config(
        app,
        http=Protocol,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[taken])
