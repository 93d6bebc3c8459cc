"""What is believed of a client: the amount to charge, and that a payment was made, for how much, or at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.flow.routes import is_route, name_of, takes_request
from payproof.scan.flow.state import AssignEvent, CallEvent, CompareEvent, Frame, State
from payproof.scan.models import CallModel, Models, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, named_for_webhooks, processor_of
from payproof.scan.shapes.access import Access, access_to
from payproof.scan.shapes.clients import client_amount, client_currency, is_amount_field, money_words, server_side
from payproof.scan.shapes.handlers import from_payload, looks_like_handler, start_of
from payproof.scan.shapes.refund import is_refund
from payproof.scan.values import Label, Value

FAULTS = ("client-amount", "client-currency", "unheld-amount", "redirect")

_CHOSEN = frozenset(
    """
    donate donation donations donor tip tips contribute contribution pledge topup top deposit wallet fund funds funding sponsor
    sponsorship gift giving custom credits credit recharge balance transfer payout withdraw withdrawal invoice crowdfund support
    virtual terminal pos manual bill offering tithe fundraiser campaign backer reload
    """.split()
)
"""Words of payments whose amount is the payer's to choose."""

_RETURNS = frozenset(
    """
    success successful return returned thank thanks thankyou complete completed confirm confirmation callback done verify
    execute
    """.split()
)
_PAYMENTS = frozenset(
    """
    payment payments pay paid checkout order orders stripe paypal razorpay paystack braintree mollie subscription purchase
    billing
    """.split()
)
_ELSEHOW = frozenset(
    """
    cash cod offline manual bank cheque check invoice delivery free demo fake mock dummy test wallet balance
    """.split()
)
_PAID = frozenset("paid success successful succeeded completed complete captured settled".split())
_FLAGS = frozenset(
    """
    paid is_paid payment_status paid_at payment_complete payment_completed has_paid is_premium payment_done
    """.split()
)
_STATES = frozenset({"status", "state", "order_status", "payment_state"})
_ASKING = frozenset(
    """
    retrieve fetch verify validate capture execute check lookup query inquire authorize confirm_payment complete_payment finalize
    process_payment get_payment status_of sync find verify_payment verified signature
    """.split()
)
_REFERENCES = frozenset(
    "metadata custom invoice reference order_id item_number client_reference_id custom_id tx_ref notes".split()
)


@dataclasses.dataclass(slots=True)
class _Seen:
    """What was seen of one view or handler."""

    info: FunctionInfo
    handler: bool
    returning: bool
    functions: set[FunctionInfo] = dataclasses.field(default_factory=set)
    charges: dict[Place, tuple[CallEvent, Label, str]] = dataclasses.field(default_factory=dict)
    priced: dict[Place, CallEvent] = dataclasses.field(default_factory=dict)
    """Calls with an amount that is not the client's."""
    held: bool = False
    """Whether an amount of the client's was held against one of the server's."""
    allowed: bool = False
    """The same of a currency."""
    paid: dict[Place, Frame] = dataclasses.field(default_factory=dict)
    """Where something is marked as paid."""
    asks: bool = False
    """Whether the processor was asked, or a signature looked at."""


