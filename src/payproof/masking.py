"""What payproof may print: `mask` takes card numbers, CVCs and keys out of a text, `printable` what could fool a terminal.

Every text that leaves payproof and may quote somebody's code or data goes through `printable` and then `mask`: code frames,
messages, journals, ledgers, reports. At most the first six and last four digits of a card number survive (the baseline of
PCI SSC FAQ 1091), and of a key its public prefix. Masking too much is a small fault here, masking too little a grave one.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

_CORE = (
    # prefixes from, to (as many digits as written), lengths
    ("4", "4", (16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("6011", "6011", (16, 19)),
    ("644", "649", (16, 19)),
    ("65", "65", (16, 19)),
    ("300", "305", (16, 19)),
    ("36", "36", (16, 19)),
    ("38", "39", (16, 19)),
    ("3528", "3589", (16, 17, 18, 19)),
    ("62", "62", (16, 17, 18, 19)),
    ("810", "817", (16, 17, 18, 19)),
    ("2200", "2204", (16, 17, 18, 19)),
    ("9792", "9792", (16,)),
    ("506099", "506198", (16, 18, 19)),
    ("506699", "506778", (16,)),
    ("507865", "507964", (16, 18, 19)),
    ("509000", "509999", (16,)),
    ("504175", "504175", (16,)),
    ("627780", "627780", (16,)),
    ("636297", "636297", (16,)),
    ("636368", "636368", (16,)),
    ("637095", "637095", (16,)),
    ("637568", "637568", (16,)),
    ("637599", "637612", (16,)),
    ("606282", "606282", (16,)),
    ("589562", "589562", (16,)),
)
"""Issuer prefixes and lengths that name a card with few false alarms: Visa, Mastercard, American Express, Discover, Diners,
JCB, UnionPay, Mir, Troy, Verve, Elo, Hiper, Naranja. Source: the table of Braintree's credit-card-type package (June 2026)."""

_LOOSE = (
    ("4", "4", (13, 18)),
    ("300", "305", (14,)),
    ("36", "36", (14,)),
    ("38", "39", (14,)),
    ("50", "50", tuple(range(12, 20))),
    ("56", "59", tuple(range(12, 20))),
    ("60", "60", tuple(range(12, 20))),
    ("63", "63", tuple(range(12, 20))),
    ("67", "67", tuple(range(12, 20))),
)
"""Prefixes that need a card-like context before they mean anything: old Visa lengths, short Diners, Maestro."""


def luhn(digits: str) -> bool:
    """Return whether the digits end with their own Luhn check digit (ISO/IEC 7812-1 annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_card_number(digits: str, loose: bool = False) -> bool:
    """Return whether `digits` (digits only) has issuer prefix, length and check digit of a payment card.

    Of random 16-digit numbers 2.7 % do, so look at the name or the neighbours as well before calling it a card. `loose`
    admits prefixes that say little by themselves (Maestro, 13-digit Visa, 14-digit Diners).
    """
    table = _CORE + _LOOSE if loose else _CORE
    return _has_issuer(digits, table) and luhn(digits)


def _has_issuer(digits: str, table: tuple[tuple[str, str, tuple[int, ...]], ...]) -> bool:
    return any(len(digits) in lengths and low <= digits[: len(low)] <= high for low, high, lengths in table)


_SEPARATOR = "[ \\-._/\u00a0\u2007\u202f\u2010-\u2015\ufffd]"
_RUN = re.compile(rf"\d(?:{_SEPARATOR}?\d){{11,}}")
_GROUP = re.compile(r"\d+")


def card_numbers(text: str, loose: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the `(start, end)` offsets of what reads as a card number: digits in groups with single separators."""
    for run in _RUN.finditer(text):
        groups = [(match.start(), match.end()) for match in _GROUP.finditer(text, run.start(), run.end())]
        yield from _in_groups(text, groups, loose)


def _in_groups(text: str, groups: list[tuple[int, int]], loose: bool) -> Iterator[tuple[int, int]]:
    first = 0
    while first < len(groups):
        last = _card_from(text, groups, first, loose)
        if last is None:
            first += 1
            continue
        yield groups[first][0], groups[last][1]
        first = last + 1


def _card_from(text: str, groups: list[tuple[int, int]], first: int, loose: bool) -> int | None:
    digits = ""
    for last in range(first, len(groups)):
        digits += "".join(str(unicodedata.digit(character)) for character in text[slice(*groups[last])])
        if len(digits) > 19:
            return None
        # UnionPay issues numbers without a check digit, so its prefix alone is enough when numbers are being hidden.
        if len(digits) >= 12 and (is_card_number(digits, loose) or (loose and len(digits) >= 16 and digits[:2] == "62")):
            return last
    return None


def mask(text: str) -> str:
    """Return `text` with card numbers, track data, CVCs beside their name, processor keys and client secrets masked.

    Of a card number the first six and last four digits stay, of a key its prefix followed by `…`; a value that only its
    name gives away (`client_secret = "…"`) goes as a whole. Masking a masked text changes nothing.
    """
    if len(text) < _SHORTEST:
        return text
    lowered = text.lower()
    for anchors, pattern, replacement in _patterns():
        for anchor in anchors:
            if anchor in lowered:
                text = pattern.sub(replacement, text)
                break
    if any(sign in text for sign in _ASSIGNING):
        text = _mask_named(text, lowered)
    return _mask_cards(text) if _RUN.search(text) else text


