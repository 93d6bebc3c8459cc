import asyncio
import subprocess
import sys

import pytest
from asking import pay, request
from tillpay import StripeLike, TillPay, TillPaySandbox

import payproof.sandbox
from payproof.sandbox.core import active
from payproof.sandbox.core.exchange import NotImitated, SandboxError
from payproof.sandbox.core.processor import Processor, bearer_or_basic
from payproof.sandbox.core.sandbox import Sandbox


def test_state_belongs_to_one_sandbox():
    one, two = TillPaySandbox(), TillPaySandbox()
    pay(one)
    assert (len(one.store), len(two.store), len(two.journal)) == (1, 0, 0)


def test_the_same_seed_tells_the_same_story():
    one, two, other = TillPaySandbox(seed=1), TillPaySandbox(seed=1), TillPaySandbox(seed=2)
    assert pay(one).body["id"] == pay(two).body["id"] != pay(other).body["id"]


def test_an_endpoint_that_is_not_played_fails_loudly_and_by_name():
    with pytest.raises(SandboxError, match="TillPaySandbox: GET /v1/balance is not played"), TillPaySandbox() as box:
        with pytest.raises(NotImitated, match="GET /v1/balance is not played by the tillpay sandbox"):
            box.handle(request("GET /v1/balance"))
    assert box.journal[0].failure == "GET /v1/balance is not played by the tillpay sandbox"


def test_a_promise_that_was_not_kept_is_told_on_leaving():
    with pytest.raises(SandboxError, match="TillPaySandbox: the customer never paid"), TillPaySandbox() as box:
        box.promises.append(lambda: [] if box.store else ["the customer never paid"])


def test_the_same_problem_is_told_once():
    box = TillPaySandbox()
    for _ in range(2):
        with pytest.raises(NotImitated):
            box.handle(request("GET /v1/balance"))
    assert len(box.unsettled()) == 1
    with pytest.raises(SandboxError, match="TillPaySandbox: GET /v1/balance is not played by the tillpay sandbox"):
        box.verify()


def test_a_sandbox_that_is_not_strict_only_remembers():
    with TillPaySandbox(strict=False) as box:
        box.faults.next("500")
    assert box.unsettled() == ["the fault '500' was planned for any call and never fired"]


def test_the_tests_own_failure_is_not_hidden_by_the_teardown():
    with pytest.raises(ZeroDivisionError), TillPaySandbox() as box:
        box.faults.next("500")
        raise ZeroDivisionError


def test_entering_twice_leaves_once():
    box = TillPaySandbox()
    with box:
        with box:
            pass
        assert active.current() is box
        box.faults.next("500")
        pay(box)
    with pytest.raises(SandboxError, match="no sandbox is active; use the fixture, or `with StripeSandbox"):
        active.current()


def test_an_async_context_manager_too():
    async def main():
        async with TillPaySandbox() as box:
            assert active.current() is box
        with pytest.raises(SandboxError, match="never fired"):
            async with TillPaySandbox() as box:
                box.faults.next("500")

    asyncio.run(main())


def test_leaving_what_was_never_entered():
    with pytest.raises(SandboxError, match="TillPaySandbox was left without having been entered"):
        TillPaySandbox().__exit__(None, None, None)


class Hooked(TillPaySandbox):
    def started(self):
        super().started()
        self.log = ["started", active.current() is self]

    def stopped(self):
        self.log.append(active.current() is self)


def test_hooks_run_while_it_is_active():
    with Hooked() as box:
        pass
    assert box.log == ["started", True, True]


class Broken(TillPaySandbox):
    def started(self):
        raise ValueError("cannot start")


def test_a_sandbox_that_cannot_start_is_not_left_active():
    with pytest.raises(ValueError, match="cannot start"), Broken():
        pass
    assert active.STACK == []


def test_parentheses_are_asked_for():
    with pytest.raises(SandboxError, match=r"write @TillPaySandbox\(\) with parentheses to use it as a decorator"):

        @TillPaySandbox
        def test():
            pass


def test_a_processor_is_recognised_by_its_shape():
    assert isinstance(TillPay(), Processor)
    assert Sandbox(TillPay()).processor.name == "tillpay"


@pytest.mark.parametrize(
    ("header", "credential"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("Basic YWJjOg==", "abc"),
        ("Basic YWJj", "abc"),
        ("Basic !!", None),
        ("Basic /w==", None),
        ("Digest x", None),
        ("Bearer ", None),
        ("", None),
    ],
)
def test_credentials_are_read_from_bearer_and_basic_headers(header, credential):
    assert bearer_or_basic(header) == credential


class Minimal(TillPay):
    """What a processor is with the core's defaults only."""

    decorate = Processor.decorate
    forgeries = Processor.forgeries
    retry_delays = Processor.retry_delays


def test_the_defaults_of_a_processor():
    box = Sandbox(Minimal())
    box.webhooks.endpoint(lambda payload, headers: 500)
    answer = pay(box)
    assert answer.headers == {}
    assert box.webhooks.deliver()[0].attempt == 1
    assert box.clock.due() == ()
    assert len(box.webhooks.forge(how="all")) == 6
    assert box.processor.credential(request(credential=None, x_api_key="k")) == "k"
    assert box.processor.is_live("access_token$" + "production$x")
    assert not box.processor.is_live("sk_" + "test_x")


def test_public_names_are_loaded_when_used():
    assert payproof.sandbox.Sandbox is Sandbox
    assert payproof.sandbox.SandboxError is SandboxError
    assert payproof.sandbox.current is active.current
    assert "StripeSandbox" in dir(payproof.sandbox)
    with pytest.raises(AttributeError, match=r"module 'payproof\.sandbox' has no attribute 'Sandbx'"):
        payproof.sandbox.Sandbx


def test_importing_it_imports_no_sdk_and_no_http_library():
    code = (
        "import sys, payproof.sandbox.core.sandbox;"
        "print([name for name in ('stripe', 'requests', 'httpx', 'asyncio', 'libcst', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_journals_number_belongs_to_the_thread_that_asked():
    with StripeLike() as box:
        pay_id = box.handle(request("POST /v1/payment_intents", {"amount": 5}, host="api.stripe.com")).body["id"]
    assert box.journal.effects("payment_intent") == [pay_id]
