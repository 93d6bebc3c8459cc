"""Webhooks of a server: sent from threads of their own, so that an application may call back while it handles one."""

from __future__ import annotations

import concurrent.futures
import threading

from payproof.sandbox.core import delivery
from payproof.sandbox.server.accounts import Account

WORKERS = 8


class Deliveries:
    """Makes the automatic deliveries of every account, those of one account one after another."""

    def __init__(self) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(WORKERS, thread_name_prefix="payproof-webhooks")
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._again: set[str] = set()

    def due(self, account: Account) -> None:
        """See to it that what is due for an account goes out. Returns at once."""
        with self._lock:
            if account.id in self._busy:
                self._again.add(account.id)
                return
            self._busy.add(account.id)
        try:
            self._pool.submit(self._run, account)
        except RuntimeError:  # the server is on its way out
            self._done(account)

    def _run(self, account: Account) -> None:
        try:
            while True:
                while self._one(account):
                    pass
                if self._done(account):
                    return
        except BaseException:
            with self._lock:
                self._busy.discard(account.id)
            raise

    def _done(self, account: Account) -> bool:
        with self._lock:
            if account.id in self._again:
                self._again.discard(account.id)
                return False
            self._busy.discard(account.id)
            return True

    def _one(self, account: Account) -> bool:
        """Make the next delivery that is due; return whether there was one."""
        webhooks = account.box.webhooks
        with account.lock:
            pair = webhooks.next_due()
            if pair is None:
                return False
            event, endpoint = pair
            letter, at = webhooks.seal(event, endpoint)
        reply = delivery.send(endpoint.target, endpoint.kind, letter)
        with account.lock:
            webhooks.take_over(event, endpoint, reply, at, letter.headers)
            account.keep(
                {
                    "do": "delivered",
                    "event": webhooks.events.index(event),
                    "endpoint": webhooks.endpoints.index(endpoint),
                    "status": reply.status,
                    "error": reply.error,
                    "at": at,
                }
            )
        return True

    def close(self) -> None:
        """Start no further delivery."""
        self._pool.shutdown(wait=False, cancel_futures=True)
