"""Asks git about a repository that is not trusted: nothing that the repository configures is run, nothing is fetched.

A repository's own configuration can name commands that git starts on ordinary questions: a file system monitor, hooks,
clean and smudge filters, external diffs, textconv, transports of a partial clone. They are switched off here one by one.
The caller's `GIT_*` variables and the user's and the system's settings are left out, so that the answer is the same on
every machine; git's optional locks are off, so that asking changes nothing on disk.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Sequence

TIMEOUT = 60
"""Seconds that git may take for one question."""

_OFF = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.excludesFile={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.untrackedCache=false",
    "core.pager=cat",
    "core.quotePath=false",
    "diff.external=",
    "diff.ignoreSubmodules=dirty",
    "log.showSignature=false",
    "protocol.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    # Ownership is git's guard against configured commands, which are off; containers scan mounts that others own.
    "safe.directory=*",
)

_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    # A list of transports that holds none that exists: a partial clone cannot fetch what it lacks.
    "GIT_ALLOW_PROTOCOL": "none",
}


def in_checkout(folder: pathlib.Path) -> bool:
    """Return whether `folder` (absolute) or one above it carries a `.git`; nothing is started for this."""
    return any((candidate / ".git").exists() for candidate in (folder, *folder.parents))


def ask(folder: pathlib.Path, *arguments: str, given: bytes | None = None) -> bytes | None:
    """Return what `git <arguments>` prints in `folder`, or None when git is absent, fails or takes over `TIMEOUT` seconds.

    `given` is what git reads from its standard input.
    Questions that compare file contents (`status`, `diff`, `ls-files -m`) are answered without the repository's filters.
    Those that print patches need `--no-ext-diff --no-textconv` besides. Names that a user gave belong after
    `--end-of-options`, and paths need `--literal-pathspecs` as the first argument.
    """
    filters = _filters_off(folder)
    return None if filters is None else _run(folder, (*_OFF, *filters), arguments, given)


def listed(folder: pathlib.Path, below: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """Return the tracked and the untracked, not ignored paths beneath `folder`, POSIX style, relative to it, sorted.

    `below` narrows the question to some of its files and folders. Submodules and nested repositories are listed as one
    path each, with or without a closing slash. None when git cannot say.
    """
    told = ask(folder, "--literal-pathspecs", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *below)
    return None if told is None else tuple(sorted({os.fsdecode(path) for path in told.split(b"\0") if path}))


def _filters_off(folder: pathlib.Path) -> tuple[str, ...] | None:
    """Return the settings that empty every filter driver the repository configures; None when git cannot say, or one cannot
    be switched off because `-c name=value` cannot carry its name."""
    told = _run(folder, _OFF, ("config", "--null", "--name-only", "--list"))
    if told is None:
        return None
    names = {os.fsdecode(name) for name in told.split(b"\0")}
    drivers = sorted({name.rpartition(".")[0] for name in names if name.startswith("filter.") and name.count(".") > 1})
    if any("=" in driver for driver in drivers):
        return None
    return tuple(f"{driver}.{part}" for driver in drivers for part in ("clean=", "smudge=", "process=", "required=false"))


def _run(folder: pathlib.Path, settings: Sequence[str], arguments: Sequence[str], given: bytes | None = None) -> bytes | None:
    command = ["git", "--no-pager"]
    for setting in settings:
        command += ["-c", setting]
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            env={**environment, **_ENVIRONMENT},
            input=given or b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
