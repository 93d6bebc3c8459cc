"""The facts of a file, the bodies of its functions only as they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from payproof.model import Unread
from payproof.scan import facts, outline, source
from payproof.scan.lower import lower, lower_block

Report = Callable[[Unread], None]


def read(path: str, data: bytes, report: Report) -> facts.Module | Unread:
    """Return the facts of a file's content, or why it cannot be read.

    Functions are told of in full but for their bodies, which are read when something asks for them. What turns out then to be
    unreadable is handed to `report`, and reads as empty.
    """
    found = source.bounded(path, data)
    if isinstance(found, Unread):
        return found
    try:
        return _outlined(found, report) or _whole(found)
    except RecursionError:
        return Unread(path, "is nested too deeply to be analysed")


def attach(module: facts.Module, data: bytes, report: Report) -> None:
    """Give the functions of a module, whose facts were made before of the same content, the text to read their bodies from."""
    _attach(module, _Text(module.path, data, report))


def _attach(module: facts.Module, text: _Text) -> None:
    for function in outermost(module.body):
        if function.later is not None:
            function.later.text = text


def outermost(body: Sequence[facts.Stmt]) -> list[facts.Function]:
    """Return the functions of a body that stand in no other function."""
    found: list[facts.Function] = []
    for statement in body:
        if isinstance(statement, facts.Function):
            found.append(statement)
        else:
            for name in ("body", "orelse", "final"):
                found += outermost(getattr(statement, name, ()))
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                found += outermost(part.body)
    return found


def _whole(found: source.Bounded) -> facts.Module | Unread:
    parsed = source.parse_whole(found)
    return parsed if isinstance(parsed, Unread) else lower(parsed)


def _outlined(found: source.Bounded, report: Report) -> facts.Module | None:
    """Return the facts of a file without its functions' bodies, or None when only reading the whole tells what is wrong."""
    functions = list(outline.functions(found.lines, found.logical))
    if not functions:
        return None
    text = _Text(found.path, found.lines, report)
    if source.standard_tree(found.text)[0] is None and not all(text.readable(later) for later in functions):
        return None
    rest, lines = outline.skeleton(found.lines, found.logical, functions)
    module = source.parse_text(rest)
    if isinstance(module, str):
        return None
    made = facts.Module(found.path, lower_block(module, source.standard_tree(rest)[0], lines, functions))
    _attach(made, text)
    return made


class _Text:
    """The lines of one file, from which bodies are read."""

    def __init__(self, path: str, content: bytes | Sequence[str], report: Report) -> None:
        self._path = path
        self._content = content
        self._report = report

    @property
    def _lines(self) -> Sequence[str]:
        if isinstance(self._content, bytes):
            text = source.decode(self._content)
            self._content = source.lines_of(text) if isinstance(text, str) else []
        return self._content

    def of(self, later: facts.Later) -> str:
        return "\n".join(self._lines[later.first - 1 : later.last]).lower()

    def readable(self, later: facts.Later) -> bool:
        """Return whether a function is Python, of a newer version than the running one at worst."""
        text, _ = outline.cutting(self._lines, later)
        return source.standard_tree(text)[0] is not None or not isinstance(source.parse_text(text), str)

    def read(self, later: facts.Later) -> list[facts.Stmt]:
        text, lines = outline.cutting(self._lines, later)
        module = source.parse_text(text)
        if isinstance(module, str):
            self._report(Unread(self._path, f"the parser cannot read it (in the function at line {later.line}: {module})"))
            return []
        try:
            body = lower_block(module, source.standard_tree(text)[0], lines)
        except RecursionError:
            self._report(Unread(self._path, "is nested too deeply to be analysed"))
            return []
        return _own(body).body


def _own(body: Sequence[facts.Stmt]) -> facts.Function:
    """Return the function that was cut out: the only statement, or the only one of the `if` put around it."""
    only = body[0]
    inner = only.body[0] if isinstance(only, facts.If) else only
    if not isinstance(inner, facts.Function):
        raise TypeError("a function's text holds something else")
    return inner
