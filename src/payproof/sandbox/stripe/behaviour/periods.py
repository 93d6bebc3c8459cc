"""Billing periods on the calendar (UTC)."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Mapping
from typing import Any

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def after(anchor: int, recurring: Mapping[str, Any], count: int = 1) -> int:
    """Return when `count` periods that began at `anchor` (epoch seconds) are over.

    Months end on the anchor's day, or on their last day where they are too short for it.
    """
    interval, length = recurring["interval"], int(recurring["interval_count"]) * count
    start = datetime.datetime.fromtimestamp(anchor, datetime.timezone.utc)
    if interval in _DAYS:
        return int((start + datetime.timedelta(days=_DAYS[interval] * length)).timestamp())
    months = start.month - 1 + _MONTHS[interval] * length
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())
