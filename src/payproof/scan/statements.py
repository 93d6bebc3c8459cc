"""Walks statements without interpreting them, for questions about what stands in the code rather than what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payproof.scan import facts
from payproof.scan.program import blocks, walk


def simple_statements(body: list[facts.Stmt], words: Sequence[str] = (), subject: str = "") -> Iterator[tuple[str, facts.Stmt]]:
    """Yield every statement that holds no others, in order, with the dotted name of the definition it stands in.

    A function whose text holds none of the lower-case `words`, where some are given, is passed over unread.
    """
    for statement in body:
        if isinstance(statement, (facts.Function, facts.Class)):
            if isinstance(statement, facts.Class) or not words or statement.mentions(words):
                below = f"{subject}.{statement.name}" if subject else statement.name
                yield from simple_statements(statement.body, words, below)
            continue
        inner = list(blocks(statement))
        if not inner:
            yield subject, statement
        for block in inner:
            yield from simple_statements(block, words, subject)


def texts_of(statement: facts.Stmt) -> Iterator[str]:
    """Yield the texts that stand in a statement; a docstring, or another text that nothing is done with, has none."""
    if isinstance(statement, facts.Evaluate) and isinstance(statement.value, (facts.Literal, facts.Joined)):
        return
    for node in walk(statement):
        if isinstance(node, facts.Literal) and isinstance(node.value, str):
            yield node.value


def pieces(body: list[facts.Stmt]) -> Iterator[facts.Stmt | facts.Expr]:
    """Yield what a function does piece by piece, in order: simple statements, and what compound ones ask or open first."""
    for statement in body:
        inner = list(blocks(statement))
        if isinstance(statement, (facts.If, facts.While)):
            yield statement.test
        elif isinstance(statement, facts.For):
            yield statement.iterable
        elif isinstance(statement, facts.Match):
            yield statement.subject
        elif isinstance(statement, facts.With):
            yield from (item.value for item in statement.items)
        elif not inner and not isinstance(statement, (facts.Function, facts.Class)):
            yield statement
        for block in inner:
            yield from pieces(block)
