"""The walls of the house, and what the scanner is never seen to do."""

from __future__ import annotations

import ast
import json
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence

import pytest

from payproof.sandbox import processors

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "payproof"


def lint_imports(folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of `folder`'s pyproject.toml over the package in its `src`."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_import_contracts_are_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("scan/globs.py", "import payproof.sandbox", "The house has one way down"),
        ("sandbox/core/clock.py", "import payproof.scan.globs", "The house has one way down"),
        ("model.py", "import payproof.masking", "The house has one way down"),
        ("new.py", "", "The house has one way down"),
        ("scan/globs.py", "import socket", "The scan opens no connection"),
        ("scan/globs.py", "import subprocess", "The scan starts nothing"),
        ("sandbox/core/clock.py", "import libcst", "The parser and detect-secrets"),
        ("report/tally.py", "import click", "Only the command line meets click"),
    ],
)
def test_a_breach_is_seen(tmp_path: pathlib.Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(SOURCE, tmp_path / "src" / "payproof", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "src" / "payproof" / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert any(contract in said and "BROKEN" in said for said in done.stdout.replace("\n", " ").split("KEPT")), done.stdout


HEAVY = {
    *("libcst", "stripe", "paypalserversdk", "cryptography", "detect_secrets", "jsonschema", "yaml", "click", "jinja2"),
    *("requests", "httpx", "flask", "django"),
}


@pytest.mark.parametrize(
    "module",
    ["payproof.pytest_plugin", "payproof.sandbox", *(f"payproof.sandbox.{name}.sandbox" for name in processors.processors())],
)
def test_starting_loads_no_parser_and_no_sdk(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    allowed = {"yaml", "jsonschema"} if module.endswith(".sandbox") and module != "payproof.sandbox" else set()
    assert loaded & HEAVY <= allowed
    assert "payproof" in loaded


ENDING = {"print", "exit", "quit", "input", "breakpoint", "SystemExit", "sys.exit", "os._exit", "os.abort", "click.echo"}
STREAMS = {"sys.stdout", "sys.stderr", "sys.stdin", "sys.__stdout__", "sys.__stderr__"}
GIVEN_AWAY = {"sandbox/core/gateways.py": ["sys.stderr"]}
"""PEP 3333 wants a stream for `wsgi.errors`: the application under test writes there, payproof does not."""


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every bare name and every `module.attribute` that is read, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.lineno, f"{node.value.id}.{node.attr}"


def who_speaks(source: str) -> list[tuple[int, str]]:
    return sorted((line, name) for line, name in names(ast.parse(source)) if name in ENDING | STREAMS)


def test_only_the_command_line_prints_or_exits() -> None:
    assert who_speaks("import sys\nprint(1)\nsys.stderr.write('x')\nraise SystemExit") == [
        (2, "print"),
        (3, "sys.stderr"),
        (4, "SystemExit"),
    ]
    modules = [path for path in sorted(SOURCE.rglob("*.py")) if path.relative_to(SOURCE).parts[0] not in ("cli", "__main__.py")]
    assert len(modules) > 100
    found = {str(path.relative_to(SOURCE)): who_speaks(path.read_text("utf-8")) for path in modules}
    assert {name: [word for _, word in lines] for name, lines in found.items() if lines} == GIVEN_AWAY


# The scanner under watch

WATCH = """
import json, os, sys
_log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_project = os.environ["WATCH_PROJECT"]
_local = 1  # AF_UNIX

def _watch(event, arguments):
    said = None
    if event == "socket.__new__":
        said = None if arguments[1] == _local else "a socket"
    elif event.startswith("socket.") and event != "socket.gethostname":
        said = "a connection"
    elif event == "subprocess.Popen":
        said = "started " + os.path.basename(os.fsdecode(arguments[0] or arguments[1][0]))
    elif event in ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn"):
        said = event
    elif event == "exec" and getattr(arguments[0], "co_filename", "").startswith(_project):
        said = "ran " + os.path.relpath(arguments[0].co_filename, _project)
    elif event == "open" and isinstance(arguments[0], str) and isinstance(arguments[2], int):
        writing = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        path = os.path.abspath(arguments[0])
        if writing and path.startswith(_project + os.sep):
            said = "wrote " + os.path.relpath(path, _project).split(os.sep)[0]
    if said:
        os.write(_log, (json.dumps(said) + "\\n").encode())

sys.addaudithook(_watch)
"""

TRAP = """
import pathlib, stripe
pathlib.Path(__file__).with_name("sprung-{name}").touch()

def pay(order):
    return stripe.PaymentIntent.create(amount=order.total, currency="eur")
"""

TRAPS = ("app", "conftest", "setup", "sitecustomize", "yaml", "libcst", "stripe", "payments/__init__", "payments/views")

Watched = Callable[..., tuple[int, set[str]]]


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    """A git checkout, every module of which tells when it is run; some bear the names of what the scanner imports."""
    root = tmp_path.resolve() / "project"
    (root / "payments").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "setup"\nbackend-path = ["."]\n')
    for name in (*TRAPS, *(f"payments/part_{number}" for number in range(40))):
        (root / f"{name}.py").write_text(TRAP.format(name=pathlib.PurePath(name).name))
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@pytest.fixture
def watched(tmp_path: pathlib.Path, project: pathlib.Path) -> Watched:
    """Run a program in the project and return its exit code and what it and its child processes were seen to do."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    log = tmp_path / "log"

    def run(command: Sequence[str]) -> tuple[int, set[str]]:
        log.write_text("")
        told = {"PYTHONPATH": str(tmp_path / "watch"), "WATCH_LOG": str(log), "WATCH_PROJECT": str(project)}
        done = subprocess.run(command, cwd=project, env={**os.environ, **told}, capture_output=True, timeout=120, check=False)
        return done.returncode, {json.loads(line) for line in log.read_text().splitlines()}

    return run


SCAN = [str(pathlib.Path(sysconfig.get_path("scripts")) / "payproof"), "scan", "."]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_scanner_connects_nowhere_and_runs_nothing_but_git(project: pathlib.Path, watched: Watched, jobs: int) -> None:
    code, seen = watched([*SCAN, "--jobs", str(jobs)])
    assert code == 1
    assert seen == {"started git", "wrote .payproof", "wrote .payproof_cache"}
    assert list(project.rglob("sprung-*")) == []


def test_as_a_module_it_runs_nothing_of_the_current_folder(project: pathlib.Path, watched: Watched) -> None:
    code, seen = watched([sys.executable, "-m", "payproof", "scan", ".", "--no-cache", "--no-ledger"])
    assert code == 1
    assert seen == {"started git"}
    assert list(project.rglob("sprung-*")) == []


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("import app", {"ran app.py", "ran stripe.py", "wrote sprung-app", "wrote sprung-stripe"}),
        ("import socket; socket.socket()", {"a socket"}),
        ("import socket; socket.getaddrinfo('127.0.0.1', 9)", {"a connection"}),
        ("import subprocess; subprocess.run(['true'])", {"started true"}),
        ("import os; os.system('true')", {"os.system"}),
        ("open('app.py', 'a')", {"wrote app.py"}),
        ("import multiprocessing as m; p = m.Process(target=exec, args=('import socket; socket.socket()',)); p.start(); p.join()",
         {"a socket"}),
    ],
)  # fmt: skip
def test_the_watch_sees(watched: Watched, code: str, seen: set[str]) -> None:
    assert watched([sys.executable, "-B", "-c", code])[1] >= seen
