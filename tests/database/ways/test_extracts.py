"""A named extract: declared, recorded whole before its first line, one event, and refused beyond its bounds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from database.session.conftest import m
from seloste.register.protection import extracts, lookups
from seloste.register.protection.refusals import NotInPurpose, NotRecorded
from seloste.register.protection.session import acting


def now():
    return datetime.now(UTC)


def marketing(who="mikko"):
    return acting(who, "marketing", "campaign:4")


def read(log):
    return [
        (e["way"], e["subjects"], e["count"], e["categories"], e["channel"])
        for e in log.events()
        if e["kind"] == lookups.READ
    ]


ONE = [("listed", [1, 2], 2, ["email", "name"], "email")]


@pytest.mark.parametrize("chunk", [1, 2, 5_000])
def test_everybody_is_recorded_in_one_event_before_the_first_line(log, monkeypatch, chunk):
    monkeypatch.setattr(extracts, "CHUNK", chunk)
    with marketing() as session:
        taken = session.extract("newsletter", at=now())
        assert read(log) == ONE
        lines = list(taken.lines)
        assert m.Subject.objects.filter(pk=1).exists(), "the session goes on"
    assert [line[:3] for line in lines] == [
        (1, "Kanarialintu", "canary@example.fi"),
        (2, "Toinen", "other@example.fi"),
    ]
    assert all(line[3].tzinfo for line in lines)
    assert taken.columns == ("subject_id", "subject.family_name", "value", "valid_from")
    assert taken.subjects == 2
    assert read(log)[:1] == ONE


def test_of_a_subject_with_several_rows_there_is_one_member(log, monkeypatch):
    monkeypatch.setattr(extracts, "CHUNK", 1)
    log.admin.execute(
        "INSERT INTO register.contact_point (subject_id, category, value, as_given, valid_from) VALUES"
        " (1, 'email', 'second@example.fi', 'x', now() - interval '1 day'),"
        " (1, 'email', 'tomorrow@example.fi', 'x', now() + interval '1 day')"
    )
    try:
        with marketing() as session:
            assert [line[0] for line in session.extract("newsletter", at=now()).lines] == [1, 1, 2]
    finally:
        log.admin.execute("DELETE FROM register.contact_point WHERE as_given = 'x'")
    assert read(log) == ONE


def test_above_its_threshold_nothing_leaves(log, monkeypatch):
    """Three are in it and two were declared. A marketer sees 1, 2 and the organisation 4; 3 is banned."""
    for chunk in (1, 5_000):
        monkeypatch.setattr(extracts, "CHUNK", chunk)
        with marketing() as session, pytest.raises(extracts.ExtractTooLarge, match="more than 2"):
            session.extract("names", at=now())
        assert log.events() == []


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("last_year", extracts.ExtractExpired),
        ("nothing", extracts.ExtractUnknown),
        ("addresses", NotInPurpose),
    ],
)
def test_what_is_not_declared_for_now_and_for_this_is_refused(log, name, error):
    with marketing() as session, pytest.raises(error):
        session.extract(name, at=now())
    assert log.events() == []


def test_it_ends_on_the_day_that_is_declared(log):
    """Midnight is Finland's: two hours before that of UTC."""
    last = datetime(2098, 12, 31, 21, 59, tzinfo=UTC)
    with marketing() as session:
        assert list(session.extract("newsletter", at=last).lines)
    with marketing() as session, pytest.raises(extracts.ExtractExpired):
        session.extract("newsletter", at=last.replace(hour=22, minute=0))


def test_another_purpose_and_another_role_do_not_take_it(log):
    with acting("aino", "service", "call:1") as session, pytest.raises(extracts.ExtractUnknown):
        session.extract("newsletter", at=now())
    with marketing() as session, pytest.raises(extracts.NotHolder):
        session.role = "clerk"
        session.extract("newsletter", at=now())
    with acting("aino", "service", "case:3") as session, pytest.raises(NotInPurpose):
        session.extract("newsletter", at=now())
    assert log.events() == []


def test_what_cannot_be_recorded_does_not_leave(cluster, log):
    role = f'"{cluster.role("lookups")}"'
    log.admin.execute(f"REVOKE INSERT ON register.event FROM {role}")
    try:
        with marketing() as session, pytest.raises(NotRecorded):
            session.extract("newsletter", at=now())
    finally:
        log.admin.execute(f"GRANT INSERT ON register.event TO {role}")
    assert log.admin.execute("SELECT count(*) FROM register.event_subject").fetchone() == (0,)


def test_what_is_not_asked_for_is_not_let_out(log):
    """The key is read for the log and does not leave with the line."""
    with marketing() as session:
        lines = list(session.extract("keyless", at=now()).lines)
    assert sorted(lines) == [("canary@example.fi",), ("other@example.fi",)]
    assert read(log) == [("listed", [1, 2], 2, ["email"], None)]


def test_lines_outlive_no_session(log, monkeypatch):
    monkeypatch.setattr(extracts, "CHUNK", 1)
    with marketing() as session:
        lines = session.extract("newsletter", at=now()).lines
        assert next(lines)[0] == 1
    with pytest.raises(NotInPurpose):
        next(lines)
