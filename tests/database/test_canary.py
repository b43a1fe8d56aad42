"""The words of a made-up person, put in as purposes do, stay in their rows whatever fails.

They are looked for in the server's log, in its statistics and in the events; each detector is shown
to see by a word planted on purpose.
"""

from __future__ import annotations

import threading
import time
import uuid

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator, login, person, restrict
from seloste.policy.bootstrap import DATABASE_SETTINGS

WORD = "Kanaria"
"""In every value of the canary; its number and its point have unmistakable digits instead."""


@pytest.fixture(scope="module")
def cluster(server):
    with governed(server, EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml", "canary") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def canary(cluster):
    return person(cluster, "sahkolaitos", f"{WORD}lintu")


@pytest.fixture(scope="module")
def words(canary):
    return [word for words in canary.secrets.values() for word in words] + [WORD, WORD.lower(), WORD.upper()]


@pytest.fixture(scope="module")
def hidden(cluster):
    someone = person(cluster, "sahkolaitos", f"{WORD}piilo")
    restrict(cluster, someone)
    return someone


def failing(canary, hidden):
    """Statements that fail, by login: what it is, the SQLSTATE, the statement, its values."""
    point = {"side": "sahkolaitos", "kind": "sale", "gsrn": canary.secrets["metering_points"][0]}
    name, street, mail = canary.secrets["name"][1], canary.secrets["address"][0], canary.secrets["email"][0]
    subject = (
        "INSERT INTO subject (side, kind, family_name, organisation_name) VALUES ('sahkolaitos', %s, %s, %s)"
    )
    contact = "INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) VALUES (%s, %s, %s, %s, now())"
    address = "INSERT INTO address (subject_id, kind, street, postcode, city, country, valid_from) VALUES (%s, %s, %s, %s, %s, %s, now())"
    identifier = "INSERT INTO national_identifier (subject_id, side, data_key_id, ciphertext, blind_index) VALUES (%s, %s, 1, %s, %s)"
    agreement = "INSERT INTO agreement (number, subject_id, side, controller, kind) VALUES (%s, %s, 'sahkolaitos', 'sahkolaitos', 'sale')"
    period = (
        "INSERT INTO agreement_period (agreement_id, subject_id, controller, kind, metering_point_id, requested_at, valid_from, end_reason)"
        " VALUES (%s, %s, 'sahkolaitos', 'sale', %s, '2025-01-01Z', '2025-06-01Z', %s)"
    )
    blind = canary.secrets["hetu"][2].encode()
    yield from (
        (
            "unique",
            "23505",
            "upkeep",
            "INSERT INTO metering_point (side, gsrn, kind) VALUES (%s, %s, %s)",
            [point["side"], point["gsrn"], point["kind"]],
        ),
        ("unique", "23505", "upkeep", agreement, [canary.secrets["agreements"][0], canary.id]),
        ("unique", "23505", "identification", identifier, [canary.id, "sahkolaitos", name.encode(), blind]),
        ("exclusion", "23P01", "upkeep", period, [canary.agreement, canary.id, canary.point, None]),
        ("check", "23514", "upkeep", subject, ["person", name, name]),
        ("check", "23514", "upkeep", contact, [canary.id, "email", WORD.upper() + "@x", name]),
        ("check", "23514", "upkeep", contact, [canary.id, "phone", canary.phone + WORD, name]),
        ("check", "23514", "upkeep", address, [canary.id, "home", street, "x", street, WORD]),
        ("check", "23514", "upkeep", period, [canary.agreement, canary.id, None, WORD]),
        ("not null", "23502", "upkeep", address, [canary.id, "home", street, "x", None, "FI"]),
        ("not null", "23502", "service", "UPDATE contact_point SET as_given = NULL WHERE value = %s", [mail]),
        (
            "foreign key",
            "23503",
            "upkeep",
            identifier,
            [canary.id, "sahkoverkko", name.encode(), name.encode()],
        ),
        (
            "foreign key",
            "23503",
            "upkeep",
            "INSERT INTO representation (subject_id, organisation_id, role, valid_from) VALUES (%s, 999999, 'contact', now())",
            [canary.id],
        ),
        ("row security", "42501", "service", contact, [hidden.id, "phone", hidden.phone, name]),
        (
            "row security",
            "42501",
            "service",
            "INSERT INTO consent (subject_id, purpose, wording, given_at, proof, notice_hash) VALUES (%s, 'x', 'x', now(), %s, 'x')",
            [hidden.id, name],
        ),
        ("type", "22P02", "service", "SELECT id FROM subject WHERE id = %s::bigint", [name]),
        ("type", "22P02", "service", "SELECT id FROM subject WHERE id = ANY (%s::bigint[])", [f"{{{name}}}"]),
        ("type", "22P02", "service", "SELECT id FROM subject WHERE to_jsonb(id) = %s::jsonb", [name]),
        ("type", "22007", "service", "SELECT id FROM address WHERE valid_from > %s::timestamptz", [street]),
        (
            "type",
            "22P02",
            "service",
            "SELECT value::bigint FROM contact_point WHERE subject_id = %s AND value = %s",
            [canary.id, mail],
        ),
        (
            "type",
            "22P02",
            "service",
            "SELECT (family_name || %s)::uuid FROM subject WHERE id = %s",
            [name, canary.id],
        ),
        (
            "range",
            "22003",
            "service",
            "SELECT (replace(value, '+', '') || %s)::int FROM contact_point WHERE subject_id = %s AND category = 'phone'",
            ["0", canary.id],
        ),
        (
            "regular expression",
            "2201B",
            "service",
            "SELECT id FROM subject WHERE family_name ~ %s",
            [f"({name}"],
        ),
        (
            "division",
            "22012",
            "service",
            "SELECT 1 / (length(family_name) - length(%s)) FROM subject WHERE family_name = %s",
            [name, name],
        ),
        ("syntax", "42601", "service", f"SELECT '{name}' FRM subject", []),
        ("column", "42703", "service", f'SELECT "{name}" FROM subject', []),
        (
            "denied",
            "42501",
            "service",
            f"SELECT ciphertext FROM national_identifier WHERE blind_index = '{name}'",
            [],
        ),
        ("cancelled", "57014", "service", f"SET statement_timeout = 20; SELECT pg_sleep(1), '{name}'", []),
        (
            "read only",
            "25006",
            "service",
            f"SET TRANSACTION READ ONLY; UPDATE contact_point SET as_given = '{name}'",
            [],
        ),
    )


def literal(sql, values):
    """The statement with its values written into it, as a client does that binds by itself."""
    from psycopg import sql as made

    return made.SQL(sql.replace("%s", "{}")).format(*map(made.Literal, values)) if values else sql


def provoke(cluster, canary, hidden):
    """Every failure, with values as parameters and written into the statement; what failed."""
    failed = set()
    for kind, state, name, sql, values in failing(canary, hidden):
        with login(cluster, f"{name}@sahkolaitos") as connection:
            for statement, arguments in ((sql, values or None), (literal(sql, values), None)):
                with pytest.raises(psycopg.Error) as refused:
                    connection.execute("BEGIN")
                    connection.execute(statement, arguments)
                    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                assert refused.value.sqlstate == state, (kind, sql, refused.value.sqlstate)
                connection.execute("ROLLBACK")
                failed.add(kind)
    return failed


def deadlock(cluster, canary, hidden):
    """Two sessions change two rows in opposite order; PostgreSQL ends one, and would log both statements."""
    ends = []

    def change(first, then, start):
        with login(cluster, "rights@all") as connection:
            connection.execute("BEGIN")
            connection.execute(f"UPDATE subject SET given_names = '{WORD}' WHERE id = {first}")
            start.wait(10)
            try:
                connection.execute(f"UPDATE subject SET given_names = '{WORD}' WHERE id = {then}")
            except psycopg.errors.DeadlockDetected as error:
                ends.append(error)
            connection.execute("ROLLBACK")

    start = threading.Barrier(2)
    both = [
        threading.Thread(target=change, args=(*ids, start))
        for ids in ((canary.id, hidden.id), (hidden.id, canary.id))
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    return ends


def logged(server, since):
    """What the server has logged after a place in its log."""
    time.sleep(0.2)
    with server.log.open("rb") as log:
        log.seek(since)
        return log.read().decode()


def test_what_keeps_the_log_silent_comes_from_the_database(cluster):
    """Not from the server's own settings, which are somebody else's where it is not ours."""
    with login(cluster, "service@sahkolaitos") as service:
        told = dict(
            service.execute(
                "SELECT name, source FROM pg_settings WHERE name = ANY (%s)", [list(DATABASE_SETTINGS)]
            ).fetchall()
        )
    assert told == dict.fromkeys(DATABASE_SETTINGS, "database")


def test_the_servers_log_holds_no_value(server, cluster, canary, hidden, words):
    if server.log is None:
        pytest.skip("the log of a server that is not ours is not ours to read")
    since = server.log.stat().st_size
    failed = provoke(cluster, canary, hidden)
    assert {"unique", "exclusion", "check", "not null", "foreign key", "row security", "type"} <= failed
    assert len(deadlock(cluster, canary, hidden)) == 1
    text = logged(server, since)
    assert [word for word in words if word in text] == []


def test_the_log_would_have_held_them(server, cluster, canary, hidden, words):
    """The same failures, where an administrator has turned the settings back: nearly all are there."""
    if server.log is None:
        pytest.skip("the log of a server that is not ours is not ours to read")
    since = server.log.stat().st_size
    settings = " ".join(
        f"-c {name}={value}"
        for name, value in (
            ("log_min_messages", "error"), ("log_min_error_statement", "error"), ("log_error_verbosity", "verbose"), ("log_parameter_max_length_on_error", "-1"),
        )
    )  # fmt: skip
    with administrator(cluster, options=f"-c search_path=register {settings}") as admin:
        for *_, sql, values in failing(canary, hidden):
            for statement, arguments in ((sql, values or None), (literal(sql, values), None)):
                with pytest.raises(psycopg.Error):
                    admin.execute("BEGIN")
                    admin.execute(statement, arguments)
                    admin.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    raise psycopg.Error
                admin.execute("ROLLBACK")
    text = logged(server, since)
    assert text.count(WORD) > 40
    assert canary.phone in text


def test_what_others_run_shows_no_value(cluster, canary, words):
    """A statement has its values as parameters; one that has not is there for the administrator alone."""
    with (
        login(cluster, "service@sahkolaitos") as service,
        administrator(cluster) as admin,
        login(cluster, "billing@sahkolaitos") as billing,
    ):
        seen = "SELECT query FROM pg_stat_activity WHERE pid = %s"
        service.execute("SELECT id FROM subject WHERE family_name = %s", [canary.secrets["name"][1]])
        (text,) = admin.execute(seen, [service.info.backend_pid]).fetchone()
        assert "family_name = $1" in text
        assert [word for word in words if word in text] == []
        service.execute(f"SELECT id FROM subject WHERE family_name = '{WORD}'")
        assert WORD in admin.execute(seen, [service.info.backend_pid]).fetchone()[0]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            billing.execute(seen, [service.info.backend_pid])


def test_no_statistics_hold_a_value(cluster, canary, hidden, words):
    """Not even for the administrator: what ANALYZE writes down lives on after an erasure."""
    with administrator(cluster) as admin:

        def kept():
            admin.execute("ANALYZE")
            rows = admin.execute(
                "SELECT to_jsonb(s)::text FROM pg_stats s WHERE schemaname = 'register'"
            ).fetchall()
            rows += admin.execute("SELECT to_jsonb(s)::text FROM pg_stats_ext_exprs s").fetchall()
            text = "\n".join(row for (row,) in rows)
            return [word for word in words if word in text]

        assert admin.execute("SELECT to_regclass('pg_stat_statements')").fetchone() == (None,)
        assert kept() == []
        admin.execute("ALTER TABLE register.subject ALTER family_name SET STATISTICS 100")
        try:
            assert kept() != []
        finally:
            admin.execute(
                "ALTER TABLE register.subject ALTER family_name SET STATISTICS 0; DELETE FROM pg_statistic WHERE starelid = 'register.subject'::regclass"
            )


def test_events_have_no_place_for_a_value(cluster, canary, words):
    """The log's own login writes keys; whatever somebody writes there in error is seen here."""
    with login(cluster, "lookups") as log, administrator(cluster) as admin:

        def held():
            rows = admin.execute(
                "SELECT to_jsonb(e)::text FROM register.event e UNION ALL SELECT to_jsonb(s)::text FROM register.event_subject s"
            ).fetchall()
            return [word for word in words for (row,) in rows if word in row]

        event = uuid.uuid4()
        log.execute(
            "INSERT INTO event (id, at, kind, actor, role, login, reason, categories, way, count, notice_hash)"
            " VALUES (%s, now(), 'subjects.read', 'clerk', 'clerk', 'service@sahkolaitos', 'call:1', '{name}', 'opened', 1, 'x')",
            [event],
        )
        log.execute("INSERT INTO event_subject (subject_id, event_id) VALUES (%s, %s)", [canary.id, event])
        assert held() == []
        log.execute(
            "INSERT INTO event (id, at, kind, actor, role, login, reason, categories, way, count, notice_hash)"
            " VALUES (%s, now(), 'subjects.read', 'clerk', 'clerk', 'service@sahkolaitos', %s, '{name}', 'opened', 1, 'x')",
            [uuid.uuid4(), WORD],
        )
        assert held() != []
