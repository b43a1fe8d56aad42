"""Receivables: paid in parts and by others, reminded, disputed, in instalments, expired; and never collected."""

import secrets
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from seloste.kernel.periods import FINLAND, finnish_midnight

from .conftest import DAY, NOW

YEAR = timedelta(days=365)
TODAY = NOW.astimezone(FINLAND).date()


@pytest.fixture
def owe(register):
    """Books a receivable of somebody new; tells whom and its number."""
    from seloste.register.billing.operations import Claim, book_receivable

    def make(due_at=NOW - 30 * DAY, person=None, cents=10_000, **more):
        whose, number = person or register.person(), f"OWE-{secrets.token_hex(4)}"
        with register.rights():
            book_receivable(whose, Claim(number, "seller", cents, due_at, **more), at=due_at - 14 * DAY)
        return whose, number

    return make


def head(person, at=NOW):
    from seloste.register.billing.queries import heads

    [found] = heads(person, at=at)
    return found


def years_ago(years, days=0):
    """The midnight that ends the day so many years, and some days, before today."""
    day = TODAY - timedelta(days=days)
    try:
        then = day.replace(year=day.year - years)
    except ValueError:
        then = day.replace(year=day.year - years, day=28)
    return finnish_midnight(then + timedelta(days=1))


def test_a_head_as_the_source_told_it(register, owe):
    from seloste.kernel.identifiers import NotAnIdentifier

    person, number = owe(reference="RF34 1234 561", product="Sähkö 12 kk", agreement_id=7)
    with register.rights():
        told = head(person)
    assert (told.number, told.reference, told.product, told.agreement_id) == (
        number,
        "1234561",
        "Sähkö 12 kk",
        7,
    )
    assert (told.state, told.amount_cents, told.remaining_cents, told.is_overdue) == (
        "open",
        10_000,
        10_000,
        True,
    )
    assert (told.collectable, told.reminders, told.instalments) == (True, (), ())
    with pytest.raises(NotAnIdentifier):
        owe(reference="1234562")


def test_it_is_overdue_from_the_moment_it_is_due(register, owe):
    person, _ = owe(due_at=NOW)
    with register.rights():
        assert not head(person, NOW - timedelta(microseconds=1)).is_overdue
        assert head(person, NOW).is_overdue
        assert not head(person, NOW - timedelta(microseconds=1)).collectable


def test_it_is_paid_when_all_of_it_has_come(register, owe):
    from seloste.register.billing.operations import Paid, pay

    person, number = owe()
    with register.rights():
        pay(number, "seller", Paid(4_000, NOW - 2 * DAY), at=NOW)
        assert (head(person).state, head(person).paid_cents, head(person).remaining_cents) == (
            "open",
            4_000,
            6_000,
        )
        pay(number, "seller", Paid(5_999, NOW - DAY), at=NOW)
        assert head(person).state == "open"
        pay(number, "seller", Paid(1, NOW), at=NOW)
        assert (head(person).state, head(person).remaining_cents) == ("paid", 0)
        pay(number, "seller", Paid(500, NOW), at=NOW)
        assert (head(person).paid_cents, head(person).remaining_cents) == (10_500, 0), (
            "too much is kept in sight"
        )


def test_one_mark_of_the_bank_is_one_payment(register, owe):
    from seloste.register.billing.operations import Paid, PaidBefore, pay

    person, number = owe()
    _, other = owe()
    with register.rights():
        paid = Paid(4_000, NOW, archive_id=f"A{number}")
        pay(number, "seller", paid, at=NOW)
        pay(number, "seller", paid, at=NOW)
        assert head(person).paid_cents == 4_000
        for number_, again in ((other, paid), (number, Paid(4_001, NOW, archive_id=f"A{number}"))):
            with pytest.raises(PaidBefore):
                pay(number_, "seller", again, at=NOW)


