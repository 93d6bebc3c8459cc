"""Rewrites one file: applies the fixes of its findings to its tree and leaves everything else as it was, byte for byte."""

from __future__ import annotations

import codecs
import collections
import dataclasses
import io
import tokenize
from collections.abc import Collection, Mapping, Sequence

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor

from payproof.model import Site, Unread
from payproof.scan import source
from payproof.scan.fixes import Becomes, Fixed, NotCertain, Parsed, Target, modules


@dataclasses.dataclass(frozen=True)
class Attempt:
    """What is to be done about one finding."""

    site: Site
    fixed: Fixed


class Rewriting:
    """One file with the attempts on its findings; `left` holds those that are left to people, each with the reason."""

    def __init__(self, path: str, data: bytes, sites: Sequence[Site]) -> None:
        self.path = path
        self.data = data
        self.attempts: list[Attempt] = []
        self.left: list[tuple[Site, str]] = []
        self._parsed: Parsed | None = None
        held = source.parse(path, data)
        if isinstance(held, Unread):
            self.left = [(site, f"the file cannot be rewritten: {held.reason}") for site in sites]
        elif self._encoded(held.module.code) != data:
            self.left = [(site, "the file could not be written back as it is") for site in sites]
        else:
            self._parsed = Parsed(held.module)
            for site in sites:
                self._attempt(Target(site, self._parsed))

    def _attempt(self, target: Target) -> None:
        try:
            fixed: Fixed = modules()[target.site.rule].fix(target)
        except NotCertain as reason:
            self.left.append((target.site, str(reason)))
            return
        same = next((attempt.fixed for attempt in self.attempts if self._same(attempt.fixed, fixed)), None)
        taken = [node for attempt in self.attempts for node in attempt.fixed.nodes]
        if same is None and any(self._overlap(node, other) for node in fixed.nodes for other in taken):
            self.left.append((target.site, "another fix changes the same code: run `payproof fix` again afterwards"))
        elif any(_comments(old) - _comments(new) for old, new in fixed.nodes.items() if new is not None):
            self.left.append((target.site, "a comment would be lost"))
        else:
            self.attempts.append(Attempt(target.site, same or fixed))

    def _same(self, one: Fixed, other: Fixed) -> bool:
        """Return whether two fixes do the same to the same code, as when several findings have one cause."""
        return one.nodes.keys() == other.nodes.keys() and all(
            _code(one.nodes[node]) == _code(other.nodes[node]) for node in one.nodes
        )

    def _overlap(self, one: cst.CSTNode, other: cst.CSTNode) -> bool:
        if self._parsed is None:
            return False
        return one is other or one in self._parsed.around(other) or other in self._parsed.around(one)

    def result(self, attempts: Collection[Attempt]) -> bytes:
        """Return what the file holds after `attempts`."""
        if self._parsed is None or not attempts:
            return self.data
        nodes: dict[cst.CSTNode, Becomes] = {}
        for attempt in attempts:
            nodes.update(attempt.fixed.nodes)
        context = CodemodContext()
        for name in sorted({name for attempt in attempts for name in attempt.fixed.imports}):
            AddImportsVisitor.add_needed_import(context, name)
        module = self._parsed.module.visit(_Apply(nodes))
        return self._encoded(AddImportsVisitor(context).transform_module(module).code)

    def _encoded(self, text: str) -> bytes:
        """Return text in the encoding of the file, with its byte order mark."""
        name, _ = tokenize.detect_encoding(io.BytesIO(self.data).readline)
        mark = codecs.BOM_UTF8 if self.data.startswith(codecs.BOM_UTF8) else b""
        try:
            return mark + text.encode("utf-8" if mark else name)
        except UnicodeEncodeError:
            return b""


class _Apply(cst.CSTTransformer):
    """Puts nodes in the place of others. Comments above a statement that goes stay, above what follows it."""

    def __init__(self, nodes: Mapping[cst.CSTNode, Becomes]) -> None:
        super().__init__()
        self._nodes = nodes
        self._gone: list[cst.CSTNode] = []

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        if original_node in self._nodes:
            new = self._nodes[original_node]
            if new is None:
                self._gone.append(updated_node)
            return updated_node if new is None else new  # type: ignore[return-value]
        left = super().on_leave(original_node, updated_node)
        if isinstance(left, (cst.Module, cst.IndentedBlock)):
            return self._without_gone(left)  # type: ignore[return-value]
        return left

    def _without_gone(self, block: cst.Module | cst.IndentedBlock) -> cst.Module | cst.IndentedBlock:
        if not any(statement is gone for statement in block.body for gone in self._gone):
            return block
        body: list[cst.BaseStatement] = []
        above: list[cst.EmptyLine] = []
        for statement in block.body:
            lines = _leading(statement)
            if any(statement is gone for gone in self._gone):
                above += lines if _commented(lines) or not above else []
                continue
            if _commented(above):
                statement = statement.with_changes(leading_lines=[*above, *lines])
            elif above and not lines:
                statement = statement.with_changes(leading_lines=above)
            body.append(statement)
            above = []
        footer = [*above, *block.footer] if _commented(above) else block.footer
        return block.with_changes(body=body, footer=footer)


def _code(node: Becomes) -> str:
    if node is None:
        return ""
    nodes = node if isinstance(node, cst.FlattenSentinel) else [node]
    return "".join(cst.Module([]).code_for_node(one) for one in nodes)


def _comments(node: Becomes) -> collections.Counter[str]:
    """Count the comments in a piece of code."""
    lines = io.StringIO(f"(\n{_code(node)}\n)\n").readline
    try:
        return collections.Counter(token.string for token in tokenize.generate_tokens(lines) if token.type == tokenize.COMMENT)
    except (tokenize.TokenError, SyntaxError):
        return collections.Counter()


def _commented(lines: Sequence[cst.EmptyLine]) -> bool:
    return any(line.comment for line in lines)


def _leading(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    return list(getattr(statement, "leading_lines", ()))
