"""The classes of Stripe's objects: which class an `object` field names, and whether a body is as the class declares."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe.schemas.annotations import Kinds
from payproof.sandbox.stripe.schemas.outline import Class
from payproof.sandbox.stripe.schemas.problems import kind_of, shown
from payproof.sandbox.stripe.schemas.records import Record
from payproof.sandbox.stripe.schemas.sdk import Sdk, SdkError
from payproof.sandbox.stripe.schemas.trimming import Trimmer

_ROW = re.compile(r'"([\w.]+)":\s*\(\s*"([\w.]+)",\s*"(\w+)",?\s*\)')
_OLD_ROW = re.compile(r"\bstripe\.([\w.]+)\.(OBJECT_NAME(?:_ALT)?)\b")
_EVENT = "event"
_EVENT_V2, _RELATED = "v2.core.event", "related_object"
"""Events of v2 are declared type by type: what they are about is not among the fields that all of them have."""

LISTS = ("list", "search_result", "v2.search_result")
"""The values of `object` that pages of other objects carry."""

_PAGE = {"object": True, "data": True, "has_more": True, "url": True, "next_page": False, "total_count": False}
_PAGE_V2 = {"data": True, "next_page_url": True, "previous_page_url": True, "total_count": False}
"""The fields of a page, and which of them must be there; pages of v2 have no `object`."""

Origin = tuple[str, str]
"""A module and a class in it."""


class Resources:
    """The resource classes of one SDK, read when first needed."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self.kinds = Kinds(self.check)
        self._records: dict[str, Record] = {}
        self._trimmer = Trimmer(self.trim)

    @functools.cached_property
    def _table(self) -> Mapping[str, Origin]:
        """The rows of `_object_classes.py` from stripe 13.0.0: name -> (module, class); empty before."""
        text = self._sdk.module("stripe._object_classes").text
        return {name: (module, class_) for name, module, class_ in _ROW.findall(text)}

    @functools.cached_property
    def _old_table(self) -> Mapping[str, tuple[Origin, str]]:
        """The rows before 13.0.0, which name classes: dotted class -> its origin, and the attribute with its object name."""
        found: dict[str, tuple[Origin, str]] = {}
        for dotted, attribute in _OLD_ROW.findall(self._sdk.module("stripe._object_classes").text):
            package, _, name = f"stripe.{dotted}".rpartition(".")
            origin = self._sdk.module(package).imports.get(name)
            if origin is None:
                raise SdkError(f"stripe {self._sdk.version}: the class stripe.{dotted} is not found")
            found[dotted] = (origin, attribute)
        return found

    @functools.cached_property
    def _all(self) -> Mapping[str, Origin]:
        found = self._table or {self._old_name(*row): row[0] for row in self._old_table.values()}
        return {name: origin for name, origin in found.items() if name not in LISTS}

    def _old_name(self, origin: Origin, attribute: str) -> str:
        value = self._sdk.module(origin[0]).class_(origin[1]).constant(attribute)
        if value is None:
            raise SdkError(f"stripe {self._sdk.version}: {origin[0]}.{origin[1]} has no {attribute}")
        return value

    def names(self) -> frozenset[str]:
        """Return the values of `object` that the SDK has classes for, lists left out."""
        return frozenset(self._all)

    def class_of(self, name: str) -> Class | None:
        """Return the class of objects that say `"object": name`."""
        origin = self._table.get(name) or self._guess(name) or self._all.get(name)
        return self._sdk.module(origin[0]).class_(origin[1]) if origin else None

    def _guess(self, name: str) -> Origin | None:
        """Before 13.0.0, try the class of the same name first: reading all 140 resource modules takes 0.1 s."""
        if self._table:
            return None
        package, _, last = name.rpartition(".")
        class_name = "".join(word.capitalize() for word in last.split("_"))
        row = self._old_table.get(f"{package}.{class_name}" if package else class_name)
        return row[0] if row and self._old_name(*row) == name else None

    def record(self, name: str) -> Record | None:
        """Return the fields of objects that say `"object": name`, or None if the SDK has no such object."""
        if name not in self._records:
            class_ = self.class_of(name)
            if class_ is None:
                return None
            self._records[name] = self.kinds.record(class_)
        return self._records[name]

    def check(self, body: Mapping[str, Any], where: str, found: list[str]) -> None:
        """Append to `found` what is wrong with a whole object, by its `object` field."""
        name = body.get("object")
        if name in LISTS:
            _check_page(body, where, _PAGE, found)
            self._check_items(body, where, found)
            return
        if name is None and "data" in body:
            _check_page(body, where, _PAGE_V2, found)
            self._check_items(body, where, found)
            return
        record = self.record(name) if isinstance(name, str) else None
        if record is None:
            found.append(f"{where}: the SDK has no object {shown(name)}")
        elif body.get("deleted") is True:
            found.extend([] if "id" in body else [f"{where}.id: absent"])
        else:
            declared = body if name != _EVENT_V2 else {key: value for key, value in body.items() if key != _RELATED}
            record.verify(declared, where, found)
        if name == _EVENT:
            self._check_event(body, where, found)

    def _check_event(self, body: Mapping[str, Any], where: str, found: list[str]) -> None:
        data = body.get("data")
        inner = data.get("object") if isinstance(data, Mapping) else None
        if isinstance(inner, Mapping) and "object" in inner:
            self.check(inner, f"{where}.data.object", found)

    def _check_items(self, body: Mapping[str, Any], where: str, found: list[str]) -> None:
        items = body.get("data")
        if not isinstance(items, list):
            found.append(f"{where}.data: expected array, got {kind_of(items)}")
            return
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                self.check(item, f"{where}.data[{index}]", found)
            else:
                found.append(f"{where}.data[{index}]: expected object, got {kind_of(item)}")

    def trim(self, body: Any) -> None:
        """Take what the SDK does not know out of a whole object, in place; objects that it does not know stay as they are."""
        if not isinstance(body, dict) or body.get("deleted") is True:
            return
        name = body.get("object")
        if name == _EVENT_V2:
            return
        record = self.record(name) if isinstance(name, str) and name not in LISTS else None
        if record is not None:
            self._trimmer.trim(record, body)
        elif isinstance(body.get("data"), list):
            for item in body["data"]:
                self.trim(item)
        if name == _EVENT and isinstance(body.get("data"), dict):
            self.trim(body["data"].get("object"))

    def event_types(self) -> frozenset[str]:
        """Return the types of v1 events that the SDK knows."""
        record = self.record(_EVENT)
        kind = record.fields["type"].kind if record else None
        values = getattr(kind, "values", ())
        if not values:
            raise SdkError(f"stripe {self._sdk.version}: the event types are not found")
        return frozenset(values)


def _check_page(body: Mapping[str, Any], where: str, fields: Mapping[str, bool], found: list[str]) -> None:
    found.extend(f"{where}.{key}: absent" for key, needed in fields.items() if needed and key not in body)
    found.extend(f"{where}.{key}: unknown field" for key in body if key not in fields)
