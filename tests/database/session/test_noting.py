"""What an operation leaves in the ledger: an event that commits or vanishes with it, and forges no look-up."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from database.people import login, purposes
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.session import acting

from .conftest import m

NOTE = "SELECT policy.note(%s, %s, %s, %s, %s, %s::bigint[])"
RIGHT = ["some.operation", "1", "clerk", None, "call:1", [1, 2]]


def test_an_event_commits_with_its_operation(log):
    with acting("aino", "service", "call:1") as session:
        session.note("some.operation", [2, 1, 2])
        assert log.events() == [], "nobody else sees what is not committed"
    [event] = log.events()
    assert (event["kind"], event["way"], event["count"], event["subjects"]) == (
        "some.operation",
        "operation",
        2,
        [1, 2],
    )
    assert (event["actor"], event["role"], event["reason"], event["login"]) == (
        "1",
        "clerk",
        "call:1",
        "service@sahkolaitos",
    )
    assert (event["retention_class"], len(event["salt"])) == ("kept", 16)
    assert event["id"].version == 7


def test_an_event_vanishes_with_its_operation(log):
    with pytest.raises(RuntimeError), acting("aino", "service", "call:1") as session:
        session.note("some.operation", [1])
        m.Subject.objects.get(pk=2)
        raise RuntimeError
    assert log.ways() == [("opened", [2])], "the look-up stays: somebody has seen what was read"
    with acting("aino", "service", "call:1") as session:
        with pytest.raises(RuntimeError), session.atomic():
            session.note("some.operation", [1])
            raise RuntimeError
        session.note("another.operation", [3])
    assert [event["kind"] for event in log.events()] == ["subjects.read", "another.operation"]


def test_a_refused_note_saves_nothing_of_the_operation(cluster, log):
    """An operation without its event is not to be had."""
    with pytest.raises(NotInPurpose), acting("aino", "service", "call:1") as session:
        m.Address.objects.filter(subject_id=2).update(city="Nokia")
        session.note("subjects.read", [1])
    assert log.admin.execute("SELECT DISTINCT city FROM register.address").fetchall() == [("Tampere",)]


@pytest.mark.parametrize("kind", [
    "subjects.read", "subjects.read.again", "session.refused", "session", "ledger.disposed", "ledger.x", "subjects",
    "break_glass.opened", "reviews.found",
    "", "a b.c", "Subjects.read", "subjects.read\n", "x.y; DROP TABLE", None,
])  # fmt: skip
def test_a_purpose_forges_no_look_up(cluster, log, kind):
    with login(cluster, "service@sahkolaitos") as purpose:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            purpose.execute(NOTE, [kind, *RIGHT[1:]])
    assert log.events() == []


@pytest.mark.parametrize(("place", "value"), [
    (1, "Aino Virtanen"), (1, None), (1, ""), (2, "ä"), (2, None), (3, "Kanariankatu 1"), (4, "call:Virtanen"),
    (4, "the neighbour"), (5, None),
])  # fmt: skip
def test_an_event_holds_no_words(cluster, log, place, value):
    told = list(RIGHT)
    told[place] = value
    with login(cluster, "service@sahkolaitos") as purpose:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="keys and no text"):
            purpose.execute(NOTE, told)
    assert log.events() == []


def test_a_call_notes_so_many_subjects_and_no_more(cluster, log):
    with login(cluster, "service@sahkolaitos") as purpose:
        purpose.execute(NOTE, [*RIGHT[:5], list(range(10_000))])
        with pytest.raises(
            psycopg.errors.ProgramLimitExceeded, match="at most 10000 subjects, and this one 10001"
        ):
            purpose.execute(NOTE, [*RIGHT[:5], list(range(10_001))])
    assert [event["count"] for event in log.events()] == [10_000]


def test_login_and_notice_are_the_sessions_own(cluster, log):
    """Whatever it sets, whatever it calls itself: the event says who really wrote it."""
    for name in purposes(cluster):
        with login(cluster, name) as purpose:
            purpose.execute("SET application_name = 'supervision@all'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                purpose.execute(f'SET ROLE "{cluster.role("lookups")}"')
            purpose.execute("SET search_path = pg_temp, register")
            purpose.execute(NOTE, RIGHT)
    in_force = log.admin.execute("SELECT hash FROM policy.notice WHERE replaced_at IS NULL").fetchone()[0]
    told = {(event["login"], event["notice_hash"], event["way"]) for event in log.events()}
    assert told == {(name, in_force, "operation") for name in purposes(cluster)}
    assert not any(event["break_glass"] for event in log.events()), (
        "no purpose of this notice is for emergencies"
    )


def test_a_purpose_writes_no_event_but_through_the_function(cluster, log):
    event = "INSERT INTO register.event (id, at, kind, actor, role, login, categories, way, count, notice_hash) VALUES (gen_random_uuid(), now(), 'subjects.read', '1', 'r', 'l', '{}', 'opened', 0, 'h')"
    with login(cluster, "service@sahkolaitos") as purpose:
        purpose.execute(NOTE, RIGHT)
        for sql in (
            event,
            "INSERT INTO register.event_subject SELECT 1, gen_random_uuid()",
            "UPDATE register.event SET kind = 'subjects.read'",
            "DELETE FROM register.event",
            "SELECT salt FROM register.event",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                purpose.execute(sql)
    assert [event["kind"] for event in log.events()] == ["some.operation"]


@pytest.mark.parametrize("role", ["lookups", "housekeeping", "sealer", "owner"])
def test_who_is_no_purpose_notes_nothing(cluster, log, role):
    with login(cluster, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(NOTE, RIGHT)


def test_operations_that_race_leave_exactly_the_events_of_those_that_committed(cluster, log):
    """Eight sessions at once, half of what they do undone: no event too many and none too few.

    With the note written through the log's own connection, as it was, every run failed: 160 events for some 80 commits.
    """

    def act(number: int) -> int:
        chance, kept = random.Random(number), 0
        with login(cluster, "service@sahkolaitos") as purpose:
            for n in range(20):
                keep = chance.random() < 0.5
                with purpose.transaction(force_rollback=not keep):
                    purpose.execute(NOTE, [f"race.{'kept' if keep else 'undone'}", *RIGHT[1:5], [number, n]])
                kept += keep
        return kept

    with ThreadPoolExecutor(8) as threads:
        kept = sum(threads.map(act, range(8)))
    events = log.events()
    assert {event["kind"] for event in events} == {"race.kept"}
    assert len(events) == kept
    assert len({event["id"] for event in events}) == kept
