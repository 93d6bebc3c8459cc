"""What an account can be told: requests to the processor, and what its administrator does. Commands are plain data.

A sandbox is deterministic: its ids come from a seed and its clock moves only when told. So an account is the list of its
commands, in the order in which they ran, and a list that is run again gives the same account.
"""

from __future__ import annotations

import base64
import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.core import form
from payproof.sandbox.core.exchange import Answer, Request, SandboxError
from payproof.sandbox.core.gateways import Reply
from payproof.sandbox.core.vocabulary import VERBS, ProcessorSandbox, has_verb

Command = Mapping[str, Any]
"""JSON values; `do` names the command."""


@dataclasses.dataclass(frozen=True, slots=True)
class Wire:
    """A request as it came over the wire, with lower-case header names and with its credential replaced."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def command(self) -> Command:
        """Return the command that makes this request."""
        return {
            "do": "request",
            "line": [self.method, self.host, self.path, self.query],
            "headers": dict(self.headers),
            "body": base64.b64encode(self.body).decode("ascii"),
        }

    @staticmethod
    def of(command: Command) -> Wire:
        """Return the request that `command` makes."""
        method, host, path, query = command["line"]
        return Wire(method, host, path, query, command["headers"], base64.b64decode(command["body"]))

    def decoded(self, box: ProcessorSandbox) -> Request:
        """Return the request as a sandbox takes it. Raises `FormError` for a body that cannot be read."""
        asked = form.decode(self.query) if self.query else {}
        kind = self.headers.get("content-type", "")
        params, encoding = box.processor.decode_body(kind, self.body) if self.body else (asked, "none")
        name = box.processor.name
        return Request(self.method, self.host, self.path, params, self.headers, self.body, encoding, name, asked)


def run(box: ProcessorSandbox, command: Command) -> Any:
    """Carry out a command of the administrator's, or one read back; return what it gives, as JSON values.

    Raises `SandboxError` for what the sandbox refuses, and for an unknown command.
    """
    act = _ACTS.get(command["do"])
    if act is None:
        raise SandboxError(f"there is no command {command['do']!r}")
    return act(box, command)


def answer(box: ProcessorSandbox, wire: Wire) -> Answer:
    """Answer a request. Raises `TransportFailure` where a fault strikes below HTTP, and `SandboxError` for a refusal."""
    return box.answer(wire.decoded(box))


def _request(box: ProcessorSandbox, command: Command) -> None:
    answer(box, Wire.of(command))


def _advance(box: ProcessorSandbox, command: Command) -> dict[str, int]:
    by = {name: float(value) for name, value in command["by"].items()}
    unknown = sorted(by.keys() - {"days", "hours", "minutes", "seconds"})
    if unknown or not by:
        raise SandboxError(f"the clock advances by days, hours, minutes or seconds, not by {', '.join(unknown) or 'nothing'}")
    return {"now": box.clock.advance(**by)}


def _fault(box: ProcessorSandbox, command: Command) -> None:
    box.faults.chain(list(command["kinds"]), command.get("on"))


def _clear_faults(box: ProcessorSandbox, command: Command) -> None:
    box.faults.clear()


def _finish(box: ProcessorSandbox, command: Command) -> dict[str, int]:
    """Let every request that is held in flight run to its end."""
    held = list(box.parked)
    for request in held:
        box.finish(request)
    return {"finished": len(held)}


def _verb(box: ProcessorSandbox, command: Command) -> Any:
    name = command["verb"]
    if name not in {verb for verbs in VERBS.values() for verb in verbs} and name not in verbs_of(type(box)):
        raise SandboxError(f"there is no verb {name!r}; known: {', '.join(verbs_of(type(box)))}")
    try:
        return getattr(box, name)(*command.get("args", ()), **command.get("options", {}))
    except TypeError as error:
        raise SandboxError(f"{name} cannot be called like this: {error}") from None


def verbs_of(kind: type[ProcessorSandbox]) -> list[str]:
    """Return the verbs that a processor's sandbox has, besides those that only ask: the shared ones, then its own."""
    shared = [verb for who, verbs in VERBS.items() if who != "a test asks" for verb in verbs if has_verb(kind, verb)]
    functions = [name for name, member in vars(kind).items() if inspect.isfunction(member) and not name.startswith("_")]
    return shared + [name for name in functions if not hasattr(ProcessorSandbox, name)]


def _endpoint(box: ProcessorSandbox, command: Command) -> dict[str, str]:
    made = box.webhooks.endpoint(
        command["url"],
        command.get("secret"),
        command.get("events", ["*"]),
        auto=True,
        allow_remote=bool(command.get("allow_remote")),
    )
    return {"url": made.url, "secret": made.secret}


def _delivered(box: ProcessorSandbox, command: Command) -> None:
    """Take over from a former run what became of one attempt to deliver a webhook."""
    event = box.webhooks.events[command["event"]]
    endpoint = box.webhooks.endpoints[command["endpoint"]]
    box.webhooks.take_over(event, endpoint, Reply(command["status"], b"", command["error"]), command["at"])


_ACTS: Mapping[str, Callable[[ProcessorSandbox, Command], Any]] = {
    "request": _request,
    "advance": _advance,
    "fault": _fault,
    "clear-faults": _clear_faults,
    "finish": _finish,
    "verb": _verb,
    "endpoint": _endpoint,
    "delivered": _delivered,
}
