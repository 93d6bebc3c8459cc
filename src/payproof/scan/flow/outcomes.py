"""What a processor's answer holds: by the address that was asked, and on the path where it is known to be a refusal."""

from __future__ import annotations

from payproof.scan import facts
from payproof.scan.facts import Expr
from payproof.scan.flow.state import State
from payproof.scan.values import OBJECT

_ECHOES = frozenset(
    """
    orders plans products prices coupons addons items refund refunds preferences payment_links token oauth2
    """.split()
)
"""Ends of addresses whose answer to a POST says little more than what was asked for: nothing of a payment's instrument."""

_RESULT = "braintree.Result#"


def answered(url: str, method: str) -> tuple[str, str]:
    """Return what the answer at `url` proves of a message ("status" or "") and the label of what it holds."""
    if "verify-webhook-signature" in url or "cgi-bin/webscr" in url:
        return "status", ""
    last = url.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return "", "order-object" if method == "post" and last in _ECHOES else "processor-object"


def refused(test: Expr, failed: State) -> None:
    """Take from a result what only a success holds, where `result.is_success` is false.

    The text of Braintree's `ErrorResult` is its message and nothing else (braintree 4.48, `error_result.py`); that of a
    successful one shows every attribute.
    """
    if not isinstance(test, facts.Attribute) or test.name != "is_success" or not isinstance(test.value, facts.Name):
        return
    value = failed.env.get(test.value.id)
    if value is not None and _RESULT in value.paths():
        failed.env[test.value.id] = value.without(OBJECT)
