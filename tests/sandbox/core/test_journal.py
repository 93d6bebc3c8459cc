from asking import pay, request
from tillpay import TillPaySandbox


def test_it_keeps_what_was_asked_and_answered_in_order():
    box = TillPaySandbox()
    pay(box, 1200, key="a")
    pay(box, 666)
    box.handle(request("GET /v1/payments"))
    assert len(box.journal) == 3
    assert [entry.number for entry in box.journal] == [1, 2, 3]
    assert [entry.status for entry in box.journal] == [200, 402, 200]
    assert box.journal[0].params == {"amount": "1200"}
    assert box.journal[0].at == box.clock.now()
    assert box.journal.text() == "#1 POST /v1/payments -> 200\n#2 POST /v1/payments -> 402\n#3 GET /v1/payments -> 200"


def test_requests_are_found_by_method_path_and_parameters():
    box = TillPaySandbox()
    first = pay(box, 1200).body["id"]
    pay(box, 1300)
    box.handle(request(f"POST /v1/payments/{first}/refund"))
    journal = box.journal
    assert len(journal.requests()) == 3
    assert len(journal.requests("post", "/v1/payments")) == 2
    assert len(journal.requests(path="/v1/payments/*/refund")) == 1
    assert [entry.number for entry in journal.requests(path="/v1/payments", amount=1300)] == [2]
    assert journal.requests("DELETE") == []


def test_effects_name_each_object_once():
    box = TillPaySandbox()
    first = pay(box, 1200).body["id"]
    second = pay(box, 1300).body["id"]
    box.handle(request(f"POST /v1/payments/{first}/refund"))
    assert box.journal.effects("payment") == [first, second]
    assert box.journal.effects() == [first, second]
    assert box.journal.effects("payout") == []
    assert box.journal[2].effects == [first]


def test_effects_outside_a_request_are_kept_apart():
    box = TillPaySandbox()
    with box.acting():
        box.effect("dispute", "dp_1")
        box.effect("dispute", "dp_1")
    assert box.journal.effects("dispute") == ["dp_1"]
    assert len(box.journal) == 0


def test_keys_and_replays_show():
    box = TillPaySandbox()
    pay(box, key="order-1")
    pay(box, key="order-1")
    pay(box)
    assert box.journal.keys("/v1/payments") == ["order-1", "order-1", None]
    assert [entry.replayed for entry in box.journal] == [False, True, False]
    assert [entry.executed for entry in box.journal] == [True, False, True]
    assert str(box.journal[1]) == "#2 POST /v1/payments -> 200 replayed"


def test_secrets_are_not_in_it():
    box = TillPaySandbox(allow_raw_cards=True)
    number, code = "4242" * 4, "987"
    asked = request(params={"amount": 5, "card": {"number": number, "cvc": code}}, cookie="session=abc")
    box.handle(asked)
    kept = box.journal[0].request
    assert kept.headers["authorization"] == "…"
    assert kept.headers["cookie"] == "…"
    assert kept.params == {"amount": "5", "card": {"number": "424242******4242", "cvc": "***"}}
    assert number.encode() not in kept.body
    assert code.encode() not in kept.body
    assert asked.params["card"] == {"number": number, "cvc": code}
