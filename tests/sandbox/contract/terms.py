"""The terms of the contract: what a processor tells of itself so that one set of tests can hold it to its promises.

Each processor has a module of its name in `terms_of/`, found by being there, with one subclass of `Terms`. Everything that
an application would do goes through the processor's unmodified SDK.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import pathlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from payproof.sandbox import processors
from payproof.sandbox.core.outbox import Endpoint
from payproof.sandbox.core.vocabulary import ProcessorSandbox

FOLDER = pathlib.Path(__file__).with_name("terms_of")


@dataclasses.dataclass(frozen=True)
class Answered:
    """How the processor answered: HTTP status, the processor's word for what went wrong (`""`: nothing), an id."""

    status: int
    code: str = ""
    id: str = ""


class Lost(Exception):
    """The application got no answer that it could read."""


class Terms:
    """One processor. `box` is its sandbox, active; a client is made for every question, as user code makes its own."""

    name: ClassVar[str]
    on: ClassVar[str]
    """Which request `ask` makes, as a glob for faults."""
    effect: ClassVar[str]
    """The kind of object that one execution of `ask` creates."""
    retention: ClassVar[int | None]
    """Seconds that the key of `ask` is kept; None where the processor publishes none."""
    repeat: ClassVar[Answered | None] = None
    """The answer to a repeat under the same key. None: the first result, which is the usual way."""
    mismatch: ClassVar[Answered | None]
    """The answer to a key that comes with another amount. None: the earlier result, as for a repeat."""
    in_flight: ClassVar[Answered]
    """The answer while the first request with the key still runs."""
    too_much: ClassVar[Answered | None]
    """The answer to a refund of more than is left. None: it is taken, and fails later."""
    illegal: ClassVar[Mapping[str, Answered]]
    """Illegal steps by name, and the real refusal of each; `step` takes them."""
    declines: ClassVar[Mapping[str, Answered]]
    """Published test values, and how a payment with each is answered."""
    open_dispute: ClassVar[str]
    refunded: ClassVar[Mapping[str, str]]
    """The status of a refund that arrived, and of the payment after it: `refund`, `partly`, `wholly`."""

    def __init__(self, box: ProcessorSandbox) -> None:
        self.box = box

    def ask(self, key: str | None, amount: int = 500) -> Answered:
        """Make one request that moves money and takes an idempotency key. Raises `Lost` when no answer came."""
        raise NotImplementedError

    def pay(self, order: str = "42", amount: int = 1200, value: str = "") -> Answered:
        """Take a payment for an order of ours, with a published test value; the id is that of the payment for verbs."""
        raise NotImplementedError

    def refund(self, payment: str, amount: int | None = None) -> Answered:
        raise NotImplementedError

    def step(self, name: str) -> Answered:
        """Take an illegal step of `illegal`."""
        raise NotImplementedError

    def unknown(self) -> object:
        """Send a parameter that the processor does not have; raises, or returns how that was refused."""
        raise NotImplementedError

    def live(self) -> object:
        """Ask something with a live credential, or of a live host."""
        raise NotImplementedError

    def raw(self, post: Callable[..., Any]) -> int:
        """Take a payment without the SDK, by a function with the arguments of `requests.post`; return the HTTP status."""
        raise NotImplementedError

    def verifies(self, payload: bytes, headers: Mapping[str, str], endpoint: Endpoint) -> bool:
        """Whether the SDK's own verifier (where it has none: the documented algorithm) takes a webhook as true."""
        raise NotImplementedError


def terms(name: str) -> type[Terms]:
    """Return the terms of a processor; an AssertionError says which file is missing."""
    path = FOLDER / f"{name}.py"
    assert path.is_file(), f"the processor {name} has no terms in {path.relative_to(FOLDER.parents[2])}"
    spec = importlib.util.spec_from_file_location(f"contract_terms_of_{name}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (found,) = [
        kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Terms) and kind is not Terms
    ]
    return found


EVERY = processors.processors()
