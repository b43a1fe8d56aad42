"""An invoice paid by the neighbour: the debt is less, the neighbour's name is the neighbour's."""

from datetime import timedelta

import psycopg
import pytest

from database.people import login
from journeys.office import DAY, NOW

NEIGHBOUR = "Maija Naapuri"


@pytest.fixture(scope="module")
def eero(office):
    """Eero, who owes 120 euros for electricity, due half a year ago."""
    from seloste.register.billing.operations import Claim, book_receivable

    person = office.person("Eero", "Esimerkki")
    with office.acting("billing", "billing", company="vera"):
        claim = Claim("J-900", "vera", 12_000, NOW - 180 * DAY, reference="RF34 1234 561", product="Sähkö")
        book_receivable(person, claim, at=NOW - 194 * DAY)
    return person


def head(person, at=NOW):
    from seloste.register.billing.queries import heads

    [found] = [each for each in heads(person, at=at) if each.number == "J-900"]
    return found


def test_the_neighbour_pays_half_of_it(office, eero):
    from seloste.register.billing.operations import Paid, pay

    with office.acting("billing", "billing", company="vera"):
        before = head(eero)
        pay("J-900", "vera", Paid(6_000, NOW - DAY, archive_id="20260101-1", payer=NEIGHBOUR), at=NOW)
        # The bank's file is read twice that night.
        pay("J-900", "vera", Paid(6_000, NOW - DAY, archive_id="20260101-1", payer=NEIGHBOUR), at=NOW)
        told = head(eero)
    assert (told.state, told.remaining_cents, told.paid_by_others_cents) == ("open", 6_000, 6_000)
    assert told.expires_at == before.expires_at, "that a neighbour paid is not that Eero acknowledged"


def test_eero_asks_what_is_held_about_him_and_is_not_told_of_the_neighbour(office, eero):
    """He is told that somebody else paid, and by which law the name is left out."""
    from seloste.register.subjects.exporting import export

    with office.acting("register_contact", "rights"):
        [record] = export(eero, at=NOW).records
    kept = {each.category: each for each in record.categories}
    assert (kept["payers"].withheld, kept["payers"].rows) == ("GDPR 15(4)", ())
    assert NEIGHBOUR not in str(record)
    assert "other" in str(kept["receivables"].rows)


@pytest.mark.parametrize(
    "name", ["collection@vera", "bookkeeping@vera", "service@sahkolaitos", "upkeep@sahkolaitos"]
)
def test_no_other_purpose_reads_who_paid(office, eero, name):
    with login(office.cluster, name) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT name FROM payer")


def test_the_purposes_that_book_payments_and_answer_for_them_do(office, eero):
    with login(office.cluster, "rights@all") as connection:
        assert connection.execute("SELECT count(*) FROM payer WHERE subject_id = %s", [eero]).fetchone() == (
            1,
        )
    with login(office.cluster, "billing@sahkolaitos") as connection:
        assert connection.execute("SELECT name FROM payer WHERE subject_id = %s", [eero]).fetchall() == [
            (NEIGHBOUR,)
        ]
    with login(office.cluster, "billing@sahkoverkko") as connection:
        assert connection.execute("SELECT name FROM payer").fetchall() == []


def test_eero_pays_the_rest_himself_and_owes_nothing(office, eero):
    from seloste.register.billing.operations import Paid, pay

    with office.acting("billing", "billing", company="vera"):
        pay("J-900", "vera", Paid(6_000, NOW, archive_id="20260102-7"), at=NOW)
        told = head(eero, NOW + timedelta(seconds=1))
    assert (told.state, told.paid_cents, told.remaining_cents) == ("paid", 12_000, 0)


def test_the_name_is_in_no_log(office, eero):
    assert "Naapuri" not in office.everything_logged()
