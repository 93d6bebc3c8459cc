"""Pages on which customers pay: their card fields, their forms and their scripts, read from HTML templates."""

from __future__ import annotations

import dataclasses
import fnmatch
import re

from payproof.scan.hosts import is_local, scheme_and_host
from payproof.scan.markup import Tag, tags
from payproof.scan.models import Models, card_word, tokens

_WORDS = (b"card", b"cvc", b"cvv", b"ccnum", b"cc-", b"cc_")
"""What a page with a card field of its own holds, in lower case."""

_AUTOCOMPLETE = {"cc-number": "card-number", "cc-csc": "card-code"}
_TYPED = frozenset({"", "text", "tel", "number", "password", "hidden"})
_CAUGHT = re.compile(
    r"(?:data-(?:stripe|braintree-name|braintree-type|encrypted-name|checkout|cse|square|worldpay)|data-[a-z-]*token)"
)
_OWN_SERVER = re.compile(r"\{%-?\s*url\b|url_for\s*\(|request\.(?:path|url|get_full_path|build_absolute_uri)|\{%\s*route\b")
_EXTENDS = re.compile(r"\{%-?\s*extends\s+[\"']([^\"']+)[\"']|<%inherit\s+file=[\"']([^\"']+)[\"']")


@dataclasses.dataclass(frozen=True, slots=True)
class CardField:
    """A field that card data is typed into; `kind` says which, `posted` that the browser sends it with its form."""

    tag: Tag
    kind: str
    posted: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Script:
    """A script that a page loads: `host` is `""` for one of the site's own, `processor` is set for a processor's."""

    tag: Tag
    host: str
    processor: str

    @property
    def pinned(self) -> bool:
        return bool(self.tag.get("integrity"))


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One template. It takes payments when it has card fields or scripts of a processor."""

    path: str
    fields: tuple[CardField, ...]
    scripts: tuple[Script, ...]
    forms: tuple[Tag, ...]
    parent: str
    policy: bool

    @property
    def takes_payments(self) -> bool:
        return bool(self.fields) or any(script.processor for script in self.scripts)

    def strangers(self) -> tuple[Script, ...]:
        """Return the scripts of third parties, other than processors, that are not fixed by a digest."""
        return tuple(script for script in self.scripts if script.host and not script.processor and not script.pinned)


def speaks_of_payments(data: bytes, models: Models) -> bool:
    """Return whether a template's bytes hold a word that a payment page has, without reading it."""
    lowered = data.lower()
    if b"<input" in lowered and any(word in lowered for word in _WORDS):
        return True
    return b"<script" in lowered and any(host.strip("*").strip("-.").encode() in lowered for host in models.browser.script_hosts)


def read_page(path: str, data: bytes, models: Models) -> Page:
    """Return what a template holds; nothing in it can make this fail."""
    text = data.decode("utf-8", "replace")
    found = tags(text)
    scripts = [script for tag in found if tag.name == "script" and (script := _script(tag, models)) is not None]
    fields = [field for tag in found if tag.name == "input" and (field := _field(tag, models)) is not None]
    if not any(field.kind == "card-number" for field in fields):
        # A "security code" by itself may be one that came by text message.
        fields = [field for field in fields if not {"cvc", "cvv", "csc"}.isdisjoint(_words(field.tag))]
    extends = _EXTENDS.search(text)
    return Page(
        path,
        tuple(fields),
        tuple(scripts),
        tuple(tag for tag in found if tag.name == "form"),
        (extends[1] or extends[2]) if extends is not None else "",
        any(tag.name == "meta" and tag.get("http-equiv").lower() == "content-security-policy" for tag in found),
    )


def _field(tag: Tag, models: Models) -> CardField | None:
    if tag.get("type").lower() not in _TYPED:
        return None
    hints = set(tag.get("autocomplete").lower().split())
    names = [tag.get(name) for name in ("name", "id")]
    caught = [name for name in tag.attributes if _CAUGHT.fullmatch(name)]
    names += [tag.get(name) for name in caught]
    kinds = {card_word(name, models.vocabulary) for name in names if name and "{" not in name}
    kinds |= {card_word(tag.get(name), models.vocabulary, weak=True) for name in caught}
    kinds |= {_AUTOCOMPLETE[hint] for hint in hints if hint in _AUTOCOMPLETE}
    kind = next((kind for kind in ("card-number", "card-code", "track") if kind in kinds), "")
    return CardField(tag, kind, bool(tag.get("name")) and "disabled" not in tag.attributes) if kind else None


def _words(tag: Tag) -> set[str]:
    return {word.rstrip("2") for value in tag.attributes.values() if "{" not in value for word in tokens(value)}


def _script(tag: Tag, models: Models) -> Script | None:
    source = tag.get("src")
    if not source:
        return None
    host = scheme_and_host(source)[1]
    if "{" in host or (host and is_local(host)):
        host = ""
    return Script(tag, host, processor_of_host(host, models.browser.script_hosts) if host else "")


def processor_of_host(host: str, hosts: dict[str, str]) -> str:
    """Return the processor that a host belongs to, by `hosts`, in which `*` stands for anything."""
    return next((processor for pattern, processor in hosts.items() if fnmatch.fnmatchcase(host, pattern)), "")


def goes_to(form: Tag | None, models: Models) -> str:
    """Return where a form is sent: "own", "processor", "nowhere" (no form), or "unknown" (its address is computed)."""
    if form is None:
        return "nowhere"
    action = form.get("action")
    if not action or action.startswith(("/", "?", "#", ".")) or _OWN_SERVER.search(action):
        return "own"
    host = scheme_and_host(action)[1]
    if processor_of_host(host, models.browser.form_hosts) or processor_of_host(host, models.browser.script_hosts):
        return "processor"
    return "unknown" if "{" in action or "<%" in action or "$" in action or action.startswith("javascript:") else "own"
