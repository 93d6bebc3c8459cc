"""Reads the JSON that payproof writes: what `--format json` said comes back as the `Report` it was."""

from __future__ import annotations

import json

import jsonschema

from payproof import documents
from payproof.model import Report, UsageError
from payproof.report.plain_data import from_plain


def read(text: str, name: str = "report") -> Report:
    """Return the report that JSON of the format `payproof/1` holds.

    Raises `UsageError`, with one line that begins with `name`, for anything else.
    """
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageError(f"{name}: is not JSON: {error}") from None
    errors = jsonschema.Draft202012Validator(documents.schema_of("report")).iter_errors(document)
    worst = jsonschema.exceptions.best_match(errors)
    if worst is not None:
        where = ".".join(str(part) for part in worst.absolute_path) or "the document"
        raise UsageError(f"{name}: {where} is not as payproof/1 has it: {worst.message[:200]}")
    report: Report = from_plain(Report, document["report"])
    return report
