"""What ARCHITECTURE.md says of a login that is used outside the application: what it can do, what tells of it."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from database.people import login

ARCHITECTURE = Path(__file__).parents[3] / "ARCHITECTURE.md"
SERVICE = "service@sahkolaitos"


def refused(connection, sql):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql)


def test_it_reads_what_its_purpose_reads_and_the_log_does_not_tell(cluster, log):
    with login(cluster, SERVICE) as thief:
        assert thief.execute("SELECT count(family_name) FROM subject").fetchone() == (3,)
        assert thief.execute("SELECT family_name FROM subject WHERE id = 11").fetchone() is None
    assert log.events() == []


def test_it_leaves_its_purpose_nowhere_and_touches_no_evidence(cluster):
    with login(cluster, SERVICE) as thief:
        refused(thief, "SELECT created_at FROM subject")
        refused(thief, "SELECT form FROM housing_form")
        for table in ("event", "event_subject"):
            for sql in ("SELECT * FROM {}", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"):
                refused(thief, sql.format(table))
    with login(cluster, "lookups") as forger:
        for sql in (
            "SELECT * FROM event",
            "DELETE FROM event",
            "UPDATE event SET count = 0",
            "TRUNCATE event",
        ):
            refused(forger, sql)


def test_a_false_fact_stays_with_its_moment_and_without_an_event(cluster, log):
    with login(cluster, SERVICE) as thief:
        thief.execute(
            "INSERT INTO ban (subject_id, channel, valid_from, notice_hash) VALUES (2, 'web', now(), 'x')"
        )
        with pytest.raises(psycopg.Error):
            thief.execute("UPDATE ban SET channel = 'sms' WHERE channel = 'web'")
        with pytest.raises(psycopg.Error):
            thief.execute("DELETE FROM ban WHERE channel = 'web'")
    assert log.admin.execute(
        "DELETE FROM register.ban WHERE channel = 'web' RETURNING recorded_at IS NOT NULL"
    ).fetchall() == [(True,)]
    assert log.events() == []


def test_the_servers_log_tells_who_connects_where_it_is_told_to(cluster, log, one_server):
    """`log_connections` is the server's; ours of the database come after its line is written."""
    if one_server.log is None:
        pytest.skip("the log of a server elsewhere cannot be read")
    text = Path(one_server.log)
    line = re.compile(f"connection authorized: user={re.escape(cluster.role(SERVICE))} ")
    before = len(line.findall(text.read_text(errors="replace")))
    log.admin.execute("ALTER SYSTEM SET log_connections = on")
    try:
        log.admin.execute("SELECT pg_reload_conf()")
        for _ in range(1_000):  # a reload takes a moment
            login(cluster, SERVICE).close()
            if len(line.findall(text.read_text(errors="replace"))) > before:
                break
        else:
            pytest.fail("no connection was logged")
    finally:
        log.admin.execute("ALTER SYSTEM RESET log_connections")
        log.admin.execute("SELECT pg_reload_conf()")


def test_the_architecture_tells_it():
    told = ARCHITECTURE.read_text().partition("## What this does not stop")[2].partition("\n## ")[0]
    for word in ("stolen login", "could", "could not", "log_connections", "recorded_at", "NOLOGIN", "33"):
        assert word in told, word
