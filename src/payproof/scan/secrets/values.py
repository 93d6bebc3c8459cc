"""Is what looks like a key one, or a stand-in for it, or one that a processor printed in its own documents?"""

from __future__ import annotations

import collections
import hashlib
import itertools
import math
import re

_PREFIX = re.compile(
    r"(?:sk|rk)_(?:org_)?(?:live|test|prod)_|whsec_|access_token\$[a-z]+\$|sq0[a-z]{3}-|EAAA|AQE|FLWSECK(?:_TEST)?-|(?:live|test)_"
)
_LIVE = re.compile(r"(?:sk|rk)_(?:org_)?(?:live|prod)_|access_token\$production\$|sq0(?:csp|atp)-|FLWSECK-|live_")
_TEST = re.compile(r"(?:sk|rk)_(?:org_)?test_|access_token\$(?:sandbox|integration)\$|FLWSECK_TEST-|test_")

_STAND_INS = re.compile(
    r"your|example|dummy|fake|change|placehold|replace|insert|todo|redact|mock|goes|here|xxxx|abcd|1234|foobar|testing|secret|\.\.\.|[<>{}*…]"
)

# The first 16 digits of SHA-256, so that no key stands here: Stripe's API reference and quick starts (five), Adyen's libraries'
# HMAC test vector, the PayPal REST SDKs' readme, and the shared account of PayPal's NVP samples (a password, two signatures).
_DOCUMENTED = frozenset(
    {
        "2cafc0970149a84f",
        "28488b1eb7c57cb0",
        "e890b2391e1af7b1",
        "f2d6ca16515033e5",
        "7e8de44ea9ecf6d5",
        "e4d12f849ede90f8",
        "e856c6e712db9544",
        "e8694f607046ce44",
        "dd66da24ea1aa2e1",
        "4398e3c4364f6558",
    }
)


def prefix(value: str) -> str:
    """Return the public prefix of a key, `sk_live_` of a Stripe key for one, or `""` for a key without any."""
    found = _PREFIX.match(value)
    return found.group() if found else ""


def mode(value: str) -> str:
    """Return "live" or "test" where the key itself says so, else `""`."""
    if _LIVE.match(value):
        return "live"
    return "test" if _TEST.match(value) else ""


def is_documented(value: str) -> bool:
    """Return whether a processor published this very value as a sample."""
    return hashlib.sha256(value.encode()).hexdigest()[:16] in _DOCUMENTED


def is_stand_in(value: str) -> bool:
    """Return whether a value merely holds the place of a key: words such as `your`, repetition, counting, too little chance."""
    body = value[len(prefix(value)) :]
    lowered = body.lower()
    if _STAND_INS.search(lowered):
        return True
    hexadecimal = all(character in "0123456789abcdef" for character in lowered)
    return _entropy(body) < (2.5 if hexadecimal else 3.0) or _counting(body) > 0.4


def _entropy(text: str) -> float:
    """Return Shannon's entropy in bits per character."""
    counts = collections.Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def _counting(text: str) -> float:
    """Return the share of characters that are the successor of, or the same as, the one before."""
    steps = sum(ord(later) - ord(earlier) in (0, 1) for earlier, later in itertools.pairwise(text))
    return steps / max(1, len(text) - 1)
