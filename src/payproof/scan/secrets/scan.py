"""Finds a processor's secrets in one file and says so without repeating them."""

from __future__ import annotations

import codecs
import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from payproof.model import Confidence, Place, Rule, Severity, Site, UsageError, Verdict
from payproof.scan.files import File
from payproof.scan.frames import frame, safe
from payproof.scan.kinds import Kind
from payproof.scan.secrets.values import is_documented, is_stand_in, mode, prefix
from payproof.scan.sieve import Line, Sieve, sieve

if TYPE_CHECKING:
    from payproof.scan.secrets.detectors import Credential

SHAPE = "secret"
"""The shape that rules name in `ask:` to be answered here; `keys: real` or `keys: sample` says which values they mean."""

_KEYS = ("real", "sample")

_NAMES = {
    "stripe": "Stripe",
    "paypal": "PayPal",
    "braintree": "Braintree",
    "adyen": "Adyen",
    "square": "Square",
    "razorpay": "Razorpay",
    "paystack": "Paystack",
    "mollie": "Mollie",
    "authorize.net": "Authorize.net",
    "flutterwave": "Flutterwave",
}

_OTHERS_WEBHOOKS = re.compile(r"(?i)svix|resend|clerk|standard_?webhook|polar|supabase|openai|replicate")
_GIVEN_TO = re.compile(
    r"([A-Za-z_][\w.-]{0,60})[\"']?\]?\s*(?:=>|:=|:\s*[A-Za-z][\w.\[\]| ]{0,40}=|[:=,(])\s*[bru]{0,2}[\"'`]?\Z"
)
_LOOKED_UP = re.compile(
    r"(?<![A-Za-z0-9])(?:environ(?:\.get)?|getenv|env(?:\.str)?|config|get_secret)\s*[\[(]\s*[\"']([A-Za-z_]\w{3,60})[\"']"
)
_SECRET_WORDS = re.compile(r"(?i)secret|private|api_?key|hmac|token|webhook|signing|transaction_?key")
_PUBLIC_WORDS = re.compile(r"(?i)public|publishable|merchant|client_?id|url|host|mode|version|name|enabled|debug|timeout")


@dataclasses.dataclass(frozen=True, slots=True)
class _Hit:
    """A value found on a line; `column` is 1-based, in characters."""

    line: int
    column: int
    value: str
    credential: Credential
    given_to: str


def scan_secrets(file: File, data: bytes, rules: Sequence[Rule], words: Sieve | None = None) -> list[Site]:
    """Return the sites of the `secret` rules in one text file, in order.

    A secret in the file is violated, a processor's secret that Python reads from the environment or the settings holds. In
    test code only keys known to be live are asked. No message, frame or fingerprint holds a value: at most its public prefix.
    """
    asked = {_keys(rule): rule for rule in rules if rule.shape == SHAPE}
    words = words or sieve()
    if not asked or file.kind is Kind.BINARY:
        return []
    data = _as_utf8(data)
    if b"\0" in data[:8192]:
        return []
    lines = list(words.secret_lines(data, live_only=file.test))
    if not lines:
        return []
    mentioned = words.processors(data) | words.processors(file.path.encode())
    hits = list(_hits(data, lines, mentioned, live_only=file.test))
    text = data.decode("utf-8", "replace").split("\n")
    sites = [_violated(file, hit, asked, text, hits) for hit in hits if _kind(hit) in asked]
    if "real" in asked and file.kind is Kind.PYTHON and not file.test:
        sites += _kept_out(file, lines, {hit.line for hit in hits}, asked["real"], mentioned)
    return sorted(sites, key=lambda site: (site.place, site.rule))


def secret_values(path: str, data: bytes) -> tuple[tuple[str, str], ...]:
    """Return the secrets that a file holds, each with what may be shown of it: at most its public prefix."""
    words = sieve()
    data = _as_utf8(data)
    hits = _hits(data, words.secret_lines(data), words.processors(data) | words.processors(path.encode()), live_only=False)
    return tuple({hit.value: prefix(hit.value) + "…" for hit in hits}.items())


def _keys(rule: Rule) -> str:
    keys = rule.ask.get("keys", "real")
    if keys not in _KEYS or not set(rule.ask) <= {"shape", "keys"}:
        raise UsageError(f"{rule.path}: the shape 'secret' takes the key 'keys' only, which is one of {', '.join(_KEYS)}")
    return str(keys)


