"""When a debt expires: three years at a time, and at last for good.

Days are Finnish. A debt can be claimed through the last day, and is expired from the midnight that ends it.
Law: Laki velan vanhentumisesta 728/2003 4-5, 7, 10-11, 13 a §; Laki säädettyjen määräaikain laskemisesta 150/1930 3 §.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from .periods import FINLAND, Duration, finnish_midnight

if TYPE_CHECKING:
    from collections.abc import Iterable

YEARS = 3
YEARS_AT_LAST = 20
"""For a debt of a natural person to a company, whatever interrupted it."""


def expires_at(due_at: datetime, interruptions: Iterable[datetime], *, natural_person: bool) -> datetime:
    """This will tell from when a debt is expired.

    `due_at` is the midnight that ends its due day. An interruption (a reminder, a payment by the debtor,
    an agreement on instalments) begins the time anew; one that came too late revives nothing.
    """
    due = _day_ending_at(due_at)
    last = _years_after(due, YEARS)
    for moment in sorted(interruptions):
        day = moment.astimezone(FINLAND).date()
        if day > last:
            break
        last = max(last, _years_after(day, YEARS))
    if natural_person:
        last = min(last, _years_after(due, YEARS_AT_LAST))
    return finnish_midnight(last + timedelta(days=1))


def _day_ending_at(moment: datetime) -> date:
    return (moment.astimezone(FINLAND) - timedelta(microseconds=1)).date()


def _years_after(day: date, years: int) -> date:
    """The day of the same number, or the last of its month."""
    return Duration(years=years).add_to(datetime(day.year, day.month, day.day, tzinfo=FINLAND)).date()