class TrustShape(Shape):
    name = "trust"
    asks = {"fault": FAULTS}
    tracking = True

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place], Found] = {}
        self._now: _Seen | None = None

    def wants(self, info: FunctionInfo) -> bool:
        module = info.module
        if module.test_code or not module.context & set(self.models.processors):
            return False
        if looks_like_handler(info, self.models):
            return True
        return (takes_request(info) or is_route(info)) and (bool(money_words(info) - {"refund"}) or _returns(info))

    def begin(self, info: FunctionInfo) -> None:
        handler = named_for_webhooks(info, self.models)
        self._now = _Seen(info, handler or looks_like_handler(info, self.models), not handler and _returns(info), {info})

    # What the interpreter tells

    def on_call(self, event: CallEvent) -> None:
        seen = self._now
        if seen is None:
            return
        seen.functions.update(frame.info for frame in event.frame.chain() if frame.info is not None)
        name = event.path.rsplit(".", 1)[-1]
        for model in event.models:
            seen.asks = seen.asks or bool(model.verifies or model.fetches or model.http or model.money or model.ineffective)
        seen.asks = seen.asks or (event.path.startswith("?") and not _ASKING.isdisjoint((name, *tokens(name))))
        updates = name in ("update", "aupdate", "update_one")
        marked = {"mark", "paid"} <= set(tokens(name)) and event.path.startswith("?")
        if marked or (updates and any(_marks(passed.name or "", passed.value) for passed in event.arguments)):
            seen.paid[event.place] = event.frame
        if any(_charges(model) for model in event.models) and not is_refund(event):
            self._charge(seen, event)

    def _charge(self, seen: _Seen, event: CallEvent) -> None:
        for path, value in _entries(event):
            if is_amount_field(path) or path in ("unit_amount", "value") or path == "amount_money":
                label = client_amount(value)
                if label is not None:
                    seen.charges[event.place] = (event, label, "client-amount")
                else:
                    seen.priced.setdefault(event.place, event)
            elif path == "currency":
                label = client_currency(value)
                if label is not None and event.place not in seen.charges:
                    seen.charges[event.place] = (event, label, "client-currency")

    def on_assign(self, event: AssignEvent) -> None:
        if self._now is not None and event.owner.refs and _marks(event.key, event.value):
            self._now.paid[event.place] = event.frame

    def on_compare(self, event: CompareEvent) -> None:
        seen = self._now
        if seen is None:
            return
        for one, other in ((event.left, event.right), (event.right, event.left)):
            if "digest" in one.kinds():
                seen.asks = True
            if not event.operator:
                continue
            if client_amount(one) is not None and server_side(other):
                seen.held = True
            if client_currency(one) is not None:
                seen.allowed = True

    # What it comes to

    def finish(self, end: State | None, ends: Sequence[tuple[Value, State, Place]]) -> None:
        seen, self._now = self._now, None
        if seen is None:
            return
        if seen.handler:
            self._judge_message(seen)
            return
        self._judge_charges(seen)
        if seen.returning:
            self._judge_return(seen)

    def _judge_charges(self, seen: _Seen) -> None:
        texts = [text for function in seen.functions for text in (function.qualname, function.path)]
        chosen = not _CHOSEN.isdisjoint(word for text in (*texts, *_texts(seen.info)) for word in tokens(text))
        staff = access_to(seen.info, self.program) is Access.STAFF
        for place, event in seen.priced.items():
            self._add("client-amount", place, event.frame, "", ())
        for place, (event, label, fault) in seen.charges.items():
            sound = seen.held if fault == "client-amount" else seen.allowed
            read = label.place if label.place.path else place
            steps = (Step(read, f"{label.note} is read from the request"),)
            if chosen or staff:
                continue
            what = "amount" if fault == "client-amount" else "currency"
            text = "" if sound else f"The {what} is what the request says ({label.note}); no price of the server's decides it."
            self._add(fault, place, event.frame, text, steps)

    def _judge_message(self, seen: _Seen) -> None:
        if not seen.paid:
            return
        place, frame = min(seen.paid.items())
        spoken = {word for function in seen.functions for word in _words(function)}
        referred = bool(spoken & _REFERENCES)
        amounts = any(is_amount_field(word) or word in ("mc_gross", "gross", "value") for word in spoken)
        if not referred or amounts:
            self._add("unheld-amount", place, frame, "", ())
            return
        text = f"{seen.info.name} marks as paid what the message names, and holds its amount against nothing."
        libraries = frame.module.context | seen.info.module.context
        confidence = None if libraries & self.models.client_amounts else Confidence.LOW
        self._add("unheld-amount", place, frame, text, (Step(start_of(seen.info), "the handler"),), confidence)

    def _judge_return(self, seen: _Seen) -> None:
        if not seen.paid or not _ELSEHOW.isdisjoint(word for text in _texts(seen.info) for word in tokens(text)):
            return
        place, frame = min(seen.paid.items())
        if access_to(seen.info, self.program) is Access.STAFF:
            return
        text = f"{seen.info.name} takes the customer's return for a payment: the processor is not asked."
        steps = (Step(start_of(seen.info), "anybody can open this address"),)
        self._add("redirect", place, frame, "" if seen.asks else text, steps)

    def _add(
        self, fault: str, place: Place, frame: Frame, message: str, steps: tuple[Step, ...], confidence: Confidence | None = None
    ) -> None:
        for rule in self.rules:
            if fault not in asked(rule, "fault"):
                continue
            known = self._sites.get((rule.id, place))
            if known is None or known.verdict is Verdict.HOLDS:
                verdict = Verdict.VIOLATED if message else Verdict.HOLDS
                text = message or "What is charged or believed does not rest on the client's word."
                processor = processor_of(frame, self.models)
                self._sites[rule.id, place] = Found(
                    rule, verdict, place, text, frame.subject, "", processor, (*steps, Step(place, "here")), confidence=confidence
                )

    def found(self) -> list[Found]:
        return list(self._sites.values())


def _returns(info: FunctionInfo) -> bool:
    """Return whether a view's name or route is that of the page a customer comes back to from paying."""
    words = {word for text in (info.qualname, *_routes(info)) for word in tokens(text)}
    return bool(words & _RETURNS) and bool(words & _PAYMENTS)


def _routes(info: FunctionInfo) -> list[str]:
    return [node.value for node in walk(info.node.decorators) if isinstance(node, facts.Literal) and isinstance(node.value, str)]


def _marks(name: str, value: Value) -> bool:
    """Return whether giving `name` that value says that something is paid."""
    if name not in _FLAGS and name not in _STATES:
        return False
    if from_payload(value):
        return False
    if name in _FLAGS and (value.constants == (True,) or name == "paid_at"):
        return True
    texts = [str(item).lower() for item in value.constants or () if isinstance(item, str)]
    texts += [path.rsplit(".", 1)[-1].lower() for path in value.paths()]
    return any(text in _PAID or "paid" in tokens(text) for text in texts)


def _charges(model: CallModel) -> bool:
    return bool(model.money or model.creates or model.priced or (model.http in ("post", "any") and model.processor))


def _entries(event: CallEvent) -> Iterator[tuple[str, Value]]:
    """Yield every named part of a call's arguments, at any depth."""
    pending = [(passed.name or "", passed.value, 0) for passed in event.arguments]
    while pending:
        name, value, depth = pending.pop()
        yield name, value
        if value.fields and depth < 6:
            pending += [(name if key.isdigit() or key == "*" else key, item, depth + 1) for key, item in value.fields.items()]


def _texts(info: FunctionInfo) -> list[str]:
    return [info.qualname, info.path, *_routes(info), *(name_of(node) for node in walk(info.node.body))]


def _words(info: FunctionInfo) -> Iterator[str]:
    """Yield the keys and names that a function reads things by."""
    for node in walk(info.node.body):
        if isinstance(node, facts.Literal) and isinstance(node.value, str) and len(node.value) < 40:
            yield node.value
        elif isinstance(node, (facts.Attribute, facts.Name)):
            yield name_of(node)
