"""Products and their terms, withdrawal, invoicing, stops: what is agreed, on both sides of every boundary."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError

from seloste.kernel.identifiers import NotAnIdentifier
from seloste.kernel.periods import finnish_day, finnish_midnight

from .conftest import DAY, NOW

TODAY = finnish_midnight(finnish_day(NOW))


def on(year, month, day):
    return finnish_midnight(date(year, month, day))


@pytest.fixture
def person(register):
    return register.person()


@pytest.fixture
def offered(register):
    """A product of its own for each test: gives its code."""
    from seloste.register.agreements.operations import Offer, offer_product

    def offer(months=None, *, since=None, until=None, kind="sale", controller="seller"):
        code = f"P{next(register._numbers)}"
        with register.rights():
            offer_product(
                Offer(controller, kind, code, ("Sähkö", "El", "Power"), months),
                valid_from=since or on(2020, 1, 1),
                valid_until=until,
            )
        return code

    return offer


def opens(register, person, code, *, begins=TODAY, at=NOW, distance=True, **more):
    from seloste.register.agreements.operations import Terms, open_agreement

    terms = Terms(None, "seller", "sale", product=code, at_distance=distance)
    with register.rights():
        return open_agreement(person, terms, requested_at=at, valid_from=begins, **more)


def products(register, agreement):
    """The products of an agreement as they are known now, and those that never held left out."""
    return register.all(
        "SELECT p.code, h.valid_from, h.valid_until FROM register.agreement_product h JOIN register.product p ON p.id = h.product_id"
        " WHERE h.agreement_id = %s AND h.superseded_at IS NULL AND h.valid_until IS DISTINCT FROM h.valid_from ORDER BY h.valid_from",
        agreement.pk,
    )


def period(register, agreement):
    return register.one(
        "SELECT valid_from, valid_until, end_reason FROM register.agreement_period WHERE agreement_id = %s AND superseded_at IS NULL",
        agreement.pk,
    )


# what is offered


def test_a_product_is_offered_from_a_moment_until_another(register, person, offered):
    from seloste.register.agreements.operations import NotOffered

    code = offered(since=NOW - DAY, until=NOW + DAY)
    tick = timedelta(microseconds=1)
    for at, there in (
        (NOW - DAY - tick, False),
        (NOW - DAY, True),
        (NOW + DAY - tick, True),
        (NOW + DAY, False),
    ):
        if there:
            opens(register, register.person(), code, at=at, begins=at)
        else:
            with pytest.raises(NotOffered):
                opens(register, register.person(), code, at=at, begins=at)


def test_a_code_stays_what_it_was_when_it_was_sold(register, offered):
    from seloste.register.agreements.operations import CodeTaken, Offer, offer_product

    code = offered(12)
    same = Offer("seller", "sale", code, ("Toinen nimi", "Annat", "Other"), 12)
    with register.rights():
        first = offer_product(same, valid_from=NOW)
        assert offer_product(same, valid_from=NOW).pk == first.pk
        for other in (
            Offer("seller", "sale", code, ("a", "b", "c"), 24),
            Offer("seller", "heat", code, ("a", "b", "c"), 12),
        ):
            with pytest.raises(CodeTaken, match="another code"):
                offer_product(other, valid_from=NOW)


def test_a_product_of_another_kind_or_company_is_no_part_of_an_agreement(register, person, offered):
    from seloste.register.agreements.operations import NotOffered

    for strange in (offered(kind="heat"), offered(controller="lights")):
        with pytest.raises(NotOffered):
            opens(register, person, strange)


def test_nor_does_the_database_let_it_be(register, person, offered):
    from seloste.register.agreements.models import AgreementProduct, Product

    agreement = opens(register, person, offered())
    code = offered(kind="heat")
    with pytest.raises(IntegrityError, match="agreement_product_offered"), register.rights():
        heat = Product.objects.get(code=code)
        AgreementProduct.objects.create(
            agreement_id=agreement.pk, subject_id=person, controller="seller", kind="sale", product=heat,
            at_distance=False, agreed_at=NOW, valid_from=TODAY - 9 * DAY, valid_until=TODAY - 8 * DAY,
        )  # fmt: skip


# days


@pytest.mark.parametrize(
    "day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 28), date(2026, 10, 26)]
)
def test_a_day_begins_and_ends_at_its_finnish_midnights_also_when_the_clocks_change(register, day):
    """23, 25 and 24 hours: whoever moves on that day moves at its first moment, and leaves after its last."""
    from seloste.register.agreements.operations import Terms, move_in, move_out

    begins, ends = finnish_midnight(day), finnish_midnight(day + timedelta(days=1))
    tick = timedelta(microseconds=1)
    for moment in (begins, begins + timedelta(hours=12), ends - tick):
        person = register.person()
        with register.rights():
            [opened] = move_in(
                person, [Terms(None, "seller", "service")], requested_at=begins - DAY, valid_from=moment
            )
            if moment > begins:
                move_out([opened.pk], at=NOW, valid_until=moment)
        assert period(register, opened)[:2] == (begins, ends if moment > begins else None)


# terms and changes


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        (on(2026, 3, 1), 1, on(2026, 4, 1)),
        (on(2026, 10, 1), 1, on(2026, 11, 1)),
        (on(2026, 1, 31), 1, on(2026, 2, 28)),
        (on(2027, 11, 30), 3, on(2028, 2, 29)),
    ],
)
def test_a_fixed_term_ends_at_a_finnish_midnight(register, offered, begins, months, ends):
    agreement = opens(register, register.person(), offered(months), begins=begins, at=begins - DAY)
    assert period(register, agreement) == (begins, ends, "fixed_term")


def test_notice_does_not_end_a_fixed_term_before_its_last_day_and_a_move_does(register, offered):
    from seloste.register.agreements.operations import StillBound, end_agreement

    code = offered(12)
    begins, ends = on(2026, 1, 1), on(2027, 1, 1)
    agreement = opens(register, register.person(), code, begins=begins, at=begins - DAY)
    with register.rights():
        with pytest.raises(StillBound):
            end_agreement(agreement.pk, at=NOW, valid_until=ends - DAY, reason="notice")
        end_agreement(agreement.pk, at=NOW, valid_until=ends, reason="notice")
    moving = opens(register, register.person(), code, begins=begins, at=begins - DAY)
    with register.rights():
        end_agreement(moving.pk, at=NOW, valid_until=ends - DAY, reason="move_out")
    assert period(register, moving) == (begins, ends - DAY, "move_out")


def test_a_product_changes_with_a_day_and_the_term_is_the_new_ones(register, person, offered):
    from seloste.register.agreements.operations import change_product

    first, second, third = offered(), offered(12), offered()
    agreement = opens(register, person, first, begins=on(2026, 1, 1), at=on(2025, 12, 1))
    with register.rights():
        changed = change_product(agreement.pk, second, at=NOW, valid_from=on(2026, 6, 1) + timedelta(hours=9))
        assert change_product(agreement.pk, second, at=NOW, valid_from=on(2026, 6, 1)).pk == changed.pk
    assert products(register, agreement) == [
        (first, on(2026, 1, 1), on(2026, 6, 1)),
        (second, on(2026, 6, 1), on(2027, 6, 1)),
    ]
    assert period(register, agreement) == (on(2026, 1, 1), on(2027, 6, 1), "fixed_term")
    with register.rights():
        change_product(agreement.pk, third, at=NOW, valid_from=on(2026, 9, 1))
    assert products(register, agreement)[-1] == (third, on(2026, 9, 1), None)
    assert period(register, agreement) == (on(2026, 1, 1), None, None)


def test_a_product_changes_only_while_the_agreement_lasts(register, person, offered):
    from seloste.register.agreements.operations import NotYetBegun, change_product

    code, agreement = offered(), opens(register, person, offered(), begins=TODAY, valid_until=TODAY + 9 * DAY)
    ends = period(register, agreement)[1]
    with register.rights():
        for outside in (TODAY - DAY, ends):
            with pytest.raises(NotYetBegun):
                change_product(agreement.pk, code, at=NOW, valid_from=outside)
        change_product(agreement.pk, code, at=NOW, valid_from=TODAY)
    assert products(register, agreement) == [(code, TODAY, ends)]


def test_two_products_at_once_are_refused_by_the_database(register, person, offered):
    from seloste.register.agreements.models import AgreementProduct

    agreement = opens(register, person, offered())
    held = register.one(
        "SELECT product_id FROM register.agreement_product WHERE agreement_id = %s", agreement.pk
    )
    with pytest.raises(IntegrityError, match="agreement_product_one_at_a_time"), register.rights():
        AgreementProduct.objects.create(
            agreement_id=agreement.pk, subject_id=person, controller="seller", kind="sale", product_id=held[0],
            at_distance=False, agreed_at=NOW, valid_from=TODAY + DAY, valid_until=None,
        )  # fmt: skip


def test_what_follows_a_fixed_term_begins_where_it_ends_and_not_after_a_gap(register, person, offered):
    from seloste.register.agreements.operations import NotYetBegun, change_product

    first, second = offered(12), offered()
    agreement = opens(register, person, first, begins=on(2026, 1, 1), at=on(2025, 12, 1))
    with register.rights():
        with pytest.raises(NotYetBegun):
            change_product(agreement.pk, second, at=NOW, valid_from=on(2027, 1, 2))
        change_product(agreement.pk, second, at=NOW, valid_from=on(2027, 1, 1))
    assert products(register, agreement) == [
        (first, on(2026, 1, 1), on(2027, 1, 1)),
        (second, on(2027, 1, 1), None),
    ]
    assert period(register, agreement) == (on(2026, 1, 1), None, None)


def test_an_end_that_moves_takes_the_product_with_it(register, person, offered):
    from seloste.register.agreements.operations import end_agreement

    code = offered()
    agreement = opens(register, person, code, begins=on(2026, 1, 1), at=on(2025, 12, 1))
    for ends in (on(2026, 6, 1), on(2026, 9, 1), on(2026, 3, 1)):
        with register.rights():
            end_agreement(agreement.pk, at=NOW, valid_until=ends, reason="move_out")
        assert products(register, agreement) == [(code, on(2026, 1, 1), ends)]


def test_what_was_undone_does_not_end_nor_is_it_undone_again(register, person, offered):
    from seloste.register.agreements.operations import NeverInForce, cancel_agreement, end_agreement

    agreement = opens(register, person, offered(), begins=TODAY - 9 * DAY)
    with register.rights():
        undone = cancel_agreement(agreement.pk, at=NOW)
        assert cancel_agreement(agreement.pk, at=NOW + DAY).pk == undone.pk
        with pytest.raises(NeverInForce):
            end_agreement(agreement.pk, at=NOW, valid_until=TODAY + DAY, reason="notice")


def test_whoever_read_an_agreement_before_another_changed_it_is_told(register, person, offered):
    """Two clerks: the second names the version that it read, and nothing of the first is overwritten."""
    from seloste.register.agreements.operations import (
        cancel_agreement,
        change_product,
        end_agreement,
        require_period,
    )
    from seloste.register.protection.once import ChangedMeanwhile

    code, agreement = offered(), opens(register, person, offered(), begins=TODAY - 9 * DAY)
    with register.rights():
        read = require_period(agreement.pk).recorded_at
        end_agreement(agreement.pk, at=NOW, valid_until=TODAY + DAY, reason="move_out", expected=read)
    with register.rights():
        for change in (
            lambda: end_agreement(
                agreement.pk, at=NOW, valid_until=TODAY + 5 * DAY, reason="notice", expected=read
            ),
            lambda: change_product(agreement.pk, code, at=NOW, valid_from=TODAY, expected=read),
            lambda: cancel_agreement(agreement.pk, at=NOW, expected=read),
        ):
            with pytest.raises(ChangedMeanwhile, match="Read it again"):
                change()
    assert period(register, agreement)[1:] == (TODAY + DAY, "move_out")


def test_under_a_key_an_agreement_is_opened_once(register, person):
    """Also where nothing else tells two apart: services at no point, from the same day on."""
    from seloste.register.agreements.operations import Terms, open_agreement
    from seloste.register.protection.once import KeyUsedOtherwise

    how = {"requested_at": NOW, "valid_from": TODAY}
    with register.rights():
        first = open_agreement(person, Terms("K-1", "seller", "service"), key="k1", **how)
        assert open_agreement(person, Terms("K-2", "seller", "service"), key="k1", **how).pk == first.pk
        assert open_agreement(person, Terms("K-2", "seller", "service"), key="k2", **how).pk != first.pk
        with pytest.raises(KeyUsedOtherwise):
            open_agreement(register.person(), Terms("K-3", "seller", "service"), key="k1", **how)


# withdrawal


@pytest.mark.parametrize(
    ("confirmed", "last"),
    [
        # a Tuesday and the Tuesday a fortnight later; Good Friday moves the other over Easter
        (datetime(2026, 9, 1, 9, tzinfo=UTC), on(2026, 9, 16)),
        (datetime(2026, 3, 20, 9, tzinfo=UTC), on(2026, 4, 8)),
    ],
)
def test_one_withdraws_until_the_last_midnight_and_not_at_it(register, offered, confirmed, last):
    from seloste.register.agreements.operations import WithdrawalOver, withdraw

    code, tick = offered(), timedelta(microseconds=1)
    late = opens(register, register.person(), code, at=confirmed, begins=confirmed + 60 * DAY)
    with register.rights():
        with pytest.raises(WithdrawalOver):
            withdraw(late.pk, at=last)
        withdrawn = withdraw(late.pk, at=last - tick)
        assert withdraw(late.pk, at=last + DAY).pk == withdrawn.pk
    assert (withdrawn.end_reason, withdrawn.valid_until == withdrawn.valid_from) == ("withdrawal", False)
    assert withdrawn.valid_until < withdrawn.valid_from
    assert products(register, late) == []


def test_what_has_begun_ends_with_the_day_and_what_was_supplied_is_paid(register, person, offered):
    from seloste.register.agreements.operations import withdraw

    code = offered()
    at = datetime(2026, 9, 1, 9, tzinfo=UTC)
    agreement = opens(register, person, code, at=at, begins=on(2026, 9, 2))
    with register.rights():
        withdraw(agreement.pk, at=datetime(2026, 9, 5, 9, tzinfo=UTC))
    assert period(register, agreement) == (on(2026, 9, 2), on(2026, 9, 6), "withdrawal")
    assert products(register, agreement) == [(code, on(2026, 9, 2), on(2026, 9, 6))]


def test_a_change_at_a_distance_is_taken_back_and_the_product_before_goes_on(register, offered):
    from seloste.register.agreements.operations import change_product, withdraw

    first, second = offered(24), offered(12)
    at = datetime(2026, 9, 1, 9, tzinfo=UTC)
    for begins, back_from in ((on(2026, 10, 1), None), (on(2026, 9, 2), on(2026, 9, 6))):
        agreement = opens(register, register.person(), first, begins=on(2026, 1, 1), at=on(2025, 12, 1))
        with register.rights():
            change_product(agreement.pk, second, at=at, valid_from=begins, at_distance=True)
            withdraw(agreement.pk, at=datetime(2026, 9, 5, 9, tzinfo=UTC))
        ends = on(2028, 1, 1)
        assert period(register, agreement) == (on(2026, 1, 1), ends, "fixed_term")
        expected = (
            [(first, on(2026, 1, 1), ends)]
            if back_from is None
            else [
                (first, on(2026, 1, 1), begins),
                (second, begins, back_from),
                (first, back_from, ends),
            ]
        )
        assert products(register, agreement) == expected


def test_one_statement_told_twice_takes_back_one_thing(register, offered):
    """Under a key; without it the second takes back what was sold before, which is another statement."""
    from seloste.register.agreements.operations import change_product, withdraw
    from seloste.register.protection.once import KeyUsedOtherwise

    first, second = offered(), offered()
    at, later = datetime(2026, 9, 1, 9, tzinfo=UTC), datetime(2026, 9, 5, 9, tzinfo=UTC)
    agreement = opens(register, register.person(), first, begins=on(2026, 10, 1), at=at)
    other = opens(register, register.person(), first, begins=on(2026, 10, 1), at=at)
    with register.rights():
        change_product(agreement.pk, second, at=at, valid_from=on(2026, 11, 1), at_distance=True)
        for _ in range(2):
            withdraw(agreement.pk, at=later, key="w1")
    assert products(register, agreement) == [(first, on(2026, 10, 1), None)]
    with register.rights():
        with pytest.raises(KeyUsedOtherwise):
            withdraw(other.pk, at=later, key="w1")
        withdraw(agreement.pk, at=later, key="w2")
    assert products(register, agreement) == []


def test_only_a_consumer_withdraws_and_only_from_what_was_sold_at_a_distance(register, person, offered):
    from seloste.register.agreements.operations import NoRightOfWithdrawal, withdraw

    code = offered()
    across_the_counter = opens(register, person, code, distance=False)
    companys = opens(register, register.organisation(), code)
    with register.rights():
        for agreement in (across_the_counter, companys):
            with pytest.raises(NoRightOfWithdrawal):
                withdraw(agreement.pk, at=NOW)
    said = register.all(
        "SELECT count(*) FROM register.confirmation WHERE agreement_id = ANY(%s)",
        [across_the_counter.pk, companys.pk],
    )
    assert said == [(2,)]


# invoicing


def test_an_agreement_is_invoiced_in_one_way_at_a_time(register, person, offered):
    from seloste.register.agreements.operations import NotTheirs, Way, invoice_by, invoicing_of
    from seloste.register.subjects.operations import add_contact_point

    agreement = opens(register, person, offered())
    billing = register.one(
        "INSERT INTO register.address (subject_id, kind, street, postcode, city, valid_from) VALUES (%s, 'billing', 'PL 1', '00100', 'Helsinki', now()) RETURNING id",
        person,
    )[0]
    with register.rights():
        mail = add_contact_point(person, "email", "laskut@esimerkki.example", at=NOW).pk
        phone = add_contact_point(person, "phone", "040 000 0001", at=NOW).pk
        assert invoicing_of(agreement.pk, at=NOW) == Way("post")
        apart = invoice_by(agreement.pk, Way("post", billing), at=NOW, valid_from=TODAY)
        assert invoice_by(agreement.pk, Way("post", billing), at=NOW, valid_from=TODAY).pk == apart.pk
        invoice_by(agreement.pk, Way("email", None, mail), at=NOW, valid_from=TODAY + 5 * DAY)
        for wrong in (Way("email", None, phone), Way("post", billing + 999)):
            with pytest.raises(NotTheirs):
                invoice_by(agreement.pk, wrong, at=NOW, valid_from=TODAY)
        begins = finnish_midnight(finnish_day(TODAY + 5 * DAY))
        tick = timedelta(microseconds=1)
        assert invoicing_of(agreement.pk, at=begins - tick) == Way("post", billing)
        assert invoicing_of(agreement.pk, at=begins) == Way("email", None, mail)


@pytest.mark.parametrize("address", ["FI37 1590 3000 0007 76", "003701537918", "0037015379181"])
def test_an_e_invoice_address_is_kept_sealed(register, offered, address):
    from seloste.register.agreements.operations import (
        NoEInvoiceAddress,
        Way,
        e_invoice_address_of,
        invoice_by,
        record_e_invoice_address,
    )

    holder = register.person()
    agreement = opens(register, holder, offered())
    with register.rights():
        with pytest.raises(NoEInvoiceAddress):
            invoice_by(agreement.pk, Way("e_invoice"), at=NOW, valid_from=TODAY)
        record_e_invoice_address(holder, address, "dabafihh")
        assert e_invoice_address_of(holder) == (address.replace(" ", ""), "DABAFIHH")
        invoice_by(agreement.pk, Way("e_invoice"), at=NOW, valid_from=TODAY)
    [(kept,)] = register.all(
        "SELECT ciphertext FROM register.e_invoice_address WHERE subject_id = %s", holder
    )
    assert address.replace(" ", "").encode() not in bytes(kept)


@pytest.mark.parametrize("address", ["FI37 1590 3000 0007 77", "003701537919", "0037", "jotakin"])
def test_what_is_no_e_invoice_address_is_not_kept(register, person, address):
    from seloste.register.agreements.operations import record_e_invoice_address

    with register.rights(), pytest.raises(NotAnIdentifier) as refused:
        record_e_invoice_address(person, address, "DABAFIHH")
    assert address not in str(refused.value)


# stops of disconnection


def test_supply_is_not_disconnected_from_the_moment_of_a_stop_until_its_end(register, person):
    from seloste.register.agreements.operations import (
        NotStopped,
        lift_disconnection_stop,
        may_disconnect,
        stop_disconnection,
    )

    tick = timedelta(microseconds=1)
    with register.rights():
        first = stop_disconnection(person, valid_from=NOW, valid_until=NOW + DAY)
        for again in (NOW, NOW + tick):
            assert stop_disconnection(person, valid_from=again, valid_until=NOW + DAY).pk == first.pk
        told = {at: may_disconnect(person, at=at) for at in (NOW - tick, NOW, NOW + DAY - tick, NOW + DAY)}
        assert list(told.values()) == [True, False, False, True]
        lift_disconnection_stop(person, at=NOW + tick)
        assert may_disconnect(person, at=NOW + tick)
        with pytest.raises(NotStopped):
            lift_disconnection_stop(person, at=NOW + DAY)


def test_a_stop_that_is_told_with_another_end_is_one_stop(register, person):
    from seloste.register.agreements.operations import may_disconnect, stop_disconnection

    with register.rights():
        stop_disconnection(person, valid_from=NOW, valid_until=NOW + DAY)
        stop_disconnection(person, valid_from=NOW + DAY / 2, valid_until=NOW + 2 * DAY)
        assert not may_disconnect(person, at=NOW + DAY)
    assert register.all(
        "SELECT valid_from, valid_until FROM register.disconnection_stop WHERE subject_id = %s AND superseded_at IS NULL",
        person,
    ) == [(NOW, NOW + 2 * DAY)]


def test_that_health_hangs_on_it_is_written_and_not_read_by_who_writes_it(register, person):
    """A row of its own, without a diagnosis: the purpose that sees the stop does not see why."""
    from seloste.register.agreements.models import DisconnectionStop
    from seloste.register.agreements.operations import stop_disconnection

    with register.rights():
        stop_disconnection(person, valid_from=NOW, medical_need=True)
        seen = list(DisconnectionStop.objects.filter(subject_id=person))
    assert [each.category for each in seen] == ["stop"]
    kept = register.all(
        "SELECT category FROM register.disconnection_stop WHERE subject_id = %s ORDER BY category", person
    )
    assert kept == [("medical_need",), ("stop",)]


# confirmations


def test_a_confirmation_is_kept_sealed_and_opens_word_for_word(register, person, offered):
    from seloste.register.agreements.operations import confirmations, open_confirmation

    agreement = opens(register, person, offered())
    [(text, document)] = register.all(
        "SELECT ciphertext, document FROM register.confirmation WHERE agreement_id = %s", agreement.pk
    )
    assert b"Esimerkki" not in bytes(text)
    assert b"%PDF" not in bytes(document)
    with register.rights():
        [made] = confirmations(agreement.pk)
        opened = open_confirmation(made.pk)
    assert "Aino Esimerkki" in opened.text
    assert opened.document.startswith(b"%PDF-1.7")


def test_a_confirmation_is_never_changed(register, person, offered):
    """The database gives no purpose the right to: what was said stays as it was said."""
    from seloste.register.agreements.models import Confirmation
    from seloste.register.protection.refusals import NotInPurpose

    agreement = opens(register, person, offered())
    with register.rights() as session, pytest.raises(NotInPurpose), session.atomic():
        Confirmation.objects.filter(agreement_id=agreement.pk).update(about="cancelled")


def test_that_it_was_sent_is_recorded_once_a_channel(register, person, offered):
    from seloste.register.agreements.operations import (
        UnknownConfirmation,
        confirmations,
        record_sending,
    )

    agreement = opens(register, person, offered())
    with register.rights():
        [made] = confirmations(agreement.pk)
        sent = record_sending(made.pk, "email", at=NOW)
        assert record_sending(made.pk, "email", at=NOW + DAY).pk == sent.pk
        assert record_sending(made.pk, "letter", at=NOW).pk != sent.pk
        with pytest.raises(UnknownConfirmation):
            record_sending(made.pk + 999_999, "email", at=NOW)


def test_a_purpose_without_confirmations_makes_none(register, person, offered):
    from seloste.register.agreements.operations import Terms, end_agreement, open_agreement

    with register.rights():
        agreement = open_agreement(
            person, Terms(None, "seller", "sale"), requested_at=NOW, valid_from=TODAY - DAY
        )
    with register.acting("service"):
        end_agreement(agreement.pk, at=NOW, valid_until=TODAY + DAY, reason="notice")
    about = register.all("SELECT about FROM register.confirmation WHERE agreement_id = %s", agreement.pk)
    assert about == [("opened",)]
