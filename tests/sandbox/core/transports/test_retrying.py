"""Retries that are mounted on `requests` run as below a real adapter, without sleeping."""

from __future__ import annotations

import pytest
import requests
from requests.adapters import HTTPAdapter
from tillpay import TillPaySandbox
from urllib3.util.retry import Retry

URL = "https://api.tillpay.example/v1/payments"


def session(**options: object) -> requests.Session:
    made = requests.Session()
    made.mount("https://", HTTPAdapter(max_retries=Retry(**options)))  # type: ignore[arg-type]
    made.headers["Authorization"] = "Bearer test"
    return made


def statuses(box: TillPaySandbox) -> list[int | None]:
    return [entry.status for entry in box.journal]


def test_a_status_is_retried_as_the_retry_says_and_the_pauses_are_noted() -> None:
    with TillPaySandbox() as box:
        box.faults.chain(["500", "503"])
        found = session(total=3, backoff_factor=2, status_forcelist=[500, 503], allowed_methods=["GET"]).get(URL)
        assert found.status_code == 200
    assert statuses(box) == [500, 503, 200]
    assert [entry.backoff for entry in box.journal] == [0, 4.0, None]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_method_that_is_not_to_be_retried_is_asked_once(method: str) -> None:
    with TillPaySandbox() as box:
        box.faults.next("500")
        found = session(total=3, status_forcelist=[500], allowed_methods=["PUT"]).request(method, URL, data={"amount": "5"})
        assert found.status_code == 500
    assert statuses(box) == [500]


@pytest.mark.parametrize(("fault", "error"), [("reset", requests.ConnectionError), ("timeout-after", requests.ReadTimeout)])
def test_a_broken_connection_is_retried_and_raised_when_it_stays_broken(fault: str, error: type[Exception]) -> None:
    with TillPaySandbox() as box:
        box.faults.chain([fault, fault, fault])
        assert session(total=3, allowed_methods=["GET"]).get(URL).status_code == 200
        box.faults.chain([fault, fault])
        with pytest.raises(error):
            session(total=1, allowed_methods=["GET"]).get(URL)
    assert statuses(box) == [None, None, None, 200, None, None]


def test_a_status_that_stays_is_answered_or_raised_as_the_retry_says() -> None:
    with TillPaySandbox() as box:
        box.faults.next("500", times=4)
        options = {"total": 1, "status_forcelist": [500], "allowed_methods": ["GET"]}
        assert session(**options, raise_on_status=False).get(URL).status_code == 500
        with pytest.raises(requests.exceptions.RetryError):
            session(**options).get(URL)
    assert statuses(box) == [500, 500, 500, 500]


def test_without_a_retry_nothing_is_asked_again() -> None:
    with TillPaySandbox() as box:
        box.faults.chain(["500", "reset"])
        assert requests.get(URL, headers={"Authorization": "Bearer test"}).status_code == 500
        with pytest.raises(requests.ConnectionError):
            requests.get(URL, headers={"Authorization": "Bearer test"})
        made = requests.Session()
        made.mount("https://", HTTPAdapter())
        made.get_adapter(URL).max_retries = False  # as paypal-server-sdk sets it for calls that must not be repeated
        assert made.get(URL, headers={"Authorization": "Bearer test"}).status_code == 200
    assert statuses(box) == [500, None, 200]


def test_a_retry_after_header_is_the_pause() -> None:
    class Slow(TillPaySandbox):
        pass

    with Slow() as box:
        answer = box.processor.fault_answer

        def slow(kind: str, request: object) -> object:
            return answer(kind, request).with_headers({"Retry-After": "7"})

        box.processor.fault_answer = slow
        box.faults.next("429")
        assert session(total=1, status_forcelist=[429], allowed_methods=["GET"]).get(URL).status_code == 200
    assert [entry.backoff for entry in box.journal] == [7, None]
