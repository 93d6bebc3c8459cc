"""Stripe's endpoints: one exists because a module of `resources/` declares it. Its function returns the body, with status 200."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payproof.sandbox.core import routing
from payproof.sandbox.stripe.call import Call

Answering = Callable[[Call], Any]
Route = routing.Route[Answering]

_ROUTES: routing.Routes[Answering] = routing.Routes("payproof.sandbox.stripe.resources")

route = _ROUTES.route
find = _ROUTES.find
declared = _ROUTES.declared
every = _ROUTES.every
