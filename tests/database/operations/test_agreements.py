"""Agreements are opened, ended and undone, backwards too: two times; and the points at which they are."""

from datetime import date

import pytest

from seloste.kernel.identifiers import NotAnIdentifier
from seloste.kernel.periods import finnish_day, finnish_midnight

from .conftest import DAY, NOW

TODAY = finnish_midnight(finnish_day(NOW))
GSRN = "643006000000000126"
PERIOD = "SELECT requested_at, valid_from, valid_until, end_reason, superseded_at IS NULL FROM register.agreement_period"


def on(year, month, day):
    return finnish_midnight(date(year, month, day))


@pytest.fixture
def person(register):
    return register.person()


def midnight(days):
    """The Finnish midnight that begins the day so many days from today."""
    return finnish_midnight(finnish_day(NOW + days * DAY))


@pytest.fixture
def opened(register):
    from seloste.register.agreements.operations import open_agreement

    person, point = register.person(), register.point()
    with register.rights():
        agreement = open_agreement(
            person, register.terms(point), requested_at=NOW - 20 * DAY, valid_from=NOW - 10 * DAY
        )
    return person, point, agreement.pk


def test_an_agreement_is_opened_at_its_holders_request(register, opened):
    person, point, agreement = opened
    assert register.all(PERIOD + " WHERE agreement_id = %s", agreement) == [
        (NOW - 20 * DAY, midnight(-10), None, None, True)
    ]
    assert register.one(
        "SELECT subject_id, side, metering_point_id FROM register.agreement WHERE id = %s", agreement
    ) == (person, "seller", point)
    assert register.last_event() == ("agreements.open", "operation", [person])


def test_an_agreement_opened_again_is_the_same_and_its_number_is_taken(register):
    """Whoever does not know whether it was opened opens it again; also when it was ended meanwhile."""
    from seloste.register.agreements.operations import NumberTaken, end_agreement, open_agreement

    person, terms = register.person(), register.terms(register.point())
    with register.rights():
        first = open_agreement(person, terms, requested_at=NOW - DAY, valid_from=NOW)
        end_agreement(first.pk, at=NOW, valid_until=NOW + DAY, reason="move_out")
        assert open_agreement(person, terms, requested_at=NOW, valid_from=NOW).pk == first.pk
        with pytest.raises(NumberTaken):
            open_agreement(person, terms, requested_at=NOW, valid_from=NOW + DAY)
    assert register.one(
        "SELECT count(*), count(superseded_at) FROM register.agreement_period WHERE agreement_id = %s",
        first.pk,
    ) == (2, 1)


def test_an_end_in_the_past_supersedes_what_was_known(register, opened):
    from seloste.register.agreements.operations import end_agreement

    _, _, agreement = opened
    with register.rights():
        end_agreement(agreement, at=NOW, valid_until=NOW - 3 * DAY, reason="move_out")
        again = end_agreement(agreement, at=NOW, valid_until=NOW - 3 * DAY, reason="move_out")
    rows = register.all(PERIOD + " WHERE agreement_id = %s ORDER BY id", agreement)
    assert [row[2:] for row in rows] == [(None, None, False), (midnight(-2), "move_out", True)]
    assert again.end_reason == "move_out"


def test_an_end_before_the_start_is_not_an_end(register, opened):
    from seloste.register.agreements.operations import EndsBeforeStart, end_agreement

    with register.rights(), pytest.raises(EndsBeforeStart, match="cancel"):
        end_agreement(opened[2], at=NOW, valid_until=NOW - 11 * DAY, reason="notice")


def test_an_agreement_that_is_undone_was_never_in_force_and_leaves_the_point_free(register, opened):
    from seloste.register.agreements.operations import cancel_agreement, open_agreement

    _, point, agreement = opened
    with register.rights():
        cancelled = cancel_agreement(agreement, at=NOW)
        assert cancelled.valid_until == cancelled.valid_from
        assert cancel_agreement(agreement, at=NOW).pk == cancelled.pk
        open_agreement(
            register.person(), register.terms(point), requested_at=NOW - 9 * DAY, valid_from=NOW - 9 * DAY
        )


def test_one_that_is_undone_before_its_start_was_being_prepared_until_then(register):
    from seloste.register.agreements.operations import cancel_agreement, open_agreement

    with register.rights():
        agreement = open_agreement(
            register.person(), register.terms(), requested_at=NOW - 5 * DAY, valid_from=NOW + DAY
        )
        cancelled = cancel_agreement(agreement.pk, at=NOW)
    assert (cancelled.valid_until, cancelled.end_reason) == (NOW, "cancelled")


def test_two_holders_at_one_point_at_once_are_refused_at_the_commit(register, opened):
    from django.db import IntegrityError

    from seloste.register.agreements.operations import open_agreement

    with pytest.raises(IntegrityError, match="agreement_period_one_holder"), register.rights():
        open_agreement(
            register.person(), register.terms(opened[1]), requested_at=NOW - DAY, valid_from=NOW - DAY
        )


def test_the_purpose_that_loses_its_customer_by_it_can_still_end_the_agreement(register, opened):
    from seloste.register.agreements.operations import end_agreement
    from seloste.register.subjects.models import Subject

    person, _, agreement = opened
    with register.acting("service"):
        end_agreement(agreement, at=NOW, valid_until=NOW - DAY, reason="notice")
    with register.acting("service"):
        assert Subject.objects.filter(pk=person).first() is None


