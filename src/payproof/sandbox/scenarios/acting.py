"""What everybody but the application does: each verb of a scenario is one of the sandbox's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core import roles
from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.scenarios.looking import Object, newest

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


def act(box: Sandbox, actor: str, content: Mapping[str, Any], card: str) -> None:
    """Let an actor do one thing. Raises `SandboxError` when the sandbox cannot, or there is nothing to do it to."""
    verb, value = next(iter(content.items()))
    if actor == "clock":
        box.clock.advance(**content)
    elif actor == "network":
        _network(box, content)
    elif actor == "customer":
        _CUSTOMER[verb](box, value, card)
    elif actor == "bank":
        _BANK[verb](box, value)
    else:
        _WEBHOOKS[verb](box, value)


def _verb(box: Sandbox, name: str) -> Callable[..., Any]:
    found = getattr(box, name, None)
    if found is None:
        raise SandboxError(f"the {box.processor.name} sandbox has no verb {name!r}")
    verb: Callable[..., Any] = found
    return verb


def _the(box: Sandbox, part: str) -> str:
    """Return the id of the newest object that plays this part (`payproof.sandbox.core.roles`)."""
    players = box.processor.roles.get(part, ())
    for player in players:
        found = newest(box, player.kind, player.played_by)
        if found is not None:
            return str(found["id"])
    kinds = [player.kind for player in players]
    there = [f"{kind} {one['id']} ({_state(one)})" for kind in kinds for one in box.store.get(kind, {}).values()]
    raise SandboxError(f"there is no {part}; there was: {', '.join(there[-5:]) or 'no ' + ' or '.join(kinds)}")


def _state(found: Object) -> str:
    return str(found.get("status"))


# The customer.


def _authenticates(box: Sandbox, outcome: str, card: str) -> None:
    _verb(box, "authenticate")(_the(box, roles.WAITING), outcome)


def _checks_out(box: Sandbox, outcome: str, card: str) -> None:
    verb = _verb(box, "complete_checkout")
    checkout = _the(box, roles.CHECKOUT)
    verb(checkout, card, authentication=outcome) if card else verb(checkout, authentication=outcome)


_CUSTOMER: Mapping[str, Callable[[Sandbox, str, str], None]] = {"authenticates": _authenticates, "checks_out": _checks_out}

# The bank.


def _disputes(box: Sandbox, reason: str) -> None:
    _verb(box, "dispute")(_the(box, roles.CAPTURED), reason)


def _inquires(box: Sandbox, reason: str) -> None:
    _verb(box, "dispute")(_the(box, roles.CAPTURED), reason, inquiry=True)


def _escalates(box: Sandbox, _: bool) -> None:
    _verb(box, "escalate")(_the(box, roles.OPEN_INQUIRY))


def _decides(box: Sandbox, verdict: str) -> None:
    _verb(box, "win" if verdict == "won" else "lose")(_the(box, roles.OPEN_DISPUTE))


def _warns(box: Sandbox, fraud_type: str) -> None:
    _verb(box, "warn_of_fraud")(_the(box, roles.CAPTURED), fraud_type)


def _fails_refund(box: Sandbox, reason: str) -> None:
    _verb(box, "fail_refund")(_the(box, roles.FALLIBLE_REFUND), reason)


def _settles(box: Sandbox, outcome: str) -> None:
    _verb(box, "settle")(_the(box, roles.PENDING), succeed=outcome == "succeeded")


def _prevents(box: Sandbox, reason: str) -> None:
    _verb(box, "prevent_dispute")(_the(box, roles.CAPTURED), reason)


def _hears_appeal(box: Sandbox, _: bool) -> None:
    _verb(box, "appeal")(_the(box, roles.LOST_DISPUTE))


_BANK: Mapping[str, Callable[[Sandbox, Any], None]] = {
    "disputes": _disputes,
    "inquires": _inquires,
    "escalates": _escalates,
    "decides": _decides,
    "warns": _warns,
    "fails_refund": _fails_refund,
    "settles": _settles,
    "prevents": _prevents,
    "hears_appeal": _hears_appeal,
}

# The network.


def _network(box: Sandbox, content: Mapping[str, Any]) -> None:
    if "faults" in content:
        box.faults.chain([str(kind) for kind in content["faults"]], content.get("to"))
    if "finishes" in content:
        if not box.parked:
            raise SandboxError("no request is in flight; plan the fault 'held' first")
        for held in list(box.parked):
            with box.acting():
                box.finish(held)


# Webhooks.


def _deliver(box: Sandbox, types: str | list[str]) -> None:
    for event_type in [None] if isinstance(types, str) else types:
        box.webhooks.deliver(event_type)


def _duplicate(box: Sandbox, event_type: str) -> None:
    box.webhooks.duplicate(event_type)


def _reorder(box: Sandbox, types: list[str]) -> None:
    box.webhooks.reorder(*types)


def _drop(box: Sandbox, types: list[str]) -> None:
    for event_type in types:
        box.webhooks.drop(1, event_type)


def _retry(box: Sandbox, _: bool) -> None:
    if not box.webhooks.failed:
        raise SandboxError("no delivery has failed, so none can be retried")
    box.webhooks.retry()


def _forge(box: Sandbox, how: str) -> None:
    box.webhooks.forge(how=how)


def _roll_secret(box: Sandbox, _: bool) -> None:
    for endpoint in box.webhooks.endpoints:
        box.webhooks.roll_secret(endpoint)


_WEBHOOKS: Mapping[str, Callable[[Sandbox, Any], None]] = {
    "deliver": _deliver,
    "duplicate": _duplicate,
    "reorder": _reorder,
    "drop": _drop,
    "retry": _retry,
    "forge": _forge,
    "roll_secret": _roll_secret,
}
