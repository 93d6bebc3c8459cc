import pytest
from asking import KEY, pay, request
from tillpay import DAY, TillPay, TillPaySandbox, error

from payproof.sandbox.core.exchange import Answer, Refused
from payproof.sandbox.core.idempotency import IdempotencyPolicy
from payproof.sandbox.core.sandbox import Sandbox


def test_a_repeat_gets_the_first_answer_and_changes_nothing():
    box = TillPaySandbox()
    first = pay(box, key="order-1")
    again = pay(box, key="order-1")
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Request-Id"] != first.headers["Request-Id"]
    assert len(box.store["payment"]) == 1
    assert len(box.outbox) == 1


def test_the_kept_answer_is_frozen():
    box = TillPaySandbox()
    first = pay(box, key="order-1").body
    box.handle(request(f"POST /v1/payments/{first['id']}/refund"))
    assert pay(box, key="order-1").body["status"] == "paid"


def test_the_order_of_parameters_does_not_matter():
    box = TillPaySandbox()
    one = box.handle(request(params={"amount": 5, "metadata": {"a": "1", "b": "2"}}, key="k"))
    two = box.handle(request(params={"metadata": {"b": "2", "a": "1"}, "amount": 5}, key="k"))
    assert one.body == two.body


def test_other_parameters_or_another_path_are_a_mismatch_and_change_nothing():
    box = TillPaySandbox()
    made = pay(box, 1200, key="k").body["id"]
    wrong = pay(box, 1300, key="k")
    assert (wrong.status, wrong.body["error"]["type"]) == (400, "idempotency_error")
    assert box.handle(request(f"POST /v1/payments/{made}/refund", key="k")).status == 400
    assert box.store["payment"][made]["status"] == "paid"
    assert pay(box, 1200, key="k").status == 200


def test_a_decline_is_kept():
    box = TillPaySandbox()
    assert pay(box, 666, key="k").status == 402
    assert pay(box, 666, key="k").headers["Idempotent-Replayed"] == "true"
    assert [entry.executed for entry in box.journal] == [True, False]


@pytest.mark.parametrize(
    ("asked", "status"),
    [(request(params={"amount": "x"}, key="k"), 400), (request(params={"amount": 5}, key="k", credential=None), 401)],
)
def test_what_was_refused_before_execution_is_not_kept(asked, status):
    box = TillPaySandbox()
    assert box.handle(asked).status == status
    assert pay(box, 5, key="k").status == 200
    assert not box.journal[1].replayed


def test_a_stranger_gets_no_replay():
    box = TillPaySandbox()
    pay(box, 5, key="k")
    assert box.handle(request(params={"amount": 5}, key="k", credential=None)).status == 401


def test_a_key_belongs_to_one_account():
    box = TillPaySandbox()
    one = box.handle(request(params={"amount": 5}, key="k", till_account="acct_1"))
    two = box.handle(request(params={"amount": 5}, key="k", till_account="acct_2"))
    assert one.body["id"] != two.body["id"]


def test_a_key_expires_by_the_sandbox_clock():
    box = TillPaySandbox()
    first = pay(box, key="k").body["id"]
    box.clock.advance(seconds=DAY - 1)
    assert pay(box, key="k").body["id"] == first
    box.clock.advance(seconds=1)
    assert pay(box, key="k").body["id"] != first
    assert pay(box, 1, key="k").status == 400


def test_requests_without_a_key_and_reads_are_never_kept():
    box = TillPaySandbox()
    assert pay(box).body["id"] != pay(box).body["id"]
    box.handle(request("GET /v1/payments", key="k"))
    assert pay(box, key="k").status == 200


class Differing(TillPay):
    """Keeps refunds for an hour only, keeps no refusals, and answers a repeat with the object's latest state."""

    def idempotency(self):
        return IdempotencyPolicy(
            retention=lambda request: 3_600 if request.path.endswith("/refund") else DAY,
            mismatch=lambda request, key: error(422, "mismatch", key),
            in_flight=lambda request, key: error(409, "in_flight", key),
            stores=lambda request, answer: answer.status < 400,
            replay=lambda request, stored, box: Answer(200, box.store["payment"][stored.answer.body["id"]]),
        )


def test_a_processor_may_keep_by_request_and_answer_with_the_latest_state():
    box = Sandbox(Differing())
    made = pay(box, key="k").body["id"]
    refund = request(f"POST /v1/payments/{made}/refund", key="r")
    assert box.handle(refund).body["status"] == "refunded"
    assert pay(box, key="k").body["status"] == "refunded"
    box.clock.advance(hours=1)
    assert box.handle(refund).status == 400
    assert pay(box, 666, key="d").status == 402
    assert pay(box, 5, key="d").status == 200


class Plain(TillPay):
    def idempotency(self):
        known = super().idempotency()
        return IdempotencyPolicy(known.retention, known.mismatch, known.in_flight)


def test_by_default_a_repeat_gets_the_same_answer_for_the_whole_sandbox():
    box = Sandbox(Plain())
    first = box.handle(request(params={"amount": 5}, key="k", till_account="acct_1"))
    again = box.handle(request(params={"amount": 5}, key="k", till_account="acct_2"))
    assert again.body == first.body
    assert "Idempotent-Replayed" not in again.headers


class Failing(TillPay):
    def execute(self, request, box):
        if not box.store:
            box.store["payment"] = {}
            raise KeyError("a bug of ours")
        return super().execute(request, box)


class Late(TillPay):
    def execute(self, request, box):
        if request.params["amount"] == "7":
            raise Refused(error(400, "invalid_request_error", "seen late, but before anything ran"), executed=False)
        return super().execute(request, box)


def test_a_refusal_that_says_it_did_not_execute_releases_the_key():
    box = Sandbox(Late())
    assert pay(box, 7, key="k").status == 400
    assert not box.journal[0].executed
    assert pay(box, 8, key="k").status == 200


def test_a_bug_of_the_processor_is_loud_and_releases_the_key():
    box = Sandbox(Failing())
    with pytest.raises(KeyError):
        pay(box, key="k")
    assert box.journal[0].failure == "the sandbox itself failed with KeyError"
    assert pay(box, key="k").status == 200


def test_thirty_threads_with_one_key_make_one_payment():
    import threading

    box = TillPaySandbox()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(pay(box, key="k").body["id"])) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 30
    assert len(set(answers)) == 1
    assert len(box.store["payment"]) == 1


def test_the_stored_request_is_not_printed():
    box = TillPaySandbox()
    pay(box, key="k")
    kept = box._handler._keys.stored()
    assert list(kept) == [("", "k")]
    assert KEY not in repr(kept)
