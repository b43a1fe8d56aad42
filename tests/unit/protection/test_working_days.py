"""Working days by Finnish holidays: movable feasts, eves, and a deadline's last midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from seloste.register.protection.working_days import (
    end_of_days,
    end_of_next_working_day,
    is_working_day,
    next_working_day,
)

FREE = {
    "New Year": date(2027, 1, 1),
    "Epiphany": date(2026, 1, 6),
    "Good Friday": date(2026, 4, 3),
    "Easter Monday": date(2026, 4, 6),
    "Good Friday, early": date(2008, 3, 21),
    "Easter Monday, late": date(2038, 4, 26),
    "May Day": date(2026, 5, 1),
    "Ascension": date(2026, 5, 14),
    "Midsummer Eve": date(2026, 6, 19),
    "Midsummer Eve, early": date(2020, 6, 19),
    "Midsummer Eve, late": date(2027, 6, 25),
    "Midsummer Day": date(2027, 6, 26),
    "All Saints": date(2026, 10, 31),
    "All Saints in November": date(2027, 11, 6),
    "Independence Day": date(2027, 12, 6),
    "Christmas Eve": date(2026, 12, 24),
    "Christmas Day": date(2026, 12, 25),
    "St Stephen's Day": date(2028, 12, 26),
    "Saturday": date(2026, 11, 28),
    "Sunday": date(2026, 11, 29),
}


@pytest.mark.parametrize("day", FREE.values(), ids=FREE)
def test_nobody_works_on(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 5),
        date(2026, 4, 2),
        date(2026, 4, 7),
        date(2026, 5, 15),
        date(2026, 6, 18),
        date(2026, 12, 23),
        date(2026, 12, 31),
    ],
)
def test_people_work_on_days_beside_them(day: date) -> None:
    assert is_working_day(day)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 11, 24), date(2026, 11, 25)),
        (date(2026, 11, 27), date(2026, 11, 30)),
        (date(2026, 1, 5), date(2026, 1, 7)),
        (date(2026, 4, 2), date(2026, 4, 7)),
        (date(2026, 5, 13), date(2026, 5, 15)),
        (date(2026, 6, 18), date(2026, 6, 22)),
        (date(2026, 10, 30), date(2026, 11, 2)),
        (date(2027, 12, 3), date(2027, 12, 7)),
        (date(2026, 12, 23), date(2026, 12, 28)),
        (date(2026, 12, 31), date(2027, 1, 4)),
    ],
)
def test_the_next_working_day(day: date, following: date) -> None:
    assert next_working_day(day) == following


def test_there_is_always_one_within_a_week() -> None:
    day = date(2020, 1, 1)
    while day.year < 2060:
        assert timedelta(0) < next_working_day(day) - day <= timedelta(7)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        # Friday evening in Finland, in winter and before the clocks change
        (datetime(2026, 11, 27, 20, tzinfo=UTC), datetime(2026, 11, 30, 22, tzinfo=UTC)),
        (datetime(2026, 3, 27, 20, tzinfo=UTC), datetime(2026, 3, 30, 21, tzinfo=UTC)),
        # past midnight in Finland, when it is still the day before in UTC
        (datetime(2026, 11, 24, 22, 30, tzinfo=UTC), datetime(2026, 11, 26, 22, tzinfo=UTC)),
        (datetime(2026, 6, 18, 20, 59, tzinfo=UTC), datetime(2026, 6, 22, 21, tzinfo=UTC)),
    ],
)
def test_a_deadline_ends_at_the_midnight_after_it(moment: datetime, end: datetime) -> None:
    assert end_of_next_working_day(moment) == end


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        # a Tuesday, and a Tuesday two weeks later
        ("2026-09-01T09:00:00Z", "2026-09-15T21:00:00Z"),
        # the last second of a Finnish day, and the first of the next: Thursday, but then Good Friday moves it over Easter
        ("2026-03-19T21:59:59Z", "2026-04-02T21:00:00Z"),
        ("2026-03-19T22:00:00Z", "2026-04-07T21:00:00Z"),
        # a Saturday, and the clocks go back meanwhile
        ("2026-10-17T09:00:00Z", "2026-11-02T22:00:00Z"),
        # Midsummer Eve is no public holiday, and still no day on which it ends
        ("2026-06-05T09:00:00Z", "2026-06-22T21:00:00Z"),
    ],
)
def test_a_period_of_days_ends_with_a_working_day(moment, ends):
    assert end_of_days(datetime.fromisoformat(moment), 14) == datetime.fromisoformat(ends)
