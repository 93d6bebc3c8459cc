"""Do the pages on which customers pay keep card data from this server, and run only scripts that are known?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payproof.model import CardRoute, Integration, Place, Rule, Unread, Verdict
from payproof.scan.files import File
from payproof.scan.hosts import is_local, scheme_and_host
from payproof.scan.kinds import Kind
from payproof.scan.markup import LARGEST, Tag
from payproof.scan.models import Models
from payproof.scan.pages import Page, Script, goes_to, read_page, speaks_of_payments
from payproof.scan.shapes import FileShape, Found, Project, asked

FAULTS = ("posted", "copied", "unpinned", "cleartext", "no-policy")

_POLICY = (
    b"ontent-Security-Policy",
    b"ontent-security-policy",
    b"CSP_",
    b"csp.middleware",
    b"alisman",
    b"SECURE_CSP",
    b"content_security_policy",
)
"""What a file holds that sets a policy: django-csp, Django's own, Flask-Talisman, secure, a proxy's or a host's configuration."""

_MOST_HOSTS = 4


class PageShape(FileShape):
    name = "page"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], models: Models) -> None:
        super().__init__(rules, models)
        self._rules = {fault: rule for rule in rules for fault in asked(rule, "fault")}
        self._pages: list[Page] = []
        self._others: dict[str, bytes] = {}
        """Templates without a word of payments that load scripts: a payment page may extend one."""
        self._policy = False

    def look(self, file: File, data: bytes) -> Unread | None:
        if not self._policy and file.kind is not Kind.BINARY:
            self._policy = any(word in data for word in _POLICY)
        if file.kind is not Kind.TEMPLATE:
            return None
        if not speaks_of_payments(data, self.models):
            if b"<script" in data and b"block" in data and b"//" in data:
                self._others[file.path] = data
            return None
        if len(data) > LARGEST:
            return Unread(file.path, f"larger than {LARGEST:,} bytes")
        page = read_page(file.path, data, self.models)
        if page.takes_payments:
            self._pages.append(page)
        elif page.scripts:
            self._others[file.path] = data
        return None

    def found(self, project: Project) -> list[Found]:
        sites = [site for page in self._pages for site in self._judged(page)]
        sites += self._parents()
        rule = self._rules.get("no-policy")
        if rule is not None and self._pages and not project.partial:
            sites.append(self._policy_site(rule))
        return sites

    def integrations(self) -> Iterator[Integration]:
        """Yield how card data travels from each page."""
        for page in self._pages:
            for field in page.fields:
                to = goes_to(field.tag.form, self.models)
                if field.posted and to == "own":
                    yield Integration(_place(page, field.tag), CardRoute.SERVER, "a card field is posted to this server")
                elif to != "unknown":
                    note = "a card field of this page's own is handed to the processor"
                    yield Integration(_place(page, field.tag), CardRoute.OWN_FIELDS, note)
            if not page.fields:
                script = next(script for script in page.scripts if script.processor)
                note = f"a page loads the script of {script.processor} and has no card field of its own"
                yield Integration(_place(page, script.tag), CardRoute.EMBEDDED, note)

    # One page

    def _judged(self, page: Page) -> Iterator[Found]:
        yield from self._posted(page)
        yield from self._copied(page)
        yield from self._unpinned(page)
        yield from self._cleartext(page)

    def _posted(self, page: Page) -> Iterator[Found]:
        rule = self._rules.get("posted")
        if rule is None:
            return
        judged: set[int] = set()
        for field in page.fields:
            if not field.posted or id(field.tag.form) in judged:
                continue
            judged.add(id(field.tag.form))
            place, to = _place(page, field.tag), goes_to(field.tag.form, self.models)
            name = field.tag.get("name")
            if to == "own":
                text = f"The field {name} has a name in a form that is sent to this server: so is the card data typed into it."
                yield Found(rule, Verdict.VIOLATED, place, text)
            elif to == "unknown":
                why = "the address of the form is computed, so that it may be the processor's or this server's"
                yield Found(rule, Verdict.UNKNOWN, place, f"The card field {name} is sent with its form.", reason=why)
            else:
                yield Found(rule, Verdict.HOLDS, place, f"The card field {name} is not sent to this server.")
        if not judged:
            tag = page.fields[0].tag if page.fields else next(script.tag for script in page.scripts if script.processor)
            yield Found(rule, Verdict.HOLDS, _place(page, tag), "No field of this page posts card data to this server.")

    def _copied(self, page: Page) -> Iterator[Found]:
        rule = self._rules.get("copied")
        official = {script.processor for script in page.scripts if script.processor}
        for script in page.scripts if rule is not None else ():
            file = script.tag.get("src").split("?", 1)[0].rsplit("/", 1)[-1].rstrip("\"' %})").lower()
            processor = self.models.browser.script_files.get(file, "")
            if rule is None or script.processor or not processor or processor in official:
                continue
            where = script.host or "this site"
            text = f"{file} is loaded from {where}, a copy that nobody but this site keeps up to date."
            yield Found(rule, Verdict.VIOLATED, _place(page, script.tag), text, processor=processor)
        if rule is not None:
            for script in page.scripts:
                if script.processor:
                    text = f"The script of {script.processor} comes from its own host."
                    yield Found(rule, Verdict.HOLDS, _place(page, script.tag), text, processor=script.processor)

    def _unpinned(self, page: Page) -> Iterator[Found]:
        rule = self._rules.get("unpinned")
        if rule is None:
            return
        strangers = page.strangers()
        if strangers:
            text = f"This payment page runs {_named(strangers)}, fixed by no digest: it can read what customers type."
            yield Found(rule, Verdict.VIOLATED, _place(page, strangers[0].tag), text)
            return
        first = next((script for script in page.scripts), None)
        if first is not None:
            text = "This payment page runs no script of third parties that is not fixed by a digest."
            yield Found(rule, Verdict.HOLDS, _place(page, first.tag), text)

    def _cleartext(self, page: Page) -> Iterator[Found]:
        rule = self._rules.get("cleartext")
        for tag in (*page.forms, *(script.tag for script in page.scripts)) if rule is not None else ():
            address = tag.get("action") if tag.name == "form" else tag.get("src")
            scheme, host = scheme_and_host(address)
            if rule is not None and scheme == "http" and not is_local(host) and "{" not in host:
                what = "A form of this payment page is sent" if tag.name == "form" else "A script of this payment page is loaded"
                yield Found(rule, Verdict.VIOLATED, _place(page, tag), f"{what} over http://.")

    # What pages have in common

    def _parents(self) -> Iterator[Found]:
        """Judge the templates that payment pages extend, each once."""
        rule = self._rules.get("unpinned")
        known = {page.path for page in self._pages}
        done: set[str] = set()
        waiting = [(page, page.parent) for page in self._pages if page.parent]
        while rule is not None and waiting:
            page, name = waiting.pop(0)
            path = next((path for path in sorted(self._others) if path == name or path.endswith(f"/{name}")), None)
            if path is None or path in done or path in known:
                continue
            done.add(path)
            parent = read_page(path, self._others[path][:LARGEST], self.models)
            if parent.parent:
                waiting.append((page, parent.parent))
            strangers = parent.strangers()
            if strangers:
                text = f"The payment page {page.path} extends this template, which runs {_named(strangers)}, fixed by no digest."
                yield Found(rule, Verdict.VIOLATED, _place(parent, strangers[0].tag), text)

    def _policy_site(self, rule: Rule) -> Found:
        page = self._pages[0]
        tag = page.fields[0].tag if page.fields else next(script.tag for script in page.scripts if script.processor)
        if self._policy or any(page.policy for page in self._pages):
            return Found(rule, Verdict.HOLDS, _place(page, tag), "A content security policy is set in this project.")
        more = f" and {len(self._pages) - 1} more" if len(self._pages) > 1 else ""
        text = f"No content security policy was found in this project, which has this payment page{more}."
        return Found(rule, Verdict.VIOLATED, _place(page, tag), text)


def _named(scripts: Sequence[Script]) -> str:
    hosts = list(dict.fromkeys(script.host for script in scripts))
    shown = ", ".join(hosts[:_MOST_HOSTS]) + (f" and {len(hosts) - _MOST_HOSTS} more" if len(hosts) > _MOST_HOSTS else "")
    return f"{len(scripts)} script{'s' if len(scripts) > 1 else ''} of {shown}"


def _place(page: Page, tag: Tag) -> Place:
    return Place(page.path, tag.line, tag.column, tag.line, tag.column + 1 + len(tag.name))
