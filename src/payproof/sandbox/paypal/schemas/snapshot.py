"""Writes `shapes.yaml` from the installed SDK: `python -m payproof.sandbox.paypal.schemas.snapshot`.

The table serves those who call PayPal over plain HTTP and have no SDK. A test holds it against the SDK that is installed.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable

import yaml

from payproof.sandbox.paypal.schemas.shapes import DISTRIBUTION, TABLE, Shapes

HEAD = """\
# Fields of PayPal's requests and answers, as the models of paypal-server-sdk declare them: `!` is required.
# Written by payproof.sandbox.paypal.schemas.snapshot; used when no SDK is installed.
"""


def written(roots: Iterable[str]) -> str:
    """Return the table of everything that the models `roots` lead to, from the installed SDK."""
    version = importlib.metadata.version(DISTRIBUTION)
    models = Shapes(version).reachable(roots)
    body = {"version": version, "models": {name: dict(model) for name, model in models.items()}}
    return HEAD + yaml.safe_dump(body, sort_keys=True, width=130, default_flow_style=None)


def main() -> None:
    """Write the table."""
    from payproof.sandbox.paypal import routes

    TABLE.write_text(written(routes.models()), "utf-8")


if __name__ == "__main__":
    main()
