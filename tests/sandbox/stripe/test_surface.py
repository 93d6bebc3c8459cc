"""The whole surface of the installed SDK: every endpoint is imitated, stored or refused; the stored ones are all played."""

import collections
import dataclasses
import io
import re

import pytest
import stripe

from payproof import documents
from payproof.sandbox import StripeSandbox
from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import schemas, storing, surface
from payproof.sandbox.stripe.schemas.compounds import Either, Emptyable, ListOf, MapOf, Nullable
from payproof.sandbox.stripe.schemas.kinds import Boolean, Choice, DecimalText, Integer, Number
from payproof.sandbox.stripe.schemas.records import Record
from payproof.sandbox.stripe.surface import Standing

COUNTS = {Standing.IMITATED: 219, Standing.STORED: 87, Standing.REFUSED: 342}
EVERY = list(surface.every())
STORED = [(endpoint, *surface.stored(endpoint)) for endpoint, standing in EVERY if standing is Standing.STORED]
CREATED = {collection.at: endpoint for endpoint, collection, act in STORED if act == "create"}


def test_every_endpoint_has_a_standing():
    assert dict(collections.Counter(standing for _, standing in EVERY)) == COUNTS


def test_the_table_is_as_its_schema_says():
    assert len(documents.read(surface.TABLE, surface.SCHEMA)["stored"]) == len(surface.collections())


def test_every_row_of_the_table_is_needed():
    used = {collection.at for _, collection, _ in STORED}
    assert used == {collection.at for collection in surface.collections()}
    refused = {surface.reason(endpoint) for endpoint, standing in EVERY if standing is Standing.REFUSED}
    assert refused >= {entry["because"] for entry in documents.read(surface.TABLE, None)["refused"]}


@pytest.fixture
def raw(box):
    client = stripe.StripeClient(box.api_key)

    def call(method, path, **params):
        return client.deserialize(client.raw_request(method, path, **params), api_mode="V2" if "/v2/" in path else "V1")

    return call


LINK = {"type": "account_onboarding", "account_onboarding": {"refresh_url": "https://shop.example/"}}


def ids_for(template, parents):
    for hole, value in parents.items():
        template = template.replace("{" + hole + "}", value)
    return template


@pytest.fixture
def parents(box):
    """Objects that paths of stored collections lead through."""
    return {
        "customer": stripe.Customer.create().id,
        "product": stripe.Product.create(name="Book").id,
        "account": stripe.Account.create().id,
    }


def needed(record, known, name=""):
    """The least parameters that a request must carry."""
    return {key: value(field.kind, known, key) for key, field in record.fields.items() if field.required}


def value(kind, known, name):
    if name in known:
        return known[name]
    while isinstance(kind, (Nullable, Emptyable)):
        kind = kind.inner
    if isinstance(kind, Either):
        kind = kind.options[0]
    if isinstance(kind, Record):
        return needed(kind, known)
    if isinstance(kind, ListOf):
        return [value(kind.item, known, "")]
    if isinstance(kind, MapOf):
        return {"a": "b"}
    if isinstance(kind, Choice):
        return kind.values[0]
    for simple, least in ((Boolean, True), (Integer, 1), (Number, 1.5), (DecimalText, "1")):
        if isinstance(kind, simple):
            return least
    return "sample"


SENT = {
    "/v1/account_links": {"type": "account_onboarding", "account": "acct_1"},
    "/v1/account_sessions": {"components": {"payments": {"enabled": True}}, "account": "acct_1"},
    "/v1/billing/meter_event_adjustments": {"type": "cancel", "event_name": "call"},
    "/v1/customer_sessions": {"components": {"buy_button": {"enabled": True}}},
    "/v1/ephemeral_keys": {"customer": None},
    "/v1/radar/value_list_items": {"value": "a", "value_list": None},
    "/v2/billing/meter_event_adjustments": {"type": "cancel", "event_name": "call"},
    "/v2/core/account_links": {"account": "acct_1", "use_case": LINK},
}
"""What an endpoint is sent where the least that its types ask for is not enough."""


def make(raw, at, parents):
    endpoint = CREATED[at]
    known = {**parents, "type": "eu_vat", "currency": "eur"}
    if at == "/v1/radar/value_list_items":
        known["value_list"] = make(raw, "/v1/radar/value_lists", parents)["id"]
    if at == "/v1/products/{product}/features":
        known["entitlement_feature"] = make(raw, "/v1/entitlements/features", parents)["id"]
    if at == "/v1/file_links":
        known["file"] = stripe.File.create(purpose="dispute_evidence", file=io.BytesIO(b"receipt")).id
    params = needed(schemas.catalogue().params_record(endpoint), known)
    sent = {name: known[name] if item is None else item for name, item in SENT.get(at, {}).items()}
    return raw("post", ids_for(endpoint.template, parents), **{**params, **sent})


