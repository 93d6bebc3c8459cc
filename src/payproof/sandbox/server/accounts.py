"""One sandbox for each API key that a server was called with, made when its first request comes."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from payproof.sandbox.core.exchange import Answer, Request, SandboxError, TransportFailure
from payproof.sandbox.core.vocabulary import ProcessorSandbox
from payproof.sandbox.server import commands
from payproof.sandbox.server.commands import Command, Wire
from payproof.sandbox.server.store import Store

_PREFIX = re.compile(r"(?:[a-z]{2,4}_)?(?:test_|sandbox_)?")

MOST = 1_000
"""Accounts at once; beyond, somebody makes keys in a loop."""


class Account:
    """The sandbox of one API key, and what was done to it. `id` tells keys apart and gives none away."""

    def __init__(self, id: str, box: ProcessorSandbox, store: Store) -> None:
        self.id = id
        self.box = box
        self.lock = threading.RLock()
        self._store = store
        self.trouble = ""
        """Why this account could not be made again from the state file, "" where it could."""

    def answer(self, wire: Wire) -> Answer:
        """Answer a request; what it did is kept before this returns or raises."""
        with self.lock:
            try:
                return commands.answer(self.box, wire)
            finally:
                # A request that is only looked at leaves nothing behind but its line in the journal.
                self._store.append(self.id, wire.command())

    def run(self, command: Command) -> Any:
        """Carry out a command of the administrator's; it is kept when it was carried out."""
        with self.lock:
            done = commands.run(self.box, command)
            self._store.append(self.id, command)
            return done

    def keep(self, command: Command) -> None:
        """Keep what was done to the sandbox in another way."""
        self._store.append(self.id, command)


class Accounts:
    """Every account of one server. `make` makes the sandbox of a seed."""

    def __init__(self, make: Callable[[str], ProcessorSandbox], store: Store) -> None:
        self._make = make
        self._store = store
        self._salt = store.salt()
        self._lock = threading.Lock()
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Account] = {}
        """Accounts by the credentials that their sandboxes handed out."""
        for id, made, kept in store.accounts():
            self._accounts[id] = self._restored(id, made, kept)

    @property
    def kept(self) -> bool:
        """Whether commands go into a state file."""
        return self._store.kept

    def __iter__(self) -> Iterator[Account]:
        return iter(list(self._accounts.values()))

    def get(self, id: str) -> Account | None:
        """Return the account of an id, or None."""
        return self._accounts.get(id)

    def of(self, credential: str) -> Account:
        """Return the account of an API key, made if need be. Raises `SandboxError` when there are too many."""
        known = self._tokens.get(credential)
        if known is not None:
            return known
        id = self.id_of(credential)
        with self._lock:
            found = self._accounts.get(id)
            if found is None:
                if len(self._accounts) >= MOST:
                    raise SandboxError(f"this server has {MOST:,} accounts already; use their API keys again, or start another")
                found = self._accounts[id] = self._new(id)
            return found

    def id_of(self, credential: str) -> str:
        """Return the id of an API key's account."""
        return hashlib.blake2b(credential.encode(), key=self._salt, digest_size=6).hexdigest()

    def stand_in(self, credential: str) -> str:
        """Return what is put in a credential's place, so that no key is kept or shown: of the same kind, and fake."""
        if credential in self._tokens:
            return credential
        prefix = _PREFIX.match(credential)
        return f"{prefix.group() if prefix else ''}payproofsample{self.id_of(credential)}"

    def learn(self, account: Account, minted: str | None) -> None:
        """Remember a credential that an account's sandbox handed out."""
        if minted is not None:
            self._tokens[minted] = account

    def reset(self, account: Account) -> Account:
        """Return the account as new: no objects, no faults, the clock at the present."""
        with self._lock, account.lock:
            fresh = self._accounts[account.id] = self._new(account.id)
            self._tokens = {token: found for token, found in self._tokens.items() if found is not account}
            return fresh

    def _new(self, id: str) -> Account:
        made = {"started": int(time.time())}
        self._store.open(id, made)
        return Account(id, self._box(id, made), self._store)

    def _box(self, id: str, made: Mapping[str, Any]) -> ProcessorSandbox:
        box = self._make(id)
        box.clock.start_at(made["started"])
        box.webhooks.paused = True
        return box

    def _restored(self, id: str, made: Mapping[str, Any], kept: Any) -> Account:
        account = Account(id, self._box(id, made), self._store)
        for command in kept:
            try:
                if command["do"] == "request":
                    answer = commands.answer(account.box, Wire.of(command))
                    self.learn(account, account.box.processor.minted(answer))
                else:
                    commands.run(account.box, command)
            except (SandboxError, TransportFailure):
                # It was refused, or lost on its way, the first time too.
                continue
            except Exception as error:
                account.trouble = f"{type(error).__name__} while its commands were run again"
                break
        return account


def credential_of(box: ProcessorSandbox, wire: Wire) -> tuple[str | None, str]:
    """Return the credential of a request, None for none, and what shows that it is meant for live mode, "" for nothing."""
    probe = Request(wire.method, wire.host, wire.path, {}, wire.headers, b"", "none", box.processor.name)
    return box.processor.credential(probe), box.processor.live(probe)
