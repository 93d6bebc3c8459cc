"""What a sandbox refuses: unknown parameters, live credentials, other processors' hosts, illegal steps, card numbers."""

from __future__ import annotations

import httpx
import pytest
import requests
from terms import Answered, Terms

from payproof.sandbox import HostRefused, LiveKeyRefused, SandboxError


def test_an_unknown_parameter_is_refused_and_nothing_happens(own: Terms) -> None:
    try:
        refused = own.unknown()
    except SandboxError as error:
        assert "colour" in str(error)
    else:
        assert isinstance(refused, Answered) and 400 <= refused.status < 500 and refused.code
    assert own.box.journal.effects() == []
    assert not any(own.box.store.values())


def test_live_credentials_are_refused_and_nothing_happens(own: Terms) -> None:
    with pytest.raises(LiveKeyRefused):
        own.live()
    assert own.box.journal.effects() == []
    assert any("a sandbox takes test keys only" in problem for problem in own.box.problems)


def test_illegal_steps_are_refused_with_the_real_error(own: Terms) -> None:
    assert own.illegal
    for step, expected in own.illegal.items():
        refused = own.step(step)
        assert (step, Answered(refused.status, refused.code)) == (step, expected)


def test_another_processors_host_is_refused(own: Terms) -> None:
    other = "https://api.mollie.com/v2/payments"
    for get in (requests.get, httpx.get):
        with pytest.raises(HostRefused, match="Mollie"):
            get(other)
    assert any("Mollie" in problem for problem in own.box.problems)


@pytest.mark.parametrize("client", [requests, httpx], ids=["requests", "httpx"])
def test_raw_http_reaches_it_too_and_no_socket_is_opened(own: Terms, client: object) -> None:
    assert own.raw(client.post) in (200, 201)  # type: ignore[attr-defined]
    assert len(own.box.charges_for()) == 1
    assert own.box.other_hosts == []
