"""Receivables, cases and staff: booked, opened, employed, and what becomes of them."""

import pytest

from .conftest import DAY, NOW


def test_a_receivable_keeps_the_states_it_was_in(register):
    from seloste.register.billing.operations import (
        BeganLater,
        Claim,
        NoSuchStep,
        book_receivable,
        change_state,
    )

    person = register.person()
    with register.rights():
        book_receivable(person, Claim("R1", "seller", 9_900, NOW - 2 * DAY), at=NOW - 9 * DAY)
        with pytest.raises(BeganLater):
            change_state("R1", "seller", "paid", at=NOW - 10 * DAY)
        change_state("R1", "seller", "disputed", at=NOW - 3 * DAY)
        with pytest.raises(NoSuchStep, match="disputed"):
            change_state("R1", "seller", "in_collection", at=NOW)
        change_state("R1", "seller", "paid", at=NOW)
        assert change_state("R1", "seller", "paid", at=NOW).state == "paid"
    rows = register.all(
        "SELECT state, valid_from, valid_until FROM register.receivable"
        " WHERE subject_id = %s AND superseded_at IS NULL ORDER BY valid_from",
        person,
    )
    assert rows == [
        ("open", NOW - 9 * DAY, NOW - 3 * DAY),
        ("disputed", NOW - 3 * DAY, NOW),
        ("paid", NOW, None),
    ]


def test_what_is_owed_is_summed_when_enough_owe_it(register):
    """A sum over nine people is refused: ten of them make it a number about nobody."""
    from seloste.register.billing.models import Payment
    from seloste.register.billing.operations import Claim, Paid, book_receivable, pay, reverse_payment
    from seloste.register.billing.queries import owed_cents
    from seloste.register.protection.refusals import NotInPurpose

    def book(number):
        with register.rights():
            claim = Claim(f"L{number}", "lights", 1_000 + number, NOW)
            book_receivable(register.person(), claim, at=NOW - DAY)

    for number in range(9):
        book(number)
    with register.rights(), pytest.raises(NotInPurpose, match="fewer than 10"):
        owed_cents("lights", at=NOW)
    book(9)
    with register.rights():
        assert owed_cents("lights", at=NOW) == 10_045
        pay("L9", "lights", Paid(9, NOW), at=NOW)
        assert owed_cents("lights", at=NOW) == 10_036
        reverse_payment("L9", "lights", Payment.objects.get(number="L9").pk, "returned", at=NOW)
        assert owed_cents("lights", at=NOW) == 10_045


def test_nobodys_receivable_is_unknown(register):
    from seloste.register.billing.operations import change_state
    from seloste.register.billing.queries import UnknownReceivable

    with register.rights(), pytest.raises(UnknownReceivable):
        change_state("no such", "seller", "paid", at=NOW)


def test_a_case_is_opened_and_closed_once(register):
    from seloste.register.interactions.operations import AlreadyClosed, UnknownCase, close_case, open_case

    person = register.person()
    with register.rights():
        case = open_case("call", "interaction", at=NOW - DAY, subject_id=person)
        close_case(case.pk, at=NOW)
        with pytest.raises(AlreadyClosed):
            close_case(case.pk, at=NOW)
        with pytest.raises(UnknownCase):
            close_case(999_999, at=NOW)
    assert register.one("SELECT closed_at FROM register.case_file WHERE id = %s", case.pk) == (NOW,)


def test_staff_are_employed_trained_and_given_roles(register):
    from seloste.register.protection.operations import (
        NoSuchRole,
        UnknownStaff,
        UsernameTaken,
        assign_role,
        employ,
        end_role,
        train,
    )

    with register.acting("personnel"):
        employ("new", "Uusi Työntekijä", "seller")
        first = assign_role("new", "contact", at=NOW - DAY)
        assert assign_role("new", "contact", at=NOW).pk == first.pk
        train("new", "privacy", completed_at=NOW - DAY, valid_until=NOW + 300 * DAY)
        with pytest.raises(UsernameTaken):
            employ("new", "Toinen", "seller")
        with pytest.raises(UnknownStaff):
            assign_role("nobody", "contact", at=NOW)
    from seloste.register.protection.session import acting

    with acting("new", "rights", register.reason):
        pass
    with register.acting("personnel"):
        end_role("new", "contact", at=NOW)
        with pytest.raises(NoSuchRole):
            end_role("new", "contact", at=NOW)
