"""Does an HTTP client repeat POST requests that pay, and do these carry a key?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.flow.state import CallEvent
from payproof.scan.models import Models
from payproof.scan.program import Program, walk
from payproof.scan.shapes import Found, Shape
from payproof.scan.shapes.key_places import hidden, placed, posts_of
from payproof.scan.shapes.repeats import name_of

_METHODS = frozenset({"allowed_methods", "method_whitelist"})


class ClientRetryShape(Shape):
    name = "client-retry"

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._retries: dict[Place, CallEvent] = {}
        self._posts: dict[str, dict[Place, tuple[CallEvent, str, bool]]] = {}
        """Payments over HTTP by module: the call, its processor, and whether it carries a key."""

    def on_call(self, event: CallEvent) -> None:
        if event.path.rsplit(".", 1)[-1] == "Retry" and any(model.holds for model in event.models):
            self._retries[event.place] = event
            return
        for model in event.models:
            posts = posts_of(event, model, self.models) if model.http and _through_a_session(event.path) else None
            if posts is not None and posts.keys:
                keyed = any(placed(event, spec) is not None or hidden(event, spec) for spec in posts.keys)
                held = self._posts.setdefault(event.frame.module.path, {})
                known = held.get(event.place)
                held[event.place] = (event, model.processor, keyed or (known is not None and known[2]))

    def found(self) -> list[Found]:
        made = []
        for place, event in sorted(self._retries.items()):
            posts = self._posts.get(event.frame.module.path, {})
            if not posts or not _repeats_posts(event):
                continue
            bare = [(at, processor) for at, (_, processor, keyed) in sorted(posts.items()) if not keyed]
            processor = next(iter(posts.values()))[1]
            for rule in self.rules:
                if bare:
                    text = (
                        f"This client repeats POST requests by itself, and the one in line {bare[0][0].line}"
                        f" to {bare[0][1]} carries no key: an answer that was lost moves money again."
                    )
                    made.append(Found(rule, Verdict.VIOLATED, place, text, event.frame.subject, "", bare[0][1]))
                else:
                    text = "The POST requests that this client repeats carry a key."
                    made.append(Found(rule, Verdict.HOLDS, place, text, event.frame.subject, "", processor))
        return made


def _through_a_session(path: str) -> bool:
    """Return whether a call goes through a client that settings for retries can be mounted on."""
    return not path.startswith(("requests.post", "requests.request", "httpx.post", "httpx.request"))


def _repeats_posts(event: CallEvent) -> bool:
    """Return whether the methods that a `Retry` lists hold POST, or are all methods (None or False)."""
    for argument in _call(event).arguments:
        if argument.keyword not in _METHODS:
            continue
        if isinstance(argument.value, facts.Literal):
            return argument.value.value in (None, False)
        listed = event.argument(argument.keyword)
        texts = [str(node.value).upper() for node in walk(argument.value) if isinstance(node, facts.Literal)]
        texts += [
            str(item).upper() for field in ((listed.fields or {}).values() if listed else ()) for item in field.constants or ()
        ]
        return "POST" in texts
    return False


def _call(event: CallEvent) -> facts.Call:
    wanted = (event.place.line, event.place.column, event.place.end_line, event.place.end_column)
    found = next((node for node in _written(event) if node.span == wanted), None)
    return found if found is not None else facts.Call(facts.Name(""), [])


def _written(event: CallEvent) -> Iterator[facts.Call]:
    info = event.frame.info
    for node in walk(info.node.body if info is not None else event.frame.module.facts.body):
        if isinstance(node, facts.Call) and name_of(node.func) == "Retry":
            yield node
