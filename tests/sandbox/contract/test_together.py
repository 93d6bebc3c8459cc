"""All processors at once: every request finds its own sandbox, and leaving one leaves the others."""

from __future__ import annotations

import contextlib

import httpx
import pytest
from terms import EVERY, terms

from payproof.sandbox import HostRefused, current
from payproof.sandbox.core import active
from payproof.sandbox.processors import sandbox_class


def test_a_shop_that_uses_all_of_them_pays_each_once(socket_disabled: None) -> None:
    with contextlib.ExitStack() as stack:
        own = {name: terms(name)(stack.enter_context(sandbox_class(name)(strict=False))) for name in EVERY}
        for name in EVERY:
            assert own[name].pay(order=f"{name}-42").code == ""
        for name in EVERY:
            box = own[name].box
            assert len(box.charges_for()) == 1
            assert {entry.request.processor for entry in box.journal} == {name}
            assert box.problems == []
    assert active.STACK == []


@pytest.mark.parametrize("first", EVERY)
def test_who_is_left_is_no_longer_reached_and_the_others_are(socket_disabled: None, first: str) -> None:
    boxes = {name: sandbox_class(name)(strict=False) for name in EVERY}
    for box in boxes.values():
        box.__enter__()
    boxes[first].__exit__(None, None, None)
    try:
        host = sorted(boxes[first].processor.hosts)[0]
        others = [box for name, box in boxes.items() if name != first]
        assert current() in others
        with pytest.raises(HostRefused):
            httpx.get(f"https://{host}/")
        for name in EVERY:
            if name != first:
                assert terms(name)(boxes[name]).pay().code == ""
    finally:
        for name in EVERY:
            if name != first:
                boxes[name].__exit__(None, None, None)
    assert active.STACK == []
