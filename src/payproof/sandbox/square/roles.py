"""Which of Square's objects play which part in a scenario. Square has no challenge that waits: the browser's SDK asks before."""

from __future__ import annotations

from payproof.sandbox.core import roles
from payproof.sandbox.core.roles import role
from payproof.sandbox.square.books import DISPUTE, INVOICE, PAYMENT, PAYMENT_LINK, REFUND

OPEN_INQUIRY = ("INQUIRY_EVIDENCE_REQUIRED", "INQUIRY_PROCESSING")
OPEN_DISPUTE = ("EVIDENCE_REQUIRED", "PROCESSING")

ROLES = {
    roles.CHECKOUT: (*role(PAYMENT_LINK, _paid=(False,)), *role(INVOICE, status=("UNPAID",))),
    roles.CAPTURED: role(PAYMENT, status=("COMPLETED",)),
    roles.OPEN_INQUIRY: role(DISPUTE, state=OPEN_INQUIRY),
    roles.OPEN_DISPUTE: role(DISPUTE, state=(*OPEN_INQUIRY, *OPEN_DISPUTE)),
    roles.FALLIBLE_REFUND: role(REFUND, status=("PENDING",)),
    roles.PENDING: (*role(PAYMENT, status=("PENDING",)), *role(REFUND, status=("PENDING",))),
}
