"""Interests: legitimate interests by name, each with its balancing test (GDPR 6(1)(f), 13(1)(d)).

A test is reviewed by a day. From that day it no longer carries its interest, or some days of grace later
where the notice says that lapsing only raises an alarm first.
"""

from datetime import date

from spec.telling import notice


def lapses(test):
    told = notice(f"interests: {{planning: {{name: {{en: Planning}}, balancing_test: {{{test}}}}}}}")
    return told.interests["planning"].balancing_test.lapses_on()


def test_a_test_lapses_on_its_day_of_review():
    assert lapses("review_by: 2027-06-01") == date(2027, 6, 1)
    assert lapses("review_by: 2027-06-01, on_lapse: stop, grace_days: 30") == date(2027, 6, 1)


def test_a_grace_is_given_where_it_is_said():
    assert lapses("review_by: 2027-06-01, on_lapse: alarm_with_grace, grace_days: 30") == date(2027, 7, 1)


def test_a_test_without_a_review_never_lapses():
    assert lapses("date: 2026-01-01, reference: LIA-3") is None
