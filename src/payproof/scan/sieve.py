"""A cheap look at a file's bytes: can it matter for payments, and which of its lines can hold a secret?

Plain substring search in lower-cased bytes runs at 1 to 2 GB/s and word; a regular expression over all words at 10 to 25 MB/s.
The words are data: `rules/sieve.yaml`, and what models of the user's add.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from payproof import documents
from payproof.model import UsageError

LONGEST_LINE = 2_000
"""Bytes up to which a line is handed on whole; of a longer one (minified code) only what surrounds a hit."""

_AROUND = 300


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line that can hold a secret, or a part of one: its 1-based number, where its bytes start in the file, and they."""

    number: int
    start: int
    data: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class _Group:
    stem: bytes
    words: tuple[bytes, ...]


class Sieve:
    """The words to look for, ready for use. `sieve()` returns the one that payproof ships."""

    def __init__(
        self,
        payment: Sequence[tuple[str, Sequence[str]]],
        processors: Mapping[str, Sequence[str]],
        live_anchors: Sequence[str],
        anchors: Sequence[str],
        named: Mapping[str, Sequence[str]],
    ) -> None:
        self._groups = tuple(_Group(stem.encode(), _encoded(words)) for stem, words in payment)
        self._processors = {name: _encoded(words) for name, words in processors.items()}
        self._live_anchors = _encoded(live_anchors)
        self._anchors = self._live_anchors + _encoded(anchors)
        self._named = {name: _encoded(words) for name, words in named.items()}
        stems = {word: group.stem for group in self._groups for word in group.words}
        # Per processor whose secrets only a name gives away: the words that mention it, each after its stem.
        self._mentions = {name: tuple((stems.get(word, b""), word) for word in self._processors[name]) for name in named}

    def with_words(self, words: Iterable[str]) -> Sieve:
        """Return a sieve that takes a Python file for payment code when it holds one of `words` as well."""
        extended = copy.copy(self)
        known = {word for group in self._groups for word in group.words}
        more = tuple(sorted({word.lower().encode() for word in words} - known))
        extended._groups = self._groups + tuple(_Group(b"", (word,)) for word in more)
        return extended

    def payment_words(self, data: bytes) -> frozenset[str]:
        """Return every payment word that `data` holds."""
        return frozenset(word.decode() for word in self._payment_words(data.lower()))

    def is_payment_python(self, data: bytes) -> bool:
        """Return whether Python code `data` can matter for payments; when not, no rule has anything to ask of it."""
        return next(self._payment_words(data.lower()), None) is not None

    def _payment_words(self, lowered: bytes) -> Iterator[bytes]:
        for group in self._groups:
            if group.stem and group.stem not in lowered:
                continue
            for word in group.words:
                if word in lowered:
                    yield word

    def processors(self, data: bytes) -> frozenset[str]:
        """Return the short names of the processors that `data` mentions."""
        lowered = data.lower()
        return frozenset(name for name, words in self._processors.items() if any(word in lowered for word in words))

    def secret_lines(self, data: bytes, live_only: bool = False) -> Iterator[Line]:
        """Yield, in order, the lines of a text file that can hold a processor's secret.

        `live_only` keeps only those that can hold a key known to be live, which is all that is asked of test code.
        """
        hits: set[int] = set()
        for anchor in self._live_anchors if live_only else self._anchors:
            hits.update(_positions(data, anchor))
        if not live_only:
            hits.update(self._named_positions(data.lower()))
        return _lines(data, sorted(hits))

    def _named_positions(self, lowered: bytes) -> Iterator[int]:
        wanted: set[bytes] = set()
        stems: dict[bytes, bool] = {b"": True}
        for name, words in self._named.items():
            for stem, mention in self._mentions[name]:
                if stem not in stems:
                    stems[stem] = stem in lowered
                if stems[stem] and mention in lowered:
                    wanted.update(words)
                    break
        for word in wanted:
            yield from _positions(lowered, word)


def _encoded(words: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(word.encode() for word in words)


def _positions(data: bytes, word: bytes) -> Iterator[int]:
    position = data.find(word)
    while position >= 0:
        yield position
        position = data.find(word, position + len(word))


def _lines(data: bytes, hits: Sequence[int]) -> Iterator[Line]:
    number, counted, done = 1, 0, 0
    for hit in hits:
        if hit < done:
            continue
        start = data.rfind(b"\n", 0, hit) + 1
        end = data.find(b"\n", hit)
        end = len(data) if end < 0 else end
        number += data.count(b"\n", counted, start)
        counted = start
        if end - start > LONGEST_LINE:
            start, end = max(start, done, hit - _AROUND), min(end, hit + _AROUND)
        yield Line(number, start, data[start:end])
        done = end


@functools.cache
def sieve() -> Sieve:
    """Return the sieve of `rules/sieve.yaml`. Raises `DocumentError` when that document is broken."""
    path = documents.data_folder("rules") / "sieve.yaml"
    document = documents.read(path, "sieve")
    _check(documents.shown_path(path), document)
    groups = [(group.get("stem", ""), group["words"]) for group in document["payment"]]
    return Sieve(groups, document["processors"], document["anchors"]["live"], document["anchors"]["any"], document["named"])


def _check(shown: str, document: Mapping[str, Any]) -> None:
    for group in document["payment"]:
        for word in group["words"]:
            if group.get("stem", "") not in word:
                raise UsageError(f"{shown}: the stem {group['stem']!r} does not stand in {word!r}")
    for name in document["named"]:
        if name not in document["processors"]:
            raise UsageError(f"{shown}: named: unknown processor {name!r}{documents.suggest(name, document['processors'])}")
