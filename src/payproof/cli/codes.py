"""Exit codes: what a run of payproof means to whoever started it."""

from __future__ import annotations

NOTHING_FOUND = 0
"""Every rule was asked of every file, and nothing unwaived was found."""

FOUND = 1
"""Something was found, or a waiver is not in order; of a report: a gate is not met."""

ASKED_WRONGLY = 2
"""A flag, a configuration key, a rule or a path was wrong."""

NOT_EVERYWHERE = 3
"""payproof could not look everywhere."""

INTERRUPTED = 130
"""Ended from the keyboard."""
