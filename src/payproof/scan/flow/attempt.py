"""Following one starting point to the end, or saying why not: what goes wrong costs its own file, never the scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from payproof.model import Unread
from payproof.scan.flow.base import Interpreter

TOO_DEEP = "is nested too deeply to be followed"

TOO_MANY = "makes too many calls to be followed to the end"


def attempt(path: str, flow: Interpreter, action: Callable[[], object]) -> Iterator[Unread]:
    """Run `action`, which starts `flow` in the file at `path`; yield why it could not be followed to the end, if it could not."""
    flow.exhausted = False
    try:
        action()
    except RecursionError:
        yield Unread(path, TOO_DEEP)
    except Exception as error:  # a fault of ours in one function must not hide what the other files hold
        yield Unread(path, f"could not be followed: {type(error).__name__}, a fault of payproof's own; please report it")
    if flow.exhausted:
        yield Unread(path, TOO_MANY)
