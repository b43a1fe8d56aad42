"""What a login may write, set or ask does not let it see more than its purpose."""

from __future__ import annotations

import contextlib

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator, login, person, purposes, restrict


@pytest.fixture(scope="module")
def cluster(server):
    with governed(server, EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml", "confined") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def people(cluster):
    shown, beyond, hidden = (
        person(cluster, side, tag)
        for side, tag in (("sahkolaitos", "Nakyva"), ("sahkoverkko", "Muualla"), ("sahkolaitos", "Rajattu"))
    )
    restrict(cluster, hidden)
    return shown, beyond, hidden


def attempted(connection, said, values):
    """Runs what may be refused; the transaction goes on."""
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(said, values)


def test_somebody_brought_in_as_co_holder_does_not_open_the_agreement(cluster, people):
    shown, _, hidden = people
    with login(cluster, "agreements@sahkolaitos") as connection, connection.transaction(force_rollback=True):
        said = "INSERT INTO agreement_party (agreement_id, subject_id, controller, valid_from) VALUES (%s, %s, 'sahkolaitos', now())"
        attempted(connection, said, [hidden.agreement, shown.id])
        assert (
            connection.execute("SELECT number FROM agreement WHERE id = %s", [hidden.agreement]).fetchall()
            == []
        )
        assert (
            connection.execute(
                "SELECT valid_from FROM agreement_period WHERE agreement_id = %s", [hidden.agreement]
            ).fetchall()
            == []
        )


def test_a_period_put_under_a_hidden_agreement_does_not_open_it(cluster, people):
    shown, _, hidden = people
    with login(cluster, "agreements@sahkolaitos") as connection, connection.transaction(force_rollback=True):
        said = (
            "INSERT INTO agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from)"
            " VALUES (%s, %s, 'sahkolaitos', 'sale', now(), now())"
        )
        attempted(connection, said, [hidden.agreement, shown.id])
        assert (
            connection.execute("SELECT number FROM agreement WHERE id = %s", [hidden.agreement]).fetchall()
            == []
        )


NAMED = """INSERT INTO agreement (number, subject_id, side, controller, kind, metering_point_id)
    VALUES ('x', %(shown)s, 'sahkolaitos', 'sahkolaitos', 'sale', %(point)s)"""
CHANGED = "UPDATE agreement SET metering_point_id = %(point)s WHERE subject_id = %(shown)s"


@pytest.mark.parametrize("said", [NAMED, CHANGED], ids=["named", "changed"])
def test_a_point_beyond_the_wall_is_not_seen_by_naming_it(cluster, people, said):
    """The foreign key would object, but at the commit that an attacker never asks for."""
    shown, beyond, _ = people
    with login(cluster, "agreements@sahkolaitos") as connection, connection.transaction(force_rollback=True):
        attempted(connection, said, {"shown": shown.id, "point": beyond.point})
        assert (
            connection.execute(
                "SELECT gsrn, side FROM metering_point WHERE id = %s", [beyond.point]
            ).fetchall()
            == []
        )


def why(connection, subject, at="now()", known="'infinity'"):
    """What a login's `why` answers, as the client gets it."""
    return connection.execute(f"SELECT w::text FROM policy.why(%s, {at}, {known}) w", [subject]).fetchall()


@pytest.mark.parametrize(
    ("at", "known"),
    [
        ("now()", "'infinity'"),
        ("now() - interval '1 day'", "'infinity'"),
        ("now()", "now() - interval '1 day'"),
    ],
)
def test_under_a_restriction_there_is_nobody_at_any_moment(cluster, people, at, known):
    """Asked about now, about a moment before it was restricted, and by what was known before."""
    *_, hidden = people
    for name in purposes(cluster):
        with login(cluster, name) as connection:
            purpose = name.partition("@")[0]
            if name.endswith("@sahkolaitos") and purpose in NOT_DESPITE_RESTRICTION:
                assert why(connection, hidden.id, at, known) == why(connection, 999_999_999, at, known), name


NOT_DESPITE_RESTRICTION = {
    "service",
    "agreements",
    "billing",
    "identification",
    "direct_marketing",
    "profiling",
    "product_development",
    "misuse_prevention",
}

SETTINGS = (
    "TimeZone = 'Pacific/Kiritimati'", "TimeZone = 'Etc/GMT+12'", "TimeZone = 'Europe/Helsinki'", "DateStyle = 'SQL, DMY'", "IntervalStyle = sql_standard",
    "transform_null_equals = on", "standard_conforming_strings = off", "search_path = ''", "row_security = on", "array_nulls = off",
    "default_transaction_isolation = 'repeatable read'", "plan_cache_mode = force_custom_plan", "enable_indexscan = off", "jit = on", "lc_time = 'C'",
)  # fmt: skip


def test_no_setting_of_the_session_decides(cluster, people):
    """Company, actor and time are taken from nothing that SQL can change."""
    ended = person(cluster, "sahkolaitos", "Lahtenyt")
    with administrator(cluster) as admin:
        admin.execute("ALTER TABLE register.agreement_period DISABLE TRIGGER policy_immutable")
        admin.execute(
            "UPDATE register.agreement_period SET valid_until = '2025-08-30 12:00Z' WHERE agreement_id = %s",
            [ended.agreement],
        )
        admin.execute("ALTER TABLE register.agreement_period ENABLE ALWAYS TRIGGER policy_immutable")
        admin.execute("UPDATE register.subject SET decided_until = now() - interval '1 minute'")
    someone = [*(p.id for p in people), ended.id]
    # twelve hours before its tail of six months ends in one time zone, twelve hours after in another
    asked = "SELECT s, w.channel, w.basis, w.allowed, w.reason, extract(epoch FROM w.until) FROM unnest(%s::bigint[]) s, LATERAL policy.why(s, {}, 'infinity') w"
    differ = []
    for name in (
        "service@sahkolaitos",
        "agreements@sahkolaitos",
        "direct_marketing@sahkolaitos",
        "rights@all",
    ):
        with login(cluster, name) as connection:

            def answers():
                told = [
                    connection.execute(asked.format(at), [someone]).fetchall()
                    for at in ("now()", "'2026-02-28 00:00Z'")
                ]
                return [*told, connection.execute("SELECT id FROM register.subject ORDER BY id").fetchall()]

            expected = answers()
            for setting in SETTINGS:
                connection.execute(f"SET {setting}")
                if answers() != expected:
                    differ.append((name, setting))
                connection.execute("RESET ALL; SET search_path = register")
    with administrator(cluster) as admin:
        admin.execute("SELECT policy.refresh(%s)", [someone])
    assert differ == []
