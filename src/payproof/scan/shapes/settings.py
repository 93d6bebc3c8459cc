"""Are the settings of a project that takes payments fit for production: cookies, debugging, modes, logs of SDKs?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Unread, Verdict
from payproof.scan import facts
from payproof.scan.files import File
from payproof.scan.kinds import Kind
from payproof.scan.models import Models, tokens
from payproof.scan.program import walk
from payproof.scan.settings import Profile, Setting, is_settings, profile_of, settings_of
from payproof.scan.shapes import FileShape, Found, Project, asked

FAULTS = ("cookie", "strict-cookie", "debug", "test-mode", "sdk-log")

_WORDS = (b"SESSION_COOKIE_", b"DEBUG", b"SessionMiddleware")
_TEST_KEY = re.compile(rb"\b(?:[spr]k_test_|rzp_test_|FLWSECK_TEST-)[0-9A-Za-z]{6,}")
_TEST_MODE = re.compile(
    rb"^[ \t]*(?:(?:export|ENV|ARG|-)[ \t]+)?[\"']?([A-Z][A-Z0-9_]{4,60})[\"']?"
    rb"[ \t]*[=:][ \t]*[\"']?([A-Za-z]{2,12})[\"']?[ \t]*,?[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
_SDK_LOG = re.compile(rb"\bSTRIPE_LOG[\"']?[ \t]*[=:][ \t]*[\"']?(debug|info)\b", re.IGNORECASE)
_MODE_WORDS = frozenset({"mode", "environment", "env"})
_TEST_WORDS = frozenset({"sandbox", "test", "testing"})
_FLAGS = frozenset({"COOKIE_SECURE", "COOKIE_HTTPONLY"})


class SettingsShape(FileShape):
    name = "settings"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], models: Models) -> None:
        super().__init__(rules, models)
        self._rules = {fault: rule for rule in rules for fault in asked(rule, "fault")}
        self._files: list[str] = []
        self._sites: list[Found] = []

    def look(self, file: File, data: bytes) -> Unread | None:
        if file.kind is Kind.BINARY or file.kind is Kind.TEMPLATE:
            return None
        if file.kind is Kind.PYTHON and any(word in data for word in _WORDS) and (is_settings(file.path) or _WORDS[0] in data):
            self._files.append(file.path)
        profile = profile_of(file.path)
        if file.kind is not Kind.TEXT and profile is Profile.PRODUCTION:
            self._sites += self._test_mode(file, data)
        if file.kind is Kind.CONFIG and profile is not Profile.DEVELOPMENT and b"STRIPE_LOG" in data:
            self._sites += self._sdk_log(file.path, data)
        return None

    def found(self, project: Project) -> list[Found]:
        if not project.payment:
            return list(self._sites)
        settings = []
        for path in self._files:
            module = project.module(path)
            if module is not None:
                settings += [item for item in settings_of(module, ("cookie", "debug")) if item.profile is not Profile.DEVELOPMENT]
        return [*self._sites, *self._cookies(settings, project.partial), *self._strict(settings), *self._debug(settings)]

    # Files of any kind, by their text

    def _test_mode(self, file: File, data: bytes) -> Iterator[Found]:
        rule = self._rules.get("test-mode")
        if rule is None:
            return
        for match in _TEST_KEY.finditer(data):
            text = "A key of a processor's test mode stands in settings for production: payments there move no money."
            yield Found(rule, Verdict.VIOLATED, _place(file.path, data, match), text)
        for match in _TEST_MODE.finditer(data):
            name, value = match[1].decode(), match[2].decode().lower()
            words = set(tokens(name))
            processor = next((known for known in sorted(set(self.models.processors.values())) if known in words), "")
            live = {"live", "production"} & words and value in ("false", "no", "off")
            test = (words & _MODE_WORDS and value in _TEST_WORDS) or ({"sandbox"} & words and value in ("true", "yes", "on"))
            if processor and (live or test):
                text = f"{name} chooses the test mode of {processor} in settings for production."
                yield Found(rule, Verdict.VIOLATED, _place(file.path, data, match), text, processor=processor)

    def _sdk_log(self, path: str, data: bytes) -> Iterator[Found]:
        rule = self._rules.get("sdk-log")
        if rule is None:
            return
        for match in _SDK_LOG.finditer(data):
            level = match[1].decode().lower()
            what = "whole requests and answers, card data included" if level == "debug" else "addresses with their queries"
            text = f"STRIPE_LOG={level} makes the SDK print {what}, to standard error."
            confidence = Confidence.HIGH if level == "debug" else Confidence.LOW
            yield Found(rule, Verdict.VIOLATED, _place(path, data, match), text, processor="stripe", confidence=confidence)

    # Python settings

    def _cookies(self, settings: Sequence[Setting], partial: bool) -> Iterator[Found]:
        rule = self._rules.get("cookie")
        if rule is None:
            return
        flags = [item for item in settings if item.name.removeprefix("SESSION_") in _FLAGS and item.name.startswith("SESSION_")]
        overruled = {item.name for item in flags if item.profile is Profile.PRODUCTION and item.constant is not False}
        for item in flags:
            if item.constant is not False or (item.profile is Profile.ANY and item.name in overruled):
                yield Found(rule, Verdict.HOLDS, item.place, f"{item.name} is not switched off here.", item.subject)
                continue
            open_to = "travels over http as well" if item.name.endswith("SECURE") else "can be read by scripts"
            text = f"{item.name} is False: the session of a customer who pays {open_to}."
            yield Found(rule, Verdict.VIOLATED, item.place, text, item.subject)
        if not partial and not any(item.name == "SESSION_COOKIE_SECURE" for item in flags):
            yield from self._unset(rule, settings)

    def _unset(self, rule: Rule, settings: Sequence[Setting]) -> Iterator[Found]:
        """Django's session cookie is not secure unless it is set so; one site for a project."""
        for item in settings:
            if item.name == "MIDDLEWARE" and any(
                isinstance(node, facts.Literal) and "SessionMiddleware" in str(node.value) for node in walk(item.value)
            ):
                text = "Sessions are used, and SESSION_COOKIE_SECURE is set nowhere: its default is False."
                yield Found(rule, Verdict.VIOLATED, item.place, text, item.subject, confidence=Confidence.LOW)
                return

    def _strict(self, settings: Sequence[Setting]) -> Iterator[Found]:
        rule = self._rules.get("strict-cookie")
        for item in settings:
            if rule is None or item.name != "SESSION_COOKIE_SAMESITE":
                continue
            if str(item.constant).lower() == "strict":
                text = (
                    "The session cookie is not sent when the bank or the processor sends the customer back: the session is lost."
                )
                yield Found(rule, Verdict.VIOLATED, item.place, text, item.subject)
            else:
                text = "The session survives the way back from the bank."
                yield Found(rule, Verdict.HOLDS, item.place, text, item.subject)

    def _debug(self, settings: Sequence[Setting]) -> Iterator[Found]:
        rule = self._rules.get("debug")
        modes = [item for item in settings if item.name == "DEBUG"]
        overruled = any(item.profile is Profile.PRODUCTION and item.constant is not True for item in modes)
        if rule is None:
            return
        for item in modes:
            if item.constant is not True or (item.profile is Profile.ANY and overruled):
                yield Found(rule, Verdict.HOLDS, item.place, "DEBUG is not simply on here.", item.subject)
                continue
            text = "DEBUG is True where payments are taken: an error page shows what was posted, settings and code."
            confidence = Confidence.HIGH if item.profile is Profile.PRODUCTION else None
            yield Found(rule, Verdict.VIOLATED, item.place, text, item.subject, confidence=confidence)


def _place(path: str, data: bytes, match: re.Match[bytes]) -> Place:
    """Return where a match stands, without anything of its text."""
    start = data.rfind(b"\n", 0, match.start()) + 1
    column = len(data[start : match.start()].decode("utf-8", "replace")) + 1
    return Place(path, data.count(b"\n", 0, match.start()) + 1, column)
