"""What becomes of an error of a payment that is caught: is it forgotten, acknowledged, or taken for what it is not?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.callgraph import named
from payproof.scan.catching import EVERYTHING, Catching
from payproof.scan.entrances import Entrance, Entrances
from payproof.scan.flow.clauses import Attempt, Clause
from payproof.scan.flow.state import CallEvent, Frame
from payproof.scan.flow.statements import Flow
from payproof.scan.models import CallModel, Models, tokens
from payproof.scan.program import FunctionInfo, Program, blocks, walk
from payproof.scan.reactions import call_name, claims_success, enclosing, leaves, names_outside, quiet
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.handled import kind_of, remote

FAULTS = ("ignored", "acknowledged", "deleted", "success")

_KEEPING = frozenset(
    """
    save create bulk_create update_or_create get_or_create commit update insert insert_one update_one insert_many add
    asave acreate execute db_set set_value
    """.split()
)
_MINOR = frozenset({"delete", "detach", "expire", "modify", "update"})
_CACHES = frozenset({"cache", "redis", "lock", "cookies", "session", "r", "memcache"})


@dataclasses.dataclass(slots=True, eq=False)
class _Tried:
    """One `try` and what was seen to happen in its body."""

    attempt: Attempt
    frame: Frame
    changes: list[tuple[Place, str, CallModel, bool]] = dataclasses.field(default_factory=list)
    """Calls that change something at a processor; the flag says whether they stand in the same function."""
    keeps: Place | None = None


class SwallowedShape(Shape):
    name = "swallowed"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._tried: dict[int, _Tried] = {}
        self._entrances = Entrances(Flow(program, models, ()), models)

    def on_call(self, event: CallEvent) -> None:
        model = remote(event)
        change = model is not None and kind_of(model) == "changes"
        keeps = event.path.rsplit(".", 1)[-1] in _KEEPING and any(item.effect for item in event.models)
        if not change and not keeps:
            return
        own = named(event.frame)
        for frame in event.frame.chain():
            for attempt in frame.attempts:
                if isinstance(attempt.node, facts.Try):
                    tried = self._tried.setdefault(id(attempt.node), _Tried(attempt, named(frame)))
                    if change and model is not None and not self._caught_within(event, attempt, model):
                        tried.changes.append((event.place, event.path, model, named(frame) is own))
                    if keeps:
                        tried.keeps = tried.keeps or event.place

    def _caught_within(self, event: CallEvent, outer: Attempt, model: CallModel) -> bool:
        """Return whether a `try` nearer to the call than `outer` catches its errors."""
        catching = Catching(model, self.models)
        for frame in event.frame.chain():
            for attempt in reversed(frame.attempts):
                if attempt is outer or attempt.node is outer.node:
                    return False
                if catching.attempt(attempt):
                    return True
        return False

    # What it comes to

    def found(self) -> list[Found]:
        made: list[Found] = []
        for tried in self._tried.values():
            for rule in self.rules:
                fault = next(iter(asked(rule, "fault")))
                judge = {
                    "ignored": self._ignored,
                    "acknowledged": self._acknowledged,
                    "deleted": self._deleted,
                    "success": self._success,
                }[fault]
                made.extend(judge(rule, tried))
        return made

    def _site(
        self, rule: Rule, tried: _Tried, clause: Clause, text: str, at: facts.Span | None = None, low: bool = False
    ) -> Found:
        span = at or (clause.span[0], clause.span[1], clause.span[0], clause.span[1] + len("except"))
        place = Place(tried.attempt.module.path, *span)
        processor = next((item[2].processor for item in tried.changes), "") or processor_of(tried.frame, self.models)
        steps = tuple(Step(call, f"{path.removeprefix('?.')} can fail") for call, path, _, _ in tried.changes[:1])
        return Found(
            rule,
            Verdict.VIOLATED if text else Verdict.HOLDS,
            place,
            text or "The error is acted upon.",
            tried.frame.subject,
            "",
            processor,
            steps,
            confidence=Confidence.LOW if low else None,
        )

    def _catching(self, tried: _Tried, own: bool) -> Iterator[tuple[Clause, tuple[Place, str, CallModel, bool]]]:
        """Yield the handlers that catch a change's errors whose outcome is not known, with the change."""
        for clause in tried.attempt.clauses:
            for change in tried.changes:
                catching = Catching(change[2], self.models)
                if (
                    clause.body is not None
                    and (change[3] or not own)
                    and catching.clause(clause)
                    and not catching.definite(clause)
                ):
                    yield clause, change
                    break

    # Forgotten

    def _ignored(self, rule: Rule, tried: _Tried) -> Iterator[Found]:
        info = tried.frame.info
        node = tried.attempt.node
        if info is None or not isinstance(node, facts.Try) or node.orelse or self._entrances.of(info) is Entrance.WEBHOOK:
            return
        for clause, (place, path, _, _) in self._catching(tried, own=True):
            outside = names_outside(info.node.body, node)
            forgotten = quiet(clause.body or [], outside) and _unmarked(node, place, outside) and not _in_loop(info, node)
            name = path.removeprefix("?.")
            text = f"When {name} fails, this handler only takes note of it: {info.name} goes on and ends as if it had worked."
            yield self._site(rule, tried, clause, text if forgotten else "", low=name.rsplit(".", 1)[-1] in _MINOR)

    # Acknowledged

    def _acknowledged(self, rule: Rule, tried: _Tried) -> Iterator[Found]:
        info = tried.frame.info
        if info is None or not (tried.keeps or tried.changes) or self._entrances.of(info) is not Entrance.WEBHOOK:
            return
        for clause in tried.attempt.clauses:
            if clause.body is None or not any(path in EVERYTHING for path in clause.paths):
                continue
            outside = names_outside(info.node.body, tried.attempt.node)
            answered = [node for node in clause.body if isinstance(node, facts.Return)]
            rest: list[facts.Stmt] = [node for node in clause.body if not isinstance(node, facts.Return)]
            swallowed = quiet(rest, outside) and not leaves(clause.body) and not _in_loop(info, tried.attempt.node)
            how = "answers as if it had worked" if answered else "goes on as if it had worked"
            text = (
                f"{info.name} catches every error of what it does with a webhook, and {how}: the processor is told that "
                "the event arrived and never sends it again."
            )
            yield self._site(rule, tried, clause, text if swallowed else "")

    # Taken for a refusal

    def _deleted(self, rule: Rule, tried: _Tried) -> Iterator[Found]:
        for clause, (_, path, _, _) in self._catching(tried, own=False):
            deletes = [
                node
                for node in walk(clause.body)
                if isinstance(node, facts.Call) and isinstance(node.func, facts.Attribute) and _deletes(node, node.func)
            ]
            name = path.removeprefix("?.")
            text = (
                f"A timeout or a lost connection of {name} ends here as well, when the money may have moved: what is deleted is "
                "the only record of it."
            )
            at = deletes[0].span if deletes else None
            yield self._site(rule, tried, clause, text if deletes else "", at)

    # Taken for success

    def _success(self, rule: Rule, tried: _Tried) -> Iterator[Found]:
        info = tried.frame.info
        if info is None or self._entrances.of(info) is Entrance.WEBHOOK:
            return
        for clause, (_, path, _, _) in self._catching(tried, own=False):
            claims = [
                node
                for node in walk(clause.body)
                if isinstance(node, facts.Return) and node.value is not None and claims_success(node.value)
            ]
            name = path.removeprefix("?.")
            text = f"{info.name} answers that all went well after {name} has failed."
            yield self._site(rule, tried, clause, text if claims else "", claims[0].span if claims else None)


