"""Files: evidence, logos and documents, kept as their facts. The bytes themselves are counted and forgotten."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe import errors, lists
from payproof.sandbox.stripe.behaviour.evidence import FILE
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.routes import route

LARGEST = 16_777_216
"""Bytes of one file."""


@route("POST", "/v1/files")
def create(call: Call) -> Object:
    part: Any = call.required("file")
    if not isinstance(part, dict):
        raise errors.invalid("Invalid file: send it as multipart/form-data.", param="file", executed=False)
    size = len(part["content"])
    if size > LARGEST:
        raise errors.invalid("Uploaded files must be smaller than 16 MB.", code="upload_exceeds_max_size", param="file")
    identifier = call.books.identifier(FILE.prefix)
    links = lists.list_object([], f"/v1/file_links?file={identifier}")
    return call.books.new(
        FILE,
        id=identifier,
        filename=part["filename"],
        links=links,
        purpose=call.required("purpose"),
        size=size,
        type=part["filename"].rpartition(".")[2] or None,
        url=f"https://files.stripe.com/v1/files/{identifier}/contents",
    )


@route("GET", "/v1/files/{file}")
def retrieve(call: Call) -> Object:
    return call.subject(FILE)


@route("GET", "/v1/files")
def list_(call: Call) -> Object:
    return lists.page(call, FILE, "purpose")
