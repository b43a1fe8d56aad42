"""Moments around a day: Finnish midnights, since agreements begin and end there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")
PAST, FUTURE = 6_000, 2_000


class Moments:
    """The Finnish midnights before and after a day, in UTC; day 0 is the day itself."""

    def __init__(self, day: date) -> None:
        """`day` is the one that is lived."""
        self.day = day
        self._midnights = [_midnight(day + timedelta(days=n)) for n in range(-PAST, FUTURE + 1)]

    def __call__(self, days: int, minutes: int = 0) -> datetime:
        """This will tell the midnight so many days from the day, and minutes after it."""
        midnight = self._midnights[PAST + days]
        return midnight + timedelta(minutes=minutes) if minutes else midnight


@lru_cache(maxsize=2)
def around(day: date) -> Moments:
    """This will make the moments around a day, once."""
    return Moments(day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), HELSINKI).astimezone(UTC)