def _unmarked(node: facts.Try, place: Place, outside: frozenset[str]) -> bool:
    """Return whether nothing in the `try` after the call, and no name it binds, tells later that it has worked."""
    span = (place.line, place.column, place.end_line, place.end_column)
    around = enclosing(node.body, span)
    if not around:
        return False
    last = around[-1]
    if isinstance(last, facts.Assign):
        if not all(isinstance(target, facts.Name) and target.id not in outside for target in last.targets):
            return False
    elif not isinstance(last, facts.Evaluate):
        return False
    for statement in around[:-1]:
        if isinstance(statement, facts.Try):
            return False
    block = node.body
    for statement in around:
        index = next(index for index, item in enumerate(block) if item is statement)
        if not quiet(block[index + 1 :], outside):
            return False
        block = next((inner for inner in blocks(statement) if any(item in inner for item in around)), [])
    return True


def _in_loop(info: FunctionInfo, node: object) -> bool:
    """Return whether a `try` stands in a loop: a batch that goes on with its next item."""
    return any(
        isinstance(loop, (facts.For, facts.While)) and any(item is node for item in walk(loop.body))
        for loop in walk(info.node.body)
    )


def _deletes(node: facts.Call, func: facts.Attribute) -> bool:
    if func.name not in ("delete", "adelete", "hard_delete"):
        return False
    owner = tokens(call_name(func.value).rsplit(".", 1)[-1]) if not isinstance(func.value, facts.Call) else ()
    if "session" in owner:
        return bool(node.arguments)
    return _CACHES.isdisjoint(owner)