def _as_utf8(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data


def _hits(data: bytes, lines: Iterable[Line], mentioned: frozenset[str], live_only: bool) -> Iterator[_Hit]:
    from payproof.scan.secrets.detectors import CREDENTIALS

    credentials = [credential for credential in CREDENTIALS if not credential.mention or credential.processor in mentioned]
    for line in lines:
        text = line.data.decode("utf-8", "replace")
        before = data[data.rfind(b"\n", 0, line.start) + 1 : line.start].decode("utf-8", "replace")
        for start, value, credential in _distinct(text, credentials):
            if is_stand_in(value) and not is_documented(value):
                continue
            if live_only and (mode(value) != "live" or is_documented(value)):
                continue
            if _is_example(data, line, text[:start]) or (value.startswith("whsec_") and _OTHERS_WEBHOOKS.search(text[:start])):
                continue
            given_to = _GIVEN_TO.search(text[:start])
            yield _Hit(line.number, len(before) + start + 1, value, credential, given_to.group(1) if given_to else "")


def _is_example(data: bytes, line: Line, before: str) -> bool:
    """Return whether a value is given as an example, as schemas do: `examples=["…"]`, also with the list on its own line."""
    if "example" in before.lower():
        return True
    above = data[data.rfind(b"\n", 0, max(0, line.start - 1)) + 1 : line.start].strip().lower()
    return above.endswith(b"[") and b"example" in above


def _distinct(text: str, credentials: Iterable[Credential]) -> Iterator[tuple[int, str, Credential]]:
    """Yield what the detectors find in a line, in order; where values overlap, the longest, of the first that found it."""
    found: dict[tuple[int, int], Credential] = {}
    for credential in credentials:
        for value in credential.values(text):
            start = text.find(value)
            while start >= 0:
                found.setdefault((start, start + len(value)), credential)
                start = text.find(value, start + len(value))
    taken: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0] - span[1], span)):
        if all(end <= other_start or start >= other_end for other_start, other_end in taken):
            taken.append((start, end))
    for start, end in sorted(taken):
        yield start, text[start:end], found[start, end]


def _kind(hit: _Hit) -> str:
    return "sample" if is_documented(hit.value) else "real"


def _processor(hit: _Hit) -> str:
    body = hit.value[len(prefix(hit.value)) :]
    # Paystack's keys look like Stripe's, but have 40 hexadecimal digits.
    if hit.value.startswith("sk_") and re.fullmatch(r"[0-9a-f]{40}", body):
        return "paystack"
    return hit.credential.processor


def _violated(file: File, hit: _Hit, asked: Mapping[str, Rule], text: Sequence[str], hits: Sequence[_Hit]) -> Site:
    rule = asked[_kind(hit)]
    processor = _processor(hit)
    hide = tuple((other.value, prefix(other.value) + "…") for other in hits if abs(other.line - hit.line) <= 1)
    shown = safe(text[hit.line - 1], hide)
    what = " ".join([_NAMES[processor], *([f"{mode(hit.value)}-mode"] if mode(hit.value) else []), hit.credential.what])
    article = "An" if what[0] in "AEIOU" else "A"
    given = f", given to {hit.given_to}" if hit.given_to else ""
    if _kind(hit) == "sample":
        message = f"A sample {what} from {_NAMES[processor]}'s own documents stands here{given}. Everyone knows it."
    else:
        message = f"{article} {what} stands here in plain text{given}. Whoever reads the repository can use it."
    return Site(
        rule=rule.id,
        verdict=Verdict.VIOLATED,
        place=Place(file.path, hit.line, hit.column, hit.line, hit.column + len(hit.value)),
        message=message,
        severity=min(rule.severity, Severity.HIGH) if mode(hit.value) == "test" else rule.severity,
        confidence=rule.confidence if hit.credential.certain else min(rule.confidence, Confidence.MEDIUM),
        processor=processor,
        frame=frame(text, hit.line, hide=hide),
        fingerprint=_fingerprint(rule.id, hit.credential.what, hit.given_to, shown),
    )


def _kept_out(file: File, lines: Iterable[Line], but: set[int], rule: Rule, mentioned: frozenset[str]) -> Iterator[Site]:
    for line in lines:
        text = line.data.decode("utf-8", "replace")
        found = _LOOKED_UP.search(text)
        if found is None or line.number in but or text.lstrip().startswith("#"):
            continue
        name = found.group(1)
        processor = next((known for known in sorted(_NAMES) if known.replace(".", "") in name.lower().replace("_", "")), "")
        if not processor or not _SECRET_WORDS.search(name) or _PUBLIC_WORDS.search(name):
            continue
        yield Site(
            rule=rule.id,
            verdict=Verdict.HOLDS,
            place=Place(file.path, line.number, found.start() + 1, line.number, found.end() + 1),
            message=f"{name} is read from outside the code.",
            severity=rule.severity,
            confidence=rule.confidence,
            processor=processor,
            fingerprint=_fingerprint(rule.id, "kept out", name, safe(text)),
        )


def _fingerprint(*parts: str) -> str:
    """Return a digest that survives moves of the line and of the file, and tells nothing of the secret."""
    joined = "\0".join(" ".join(part.split()) for part in parts)
    return hashlib.blake2b(joined.encode("utf-8", "replace"), digest_size=10).hexdigest()
