"""Periods on the calendar (UTC)."""

from __future__ import annotations

import calendar
import datetime

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def after(anchor: int, unit: str, count: int) -> int:
    """Return when `count` days, weeks, months or years from `anchor` (epoch seconds) are over.

    Months end on the anchor's day, or on their last day where they are too short for it.
    """
    start = datetime.datetime.fromtimestamp(anchor, datetime.timezone.utc)
    if unit in _DAYS:
        return int((start + datetime.timedelta(days=_DAYS[unit] * count)).timestamp())
    months = start.month - 1 + _MONTHS[unit] * count
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())