def _mask_named(text: str, lowered: str) -> str:
    secrets, codes = _named_patterns()
    if any(word in lowered for word in _SECRET_WORDS):
        for pattern in secrets:
            text = pattern.sub(r"\1…", text)
    if any(word in lowered for word in _CODE_WORDS):
        text = codes.sub(r"\1***", text)
    return text


def _mask_cards(text: str) -> str:
    parts = []
    done = 0
    for start, end in card_numbers(text, loose=True):
        parts += [text[done:start], mask_card(text[start:end])]
        done = end
    return "".join([*parts, text[done:]])


def mask_card(number: str) -> str:
    """Return a card number with only its first six and last four digits; separators stay. Short numbers go entirely."""
    total = sum(character.isdigit() for character in number)
    seen = 0
    masked = []
    for character in number:
        if not character.isdigit():
            masked.append(character)
            continue
        seen += 1
        shown = total >= 12 and (seen <= 6 or seen > total - 4)
        masked.append(character if shown else "*")
    return "".join(masked)


_CARD_CODES = "cvc2?|cvv2?|cav2|cvn2?|csc|cid|security_?code|card_?(?:verification|security)_?(?:code|value|number)?|pin_?block"
_SECRET_NAMES = (
    r"private_?key|secret(?:_?key)?|secret_?access_?key|api_?secret|api_?key|(?:client|webhook|signing|endpoint|app|shared)_?secret"
    r"|transaction_?key|signature_?key|hmac(?:_?key|_?secret)?|access_?token|auth_?token|bearer_?token|refresh_?token|password|passwd"
)


_SHORTEST = len("cvc=123")
_ASSIGNING = ("=", ":", '",', "',")
_SECRET_WORDS = ("key", "secret", "token", "passw", "hmac")
_CODE_WORDS = ("cvc", "cvv", "cav", "cvn", "csc", "cid", "code", "card", "pin")

_KEYS = (
    # lower-case words of which one must occur before the expression is worth trying, then the expression
    (("_live_", "_test_", "_prod_"), r"\b((?:sk|rk|ek)_(?:org_)?(?:live|test|prod)_)(?=[0-9A-Za-z]{6})[0-9A-Za-z_]+"),
    (("whsec_",), r"(whsec_)[^\s\"'`,;:)\]}<>…]+"),
    (("_secret_",), r"\b((?:pi|seti|cs|cs_test|cs_live|src|ephkey|acctsess)_[0-9A-Za-z]{4,}_secret_)[0-9A-Za-z%+/=_-]+"),
    (("access_token$",), r"(access_token\$[a-z]+\$)[0-9A-Za-z$]+"),
    (("eaaa",), r"\b(EAAA)[\w-]{16,}"),
    (("sq0",), r"\b(sq0(?:csp|atp)-)[\w-]{8,}"),
    (("aqe",), r"\b(AQE)[0-9A-Za-z+/=\-_.:{}\[\]()<>^~?!@#%&*|$,;]{24,}"),
    (("bearer ", "basic "), r"(?i)\b(bearer |basic )(?=[\w.+/-]*\d)[\w.+/=-]{16,}"),
    (("://",), r"(://[^\s:/@\"']+:)[^\s/@\"']+(?=@)"),
    (("%b",), r"(%B\d)\d{11,18}\^[^\n?]*\??"),
    ((";",), r"(;\d)\d{11,18}=[\d=]*\??"),
)


@functools.cache
def _patterns() -> tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...]:
    return tuple((anchors, re.compile(pattern), r"\1…") for anchors, pattern in _KEYS)


@functools.cache
def _named_patterns() -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str]]:
    quoted = (
        rf"(?i)((?:{_SECRET_NAMES})[\"']?\]?\s*(?::\s*[\w\[\]. |]*=|[:=,]|=>)\s*[bru]{{0,2}}([\"']))(?!…)[^\"'\n]{{6,}}(?=\2)"
    )
    # A bare `name: value` counts only where the value cannot be an expression: letters and digits mixed, no dots or calls.
    bare = (
        rf"(?i)((?:{_SECRET_NAMES})[\"']?\s*[:=]\s*)"
        r"(?=[a-z0-9+/=_-]*\d)(?=[a-z0-9+/=_-]*[a-z])[a-z0-9+/=_-]{16,}(?![\w.(\[])"
    )
    code = rf"(?i)((?<![a-z])(?:{_CARD_CODES})[\"']?\]?\s*(?:[:=,]|=>)\s*[\"']?)\d{{3,4}}(?!\d)"
    return (re.compile(quoted), re.compile(bare)), re.compile(code)


_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?|\x1b[ -/]*[0-~]"
)


def printable(text: str) -> str:
    """Return one line of text without terminal escapes, control, bidirectional and invisible characters.

    A tab becomes a space; an escape sequence and an invisible character go; any other control character and a lone
    surrogate become U+FFFD, so that nothing is hidden silently.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in _ESCAPES.sub("", text))


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return "\ufffd" if category in ("Cc", "Cs", "Co", "Zl", "Zp") else character