def test_a_co_holder_joins_and_leaves(register, opened):
    from seloste.register.agreements.operations import NotParty, add_party, end_party

    person, _, agreement = opened
    other = register.person()
    with register.rights():
        first = add_party(agreement, other, valid_from=NOW - 2 * DAY)
        assert add_party(agreement, other, valid_from=NOW - DAY).pk == first.pk
        end_party(agreement, other, at=NOW, valid_until=NOW - DAY)
        with pytest.raises(NotParty):
            end_party(agreement, person, at=NOW, valid_until=NOW)
    rows = register.all(
        "SELECT controller, valid_until, superseded_at IS NULL FROM register.agreement_party"
        " WHERE subject_id = %s ORDER BY id",
        other,
    )
    assert rows == [("seller", None, False), ("seller", midnight(0), True)]


def test_a_point_across_the_wall_is_refused(register):
    from django.db import IntegrityError

    from seloste.register.agreements.operations import open_agreement

    with pytest.raises(IntegrityError, match="agreement_point_same_side"), register.rights():
        open_agreement(
            register.person(), register.terms(register.point("grid")), requested_at=NOW, valid_from=NOW
        )


# points


def test_a_point_is_found_by_its_full_number_or_added(register):
    from seloste.register.agreements.operations import supply_point

    with register.rights():
        sale = supply_point("seller", "sale", GSRN)
        assert supply_point("seller", "sale", f" {GSRN} ") == sale
        heat = supply_point("seller", "heat", "KL-0042/1")
        cooling = supply_point("seller", "cooling", "KL-0042/1")
    with register.rights("grid"):
        across = supply_point("grid", "network", GSRN)
    assert len({sale, heat, cooling, across}) == 4
    rows = register.all(
        "SELECT side, kind, gsrn, number FROM register.metering_point WHERE id = ANY(%s) ORDER BY id",
        [sale, heat, cooling, across],
    )
    assert rows == [
        ("seller", "sale", GSRN, None),
        ("seller", "heat", None, "KL-0042/1"),
        ("seller", "cooling", None, "KL-0042/1"),
        ("grid", "network", GSRN, None),
    ]


@pytest.mark.parametrize(
    ("kind", "number"),
    [("sale", "643006000000000127"), ("network", "KL-1"), ("heat", "KL 1"), ("heat", ""), ("gas", GSRN)],
)
def test_a_number_that_is_none_of_its_kind_adds_nothing(register, kind, number):
    from seloste.register.agreements.operations import supply_point

    with register.rights(), pytest.raises(NotAnIdentifier):
        supply_point("seller", kind, number)


def test_a_point_beyond_the_wall_is_not_found(register):
    from seloste.register.agreements.operations import supply_point

    with register.rights("grid"):
        across = supply_point("grid", "network", "643006100000000017")
    with register.acting("upkeep", role="engineer", company="seller") as session:
        assert session.point_key("grid", "network", "643006100000000017") is None
    with register.acting("upkeep", role="engineer", company="grid") as session:
        assert session.point_key("grid", "network", "643006100000000017") == across


def test_each_kind_has_a_point_of_its_own(register, person):
    from seloste.register.agreements.operations import PointOfAnotherKind, Terms, open_agreement, supply_point

    with register.rights():
        heat = supply_point("seller", "heat", "KL-77")
        open_agreement(person, Terms(None, "seller", "heat", heat), requested_at=NOW, valid_from=TODAY)
        with pytest.raises(PointOfAnotherKind):
            open_agreement(person, Terms(None, "seller", "sale", heat), requested_at=NOW, valid_from=TODAY)


def test_only_electricity_is_switched_or_has_a_last_resort(register, person):
    from seloste.register.agreements.operations import NotForThisKind, Terms, open_agreement

    for why in ("switch", "last_resort"):
        with register.rights():
            with pytest.raises(NotForThisKind):
                open_agreement(
                    person,
                    Terms(None, "seller", "heat", start_reason=why),
                    requested_at=NOW,
                    valid_from=TODAY,
                )
            terms = Terms(None, "seller", "sale", start_reason=why)
            opened = open_agreement(register.person(), terms, requested_at=NOW, valid_from=TODAY)
        began = "SELECT start_reason FROM register.agreement_period WHERE agreement_id = %s"
        assert register.one(began, opened.pk) == (why,)


def test_a_switch_away_leaves_the_point_to_the_next_supplier(register):
    """Out by a switch, then without anybody, then the supplier of last resort, then in by a switch."""
    from seloste.register.agreements.operations import Terms, end_agreement, open_agreement, supply_point

    holder = register.person()
    with register.rights():
        point = supply_point("seller", "sale", "643006500000001234")

        def opened(begins, why):
            terms = Terms(None, "seller", "sale", point, start_reason=why)
            return open_agreement(holder, terms, requested_at=begins, valid_from=begins)

        first = opened(on(2026, 1, 1), "switch")
        end_agreement(first.pk, at=NOW, valid_until=on(2026, 3, 1), reason="switch")
        resort = opened(on(2026, 3, 1), "last_resort")
        end_agreement(resort.pk, at=NOW, valid_until=on(2026, 4, 1), reason="switch")
        opened(on(2026, 4, 1), "switch")
    rows = register.all(
        "SELECT start_reason, valid_from, valid_until FROM register.agreement_period WHERE metering_point_id = %s"
        " AND superseded_at IS NULL ORDER BY valid_from",
        point,
    )
    assert rows == [
        ("switch", on(2026, 1, 1), on(2026, 3, 1)),
        ("last_resort", on(2026, 3, 1), on(2026, 4, 1)),
        ("switch", on(2026, 4, 1), None),
    ]
