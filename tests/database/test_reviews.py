"""Rules ask about look-ups: what each finds and leaves alone, in keys, on one side of the wall."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator, login, person, purposes, restrict
from seloste.notice import read_notice
from seloste.project import populate, wiring
from seloste.register.protection.actors import ReasonElsewhere, RoleMissing
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.session import acting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database.people import Person
    from seloste.project.database import Cluster

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
STAFF_NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "staff-2026.yaml"
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
CLERK, AUDITOR, INVESTIGATOR = (
    f"{role}.sahkolaitos" for role in ("customer_service", "auditor", "investigator")
)
OPEN_CASE = "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('interaction', %s, now()) RETURNING id"


class Log:
    """A register with a clerk, three customers, and the rules that ask about them."""

    def __init__(self, cluster: Cluster, admin: psycopg.Connection) -> None:
        self.cluster, self.admin = cluster, admin
        self.someone, self.neighbour, self.other = (
            person(cluster, "sahkolaitos", tag) for tag in ("Yksi", "Kaksi", "Kolme")
        )
        self.beyond = person(cluster, "sahkoverkko", "Muuri")
        self.task, self.case = (self.opened(kind) for kind in ("task", "case"))
        self.clerk = self.one("SELECT id FROM register.staff WHERE username = %s", CLERK)

    def one(self, sql: str, *values: Any) -> Any:
        row = self.admin.execute(sql, values).fetchone()
        return row[0] if row else None

    def opened(self, kind: str) -> str:
        return f"{kind}:{self.one(OPEN_CASE, kind)}"

    def look(self, someone: Person, who: str = CLERK, call: str = "") -> None:
        with acting(who, "service", call or self.opened("call")) as session:
            assert session.see(someone.id)["visible"]

    def named(self, someone: Person, family: str) -> None:
        self.admin.execute("UPDATE register.subject SET family_name = %s WHERE id = %s", [family, someone.id])

    def prevention(self, who: str = AUDITOR) -> acting:
        return acting(who, "misuse_prevention", self.task)

    def found(self, who: str = AUDITOR, since: datetime = NOW - HOUR) -> list[Any]:
        from seloste.register.protection.reviews import review

        with self.prevention(who) as session:
            return review(session, since=since, until=NOW + HOUR)

    def rules(self, **how: Any) -> list[tuple[str, int, int]]:
        return [(each.rule, each.subject, each.looker) for each in self.found(**how)]

    def link(self, someone: Person, staff: int) -> None:
        from seloste.register.protection.reviews import link

        with self.prevention():
            link(staff, someone.id)


@pytest.fixture(scope="module")
def _made(server) -> Iterator[Log]:
    with governed(server, NOTICE, "reviews") as cluster, administrator(cluster) as admin:
        populate.hire(admin, read_notice(NOTICE), NOW.date())
        wiring.configure(cluster)
        yield Log(cluster, admin)


@pytest.fixture
def log(_made: Log) -> Log:
    wiring.configure(_made.cluster)
    _made.admin.execute(
        "TRUNCATE register.event, register.event_subject, register.review_finding, register.watch, register.own_record"
    )
    _made.admin.execute("UPDATE register.staff SET name = 'Aino Virkailija' WHERE username = %s", [CLERK])
    for someone in (_made.someone, _made.neighbour, _made.other, _made.beyond):
        _made.named(someone, f"Suku{someone.tag}")
        street = "UPDATE register.address SET street = %s, valid_until = NULL WHERE subject_id = %s"
        _made.admin.execute(street, [f"Katu{someone.tag} 1", someone.id])
    return _made


def test_an_ordinary_look_up_is_not_asked_about(log: Log) -> None:
    log.look(log.someone)
    assert log.rules() == []


@pytest.mark.parametrize(("family", "found"), [("VIRTANEN-ÄIJÄLÄ", True), ("Äijälä", True), ("Äijä", False)])
def test_the_same_surname(log: Log, family: str, found: bool) -> None:
    log.admin.execute("UPDATE register.staff SET name = 'Aino Maria Äijälä' WHERE id = %s", [log.clerk])
    log.named(log.someone, family)
    log.look(log.someone)
    log.look(log.other)
    assert log.rules() == ([("same_surname", log.someone.id, log.clerk)] if found else [])


def test_the_same_address_by_the_looker_s_own_record(log: Log) -> None:
    log.link(log.neighbour, log.clerk)
    street = "UPDATE register.address SET street = %s WHERE subject_id = %s"
    log.admin.execute(street, ["KATU 7", log.someone.id])
    log.admin.execute(street, ["Katu 7", log.neighbour.id])
    log.look(log.someone)
    log.look(log.other)
    assert log.rules() == [("same_address", log.someone.id, log.clerk)]
    log.admin.execute(
        "UPDATE register.address SET valid_until = now() - interval '1 day' WHERE subject_id = %s",
        [log.neighbour.id],
    )
    log.admin.execute("TRUNCATE register.review_finding")
    assert log.rules() == []


def test_oneself_and_a_colleague(log: Log) -> None:
    auditor = log.one("SELECT id FROM register.staff WHERE username = %s", AUDITOR)
    log.link(log.neighbour, log.clerk)
    log.link(log.other, auditor)
    for someone in (log.neighbour, log.other, log.someone):
        log.look(someone)
    assert log.rules() == [
        ("own_record", log.neighbour.id, log.clerk),
        ("colleague", log.other.id, log.clerk),
    ]


def test_a_subject_is_somebody_s_own_record_once(log: Log) -> None:
    from seloste.register.protection.reviews import AlreadyLinked

    log.link(log.other, log.clerk)
    with pytest.raises(AlreadyLinked):
        log.link(log.other, log.clerk)
    with pytest.raises(NotInPurpose):
        log.link(log.beyond, log.clerk)


def test_a_watched_subject_for_as_long_as_they_are_watched(log: Log) -> None:
    from seloste.register.protection.reviews import NotWatched, end_watch, watch

    log.look(log.someone)
    with log.prevention():
        watch(log.someone.id, at=datetime.now(UTC))
    log.look(log.someone)
    with log.prevention():
        end_watch(log.someone.id, at=datetime.now(UTC))
        with pytest.raises(NotWatched):
            end_watch(log.someone.id, at=datetime.now(UTC))
    log.look(log.someone)
    assert log.rules() == [("watched", log.someone.id, log.clerk)]
    kinds = log.admin.execute(
        "SELECT kind FROM register.event WHERE kind LIKE 'protection.%' ORDER BY at, id"
    ).fetchall()
    assert kinds == [("protection.watch.set",), ("protection.watch.end",)]


@pytest.mark.parametrize(("after", "found"), [(119, True), (121, False), (None, False)])
def test_a_reason_that_was_closed_soon_after(log: Log, after: int | None, found: bool) -> None:
    call = log.opened("call")
    log.look(log.someone, call=call)
    if after is not None:
        log.admin.execute(
            "UPDATE register.case_file SET closed_at = (SELECT max(at) FROM register.event) + %s WHERE id = %s",
            [timedelta(seconds=after), call.partition(":")[2]],
        )
    assert log.rules() == ([("closed_soon", log.someone.id, log.clerk)] if found else [])


def _looks(log: Log, staff: int, times: int, role: str = "customer_service") -> None:
    """Look-ups of one of the staff on one Finnish day, as the log keeps them."""
    log.admin.execute(
        "WITH e AS (INSERT INTO register.event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
        " SELECT gen_random_uuid(), '2026-03-02 10:00+02'::timestamptz + n * interval '1 second', 'subjects.read', %s, %s,"
        " 'service@sahkolaitos', '{}', 'opened', 1, 'x' FROM generate_series(1, %s) n RETURNING id)"
        " INSERT INTO register.event_subject SELECT %s, id FROM e",
        [str(staff), role, times, log.someone.id],
    )


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ((100, 5, 5), True),
        ((19, 1, 1), False),
        ((60, 20, 20), False),
        ((61, 20, 20), True),
        ((100, 5), False),
    ],
)
def test_volume_against_the_team_s_median(log: Log, counts: tuple[int, ...], found: bool) -> None:
    team = [log.clerk] + [
        log.one(
            "INSERT INTO register.staff (username, name, employer) VALUES (gen_random_uuid()::text, 'X Y', 'sahkolaitos') RETURNING id"
        )
        for _ in counts[1:]
    ]
    for staff, times in zip(team, counts, strict=True):
        _looks(log, staff, times)
    # another role, and the same role elsewhere, are another team
    _looks(log, log.clerk, 90, "billing")
    rules = log.rules(since=datetime(2026, 3, 1, tzinfo=UTC))
    assert rules == ([("volume", log.someone.id, log.clerk)] if found else [])


def test_a_finding_is_keys_and_never_a_name(log: Log) -> None:
    log.admin.execute("UPDATE register.staff SET name = 'Aino Sukuyksi' WHERE id = %s", [log.clerk])
    log.look(log.someone)
    [finding] = log.found()
    told = json.dumps(vars(finding), default=str)
    secrets = [word for words in log.someone.secrets.values() for word in words]
    assert [word for word in (*secrets, "Aino", CLERK) if word.lower() in told.lower()] == []
    event = log.one("SELECT id FROM register.event WHERE login = 'service@sahkolaitos'")
    assert (finding.event, finding.looker) == (event, log.clerk)


def test_a_finding_keeps_its_key_when_it_is_found_again(log: Log) -> None:
    log.named(log.someone, "Virkailija")
    log.look(log.someone)
    assert [each.id for each in log.found()] == [each.id for each in log.found()]


def test_the_wall_stands_in_reviews_too(log: Log) -> None:
    log.admin.execute(
        "UPDATE register.staff SET name = 'V SukuMuuri' WHERE username = 'customer_service.sahkoverkko'"
    )
    log.look(log.beyond, "customer_service.sahkoverkko")
    assert log.rules() == []
    assert [rule for rule, *_ in log.rules(who="auditor.sahkoverkko")] == ["same_surname"]


def test_what_is_reviewed_is_what_the_policies_let_be_read(log: Log) -> None:
    """All look-ups of a time at once, and row by row, for every login that reads the log."""
    restricted, categorised, stale = (
        person(log.cluster, "sahkolaitos", tag) for tag in ("Rajattu", "Osin", "Vanha")
    )
    for someone in (log.someone, log.beyond, restricted, categorised, stale):
        _looks_at(log, someone)
    restrict(log.cluster, restricted)
    restrict(log.cluster, categorised, categories=("lookups",))
    log.admin.execute("UPDATE register.subject SET decided_until = now() WHERE id = %s", [stale.id])
    _looks_at(log, None)
    plain = (
        "SELECT s.subject_id FROM register.event e JOIN register.event_subject s ON s.event_id = e.id"
        " WHERE e.kind = 'subjects.read' ORDER BY 1"
    )
    told = {}
    for name in purposes(log.cluster):
        with login(log.cluster, name) as raw:
            try:
                looked = raw.execute(
                    "SELECT subject_id FROM policy.looked('-infinity', 'infinity') ORDER BY 1"
                )
            except psycopg.errors.InsufficientPrivilege:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(plain)
            else:
                told[name] = [key for (key,) in looked]
                assert told[name] == [key for (key,) in raw.execute(plain)]
    ours, theirs = {log.someone.id, stale.id}, {log.beyond.id}
    assert set(told["misuse_prevention@sahkolaitos"]) == ours
    assert set(told["lookup_supervision@sahkolaitos"]) == ours | {restricted.id, categorised.id}
    assert set(told["lookup_supervision@sahkoverkko"]) == theirs
    assert set(told["rights@all"]) == ours | theirs | {restricted.id, categorised.id}
    assert len(told) == 7


def _looks_at(log: Log, someone: Person | None) -> None:
    log.admin.execute(
        "WITH e AS (INSERT INTO register.event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
        " VALUES (gen_random_uuid(), now(), 'subjects.read', '1', 'x', 'service@sahkolaitos', '{}', 'opened', 1, 'x') RETURNING id)"
        " INSERT INTO register.event_subject SELECT %s, id FROM e",
        [someone.id if someone else 10**9],
    )


def test_what_a_review_lists_is_no_look_up_of_the_reviewer_s(log: Log) -> None:
    from seloste.register.protection.reviews import watch

    with log.prevention():
        watch(log.someone.id, at=NOW - HOUR)
    log.look(log.someone)
    assert [rule for rule, *_ in log.rules()] == ["watched"]
    assert len(log.rules()) == 1
    with log.prevention() as session:
        session.see(log.someone.id)
    auditor = log.one("SELECT id FROM register.staff WHERE username = %s", AUDITOR)
    assert {looker for _, _, looker in log.rules()} == {log.clerk, auditor}


def test_the_subject_sees_that_it_was_reviewed(log: Log) -> None:
    log.named(log.someone, "Virkailija")
    log.look(log.someone)
    log.found()
    with acting("register_contact.sahkolaitos", "rights", log.opened("request")) as session:
        seen = [(each.purpose, each.way) for each in session.lookups(log.someone.id)]
    assert ("misuse_prevention", "listed") in seen


def test_a_case_comes_of_a_finding_once(log: Log) -> None:
    from seloste.register.interactions.operations import open_case
    from seloste.register.protection.reviews import AlreadyACase, NoSuchFinding, became, take

    log.named(log.someone, "Virkailija")
    log.look(log.someone)
    [finding] = log.found()
    with acting(INVESTIGATOR, "misuse_investigation", log.case) as session:
        taken = take(session, finding.id)
        case = open_case("case", "misuse_case", at=NOW, subject_id=taken.subject)
        became(session, taken, case.pk)
        # somebody else, who took it at the same time
        with pytest.raises(AlreadyACase):
            became(session, taken, case.pk)
    assert log.found() == []
    kept = log.one(
        "SELECT category FROM register.case_file WHERE id = %s AND subject_id = %s", case.pk, log.someone.id
    )
    assert kept == "misuse_case"
    with acting(INVESTIGATOR, "misuse_investigation", log.case) as session:
        with pytest.raises(AlreadyACase, match=f"case:{case.pk}"):
            take(session, finding.id)
        with pytest.raises(NoSuchFinding):
            take(session, finding.id + 1)
    about_another = log.one(
        "INSERT INTO register.case_file (subject_id, category, kind, opened_at) VALUES (%s, 'interaction', 'case', now()) RETURNING id",
        log.other.id,
    )
    with (
        pytest.raises(ReasonElsewhere),
        acting(INVESTIGATOR, "misuse_investigation", f"case:{about_another}") as session,
    ):
        take(session, finding.id)
    with pytest.raises(RoleMissing):
        acting(AUDITOR, "misuse_investigation", log.case).__enter__()


def test_nobody_else_reads_findings_watches_or_own_records(log: Log) -> None:
    log.link(log.neighbour, log.clerk)
    for name in (
        "service@sahkolaitos",
        "lookup_supervision@sahkolaitos",
        "emergency_review@sahkolaitos",
    ):
        with login(log.cluster, name) as raw:
            for table in ("review_finding", "watch", "own_record"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(f"SELECT subject_id FROM register.{table}")


def _dated(**days: date) -> Any:
    """The staff's notice with days for what was done."""
    notice = read_notice(STAFF_NOTICE)
    purpose = notice.purposes["per_person_reports"]
    awaited = {
        key: each.model_copy(update={"since": days.get(key)}) for key, each in purpose.opens_after.items()
    }
    opened = purpose.model_copy(update={"opens_after": awaited})
    return notice.model_copy(update={"purposes": {**notice.purposes, "per_person_reports": opened}})


DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("days", "missing"),
    [
        ({}, ["dialogue_held", "staff_informed"]),
        ({"dialogue_held": DAY}, ["staff_informed"]),
        ({"dialogue_held": DAY + timedelta(days=1), "staff_informed": DAY}, ["dialogue_held"]),
        ({"dialogue_held": DAY, "staff_informed": DAY}, []),
    ],
)
def test_nobody_is_counted_until_the_dialogue_was_held_and_the_staff_informed(
    log: Log, days: dict[str, date], missing: list[str]
) -> None:
    from seloste.register.protection.reviews import NotYetOpen, per_person

    log.named(log.someone, "Virkailija")
    log.look(log.someone)
    log.look(log.other)
    log.found()
    times = {"since": NOW - HOUR, "until": NOW + HOUR, "on": DAY}
    with log.prevention() as session:
        if not missing:
            [looker] = per_person(session, _dated(**days), **times)
            assert dataclasses.astuple(looker) == (log.clerk, 2, 2, 1)
            return
        with pytest.raises(NotYetOpen) as refused:
            per_person(session, _dated(**days), **times)
    said = str(refused.value)
    assert [key for key in ("dialogue_held", "staff_informed") if key in said] == missing


def test_a_notice_that_awaits_nothing_opens_nothing(log: Log) -> None:
    from seloste.register.protection.reviews import NotYetOpen, refuse_unopened

    with pytest.raises(NotYetOpen, match="declares no purpose"):
        refuse_unopened(read_notice(NOTICE), DAY)
    notice = _dated()
    bare = notice.purposes["per_person_reports"].model_copy(update={"opens_after": {}})
    with pytest.raises(NotYetOpen, match="the dialogue"):
        refuse_unopened(notice.model_copy(update={"purposes": {"per_person_reports": bare}}), DAY)
