"""Dotted paths of names in one module, by its own imports alone: for questions that need no flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from payproof.scan import facts
from payproof.scan.program import ModuleInfo, walk


def imported(module: ModuleInfo) -> Mapping[str, str]:
    """Return the names that a module's absolute imports bind, with the dotted paths they stand for."""
    found: dict[str, str] = {}
    for node in everything(module.facts.body):
        if isinstance(node, facts.Import) and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}" if node.is_from else alias.name
                head = alias.name if node.is_from else alias.name.split(".")[0]
                found[alias.bound or head] = whole if node.is_from or alias.bound else head
    return found


def everything(body: Sequence[facts.Stmt]) -> Iterator[object]:
    """Yield every fact of `body`, those in functions that nobody has read yet included."""
    for node in walk(list(body)):
        if isinstance(node, facts.Function) and node.suite is None:
            yield from everything(node.body)
        yield node


def dotted(node: object, names: Mapping[str, str]) -> str:
    """Return the dotted path of a name or attribute whose head is in `names`, else ""."""
    if isinstance(node, facts.Name):
        return names.get(node.id, "")
    if isinstance(node, facts.Attribute):
        head = dotted(node.value, names)
        return f"{head}.{node.name}" if head else ""
    return ""
