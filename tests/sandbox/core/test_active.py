import contextvars
import threading

import pytest
from asking import KEY
from tillpay import StripeLike, TillPaySandbox

from payproof.sandbox.core import active
from payproof.sandbox.core.exchange import SandboxError

HEADERS = {"authorization": f"Bearer {KEY}"}


def in_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_the_innermost_is_the_default():
    with TillPaySandbox() as outer, TillPaySandbox() as inner:
        assert active.current() is inner
        assert active.imitating("api.tillpay.example", HEADERS) is inner
        assert active.candidates() == [inner, outer]
    with pytest.raises(SandboxError):
        active.current()


def test_watchers_learn_of_every_sandbox():
    seen = []
    active.WATCHERS.append(seen.append)
    try:
        with TillPaySandbox() as box:
            assert seen == [box]
    finally:
        active.WATCHERS.remove(seen.append)


def test_a_key_finds_its_owner():
    with TillPaySandbox(api_keys=(KEY,)) as outer, TillPaySandbox(api_keys=("other",)):
        assert active.imitating("api.tillpay.example", HEADERS) is outer
        assert in_thread(lambda: active.imitating("api.tillpay.example", HEADERS)) is outer


def test_each_kind_imitates_its_own_hosts():
    with StripeLike() as stripe_like, TillPaySandbox():
        assert active.imitating("api.stripe.com", HEADERS) is stripe_like
        assert active.imitating("example.com", HEADERS) is None


def test_a_thread_sees_the_innermost():
    with TillPaySandbox(), TillPaySandbox() as inner:
        assert in_thread(active.current) is inner


def test_a_thread_with_its_own_sandbox_keeps_to_it():
    with TillPaySandbox():
        entered, go_on = threading.Event(), threading.Event()
        found = []

        def other():
            with TillPaySandbox() as box:
                entered.set()
                go_on.wait(5)
                found.append(active.current() is box)

        thread = threading.Thread(target=other)
        thread.start()
        entered.wait(5)
        with TillPaySandbox() as mine:
            assert active.current() is mine
            go_on.set()
            thread.join()
    assert found == [True]


def test_left_in_any_order():
    one, two = TillPaySandbox(), TillPaySandbox()
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert active.current() is two
    two.__exit__(None, None, None)
    assert active.STACK == []


def test_a_context_that_outlives_a_sandbox_does_not_find_it():
    with TillPaySandbox():
        old = contextvars.copy_context()
    with TillPaySandbox() as box, TillPaySandbox():
        found = old.run(active.candidates)
        assert found[-1] is box
        assert len(found) == 2
