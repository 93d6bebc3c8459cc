"""Webhooks: true ones verify with the SDK's own verifier, forged ones do not."""

from __future__ import annotations

from collections.abc import Mapping

from terms import Terms

from payproof.sandbox.core import signing


class Receiver:
    """An application that verifies, and remembers whom it believed."""

    def __init__(self, own: Terms) -> None:
        self.own = own
        self.believed: list[bytes] = []
        self.endpoint = own.box.webhooks.endpoint(self)

    def __call__(self, payload: bytes, headers: Mapping[str, str]) -> int:
        if not headers or not self.own.verifies(payload, headers, self.endpoint):
            return 400
        self.believed.append(payload)
        return 200


def test_every_event_of_a_payments_life_verifies(own: Terms) -> None:
    receiver = Receiver(own)
    paid = own.pay().id
    own.refund(paid, 200)
    dispute = own.box.dispute(paid)
    own.box.lose(str(dispute.get("id") or dispute["dispute_id"]))
    sent = own.box.webhooks.deliver(check=True)
    assert len(sent) >= 4
    assert len(receiver.believed) == len(sent)


def test_every_forgery_that_must_be_refused_is_none_to_the_verifier(own: Terms) -> None:
    receiver = Receiver(own)
    own.pay()
    own.box.webhooks.deliver(check=True)
    before = len(receiver.believed)
    forged = own.box.webhooks.forge(how="all")
    assert {delivery.forged for delivery in forged} == set(signing.must_be_refused(own.box.processor))
    assert [delivery.forged for delivery in forged if delivery.ok] == []
    assert len(receiver.believed) == before


def test_a_retry_and_a_duplicate_are_the_same_event_and_verify(own: Terms) -> None:
    receiver = Receiver(own)
    own.pay()
    sent = own.box.webhooks.deliver(check=True)
    again = own.box.webhooks.duplicate()
    assert (again[0].event.id, again[0].ok, again[0].attempt) == (sent[-1].event.id, True, 2)
    assert receiver.believed[-1] == receiver.believed[-2]


def test_events_have_types_that_the_processor_has(own: Terms) -> None:
    paid = own.pay().id
    own.refund(paid)
    known = own.box.processor.event_types()
    assert known is None or {event.type for event in own.box.outbox} <= set(known)
    assert own.box.outbox
