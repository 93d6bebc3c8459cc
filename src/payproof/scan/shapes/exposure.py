"""Is a tracker or log that shows variables told to leave out card data, where card data passes through the program?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.aliases import dotted, everything, imported
from payproof.scan.flow.state import CallEvent, ReadEvent
from payproof.scan.models import Models, tokens
from payproof.scan.program import ModuleInfo, Program
from payproof.scan.shapes import Found, Shape, asked
from payproof.scan.values import CARD

BY = ("tracker", "traceback")

_STARTING = frozenset(
    """
    settings config conf app main wsgi asgi base production prod logging logs log sentry init factory celery server manage
    """.split()
)
"""Words in the names of files in which applications set up their logs and trackers."""

_MOST_FILES = 40

_SCRUBBING = frozenset({"before_send", "event_scrubber"})


class ExposureShape(Shape):
    name = "exposure"
    asks = {"by": BY}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._handled = ""
        """Where card data was seen to pass through the program."""

    def on_read(self, event: ReadEvent) -> None:
        if event.kind in CARD:
            self._seen(event.place, event.key)

    def on_call(self, event: CallEvent) -> None:
        if not self._handled and any(model.processor and model.sink in ("", "url") for model in event.models):
            for passed in event.arguments:
                label = next((label for label in passed.value.deep_labels() if label.kind in CARD), None)
                if label is not None:
                    self._seen(event.place, label.note)

    def _seen(self, place: Place, what: str) -> None:
        where = f"{what}, {place.path}:{place.line}"
        self._handled = min(self._handled, where) if self._handled else where

    def found(self) -> list[Found]:
        if not self._handled:
            return []
        return [found for module in self._modules() for rule in self.rules for found in self._sites(rule, module)]

    def _modules(self) -> Iterator[ModuleInfo]:
        """Yield the payment code, and the files in which an application of it is likely set up."""
        yield from self.program.surface()
        named = [path for path in self.program.paths() if not _STARTING.isdisjoint(tokens(path.rsplit("/", 1)[-1]))]
        others = sorted(set(named) - self.program.surface_paths, key=lambda path: (path.count("/"), path))
        for path in others[:_MOST_FILES]:
            module = self.program.module(path)
            if module is not None and not module.test_code:
                yield module

    def _sites(self, rule: Rule, module: ModuleInfo) -> Iterator[Found]:
        (by,) = asked(rule, "by")
        names = imported(module)
        for node in everything(module.facts.body):
            if isinstance(node, facts.Call):
                path = dotted(node.func, names)
                verdict = _tracker(path, node) if by == "tracker" else _traceback(path, node)
                if verdict is not None:
                    yield self._judged(rule, verdict, path, Place(module.path, *node.span))

    def _judged(self, rule: Rule, verdict: Verdict, path: str, place: Place) -> Found:
        if verdict is Verdict.HOLDS:
            return Found(rule, verdict, place, f"{path} is told what to leave out.")
        if verdict is Verdict.UNKNOWN:
            return Found(
                rule, verdict, place, f"{path} takes settings that cannot be seen.", reason="settings come from elsewhere"
            )
        what = "sends" if path.startswith("sentry_sdk") else "shows"
        return Found(rule, verdict, place, f"{path} {what} variables with card data in them ({self._handled}).")


def _tracker(path: str, node: facts.Call) -> Verdict | None:
    """Return what `sentry_sdk.init` says about leaving things out, or None for another call."""
    if path != "sentry_sdk.init":
        return None
    given = {item.keyword: item.value for item in node.arguments if item.keyword}
    if given.keys() & _SCRUBBING:
        return Verdict.HOLDS
    if any(item.star for item in node.arguments):
        return Verdict.UNKNOWN
    variables = given.get("include_local_variables", given.get("with_locals"))
    bodies = given.get("max_request_body_size", given.get("request_bodies"))
    quiet = _is(variables, False) and _is(bodies, "never")
    return Verdict.HOLDS if quiet else Verdict.VIOLATED


def _traceback(path: str, node: facts.Call) -> Verdict | None:
    """Return whether a log is told not to show variables in tracebacks, or None for a call that sets up no log."""
    given = {item.keyword: item.value for item in node.arguments if item.keyword}
    if path == "loguru.logger.add":
        if any(item.star for item in node.arguments):
            return Verdict.UNKNOWN
        if "diagnose" in given and not isinstance(given["diagnose"], facts.Literal):
            return Verdict.UNKNOWN
        return Verdict.HOLDS if _is(given.get("diagnose"), False) else Verdict.VIOLATED
    if path in ("rich.traceback.install", "rich.logging.RichHandler", "structlog.tracebacks.ExceptionDictTransformer"):
        shown = given.get("show_locals", given.get("tracebacks_show_locals"))
        if path.startswith("structlog"):
            return Verdict.HOLDS if _is(shown, False) else Verdict.VIOLATED
        return Verdict.VIOLATED if _is(shown, True) else None
    return Verdict.VIOLATED if path in ("cgitb.enable", "better_exceptions.hook") else None


def _is(node: facts.Expr | None, value: object) -> bool:
    return isinstance(node, facts.Literal) and node.value == value and type(node.value) is type(value)
