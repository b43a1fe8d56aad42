"""Who may act, for which purpose and for what reason; refusals are recorded too."""

from __future__ import annotations

import pytest

from database.people import administrator
from seloste.register.protection.actors import (
    ActorUnknown,
    PurposeUnknown,
    ReasonClosed,
    ReasonMissing,
    RoleMissing,
    TrainingExpired,
    WrongController,
)
from seloste.register.protection.backend import logins
from seloste.register.protection.backend.gate import current, run
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.session import acting

from .conftest import m


@pytest.mark.parametrize(
    "case",
    [
        ("nobody", "service", "call:1", {}, ActorUnknown, "staff add"),
        ("mikko", "service", "call:1", {}, RoleMissing, "clerk, senior"),
        ("lapsed", "service", "call:1", {}, TrainingExpired, "privacy"),
        ("graced", "service", "call:1", {}, TrainingExpired, "law"),
        ("verkko", "marketing", "campaign:4", {}, WrongController, "sahkoverkko"),
        ("verkko", "service", "call:1", {"controller": "vera"}, WrongController, "across walls"),
        ("veli", "collection", "case:6", {"controller": "sahkolaitos"}, WrongController, "declared shared"),
        ("aino", "service", "because", {}, ReasonMissing, "free text"),
        ("aino", "service", "", {}, ReasonMissing, "call:KEY"),
        ("aino", "service", "campaign:4", {}, ReasonMissing, "call:KEY, case:KEY"),
        ("aino", "service", "call:999", {}, ReasonMissing, "no call:999"),
        ("aino", "service", "case:1", {}, ReasonMissing, "no case:1"),
        ("aino", "service", "call:2", {}, ReasonClosed, "closed"),
        ("aino", "espionage", "call:1", {}, PurposeUnknown, "no such purpose"),
        ("aino", "service", "call:1", {"channel": "pigeon"}, PurposeUnknown, "letter, phone, email"),
    ],
)
def test_who_is_not_admitted(log, case):
    who, purpose, reason, more, error, told = case
    with pytest.raises(error, match=told) as refused, acting(who, purpose, reason, **more):
        pytest.fail("was admitted")
    assert isinstance(refused.value, NotInPurpose)
    assert current() is None
    [event] = log.events()
    assert (event["kind"], event["count"], event["subjects"]) == ("session.refused", 0, [])
    assert event["reason"] in {None, reason}
    assert event["reason"] is None or ":" in event["reason"]
    assert event["actor"] in {"unknown", "1", "2", "3", "4", "5", "7"}
    assert event["login"] in {"", purpose}


@pytest.mark.parametrize(
    "case",
    [
        ("aino", "service", "call:1", "service@sahkolaitos", "sahkolaitos"),
        ("veli", "service", "case:6", "service@sahkolaitos", "vera"),
        ("verkko", "service", "call:1", "service@sahkoverkko", "sahkoverkko"),
        ("veli", "collection", "case:6", "collection@vera", "vera"),
        ("aino", "collection", "case:6", "collection@sahkolaitos", "sahkolaitos"),
        ("contact", "supervision", "request:5", "supervision@all", "sahkolaitos"),
    ],
)
def test_who_is_admitted_and_on_which_login(log, case):
    who, purpose, reason, login, controller = case
    with acting(who, purpose, reason) as session:
        assert (session.login.name, session.controller, session.reason) == (login, controller, reason)
        assert run(session, "SELECT session_user::text").fetchone()[0].endswith("." + login)
        assert current() is session
    assert current() is None


def test_an_actor_has_a_username(log):
    class Clerk:
        username = "aino"

    with acting(Clerk(), "service", "call:1") as session:
        assert session.actor == "1"


def test_the_wall(log):
    with acting("aino", "service", "call:1"):
        assert m.Subject.objects.filter(pk=11).first() is None
    with acting("verkko", "service", "call:1"):
        assert [s.pk for s in m.Subject.objects.all()] == [11]
    with acting("contact", "supervision", "request:5"):
        assert {s.pk for s in m.Subject.objects.filter(family_name="Kanarialintu")} == {1, 11}
    assert [(e["subjects"], e["break_glass"]) for e in log.events()] == [([11], False), ([1, 11], False)]


def test_another_notice_comes_into_force(log):
    with acting("aino", "service", "call:1"):
        pass
    known = logins._known
    logins._known = logins.InForce("0" * 64, known.body, known.logins, known.columns, known.claims)
    with acting("aino", "service", "call:1") as session:
        assert session.in_force.hash == known.hash
    # known by hash, but replaced between the question and the begin
    stale = logins.InForce("0" * 64, known.body, known.logins, known.columns, known.claims)
    answers = iter([stale, known])
    from seloste.register.protection import session as module

    original, module.in_force = module.in_force, lambda _hash: next(answers)
    try:
        with acting("aino", "service", "call:1") as session:
            assert session.in_force.hash == known.hash
    finally:
        module.in_force = original


def test_a_session_cannot_be_entered_twice_or_left_open(log):
    block = acting("aino", "service", "call:1")
    with block as session:
        pass
    with block as again:
        assert again is not session
    block.__exit__(None, None, None)
    assert current() is None


def test_a_reason_beyond_the_wall_is_one_that_does_not_exist(cluster):
    """Else it would tell that there is such a case, and whom it concerns there."""
    with administrator(cluster) as admin:
        call = admin.execute(
            "WITH s AS (INSERT INTO register.subject (id, side, kind, family_name)"
            " VALUES (9001, 'sahkoverkko', 'person', 'Toinen') RETURNING id)"
            " INSERT INTO register.case_file (id, subject_id, category, kind, opened_at)"
            " SELECT 9001, id, 'interaction', 'call', now() FROM s RETURNING id"
        ).fetchone()[0]
    told = set()
    for key in (call, 999_999_999):
        with pytest.raises(ReasonMissing) as refused, acting("aino", "service", f"call:{key}"):
            pass
        told.add(str(refused.value).replace(str(key), "KEY"))
    assert len(told) == 1
