import pytest
from asking import pay, request
from tillpay import TillPaySandbox

from payproof.sandbox.core.exchange import ConnectionLost, SandboxError, TimedOut
from payproof.sandbox.core.faults import BEFORE, KINDS, NEED_EXECUTION


@pytest.mark.parametrize(
    ("kind", "failure", "executed"),
    [
        ("lost-before", ConnectionLost, False),
        ("reset", ConnectionLost, False),
        ("timeout-before", TimedOut, False),
        ("lost-after", ConnectionLost, True),
        ("timeout-after", TimedOut, True),
    ],
)
def test_a_lost_exchange_has_done_its_work_or_not(kind, failure, executed):
    box = TillPaySandbox()
    box.faults.next(kind)
    with pytest.raises(failure) as caught:
        pay(box, key="k")
    assert caught.value.executed is executed
    entry = box.journal[0]
    assert (entry.fault, entry.executed, entry.answer, entry.failure) == (kind, executed, None, str(caught.value))
    assert bool(box.store.get("payment")) is executed
    again = pay(box, key="k")
    assert again.status == 200
    assert box.journal[1].replayed is executed
    assert len(box.store["payment"]) == 1
    assert box.unsettled() == []


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("409", 409), ("lock-timeout", 429), ("500", 500), ("503", 503)])
def test_an_error_before_execution_changes_nothing_and_is_not_kept(kind, status):
    box = TillPaySandbox()
    box.faults.next(kind)
    assert pay(box, key="k").status == status
    assert not box.store
    assert not box.journal[0].executed
    assert pay(box, key="k").status == 200
    assert not box.journal[1].replayed


def test_a_server_error_during_execution_changes_nothing_but_is_kept():
    box = TillPaySandbox()
    box.faults.next("500-during")
    assert pay(box, key="k").status == 500
    assert not box.store
    assert pay(box, key="k").headers["Idempotent-Replayed"] == "true"
    assert box.journal[1].status == 500


def test_a_server_error_after_execution_has_done_the_work_and_is_kept():
    box = TillPaySandbox()
    box.faults.next("500-after")
    assert pay(box, key="k").status == 500
    assert len(box.store["payment"]) == 1
    assert pay(box, key="k").status == 500
    assert len(box.store["payment"]) == 1


def test_a_malformed_answer_is_no_json_but_the_work_is_done():
    import json

    box = TillPaySandbox()
    box.faults.next("malformed")
    answer = pay(box, key="k")
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.payload())
    assert len(box.store["payment"]) == 1
    assert pay(box, key="k").body["status"] == "paid"


def test_a_fault_strikes_only_the_calls_it_was_planned_for():
    box = TillPaySandbox()
    box.faults.next("500", on="POST /v1/payments/*")
    made = pay(box).body["id"]
    assert box.handle(request(f"GET /v1/payments/{made}")).status == 200
    assert box.handle(request(f"POST /v1/payments/{made}/refund")).status == 500
    assert box.handle(request(f"POST /v1/payments/{made}/refund")).status == 200


def test_a_fault_may_strike_several_times():
    box = TillPaySandbox()
    box.faults.next("503", times=2)
    assert [pay(box).status for _ in range(3)] == [503, 503, 200]


def test_a_chain_is_met_call_by_call():
    box = TillPaySandbox()
    box.faults.chain(["500", "ok", "429", "ok"], on="POST *")
    assert [pay(box).status for _ in range(4)] == [500, 200, 429, 200]
    assert [entry.fault for entry in box.journal] == ["500", None, "429", None]


def test_plans_are_used_in_the_order_they_were_made():
    box = TillPaySandbox()
    box.faults.next("500")
    box.faults.next("429")
    assert [pay(box).status for _ in range(3)] == [500, 429, 200]


@pytest.mark.parametrize("kind", sorted(NEED_EXECUTION))
def test_a_fault_of_execution_waits_for_an_execution(kind):
    box = TillPaySandbox()
    pay(box, key="k")
    box.faults.next(kind)
    assert pay(box, key="k").status == 200
    assert box.journal[1].fault is None
    assert pay(box, "x").status == 400
    assert box.unsettled() == [f"the fault {kind!r} was planned for any call and never fired"]
    if kind == "held":
        with pytest.raises(TimedOut):
            pay(box)
    else:
        assert pay(box).status == 500
    assert box.unsettled() == []


def test_a_planned_fault_that_never_fired_is_told_on_leaving():
    box = TillPaySandbox()
    with pytest.raises(SandboxError) as caught, box:
        box.faults.next("lost-after", on="POST /v1/payouts")
        box.faults.chain(["500", "ok"])
    assert str(caught.value) == (
        "TillPaySandbox:\n- the fault 'lost-after' was planned for POST /v1/payouts and never fired"
        "\n- the fault '500' was planned for any call and never fired"
    )


def test_cleared_faults_are_forgotten():
    with TillPaySandbox() as box:
        box.faults.next("500")
        box.faults.clear()


def test_the_rest_of_a_chain_of_ok_is_no_promise():
    with TillPaySandbox() as box:
        box.faults.chain(["500", "ok", "ok"])
        assert pay(box).status == 500


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (lambda faults: faults.next("lost-afer"), "there is no fault 'lost-afer'; did you mean 'lost-after'?"),
        (lambda faults: faults.next("zzz"), "there is no fault 'zzz'; known: lost-before, lost-after, "),
        (lambda faults: faults.chain(["ok"]), "a chain of faults holds no fault; name at least one kind besides 'ok'"),
        (lambda faults: faults.next("500", times=0), "a fault was planned 0 times; plan it at least once"),
        (
            lambda faults: faults.next("500", on="/v1/x"),
            "'/v1/x' matches no request; write a method and a path, such as 'POST /v1/ref",
        ),
        (lambda faults: faults.next("500", on="post /v1/x"), "'post /v1/x' matches no request"),
        (lambda faults: faults.next("500", on="POST v1"), "'POST v1' matches no request"),
    ],
)
def test_a_plan_that_can_never_fire_is_refused(plan, message):
    with pytest.raises(SandboxError) as caught:
        plan(TillPaySandbox().faults)
    assert str(caught.value).startswith(message)


def test_every_kind_of_fault_is_explained():
    assert all(text and text[0].islower() for text in KINDS.values())
    assert set(KINDS) >= BEFORE | NEED_EXECUTION
