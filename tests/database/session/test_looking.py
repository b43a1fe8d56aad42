"""What a session shows whole: see, why, look-ups; bulk loading and counting."""

from __future__ import annotations

import json

import pytest

from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.session import acting

from .conftest import m


def test_see_shows_what_the_notice_claims(log):
    with acting("aino", "service", "call:1") as session:
        seen = session.see(1)
    assert seen["visible"]["name"][0]["family_name"] == "Kanarialintu"
    assert {row["street"] for row in seen["visible"]["address"]} == {"Kanariankatu 1", "PL 1"}
    assert [row["value"] for row in seen["visible"]["phone"]] == ["+358401234567"]
    assert seen["visible"]["points"][0]["gsrn"] == "643007000000000001"
    assert seen["verdict"]["allowed"] is True
    assert seen["verdict"]["basis"] == 0, "the first of its bases"
    assert dict(seen["hidden"])["receivables"] == "not_declared"
    assert "created_at" not in json.dumps(seen)
    [event] = log.events()
    assert (event["way"], event["subjects"]) == ("opened", [1])
    assert set(event["categories"]) == set(seen["visible"])


def test_purposes_see_different_things(log):
    with acting("mikko", "marketing", "campaign:4") as session:
        marketing = session.see(1)
    with acting("contact", "supervision", "request:5") as session:
        supervision = session.see(1)
    assert set(marketing["visible"]) == {"name", "email"}
    assert dict(marketing["hidden"])["phone"] == "not_declared"
    assert set(supervision["visible"]) == {"name", "housing", "lookup_log"}
    assert all("actor" not in row for row in supervision["visible"]["lookup_log"])


def test_who_is_not_visible_and_who_does_not_exist_are_answered_alike(log):
    def answer(who, purpose, reason, subject):
        with acting(who, purpose, reason) as session:
            told = json.dumps(session.see(subject))
            return told.replace(f'"subject": {subject}', '"subject": 0')

    for who, purpose, reason, hidden in (
        ("aino", "service", "call:1", 11),
        ("mikko", "marketing", "campaign:4", 3),
        ("mikko", "marketing", "campaign:4", 11),
        ("verkko", "service", "call:1", 1),
    ):
        assert answer(who, purpose, reason, hidden) == answer(who, purpose, reason, 987654321)
    assert {e["way"] for e in log.events()} == {"verdict"}
    assert [e["subjects"] for e in log.events()][:2] == [[11], [987654321]]


def test_why_is_a_look_up_too(log):
    with acting("mikko", "marketing", "campaign:4") as session:
        told = session.why(3)
        assert {t.allowed for t in told} == {False}
        assert any(t.allowed for t in session.why(1))
        assert {t.reason for t in session.why(11)} == {"unknown"}
    assert log.ways() == [("verdict", [3]), ("verdict", [1]), ("verdict", [11])]


def test_a_subject_sees_who_looked(log):
    with acting("aino", "service", "call:1"):
        m.Subject.objects.get(pk=1)
        m.Subject.objects.get(pk=2)
        list(m.Subject.objects.all())
        list(m.Subject.objects.filter(pk__in=[1, 2]))
    with acting("mikko", "marketing", "campaign:4") as session:
        session.why(1)
    with acting("contact", "supervision", "request:5") as session:
        found = session.lookups(1)
        assert session.lookups(2)
    told = sorted((f.purpose, f.way, f.count, f.at is None) for f in found)
    assert told == [
        ("marketing", "verdict", 1, False),
        ("service", "listed", 2, True),
        ("service", "opened", 1, False),
    ]
    assert {f.company for f in found} == {"sahkolaitos, vera"}
    assert "aino" not in repr(found).lower()
    with acting("aino", "service", "call:1") as session, pytest.raises(NotInPurpose):
        session.lookups(1)


def test_nobodys_look_ups_are_no_answer(log):
    from seloste.register.protection.lookups import UnseenSubject

    with acting("contact", "supervision", "request:5") as session:
        assert session.lookups(3) == [], "nobody has looked"
        with pytest.raises(UnseenSubject):
            session.lookups(987654321)
    assert log.ways() == [("opened", [3]), ("verdict", [987654321])]


def test_loading_in_bulk(log):
    with acting("aino", "service", "call:1") as session:
        with pytest.raises(RuntimeError), session.atomic():
            loaded = session.load(
                "subject",
                ["side", "kind", "family_name"],
                [["sahkolaitos"] * 3, ["person"] * 3, ["Ladattu", None, 'L"a{d},\\attu']],
            )
            assert loaded == 3
            assert m.Subject.objects.filter(family_name='L"a{d},\\attu').count() == 1
            raise RuntimeError
        for table, columns, arrays, error in (
            ("subject", ["side", "created_at"], [["x"], ["2020-01-01"]], NotInPurpose),
            ("housing_form", ["subject_id"], [[1]], NotInPurpose),
            ("subject; DROP TABLE subject", ["side"], [["x"]], NotInPurpose),
            ("subject", ["side", "kind"], [["x", "y"], ["person"]], ValueError),
            ("subject", ["side"], [], ValueError),
            ("subject", ["side", "kind"], [["sahkoverkko"], ["person"]], NotInPurpose),
        ):
            with pytest.raises(error), session.atomic():
                session.load(table, columns, arrays)


def test_arrays_are_loaded_whole(log):
    from seloste.register.protection.see import _array

    [(told,)] = log.admin.execute(
        "SELECT %s::text[]", [_array(['a"b', "c\\d", "e,f", "{}", "NULL", ""])]
    ).fetchall()
    assert told == ['a"b', "c\\d", "e,f", "{}", "NULL", ""]


def test_an_audience_is_counted_by_answers_that_hold(log):
    with acting("mikko", "marketing", "campaign:4") as session:
        assert session.count_audience(m.Subject.objects.filter(kind="person")) == 2
    [event] = log.events()
    assert (event["way"], event["count"], event["subjects"]) == ("counted", 2, [1, 2])


def test_an_operation_is_noted(log):
    with acting("aino", "service", "call:1") as session:
        session.note("lawfulness.ban.set", [1])
    [event] = log.events()
    assert (event["kind"], event["way"], event["count"], event["subjects"]) == (
        "lawfulness.ban.set",
        "operation",
        1,
        [1],
    )