@pytest.mark.parametrize("at", sorted(CREATED))
def test_what_is_stored_comes_back(box, raw, parents, at):
    acts = {act: endpoint for endpoint, collection, act in STORED if collection.at == at}
    made = make(raw, at, parents)
    where = ids_for(at, parents)
    if "list" in acts:
        asked = needed(schemas.catalogue().params_record(acts["list"]), made)
        assert [one["id"] for one in raw("get", where, **asked)["data"]] == [made["id"]]
    if "retrieve" in acts:
        assert raw("get", f"{where}/{made['id']}") == made
    if "update" in acts and "metadata" in schemas.catalogue().params_record(acts["update"]).fields:
        assert raw("post", f"{where}/{made['id']}", metadata={"order": "7"}).to_dict()["metadata"] == {"order": "7"}
        assert raw("get", f"{where}/{made['id']}").to_dict()["metadata"] == {"order": "7"}
    for act in surface.stored(CREATED[at])[0].acts:
        assert raw("post", f"{where}/{made['id']}/{act}")["id"] == made["id"]
    if "delete" in acts:
        assert raw("delete", f"{where}/{made['id']}")["deleted"] is True
        with pytest.raises(stripe.InvalidRequestError) as caught:
            raw("delete", f"{where}/{made['id']}")
        assert caught.value.code == "resource_missing"


def test_single_objects_are_there_from_the_start(raw, box):
    assert raw("get", "/v1/tax/settings")["status"] == "active"
    raw("post", "/v1/tax/settings", defaults={"tax_behavior": "exclusive"})
    assert raw("get", "/v1/tax/settings")["defaults"]["tax_behavior"] == "exclusive"


def test_an_object_of_another_parent_is_not_found(raw, box, parents):
    made = make(raw, "/v1/customers/{customer}/tax_ids", parents)
    other = stripe.Customer.create().id
    with pytest.raises(stripe.InvalidRequestError) as caught:
        raw("get", f"/v1/customers/{other}/tax_ids/{made['id']}")
    assert caught.value.http_status == 404


def test_pages_of_what_is_stored_are_walked_by_the_sdk(box):
    for number in range(25):
        made = stripe.ShippingRate.create(display_name=f"rate {number}", type="fixed_amount")
        stripe.ShippingRate.modify(made.id, active=number % 2 == 0)
    assert len(list(stripe.ShippingRate.list(limit=7).auto_paging_iter())) == 25
    assert len(list(stripe.ShippingRate.list(active=True).auto_paging_iter())) == 13


def test_what_is_stored_is_expanded(box):
    created = stripe.File.create(purpose="dispute_evidence", file=io.BytesIO(b"receipt"))
    link = stripe.FileLink.create(file=created.id, expand=["file"])
    assert (link.file.size, link.file.purpose) == (7, "dispute_evidence")


def test_an_id_that_does_not_exist_is_refused(box):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.FileLink.create(file="file_missing")
    assert (caught.value.http_status, caught.value.param) == (400, "file")


def test_a_parameter_that_no_field_can_hold_is_refused_by_name():
    with StripeSandbox(strict=False), pytest.raises(NotImitated, match="_configurations was sent 'apple_pay_later'"):
        stripe.PaymentMethodConfiguration.create(apple_pay_later={"display_preference": {"preference": "on"}})


def test_a_value_that_a_field_cannot_hold_is_named():
    catalogue = schemas.catalogue()
    blank = catalogue.blank("shipping_rate")
    for given in ({"delivery_estimate": {"nothing": 1}}, {"active": "perhaps"}):
        with pytest.raises(schemas.Misfit):
            catalogue.filled("shipping_rate", blank, given)
    assert catalogue.filled("shipping_rate", {**blank, "display_name": "a"}, {"display_name": ""})["display_name"] is None


REFUSED = [endpoint for endpoint, standing in EVERY if standing is Standing.REFUSED]


@pytest.mark.parametrize("family", sorted({"/".join(endpoint.template.split("/")[:3]) for endpoint in REFUSED}))
def test_what_is_refused_says_why(family):
    """The reason stands in the message; parameters are not looked at before."""
    endpoint = next(endpoint for endpoint in REFUSED if "/".join(endpoint.template.split("/")[:3]) == family)
    path = ids_for(endpoint.template, dict.fromkeys(HOLES.findall(endpoint.template), "x_1"))
    with StripeSandbox(strict=False) as box, pytest.raises(NotImitated) as caught:
        stripe.StripeClient(box.api_key).raw_request(endpoint.method.lower(), path)
    assert surface.reason(endpoint) in str(caught.value)
    assert endpoint.operation in str(caught.value)


HOLES = re.compile(r"\{(\w+)\}")


def test_what_nobody_wrote_a_reason_for_is_told_apart():
    """An endpoint that a newer SDK brings."""
    new = dataclasses.replace(REFUSED[0], template="/v1/brand_new")
    assert surface.reason(new) == surface.UNWRITTEN
    assert storing.find(new) is None


def test_a_map_of_objects_that_nobody_gave_is_left_out_because_the_sdk_takes_no_null_for_it(box):
    amount = {"amount": 500, "currency": "eur"}
    made = stripe.ShippingRate.create(display_name="Ground", type="fixed_amount", fixed_amount=amount)
    assert stripe.ShippingRate.retrieve(made.id).fixed_amount.to_dict() == amount
