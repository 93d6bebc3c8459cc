"""Everything the installed stripe SDK says of Stripe's API: endpoints, parameters, objects, events."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.stripe.schemas import blanks, compounds, limits
from payproof.sandbox.stripe.schemas.kinds import Reading
from payproof.sandbox.stripe.schemas.operations import Endpoint, Operations
from payproof.sandbox.stripe.schemas.outline import Class
from payproof.sandbox.stripe.schemas.problems import ParamError
from payproof.sandbox.stripe.schemas.records import FieldType, Record, describe
from payproof.sandbox.stripe.schemas.resources import Resources
from payproof.sandbox.stripe.schemas.sdk import Sdk, SdkError, installed

_ORDER = {"parameter_unknown": 0, "parameter_missing": 1}


class Catalogue:
    """The API as one version of the SDK knows it; read from its source as far as it is asked.

    `version` is the SDK's, `api_version` that of the API. Every method may raise `SdkError` when the SDK's source is not
    understood.
    """

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self.version = sdk.version
        self.api_version = sdk.api_version
        self._operations = Operations(sdk)
        self._resources = Resources(sdk)
        self._params: dict[tuple[str, str], Record] = {}
        self._descriptions: dict[str, Mapping[str, FieldType]] = {}

    def endpoint(self, method: str, path: str) -> Endpoint | None:
        """Return the endpoint of a request, or None if the SDK knows none; `path` may carry a query."""
        return self._operations.find(method, path)

    def endpoints(self) -> Sequence[Endpoint]:
        """Return every endpoint. Parses all service files (0.2 s); `endpoint` does not."""
        return self._operations.all()

    def event_types(self) -> frozenset[str]:
        """Return the types of v1 events (`"charge.succeeded"`)."""
        return self._resources.event_types()

    def object_names(self) -> frozenset[str]:
        """Return the values of `object` that the SDK has classes for, lists left out."""
        return self._resources.names()

    def params_record(self, endpoint: Endpoint) -> Record:
        """Return the parameters that an endpoint takes."""
        key = (endpoint.module, endpoint.params_class)
        if key not in self._params:
            self._params[key] = self._resources.kinds.record(self._params_class(endpoint))
        return self._params[key]

    def _params_class(self, endpoint: Endpoint) -> Class:
        scope = self._sdk.module(endpoint.module).class_(endpoint.service)
        found = scope.resolve(endpoint.params_class) if endpoint.params_class else None
        if isinstance(found, Class):
            return found
        raise SdkError(f"{endpoint.module}: the parameters of {endpoint.service}.{endpoint.operation} are not understood")

    def read_params(
        self, endpoint: Endpoint, params: Mapping[str, Any], *, strict_enums: bool = True
    ) -> tuple[dict[str, Any], list[ParamError]]:
        """Return `params` with their real types, and what Stripe would refuse: unknown ones first, then missing, then the rest.

        Form leaves are text. `strict_enums=False` accepts words that the SDK does not know where it says that the list may
        grow. Limits that no type carries (amounts, currencies, lengths) are checked by `limits`.
        """
        reading = Reading(strict_enums)
        values = self.params_record(endpoint).read_fields(params, "", reading)
        problems = reading.problems
        if not problems:
            return values, limits.check(endpoint, values)
        return values, sorted(problems, key=lambda problem: _ORDER.get(problem.code, 2))

    def check_params(self, endpoint: Endpoint, params: Mapping[str, Any], *, strict_enums: bool = True) -> list[ParamError]:
        """Return what Stripe would refuse in `params`; empty when it would accept them. See `read_params`."""
        return self.read_params(endpoint, params, strict_enums=strict_enums)[1]

    def coerce(self, endpoint: Endpoint, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return `params` with integers, booleans and lists in place of form text; what does not fit stays as it was."""
        return self.params_record(endpoint).read_fields(params, "", Reading(strict_enums=False))

    def check_object(self, body: Mapping[str, Any]) -> list[str]:
        """Return how an answer differs from what the SDK declares for its `object`, objects inside it included.

        An unknown field, an absent one, a wrong type and an unknown word are named by their place
        (`"charge.outcome.type: unknown value ..."`). Empty when the answer is as declared.
        """
        found: list[str] = []
        self._resources.check(body, str(body.get("object", "body")), found)
        return found

    def blank(self, object_name: str) -> dict[str, Any]:
        """Return an object that holds nothing but what its type makes necessary; fields that may be null are null."""
        return blanks.blank(self._whole(object_name), self._resources.record)

    def filled(self, object_name: str, present: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return `present` with `given` put into its fields. Raises `blanks.Misfit` naming a field that cannot hold it."""
        return blanks.filled(self._whole(object_name), present, given, self._resources.record)

    def refers_to(self, object_name: str, field: str) -> str | None:
        """Return the kind of object whose id a field holds (`"customer"`), None for a field that holds something else."""
        kind = self._whole(object_name).fields[field].kind
        while isinstance(kind, (compounds.Nullable, compounds.Emptyable)):
            kind = kind.inner
        inner = kind.inner if isinstance(kind, compounds.Expandable) else None
        return inner.names[0] if isinstance(inner, compounds.Named) and len(inner.names) == 1 else None

    def _whole(self, object_name: str) -> Record:
        record = self._resources.record(object_name)
        if record is None:
            raise SdkError(f"stripe {self.version} has no object {object_name!r}")
        return record

    def trim(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take out of an object, a page or an event every field that the SDK does not know, at any depth; return it.

        It is changed in place. An older SDK pins an older API version, whose answers did not have those fields.
        """
        self._resources.trim(body)
        return body

    def fields(self, object_name: str) -> Mapping[str, FieldType]:
        """Return the field types of an object (`"payment_intent"`); raises `SdkError` if the SDK has no such object."""
        if object_name not in self._descriptions:
            self._descriptions[object_name] = describe(self._whole(object_name))
        return self._descriptions[object_name]


@functools.cache
def catalogue() -> Catalogue:
    """Return the catalogue of the installed SDK, one per process; raises `SdkError` if there is none."""
    return Catalogue(installed())
