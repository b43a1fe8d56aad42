"""Reading follows a merge: of several records of one human, each purpose sees what it may see of each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from seloste.register.protection.actors import ReasonElsewhere
from seloste.register.protection.session import acting

from .conftest import m


@pytest.fixture
def merged(log):
    """Subjects 1 and 2 are one human, and 3, who has a ban, for as long as a test lasts."""
    log.admin.execute(
        "INSERT INTO register.subject_merge (subject_id, into_id, side, valid_from)"
        " VALUES (1, 2, 'sahkolaitos', now() - interval '1 day')"
    )
    yield log
    log.admin.execute("DELETE FROM register.subject_merge")


def service():
    return acting("aino", "service", "call:1")


def marketing():
    return acting("mikko", "marketing", "campaign:4")


def test_see_of_any_key_shows_all_records_and_of_which_each_row_is(merged):
    with service() as session:
        seen, other = session.see(1), session.see(2)
    assert (seen["subject"], other["subject"]) == (1, 2)
    assert seen["visible"] == other["visible"]
    assert seen["records"] == other["records"] == [1, 2]
    names = [(row["record"], row["family_name"]) for row in seen["visible"]["name"]]
    assert names == [(1, "Kanarialintu"), (2, "Toinen")]
    assert {row["record"] for row in seen["visible"]["address"]} == {1, 2}
    assert [row["record"] for row in seen["visible"]["phone"]] == [1]
    assert merged.ways() == [("opened", [1, 2]), ("opened", [1, 2])]


def test_see_reads_each_record_once(merged, monkeypatch):
    from seloste.register.protection import see

    read, shown = [], see._shown
    monkeypatch.setattr(see, "_shown", lambda session, key: read.append(key) or shown(session, key))
    with service() as session:
        session.see(2)
    assert sorted(read) == [1, 2]


def test_a_purpose_without_merges_sees_each_record_by_itself(merged):
    with acting("aino", "collection", "case:6") as session:
        seen = session.see(1)
    assert "records" not in seen
    assert [row["family_name"] for row in seen["visible"]["name"]] == ["Kanarialintu"]
    assert merged.ways() == [("opened", [1])]


def test_a_record_that_is_not_seen_is_not_followed(merged):
    """What closes one closes all, and an answer tells of none that is hidden."""
    merged.admin.execute(
        "INSERT INTO register.subject_merge (subject_id, into_id, side, valid_from) VALUES (3, 2, 'sahkolaitos', now())"
    )
    with marketing() as session:
        assert session.see(1)["visible"] == {}
        assert session.count_audience(m.Subject.objects.all()) == 1, "the organisation"
    with service() as session:
        assert session.see(3)["records"] == [1, 2, 3]


def test_a_case_about_one_record_is_about_all(merged):
    with acting("aino", "service", "case:3") as session:
        assert session.see(2)["records"] == [1, 2]
        assert m.Subject.objects.get(pk=2)
        with pytest.raises(ReasonElsewhere):
            session.see(3)
    merged.admin.execute("DELETE FROM register.subject_merge")
    merged.admin.execute("DELETE FROM register.agreement_party")
    with acting("aino", "service", "case:3") as session, pytest.raises(ReasonElsewhere):
        session.see(2)
    merged.admin.execute(
        "INSERT INTO register.agreement_party (agreement_id, subject_id, controller, valid_from) VALUES (1, 2, 'vera', now())"
    )


def test_whoever_looked_at_any_record_is_told_and_once(merged):
    with service() as session:
        session.see(1)
        m.Subject.objects.get(pk=2)
    with acting("contact", "supervision", "request:5") as session:
        told = session.lookups(1)
        assert told == session.lookups(2)[-len(told) :]
    assert [(each.purpose, each.way, each.count) for each in told] == [("service", "opened", 1)] * 2


def test_an_audience_and_an_extract_hold_nobody_twice(merged):
    with marketing() as session:
        assert session.count_audience(m.Subject.objects.filter(kind="person")) == 1
        assert session.count_audience(m.ContactPoint.objects.values("subject_id").distinct()) == 1
        assert session.count_audience(m.Subject.objects.filter(pk=2)) == 1
        taken = session.extract("newsletter", at=datetime.now(UTC))
        assert [line[0] for line in taken.lines] == [1]
        assert taken.subjects == 1
    listed = [event for event in merged.events() if event["way"] == "listed"]
    assert [event["subjects"] for event in listed] == [[1]]
    merged.admin.execute("DELETE FROM register.subject_merge")
    with marketing() as session:
        assert session.count_audience(m.Subject.objects.filter(kind="person")) == 2
        assert session.extract("newsletter", at=datetime.now(UTC)).subjects == 2


def test_a_merge_that_ends_while_an_extract_is_read_lets_nobody_else_out(merged):
    with marketing() as session:
        taken = session.extract("newsletter", at=datetime.now(UTC))
        merged.admin.execute("DELETE FROM register.subject_merge")
        assert [line[0] for line in taken.lines] == [1]
