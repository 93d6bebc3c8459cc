"""Reads what people attest: the file in which they sign, by name and for a time, what no code can show."""

from __future__ import annotations

import datetime
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from payproof import documents
from payproof.checklist import NOT_VALID
from payproof.documents import DocumentError
from payproof.model import Control, Evidence, Stance, Witness

FILE = ".payproof-attestations.yaml"
"""Where a project's attestations stand, at its root."""


def read_attestations(root: pathlib.Path, controls: Iterable[Control], today: datetime.date) -> list[Evidence]:
    """Return the attestations of the project at `root`; none when it has no such file.

    Those that ran out before `today`, or are dated after it, carry the reason in `details[NOT_VALID]`, and a checklist
    sets them aside. They belong to no revision and no rule pack. Raises `DocumentError` for a file that breaks its schema,
    names an unknown control, no day of the calendar, or an end before its date.
    """
    path = root / FILE
    if not path.exists():
        return []
    known = {control.id for control in controls}
    name = documents.shown_path(path)
    return [_evidence(entry, name, known, today) for entry in documents.read(path, "attestations")["attestations"]]


def _evidence(entry: Mapping[str, Any], name: str, known: set[str], today: datetime.date) -> Evidence:
    control = entry["control"]
    if control not in known:
        raise DocumentError(f"{name}: unknown control {control!r}{documents.suggest(control, known)}")
    date, expires = (_day(entry[key], f"{name}: the attestation for {control}") for key in ("date", "expires"))
    if expires <= date:
        raise DocumentError(f"{name}: the attestation for {control} ends ({expires}) before it begins ({date})")
    problem = f"expired on {expires}" if expires < today else f"dated {date}, which is still to come" if date > today else ""
    details: dict[str, object] = {"expires": entry["expires"]}
    return Evidence(
        control=control,
        witness=Witness.ATTESTATION,
        stance=Stance.FOR,
        subject=f"{entry['name']}, {entry['role']}" if "role" in entry else entry["name"],
        summary=f"{entry['statement']} (until {expires})",
        revision="",
        rule_pack="",
        recorded=entry["date"],
        details={**details, NOT_VALID: problem} if problem else details,
    )


def _day(text: str, what: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise DocumentError(f"{what}: {text} is not a day of the calendar") from None
