"""Generic storage: what is sent comes back, and nothing follows from it. For collections that have no state machine.

Objects hold every field of the installed SDK's type; what a request gives is put into the fields of the same names, and a
parameter that no field can hold is refused by name. Ids in parameters must exist where the sandbox has that kind of object.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core import routing
from payproof.sandbox.stripe import errors, lists, metadata, routes, schemas, surface
from payproof.sandbox.stripe.books import KINDS, Books, Kind, Object, copied, kind
from payproof.sandbox.stripe.call import Call, not_played
from payproof.sandbox.stripe.surface import Collection

ABOUT_THE_ANSWER = frozenset({"expand", "limit", "starting_after", "ending_before", "page", "created", "include"})
"""Parameters that no field holds and that say how to answer."""


def find(endpoint: schemas.Endpoint) -> routes.Route | None:
    """Return what answers an endpoint from storage, None when it is not stored."""
    found = surface.stored(endpoint)
    if found is None:
        return None
    collection, act = found
    answer = _ANSWERS.get(act) or functools.partial(_acted, act=act)
    return routing.Route(endpoint.method, endpoint.template, functools.partial(answer, collection))


def kind_of(collection: Collection) -> Kind:
    """Return the kind of a collection's objects, declared if need be."""
    declared = KINDS.get(collection.object)
    if declared is None:
        noun = collection.object.rpartition(".")[2].replace("_", " ")
        prefix = collection.prefix or collection.object.replace(".", "_")
        declared = kind(collection.object, prefix, noun=noun, created=False, livemode=False)
    return declared


def _create(collection: Collection, call: Call) -> Object:
    books, declared = call.books, kind_of(collection)
    parent = _parent(collection, call)
    notes = metadata.merged({}, call.params.get("metadata"))
    given = _given(collection, call)
    identifier = books.identifier(declared.prefix)
    made = {**_blank(collection, books, identifier), **parent}
    made = _filled(collection, call, made, given)
    if "metadata" in _fields(collection):
        made["metadata"] = notes
    kept = books.new(declared, **{**made, "id": identifier})
    kept["_parent"] = call.ids[0] if "{" in collection.at else None
    if "id" not in _fields(collection):
        # Kept under an id that is never sent.
        del kept["id"]
    books.happened(f"{collection.object}.created", kept)
    return kept


def _retrieve(collection: Collection, call: Call) -> Object:
    return _single(collection, call.books) if collection.single else _subject(collection, call)


def _update(collection: Collection, call: Call) -> Object:
    found = _retrieve(collection, call)
    notes = metadata.merged(found.get("metadata"), call.params.get("metadata"))
    changed = _filled(collection, call, found, _given(collection, call))
    if "metadata" in _fields(collection):
        changed["metadata"] = notes
    found.update(changed)
    call.books.happened(f"{collection.object}.updated", found)
    return found


def _delete(collection: Collection, call: Call) -> Object:
    found = _subject(collection, call)
    call.books.happened(f"{collection.object}.deleted", found)
    return call.books.delete(kind_of(collection), found)


def _list(collection: Collection, call: Call) -> Object:
    parent = call.ids[0] if _parent(collection, call) or "{" in collection.at else None
    equal = [name for name in call.params if name in _fields(collection) and name not in ABOUT_THE_ANSWER]
    return lists.page(call, kind_of(collection), *equal, where=lambda found: parent is None or found.get("_parent") == parent)


def _acted(collection: Collection, call: Call, *, act: str) -> Object:
    found = _subject(collection, call)
    found.update(copied(collection.acts[act]))
    call.books.happened(f"{collection.object}.updated", found)
    return found


_ANSWERS = {"create": _create, "retrieve": _retrieve, "update": _update, "delete": _delete, "list": _list}


def _subject(collection: Collection, call: Call) -> Object:
    declared = kind_of(collection)
    found = call.subject(declared, len(call.ids) - 1)
    if "{" in collection.at and found.get("_parent") != call.ids[0]:
        raise errors.missing(declared.called, call.ids[-1], declared.path_param)
    return found


def _single(collection: Collection, books: Books) -> Object:
    shelf = books.shelf(kind_of(collection))
    if not shelf:
        shelf[""] = {**_blank(collection, books, ""), "object": collection.object}
    return shelf[""]


def _parent(collection: Collection, call: Call) -> dict[str, Any]:
    """Check the object that the path leads through, and return the field that names it."""
    if "{" not in collection.at:
        return {}
    name = collection.at.partition("{")[2].partition("}")[0]
    declared = KINDS.get(name)
    if declared is not None:
        call.subject(declared)
    return {collection.parent: call.ids[0]} if collection.parent else {}


def _fields(collection: Collection) -> Mapping[str, schemas.FieldType]:
    return schemas.catalogue().fields(collection.object)


def _blank(collection: Collection, books: Books, identifier: str) -> Object:
    fields = _fields(collection)
    made = schemas.catalogue().blank(collection.object)
    known = {name: value for name, value in collection.fields.items() if name in fields}
    named = {name: value.format(id=identifier) if isinstance(value, str) else value for name, value in known.items()}
    made = schemas.catalogue().filled(collection.object, made, named)
    moments = {"created": 0, "updated": 0} | ({"expires_at": collection.lasts} if collection.lasts else {})
    for name, after in moments.items():
        if name in fields and name not in named:
            made[name] = _moment(books.now() + (after or 0), fields[name].kind)
    return made


def _moment(seconds: int, word: str) -> int | str:
    """Return a time as v1 writes it (an integer) or as v2 does (RFC 3339)."""
    return lists.timestamp(seconds) if word == "string" else seconds


def _given(collection: Collection, call: Call) -> dict[str, Any]:
    """Return the parameters that are facts of the object; those of `without` are taken and leave no trace in it."""
    left_out = {*ABOUT_THE_ANSWER, *collection.without, "metadata"}
    given = {name: call.params[name] for name in call.params if name not in left_out}
    for name in (*collection.without, "metadata", "expand"):
        call.params.get(name)
    fields = _fields(collection)
    for name in given:
        if name not in fields:
            raise not_played(call, name)
        referred = schemas.catalogue().refers_to(collection.object, name)
        if referred in KINDS and given[name]:
            call.books.named(KINDS[referred], str(given[name]), name)
    return given


def _filled(collection: Collection, call: Call, present: Mapping[str, Any], given: Mapping[str, Any]) -> Object:
    try:
        return schemas.catalogue().filled(collection.object, present, given)
    except schemas.Misfit as misfit:
        raise not_played(call, str(misfit)) from None
