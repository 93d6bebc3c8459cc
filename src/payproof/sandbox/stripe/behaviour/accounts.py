"""Connected accounts: made by the platform, onboarded by their owner, closed by Stripe or the platform.

What an account can do is computed from facts: `_onboarded`, `_rejected` and which capabilities were requested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, schemas
from payproof.sandbox.stripe.books import Books, Object, kind

ACCOUNT = kind(
    "account",
    "acct",
    "business_profile business_type company controller email individual settings tos_acceptance",
    livemode=False,
    path_param="account",
    id_length=16,
)

CURRENCIES = {"US": "usd", "GB": "gbp", "CA": "cad", "AU": "aud", "JP": "jpy", "CH": "chf"}
"""The default currency by country; that of others is the euro here."""

TRANSFER_WORDS = ("transfers", "legacy_payments")
"""Capabilities that let an account receive transfers."""

REJECTIONS = {"fraud": "rejected.fraud", "terms": "rejected.terms_of_service"}
"""What an account is disabled for, by how the platform's reason begins."""

NEEDED = ("external_account", "tos_acceptance.date", "tos_acceptance.ip")


def write(books: Books, *, capabilities: Mapping[str, bool], **content: Any) -> Object:
    """Create an account; one whose owner has accepted the terms through us is onboarded at once."""
    identifier = books.identifier(ACCOUNT.prefix, ACCOUNT.id_length)
    url = f"/v1/accounts/{identifier}/external_accounts"
    made = books.new(
        ACCOUNT,
        **{
            "id": identifier,
            "country": "US",
            "external_accounts": {"object": "list", "data": [], "has_more": False, "total_count": 0, "url": url},
            "future_requirements": _requirements([], None),
            "metadata": {},
            "type": "none",
            "_onboarded": bool((content.get("tos_acceptance") or {}).get("date")),
            "_rejected": None,
            "_requested": {name for name, wanted in capabilities.items() if wanted},
            **content,
        },
    )
    made["default_currency"] = content.get("default_currency") or CURRENCIES.get(made["country"], "eur")
    return refresh(made)


def refresh(account: Object) -> Object:
    """Compute what the account may do and what it still has to tell."""
    able = account["_onboarded"] and account["_rejected"] is None
    status = "active" if able else "inactive"
    account["capabilities"] = dict.fromkeys(sorted(account["_requested"]), status)
    account["charges_enabled"] = able and ("card_payments" in account["_requested"] or account["type"] == "standard")
    account["payouts_enabled"] = able
    account["details_submitted"] = account["_onboarded"]
    missing = [] if account["_onboarded"] else list(NEEDED)
    reason = account["_rejected"] or ("requirements.past_due" if missing else None)
    account["requirements"] = _requirements(missing, reason)
    return account


def onboard(books: Books, account: Object) -> Object:
    """The owner has told Stripe everything it asked for."""
    with books.changing(account, "account.updated"):
        account["_onboarded"] = True
        refresh(account)
    own = books.elsewhere(account["id"])
    for name in account["capabilities"]:
        own.happened("capability.updated", capability(account, name))
    return account


def reject(books: Books, account: Object, reason: str | None) -> Object:
    """The platform gives the account up for a reason; None takes it back."""
    with books.changing(account, "account.updated"):
        account["_rejected"] = None if reason is None else REJECTIONS.get(reason.partition("_")[0], "rejected.other")
        refresh(account)
    return account


def request(account: Object, capabilities: Mapping[str, bool]) -> None:
    """Ask for capabilities, or no longer."""
    for name, wanted in capabilities.items():
        (account["_requested"].add if wanted else account["_requested"].discard)(name)
    refresh(account)


def capability(account: Mapping[str, Any], name: str) -> Object:
    """Return one capability of an account; refused with 404 when there is none of that name."""
    known = schemas.catalogue().fields("account")["capabilities"].fields()
    if name not in known:
        raise errors.missing("capability", name, "capability")
    asked = name in account["_requested"]
    content: Object = {
        "account": account["id"],
        "requested": asked,
        "requested_at": account["created"] if asked else None,
        "requirements": _requirements(account["requirements"]["currently_due"] if asked else [], None),
        "status": account["capabilities"].get(name, "unrequested"),
    }
    return {"id": name, "object": "capability", **content}


def destination(books: Books, identifier: str, param: str) -> Object:
    """Return the account that money is to go to; refused when it does not exist or may receive none."""
    account = Books(books.box).find(ACCOUNT, identifier)
    if account is None or account.get("deleted"):
        raise errors.missing("destination", identifier, param, status=400)
    if not any(account["capabilities"].get(name) == "active" for name in TRANSFER_WORDS):
        message = (
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments"
        )
        raise errors.invalid(message, code="insufficient_capabilities_for_transfer", param=param)
    return account


def _requirements(missing: list[str], reason: str | None) -> Object:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": missing,
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": list(missing),
        "past_due": list(missing),
        "pending_verification": [],
    }
