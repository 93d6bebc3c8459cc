"""Subscriptions, and the plans of the catalog that they follow."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.core.rendering import rendered
from payproof.sandbox.square.behaviour import subscriptions
from payproof.sandbox.square.behaviour.subscriptions import VARIATION
from payproof.sandbox.square.books import CATALOG_OBJECT, SUBSCRIPTION
from payproof.sandbox.square.call import Call, Made
from payproof.sandbox.square.routes import endpoint

PLAN = "SUBSCRIPTION_PLAN"
_DATA = {PLAN: "subscription_plan_data", VARIATION: "subscription_plan_variation_data"}


@endpoint("POST", "/v2/catalog/object", keyed=True, longest=128)
def keep(call: Call) -> Any:
    """Keep a subscription plan, or a variation of one; the rest of the catalog is not played."""
    books, asked = call.books, call.body["object"]
    kind = asked.get("type")
    if kind not in _DATA or not str(asked.get("id", "")).startswith("#"):
        raise NotImitated(f"the Square sandbox keeps new {PLAN} and {VARIATION} objects only, with an id that begins with #")
    data = asked.get(_DATA[kind]) or {}
    if kind == VARIATION:
        subscriptions.check_phases(data.get("phases"), f"object.{_DATA[kind]}.phases")
        books.named(CATALOG_OBJECT, data.get("subscription_plan_id"), f"object.{_DATA[kind]}.subscription_plan_id")
    made = books.new(
        CATALOG_OBJECT, type=kind, updated_at=books.time(), version=books.now() * 1_000, is_deleted=False, **{_DATA[kind]: data}
    )
    return {
        "catalog_object": rendered(made),
        "id_mappings": [{"client_object_id": asked["id"], "object_id": made["id"]}],
    }


@endpoint("GET", "/v2/catalog/object/{object_id}")
def show_object(call: Call) -> Any:
    return Made(CATALOG_OBJECT, call.subject(CATALOG_OBJECT))


@endpoint("POST", "/v2/subscriptions", keyed=True)
def create(call: Call) -> Any:
    return Made(SUBSCRIPTION, subscriptions.create(call.books, call.body))


@endpoint("GET", "/v2/subscriptions/{subscription_id}")
def show(call: Call) -> Any:
    return Made(SUBSCRIPTION, call.subject(SUBSCRIPTION))


@endpoint("POST", "/v2/subscriptions/{subscription_id}/cancel")
def cancel(call: Call) -> Any:
    return Made(SUBSCRIPTION, subscriptions.cancel(call.books, call.subject(SUBSCRIPTION)))


@endpoint("POST", "/v2/subscriptions/{subscription_id}/pause", without_effect=("pause_reason",))
def pause(call: Call) -> Any:
    return Made(SUBSCRIPTION, subscriptions.pause(call.books, call.subject(SUBSCRIPTION)))


@endpoint("POST", "/v2/subscriptions/{subscription_id}/resume")
def resume(call: Call) -> Any:
    return Made(SUBSCRIPTION, subscriptions.resume(call.books, call.subject(SUBSCRIPTION)))
