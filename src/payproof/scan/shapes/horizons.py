"""For how long retries go on, as far as constants in the code tell."""

from __future__ import annotations

from collections.abc import Mapping

from payproof.scan import facts
from payproof.scan.program import FunctionInfo, walk

_UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "weeks": 604_800, "milliseconds": 0.001}
_HOUR = 3_600


def seconds(node: object) -> float | None:
    """Return the number that constants come to: literals, their products and sums, `timedelta(...)`, lists summed up."""
    if isinstance(node, facts.Literal):
        return float(node.value) if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else None
    if isinstance(node, facts.Operation) and len(node.operands) == 2:
        one, two = seconds(node.operands[0]), seconds(node.operands[1])
        if one is None or two is None:
            return None
        return {"Multiply": one * two, "Add": one + two, "Subtract": one - two}.get(node.operator)
    if isinstance(node, facts.Sequence):
        parts = [seconds(item) for item in node.items]
        return sum(part for part in parts if part is not None) if None not in parts else None
    if isinstance(node, facts.Call) and _name(node.func) == "timedelta":
        given = [(item.keyword, seconds(item.value)) for item in node.arguments]
        if all(unit in _UNITS and value is not None for unit, value in given):
            return sum(_UNITS[unit or ""] * (value or 0) for unit, value in given)
    return None


def decorator_hours(decorator: facts.Expr, info: FunctionInfo | None = None) -> float:
    """Return for how many hours a retry decorator, or a task's, goes on; 0 where constants do not tell."""
    if not isinstance(decorator, facts.Call):
        return 0
    given = {item.keyword: item.value for item in decorator.arguments if item.keyword}
    name = _name(decorator.func)
    if name == "actor":
        return _dramatiq(given)
    if name in ("task", "shared_task", "job", "periodic_task", "db_task", "db_periodic_task"):
        return _task(given, info)
    return _decorated(given)


def queued_hours(call: facts.Call) -> float:
    """Return for how many hours what is handed to a queue is retried (`retry=Retry(max=3, interval=[...])`)."""
    for item in call.arguments:
        if item.keyword == "retry" and isinstance(item.value, facts.Call):
            given = {inner.keyword: inner.value for inner in item.value.arguments if inner.keyword}
            interval, most = given.get("interval"), seconds(given.get("max"))
            spaced = seconds(interval)
            if spaced is None:
                return 0
            return spaced / _HOUR if isinstance(interval, facts.Sequence) else spaced * (most or 1) / _HOUR
    return 0


def _decorated(given: Mapping[str, facts.Expr]) -> float:
    """tenacity, backoff, retrying and stamina."""
    for word, unit in (("max_time", 1.0), ("timeout", 1.0), ("stop_max_delay", 0.001)):
        whole = seconds(given.get(word))
        if whole is not None:
            return whole * unit / _HOUR
    stops = [node for node in walk(given.get("stop")) if isinstance(node, facts.Call)]
    for stop in stops:
        if _name(stop.func) == "stop_after_delay" and stop.arguments:
            return (seconds(stop.arguments[0].value) or 0) / _HOUR
    attempts = next(
        (seconds(stop.arguments[0].value) for stop in stops if _name(stop.func) == "stop_after_attempt" and stop.arguments),
        seconds(given.get("stop_max_attempt_number")),
    )
    if attempts is None:
        return 0
    pause = seconds(given.get("wait_fixed"))
    if pause is not None:
        return pause * 0.001 * (attempts - 1) / _HOUR
    pauses = [_pause(node) for node in walk(given.get("wait")) if isinstance(node, facts.Call)]
    return max((item for item in pauses if item is not None), default=0.0) * (attempts - 1) / _HOUR


def _pause(call: facts.Call) -> float | None:
    name = _name(call.func)
    if name in ("wait_fixed", "wait_incrementing"):
        return seconds(call.arguments[0].value) if call.arguments else None
    return next((seconds(item.value) for item in call.arguments if item.keyword == "max"), None) if "wait" in name else None


def _task(given: Mapping[str, facts.Expr], info: FunctionInfo | None) -> float:
    """Celery, Huey and RQ: so many retries, so far apart."""
    most = seconds(given.get("max_retries", given.get("retries")))
    pause = seconds(given.get("default_retry_delay", given.get("retry_delay")))
    for node in walk(info.node.body) if info is not None else ():
        if isinstance(node, facts.Call) and _name(node.func) == "retry":
            own = {item.keyword: item.value for item in node.arguments}
            pause = seconds(own.get("countdown")) or pause
            most = seconds(own.get("max_retries")) or most
    if "retry_backoff" in given:
        pause = seconds(given.get("retry_backoff_max")) or pause
    # Celery retries three times where it is not told otherwise.
    return (pause or 0) * (3 if most is None else most) / _HOUR


def _dramatiq(given: Mapping[str, facts.Expr]) -> float:
    """Dramatiq: growing pauses in milliseconds. Its defaults, which go on for weeks, are not held against anybody."""
    age = seconds(given.get("max_age"))
    if age is not None:
        return age / 1000 / _HOUR
    most = seconds(given.get("max_retries"))
    if most is None:
        return 0
    least, longest = seconds(given.get("min_backoff")) or 15_000, seconds(given.get("max_backoff")) or 604_800_000
    return sum(min(least * 2.0**turn, longest) for turn in range(min(int(most), 60))) / 1000 / _HOUR


def _name(node: object) -> str:
    return node.name if isinstance(node, facts.Attribute) else node.id if isinstance(node, facts.Name) else ""
