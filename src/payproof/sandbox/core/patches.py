"""The one module that changes anything global: the HTTP libraries' methods, and an audit hook over sockets.

Patches are installed when the first sandbox becomes active and taken away when the last is left, in any order relative to
other tools: a method that somebody else has patched over is left to them, and ours below theirs does nothing any more.
The audit hook cannot be taken away (Python has no way to); while no sandbox is active it does nothing.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core import active
from payproof.sandbox.core.transports import httpx_lib, requests_lib, square_sdk, stripe_sdk, urllib_lib
from payproof.sandbox.core.transports.intercept import Replacement, pass_by

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

_LIBRARIES = {
    "stripe._http_client": stripe_sdk,
    "square.core.http_client": square_sdk,
    "requests": requests_lib,
    "httpx": httpx_lib,
    "urllib.request": urllib_lib,
}
_OF_PROCESSORS = {"stripe": ".stripe.com", "square": ".squareupsandbox.com"}
"""SDKs whose own client is replaced, and what the hosts of their processor end with."""

_ABSENT = object()
_WATCHED = frozenset({"socket.getaddrinfo", "socket.connect", "socket.gethostbyname"})


@dataclasses.dataclass(slots=True)
class _Patch:
    owner: Any
    name: str
    before: Any
    ours: Any

    def undo(self) -> bool:
        """Put back what was there; False when somebody else has patched over ours."""
        if self.owner.__dict__.get(self.name, _ABSENT) is not self.ours:
            return False
        if self.before is _ABSENT:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.before)
        return True


_PATCHES: list[_Patch] = []
_WATCHING: list[bool] = []


def activate(box: Sandbox) -> None:
    """Make `box` active and see to it that every installed HTTP library reaches it."""
    with active.LOCK:
        for replacement in _wanted(box):
            _install(replacement)
        if not _WATCHING:
            sys.addaudithook(_watch)
            _WATCHING.append(True)
    active.enter(box)


def deactivate(box: Sandbox) -> None:
    """Make `box` inactive; when it was the last, take the patches away."""
    active.leave(box)
    with active.LOCK:
        if not active.STACK:
            _PATCHES[:] = [patch for patch in reversed(_PATCHES) if not patch.undo()][::-1]


def _wanted(box: Sandbox) -> Iterator[Replacement]:
    for name, library in _LIBRARIES.items():
        module = _module(name, box)
        if module is not None:
            yield from library.replacements(module)


def _module(name: str, box: Sandbox) -> Any:
    """Import an installed library now: code that imports it while the sandbox is active must meet the patched one.

    An SDK is imported only for a sandbox that plays its processor.
    """
    package = name.partition(".")[0]
    hosts = _OF_PROCESSORS.get(package, "")
    if package not in sys.modules and not any(host.endswith(hosts) for host in box.processor.hosts):
        return None
    if package not in sys.modules and importlib.util.find_spec(package) is None:
        return None
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        # An SDK older than 10 has no such module; its HTTP library is patched below it.
        return None


def _install(replacement: Replacement) -> None:
    owner, name, make = replacement
    present = owner.__dict__.get(name, _ABSENT)
    if any(patch.owner is owner and patch.name == name and patch.ours is present for patch in _PATCHES):
        return
    ours = make(getattr(owner, name))
    setattr(owner, name, ours)
    _PATCHES.append(_Patch(owner, name, present, ours))


def _watch(event: str, args: tuple[Any, ...]) -> None:
    """Refuse processors' hosts wherever a name is looked up or connected to, whichever library asks."""
    if event not in _WATCHED or not active.STACK:
        return
    host = args[1][0] if event == "socket.connect" and isinstance(args[1], tuple) and args[1] else args[0]
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    # Numeric addresses are what looked-up names became; the name was seen before.
    if isinstance(host, str) and not host.replace(".", "").isdigit() and ":" not in host:
        pass_by(host)