def test_what_the_bank_took_back_is_owed_again_and_its_mark_is_never_recorded_again(register, owe):
    from seloste.register.billing.operations import (
        Paid,
        PaidBefore,
        ReversedBefore,
        UnknownPayment,
        pay,
        reverse_payment,
    )

    person, number = owe(cents=77_123)
    _, other = owe()
    mark = f"R{number}"
    with register.rights():
        expired = head(person).expires_at
        pay(number, "seller", Paid(77_000, NOW - DAY), at=NOW - DAY)
        pay(number, "seller", Paid(123, NOW - DAY, archive_id=mark), at=NOW - DAY)
        assert (head(person).state, head(person).remaining_cents) == ("paid", 0)
        key = head(person).payments[1].key
        with pytest.raises(UnknownPayment):
            reverse_payment(other, "seller", key, "returned", at=NOW)
        reverse_payment(number, "seller", key, "returned", at=NOW)
        assert reverse_payment(number, "seller", key, "returned", at=NOW).state == "open", "once"
        with pytest.raises(ReversedBefore):
            reverse_payment(number, "seller", key, "misallocated", at=NOW)
        told = head(person)
        assert (told.state, told.paid_cents, told.remaining_cents) == ("open", 77_000, 123)
        assert [(each.amount_cents, each.reversal) for each in told.payments] == [
            (77_000, None),
            (123, "returned"),
        ]
        with pytest.raises(PaidBefore, match="took this payment back"):
            pay(number, "seller", Paid(123, NOW, archive_id=mark), at=NOW)
        reverse_payment(number, "seller", told.payments[0].key, "returned", at=NOW)
        assert head(person).expires_at == expired, "what was reversed interrupts no limitation"
    assert register.last_event() == ("billing.payment.reverse", "operation", [person])
    states = register.all(
        "SELECT state FROM register.receivable WHERE number = %s AND superseded_at IS NULL ORDER BY valid_from, id",
        number,
    )
    assert [state for (state,) in states] == ["open", "paid", "open"], "and what was before stays known"
    assert register.one("SELECT count(*) FROM register.payment WHERE number = %s", number) == (2,)
    events = register.all("SELECT row_to_json(e)::text FROM register.event e WHERE kind LIKE 'billing.%%'")
    assert [told for (told,) in events if number in told or mark in told or "77123" in told] == []


def test_what_was_recorded_for_the_wrong_receivable_is_recorded_where_it_belongs(register, owe):
    from seloste.register.billing.operations import Paid, PaidBefore, change_state, pay, reverse_payment

    person, wrong = owe()
    whose, right = owe()
    paid = Paid(10_000, NOW - DAY, archive_id=f"M{wrong}")
    with register.rights():
        change_state(wrong, "seller", "disputed", at=NOW - DAY)
        pay(wrong, "seller", paid, at=NOW - DAY)
        with pytest.raises(PaidBefore):
            pay(right, "seller", paid, at=NOW)
        reverse_payment(wrong, "seller", head(person).payments[0].key, "misallocated", at=NOW)
        assert head(person).state == "disputed", "as it was before"
        pay(right, "seller", paid, at=NOW)
        assert (head(whose).state, head(person).remaining_cents) == ("paid", 10_000)
        with pytest.raises(PaidBefore):
            pay(wrong, "seller", paid, at=NOW)


