"""What a rewriting refuses, and why: every reason that a reader can meet."""

from __future__ import annotations

import pytest

from payproof.model import Confidence, Place, Severity, Site, Verdict
from payproof.scan.rewriting import Rewriting

HAND = "the value is not the default of a setting that is read here: read it from outside, by hand"


def site(rule: str, line: int, column: int, processor: str = "stripe") -> Site:
    place = Place("a.py", line, column)
    return Site(rule, Verdict.VIOLATED, place, "m", Severity.HIGH, Confidence.HIGH, processor=processor)


@pytest.mark.parametrize(
    ("rule", "code", "column", "reason"),
    [
        ("webhook-tolerance-off", "x = 1\n", 1, "what is meant cannot be made out in this place"),
        ("webhook-tolerance-off", "verify(1)\n", 1, "only checks of stripe's are rewritten"),
        ("webhook-tolerance-off", "construct_event(*a)\n", 1, "arguments are passed on with a star"),
        ("webhook-tolerance-off", "construct_event(a, b, c)\n", 1, "the tolerance is not written out in this call"),
        (
            "idempotency-key-misplaced",
            "stripe.Charge.create({'idempotency_key': k})\n",
            1,
            "only a call of StripeClient's is rewritten",
        ),
        (
            "idempotency-key-misplaced",
            "c.charges.create({'amount': 1})\n",
            1,
            "the key is not written out among the parameters of this call",
        ),
        ("idempotency-key-misplaced", "c.charges.create()\n", 1, "the parameters are not written out in this call"),
        ("processor-secret-in-source", "K = os.getenv('A', 'b', c)\n", 21, "how the setting is read cannot be made out"),
        ("processor-secret-in-source", "K = os.getenv('b')\n", 16, HAND),
        ("webhook-secret-default", "construct_event(a, b, f())\n", 1, HAND),
        ("webhook-secret-default", "construct_event(a, b)\n", 1, HAND),
        ("tls-check-off", "get(u, verify=False, ssl=False)\n", 1, "the switch is not written out in this call"),
        ("tls-check-off", "s.quiet = False\n", 1, "the switch is not one that can be left out"),
        ("sdk-debug-log", "a = b = 'debug'\n", 1, "only a line of its own that switches one log on is taken out"),
        ("webhook-compare-timing", "a < b\n", 1, "the values are not compared by == or !="),
        ("webhook-tolerance-off", "def (:\n", 1, "the file cannot be rewritten: not Python 3 (line 1: "),
    ],
)
def test_what_is_refused_says_why(rule: str, code: str, column: int, reason: str) -> None:
    rewriting = Rewriting("a.py", code.encode(), [site(rule, 1, column)])
    assert rewriting.attempts == []
    ((_, said),) = rewriting.left
    assert said.startswith(reason)


def test_another_processors_call_is_left_alone() -> None:
    code = b"c.charges.create({'idempotency_key': k})\n"
    assert Rewriting("a.py", code, [site("idempotency-key-misplaced", 1, 1, "square")]).left[0][1] == (
        "only a call of StripeClient's is rewritten"
    )
    assert Rewriting("a.py", code, [site("idempotency-key-misplaced", 1, 1)]).left == []


def test_a_file_that_would_not_come_back_as_it_is_is_left_alone() -> None:
    code = b"# coding: utf-7\nconstruct_event(a, b, c, tolerance=0)  # caf+AOk-\n"
    ((_, said),) = Rewriting("a.py", code, [site("webhook-tolerance-off", 2, 1)]).left
    assert said == "the file could not be written back as it is"


def test_without_attempts_nothing_changes() -> None:
    code = b"construct_event(a, b, c, tolerance=0)\n"
    rewriting = Rewriting("a.py", code, [site("webhook-tolerance-off", 1, 1)])
    assert rewriting.result([]) == code
    assert rewriting.result(rewriting.attempts) == b"construct_event(a, b, c)\n"


def test_the_first_statement_of_a_block_and_a_class() -> None:
    code = b"class Shop:\n    # why\n    stripe.verify_ssl_certs = False\n\n    def pay(self):\n        pass\n"
    rewriting = Rewriting("a.py", code, [site("tls-check-off", 3, 5)])
    assert rewriting.result(rewriting.attempts) == b"class Shop:\n    # why\n\n    def pay(self):\n        pass\n"
