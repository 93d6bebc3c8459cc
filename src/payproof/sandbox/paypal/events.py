"""Webhook events: what the outbox sends and `/v1/notifications/webhooks-events` lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.paypal import books
from payproof.sandbox.paypal.books import Books, Object, link

TYPES = frozenset(
    """
    CHECKOUT.ORDER.APPROVED CHECKOUT.ORDER.COMPLETED CHECKOUT.ORDER.PROCESSED CHECKOUT.PAYMENT-APPROVAL.REVERSED
    PAYMENT.AUTHORIZATION.CREATED PAYMENT.AUTHORIZATION.VOIDED
    PAYMENT.CAPTURE.COMPLETED PAYMENT.CAPTURE.DECLINED PAYMENT.CAPTURE.DENIED PAYMENT.CAPTURE.PENDING
    PAYMENT.CAPTURE.REFUNDED PAYMENT.CAPTURE.REVERSED PAYMENT.REFUND.PENDING PAYMENT.REFUND.FAILED
    PAYMENT.SALE.COMPLETED PAYMENT.SALE.REFUNDED PAYMENT.SALE.REVERSED
    CATALOG.PRODUCT.CREATED CATALOG.PRODUCT.UPDATED
    BILLING.PLAN.CREATED BILLING.PLAN.UPDATED BILLING.PLAN.ACTIVATED BILLING.PLAN.DEACTIVATED
    BILLING.PLAN.PRICING-CHANGE.ACTIVATED
    BILLING.SUBSCRIPTION.CREATED BILLING.SUBSCRIPTION.ACTIVATED BILLING.SUBSCRIPTION.UPDATED
    BILLING.SUBSCRIPTION.EXPIRED BILLING.SUBSCRIPTION.CANCELLED BILLING.SUBSCRIPTION.SUSPENDED
    BILLING.SUBSCRIPTION.PAYMENT.FAILED BILLING.SUBSCRIPTION.RE-ACTIVATED
    VAULT.PAYMENT-TOKEN.CREATED VAULT.PAYMENT-TOKEN.DELETED
    CUSTOMER.DISPUTE.CREATED CUSTOMER.DISPUTE.UPDATED CUSTOMER.DISPUTE.RESOLVED
    """.split()
)
"""The event types that the sandbox knows (developer.paypal.com/api/rest/webhooks/event-names)."""

_RESOURCE: Mapping[str, tuple[str, str]] = {
    books.ORDER: ("checkout-order", "2.0"),
    books.TRANSACTION: ("sale", "1.0"),
    books.PRODUCT: ("product", "1.0"),
    books.PLAN: ("plan", "2.0"),
    books.SUBSCRIPTION: ("subscription", "2.0"),
    books.PAYMENT_TOKEN: ("payment_token", "3.0"),
    books.DISPUTE: ("dispute", "1.0"),
}


def write(bk: Books, event_type: str, resource: Mapping[str, Any], kind: str) -> Object:
    """Create and return the event about `resource`."""
    identity = f"WH-{bk.identifier(17)}-{bk.identifier(17)}"
    name, version = _RESOURCE.get(kind, (kind, "2.0"))
    made: Object = {
        "id": identity,
        "event_version": "1.0",
        "create_time": bk.time(),
        "resource_type": name,
        "resource_version": version,
        "event_type": event_type,
        "summary": f"{event_type.lower().replace('.', ' ').replace('-', ' ')}",
        "resource": dict(resource),
        "links": [
            link(f"/v1/notifications/webhooks-events/{identity}", "self"),
            link(f"/v1/notifications/webhooks-events/{identity}/resend", "resend", "POST"),
        ],
    }
    bk.shelf(books.EVENT)[identity] = made
    return made