def test_what_came_is_changed_by_nobody_only_reversed(register, owe):
    """Whoever writes payments may reverse one; the sum, the day and the bank's mark stay what they were."""
    from seloste.register.billing.operations import Paid, pay

    person, number = owe()
    with register.rights():
        pay(number, "seller", Paid(1, NOW), at=NOW)
    with psycopg.connect(register.cluster.dsn(register.cluster.role("rights@seller"))) as login:
        for column in ("amount_cents = 2", "number = 'x'", "archive_id = 'x'", "paid_at = now()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), login.transaction():
                login.execute(f"UPDATE register.payment SET {column} WHERE subject_id = %s", [person])
        with pytest.raises(psycopg.errors.CheckViolation), login.transaction():
            login.execute("UPDATE register.payment SET reversal = 'returned' WHERE subject_id = %s", [person])


def test_who_pays_for_another_is_named_apart_and_does_not_interrupt_the_limitation(register, owe):
    from seloste.register.billing.operations import Paid, pay

    person, number = owe(due_at=NOW - YEAR)
    with register.rights():
        before = head(person).expires_at
        pay(number, "seller", Paid(1_000, NOW - DAY, payer="Maija Naapuri"), at=NOW)
        told = head(person)
        assert (told.paid_cents, told.paid_by_others_cents, told.expires_at) == (1_000, 1_000, before)
        pay(number, "seller", Paid(1_000, NOW - DAY), at=NOW)
        assert head(person).expires_at > before
    assert register.all("SELECT name FROM register.payer WHERE subject_id = %s", person) == [
        ("Maija Naapuri",)
    ]
    events = register.all("SELECT row_to_json(e)::text FROM register.event e")
    assert not [told for (told,) in events if "Naapuri" in told]


def test_a_disputed_one_is_never_collected(register, owe, collected):
    """The operation says so, and the database refuses the rows whatever an operation does."""
    from seloste.register.billing.operations import NoSuchStep, change_state

    person, number = owe()
    with register.rights():
        change_state(number, "seller", "disputed", at=NOW - 3 * DAY)
        assert not head(person).collectable
        with pytest.raises(NoSuchStep, match="disputed"):
            change_state(number, "seller", "in_collection", at=NOW)
    for begins, ends in ((NOW, None), (NOW - 10 * DAY, None), (NOW - 10 * DAY, NOW + YEAR)):
        assert collected(person, number, begins, ends) == "a disputed receivable is not given to collection"
    with register.rights():
        change_state(number, "seller", "open", at=NOW - DAY)
        change_state(number, "seller", "in_collection", at=NOW)
        change_state(number, "seller", "disputed", at=NOW)
        change_state(number, "seller", "open", at=NOW)
        assert head(person).state == "open"


@pytest.fixture(scope="module")
def collected(register):
    """What becomes of a row that a login would write by itself, having ended what was known: the words of the refusal."""
    dsn = register.cluster.dsn(register.cluster.role("rights@seller"))
    with psycopg.connect(dsn, options="-c search_path=register,pg_temp", autocommit=True) as login:

        def tried(person, number, begins, ends=None, *, due_at=None):
            with login.transaction(force_rollback=True):
                login.execute(
                    "UPDATE receivable SET superseded_at = now() WHERE number = %s AND superseded_at IS NULL",
                    [number],
                )
                try:
                    with login.transaction():
                        login.execute(
                            "INSERT INTO receivable (number, subject_id, controller, amount_cents, due_at, state, valid_from, valid_until)"
                            " VALUES (%s, %s, 'seller', 1, coalesce(%s, now() - interval '60 days'), 'in_collection', %s, %s)",
                            [number, person, due_at, begins, ends],
                        )
                except psycopg.errors.CheckViolation as refused:
                    return refused.diag.message_primary
            return None

        yield tried


def test_an_expired_one_is_never_collected_on_both_sides_of_the_midnight(register, owe, collected):
    from seloste.register.billing.operations import DebtExpired, NotExpired, change_state, remind

    still, number = owe(due_at=years_ago(3))
    with register.rights():
        assert head(still).expires_at == finnish_midnight(TODAY + timedelta(days=1))
        with pytest.raises(NotExpired):
            change_state(number, "seller", "expired", at=NOW)
    assert collected(still, number, NOW, due_at=years_ago(3)) is None
    gone, number = owe(due_at=years_ago(3, days=1))
    with register.rights():
        assert (head(gone).is_expired, head(gone).collectable) == (True, False)
        with pytest.raises(DebtExpired):
            change_state(number, "seller", "in_collection", at=NOW)
        with pytest.raises(DebtExpired):
            remind(number, "seller", at=NOW)
    refused = "an expired receivable is not given to collection"
    for begins in (NOW, NOW - YEAR):
        assert collected(gone, number, begins, due_at=years_ago(3, days=1)) == refused
    assert collected(gone, number, NOW, due_at=NOW) == refused, "another due day is no way round"
    begun = years_ago(1)
    assert collected(gone, number, begun, NOW + YEAR, due_at=years_ago(3, days=1)) == refused, (
        "nor is an end that is to come"
    )
    with register.rights():
        assert change_state(number, "seller", "expired", at=NOW).state == "expired"
        assert head(gone).remaining_cents == 0


def test_what_was_reminded_in_time_is_claimed_for_three_more_years(register, owe, collected):
    from seloste.register.billing.operations import change_state, remind

    person, number = owe(due_at=years_ago(4))
    with register.rights():
        remind(number, "seller", at=years_ago(2))
        assert remind(number, "seller", at=years_ago(2)).pk
        assert len(head(person).reminders) == 1
        assert head(person).expires_at > NOW + YEAR - 2 * DAY
    assert collected(person, number, NOW) is None
    with register.rights():
        assert change_state(number, "seller", "in_collection", at=NOW).state == "in_collection"


def test_after_twenty_years_a_person_is_asked_for_it_no_more_and_a_company_is(register, owe, collected):
    """The database counts as the operation does, for both."""
    for whose, ends in ((register.person(), True), (register.organisation(), False)):
        person, number = owe(due_at=years_ago(20, days=1), person=whose)
        for years in range(18, 0, -2):
            register.admin.execute(
                "INSERT INTO register.reminder (subject_id, controller, number, kind, sent_at) VALUES (%s, 'seller', %s, 'reminder', %s)",
                [person, number, years_ago(years)],
            )
        with register.rights():
            assert head(person).is_expired is ends
        assert (collected(person, number, NOW, due_at=years_ago(20, days=1)) is not None) is ends
    person, number = owe(due_at=years_ago(20))
    register.admin.execute(
        "INSERT INTO register.reminder (subject_id, controller, number, kind, sent_at)"
        " SELECT %s, 'seller', %s, 'reminder', unnest(%s::timestamptz[])",
        [person, number, [years_ago(years) for years in range(18, 0, -2)]],
    )
    with register.rights():
        assert not head(person).is_expired, "its last day is today"
    assert collected(person, number, NOW, due_at=years_ago(20)) is None


def test_operation_and_database_agree_on_when_a_debt_expires(register, collected):
    """Drawn debts, reminders, payments and plans near the day that matters; the kernel's answer is the trigger's."""
    import random

    drawn, debts = random.Random(728), {}
    for number in range(60):
        person = drawn.choice([register.person, register.organisation])()
        due_at = years_ago(drawn.choice([2, 3, 3, 5, 6, 20]), days=drawn.choice([-1, 0, 1]))
        debts[person] = (f"DRAWN-{number}", due_at)
        register.admin.execute(
            "INSERT INTO register.receivable (number, subject_id, controller, amount_cents, due_at, state, valid_from)"
            " VALUES (%s, %s, 'seller', 1, %s, 'open', %s)",
            [f"DRAWN-{number}", person, due_at, due_at - DAY],
        )
        for _ in range(drawn.choice([0, 1, 2, 6])):
            at = years_ago(drawn.choice([1, 2, 3, 3, 5, 17]), days=drawn.choice([-1, 0, 1]))
            table, columns, values = drawn.choice([
                ("reminder", "kind, sent_at", "'reminder', %s"),
                ("payment", "amount_cents, paid_by, paid_at", "1, 'debtor', %s"),
                ("payment", "amount_cents, paid_by, paid_at", "1, 'other', %s"),
                ("instalment", "amount_cents, ended_at, ending, due_at, agreed_at", "1, now(), 'broken', now(), %s"),
            ])  # fmt: skip
            register.admin.execute(
                f"INSERT INTO register.{table} (subject_id, controller, number, {columns}) VALUES (%s, 'seller', %s, {values})",
                [person, f"DRAWN-{number}", at - timedelta(seconds=drawn.choice([0, 1]))],
            )
    with register.rights():
        expired = {person: head(person, datetime.now(UTC)).is_expired for person in debts}
    refused = {
        person: collected(person, number, NOW, due_at=due_at) is not None
        for person, (number, due_at) in debts.items()
    }
    assert refused == expired
    assert 15 < sum(expired.values()) < 45, "both are drawn"


def test_instalments_keep_it_from_collection_while_they_are_in_force(register, owe):
    from seloste.register.billing.operations import (
        NoPlan,
        Paid,
        Part,
        PartsDiffer,
        PlanInForce,
        agree_instalments,
        change_state,
        end_instalments,
        pay,
    )

    person, number = owe(due_at=NOW - YEAR)
    parts = [Part(6_000, NOW - DAY), Part(3_000, NOW + 30 * DAY)]
    with register.rights():
        with pytest.raises(PartsDiffer, match="10000 cents"):
            agree_instalments(number, "seller", parts, at=NOW - 20 * DAY)
        pay(number, "seller", Paid(1_000, NOW - 40 * DAY), at=NOW)
        agree_instalments(number, "seller", parts, at=NOW - 20 * DAY)
        with pytest.raises(PlanInForce):
            agree_instalments(number, "seller", parts, at=NOW)
        with pytest.raises(PlanInForce):
            change_state(number, "seller", "in_collection", at=NOW)
        assert not head(person).collectable
        assert [(each.paid_cents, each.is_late) for each in head(person).instalments] == [
            (0, True),
            (0, False),
        ]
        assert head(person).expires_at > NOW + 2 * YEAR, "to agree on it is to acknowledge it"
        pay(number, "seller", Paid(6_500, NOW), at=NOW)
        assert [(each.paid_cents, each.is_late) for each in head(person).instalments] == [
            (6_000, False),
            (500, False),
        ]
        pay(number, "seller", Paid(2_500, NOW), at=NOW)
        assert (head(person).state, head(person).instalments) == ("paid", ())
        with pytest.raises(NoPlan):
            end_instalments(number, "seller", "broken", at=NOW)
    assert register.all("SELECT DISTINCT ending FROM register.instalment WHERE subject_id = %s", person) == [
        ("kept",)
    ]


def test_a_plan_that_is_broken_ends_and_then_it_is_collected(register, owe):
    from seloste.register.billing.operations import Part, agree_instalments, change_state, end_instalments

    _, number = owe()
    with register.rights():
        agree_instalments(number, "seller", [Part(10_000, NOW - DAY)], at=NOW - 20 * DAY)
        end_instalments(number, "seller", "broken", at=NOW)
        assert change_state(number, "seller", "in_collection", at=NOW).state == "in_collection"


@pytest.mark.parametrize("state", ["disputed", "paid", "written_off"])
def test_nobody_is_reminded_of_what_is_not_owed_undisputed(register, owe, state):
    from seloste.register.billing.operations import NoSuchStep, Part, agree_instalments, change_state, remind

    _, number = owe()
    with register.rights():
        change_state(number, "seller", state, at=NOW)
        with pytest.raises(NoSuchStep):
            remind(number, "seller", at=NOW)
        with pytest.raises(NoSuchStep):
            agree_instalments(number, "seller", [Part(10_000, NOW)], at=NOW)


def test_a_number_has_one_state_at_a_time(register, owe):
    """Two imports of one head at once leave one; the second is refused at its commit."""
    person, number = owe()
    with pytest.raises(psycopg.errors.ExclusionViolation, match="receivable_one_state"):
        register.admin.execute(
            "INSERT INTO register.receivable (number, subject_id, controller, amount_cents, due_at, state, valid_from)"
            " VALUES (%s, %s, 'seller', 1, now(), 'in_collection', now())",
            [number, person],
        )


def test_who_read_it_before_it_changed_is_told(register, owe):
    from seloste.register.billing.operations import change_state
    from seloste.register.protection.once import ChangedMeanwhile

    person, number = owe()
    with register.rights():
        read = head(person).version
        change_state(number, "seller", "disputed", at=NOW, expected=read)
        with pytest.raises(ChangedMeanwhile):
            change_state(number, "seller", "paid", at=NOW, expected=read)
        assert head(person).state == "disputed"


def test_a_payer_is_of_a_payment_of_the_same_debtor(register, owe):
    from seloste.register.billing.operations import Paid, pay

    person, number = owe()
    with register.rights():
        pay(number, "seller", Paid(1, NOW), at=NOW)
    [payment] = register.one("SELECT id FROM register.payment WHERE subject_id = %s", person)
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="payer_copies"):
        register.admin.execute(
            "INSERT INTO register.payer (subject_id, controller, payment_id, name) VALUES (%s, 'seller', %s, 'x')",
            [register.person(), payment],
        )


def test_a_number_that_two_people_have_names_neither(register, owe):
    from seloste.register.billing.operations import Claim, book_receivable, change_state
    from seloste.register.billing.queries import NumberOfTwo

    _, number = owe()
    with register.rights():
        book_receivable(register.person(), Claim(number, "seller", 1, NOW), at=NOW)
        with pytest.raises(NumberOfTwo):
            change_state(number, "seller", "paid", at=NOW)
