"""Durations by the calendar, half-open periods, Finnish midnights."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seloste.kernel.periods import (
    Duration,
    NotADuration,
    Period,
    finnish_midnight,
    finnish_term,
    holds,
    midnight_at_or_after,
    midnight_at_or_before,
)


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read", "sql"),
    [
        ("P6Y", Duration(years=6), "interval '6 years'"),
        ("P6M", Duration(months=6), "interval '6 months'"),
        ("P18M", Duration(months=18), "interval '18 months'"),
        ("P42D", Duration(days=42), "interval '42 days'"),
        ("P6W", Duration(days=42), "interval '42 days'"),
        ("P1Y2M3D", Duration(1, 2, 3), "interval '1 years 2 months 3 days'"),
        ("P0D", Duration(), ""),
    ],
)
def test_a_duration_is_read_and_told(text, read, sql):
    assert Duration.parse(text) == read
    assert read.sql == sql
    assert Duration.parse(str(read)) == read


@pytest.mark.parametrize(
    "text",
    ["", "P", "6 months", "P6", "PT1H", "P-1M", "P1.5Y", "P6M ", "p6m", "P١Y", "P1M1Y", "P9999999999D"],
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(NotADuration):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("start", "add", "end"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2025-12-31", "P2M", "2026-02-28"),
        ("2026-01-30", "P1M1D", "2026-03-01"),
        ("2026-08-31", "P6M", "2027-02-28"),
        ("2026-03-28", "P1D", "2026-03-29"),
        ("2026-05-05", "P0D", "2026-05-05"),
    ],
)
def test_months_come_before_days_and_clamp(start, add, end):
    assert Duration.parse(add).add_to(day(start)) == day(end)


durations = st.builds(Duration, st.integers(0, 99), st.integers(0, 999), st.integers(0, 9999))


@given(durations)
def test_a_duration_is_read_back_as_it_was(duration):
    assert Duration.parse(str(duration)) == duration


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), durations)  # noqa: DTZ001
def test_time_never_goes_back(moment, duration):
    aware = moment.replace(tzinfo=UTC)
    later = duration.add_to(aware)
    assert later >= aware
    assert later.timetz() == aware.timetz()


def test_a_period_holds_its_start_and_not_its_end():
    period = Period(day("2026-01-01"), day("2026-02-01"))
    assert day("2026-01-01") in period
    assert day("2026-02-01") not in period
    assert day("2026-02-01") - timedelta(microseconds=1) in period
    assert day("2025-12-31") not in period
    assert day("9999-01-01") in Period(day("2026-01-01"))


def test_a_period_cancelled_before_it_began_is_empty():
    assert Period(day("2026-02-01"), day("2026-02-01")).is_empty
    assert Period(day("2026-02-01"), day("2026-01-01")).is_empty
    assert not Period(day("2026-02-01")).is_empty


@pytest.mark.parametrize(
    ("of", "hours", "quarters"),
    [
        (date(2026, 1, 15), 22, 96),
        (date(2026, 7, 1), 21, 96),
        (date(2026, 3, 29), 22, 92),
        (date(2026, 10, 25), 21, 100),
    ],
)
def test_a_finnish_day_begins_at_its_midnight(of, hours, quarters):
    begins, ends = finnish_midnight(of), finnish_midnight(of + timedelta(days=1))
    assert begins.tzinfo is UTC
    assert (begins.date(), begins.hour) == (of - timedelta(days=1), hours)
    assert (ends - begins) / timedelta(minutes=15) == quarters


@pytest.mark.parametrize(
    ("moment", "before", "after"),
    [
        # winter time: midnight is 22:00 UTC; the moment itself, one before, one after
        ("2026-01-09T22:00:00Z", "2026-01-09T22:00:00Z", "2026-01-09T22:00:00Z"),
        ("2026-01-09T21:59:59Z", "2026-01-08T22:00:00Z", "2026-01-09T22:00:00Z"),
        ("2026-01-09T22:00:01Z", "2026-01-09T22:00:00Z", "2026-01-10T22:00:00Z"),
        # the day on which clocks go forward has 23 hours, the one on which they go back 25
        ("2026-03-29T12:00:00Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"),
        ("2026-10-25T12:00:00Z", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"),
    ],
)
def test_a_moment_is_cut_at_the_finnish_midnights_around_it(moment, before, after):
    at = datetime.fromisoformat(moment)
    assert midnight_at_or_before(at) == datetime.fromisoformat(before)
    assert midnight_at_or_after(at) == datetime.fromisoformat(after)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 2, 28), 12, date(2028, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        # from winter time into summer time and back: both ends are midnights in Finland
        (date(2026, 3, 1), 1, date(2026, 4, 1)),
        (date(2026, 10, 1), 1, date(2026, 11, 1)),
    ],
)
def test_a_term_of_months_ends_at_a_finnish_midnight(start, months, end):
    assert finnish_term(finnish_midnight(start), months) == finnish_midnight(end)


def test_what_is_declared_with_days_holds_from_the_first_and_not_on_the_last():
    """On Finnish days: the evening before in UTC is the day already."""
    declared = {"valid_from": "2026-03-01", "valid_until": "2026-06-01"}
    moments = {
        datetime(2026, 2, 28, 21, 59, tzinfo=UTC): False,
        datetime(2026, 2, 28, 22, tzinfo=UTC): True,
        datetime(2026, 5, 31, 20, 59, tzinfo=UTC): True,
        datetime(2026, 5, 31, 21, tzinfo=UTC): False,
    }
    assert {at: holds(declared, at) for at in moments} == moments
    assert all(holds({}, at) for at in moments)
