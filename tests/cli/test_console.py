"""Colour only where it is wanted, files in one step, and nobody hurt when a reader goes away."""

from __future__ import annotations

import io
import os
import pathlib
import subprocess
import sys

import pytest

from payproof.cli import console
from payproof.cli.progress import Progress
from payproof.model import UsageError
from payproof.report.styled import Style


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(stream: io.StringIO, environment: dict[str, str], wanted: bool) -> None:
    assert console.coloured(stream, environment) is wanted


def test_every_style_but_plain_has_a_look() -> None:
    for style in Style:
        painted = console.paint("x", style)
        assert (painted == "x") is (style is Style.PLAIN)
        assert painted.replace("\x1b[0m", "").endswith("x")


def test_what_cannot_be_written_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"x\.sarif: cannot be written: No such file or directory"):
        console.write_file(tmp_path / "missing" / "x.sarif", "")


PUT = "from payproof.cli import console; console.put('x' * 1_000_000); raise SystemExit(0)"

BUFFERING = [{"PYTHONUNBUFFERED": "1"}, {"PYTHONUNBUFFERED": ""}]


@pytest.mark.parametrize("environment", BUFFERING)
def test_a_long_text_is_printed_whole(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PUT], capture_output=True, env={**os.environ, **environment}, timeout=60, check=True
    )
    assert len(done.stdout) == 1_000_000


@pytest.mark.parametrize("environment", BUFFERING)
def test_a_reader_that_goes_away_is_no_error(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PUT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment}
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert (process.wait(timeout=60), process.stderr.read()) == (0, b"")
    process.stderr.close()


def test_text_survives_a_terminal_that_knows_no_unicode() -> None:
    imports = "from payproof.cli import console; from payproof.report.styled import Segment"
    code = f"{imports}; console.put_pieces([Segment('caf\\u00e9')])"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, timeout=60, check=True)
    assert done.stdout == b"caf\\xe9"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_progress_waits_a_second_then_draws_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    clock, terminal = Clock(), Terminal()
    with Progress(terminal, clock) as progress:
        progress(1, 8, "a.py")
        assert terminal.getvalue() == ""
        clock.now = 1.0
        progress(2, 8, "b.py")
        progress(3, 8, "c.py")
    assert terminal.getvalue() == "\r\x1b[2K[######..................] 2/8 files\r\x1b[2K"


@pytest.mark.parametrize(("stream", "term"), [(io.StringIO, "xterm"), (Terminal, "dumb")])
def test_progress_is_silent_where_it_could_not_be_cleared(
    stream: type[io.StringIO], term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    clock, file = Clock(), stream()
    with Progress(file, clock) as progress:
        clock.now = 9.0
        progress(1, 1, "a.py")
    assert file.getvalue() == ""
