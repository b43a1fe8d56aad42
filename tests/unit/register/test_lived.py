"""When one address follows another: without a gap, without an overlap, and without changing what is over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from seloste.register.subjects.lived import Lived, follows

AT = datetime(2026, 3, 1, tzinfo=UTC)
HERE, THERE = ("Kuja 1", "33100", "Tampere", "FI"), ("Kuja 2", "33100", "Tampere", "FI")


def year(number):
    return datetime(number, 1, 1, tzinfo=UTC)


def lived(since, until=None, placed=HERE, pk=1):
    return Lived(pk, since, until, placed)


@pytest.mark.parametrize(
    ("known", "since", "begins", "ended", "until"),
    [
        ([], AT, AT, [], None),
        ([lived(year(2020))], AT, AT, [1], None),
        ([lived(year(2020))], year(2024), year(2024), [1], None),
        ([lived(year(2020))], year(2027), year(2027), [1], None),
        # what held later than they say was never so
        ([lived(year(2024))], year(2020), year(2024), [1], None),
        # what is over stays as it was
        ([lived(year(2020), year(2025))], year(2022), year(2025), [], None),
        # a move that is known already comes still
        ([lived(year(2020)), lived(year(2027), pk=2)], AT, AT, [1], year(2027)),
        ([lived(year(2020)), lived(year(2027), pk=2)], year(2028), year(2028), [1, 2], None),
        ([lived(year(2020), year(2027))], AT, AT, [1], None),
        # one that never was is no period
        ([lived(year(2027), year(2027))], AT, AT, [], None),
    ],
)
def test_one_ends_as_the_next_begins(known, since, begins, ended, until):
    told = follows(known, THERE, since, at=AT)
    assert told is not None
    assert (told.since, [each.pk for each in told.ended], told.until) == (begins, ended, until)


def test_an_address_that_is_had_or_comes_is_not_begun_anew():
    assert follows([lived(year(2020))], HERE, year(2022), at=AT) is None
    assert follows([lived(year(2020)), lived(year(2027), placed=THERE)], THERE, year(2027), at=AT) is None
