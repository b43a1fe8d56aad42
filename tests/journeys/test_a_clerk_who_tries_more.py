"""Somebody uses a clerk's login without our program: what the database refuses, and what they do not meet."""

from __future__ import annotations

import psycopg
import pytest

from database.people import login
from journeys.utility import NOW, day

PRODUCT = "INSERT INTO product (controller, kind, code, name_fi, name_sv, name_en, valid_from) VALUES ('{0}', 'sale', 'TRIED', 'a', 'b', 'c', now())"

DENIED = {
    "to change what was confirmed": ("agreements@vera", "UPDATE confirmation SET about = 'x'"),
    "to change that it was sent": ("agreements@vera", "UPDATE confirmation_sending SET channel = 'web'"),
    "to read what was confirmed, for billing": (
        "billing@sahkolaitos",
        "SELECT document FROM confirmation",
    ),
    "to lengthen a product that is known": (
        "agreements@vera",
        "UPDATE agreement_product SET valid_until = NULL",
    ),
    "to change a stop that is known": ("agreements@vera", "UPDATE disconnection_stop SET valid_until = NULL"),
    "to read where e-invoices go, for service": (
        "service@sahkolaitos",
        "SELECT ciphertext FROM e_invoice_address",
    ),
    "to offer another company's product": ("agreements@vera", PRODUCT.format("sahkolaitos")),
    "to add a point beyond the wall": (
        "agreements@vera",
        "INSERT INTO metering_point (side, number, kind) VALUES ('sahkoverkko', 'X-1', 'heat')",
    ),
    "to look for a point without adding any": (
        "service@sahkolaitos",
        "SELECT policy.point_key('sahkolaitos', 'sale', '1')",
    ),
}


@pytest.fixture(scope="module")
def logins(utility):
    return {name for (name,) in utility.all("SELECT login FROM policy.login")}


@pytest.mark.parametrize("what", DENIED)
def test_they_are_denied(utility, logins, what):
    name, sql = DENIED[what]
    assert name in logins, sorted(logins)
    with login(utility.cluster, name) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql)


def test_their_own_companys_product_is_theirs_to_offer(utility):
    with login(utility.cluster, "agreements@vera") as connection, connection.transaction(force_rollback=True):
        assert connection.execute(PRODUCT.format("vera")).rowcount == 1


def test_they_do_not_meet_the_row_that_says_why_supply_is_not_stopped(utility):
    """Who serves sees the stop, who writes the need does not read it, and who is on duty does."""
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import stop_disconnection

    someone = utility.customer("Hauras", "Asiakas")
    utility.moves_in(someone, PostalAddress("Hauraskuja 1", "33100", "Tampere"), since=day(-10))
    with utility.clerk():
        stop_disconnection(someone, valid_from=NOW, medical_need=True)
    rows = "SELECT category FROM disconnection_stop WHERE subject_id = %s ORDER BY category"
    seen = {}
    for name in ("service@sahkolaitos", "agreements@vera", "emergency@sahkolaitos"):
        with login(utility.cluster, name) as connection:
            seen[name] = [category for (category,) in connection.execute(rows, [someone])]
    assert seen == {
        "service@sahkolaitos": ["stop"],
        "agreements@vera": ["stop"],
        "emergency@sahkolaitos": ["medical_need", "stop"],
    }


def test_they_cannot_put_a_second_holder_at_a_point(utility):
    from seloste.kernel.addresses import PostalAddress

    home = PostalAddress("Riitakatu 1", "33100", "Tampere")
    first, second = utility.customer("Ensin", "Tullut"), utility.customer("Toinen", "Tulija")
    held = utility.moves_in(first, home, since=day(-10))
    other = utility.moves_in(second, home, since=day(-10))
    with login(utility.cluster, "agreements@vera") as connection:
        for since, refused in ((-1, True), (-20, False)):
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(
                        "INSERT INTO agreement_period (agreement_id, subject_id, controller, kind, metering_point_id, requested_at, valid_from, valid_until)"
                        " VALUES (%s, %s, 'vera', 'sale', %s, %s, %s, %s)",
                        [other.pk, second, held.metering_point_id, day(-30), day(since), day(since + 10)],
                    )
                    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except psycopg.errors.ExclusionViolation as error:
                assert error.diag.constraint_name == "agreement_period_one_holder"
                assert error.diag.message_detail == "Key conflicts with existing key."
                assert refused
            else:
                assert not refused


def test_a_point_beyond_the_wall_is_not_there(utility):
    from seloste.register.agreements.operations import supply_point

    number = utility.gsrn()
    with utility.clerk("sahkoverkko"):
        there = supply_point("sahkoverkko", "network", number)
    for name, found in (("agreements@sahkoverkko", there), ("agreements@vera", None)):
        with login(utility.cluster, name) as connection:
            asked = connection.execute("SELECT policy.point_key('sahkoverkko', 'network', %s)", [number])
            assert asked.fetchone() == (found,)
