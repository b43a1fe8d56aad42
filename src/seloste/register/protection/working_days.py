"""Working days in Finland, by which the deadlines of people are counted.

The eves of Midsummer and Christmas are no public holidays, and still no days on which a deadline ends.
Law: Laki säädettyjen määräaikain laskemisesta 150/1930 5 §.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

from holidays import country_holidays

from seloste.kernel.periods import FINLAND, finnish_midnight

SATURDAY = 5


def is_working_day(day: date) -> bool:
    """This will tell whether people work on a day."""
    return day.weekday() < SATURDAY and day not in _free(day.year)


def next_working_day(day: date) -> date:
    """This will find the first working day after a day."""
    following = day + timedelta(days=1)
    while not is_working_day(following):
        following += timedelta(days=1)
    return following


def working_days_after(day: date, count: int) -> date:
    """This will find the working day that is so many working days after a day."""
    for _ in range(count):
        day = next_working_day(day)
    return day


def end_of_next_working_day(moment: datetime) -> datetime:
    """This will find the Finnish midnight that ends the working day after the day of a moment."""
    day = next_working_day(moment.astimezone(FINLAND).date())
    return finnish_midnight(day + timedelta(days=1))


def end_of_days(moment: datetime, days: int) -> datetime:
    """This will find the Finnish midnight at which a period of days ends that began on the day of a moment.

    That day is not counted; a period that would end on a day on which nobody works ends with the next
    working day. Units: days. Law: Reg. (EEC, Euratom) 1182/71 art. 3(1), 3(4).
    """
    last = moment.astimezone(FINLAND).date() + timedelta(days=days)
    if not is_working_day(last):
        last = next_working_day(last)
    return finnish_midnight(last + timedelta(days=1))


@cache
def _free(year: int) -> frozenset[date]:
    """Public holidays and the two eves: the package knows both."""
    return frozenset(country_holidays("FI", years=year))
