"""What the notice of 2018 opens when it is applied as published: what its text supports, and nothing else."""

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator
from seloste.notice import read_notice
from seloste.policy.supported import shut, supported
from seloste.policy.verify import verify

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2018.yaml"

OPENED = {
    "relation_creation": "the basis listed first: performance of an agreement",
    "relation_service": "the same",
    "billing": "the same",
    "relation_upkeep": "the same",
    "camera_surveillance": "one of the two named legitimate interests",
    "call_recording": "the other",
}
SHUT = {
    "relation_development": "no_basis",
    "marketing": "no_basis",
    "identification": "no_basis",
    "misuse_prevention": "no_basis",
    "misuse_investigation": "no_basis",
    "event_prospects": "no_proof_of_consent",
    "profiling": "no_basis",
    "analysis": "no_basis",
    "website": "no_basis",
}


@pytest.fixture(scope="module")
def cluster(one_server):
    with governed(one_server, NOTICE, "published", as_published=True) as cluster:
        yield cluster


def test_every_purpose_is_opened_or_shut_with_its_reason():
    notice = read_notice(NOTICE)
    assert set(supported(notice)) == set(OPENED)
    assert {s.purpose: s.reason for s in shut(notice)} == SHUT
    assert set(OPENED) | set(SHUT) == set(notice.purposes)


def test_the_database_has_a_login_for_what_is_opened_alone(cluster):
    with psycopg.connect(cluster.dsn(cluster.role("housekeeping"))) as connection:
        logins = {row[0] for row in connection.execute("SELECT purpose FROM policy.login").fetchall()}
    assert logins == set(OPENED)
    assert verify(cluster).drift == ()


def test_a_customer_is_seen_under_the_agreement_and_nobody_else_is(cluster):
    """A contract purpose sees who has an agreement, and not who has none; an interest that holds no rows none."""
    with administrator(cluster) as admin:
        admin.execute(
            "INSERT INTO register.subject (id, side, kind, family_name) VALUES"
            " (1, 'sahkolaitos', 'person', 'Esimerkki'), (2, 'sahkolaitos', 'person', 'Toinen')"
        )
        admin.execute(
            "INSERT INTO register.agreement (id, number, subject_id, side, controller, kind)"
            " VALUES (1, '1', 1, 'sahkolaitos', 'vera', 'sale')"
        )
        admin.execute(
            "INSERT INTO register.agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from)"
            " VALUES (1, 1, 'vera', 'sale', now() - interval '1 year', now() - interval '1 year')"
        )
    with psycopg.connect(cluster.dsn(cluster.role("relation_service@sahkolaitos"))) as service:
        assert service.execute("SELECT id FROM register.subject").fetchall() == [(1,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.execute("SELECT amount_cents FROM register.receivable")
    with psycopg.connect(cluster.dsn(cluster.role("call_recording@sahkolaitos"))) as recording:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            recording.execute("SELECT id FROM register.subject")
