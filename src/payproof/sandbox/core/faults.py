"""Faults that go wrong below the SDK, planned by a test; a planned fault that never fires is a failure."""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
from collections.abc import Mapping, Sequence

from payproof.sandbox.core.exchange import Request, SandboxError

KINDS: Mapping[str, str] = {
    "lost-before": "the connection breaks before the request arrives; nothing happens",
    "lost-after": "the request is executed, then the connection breaks",
    "reset": "the connection is reset before the request arrives",
    "timeout-before": "the request never arrives and the application times out",
    "timeout-after": "the request is executed, but the application has timed out",
    "held": "the request begins, the application times out, and the request stays in flight until `finish`",
    "429": "the rate limit is exceeded; not stored under the idempotency key",
    "409": "another request with the same idempotency key is in flight; not stored",
    "lock-timeout": "another request holds the object; not stored",
    "500": "a server error before execution; not stored, so a repeat with the same key is executed",
    "503": "the service is unavailable; not stored",
    "500-during": "execution fails and changes nothing; stored under the key, so a repeat is answered the same",
    "500-after": "the request is executed, then answered with a server error, which is stored under the key",
    "slow": "the request is executed, and its answer takes `faults.slow_for` seconds (90): too long for whoever waits less",
    "malformed": "the request is executed, but the answer is not JSON",
}
"""Every kind of fault and what it means."""

BEFORE = frozenset({"lost-before", "reset", "timeout-before", "429", "409", "lock-timeout", "500", "503"})
"""Kinds that strike before the processor sees the request."""

NEED_EXECUTION = frozenset({"500-during", "500-after", "held"})
"""Kinds that mean nothing to a request which is not executed (a refusal, a replay): they wait for one that is."""


@dataclasses.dataclass(slots=True)
class Plan:
    """Faults for the calls that match `on`, used up from the front; `fired` holds those that struck."""

    kinds: list[str]
    on: str | None
    fired: list[str] = dataclasses.field(default_factory=list)

    @property
    def kind(self) -> str:
        """The fault that fired last."""
        return self.fired[-1]

    def take(self) -> bool:
        """Use up the next kind; return whether it is a fault."""
        kind = self.kinds.pop(0)
        if kind != "ok":
            self.fired.append(kind)
        return kind != "ok"

    def give_back(self) -> None:
        """Undo the last `take`: the fault waits for the next call."""
        self.kinds.insert(0, self.fired.pop())

    def matches(self, request: Request) -> bool:
        return bool(self.kinds) and (self.on is None or fnmatch.fnmatchcase(request.line, self.on))

    def left(self) -> list[str]:
        """Return the faults that have not fired."""
        return [kind for kind in self.kinds if kind != "ok"]


class Faults:
    """The faults a test has planned for one sandbox."""

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self.slow_for: float = 90
        """Seconds that a `slow` answer takes; the SDK of Stripe waits for 80 by default."""

    def next(self, kind: str, on: str | None = None, times: int = 1) -> Plan:
        """Let the next `times` calls that match `on` (a glob over `"POST /v1/refunds"`; None is any call) fail in this way.

        Raises `SandboxError` for a kind that does not exist.
        """
        if times < 1:
            raise SandboxError(f"a fault was planned {times} times; plan it at least once")
        return self.chain([kind] * times, on)

    def chain(self, kinds: Sequence[str], on: str | None = None) -> Plan:
        """Let successive matching calls meet `kinds` in order; `"ok"` lets a call through."""
        for kind in kinds:
            check_kind(kind)
        if not any(kind != "ok" for kind in kinds):
            raise SandboxError("a chain of faults holds no fault; name at least one kind besides 'ok'")
        plan = Plan(list(kinds), check_glob(on))
        self._plans.append(plan)
        return plan

    def clear(self) -> None:
        """Forget every fault that has not fired."""
        self._plans.clear()

    def take(self, request: Request) -> Plan | None:
        """Return the plan whose fault (`plan.kind`) strikes this request, using that fault up."""
        plan = next((plan for plan in self._plans if plan.matches(request)), None)
        return plan if plan is not None and plan.take() else None

    def unfired(self) -> list[str]:
        """Return a sentence for each planned fault that never fired."""
        return [
            f"the fault {kind!r} was planned for {plan.on or 'any call'} and never fired"
            for plan in self._plans
            for kind in plan.left()
        ]


def check_kind(kind: str) -> None:
    """Raise `SandboxError` when `kind` is no fault."""
    if kind in KINDS or kind == "ok":
        return
    near = difflib.get_close_matches(kind, [*KINDS, "ok"], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(KINDS)}"
    raise SandboxError(f"there is no fault {kind!r}; {hint}")


def check_glob(on: str | None) -> str | None:
    """Return `on` when it reads `"METHOD /path"`; raise `SandboxError` when no request could ever match it."""
    if on is None:
        return None
    method, _, path = on.partition(" ")
    if not path.startswith(("/", "*")) or not (method.isupper() or "*" in method):
        raise SandboxError(f"{on!r} matches no request; write a method and a path, such as 'POST /v1/refunds' or 'POST /v1/*'")
    return on
