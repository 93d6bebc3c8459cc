"""Handing a webhook to whatever the application gave: a WSGI app, an ASGI app, a callable or a URL."""

from __future__ import annotations

import inspect
import ipaddress
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.gateways import Letter, Reply, crashed, to_asgi, to_url, to_wsgi

T = TypeVar("T")

KINDS = ("wsgi", "asgi", "call", "url")


def kind_of(target: object) -> str:
    """Return how `target` is to be called: `wsgi`, `asgi`, `call` or `url`. Raises `SandboxError` when that cannot be told."""
    if isinstance(target, str):
        return "url"
    if not callable(target):
        raise SandboxError(f"a webhook cannot be delivered to {target!r}; give a WSGI app, an ASGI app, a callable or a URL")
    names = _parameters(target)
    if names is None:
        raise SandboxError(f"cannot tell how to call {target!r}; say kind='wsgi', kind='asgi' or kind='call'")
    if len(names) == 3 and names[1:] == ["receive", "send"]:
        return "asgi"
    if len(names) == 2:
        return "wsgi" if names[1] == "start_response" or names[0] in ("environ", "env") else "call"
    raise SandboxError(
        "a webhook target takes (payload, headers), (environ, start_response) or (scope, receive, send);"
        f" {target!r} takes ({', '.join(names)})"
    )


def _parameters(target: Callable[..., object]) -> list[str] | None:
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters if parameter.default is inspect.Parameter.empty]


def check_url(url: str, allow_remote: bool) -> None:
    """Raise `SandboxError` when `url` is no HTTP URL, or leads off this machine and that was not allowed."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SandboxError(f"{url!r} is no URL that a webhook can be sent to; write http://127.0.0.1:PORT/PATH")
    if not allow_remote and not is_loopback(parts.hostname):
        raise SandboxError(
            f"webhooks go to this machine only; {parts.hostname} is another host. Say allow_remote=True when you mean it"
        )


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine without asking a name server."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def send(target: Any, kind: str, letter: Letter) -> Reply:
    """Deliver from synchronous code; inside a running event loop, async code runs on a loop in a thread of its own."""
    if kind == "wsgi":
        return to_wsgi(target, letter)
    if kind == "url":
        return to_url(target, letter)
    if kind == "asgi":
        return _asgi(target, letter)
    result = _called(target, letter)
    return run(_awaited(result)) if inspect.isawaitable(result) else _understood(result)


async def asend(target: Any, kind: str, letter: Letter) -> Reply:
    """As `send`, with async applications running on the caller's event loop."""
    if kind == "asgi":
        return await to_asgi(target, letter)
    if kind != "call":
        return send(target, kind, letter)
    result = _called(target, letter)
    return await _awaited(result) if inspect.isawaitable(result) else _understood(result)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on an event loop of its own; the thread's current loop is left as it is."""
    import asyncio
    import concurrent.futures
    import contextvars

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _on_new_loop(coroutine)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(contextvars.copy_context().run, _on_new_loop, coroutine).result()


def _on_new_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    import asyncio

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _asgi(target: Any, letter: Letter) -> Reply:
    if not type(target).__module__.startswith("django."):
        return run(to_asgi(target, letter))
    import asyncio

    from asgiref.sync import async_to_sync

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Django's synchronous views then run in this thread, where the test's database transaction is.
        reply: Reply = async_to_sync(to_asgi)(target, letter)
        return reply
    return run(to_asgi(target, letter))


def _called(target: Callable[..., Any], letter: Letter) -> Any:
    try:
        return target(letter.payload, dict(letter.headers))
    except Exception as error:
        return crashed(error)


async def _awaited(result: Awaitable[Any]) -> Reply:
    try:
        return _understood(await result)
    except SandboxError:
        raise
    except Exception as error:
        return crashed(error)


def _understood(result: Any) -> Reply:
    if isinstance(result, Reply):
        return result
    if result is None:
        return Reply(200)
    if isinstance(result, int) and not isinstance(result, bool) and 100 <= result <= 599:
        return Reply(result)
    status = getattr(result, "status_code", None)
    if isinstance(status, int):
        content = getattr(result, "content", None)
        return Reply(status, content if isinstance(content, bytes) else b"")
    raise SandboxError(f"a webhook callable returns an HTTP status, a response or None (which means 200), not {result!r}")
