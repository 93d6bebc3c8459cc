"""What the schemas derive from several versions of the stripe SDK, as a table.

    python tests/sandbox/stripe/schemas/sdk_versions.py FOLDER...

Each FOLDER holds one unpacked version (`pip install --no-deps --target FOLDER stripe==VERSION`); without any, the installed
SDK is looked at. Exits with 1 if a type of any version is not understood.
"""

from __future__ import annotations

import pathlib
import sys

from payproof.sandbox.stripe.schemas.catalogue import Catalogue
from payproof.sandbox.stripe.schemas.kinds import Kind
from payproof.sandbox.stripe.schemas.records import Record
from payproof.sandbox.stripe.schemas.sdk import Sdk, SdkError, installed

COLUMNS = (
    "stripe",
    "API",
    "v1",
    "v2",
    "with required",
    "parameter objects",
    "resources",
    "classes",
    "fields",
    "nullable",
    "events",
)


def row(sdk: Sdk) -> list[str]:
    """Return what one SDK gives, everything resolved; raises `SdkError` if anything is not understood."""
    catalogue = Catalogue(sdk)
    endpoints = catalogue.endpoints()
    params = [catalogue.params_record(endpoint) for endpoint in endpoints]
    resources = [catalogue._resources.record(name) for name in sorted(catalogue.object_names())]
    inner, outer = reachable(params), reachable([record for record in resources if record])
    fields = [field for record in outer for field in record.fields.values()]
    numbers = (
        sum(endpoint.version == "v1" for endpoint in endpoints),
        sum(endpoint.version == "v2" for endpoint in endpoints),
        sum(bool(record.required) for record in params),
        len(inner),
        len(resources),
        len(outer),
        len(fields),
        sum(not field.required for field in fields),
        len(catalogue.event_types()),
    )
    return [sdk.version, sdk.api_version, *(f"{number:,}" for number in numbers)]


def reachable(records: list[Record]) -> list[Record]:
    """Return every record that `records` lead to."""
    seen: dict[int, Record] = {}
    waiting: list[Kind] = list(records)
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, Record):
            if id(kind) not in seen:
                seen[id(kind)] = kind
                waiting += [field.kind for field in kind.fields.values()]
            continue
        waiting += [getattr(kind, name) for name in ("inner", "item") if hasattr(kind, name)]
        waiting += getattr(kind, "options", ())
    return list(seen.values())


def main(arguments: list[str]) -> int:
    sdks = [Sdk(pathlib.Path(folder) / "stripe") for folder in arguments] or [installed()]
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    problems = []
    for sdk in sdks:
        try:
            lines.append("| " + " | ".join(row(sdk)) + " |")
        except SdkError as error:
            problems.append(f"stripe {sdk.version}: {error}")
    sys.stdout.write("\n".join([*lines, *problems]) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
