"""What a processor's answer holds on the path where it is known to be a refusal."""

from __future__ import annotations

from payproof.scan import facts
from payproof.scan.facts import Expr
from payproof.scan.flow.state import State
from payproof.scan.values import OBJECT

_RESULT = "braintree.Result#"


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
