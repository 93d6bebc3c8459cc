"""Patterns mean what they mean in a .gitignore."""

from __future__ import annotations

import pytest

from payproof.model import UsageError
from payproof.scan.globs import Globs


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.py", "a/b/c.py", True),
        ("*.py", "a/b/c.pyi", False),
        ("migrations", "shop/migrations/0001.py", True),
        ("migrations/", "shop/migrations/0001.py", True),
        ("migrations/", "shop/migrations", False),
        ("/migrations", "shop/migrations/0001.py", False),
        ("shop/migrations", "shop/migrations/0001.py", True),
        ("shop/migrations", "other/shop/migrations/0001.py", False),
        ("./shop", "shop/a.py", True),
        ("**/legacy/*.py", "a/b/legacy/x.py", True),
        ("**/legacy/*.py", "legacy/x.py", True),
        ("a/**/z.py", "a/z.py", True),
        ("a/**/z.py", "a/b/c/z.py", True),
        ("a/**", "a/b/c.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("te?t_[a-c].py", "text_b.py", True),
        ("te?t_[a-c].py", "text_d.py", False),
        ("[!a]*.py", "b.py", True),
        ("a.b", "axb", False),
    ],
)
def test_matching(pattern: str, path: str, expected: bool) -> None:
    assert Globs([pattern]).covers(path) is expected


def test_no_patterns_match_nothing() -> None:
    assert not Globs([])
    assert not Globs([]).covers("a.py")


@pytest.mark.parametrize(
    ("pattern", "complaint"), [("", "matches nothing"), ("/", "matches nothing"), ("!keep.py", "cannot be negated")]
)
def test_bad_patterns_are_refused(pattern: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        Globs([pattern])


def test_a_hostile_pattern_does_not_backtrack() -> None:
    assert not Globs(["*a" * 40 + "b"]).covers("a" * 4000)
    assert not Globs(["/".join(["**", "x"] * 40)]).covers("/".join(["x"] * 30 + ["y"]))
