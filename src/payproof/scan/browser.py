"""What models say of the customer's side: where processors' scripts come from, and where their pages are."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Browser:
    """Names that pages and calls show, each with its processor.

    `script_hosts` are hosts of processors' scripts (`*` stands for anything), `script_files` names of such scripts, in lower
    case, which have no business anywhere else; `form_hosts` may be posted card data to; `hosted` are the ends of calls that
    make a page of the processor's to which the customer is sent.
    """

    script_hosts: dict[str, str] = dataclasses.field(default_factory=dict)
    script_files: dict[str, str] = dataclasses.field(default_factory=dict)
    form_hosts: dict[str, str] = dataclasses.field(default_factory=dict)
    hosted: dict[str, str] = dataclasses.field(default_factory=dict)

    def add(self, document: Mapping[str, Any], processor: str) -> None:
        """Take in what one model says."""
        for field in dataclasses.fields(self):
            getattr(self, field.name).update(dict.fromkeys(document.get(field.name, ()), processor))
