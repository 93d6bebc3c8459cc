"""The life of a payment: taken, declined, refunded, disputed; and what the journal and the books say of it."""

from __future__ import annotations

import pytest
from terms import Answered, Terms

from payproof.sandbox import SandboxError


def the_id(found: dict[str, object]) -> str:
    return str(found.get("id") or found["dispute_id"])


def money(own: Terms) -> tuple[int, int, int]:
    (found,) = own.box.money().values()
    assert found.net == found.charged - found.refunded - found.disputed - found.fees
    return found.charged, found.refunded, found.disputed


def test_a_payment_takes_money_once_for_its_order(own: Terms) -> None:
    assert own.pay("42", 1200).code == ""
    assert len(own.box.charges_for()) == 1
    assert money(own) == (1200, 0, 0)


def test_a_published_test_value_declines_as_documented_and_takes_no_money(own: Terms) -> None:
    assert len(own.declines) >= 3
    for value, expected in own.declines.items():
        declined = own.pay(value=value)
        assert (value, Answered(declined.status, declined.code)) == (value, expected)
        assert list(own.box.processor.tells(list(own.box.journal)[-1].answer)) == ["decline"]  # type: ignore[arg-type]
    assert own.box.charges_for() == []


def test_a_test_value_that_does_not_exist_is_refused_with_a_hint(own: Terms) -> None:
    known = next(iter(own.declines))
    with pytest.raises(SandboxError, match=f"did you mean '{known}'"):
        own.box.processor.test_value(known + "x")


def test_a_refund_goes_back_in_parts_and_no_further(own: Terms) -> None:
    paid = own.pay(amount=1200).id
    part = own.refund(paid, 500)
    assert own.box.object(part.id)["status"] == own.refunded["refund"]
    assert own.box.object(paid)["status"] == own.refunded["partly"]
    refused = own.refund(paid, 701)
    if own.too_much is not None:
        assert Answered(refused.status, refused.code) == own.too_much
    assert money(own) == (1200, 500, 0)
    own.refund(paid)
    assert own.box.object(paid)["status"] == own.refunded["wholly"]
    assert money(own) == (1200, 1200, 0)


def test_a_refund_that_fails_comes_back(own: Terms) -> None:
    part = own.refund(own.pay(amount=1200).id, 500)
    own.box.fail_refund(part.id)
    assert money(own) == (1200, 0, 0)


@pytest.mark.parametrize(("verb", "disputed"), [("win", 0), ("lose", 1200)])
def test_a_dispute_is_decided_once(own: Terms, verb: str, disputed: int) -> None:
    made = own.box.dispute(own.pay(amount=1200).id)
    assert (made.get("status") or made["state"]) == own.open_dispute
    identifier = the_id(made)
    getattr(own.box, verb)(identifier)
    assert money(own)[2] == disputed
    for again in ("win", "lose"):
        with pytest.raises(SandboxError, match="already decided"):
            getattr(own.box, again)(identifier)


def test_an_inquiry_can_be_escalated_once(own: Terms) -> None:
    made = the_id(own.box.dispute(own.pay().id, inquiry=True))
    own.box.escalate(made)
    with pytest.raises(SandboxError, match="no open inquiry"):
        own.box.escalate(made)


def test_no_effect_is_without_a_journal_entry(own: Terms) -> None:
    paid = own.pay().id
    own.refund(paid, 200)
    own.ask("one")
    for value in own.declines:
        own.pay(value=value)
    own.box.lose(the_id(own.box.dispute(paid)))
    told = set(own.box.journal.effects())
    kept = {identifier for kind, objects in own.box.store.items() if kind != "event" for identifier in objects}
    assert kept <= told
    assert all(entry.executed for entry in own.box.journal if entry.touched)


def test_the_journal_keeps_no_credential(own: Terms) -> None:
    own.pay()
    for entry in own.box.journal:
        assert own.box.api_key not in repr(entry.request.headers) + entry.request.body.decode("utf-8", "replace")
