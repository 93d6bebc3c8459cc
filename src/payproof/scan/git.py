"""Asks git about a repository that is not trusted: nothing that the repository configures is run.

A repository's own configuration can name commands that git starts on ordinary questions: a file system monitor, hooks,
external diffs, textconv, clean and smudge filters, transports of a partial clone. Here they are switched off one by one,
only plumbing that reads neither file contents nor remotes is asked, and the caller's GIT_* variables and user settings are
left out, so that the answer is the same on every machine.
"""

from __future__ import annotations

import os
import pathlib
import subprocess

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


def ask(folder: pathlib.Path, *arguments: str) -> bytes | None:
    """Return what `git <arguments>` prints in `folder`, or None when git is absent, fails or takes over `TIMEOUT` seconds.

    Ask plumbing only (`ls-files` without -m, `ls-tree`, `rev-parse`): porcelain such as `status` runs a repository's filters.
    """
    command = ["git", "--no-pager", "--literal-pathspecs"]
    for setting in _OFF:
        command += ["-c", setting]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            env={**environment, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def listed(folder: pathlib.Path, below: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """Return the tracked and the untracked, not ignored paths beneath `folder`, POSIX style and relative to it.

    `below` narrows the question to some of its files and folders. Submodules and nested repositories are listed as one
    path each, with or without a closing slash. None when git cannot say.
    """
    told = ask(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *below)
    return None if told is None else _paths(told)


def _paths(told: bytes) -> tuple[str, ...]:
    return tuple(sorted({os.fsdecode(path) for path in told.split(b"\0") if path}))
