"""Runs the command line as a user does: arguments in; exit code, output and complaints out."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from payproof.cli import main


@dataclasses.dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `payproof` with arguments, in a new empty folder, in this process."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def ran(*arguments: object) -> Ran:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return ran


@pytest.fixture
def run_process(tmp_path: pathlib.Path) -> Run:
    """Run `payproof` with arguments, in a new empty folder, as a process."""

    def ran(*arguments: object, folder: pathlib.Path = tmp_path, **more: object) -> Ran:
        command = [sys.executable, "-m", "payproof", *map(str, arguments)]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False, **more)  # type: ignore[call-overload]
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return ran
