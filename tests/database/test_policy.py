"""A notice applied: the database says what it says, to each login its own."""

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from conftest import NOTICES, governed
from seloste.policy.deep import verify_deep
from seloste.policy.verify import verify


@pytest.fixture(scope="module")
def cluster(server):
    with governed(server, NOTICES / "small.yaml", "policy") as cluster:
        yield cluster


def test_the_database_says_what_the_notice_says(cluster):
    verified = verify(cluster)
    assert verified.drift == ()
    assert verified.facts > 6_000
    assert verify_deep(cluster) == []


def test_the_owner_sees_no_rows(cluster):
    with psycopg.connect(cluster.dsn(cluster.role("upkeep@sahkolaitos"))) as upkeep:
        upkeep.execute(
            "INSERT INTO register.subject (side, kind, given_names, family_name) VALUES ('sahkolaitos', 'person', 'Aino', 'Esimerkki')"
        )
    with psycopg.connect(cluster.dsn(cluster.role("owner"))) as owner:
        assert owner.execute("SELECT count(*) FROM register.subject").fetchone() == (0,)
        assert owner.execute("UPDATE register.subject SET given_names = 'x'").rowcount == 0


def test_no_policy_about_a_subject_has_a_sub_select(cluster):
    """EXPLAIN (ANALYZE) would show whether it was run, and so whether a hidden row holds a value."""
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        rows = admin.execute(
            "SELECT tablename, policyname, qual FROM pg_policies WHERE schemaname = 'register' AND cmd = 'SELECT'"
            " AND tablename NOT IN ('metering_point', 'event')"
        ).fetchall()
    assert len(rows) > 20
    assert [row[:2] for row in rows if "SELECT" in (row[2] or "")] == []
