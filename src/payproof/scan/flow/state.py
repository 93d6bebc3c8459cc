"""Where the interpreter stands: the state of a path, the frame of a call, and the events that listeners are told of."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from payproof.model import Place
from payproof.scan.facts import Span
from payproof.scan.models import CallModel
from payproof.scan.program import FunctionInfo, ModuleInfo
from payproof.scan.values import NONE, Value, join

if TYPE_CHECKING:
    from payproof.scan.flow.clauses import Attempt

MILD = ("refused", "regardless", "loop")
"""Reasons for being unverified that another one outweighs where paths meet."""


@dataclasses.dataclass(slots=True)
class State:
    """What holds at one point of one path.

    `verified` is true when a webhook check has succeeded on every path that leads here; `why` says how an unverified
    path came past one ("conditional", "swallowed", "loop", or "regardless" of its answer), with `at` the place where it did.
    "refused" is the path on which the check said no, and nothing else.
    """

    env: dict[str, Value]
    verified: bool = False
    why: str = ""
    at: Place | None = None

    def copy(self) -> State:
        return State(dict(self.env), self.verified, self.why, self.at)

    def proven(self) -> State:
        """Return this state after a successful check."""
        return State(self.env, True, "", None)

    def refused(self) -> State:
        """Return this state after a check that said no."""
        return self if self.verified or self.why else State(self.env, False, "refused", None)


def join_states(states: Iterable[State | None], why: str = "", at: Place | None = None) -> State | None:
    """Return the state where paths meet, or None when none arrives.

    Where a verified path meets an unverified one, `why` says how the latter came past the check; where it meets the one on
    which the check said no, the answer of the check did not matter from here on.
    """
    live = [state for state in states if state is not None]
    if not live:
        return None
    if len(live) == 1:
        return live[0]
    env: dict[str, Value] = {}
    first, rest = live[0].env, [state.env for state in live[1:]]
    for name in dict.fromkeys(name for state in live for name in state.env):
        value = first.get(name, NONE)
        others = [other for scope in rest if (other := scope.get(name, NONE)) is not value]
        env[name] = join([value, *others]) if others else value
    verified = all(state.verified for state in live)
    if verified:
        return State(env, True)
    reasons = [(state.why, state.at) for state in live if not state.verified and state.why]
    mixed = any(state.verified for state in live)
    if mixed:
        env.update(_flags(env, live))
    worst = next((reason for reason in reasons if reason[0] not in MILD), reasons[0] if reasons else None)
    if worst is not None:
        return State(env, False, "regardless" if worst[0] == "refused" and mixed else worst[0], worst[1])
    return State(env, False, why if mixed else "", at if mixed else None)


def _flags(env: Mapping[str, Value], live: Iterable[State]) -> dict[str, Value]:
    """Return the names that are true just where a check has succeeded, or false just there, as proofs of it."""
    found: dict[str, Value] = {}
    states = list(live)
    for name, value in env.items():
        if value.proof or value.constants is None:
            continue
        says = {(state.env.get(name, NONE).truth(), state.verified) for state in states}
        if says == {(True, True), (False, False)}:
            found[name] = dataclasses.replace(value, proof="truthy")
        elif says == {(False, True), (True, False)}:
            found[name] = dataclasses.replace(value, proof="falsy")
    return found


@dataclasses.dataclass(slots=True, eq=False)
class Frame:
    """One call under way. `loops` holds the spans of the loops around the point reached, `attempts` what catches errors there."""

    module: ModuleInfo
    info: FunctionInfo | None
    closure: tuple[Mapping[str, Value], ...]
    caller: Frame | None = None
    call_place: Place | None = None
    depth: int = 0
    returns: list[tuple[Value, State, Place]] = dataclasses.field(default_factory=list)
    breaks: list[list[State]] = dataclasses.field(default_factory=list)
    continues: list[list[State]] = dataclasses.field(default_factory=list)
    loops: list[Span] = dataclasses.field(default_factory=list)
    attempts: list[Attempt] = dataclasses.field(default_factory=list)
    raises: list[State] = dataclasses.field(default_factory=list)

    def chain(self) -> list[Frame]:
        """Return this frame and its callers, innermost first."""
        found = [self]
        while found[-1].caller is not None:
            found.append(found[-1].caller)
        return found

    @property
    def subject(self) -> str:
        return self.info.qualname if self.info is not None else ""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """One argument of a call: `name` is None for positional ones; `star` is "", "*" or "**"."""

    name: str | None
    value: Value
    star: str = ""


def argument(arguments: Sequence[Passed], spec: str) -> Value | None:
    """Return the argument that a spec such as "0|payload" names, or None when it is not passed visibly."""
    for option in spec.split("|"):
        if option.isdigit():
            plain = [passed for passed in arguments if passed.name is None and not passed.star]
            if int(option) < len(plain):
                return plain[int(option)].value
        else:
            for passed in arguments:
                if passed.name == option:
                    return passed.value
    for passed in arguments:
        if passed.star == "**" and passed.value.fields:
            for option in spec.split("|"):
                if option in passed.value.fields:
                    return passed.value.fields[option]
    return None


def named(arguments: Sequence[Passed]) -> dict[str, Value]:
    """Return the arguments that are passed by name."""
    return {item.name: item.value for item in arguments if item.name is not None}


def applicable(models: tuple[CallModel, ...], arguments: Sequence[Passed]) -> tuple[CallModel, ...]:
    """Return the models of a call less those that turn on an argument which is another one here."""
    return tuple(model for model in models if not model.when or _turns_on(model.when, arguments))


def _turns_on(when: str, arguments: Sequence[Passed]) -> bool:
    spec, _, wanted = when.partition("=")
    value = argument(arguments, spec)
    if value is None:
        return False
    texts = [str(item).lower() for item in value.constants or ()]
    return wanted in texts or any(fnmatch.fnmatchcase(path, wanted) for path in value.paths())


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class CallEvent:
    """A call that leaves the program, or whose callee is not known; `path` is its dotted name, "?" first when unrooted.

    `models` say what it means. `place` is the call; where the callee came in as an argument, it is the place that passed
    it. `verified`, `why` and `at` are those of the state right before the call; `shared` marks a change to a container that
    outlives the function.
    """

    place: Place
    path: str
    models: tuple[CallModel, ...]
    receiver: Value
    arguments: tuple[Passed, ...]
    frame: Frame
    verified: bool
    why: str
    at: Place | None
    shared: bool = False

    def argument(self, spec: str) -> Value | None:
        """Return the argument that a spec such as "0|payload" names, or None when it is not passed visibly."""
        return argument(self.arguments, spec)

    def open_ended(self) -> bool:
        """Return whether arguments may be passed that cannot be seen (a splat of something unknown)."""
        return any(passed.star and not passed.value.sealed for passed in self.arguments)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class ReadEvent:
    """A read of something a client sent (a request's body, a form field, a header)."""

    place: Place
    kind: str
    key: str
    frame: Frame
    verified: bool


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class AssignEvent:
    """`owner.key = value` or `owner[key] = value`."""

    place: Place
    owner: Value
    key: str
    value: Value
    frame: Frame


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class CompareEvent:
    """`left operator right`, or the truth of `left` by itself where `operator` is ""."""

    place: Place
    operator: str
    left: Value
    right: Value
    frame: Frame


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class FollowEvent:
    """A call of a function of the program, told every time, also where what the function does is known already.

    `caller` stands as it does at the call; it changes afterwards.
    """

    caller: Frame
    callee: FunctionInfo
    place: Place | None


class Listener(Protocol):
    """What a shape is told while the program is interpreted."""

    def on_call(self, event: CallEvent) -> None: ...

    def on_read(self, event: ReadEvent) -> None: ...

    def on_assign(self, event: AssignEvent) -> None: ...

    def on_compare(self, event: CompareEvent) -> None: ...

    def on_follow(self, event: FollowEvent) -> None: ...


class Silent:
    """A listener that does nothing; shapes override what they need."""

    def on_call(self, event: CallEvent) -> None:
        return None

    def on_read(self, event: ReadEvent) -> None:
        return None

    def on_assign(self, event: AssignEvent) -> None:
        return None

    def on_compare(self, event: CompareEvent) -> None:
        return None

    def on_follow(self, event: FollowEvent) -> None:
        return None
