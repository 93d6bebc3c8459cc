"""Asks git about a repository that may be a stranger's: nothing that the repository configured is run, nothing is fetched.

git runs commands that a repository's own configuration names: hooks, a file system monitor, clean filters, external
diff and textconv programs. They are switched off here one by one, `GIT_*` variables of the caller are not handed on, and
a partial clone may not fetch what it lacks. git's optional locks are off, so that asking changes nothing on disk.
"""

from __future__ import annotations

import functools
import os
import pathlib
import shutil
import subprocess

SECONDS = 60
"""How long git may take for one answer."""

_SWITCHED_OFF = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.untrackedCache=false",
    "diff.external=",
    "diff.ignoreSubmodules=dirty",
    "protocol.allow=never",
    "submodule.recurse=false",
)


def ask(folder: pathlib.Path, *arguments: str) -> bytes | None:
    """Return what `git <arguments>` prints when run in `folder`, or None when git cannot or will not answer.

    Commands that print patches must be given `--no-ext-diff --no-textconv` by the caller, and names of the user's after
    `--end-of-options`.
    """
    filters = _filters(folder)
    return None if filters is None else _run(folder, _options((*_SWITCHED_OFF, *filters)), arguments)


def _filters(folder: pathlib.Path) -> tuple[str, ...] | None:
    """Return the settings that empty every filter driver that git would run here, or None when git cannot answer."""
    listed = _run(folder, _options(_SWITCHED_OFF), ("config", "--null", "--name-only", "--list"))
    if listed is None:
        return None
    names = [name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name]
    drivers = sorted({name.rpartition(".")[0] for name in names if name.startswith("filter.") and name.count(".") > 1})
    if any("=" in driver for driver in drivers):
        return None  # `-c name=value` cannot carry such a name, so its command could not be switched off.
    return tuple(f"{driver}.{part}" for driver in drivers for part in ("clean=", "smudge=", "process=", "required=false"))


def _options(settings: tuple[str, ...]) -> list[str]:
    return [word for setting in settings for word in ("-c", setting)]


def _run(folder: pathlib.Path, options: list[str], arguments: tuple[str, ...]) -> bytes | None:
    program = _program()
    if program is None:
        return None
    command = [program, "--no-pager", "--no-optional-locks", *options, *arguments]
    try:
        done = subprocess.run(
            command, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@functools.cache
def _program() -> str | None:
    return shutil.which("git")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "LC_ALL": "C"}
