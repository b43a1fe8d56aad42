"""When a debt expires, on both sides of each midnight."""

from datetime import UTC, date, datetime, timedelta

import pytest

from seloste.kernel.limitation import expires_at
from seloste.kernel.periods import finnish_midnight

MINUTE = timedelta(minutes=1)


def end_of(day: str) -> datetime:
    """The midnight that ends a Finnish day."""
    return finnish_midnight(date.fromisoformat(day) + timedelta(days=1))


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00Z")


@pytest.mark.parametrize(
    ("due", "last"),
    [
        ("2022-06-15", "2025-06-15"),
        ("2024-02-29", "2027-02-28"),  # no such day then: the last of the month
        ("2024-02-28", "2027-02-28"),
        ("2022-12-31", "2025-12-31"),
        ("2022-03-27", "2025-03-27"),  # an hour less that day
    ],
)
def test_three_years_from_the_due_day(due, last):
    assert expires_at(end_of(due), [], natural_person=True) == end_of(last)
    assert expires_at(end_of(due), [], natural_person=False) == end_of(last)


def test_it_is_told_in_utc_and_ends_with_a_finnish_day():
    told = expires_at(end_of("2022-06-15"), [], natural_person=True)
    assert told == datetime(2025, 6, 15, 21, tzinfo=UTC)


def test_a_reminder_begins_the_time_anew():
    assert expires_at(end_of("2022-06-15"), [noon("2024-01-10")], natural_person=True) == end_of("2027-01-10")


def test_one_on_the_last_day_still_does_and_one_on_the_day_after_revives_nothing():
    due = end_of("2022-06-15")
    assert expires_at(due, [end_of("2025-06-15") - MINUTE], natural_person=True) == end_of("2028-06-15")
    assert expires_at(due, [end_of("2025-06-15")], natural_person=True) == end_of("2025-06-15")


def test_a_chain_holds_while_no_link_is_late():
    due, links = end_of("2015-01-31"), [noon("2017-12-01"), noon("2020-11-30"), noon("2023-12-01")]
    assert expires_at(due, reversed(links[:2]), natural_person=True) == end_of("2023-11-30")
    assert expires_at(due, links, natural_person=True) == end_of("2023-11-30"), "the last came a day late"


def test_what_comes_before_the_due_day_shortens_nothing():
    assert expires_at(end_of("2022-06-15"), [noon("2022-01-01")], natural_person=True) == end_of("2025-06-15")


def test_after_twenty_years_a_person_owes_it_no_more_and_a_company_does():
    due = end_of("2000-05-31")
    links = [noon(f"{year}-06-01") for year in range(2002, 2024, 2)]
    assert expires_at(due, links, natural_person=True) == end_of("2020-05-31")
    assert expires_at(due, links, natural_person=False) == end_of("2025-06-01")
