"""The commands of every account in one SQLite file: what was acknowledged is there after the process was killed."""

from __future__ import annotations

import json
import pathlib
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

from payproof.sandbox.core.exchange import SandboxError

VERSION = 1
"""Of the file's layout; another one is refused."""

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, made TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS commands (number INTEGER PRIMARY KEY, account TEXT NOT NULL, command TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS commands_of ON commands (account, number);
"""


class Store:
    """The file at `path`, held by one server at a time; None keeps nothing.

    With SQLite's write-ahead log a commit survives the end of the process, however it comes. Raises `SandboxError` for a
    file that is not one of ours, of another processor, or in use.
    """

    def __init__(self, path: pathlib.Path | None, processor: str, release: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        if path is None:
            return
        try:
            db = self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=0.2)
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.executescript(_TABLES)
            self._agree(db, {"version": str(VERSION), "processor": processor, "release": release})
        except sqlite3.Error as error:
            self.close()
            in_use = "locked" in str(error)
            why = "another process uses it" if in_use else f"it is no file of a sandbox ({error})"
            raise SandboxError(f"the state file {path} cannot be used: {why}") from None

    def _agree(self, db: sqlite3.Connection, wanted: dict[str, str]) -> None:
        held = dict(db.execute("SELECT name, value FROM meta"))
        for name, value in wanted.items():
            if held.setdefault(name, value) != value:
                self.close()
                raise SandboxError(
                    f"the state file {self._path} is of {name} {held[name]}, and this is {value}: commands run again could"
                    " give another state. Start with a new file"
                )
            db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))

    @property
    def kept(self) -> bool:
        """Whether anything is kept at all."""
        return self._db is not None

    def salt(self) -> bytes:
        """Return what makes this file's account ids its own; made anew without a file."""
        import secrets

        fresh = secrets.token_hex(16)
        if self._db is None:
            return bytes.fromhex(fresh)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (fresh,))
        ((held,),) = self._db.execute("SELECT value FROM meta WHERE name = 'salt'")
        return bytes.fromhex(held)

    def open(self, account: str, made: dict[str, Any]) -> None:
        """Note a new account and how it was made; an account of that id loses its commands."""
        if self._db is None:
            return
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM commands WHERE account = ?", (account,))
            self._db.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?)", (account, json.dumps(made)))
            self._db.execute("COMMIT")

    def append(self, account: str, command: Any) -> None:
        """Keep a command; when this returns, it is kept."""
        if self._db is not None:
            with self._lock:
                text = json.dumps(command, separators=(",", ":"))
                self._db.execute("INSERT INTO commands (account, command) VALUES (?, ?)", (account, text))

    def accounts(self) -> Iterator[tuple[str, dict[str, Any], Iterator[Any]]]:
        """Yield every account's id, how it was made, and its commands in order."""
        if self._db is None:
            return
        for account, made in self._db.execute("SELECT id, made FROM accounts ORDER BY id").fetchall():
            rows = self._db.execute("SELECT command FROM commands WHERE account = ? ORDER BY number", (account,))
            yield account, json.loads(made), (json.loads(text) for (text,) in rows)

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None
