"""What a scenario promises: each expectation is checked, and a broken one says what was expected and what there was."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.outbox import types_of
from payproof.sandbox.scenarios.looking import NOTHING, Since, field, newest, shown, status_of

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


def broken(box: Sandbox, since: Since, expected: Mapping[str, Any]) -> list[str]:
    """Return a sentence for every expectation that does not hold."""
    return [problem for name, value in expected.items() for problem in _CHECKS[name](box, since, value)]


def unreached(box: Sandbox, until: Mapping[str, str]) -> list[str]:
    """Return a sentence for every kind whose newest object has another status than the story waits for."""
    found = {kind: newest(box, kind) for kind in until}
    return [
        f"it waited for a {kind} that is {status}; there was {status_of(kind, one) if one else 'none'}"
        for kind, status in until.items()
        if (one := found[kind]) is None or one.get("status") != status
    ]


def _objects(box: Sandbox, since: Since, expected: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for kind, fields in expected.items():
        found = newest(box, kind)
        if found is None:
            yield f"expected a {kind}; there was none"
            continue
        yield from _differences(found, fields, f"{kind} {found.get('id')}")


def _differences(found: Any, fields: Mapping[str, Any], what: str) -> Iterator[str]:
    for path, value in fields.items():
        actual = field(found, path)
        if actual is NOTHING or actual != value:
            yield f"expected {what} to have {path} {value!r}; there was {shown(actual)}"


def _count(box: Sandbox, since: Since, expected: Mapping[str, int]) -> Iterator[str]:
    for kind, number in expected.items():
        made = [str(found.get("id")) for found in since.made(kind)]
        if len(made) != number:
            yield f"expected {number} new {kind}; there were {len(made)}{': ' + ', '.join(made) if made else ''}"


def _charges(box: Sandbox, since: Since, expected: int) -> Iterator[str]:
    if getattr(box, "charges_for", None) is None:
        raise SandboxError(f"the {box.processor.name} sandbox cannot tell charges that took money")
    taken = since.charges()
    if len(taken) != expected:
        yield f"expected {expected} charge(s) that took money; there were {len(taken)}{': ' + ', '.join(taken) if taken else ''}"


def _events(box: Sandbox, since: Since, expected: list[str]) -> Iterator[str]:
    happened = [event.type for event in since.events()]
    place = 0
    for name in expected:
        if name not in happened:
            yield f"expected the event {name}; there was: {types_of(since.events())}"
        elif name not in happened[place:]:
            yield f"expected the event {name} after {happened[place - 1]}; the order was: {', '.join(happened)}"
        else:
            place = happened.index(name, place) + 1


def _no_events(box: Sandbox, since: Since, unwanted: list[str]) -> Iterator[str]:
    for pattern in unwanted:
        found = [event.type for event in since.events() if fnmatch.fnmatchcase(event.type, pattern)]
        if found:
            yield f"expected no event {pattern}; there was: {', '.join(found)}"


def _requests(box: Sandbox, since: Since, expected: list[Mapping[str, Any]]) -> Iterator[str]:
    for wanted in expected:
        entries = since.entries(wanted["to"])
        keys = {entry.idempotency_key for entry in entries if entry.idempotency_key is not None}
        answers = [entry.status for entry in entries]
        actual = {"times": len(entries), "keys": len(keys), "answers": answers}
        for name, words in _OF_REQUESTS.items():
            if name in wanted and actual[name] != wanted[name]:
                yield f"expected {wanted['to']} {words} {wanted[name]}; there was {actual[name]}"


_OF_REQUESTS = {"times": "to be asked this often:", "keys": "with this many idempotency keys:", "answers": "to be answered"}


def _answer(box: Sandbox, since: Since, expected: Mapping[str, Any]) -> Iterator[str]:
    answered = [entry for entry in since.entries() if entry.answer is not None]
    if not answered:
        yield "expected an answer; there was none"
        return
    last = answered[-1]
    if "status" in expected and last.status != expected["status"]:
        yield f"expected the last answer to be {expected['status']}; there was {last.status}"
    if "replayed" in expected and last.replayed != expected["replayed"]:
        yield f"expected the last answer {'to be a replay' if expected['replayed'] else 'not to be a replay'}; it was otherwise"
    body = last.answer.body if last.answer else None
    yield from _differences(body, expected.get("body", {}), "the last answer")


def _deliveries(box: Sandbox, since: Since, expected: Mapping[str, list[int]]) -> Iterator[str]:
    for event_type, statuses in expected.items():
        sent = [delivery for delivery in since.deliveries() if delivery.event.type == event_type and not delivery.forged]
        actual = [delivery.status for delivery in sent]
        if actual != statuses:
            errors = ", ".join(delivery.error for delivery in sent if delivery.error)
            note = f" ({errors})" if errors else ""
            yield f"expected the deliveries of {event_type} to be answered {statuses}; there was {actual}{note}"


def _forgeries(box: Sandbox, since: Since, _: str) -> Iterator[str]:
    forged = [delivery for delivery in since.deliveries() if delivery.forged]
    accepted = [delivery.forged for delivery in forged if delivery.ok]
    if not forged:
        yield "expected forged webhooks to be refused; none was sent"
    elif accepted:
        yield f"expected forged webhooks to be refused; the application accepted: {', '.join(dict.fromkeys(accepted))}"


_CHECKS: Mapping[str, Callable[[Sandbox, Since, Any], Iterator[str]]] = {
    "objects": _objects,
    "count": _count,
    "charges": _charges,
    "events": _events,
    "no_events": _no_events,
    "requests": _requests,
    "answer": _answer,
    "deliveries": _deliveries,
    "forgeries": _forgeries,
}
