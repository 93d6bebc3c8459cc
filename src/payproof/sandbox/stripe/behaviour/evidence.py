"""What is put before the bank in a dispute: texts, and files that were uploaded for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.books import Books, kind

FILE = kind("file", "file", "expires_at title", livemode=False, noun="file upload", path_param="file")

FILES = frozenset(
    (
        "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt",
        "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
    )
)  # fmt: skip
"""The fields of evidence that hold the id of a file (stripe 16.1.0, docstrings of `DisputeModifyParamsEvidence`)."""


def check_files(books: Books, evidence: Mapping[str, Any]) -> None:
    """Refuse files that do not exist, or that were uploaded for something else."""
    for name in FILES & evidence.keys():
        if evidence[name]:
            found = books.named(FILE, str(evidence[name]), f"evidence[{name}]")
            if found["purpose"] != "dispute_evidence":
                message = f"The file {found['id']} was uploaded for {found['purpose']}, not for dispute_evidence."
                raise errors.invalid(message, param=f"evidence[{name}]")
