"""Whose value counts, case by case: the master, a correction that waits, a first value, what was there before."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from seloste.register.sources.precedence import Claim, Judged, Standing, Waiting, agrees, judge

OLD, NEW, THIRD = {"value": "old"}, {"value": "new"}, {"value": "third"}


def standing(master="generis", held=(), claims=None, waiting=None):
    said = {(who, "1"): [claim] for who, claim in (claims or {}).items()}
    return Standing(master, list(held), claims=said, waiting=waiting)


WAITS = Waiting(1, "generis", NEW, OLD)

CASES = {
    "the master's first is taken": (standing(), "generis", OLD, Judged("take", "held")),
    "the master's newer is taken": (
        standing(held=[OLD], claims={"generis": Claim(OLD, "held", 1)}),
        "generis",
        NEW,
        Judged("take", "held"),
    ),
    "the master's is taken over what was written here before it ever spoke": (
        standing(held=[OLD]),
        "generis",
        NEW,
        Judged("take", "held"),
    ),
    "the master says again what was changed here since": (
        standing(held=[NEW], claims={"generis": Claim(OLD, "held", 1)}),
        "generis",
        OLD,
        Judged("different", "different"),
    ),
    "the same is held": (standing(held=[OLD]), "enerity", OLD, Judged("held", "held")),
    "the same beside another is held": (standing(held=[NEW, OLD]), "enerity", OLD, Judged("held", "held")),
    "from elsewhere, the first is taken": (standing(), "enerity", OLD, Judged("take", "held")),
    "from elsewhere, another is different": (
        standing(held=[OLD]),
        "enerity",
        NEW,
        Judged("different", "different"),
    ),
    "its own, where the master has not spoken": (
        standing(held=[OLD], claims={"enerity": Claim(OLD, "held", 1)}),
        "enerity",
        NEW,
        Judged("take", "held"),
    ),
    "its own, where the master said the same": (
        standing(held=[OLD], claims={"enerity": Claim(OLD, "held", 1), "generis": Claim(OLD, "held", 1)}),
        "enerity",
        NEW,
        Judged("different", "different"),
    ),
    "its own, where people decide": (
        standing("seloste", held=[OLD], claims={"enerity": Claim(OLD, "held", 1)}),
        "enerity",
        NEW,
        Judged("different", "different"),
    ),
    "what was settled stays settled": (
        standing(held=[OLD], claims={"enerity": Claim(NEW, "settled", 1)}),
        "enerity",
        NEW,
        Judged("different", "settled"),
    ),
    "another value than the settled one is work again": (
        standing(held=[OLD], claims={"enerity": Claim(NEW, "settled", 1)}),
        "enerity",
        THIRD,
        Judged("different", "different"),
    ),
    "older than what is known": (
        standing(held=[NEW], claims={"generis": Claim(NEW, "held", 9)}),
        "generis",
        OLD,
        Judged("held", None),
    ),
    "a correction waits, and the old comes": (
        standing(held=[NEW], claims={"generis": Claim(OLD, "pending", 1)}, waiting=WAITS),
        "generis",
        OLD,
        Judged("pending", "pending"),
    ),
    "a correction waits, and the old comes for the first time": (
        standing(held=[NEW], waiting=WAITS),
        "generis",
        OLD,
        Judged("pending", "pending"),
    ),
    "a correction waits of what nobody knows how it was": (
        standing(held=[NEW], waiting=Waiting(1, "generis", NEW, None)),
        "generis",
        OLD,
        Judged("pending", "pending"),
    ),
    "a correction waits, and the corrected comes": (
        standing(held=[NEW], claims={"generis": Claim(OLD, "pending", 1)}, waiting=WAITS),
        "generis",
        NEW,
        Judged("held", "held", confirms=True),
    ),
    "a correction waits, and a third comes": (
        standing(held=[NEW], claims={"generis": Claim(OLD, "pending", 1)}, waiting=WAITS),
        "generis",
        THIRD,
        Judged("different", "different"),
    ),
    "a correction waits elsewhere": (
        standing(held=[NEW], waiting=WAITS),
        "enerity",
        OLD,
        Judged("different", "different"),
    ),
    "an empty value confirms nothing": (
        standing(held=[NEW], claims={"generis": Claim(OLD, "pending", 1)}, waiting=WAITS),
        "generis",
        {},
        Judged("held", None),
    ),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_value_is_judged(case):
    stands, system, value, expected = CASES[case]
    assert judge(stands, (system, "1"), value, 5) == expected


def test_what_cannot_be_compared_stands_as_it_was_taken():
    said = {("ax", "1"): [Claim(OLD, "held", 1)], ("enerity", "1"): [Claim(NEW, "different", 1)]}
    stands = Standing("ax", None, claims=said)
    assert judge(stands, ("ax", "1"), OLD, 5) == Judged("held", "held")
    assert judge(stands, ("enerity", "2"), NEW, 5) == Judged("different", "different")


def test_what_cannot_be_compared_and_nobody_brought_is_overwritten_by_the_master_alone():
    assert judge(Standing("ax", None, is_held=True), ("ax", "1"), OLD, 5) == Judged("take", "held")
    assert judge(Standing("ax", None, is_held=True), ("enerity", "1"), OLD, 5) == Judged(
        "different", "different"
    )
    assert judge(Standing("ax", None), ("enerity", "1"), OLD, 5) == Judged("take", "held")


def test_a_date_that_is_gone_is_news():
    """An agreement that was to end goes on: what its system says now is part of what it said."""
    ended = {"number": "S1", "valid_until": "2026-06-01"}
    for held in (None, [ended]):
        stands = Standing("generis", held, claims={("generis", "1"): [Claim(ended, "held", 1)]})
        expected = "take" if held is None else "held"
        assert judge(stands, ("generis", "1"), {"number": "S1"}, 5) == Judged(expected, "held")


def test_two_of_one_row_are_both_taken():
    """What a row says beside another value does not contradict it, whoever is the master."""
    for master in ("generis", "seloste"):
        stands = Standing(master, [OLD], claims={("enerity", "1"): [Claim(OLD, "held", 5)]})
        assert judge(stands, ("enerity", "1"), NEW, 5) == Judged("take", "held")
        assert judge(stands, ("ax", "1"), NEW, 5) == Judged("different", "different")


def test_since_when_it_is_so_does_not_make_it_another():
    stands = Standing("seloste", [OLD], beside=frozenset({"valid_from"}))
    assert judge(stands, ("enerity", "1"), {**OLD, "valid_from": "2026-01-01"}, 5) == Judged("held", "held")


def test_what_says_nothing_is_not_kept():
    for stands in (standing(), standing(held=[OLD])):
        assert judge(stands, ("generis", "1"), {"value": None}, 5) == Judged("held", None)


@pytest.mark.parametrize(
    ("held", "told", "same"),
    [
        (datetime(2026, 1, 31, 22, tzinfo=UTC), "2026-02-01", True),
        (datetime(2026, 6, 30, 21, tzinfo=UTC), "2026-07-01", True),
        (datetime(2026, 6, 30, 22, tzinfo=UTC), "2026-07-01", False),
        (datetime(2026, 2, 1, tzinfo=UTC), "2026-02-01T02:00:00+02:00", True),
        (date(2026, 2, 1), "2026-02-01", True),
        (date(2026, 2, 1), "soon", False),
        (17, "17", False),
        (None, "", False),
        ("", None, False),
    ],
)
def test_a_moment_and_its_words_are_the_same(held, told, same):
    assert agrees({"at": held, "more": 1}, {"at": told}) is same
    assert not agrees({}, {"at": told})
