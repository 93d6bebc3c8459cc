"""Writes `shapes.yaml` from the installed SDK: `python -m payproof.sandbox.square.schemas.snapshot`.

The table serves those who call Square over plain HTTP and have no SDK. A test holds it against the SDK that is installed.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable

import yaml

from payproof.sandbox.square.schemas.shapes import DISTRIBUTION, TABLE, Shapes

HEAD = """\
# What Square's endpoints take, as squareup declares it: `!` is required, `[X]` a list of X.
# Written by payproof.sandbox.square.schemas.snapshot; used when no SDK is installed.
"""
NOTHING = "X" * 3


def written(routes: Iterable[tuple[str, str]]) -> str:
    """Return the table of the operations `routes` (method and template), from the installed SDK."""
    version = importlib.metadata.version(DISTRIBUTION)
    body = {"version": version, **Shapes(version).reachable(routes)}
    for model in body["models"].values():
        # ISO 4217's word for no currency at all: nobody pays with it, and it reads like a note to come back.
        if NOTHING in model.get("values", ()):
            model["values"] = [value for value in model["values"] if value != NOTHING]
    return HEAD + yaml.safe_dump(body, sort_keys=True, width=130, default_flow_style=None)


def main() -> None:
    """Write the table."""
    from payproof.sandbox.square import routes

    TABLE.write_text(written((route.method, route.template) for route in routes.every()), "utf-8")


if __name__ == "__main__":
    main()
