"""One line of a ledger segment: evidence as plain data, checked against its schema and chained to the line before."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from payproof import documents
from payproof.masking import mask
from payproof.model import Evidence, PayproofError, Place, Stance, Witness

FORMAT = 1
"""The version of the format of segments."""

START = hashlib.sha256(b"payproof ledger segment").hexdigest()
"""What the first line of a segment is chained to."""


class RecordError(PayproofError):
    """A line that is no record of a ledger segment; the text says why."""


def evidence_line(evidence: Evidence, previous: str) -> tuple[str, str]:
    """Return the line that holds `evidence`, chained to `previous`, and the digest that the next line is chained to.

    All text of it is masked. Raises `RecordError` when the evidence breaks the schema of the ledger.
    """
    body = {"format": FORMAT, "evidence": _to_plain(evidence)}
    digest = chain(previous, body)
    return _line({**body, "chain": digest}), digest


def seal_line(count: int, head: str) -> str:
    """Return the line that closes a segment of `count` pieces of evidence, the last of which has the digest `head`."""
    return _line({"format": FORMAT, "seal": {"count": count, "head": head}})


def chain(previous: str, body: Mapping[str, Any]) -> str:
    """Return the digest of a line without its `chain` that follows the line with the digest `previous`."""
    return hashlib.sha256(f"{previous}\n{_compact(body)}".encode("utf-8", "surrogatepass")).hexdigest()


def parse(line: bytes) -> dict[str, Any]:
    """Return the record that a line holds. Raises `RecordError` when it is no JSON or breaks the schema."""
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise RecordError("is not UTF-8") from None
    except (json.JSONDecodeError, RecursionError):
        raise RecordError("is not JSON") from None
    _check(record)
    return dict(record)


def evidence_of(record: Mapping[str, Any]) -> Evidence:
    """Return the evidence that a parsed record holds."""
    plain = record["evidence"]
    place = plain.get("place")
    return Evidence(
        **{
            **plain,
            "witness": Witness(plain["witness"]),
            "stance": Stance(plain["stance"]),
            "place": Place(**place) if place else None,
        }
    )


def _line(record: Mapping[str, Any]) -> str:
    _check(record)
    return _compact(record) + "\n"


def _compact(record: Mapping[str, Any]) -> str:
    try:
        return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RecordError(f"cannot be written as JSON: {error}") from None


def _to_plain(evidence: Evidence) -> dict[str, Any]:
    plain = {
        "control": evidence.control,
        "witness": evidence.witness.value,
        "stance": evidence.stance.value,
        "subject": mask(evidence.subject),
        "summary": mask(evidence.summary),
        "revision": evidence.revision,
        "rule_pack": evidence.rule_pack,
        "full": evidence.full,
        "recorded": evidence.recorded,
        "sdks": dict(evidence.sdks),
        "details": _masked(evidence.details),
    }
    return {**plain, "place": dataclasses.asdict(evidence.place)} if evidence.place else plain


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {mask(str(key)): _masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(item) for item in value]
    return value


def _check(record: object) -> None:
    if not isinstance(record, dict) or ("seal" in record) == ("evidence" in record):
        raise RecordError("holds neither evidence nor a seal")
    if record.get("format") != FORMAT:
        raise RecordError(f"is of format {record.get('format')!r}, which this version of payproof does not read")
    error = _problem()(record)
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path) or "the record"
        raise RecordError(f"{where} is not as the ledger's schema has it ({error.validator})")


@functools.cache
def _problem() -> Callable[[object], Any]:
    import jsonschema

    validator = jsonschema.Draft202012Validator(documents.schema_of("evidence"))

    def deepest(record: object) -> Any:
        error = next(iter(validator.iter_errors(record)), None)
        while error is not None and error.context:
            error = max(error.context, key=lambda inner: len(inner.absolute_path))
        return error

    return deepest
