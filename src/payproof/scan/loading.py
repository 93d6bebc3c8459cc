"""From files to facts: one file is one unit of work, done here, in another process, or taken from the cache."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import gc
import hashlib
import json
import pathlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from payproof.model import Unread
from payproof.scan import facts
from payproof.scan.cache import Cache
from payproof.scan.program import ModuleInfo
from payproof.scan.reading import LARGEST, read_whole

KIND = "facts"

WORTH_PROCESSES = 24
"""Files to lower from which on worker processes pay for their start."""


def facts_version() -> str:
    """Return what facts depend on beside a file's content: their own version, Python's grammar and libcst's release."""
    from importlib.metadata import version

    return f"{facts.VERSION}-{sys.version_info[0]}.{sys.version_info[1]}-{version('libcst')}"


def _drop(unread: Unread) -> None:
    """Where a worker leaves what it could not read of a body: whoever wants the body in the end is told again."""


def _work(path: str, data: bytes, words: Sequence[str]) -> tuple[str, str, str]:
    """Lower a file in a worker process, with the functions that hold one of `words`; the facts travel back as JSON."""
    from payproof.scan import bodies

    module = bodies.read(path, data, _drop)
    if isinstance(module, Unread):
        return path, "", module.reason
    for function in bodies.outermost(module.body):
        if function.mentions(words):
            _ = function.body
    return path, json.dumps(facts.encode(module), separators=(",", ":")), ""


@dataclasses.dataclass(slots=True)
class _Held:
    """A module in use: its key in the cache, and how many bodies had been read when it was put there, -1 for not yet."""

    key: bytes
    module: facts.Module
    cached: int


class Facts:
    """Gives the facts of a project's files, each at most once. `unread` collects those that could not be had."""

    def __init__(
        self,
        root: pathlib.Path,
        cache: Cache,
        context: Callable[[str], frozenset[str]],
        tests: Mapping[str, bool],
        words: Sequence[str] = (),
    ) -> None:
        self._root = root
        self._cache = cache
        self._context = context
        self._tests = tests
        self._words = words
        """Functions that hold one of these are read ahead, where files are."""
        self._ready: dict[str, facts.Module | Unread] = {}
        self._held: dict[str, _Held] = {}
        self.surface: frozenset[str] = frozenset()
        self.unread: dict[str, Unread] = {}
        self.analysed: set[str] = set()
        self.parsed = 0

    def module(self, path: str) -> ModuleInfo | None:
        """Return the module at `path`, or None when it cannot be read; the reason is then in `unread`."""
        data = self._read(path)
        if data is None:
            return None
        done = self._ready.pop(path, None)
        if done is None:
            done = self._lowered(path, data)
        elif isinstance(done, facts.Module):
            self._hold(path, data, done, -1)
        if isinstance(done, Unread):
            self._report(done)
            return None
        self.analysed.add(path)
        spoken = self._context(data.decode("utf-8", "replace").lower())
        return ModuleInfo(path, done, spoken, self._tests.get(path, False), path in self.surface)

    def _report(self, unread: Unread) -> None:
        self.unread.setdefault(unread.path, unread)

    def _read(self, path: str) -> bytes | None:
        try:
            data = read_whole(self._root / path)
        except OSError as error:
            self._report(Unread(path, f"cannot be read: {error.strerror or error}"))
            return None
        if data is None:
            self._report(Unread(path, f"is larger than {LARGEST:,} bytes"))
        return data

    def _lowered(self, path: str, data: bytes) -> facts.Module | Unread:
        from payproof.scan import bodies

        held = self._cache.get(KIND, _key(path, data))
        if held is not None:
            try:
                module: facts.Module = facts.decode(held)
                self._hold(path, data, module, _bodies_read(module))
                return module
            except (KeyError, TypeError, ValueError, AttributeError):
                pass
        self.parsed += 1
        done = bodies.read(path, data, self._report)
        if isinstance(done, facts.Module):
            self._hold(path, data, done, -1)
        return done

    def _hold(self, path: str, data: bytes, module: facts.Module, cached: int) -> None:
        from payproof.scan import bodies

        bodies.attach(module, data, self._report)
        self._held[path] = _Held(_key(path, data), module, cached)

    def keep(self) -> None:
        """Put what was read into the cache, bodies that were wanted included. What could not be read whole is not kept."""
        for path, held in self._held.items():
            if path not in self.unread and _bodies_read(held.module) > held.cached:
                held.cached = _bodies_read(held.module)
                self._cache.put(KIND, held.key, facts.encode(held.module))

    def prepare(self, paths: Sequence[str], jobs: int, executor: concurrent.futures.Executor | None = None) -> None:
        """Lower many files ahead, in worker processes where that pays. What a worker cannot do is left for later."""
        wanted = list(self._uncached(paths))
        if executor is None and (jobs < 2 or len(wanted) < WORTH_PROCESSES):
            return
        if executor is not None:
            self._collect(executor, wanted)
            return
        with concurrent.futures.ProcessPoolExecutor(jobs, initializer=gc.freeze) as pool:
            self._collect(pool, wanted)

    def _collect(self, executor: concurrent.futures.Executor, wanted: Sequence[tuple[str, bytes]]) -> None:
        futures = {executor.submit(_work, path, data, self._words): path for path, data in wanted}
        for future in concurrent.futures.as_completed(futures):
            try:
                self._take(*future.result())
                self.parsed += 1
            except concurrent.futures.BrokenExecutor:
                self._lost(futures[future])

    def _take(self, path: str, text: str, reason: str) -> None:
        self._ready[path] = facts.decode(json.loads(text)) if text else Unread(path, reason)

    def _lost(self, path: str) -> None:
        """A worker died with this file's pool: the file is tried again by itself, in a process of its own."""
        with concurrent.futures.ProcessPoolExecutor(1) as alone:
            data = self._read(path)
            if data is None:
                return
            try:
                self._take(*alone.submit(_work, path, data, self._words).result())
            except concurrent.futures.BrokenExecutor:
                self._ready[path] = Unread(path, "ended the process that read it")

    def _uncached(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            data = self._read(path)
            if data is not None and self._cache.get(KIND, _key(path, data)) is None:
                yield path, data


def _bodies_read(module: facts.Module) -> int:
    from payproof.scan import bodies

    return sum(function.suite is not None for function in bodies.outermost(module.body))


def _key(path: str, data: bytes) -> bytes:
    """Facts name their path, so it is part of the key."""
    return hashlib.blake2b(path.encode() + b"\0" + data, digest_size=20).digest()
