"""The classes of Stripe's objects: which class an `object` field names, and whether a body is as the class declares."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe.schemas.annotations import Kinds, object_name
from payproof.sandbox.stripe.schemas.outline import Class
from payproof.sandbox.stripe.schemas.problems import shown
from payproof.sandbox.stripe.schemas.records import Record
from payproof.sandbox.stripe.schemas.sdk import Sdk, SdkError

_TABLE_ROW = re.compile(r'"([\w.]+)":\s*\(\s*"([\w.]+)",\s*"(\w+)",?\s*\)')
_OLD_ROW = re.compile(r"\bstripe\.([\w.]+)\.(OBJECT_NAME(?:_ALT)?)\b")
_OLD_IMPORT = re.compile(r"(?m)^from (stripe[\w.]*) import (?:\(\s*)?(\w+) as (\w+)")
_EVENT = "event"


class Resources:
    """The resource classes of one SDK, read when first needed."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self.kinds = Kinds(self.check)
        self._records: dict[str, Record] = {}

    @functools.cached_property
    def classes(self) -> Mapping[str, tuple[str, str]]:
        """Where the class of each `object` name stands: name -> (module, class). From the SDK's `_object_classes.py`."""
        text = self._sdk.module("stripe._object_classes").text
        rows = {name: (module, class_) for name, module, class_ in _TABLE_ROW.findall(text)}
        return rows or self._old_classes(text)

    def _old_classes(self, text: str) -> dict[str, tuple[str, str]]:
        """Before stripe 13.0.0 the table names the classes themselves, which know their object names."""
        found: dict[str, tuple[str, str]] = {}
        for dotted, attribute in _OLD_ROW.findall(text):
            package, _, name = f"stripe.{dotted}".rpartition(".")
            origin = self._sdk.module(package).imports.get(name)
            if origin is None:
                raise SdkError(f"stripe {self._sdk.version}: the class stripe.{dotted} is not found")
            value = object_name(self._sdk.module(origin[0]).class_(origin[1]), attribute)
            if value is None:
                raise SdkError(f"stripe {self._sdk.version}: the class stripe.{dotted} has no {attribute}")
            found.setdefault(value, origin)
        return found

    def class_of(self, name: str) -> Class | None:
        """Return the class of objects that say `"object": name`."""
        origin = self.classes.get(name)
        return self._sdk.module(origin[0]).class_(origin[1]) if origin else None

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
        if name in ("list", "search_result"):
            self._check_list(body, where, found)
            return
        record = self.record(name) if isinstance(name, str) else None
        if record is None:
            found.append(f"{where}: the SDK has no object {shown(name)}")
        elif body.get("deleted") is True:
            found.extend(f"{where}.{key}: absent" for key in ("id",) if key not in body)
        else:
            record.verify(body, where, found)
        if name == _EVENT:
            self._check_event(body, where, found)

    def _check_event(self, body: Mapping[str, Any], where: str, found: list[str]) -> None:
        data = body.get("data")
        inner = data.get("object") if isinstance(data, Mapping) else None
        if isinstance(inner, Mapping) and "object" in inner:
            self.check(inner, f"{where}.data.object", found)

    def _check_list(self, body: Mapping[str, Any], where: str, found: list[str]) -> None:
        needed = ("data", "has_more", "url")
        found.extend(f"{where}.{key}: absent" for key in needed if key not in body)
        known = (*needed, "object", "next_page", "total_count")
        found.extend(f"{where}.{key}: unknown field" for key in body if key not in known)
        items = body.get("data")
        if not isinstance(items, list):
            found.append(f"{where}.data: expected array")
            return
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                self.check(item, f"{where}.data[{index}]", found)
            else:
                found.append(f"{where}.data[{index}]: expected object")

    def event_types(self) -> frozenset[str]:
        """Return the types of v1 events that the SDK knows."""
        record = self.record(_EVENT)
        kind = record.fields["type"].kind if record else None
        values = getattr(kind, "values", ())
        if not values:
            raise SdkError(f"stripe {self._sdk.version}: the event types are not found")
        return frozenset(values)
