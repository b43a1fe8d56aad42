"""A disputed invoice that must not go to collection: not by the clerk, not by the collector, not by a row of their own."""

import psycopg
import pytest

from database.people import login
from journeys.office import DAY, NOW

BOOKED = NOW - 74 * DAY


@pytest.fixture(scope="module")
def eero(office):
    """Eero, who has an overdue invoice of 250 euros and was reminded of it."""
    from seloste.register.billing.operations import Claim, book_receivable, remind

    person = office.person("Eero", "Esimerkki")
    with office.acting("billing", "billing", company="vera"):
        book_receivable(person, Claim("J-901", "vera", 25_000, NOW - 60 * DAY), at=BOOKED)
        remind("J-901", "vera", at=NOW - 40 * DAY)
    return person


def head(person):
    from seloste.register.billing.queries import heads

    [found] = [each for each in heads(person, at=NOW) if each.number == "J-901"]
    return found


def test_undisputed_it_could_be_collected(office, eero):
    with office.acting("collector", "collection", company="vera"):
        assert head(eero).collectable
        assert len(head(eero).reminders) == 1


def test_eero_calls_and_says_that_the_reading_is_wrong(office, eero):
    from seloste.register.billing.operations import change_state
    from seloste.register.interactions.operations import Contact, Todo, add_task, answer_by, record

    with office.acting("customer_service", "service"):
        call = record(eero, Contact("phone", "in", "invoice", identified="by_known_facts"), at=NOW - DAY)
    with office.acting("customer_service", "service", call.reason):
        add_task(
            eero, Todo("complaint", "billing", answer_by(NOW - DAY), origin=call.case_id), at=NOW - DAY,
            text="Kiistää laskun: mittarilukema on väärin luettu.",
        )  # fmt: skip
    with office.acting("billing", "billing", company="vera"):
        change_state("J-901", "vera", "disputed", at=NOW - DAY)
        assert head(eero).state == "disputed"


def test_nobody_gives_it_to_collection(office, eero):
    from seloste.register.billing.operations import NoSuchStep, change_state

    with office.acting("billing", "billing", company="vera"), pytest.raises(NoSuchStep, match="disputed"):
        change_state("J-901", "vera", "in_collection", at=NOW)


def test_the_collector_does_not_see_eero_any_more(office, eero):
    from seloste.register.billing.operations import change_state
    from seloste.register.billing.queries import UnknownReceivable, heads
    from seloste.register.subjects.queries import UnknownSubject

    with office.acting("collector", "collection", company="vera"):
        with pytest.raises(UnknownSubject):
            heads(eero, at=NOW)
        with pytest.raises(UnknownReceivable):
            change_state("J-901", "vera", "in_collection", at=NOW)


COLLECT = (
    "INSERT INTO receivable (number, subject_id, controller, amount_cents, due_at, state, valid_from)"
    " VALUES ('J-901', %s, 'vera', 25000, now() - interval '60 days', 'in_collection', %s)"
)


@pytest.mark.parametrize("name", ["billing@sahkolaitos", "upkeep@sahkolaitos"])
@pytest.mark.parametrize("backdated", [False, True])
def test_the_database_refuses_the_row_whoever_writes_it(office, eero, name, backdated):
    """Even when what was known is ended first, and when it is said to have begun before the dispute."""
    with login(office.cluster, name) as connection:
        connection.execute("BEGIN")
        ended = connection.execute(
            "UPDATE receivable SET superseded_at = now() WHERE subject_id = %s AND superseded_at IS NULL"
            if name.startswith("billing")
            else "SELECT 1",
            [eero] if name.startswith("billing") else [],
        )
        assert ended
        with pytest.raises(
            psycopg.errors.CheckViolation, match="a disputed receivable is not given to collection"
        ):
            connection.execute(COLLECT, [eero, BOOKED if backdated else NOW])


def test_the_collectors_login_cannot_write_it_either(office, eero):
    with (
        login(office.cluster, "collection@vera") as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)),
    ):
        connection.execute(COLLECT, [eero, NOW])


def test_once_it_is_settled_it_can(office, eero):
    from seloste.register.billing.operations import change_state

    with office.acting("billing", "billing", company="vera"):
        change_state("J-901", "vera", "open", at=NOW)
        assert head(eero).collectable
    with office.acting("collector", "collection", company="vera"):
        assert change_state("J-901", "vera", "in_collection", at=NOW).state == "in_collection"
