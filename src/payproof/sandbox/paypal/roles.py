"""Which of PayPal's objects play which part in a scenario. `_payer` says what the payer is asked for."""

from __future__ import annotations

from payproof.sandbox.core import roles
from payproof.sandbox.core.roles import role
from payproof.sandbox.paypal.books import CAPTURE, DISPUTE, ORDER, REFUND, SETUP_TOKEN, SUBSCRIPTION

OPEN_DISPUTE = ("OPEN", "WAITING_FOR_SELLER_RESPONSE", "WAITING_FOR_BUYER_RESPONSE", "UNDER_REVIEW")
AWAITED, CHALLENGED, AGREED = "awaited", "challenged", "agreed"
"""The payer is to approve, is to authenticate, has agreed."""

ROLES = {
    roles.WAITING: role(ORDER, _payer=(CHALLENGED,)),
    roles.CHECKOUT: (
        *role(ORDER, _payer=(AWAITED,)),
        *role(SUBSCRIPTION, _payer=(AWAITED,)),
        *role(SETUP_TOKEN, _payer=(AWAITED,)),
    ),
    roles.CAPTURED: role(CAPTURE, status=("COMPLETED", "PARTIALLY_REFUNDED")),
    roles.OPEN_INQUIRY: role(DISPUTE, status=OPEN_DISPUTE, dispute_life_cycle_stage=("INQUIRY",)),
    roles.OPEN_DISPUTE: role(DISPUTE, status=OPEN_DISPUTE),
    roles.FALLIBLE_REFUND: role(REFUND, status=("PENDING", "COMPLETED")),
    roles.PENDING: (*role(CAPTURE, status=("PENDING",)), *role(REFUND, status=("PENDING",))),
}
