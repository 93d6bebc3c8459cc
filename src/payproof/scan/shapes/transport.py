"""Does anything that concerns payments travel without TLS, without a check of the certificate, or with an old version?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.flow.state import AssignEvent, CallEvent, Frame
from payproof.scan.hosts import is_local, processor_at, scheme_and_host
from payproof.scan.models import Models, tokens
from payproof.scan.program import ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.statements import simple_statements, texts_of
from payproof.scan.values import Value

FAULTS = ("unchecked", "old-version", "cleartext")

_SWITCHES = frozenset(
    {"verify_ssl_certs", "verify_ssl", "ssl_verify", "verify_certs", "verify_certificates", "ssl_certificate_verification"}
)
_CLIENTS = re.compile(
    r"(?:httpx\.(?:Client|AsyncClient)|aiohttp\.(?:TCPConnector|ClientSession)|urllib3\.(?:PoolManager|HTTPSConnectionPool))"
)
_SESSIONS = re.compile(r"(?:\?\.)?(?:.*\.)?(?:session|Session\(\)|session\(\)|client|Client\(\)|AsyncClient\(\))$")
_OLD = re.compile(r"ssl\.(?:PROTOCOL_(?:SSLv2|SSLv3|TLSv1|TLSv1_1)|TLSVersion\.(?:SSLv3|TLSv1|TLSv1_1))$")
_INSECURE = re.compile(r"(?:^|\s)(?:--insecure|-[A-Za-z]*k[A-Za-z]*)(?=\s|\\|$)")
_CURL = re.compile(r"(?:^|[\s/;|&\"'(])curl(?=\s|$)")
_RUNNERS = frozenset(
    {"subprocess", "system", "popen", "Popen", "check_output", "create_subprocess_shell", "create_subprocess_exec"}
)
_PLACES = frozenset(
    {"success", "return", "cancel", "callback", "webhook", "notify", "notification", "ipn", "redirect", "failure"}
)


class TransportShape(Shape):
    name = "transport"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._rules = {fault: rule for rule in rules for fault in asked(rule, "fault")}
        self._sites: dict[tuple[str, Place], Found] = {}

    def found(self) -> list[Found]:
        return list(self._sites.values())

    # Calls

    def on_call(self, event: CallEvent) -> None:
        http = next((model for model in event.models if model.http), None)
        if http is not None:
            self._requested(event, http.processor if http.certain else "", http.note)
        elif event.path.endswith("ssl._create_unverified_context"):
            self._unchecked(event.place, event.frame, "a TLS context is made that checks no certificate")
        elif _CLIENTS.fullmatch(event.path):
            self._client(event)
        else:
            self._sdk(event)
        if "WebhookEndpoint" in event.path or "webhook_endpoints" in event.path:
            self._registered(event)
        if any(_OLD.search(path) for passed in event.arguments for path in passed.value.paths()):
            self._old(event.place, event.frame)

    def _requested(self, event: CallEvent, processor: str, url: str) -> None:
        off = any(_off(passed.value) for passed in event.arguments if passed.name in ("verify", "ssl", "verify_ssl"))
        if off and (processor or not _of_strangers(event, self.models)):
            to = f" of {processor}" if processor else ""
            self._unchecked(event.place, event.frame, f"the certificate{to} is not checked in this request", bool(processor))
        elif processor and not off:
            self._holds("unchecked", event, "The certificate is checked in this request.")
        if processor and url:
            if scheme_and_host(url)[0] == "http" and processor_at(url, self.models.hosts):
                text = f"This request to {processor} is not encrypted: its address starts with http://."
                self._add("cleartext", event.place, event.frame.subject, text, processor)
            elif scheme_and_host(url)[0] == "https":
                self._holds("cleartext", event, f"This request to {processor} is encrypted.")

    def _registered(self, event: CallEvent) -> None:
        value = event.argument("url")
        for text in [item for item in (value.constants if value is not None else None) or () if isinstance(item, str)]:
            scheme, host = scheme_and_host(text)
            if scheme == "http" and not is_local(host):
                message = "A webhook endpoint is registered with http://: every delivery to it can be read and changed."
                self._add("cleartext", event.place, event.frame.subject, message, processor_of(event.frame, self.models))

    def _client(self, event: CallEvent) -> None:
        for passed in event.arguments:
            if passed.name in ("verify", "ssl", "verify_ssl") and _off(passed.value):
                self._unchecked(event.place, event.frame, "this client checks no certificates")
            if passed.name == "cert_reqs" and ("CERT_NONE" in (passed.value.constants or ()) or _none(passed.value)):
                self._unchecked(event.place, event.frame, "this client checks no certificates")

    def _sdk(self, event: CallEvent) -> None:
        root = event.path.split(".", 1)[0].removesuffix("()")
        processor = self.models.roots.get(root, "")
        if processor and any(passed.name in _SWITCHES and _off(passed.value) for passed in event.arguments):
            self._unchecked(event.place, event.frame, f"the SDK of {processor} is told to check no certificates", True)

    # Assignments

    def on_assign(self, event: AssignEvent) -> None:
        paths = event.owner.paths()
        if event.key in _SWITCHES and _off(event.value):
            processor = next(
                (self.models.roots[root] for path in paths if (root := path.split(".", 1)[0]) in self.models.roots), ""
            )
            if processor:
                self._unchecked(event.place, event.frame, f"the SDK of {processor} is told to check no certificates", True)
        elif event.key == "verify" and _off(event.value) and any(_SESSIONS.match(path) for path in paths):
            self._unchecked(event.place, event.frame, "this session checks no certificates")
        elif event.key == "_create_default_https_context" and any(
            path.endswith("_unverified_context") for path in event.value.paths()
        ):
            self._unchecked(event.place, event.frame, "no HTTPS connection of this process checks certificates any more")
        elif event.key == "verify_mode" and _none(event.value):
            self._unchecked(event.place, event.frame, "this TLS context checks no certificate")
        elif event.key == "check_hostname" and _off(event.value):
            self._unchecked(event.place, event.frame, "this TLS context accepts a certificate of any host")
        elif event.key == "minimum_version" and any(_OLD.search(path) for path in event.value.paths()):
            self._old(event.place, event.frame)

    # What stands in the code as text

    def on_module(self, module: ModuleInfo) -> None:
        frame = Frame(module, None, ())
        spoken = self._speaks(frame)
        for subject, statement in simple_statements(module.facts.body, ("curl", "http")):
            place = Place(module.path, *statement.span)
            if _is_insecure_curl(statement, spoken, self.models) and _runs_commands(module):
                text = "curl is told to accept any certificate (--insecure): whoever is in between can read and change this."
                self._add("unchecked", place, subject, text, processor_of(frame, self.models))
            if spoken:
                self._addresses(statement, place, subject, frame)

    def _addresses(self, statement: facts.Stmt, place: Place, subject: str, frame: Frame) -> None:
        for name, text in _named_texts(statement):
            words = set(tokens(name))
            if not words & {"url", "uri", "urls"} or words.isdisjoint(_PLACES):
                continue
            scheme, host = scheme_and_host(text)
            if scheme == "http" and host and not is_local(host):
                message = f"{name} starts with http://: what is sent there travels in clear, or is redirected first."
                self._add("cleartext", place, subject, message, processor_of(frame, self.models), Confidence.MEDIUM)
            elif scheme == "https" and host:
                rule = self._rules.get("cleartext")
                if rule is not None:
                    held = Found(rule, Verdict.HOLDS, place, f"{name} starts with https://.", subject)
                    self._sites.setdefault((rule.id, place), held)
        for text in texts_of(statement):
            processor = processor_at(text, self.models.hosts) if scheme_and_host(text)[0] == "http" else ""
            if processor:
                message = f"An address of {processor} stands here with http://: what is sent there is not encrypted."
                self._add("cleartext", place, subject, message, processor)

    # Keeping

    def _speaks(self, frame: Frame) -> bool:
        return not frame.module.context.isdisjoint(self.models.processors)

    def _unchecked(self, place: Place, frame: Frame, what: str, certain: bool = False) -> None:
        if certain or self._speaks(frame):
            text = f"{what[0].upper()}{what[1:]}: whoever is in between can read and change it."
            confidence = None if certain else Confidence.MEDIUM
            self._add("unchecked", place, frame.subject, text, processor_of(frame, self.models), confidence)

    def _old(self, place: Place, frame: Frame) -> None:
        if self._speaks(frame):
            text = "TLS 1.1 or older is chosen here. Processors accept 1.2 and later."
            self._add("old-version", place, frame.subject, text, processor_of(frame, self.models))

    def _add(
        self, fault: str, place: Place, subject: str, text: str, processor: str = "", confidence: Confidence | None = None
    ) -> None:
        rule = self._rules.get(fault)
        if rule is not None:
            known = self._sites.get((rule.id, place))
            if known is None or known.verdict is Verdict.HOLDS:
                found = Found(rule, Verdict.VIOLATED, place, text, subject, processor=processor, confidence=confidence)
                self._sites[(rule.id, place)] = found

    def _holds(self, fault: str, event: CallEvent, text: str) -> None:
        rule = self._rules.get(fault)
        if rule is not None:
            held = Found(rule, Verdict.HOLDS, event.place, text, event.frame.subject)
            self._sites.setdefault((rule.id, event.place), held)


def _off(value: Value) -> bool:
    """Return whether a value is certainly False (or 0), not one of several."""
    return value.constants is not None and len(value.constants) == 1 and value.constants[0] is not None and not value.constants[0]


def _none(value: Value) -> bool:
    return any(path in ("ssl.CERT_NONE", "CERT_NONE") or path.endswith(".CERT_NONE") for path in value.paths())


def _of_strangers(event: CallEvent, models: Models) -> bool:
    """Return whether a request certainly goes to a host that is no processor's."""
    for passed in event.arguments[:2]:
        texts = [item for item in passed.value.constants or () if isinstance(item, str)]
        texts += [path.removeprefix("text:") for path in passed.value.paths() if path.startswith("text:")]
        for text in texts:
            host = scheme_and_host(text)[1]
            if host and not processor_at(text, models.hosts):
                return True
    return False


