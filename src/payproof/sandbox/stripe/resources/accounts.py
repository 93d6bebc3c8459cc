"""Connected accounts, their capabilities and the bank accounts that they are paid out to."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, metadata, schemas
from payproof.sandbox.stripe.behaviour import accounts, external_accounts
from payproof.sandbox.stripe.behaviour.accounts import ACCOUNT
from payproof.sandbox.stripe.behaviour.external_accounts import BANK_ACCOUNT
from payproof.sandbox.stripe.books import Object, kind
from payproof.sandbox.stripe.call import Call, not_played, unplayed
from payproof.sandbox.stripe.routes import route

PLAIN = ("business_profile", "business_type", "company", "controller", "email", "settings", "tos_acceptance")
NOT_KEPT = {"tax_id": "tax_id_provided", "vat_id": "vat_id_provided"}
"""Numbers of a company, and the fields that only say that there is one."""

NOT_PLAYED = ("account_token", "documents", "groups", "individual")


@route("POST", "/v1/accounts")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    notes = metadata.merged({}, call.params.get("metadata"))
    type_name = call.get("type")
    if type_name is not None and call.get("controller"):
        raise errors.invalid("You may only specify one of these parameters: controller, type.", executed=False)
    content = {**call.given(("country", "default_currency")), **_filled(call, {}), "metadata": notes}
    content["type"] = type_name or ("none" if call.get("controller") else "standard")
    made = accounts.write(call.books, capabilities=_capabilities(call), **content)
    bank = call.get("external_account")
    if bank is not None:
        external_accounts.write(call.books, made, bank, default=True, notes={})
    call.books.elsewhere(made["id"]).happened("account.updated", made)
    return made


@route("GET", "/v1/account")
def own(call: Call) -> Object:
    return _own(call)


@route("GET", "/v1/accounts/{account}")
def retrieve(call: Call) -> Object:
    return call.subject(ACCOUNT)


@route("POST", "/v1/accounts/{account}")
def update(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    account = call.subject(ACCOUNT)
    notes = metadata.merged(account["metadata"], call.params.get("metadata"))
    changes = {**call.given(("default_currency",)), **_filled(call, account), "metadata": notes}
    with call.books.elsewhere(account["id"]).changing(account, "account.updated"):
        account.update(changes)
        if (account["tos_acceptance"] or {}).get("date"):
            account["_onboarded"] = True
        accounts.request(account, _capabilities(call))
    bank = call.get("external_account")
    if bank is not None:
        external_accounts.write(call.books, account, bank, default=True, notes={})
    return account


@route("DELETE", "/v1/accounts/{account}")
def delete(call: Call) -> Object:
    account = call.subject(ACCOUNT)
    return call.books.delete(ACCOUNT, account)


@route("POST", "/v1/accounts/{account}/reject")
def reject(call: Call) -> Object:
    unplayed(call, "payouts_action")
    return accounts.reject(call.books, call.subject(ACCOUNT), str(call.required("reason")))


@route("POST", "/v1/accounts/{account}/unreject")
def unreject(call: Call) -> Object:
    account = call.subject(ACCOUNT)
    if account["_rejected"] is None:
        raise errors.invalid(f"Account {account['id']} was not rejected.", param="account")
    return accounts.reject(call.books, account, None)


@route("GET", "/v1/accounts")
def list_(call: Call) -> Object:
    return lists.page(call, ACCOUNT)


@route("POST", "/v1/accounts/{account}/login_links")
def login_link(call: Call) -> Object:
    account = call.subject(ACCOUNT)
    if account["type"] not in ("express", "none"):
        message = f"Cannot create a login link for an account of type {account['type']}; only Express accounts have a dashboard."
        raise errors.invalid(message, param="account")
    return {"object": "login_link", "created": call.books.now(), "url": f"https://connect.stripe.com/express/{account['id']}"}


@route("GET", "/v1/accounts/{account}/capabilities")
def capabilities(call: Call) -> Object:
    account = call.subject(ACCOUNT)
    found = [accounts.capability(account, name) for name in account["capabilities"]]
    return lists.list_object(found, call.request.path)


@route("GET", "/v1/accounts/{account}/capabilities/{capability}")
def capability(call: Call) -> Object:
    return accounts.capability(call.subject(ACCOUNT), call.ids[1])


@route("POST", "/v1/accounts/{account}/capabilities/{capability}")
def update_capability(call: Call) -> Object:
    account, name = call.subject(ACCOUNT), call.ids[1]
    accounts.capability(account, name)
    if "requested" in call.params:
        accounts.request(account, {name: call.flag("requested")})
    return accounts.capability(account, name)


@route("POST", "/v1/accounts/{account}/external_accounts")
def add_bank(call: Call) -> Object:
    account = call.subject(ACCOUNT)
    notes = metadata.merged({}, call.params.get("metadata"))
    given = call.required("external_account")
    return external_accounts.write(call.books, account, given, default=call.flag("default_for_currency"), notes=notes)


@route("GET", "/v1/accounts/{account}/external_accounts")
def banks(call: Call) -> Object:
    return lists.page(call, BANK_ACCOUNT, "object", source=external_accounts.of(call.books, call.subject(ACCOUNT)))


@route("GET", "/v1/accounts/{account}/external_accounts/{id}")
def bank(call: Call) -> Object:
    return _bank(call)


@route("POST", "/v1/accounts/{account}/external_accounts/{id}")
def update_bank(call: Call) -> Object:
    found = _bank(call)
    notes = metadata.merged(found["metadata"], call.params.get("metadata"))
    found.update(call.given(("account_holder_name", "account_holder_type")), metadata=notes)
    external_accounts.show(call.books, call.subject(ACCOUNT))
    return found


@route("DELETE", "/v1/accounts/{account}/external_accounts/{id}")
def delete_bank(call: Call) -> Object:
    return external_accounts.delete(call.books, call.subject(ACCOUNT), _bank(call))


def _bank(call: Call) -> Object:
    account, found = call.subject(ACCOUNT), call.subject(BANK_ACCOUNT, 1)
    if found["account"] != account["id"]:
        raise errors.missing("external account", found["id"], "id")
    return found


def _own(call: Call) -> Object:
    """Return the account that asks: the one of the `Stripe-Account` header, or the platform's, which is always able."""
    asking = call.books.account
    if asking:
        found = call.books.elsewhere("").find(ACCOUNT, asking)
        if found is None:
            raise NotImitated(f"the account {asking} was not made in this sandbox; create it first")
        return found
    shelf = call.books.shelf(OWN)
    if not shelf:
        content = accounts.write(call.books, capabilities={"card_payments": True, "transfers": True}, type="standard")
        del call.books.shelf(ACCOUNT)[content["id"]]
        content["_onboarded"] = True
        shelf[content["id"]] = accounts.refresh(content)
    return next(iter(shelf.values()))


OWN = kind("account.own", "acct")
"""The platform itself, which is nobody's connected account."""


def _capabilities(call: Call) -> dict[str, bool]:
    given = call.get("capabilities") or {}
    return {name: asked.get("requested") in (True, "true") for name, asked in given.items() if isinstance(asked, dict)}


def _filled(call: Call, present: Object) -> dict[str, Any]:
    """Return the descriptive parameters in the shape of the account's fields."""
    given = call.given(PLAIN)
    company = given.get("company")
    if company:
        given["company"] = {NOT_KEPT.get(name, name): True if name in NOT_KEPT else value for name, value in company.items()}
    blank = {**schemas.catalogue().blank("account"), **present}
    try:
        filled = schemas.catalogue().filled("account", blank, given)
    except schemas.Misfit as misfit:
        raise not_played(call, str(misfit)) from None
    return {name: filled[name] for name in given}
