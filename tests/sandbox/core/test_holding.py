import pytest
from asking import pay, request
from tillpay import TillPaySandbox

from payproof.sandbox.core.exchange import SandboxError, TimedOut


def test_a_parked_request_keeps_its_key_in_flight_until_it_is_finished():
    box = TillPaySandbox()
    parked = box.hold("POST /v1/payments")
    with pytest.raises(TimedOut) as caught:
        pay(box, key="k")
    assert not caught.value.executed
    assert box.journal[0].failure == "POST /v1/payments: timed out; the request stays in flight"
    assert not box.store
    conflict = pay(box, key="k")
    assert (conflict.status, conflict.body["error"]["code"]) == (409, "key_in_use")
    answer = parked.finish()
    assert answer.status == 200
    assert len(box.store["payment"]) == 1
    assert pay(box, key="k").body == answer.body
    assert [entry.executed for entry in box.journal] == [True, False, False]


def test_the_application_never_sees_the_late_answer():
    box = TillPaySandbox()
    parked = box.hold()
    with pytest.raises(TimedOut):
        pay(box)
    parked.finish()
    entry = box.journal[0]
    assert entry.answer is None
    assert entry.executed
    assert entry.effects == list(box.store["payment"])


def test_a_parked_change_locks_its_object():
    box = TillPaySandbox()
    made, other = pay(box).body["id"], pay(box).body["id"]
    parked = box.hold("POST /v1/payments/*/refund")
    with pytest.raises(TimedOut):
        box.handle(request(f"POST /v1/payments/{made}/refund"))
    locked = box.handle(request(f"POST /v1/payments/{made}/refund", key="k"))
    assert (locked.status, locked.body["error"]["code"]) == (429, "lock_timeout")
    assert box.handle(request(f"GET /v1/payments/{made}")).status == 200
    assert box.handle(request(f"POST /v1/payments/{other}/refund")).status == 200
    parked.finish()
    late = box.handle(request(f"POST /v1/payments/{made}/refund", key="k"))
    assert late.body["error"]["code"] == "already_refunded"


def test_begin_and_finish_by_hand():
    box = TillPaySandbox()
    held = box.begin(request(params={"amount": 5}, key="k"))
    assert held.answer is None
    assert pay(box, 5, key="k").status == 409
    assert box.finish(held).status == 200
    assert box.parked == []
    assert box.journal[0].status == 200


def test_begin_answers_what_will_not_be_executed():
    box = TillPaySandbox()
    pay(box, 5, key="k")
    held = box.begin(request(params={"amount": 5}, key="k"))
    assert box.parked == []
    assert box.finish(held).headers["Idempotent-Replayed"] == "true"


def test_the_parked_request_can_be_looked_at():
    box = TillPaySandbox()
    parked = box.hold()
    with pytest.raises(TimedOut):
        pay(box, 77)
    assert parked.request.params == {"amount": "77"}
    assert parked.request.headers["authorization"] == "…"


def test_finishing_what_was_never_asked_for_is_told():
    box = TillPaySandbox()
    parked = box.hold("POST /v1/payouts")
    with pytest.raises(SandboxError, match="no request is parked; POST /v1/payouts was to be held and was not asked for"):
        parked.finish()
    assert box.unsettled() == ["the fault 'held' was planned for POST /v1/payouts and never fired"]


def test_finishing_makes_the_automatic_deliveries():
    box = TillPaySandbox()
    seen = []
    box.webhooks.endpoint(lambda payload, headers: seen.append(payload), auto=True)
    parked = box.hold()
    with pytest.raises(TimedOut):
        pay(box)
    assert seen == []
    parked.finish()
    assert len(seen) == 1
