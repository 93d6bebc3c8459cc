"""The customer portal: configurations, and the sessions that send a customer there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, lists, metadata, schemas
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.subscribing import SUBSCRIPTION
from payproof.sandbox.stripe.books import Object, kind
from payproof.sandbox.stripe.call import Call, not_played, unplayed
from payproof.sandbox.stripe.routes import route

CONFIGURATION = kind(
    "billing_portal.configuration",
    "bpc",
    "application default_return_url name",
    noun="configuration",
    path_param="configuration",
)

SESSION = kind("billing_portal.session", "bps", "customer_account flow locale on_behalf_of return_url", noun="session")

PLAIN = ("business_profile", "default_return_url", "features", "login_page", "name")

FLOWS = ("customer_update", "payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm")


@route("POST", "/v1/billing_portal/configurations")
def create(call: Call) -> Object:
    call.required("features")
    return _new(call, is_default=False)


@route("GET", "/v1/billing_portal/configurations/{configuration}")
def retrieve(call: Call) -> Object:
    return call.subject(CONFIGURATION)


@route("POST", "/v1/billing_portal/configurations/{configuration}")
def update(call: Call) -> Object:
    found = call.subject(CONFIGURATION)
    notes = metadata.merged(found["metadata"], call.params.get("metadata"))
    changed = _filled(call, found)
    with call.books.changing(found, "billing_portal.configuration.updated"):
        found.update(changed, metadata=notes, updated=call.books.now())
        if "active" in call.params:
            found["active"] = call.flag("active")
    return found


@route("GET", "/v1/billing_portal/configurations")
def list_(call: Call) -> Object:
    return lists.page(call, CONFIGURATION, "active", "is_default")


@route("POST", "/v1/billing_portal/sessions")
def open_session(call: Call) -> Object:
    unplayed(call, "customer_account")
    call.required("customer")
    customer = call.books.named(CUSTOMER, str(call.get("customer")), "customer")
    configuration = call.reference(CONFIGURATION, "configuration")
    flow = _flow(call, customer)
    if configuration is not None and not configuration["active"]:
        raise errors.invalid(f"The configuration {configuration['id']} is not active.", param="configuration")
    default = next((one for one in call.books.shelf(CONFIGURATION).values() if one["is_default"]), None)
    chosen = configuration or default or _new(call, is_default=True)
    identifier = call.books.identifier(SESSION.prefix)
    made = call.books.new(
        SESSION,
        **call.given(("locale", "on_behalf_of", "return_url")),
        id=identifier,
        configuration=chosen["id"],
        customer=customer["id"],
        flow=flow,
        url=f"https://billing.stripe.com/p/session/test_{call.books.box.ids.text(24)}",
    )
    call.books.emit("billing_portal.session.created", made)
    return made


def _new(call: Call, *, is_default: bool) -> Object:
    blank = schemas.catalogue().blank(CONFIGURATION.object)
    content = _filled(call, blank) if not is_default else blank
    notes = metadata.merged({}, call.params.get("metadata")) if not is_default else {}
    kept = {name: value for name, value in content.items() if name not in ("id", "object", "created")}
    kept.update(active=True, is_default=is_default, metadata=notes, updated=call.books.now())
    made = call.books.new(CONFIGURATION, **kept)
    call.books.emit("billing_portal.configuration.created", made)
    return made


def _flow(call: Call, customer: Object) -> Object | None:
    """Return what the customer is sent to do, as the answer says it; refused for a subscription of somebody else."""
    given = call.get("flow_data")
    if given is None:
        return None
    type_name = str(given["type"])
    details: Mapping[str, Any] = given.get(type_name) or {}
    named = details.get("subscription")
    if named:
        subscription = call.books.named(SUBSCRIPTION, str(named), f"flow_data[{type_name}][subscription]")
        if subscription["customer"] != customer["id"]:
            message = "The subscription does not belong to the customer of this session."
            raise errors.invalid(message, param=f"flow_data[{type_name}][subscription]")
    after = given.get("after_completion") or {}
    flow: Object = {name: None for name in FLOWS if name not in ("customer_update", "payment_method_update")}
    flow |= {
        "after_completion": {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage", **after},
        "type": type_name,
    }
    if type_name in flow:
        flow[type_name] = (
            {"discounts": None, "items": [], **details} if type_name == "subscription_update_confirm" else dict(details)
        )
        if type_name == "subscription_cancel":
            flow[type_name].setdefault("retention", None)
    return flow


def _filled(call: Call, present: Mapping[str, Any]) -> Object:
    try:
        return schemas.catalogue().filled(CONFIGURATION.object, present, call.given(PLAIN))
    except schemas.Misfit as misfit:
        raise not_played(call, str(misfit)) from None
