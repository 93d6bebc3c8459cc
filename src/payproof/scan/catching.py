"""Whether what stands around a processor's call catches what that call raises."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

from payproof.scan.flow.clauses import Attempt, Clause
from payproof.scan.models import CallModel, Models, tokens

EVERYTHING = frozenset({"Exception", "BaseException"})

_NETWORK_ROOTS = frozenset({"requests", "httpx", "aiohttp", "urllib", "urllib3", "http", "socket", "ssl"})
_NETWORK_BUILTINS = frozenset({"OSError", "IOError", "EnvironmentError", "ConnectionError", "TimeoutError"})
_BUILTIN_ERRORS = frozenset(name for name in dir(builtins) if name.endswith(("Error", "Exception", "Exit", "Interrupt")))
_DATABASE = frozenset(
    """
    IntegrityError DoesNotExist ObjectDoesNotExist MultipleObjectsReturned NoResultFound MultipleResultsFound
    ValidationError JSONDecodeError InvalidOperation DatabaseError OperationalError ObjectNotFound FieldError
    SignatureVerificationError SignatureVerifyError InvalidSignature
    """.split()
)
_DEFINITE = frozenset(
    {"card", "invalid", "notfound", "found", "declined", "decline", "validation", "authentication", "permission"}
)


class Catching:
    """Answers for one kind of call: those of a processor's SDK, or those over plain HTTP."""

    def __init__(self, model: CallModel, models: Models) -> None:
        self._roots = {root for root, processor in models.roots.items() if processor == model.processor}
        self._http = bool(model.http)

    def attempt(self, attempt: Attempt) -> bool:
        """Return whether a `try` or `with` stops the call's errors, or may do so."""
        return any(self.clause(clause) for clause in attempt.clauses)

    def clause(self, clause: Clause) -> bool:
        """Return whether an `except` stops the call's errors, or some of them, or may do so."""
        return any(self.path(path) for path in clause.paths)

    def path(self, path: str) -> bool:
        """Return whether an exception class is, or may be, one that the call raises."""
        root, last = path.split(".", 1)[0], path.rsplit(".", 1)[-1]
        if path in EVERYTHING or last in EVERYTHING:
            return True
        if last in _DATABASE or root == "program":
            return False
        if path in _NETWORK_BUILTINS:
            return True
        if root in _BUILTIN_ERRORS:
            return False
        if root in self._roots:
            return True
        if root in _NETWORK_ROOTS:
            return self._http
        # An error of another library is not ours; of a name that leads nowhere nothing is known.
        return root == "?"

    def definite(self, clause: Clause) -> bool:
        """Return whether an `except` catches only errors after which it is certain that nothing was done."""
        return bool(clause.paths) and all(_definite(path) for path in clause.paths)


def _definite(path: str) -> bool:
    words = set(tokens(path.rsplit(".", 1)[-1]))
    return bool(words & _DEFINITE) and not words & {"connection", "timeout", "api"}


def everything(clauses: Iterable[Clause]) -> bool:
    """Return whether one of the handlers catches every exception."""
    return any(path in EVERYTHING for clause in clauses for path in clause.paths)
