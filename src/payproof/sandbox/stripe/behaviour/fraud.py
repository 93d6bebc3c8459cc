"""Early fraud warnings: the issuer suspects a charge; refunding it early avoids the dispute."""

from __future__ import annotations

from payproof.sandbox.stripe.books import Books, Object, kind

EARLY_FRAUD_WARNING = kind("radar.early_fraud_warning", "issfr", noun="early fraud warning")


def warn(books: Books, charge: Object, fraud_type: str) -> Object:
    """The issuer reports a charge."""
    warning = books.new(
        EARLY_FRAUD_WARNING,
        actionable=not (charge["disputed"] or charge["refunded"]),
        charge=charge["id"],
        fraud_type=fraud_type,
        payment_intent=charge["payment_intent"],
    )
    books.emit("radar.early_fraud_warning.created", warning)
    return warning


def calm(books: Books, charge: Object) -> None:
    """A warning stops being actionable once its charge is disputed or fully refunded."""
    if not (charge["disputed"] or charge["refunded"]):
        return
    for warning in list(books.newest_first(EARLY_FRAUD_WARNING)):
        if warning["charge"] == charge["id"] and warning["actionable"]:
            with books.changing(warning, "radar.early_fraud_warning.updated"):
                warning["actionable"] = False
