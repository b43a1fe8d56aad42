"""Half-open periods, calendar durations and Finnish midnights.

A period is `[from, until)`; an open end is None. Times are aware and in UTC.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

FINLAND = ZoneInfo("Europe/Helsinki")

_ISO = re.compile(r"P(?:([0-9]{1,3})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,3})W)?(?:([0-9]{1,5})D)?")


class NotADuration(ValueError):
    """The text is not an ISO 8601 duration of years, months, weeks and days."""


@dataclass(frozen=True)
class Duration:
    """A duration by the calendar: months are added before days, and clamp to the month's end.

    Units: years, months, days. PostgreSQL adds an interval the same way in a session in UTC.
    """

    years: int = 0
    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Duration:
        """This will read `P6Y`, `P6M`, `P42D`, `P6W` and their sums.

        Raises: NotADuration.
        """
        found = _ISO.fullmatch(text)
        if not found or text == "P":
            raise NotADuration(f"{text!r} is not a duration like P6Y, P18M or P14D")
        years, months, weeks, days = (int(part or 0) for part in found.groups())
        return cls(years, months, 7 * weeks + days)

    def __str__(self) -> str:
        """The ISO 8601 spelling."""
        parts = ((self.years, "Y"), (self.months, "M"), (self.days, "D"))
        return "P" + ("".join(f"{n}{unit}" for n, unit in parts if n) or "0D")

    @property
    def sql(self) -> str:
        """The PostgreSQL interval; empty for no duration at all."""
        parts = ((self.years, "years"), (self.months, "months"), (self.days, "days"))
        told = " ".join(f"{n} {unit}" for n, unit in parts if n)
        return f"interval '{told}'" if told else ""

    def add_to(self, moment: datetime) -> datetime:
        """This will add the duration to a moment by the calendar, in UTC."""
        months = moment.year * 12 + moment.month - 1 + self.years * 12 + self.months
        year, month = divmod(months, 12)
        day = min(moment.day, monthrange(year, month + 1)[1])
        return moment.replace(year=year, month=month + 1, day=day) + timedelta(days=self.days)


@dataclass(frozen=True)
class Period:
    """A half-open period `[start, end)`; `end` None is open."""

    start: datetime
    end: datetime | None = None

    def __contains__(self, moment: datetime) -> bool:
        """Whether a moment lies in the period."""
        return self.start <= moment and (self.end is None or moment < self.end)

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies in it: it was cancelled before it began."""
        return self.end is not None and self.end <= self.start


def finnish_midnight(day: date) -> datetime:
    """This will give the moment, in UTC, at which a Finnish day begins: 21:00 or 22:00 the day before."""
    return datetime.combine(day, time(), FINLAND).astimezone(UTC)


def end_of_finnish_day(day: date) -> datetime:
    """This will give the moment, in UTC, at which a Finnish day is over."""
    return finnish_midnight(day + timedelta(days=1))


def finnish_day(moment: datetime) -> date:
    """This will tell on which day in Finland a moment lies."""
    return moment.astimezone(FINLAND).date()


def midnight_at_or_before(moment: datetime) -> datetime:
    """This will give the Finnish midnight that began the day of a moment, itself if it is one."""
    return finnish_midnight(finnish_day(moment))


def midnight_at_or_after(moment: datetime) -> datetime:
    """This will give the Finnish midnight that ends the day of a moment, itself if it is one."""
    begun = midnight_at_or_before(moment)
    return begun if begun == moment else finnish_midnight(finnish_day(moment) + timedelta(days=1))


def finnish_term(start: datetime, months: int) -> datetime:
    """This will give the Finnish midnight so many calendar months after the day of a start; 31 May is 30 June.

    Units: months.
    """
    day = finnish_day(start)
    end = Duration(months=months).add_to(datetime(day.year, day.month, day.day, tzinfo=UTC))
    return finnish_midnight(end.date())


def holds(part: Mapping[str, Any], at: datetime) -> bool:
    """This will tell whether what is declared with days, as text, holds on the Finnish day of a moment: not any more on `valid_until`."""
    day = finnish_day(at).isoformat()
    until = part.get("valid_until")
    return (part.get("valid_from") or day) <= day and (until is None or day < until)
