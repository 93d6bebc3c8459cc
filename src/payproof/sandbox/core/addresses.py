"""Who answers at the addresses that an application registers with a processor: the test's app, or a server on this machine."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlsplit

from payproof.sandbox.core import delivery
from payproof.sandbox.core.outbox import Endpoint, Registered


@dataclasses.dataclass(frozen=True, slots=True)
class Served:
    """An application that answers at addresses which begin with `url`."""

    url: str
    app: Any
    kind: str
    auto: bool


class Addresses:
    """The applications that a test serves, the latest first."""

    def __init__(self) -> None:
        self._served: list[Served] = []

    def serve(self, url: str, app: Any, kind: str | None, auto: bool) -> None:
        """Let `app` answer at addresses that begin with `url`."""
        self._served.insert(0, Served(url, app, kind or delivery.kind_of(app), auto))

    def connect(self, endpoint: Endpoint) -> None:
        """Give a registered endpoint the target that answers at its address, or none."""
        if not isinstance(endpoint, Registered):
            return
        parts = urlsplit(endpoint.address)
        endpoint.host, endpoint.path = parts.netloc, parts.path + (f"?{parts.query}" if parts.query else "")
        endpoint.target, endpoint.kind = None, ""
        served = next((one for one in self._served if endpoint.address.startswith(one.url)), None)
        if served is not None:
            endpoint.target, endpoint.kind, endpoint.auto = served.app, served.kind, served.auto
        elif parts.scheme in ("http", "https") and parts.hostname and delivery.is_loopback(parts.hostname):
            endpoint.target, endpoint.kind, endpoint.auto = endpoint.address, "url", True