def _is_insecure_curl(statement: facts.Stmt, spoken: bool, models: Models) -> bool:
    texts = list(texts_of(statement))
    joined = " ".join(texts)
    if _CURL.search(joined) is None or _INSECURE.search(joined) is None:
        return False
    return spoken or any(host in joined for host in models.hosts)


def _runs_commands(module: ModuleInfo) -> bool:
    names = (getattr(node, "name", getattr(node, "id", "")) for node in walk(module.facts.body))
    return any(name in _RUNNERS for name in names)


def _named_texts(statement: facts.Stmt) -> Iterator[tuple[str, str]]:
    """Yield the names that a statement gives to texts, or to the head of one: variables, keywords and keys."""
    if isinstance(statement, facts.Assign) and statement.value is not None and len(statement.targets) == 1:
        target = statement.targets[0]
        name = target.id if isinstance(target, facts.Name) else target.name if isinstance(target, facts.Attribute) else ""
        yield from ((name, text) for text in _head(statement.value))
    for node in walk(statement):
        if isinstance(node, facts.Argument) and node.keyword:
            yield from ((node.keyword, text) for text in _head(node.value))
        elif isinstance(node, facts.Entry) and isinstance(node.key, facts.Literal) and isinstance(node.key.value, str):
            yield from ((node.key.value, text) for text in _head(node.value))


def _head(node: facts.Expr) -> Iterator[str]:
    """Yield the text that an expression is, or starts with."""
    if isinstance(node, facts.Joined) and node.parts:
        yield from _head(node.parts[0])
    elif isinstance(node, facts.Operation) and node.operator in ("Add", "Mod") and node.operands:
        yield from _head(node.operands[0])
    elif isinstance(node, facts.Literal) and isinstance(node.value, str):
        yield node.value
