"""Objects whose ids are known before they are made. They are made by requests as all others are: only the id is chosen."""

from __future__ import annotations

import re

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.sandbox import Sandbox
from payproof.sandbox.stripe import routes, storing, surface
from payproof.sandbox.stripe.books import KINDS

_ID = re.compile(r"[A-Za-z]\w{2,254}", re.ASCII)


def choose_id(box: Sandbox, kind: str, identifier: str) -> None:
    """Give the next object of `kind` this id.

    Raises `SandboxError` for a kind that the sandbox does not keep, for what cannot be an id, and for one that is taken.
    """
    declared = _kinds().get(kind)
    if declared is None:
        raise SandboxError(f"the sandbox keeps no objects of kind {kind!r}; known: {', '.join(sorted(_kinds()))}")
    if not _ID.fullmatch(identifier):
        raise SandboxError("an id is a letter and then letters, digits and underscores, up to 255")
    if identifier in box.ids.chosen() or any(identifier in shelf for shelf in box.store.values()):
        raise SandboxError(f"the id {identifier!r} is taken")
    box.ids.choose(declared, identifier)


def _kinds() -> dict[str, str]:
    """Return the prefix of every kind of object that something makes."""
    routes.every()  # loads the modules that declare kinds
    single = {collection.object for collection in surface.collections() if collection.single}
    for collection in surface.collections():
        storing.kind_of(collection)
    return {name: declared.prefix for name, declared in KINDS.items() if name not in single}
