"""Which of Stripe's objects play which part in a scenario."""

from __future__ import annotations

from payproof.sandbox.core import roles
from payproof.sandbox.core.roles import role

_OPEN = (
    "appeal_needs_response",
    "appeal_under_review",
    *("needs_response", "under_review", "warning_needs_response", "warning_under_review"),
)

ROLES = {
    roles.WAITING: (
        *role("payment_intent", status=("requires_action",)),
        *role("setup_intent", status=("requires_action",)),
    ),
    roles.CHECKOUT: role("checkout.session", status=("open",)),
    roles.CAPTURED: role("charge", captured=(True,), status=("succeeded",)),
    roles.OPEN_INQUIRY: role("dispute", status=_OPEN),
    roles.OPEN_DISPUTE: role("dispute", status=_OPEN),
    roles.LOST_DISPUTE: role("dispute", status=("lost",)),
    roles.FALLIBLE_REFUND: role("refund", status=("pending", "succeeded")),
    roles.PENDING: (
        *role("refund", status=("pending", "processing")),
        *role("payment_intent", status=("pending", "processing")),
    ),
}
