"""Which functions take a processor's messages, and which calls in them do something because of one."""

from __future__ import annotations

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.flow.base import PAYLOAD_NAMES
from payproof.scan.flow.routes import is_route, takes_request
from payproof.scan.flow.state import CallEvent
from payproof.scan.models import CallModel, Models, tokens
from payproof.scan.program import FunctionInfo, ModuleInfo, walk
from payproof.scan.shapes import named_for_webhooks, speaks_of_webhooks
from payproof.scan.values import PAYLOAD, Value

_ACTING = frozenset(
    """
    handle process update fulfil fulfill create save mark complete activate sync store record grant confirm
    capture dispatch execute apply deliver credit provision upgrade cancel refund settle register
    """.split()
)
_CHECK_NAMES = frozenset(
    """
    construct_event verify_header parse_event_notification parse_thin_event webhook_notification
    is_valid_hmac_notification is_valid_hmac_payload verify_signature verify_webhook_signature
    is_valid_webhook_event_signature
    """.split()
)
RECORDS = frozenset(
    """
    log logs event events webhook webhooks record records audit history notification notifications message messages delivery
    trigger payload raw request attempt error errors
    """.split()
)
"""Words in the name of a table that keeps what came, and changes nothing by itself."""

_HAPPENED = frozenset(
    "paid success successful upcoming end action processing sent void overdue pending denied authorized".split()
)
_KEEPING = frozenset(
    """
    save asave create acreate add commit flush insert insert_one get_or_create bulk_create merge refresh_from_db
    """.split()
)


def looks_like_handler(info: FunctionInfo, models: Models) -> bool:
    """Return whether a function takes the messages of a processor, by its name, its route or what it reads."""
    module = info.module
    if module.test_code or not module.context & set(models.processors):
        return False
    if not takes_request(info) and not is_route(info):
        payload = any(parameter.name in PAYLOAD_NAMES for parameter in info.node.parameters)
        return payload and speaks_of_webhooks(info.name, info.path, models)
    if named_for_webhooks(info, models):
        return True
    return any(_telling(node, module, models) for node in walk([info.node.body, info.node.decorators]))


def _telling(node: object, module: ModuleInfo, models: Models) -> bool:
    if isinstance(node, facts.Attribute):
        return node.name in _CHECK_NAMES
    if isinstance(node, facts.Name):
        return node.id in _CHECK_NAMES
    if isinstance(node, facts.Literal) and isinstance(node.value, str) and len(node.value) < 80:
        text = node.value
        if text.lower() in models.signature_headers or (text.startswith("/") and "webhook" in text.lower()):
            return True
        return any(_names_event(text, word) for library in module.context for word in models.events.get(library, ()))
    return False


def _rows(model: CallModel) -> bool:
    """Return whether a call makes a record of what it is given, and changes nothing else."""
    return model.sink == "storage" and not model.sink_if and not model.sink_receiver


def _shows(model: CallModel) -> bool:
    return _rows(model) or model.sink in ("log", "print", "tracker", "file", "email", "message", "exception")


def _names_event(text: str, word: str) -> bool:
    """Return whether a text is the name of an event that `word` is, or begins: `invoice.paid`, and not `invoice.view`."""
    if not word.endswith(".") or text == word:
        return text == word
    last = text.lower().rpartition(".")[2].rpartition("_")[2]
    return text.startswith(word) and (last.endswith("ed") or last in _HAPPENED)


def acts(event: CallEvent) -> bool:
    """Return whether a call does something with, or because of, a payload."""
    if any(
        _shows(model) or model.responds or model.transparent or model.sanitizes or model.verifies or model.ineffective
        for model in event.models
    ):
        return any(_rows(model) for model in event.models)
    if event.shared:
        return any(from_payload(passed.value) for passed in event.arguments)
    if any(model.effect or model.money or model.creates for model in event.models):
        return not _local(event)
    if not event.path.startswith("?"):
        return False
    words = tokens(event.path.rsplit(".", 1)[-1])
    carried = any(from_payload(passed.value) for passed in event.arguments)
    return carried and not _ACTING.isdisjoint(words)


def keeps(event: CallEvent) -> bool:
    """Return whether a call may merely keep a record of what came, as a log of deliveries does."""
    return event.path.rsplit(".", 1)[-1] in _KEEPING


def records(event: CallEvent) -> bool:
    """Return whether a call keeps what came in a table of deliveries, logs or the like."""
    name = event.path.rsplit(".", 1)[-1]
    return (keeps(event) or name.endswith("update_or_create")) and not RECORDS.isdisjoint(tokens(table_of(event)))


def table_of(event: CallEvent) -> str:
    """Return the name of the table that a call writes to, or ""."""
    segments = [part.removesuffix("()") for part in event.path.split(".")]
    if "objects" in segments[1:]:
        return segments[segments.index("objects") - 1]
    for passed in event.arguments[:1]:
        for ref in passed.value.refs:
            info = getattr(ref, "info", None)
            if info is not None:
                return str(info.name)
            path = getattr(ref, "path", "")
            if path.endswith("()"):
                return str(path.removesuffix("()").rsplit(".", 1)[-1])
    return ""


def _local(event: CallEvent) -> bool:
    """Return whether an effect's name is that of a local container or of a digest."""
    if event.receiver.fields is not None and not event.receiver.refs:
        return True
    return event.path.startswith(("hmac.", "hashlib.", "logging.", "json.", "set().", "list().", "dict()."))


def from_payload(value: Value) -> bool:
    """Return whether a value comes of what a client or a processor sent."""
    kinds = {label.kind for label in value.deep_labels()}
    return bool(kinds & (PAYLOAD | {"request-field", "processor-object"}))


def start_of(info: FunctionInfo) -> Place:
    """Return the place of a function's `def` and name."""
    line, column = info.node.span[:2]
    return Place(info.path, line, column, line, column + len(info.name) + 4)
