"""What holds for every file of the repository."""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "payproof"
LOCAL = {
    ".venv",
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".payproof",
    ".payproof_cache",
    "__pycache__",
}


@functools.cache
def texts() -> dict[str, str]:
    """Return the text of every file of the repository, by path."""
    if (ROOT / ".git").exists():
        told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / path for path in told.split("\0") if path]
    else:
        paths = [path for path in ROOT.rglob("*") if LOCAL.isdisjoint(path.relative_to(ROOT).parts)]
    files = [path for path in paths if path.is_file() and path.suffix not in {".png", ".ico"}]
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8", errors="surrogateescape") for path in files}


def lines_with(pattern: str, flags: int = 0) -> list[str]:
    """Return `path:line: what` for everything in the repository that matches, but in this file."""
    wanted = re.compile(pattern, flags)
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found.group(0)}"
        for path, text in sorted(texts().items())
        if path != "tests/test_repository.py"
        for found in wanted.finditer(text)
    ]


def test_the_repository_is_read() -> None:
    assert len(texts()) > 300
    assert {"README.md", "pyproject.toml", "rules/controls.yaml", "src/payproof/model.py", ".ci/run"} <= set(texts())
    assert lines_with(r'name = "payproof"') == ['pyproject.toml:6: name = "payproof"']


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a folder of one machine", r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work)/[\w.]+"),
        ("a host of a package registry", r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org)\b"),
        ("work left over", r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\[)"),
        ("a merge gone wrong", r"(?m)^(?:<{7}|>{7}) "),
        ("a boast", r"(?i)\b(?:blazing(?:ly)?|seamless(?:ly)?|cutting-edge|world-class|state-of-the-art|effortless(?:ly)?)\b"),
    ],
)
def test_no_file_holds(what: str, pattern: str) -> None:
    assert lines_with(pattern) == [], f"{what} has no place in the repository"


KEY_SHAPES = {
    "stripe": r"\b[srp]k_(?:live|test)_[0-9A-Za-z]{24,}",
    "stripe webhook": r"\bwhsec_[0-9A-Za-z+/]{32,}",
    "square": r"\bsq0[a-z]{3}-[\w-]{22,}|\bEAAA[\w-]{60}",
    "braintree": r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
    "paypal": r"\bA[\w-]{79}\b|\bE[\w-]{79}\b",
    "amazon": r"\bAKIA[0-9A-Z]{16}\b",
    "github": r"\bgh[pousr]_[0-9A-Za-z]{36}",
    "slack": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\n[\w+/=]{20,}",
}


@pytest.mark.parametrize("kind", KEY_SHAPES)
def test_no_file_holds_what_looks_like_a_key(kind: str) -> None:
    """Samples are shorter than real keys, or put together at run time: a push must never be stopped, nor a reader alarmed."""
    assert lines_with(KEY_SHAPES[kind]) == []


def test_documents_that_are_named_exist() -> None:
    named = {
        (path, word)
        for path, text in texts().items()
        if path != "tests/test_repository.py" and not path.startswith("fixtures/shops/")
        for word in re.findall(r"\b[A-Z][A-Z_]{3,}\.(?:md|txt|rst)\b", text)
    }
    assert {word for _, word in named} - {pathlib.PurePosixPath(path).name for path in texts()} == set()


# How the code is cut

LONGEST = 400
LONGER: dict[str, str] = {
    "scan/facts.py": "one dataclass for each kind of syntax, and how they become plain data",
}
"""Modules that may be longer than `LONGEST` lines, and why."""


@functools.cache
def modules() -> tuple[tuple[str, ast.Module, str], ...]:
    """Return the path, tree and text of every module of the package."""
    texts = {path.relative_to(SOURCE).as_posix(): path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    return tuple((path, ast.parse(text), text) for path, text in texts.items())


def test_modules_are_short() -> None:
    long = {path for path, _, text in modules() if len(text.splitlines()) > LONGEST}
    assert long - set(LONGER) == set(), f"split these: none may have more than {LONGEST} lines"
    assert set(LONGER) - long == set(), "these are short by now; take them off the list"


VAGUE = re.compile(r"(?:^|_)(?:utils?|helpers?|managers?|common|misc|stuff)(?:$|_)|(?:Util|Helper|Manager)s?$")


def test_names_say_what_things_do() -> None:
    assert VAGUE.search("string_utils") and VAGUE.search("SessionManager") and not VAGUE.search("utility_of")
    defined = [(path, pathlib.PurePath(path).stem) for path, _, _ in modules()]
    for path, tree, _ in modules():
        nodes = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)))
        defined += [(path, node.name) for node in nodes]
    assert len(defined) > 1000
    assert [found for found in defined if VAGUE.search(found[1])] == []


def unexplained(tree: ast.Module) -> list[str]:
    """Return the public functions without a docstring.

    Not asked are those that a decorator with arguments registers, which says what they are (`@route("GET /v1/refunds")`),
    pytest's hooks, which pytest explains, and those of one statement, which is the shorter explanation.
    """
    return [
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and not node.name.startswith(("_", "pytest_"))
        and not any(isinstance(decorator, ast.Call) for decorator in node.decorator_list)
        and not ast.get_docstring(node)
        and len(node.body) > 1
    ]


TWO_SAID = "def f():|@route('GET /')\ndef g():|def h():\n  'Said.'|def i(): return 1\n"


def test_public_functions_say_what_they_promise() -> None:
    assert unexplained(ast.parse(TWO_SAID.replace("|", "\n  a()\n  b()\n"))) == ["f"]
    assert {path: unexplained(tree) for path, tree, _ in modules() if unexplained(tree)} == {}


def test_modules_say_what_they_are_for() -> None:
    assert [path for path, tree, _ in modules() if not ast.get_docstring(tree)] == []


def test_fingers_stay_off_everything() -> None:
    """An exception that is swallowed whole hides what is not known."""
    swallowed = [
        f"{path}:{node.lineno}"
        for path, tree, _ in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and all(isinstance(statement, (ast.Pass, ast.Continue)) for statement in node.body)
    ]
    assert swallowed == []
    asserts = [f"{path}:{node.lineno}" for path, tree, _ in modules() for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    assert asserts == [], "an assertion is gone under `python -O`: raise instead"


def test_tests_stand_where_the_code_stands() -> None:
    """`tests/` has the folders of `src/payproof/`, so that a module's tests are found without searching."""
    folders = {path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    known = {folder.relative_to(SOURCE).as_posix() for folder in SOURCE.rglob("*") if folder.is_dir()}
    # The contract is between processors: it is about no folder of its own.
    strange = {path.parent.as_posix() for path in folders} - known - {".", "sandbox/contract"}
    assert {folder for folder in strange if not folder.startswith("fixtures")} == set()
