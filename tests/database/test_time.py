"""No answer outlives its moment: every expiry is crossed, by shifting the facts past the server's clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator, login
from seloste.notice import read_notice
from seloste.policy.apply import apply
from seloste.policy.deep import verify_deep
from seloste.policy.verify import verify

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
SIDE = "sahkolaitos"
PAST = "now() - interval '1 day'"
SOON = "now() + interval '1 hour'"
LATER = timedelta(hours=2)
MONTHS_AGO = "now() - interval '6 months' + interval '4 days'"
YEARS_AGO = "now() - interval '6 years' + interval '4 days'"
DAYS = timedelta(days=8)
"""Where a tail is counted by the calendar, four days on either side leave room for short months."""

SEES = {
    "subject": "SELECT count(*) FROM subject WHERE id = %(subject)s",
    "email": "SELECT count(*) FROM contact_point WHERE subject_id = %(subject)s AND category = 'email'",
    "phone": "SELECT count(*) FROM contact_point WHERE subject_id = %(subject)s AND category = 'phone'",
    "address": "SELECT count(*) FROM address WHERE subject_id = %(subject)s",
    "agreement": "SELECT count(*) FROM agreement WHERE id = %(agreement)s",
    "period": "SELECT count(*) FROM agreement_period WHERE agreement_id = %(agreement)s",
    "receivable": "SELECT count(*) FROM receivable WHERE subject_id = %(subject)s",
}

HELD_TOGETHER = "(subject_id = ANY(%(people)s) OR {} IN (SELECT agreement_id FROM agreement_party WHERE subject_id = ANY(%(people)s)))"
TOGETHER = {"agreement": HELD_TOGETHER.format("id"), "agreement_period": HELD_TOGETHER.format("agreement_id")}


@dataclass(frozen=True)
class Crossing:
    """Facts about somebody, one of whose boundaries is soon crossed; what a login sees before and after."""

    name: str
    login: str
    sees: str
    before: bool
    facts: tuple[tuple[str, dict[str, str]], ...]
    passes: timedelta = LATER

    def __str__(self) -> str:
        return f"{self.name}: {self.sees} by {self.login.partition('@')[0]}"


def agreement(**times: str) -> tuple[str, dict[str, str]]:
    return "agreement_period", {
        "agreement_id": "{agreement}", "controller": f"'{SIDE}'", "kind": "'sale'",
        "requested_at": "now() - interval '9 years'", "valid_from": "now() - interval '9 years'", **times,
    }  # fmt: skip


def fact(table: str, **columns: str) -> tuple[str, dict[str, str]]:
    return table, columns


HELD = agreement()
CONSENT = {
    "purpose": "'direct_marketing'",
    "wording": "'marketing_2026'",
    "proof": "'p'",
    "notice_hash": "'h'",
    "given_at": PAST,
}
OWED = {
    "number": "'n'",
    "controller": f"'{SIDE}'",
    "amount_cents": "1",
    "state": "'open'",
    "valid_from": "now() - interval '9 years'",
}
SERVICE, MARKETING, DEVELOPMENT = f"service@{SIDE}", f"direct_marketing@{SIDE}", f"product_development@{SIDE}"

CROSSINGS = [
    Crossing("an agreement ends", f"identification@{SIDE}", "subject", True, (agreement(valid_until=SOON),)),
    Crossing("an agreement's tail ends", SERVICE, "subject", True, (agreement(valid_until=MONTHS_AGO),), DAYS),
    Crossing("an agreement's tail ends", SERVICE, "phone", True, (agreement(valid_until=MONTHS_AGO),), DAYS),
    Crossing("an agreement's tail ends", SERVICE, "agreement", True, (agreement(valid_until=MONTHS_AGO),), DAYS),
    Crossing("an agreement's tail ends", SERVICE, "period", True, (agreement(valid_until=MONTHS_AGO),), DAYS),
    Crossing("an agreement is asked for", SERVICE, "subject", False, (agreement(requested_at=SOON, valid_from=SOON),)),
    Crossing("a co-holder leaves", f"identification@{SIDE}", "subject", True, (fact("agreement_party", agreement_id="{others}", controller=f"'{SIDE}'", valid_from=PAST, valid_until=SOON),)),
    Crossing("somebody stands no longer for a firm", f"identification@{SIDE}", "subject", True, (fact("representation", organisation_id="{firm}", role="'contact'", valid_from=PAST, valid_until=SOON),)),
    Crossing("a consent is withdrawn", MARKETING, "subject", True, (fact("consent", **CONSENT, withdrawn_at=SOON),)),
    Crossing("a consent is withdrawn", MARKETING, "email", True, (fact("consent", **CONSENT, withdrawn_at=SOON),)),
    Crossing("a consent runs out", MARKETING, "email", True, (fact("consent", **CONSENT, valid_until=SOON),)),
    Crossing("a ban begins", MARKETING, "email", True, (fact("consent", **CONSENT), fact("ban", channel="'all'", valid_from=SOON, notice_hash="'h'"))),
    Crossing("a ban is lifted", MARKETING, "email", False, (fact("consent", **CONSENT), fact("ban", channel="'email'", valid_from=PAST, valid_until=SOON, notice_hash="'h'"))),
    Crossing("a restriction ends", SERVICE, "subject", False, (HELD, fact("restriction", categories="'{}'", purposes="'{}'", valid_from=PAST, valid_until=SOON))),
    Crossing("a restriction of phones begins", SERVICE, "phone", True, (HELD, fact("restriction", categories="'{phone}'", purposes="'{}'", valid_from=SOON))),
    Crossing("a restriction of phones ends", SERVICE, "phone", False, (HELD, fact("restriction", categories="'{phone}'", purposes="'{}'", valid_from=PAST, valid_until=SOON))),
    Crossing("a protected address is so no longer", f"misuse_prevention@{SIDE}", "address", False, (HELD, fact("turvakielto", valid_from=PAST, valid_until=SOON))),
    Crossing("a protected address becomes one", MARKETING, "address", True, (HELD, fact("turvakielto", valid_from=SOON))),
    Crossing("a minor comes of age", MARKETING, "email", False, (fact("consent", **CONSENT), fact("subject_status", status="'minor'", claimed_at=PAST, valid_from=PAST, valid_until=SOON))),
    Crossing("an objection is rejected", DEVELOPMENT, "subject", False, (HELD, fact("objection", purpose="'product_development'", received_at=PAST, decided_at=SOON, outcome="'rejected'", notice_hash="'h'"))),
    Crossing("an objection is received", DEVELOPMENT, "subject", True, (HELD, fact("objection", purpose="'product_development'", received_at=SOON, notice_hash="'h'"))),
    Crossing("an erasure", SERVICE, "subject", True, (HELD, fact("erasure", retention_class="'customership'", erased_at=SOON))),
    Crossing("a record is merged into one with a ban", MARKETING, "email", True, (fact("consent", **CONSENT), fact("subject_merge", into_id="{banned}", side=f"'{SIDE}'", valid_from=SOON))),
    Crossing("a merge with one that has a ban ends", MARKETING, "email", False, (fact("consent", **CONSENT), fact("subject_merge", into_id="{banned}", side=f"'{SIDE}'", valid_from=PAST, valid_until=SOON))),
    Crossing("a receivable is kept no longer", f"bookkeeping@{SIDE}", "receivable", True, (fact("receivable", **OWED, due_at=YEARS_AGO),), DAYS),
    Crossing("a receivable falls due", f"collection@{SIDE}", "receivable", False, (fact("receivable", **OWED, due_at=SOON),)),
]  # fmt: skip


class Register:
    """A register in which people are made by the purposes, and whose time the administrator lets pass."""

    def __init__(self, cluster) -> None:
        self.cluster = cluster
        self.admin = administrator(cluster, options="-c search_path=register -c timezone=UTC")
        self.upkeep, self.rights = login(cluster, f"upkeep@{SIDE}"), login(cluster, "rights@all")
        self.others, self.firm = (
            self.someone(facts=(HELD,), kind=kind) for kind in ("person", "organisation")
        )
        self.banned = self.someone((fact("ban", channel="'all'", valid_from=PAST, notice_hash="'h'"),))

    def someone(self, facts=(), kind="person") -> dict[str, int]:
        """Somebody with an address, a phone and an e-mail, and these facts; the keys of what is theirs."""
        key, held = (
            self.upkeep.execute("SELECT policy.reserve(%s, 1)", [t]).fetchone()[0]
            for t in ("subject", "agreement")
        )
        who = {"subject": key, "agreement": held}
        if hasattr(self, "firm"):
            who |= {"others": self.others["agreement"], "firm": self.firm["subject"]}
        if hasattr(self, "banned"):
            who |= {"banned": self.banned["subject"]}
        add = self.upkeep.execute
        add("INSERT INTO subject (id, side, kind) VALUES (%s, %s, %s)", [key, SIDE, kind])
        add(
            "INSERT INTO agreement (id, number, subject_id, side, controller, kind) VALUES (%s, %s, %s, %s, %s, 'sale')",
            [held, str(held), key, SIDE, SIDE],
        )
        add(
            f"INSERT INTO address (subject_id, kind, street, postcode, city, valid_from) VALUES (%s, 'home', 'x', '33100', 'x', {PAST})",
            [key],
        )
        for category, value in (("phone", f"+35850{key:07}"), ("email", f"a{key}@posti.example")):
            add(
                f"INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) VALUES (%s, %s, %s, 'x', {PAST})",
                [key, category, value],
            )
        for table, columns in facts:
            by = self.rights if table == "erasure" else self.upkeep
            values = ", ".join(columns.values())
            if any(f"{{{name}}}" in values for name in who):
                values = values.format(**who)
            by.execute(f"INSERT INTO {table} (subject_id, {', '.join(columns)}) VALUES ({key}, {values})")
        return who

    def sees(self, name: str, what: str, who: dict[str, int]) -> bool:
        with login(self.cluster, name) as connection:
            return connection.execute(SEES[what], who).fetchone()[0] == 1

    def pass_time(self, people: list[int], by: timedelta) -> None:
        """Everything known about these people, and until when their answers hold, lies so much earlier."""
        tables = self.admin.execute(
            "SELECT c.relname, array_agg(a.attname::text) FILTER (WHERE a.atttypid = 'timestamptz'::regtype),"
            " bool_or(a.attname = 'subject_id'),"
            " ARRAY(SELECT t.tgname::text FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled = 'A')"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE c.relnamespace = 'register'::regnamespace AND c.relkind = 'r' GROUP BY c.oid, c.relname"
        ).fetchall()
        with self.admin.transaction():
            for table, moments, about_subject, triggers in tables:
                if not moments or not (about_subject or table == "subject"):
                    continue
                self.admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                shifted = ", ".join(f"{c} = {c} - %(by)s" for c in moments)
                who = {"subject": "id = ANY(%(people)s)", **TOGETHER}.get(
                    table, "subject_id = ANY(%(people)s)"
                )
                self.admin.execute(f"UPDATE {table} SET {shifted} WHERE {who}", {"by": by, "people": people})
                for trigger in triggers:
                    self.admin.execute(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "{trigger}"')

    def due(self, name: str = MARKETING) -> int:
        with login(self.cluster, name) as connection:
            return connection.execute("SELECT policy.refresh_due(1000)").fetchone()[0]

    def close(self) -> None:
        for connection in (self.admin, self.upkeep, self.rights):
            connection.close()


@pytest.fixture(scope="module")
def register(server):
    with governed(server, NOTICE, "time") as cluster:
        register = Register(cluster)
        yield register
        register.close()


def test_every_expiry_is_crossed(register):
    people = [(crossing, register.someone(crossing.facts)) for crossing in CROSSINGS]
    for crossing, who in people:
        assert register.sees(crossing.login, crossing.sees, who) is crossing.before, f"before: {crossing}"
    for crossing, who in people:
        register.pass_time([who["subject"]], crossing.passes)
    for crossing, who in people:
        if crossing.login in {MARKETING, DEVELOPMENT}:
            # a set does not ask live: what has run out is closed until it is decided anew
            assert not register.sees(crossing.login, crossing.sees, who), f"stale: {crossing}"
        else:
            assert register.sees(crossing.login, crossing.sees, who) is not crossing.before, (
                f"after: {crossing}"
            )
    assert verify_deep(register.cluster) == []
    assert register.due() == len(CROSSINGS)
    assert register.due() == 0
    for crossing, who in people:
        assert register.sees(crossing.login, crossing.sees, who) is not crossing.before, (
            f"decided anew: {crossing}"
        )
    assert verify_deep(register.cluster) == []
    assert verify(register.cluster).drift == ()


def test_rows_hold_no_longer_than_their_subject(register):
    who = register.someone((agreement(valid_until=SOON), fact("consent", **CONSENT, withdrawn_at=SOON)))
    ends = register.admin.execute(
        "SELECT decided_until FROM subject WHERE id = %s", [who["subject"]]
    ).fetchone()
    for table in ("address", "contact_point", "agreement", "agreement_period", "consent"):
        assert register.admin.execute(
            f"SELECT DISTINCT decided_until FROM {table} WHERE subject_id = %s", [who["subject"]]
        ).fetchall() == [ends]


def test_a_boundary_is_met_inside_one_open_session(register):
    who = register.someone((HELD, fact("consent", **CONSENT)))
    register.rights.execute(
        "INSERT INTO restriction (subject_id, categories, purposes, valid_from)"
        " VALUES (%s, '{}', '{}', clock_timestamp() + interval '300 ms')", [who["subject"]],
    )  # fmt: skip
    with (
        login(register.cluster, SERVICE) as one,
        login(register.cluster, MARKETING) as sets,
        one.transaction(),
        sets.transaction(),
    ):
        start = one.execute("SELECT now()").fetchone()
        assert (
            one.execute(SEES["email"], who).fetchone() == sets.execute(SEES["email"], who).fetchone() == (1,)
        )
        late = time.monotonic() + 5
        while one.execute(SEES["email"], who).fetchone() == (1,):
            assert time.monotonic() < late
            time.sleep(0.02)
        assert sets.execute(SEES["email"], who).fetchone() == (0,)
        assert one.execute("SELECT now()").fetchone() == start, "the transaction is the same"


def test_a_session_goes_dark_when_it_has_lasted_its_longest(register):
    """The policy is made to say 300 milliseconds in place of its minutes; nobody could wait for those."""
    who = register.someone((HELD,))
    [(condition,)] = register.admin.execute(
        "SELECT qual FROM pg_policies WHERE policyname = %s AND tablename = 'subject'", [f"{SERVICE} select"]
    )
    alter = f'ALTER POLICY "{SERVICE} select" ON subject USING ({{}})'
    assert "'00:15:00'" in condition
    register.admin.execute(alter.format(condition.replace("'00:15:00'", "'00:00:00.3'")))
    try:
        with login(register.cluster, SERVICE) as connection:
            with connection.transaction():
                assert connection.execute(SEES["subject"], who).fetchone() == (1,)
                late = time.monotonic() + 5
                while connection.execute(SEES["subject"], who).fetchone() == (1,):
                    assert time.monotonic() < late
                    time.sleep(0.02)
            assert connection.execute(SEES["subject"], who).fetchone() == (1,), "another session begins anew"
    finally:
        register.admin.execute(alter.format(condition))


def test_what_is_answered_live_goes_dark_with_its_session_too(register):
    who = register.someone((agreement(valid_until=SOON), fact("receivable", **OWED, due_at=PAST)))
    register.pass_time([who["subject"]], LATER)
    minutes = "UPDATE policy.login SET session_minutes = {} WHERE login = %s"
    assert register.sees(SERVICE, "subject", who), "its stored answer has run out, and it is asked live"
    register.admin.execute(minutes.format(0), [SERVICE])
    try:
        assert not register.sees(SERVICE, "subject", who)
    finally:
        register.admin.execute(minutes.format(15), [SERVICE])


def test_every_row_that_a_purpose_reads_goes_dark_with_its_session(register):
    rows = register.admin.execute(
        "SELECT tablename, policyname, qual FROM pg_policies WHERE schemaname = 'register' AND cmd = 'SELECT'"
        " AND policyname LIKE '%@%' AND tablename NOT IN ('metering_point', 'event')"
    ).fetchall()
    assert len(rows) > 100
    assert [row[:2] for row in rows if "statement_timestamp() < (now() + '0" not in row[2]] == []


def test_no_setting_moves_the_clock(register):
    """A tail is counted by the calendar: with the caller's time zone it would end hours or days apart."""
    ends = "(SELECT m - interval '6 months' FROM (VALUES (timestamptz '{}')) v(m))"
    around = [
        register.admin.execute("SELECT now() + %s * interval '1 hour'", [hours]).fetchone()[0]
        for hours in (-30, -3, 3, 30)
    ]
    people = [
        register.someone((agreement(valid_until=ends.format(moment.isoformat())),)) for moment in around
    ]
    told = {}
    for settings in (
        "",
        "SET TimeZone = 'Pacific/Kiritimati'",
        "SET TimeZone = 'Etc/GMT+12'",
        "SET IntervalStyle = 'sql_standard'; SET DateStyle = 'SQL, DMY'",
    ):
        with login(register.cluster, SERVICE) as connection:
            if settings:
                connection.execute(settings)
            live = [
                connection.execute(
                    "SELECT allowed, reason, until AT TIME ZONE 'UTC' FROM policy.why(%s, statement_timestamp(), 'infinity')",
                    [who["subject"]],
                ).fetchone()
                for who in people
            ]
            told[settings] = live, [connection.execute(SEES["subject"], who).fetchone() for who in people]
    assert len({repr(each) for each in told.values()}) == 1, told
    with login(register.cluster, f"upkeep@{SIDE}") as abroad:
        abroad.execute("SET TimeZone = 'Pacific/Kiritimati'")
        for who in people:
            abroad.execute(
                f"INSERT INTO turvakielto (subject_id, valid_from) VALUES (%s, {PAST})", [who["subject"]]
            )
    assert verify_deep(register.cluster) == []


def test_when_a_fact_ceased_to_be_known_is_the_servers_to_say(register):
    who = register.someone((HELD, fact("consent", **CONSENT)))
    with login(register.cluster, SERVICE) as service:
        service.execute(
            "UPDATE consent SET superseded_at = '2001-01-01Z' WHERE subject_id = %s", [who["subject"]]
        )
        [(known_until, lately)] = service.execute(
            "SELECT superseded_at, superseded_at > now() - interval '10 s' FROM consent WHERE subject_id = %s",
            [who["subject"]],
        )
        assert lately, known_until
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="superseded already"):
            service.execute("UPDATE consent SET superseded_at = NULL WHERE subject_id = %s", [who["subject"]])
        for column, value in (
            ("withdrawn_at", "now()"),
            ("recorded_at", "'2001-01-01Z'"),
            ("purpose", "'profiling'"),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute(
                    f"UPDATE consent SET {column} = {value} WHERE subject_id = %s", [who["subject"]]
                )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.execute(
                "INSERT INTO consent (subject_id, purpose, wording, given_at, proof, notice_hash, recorded_at) VALUES (%s, 'direct_marketing', 'marketing_2026', now(), 'p', 'h', '2001-01-01Z')",
                [who["subject"]],
            )


@pytest.mark.parametrize(
    "table",
    [
        "agreement_period",
        "agreement_party",
        "ban",
        "consent",
        "erasure",
        "objection",
        "receivable",
        "representation",
        "restriction",
        "subject_merge",
        "subject_status",
        "turvakielto",
    ],
)
def test_facts_are_never_overwritten(register, table):
    """Not even by the administrator: the triggers fire for everybody."""
    [(column,)] = register.admin.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND atttypid = 'timestamptz'::regtype"
        " AND attname NOT IN ('recorded_at', 'superseded_at', 'decided_until') ORDER BY attnum LIMIT 1", [f"register.{table}"],
    )  # fmt: skip
    if register.admin.execute(f"SELECT count(*) > 0 FROM {table}").fetchone() == (False,):
        for crossing in CROSSINGS:
            register.someone(crossing.facts)
    assert register.admin.execute(f"SELECT count(*) > 0 FROM {table}").fetchone() == (True,)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="superseded, never changed"):
        register.admin.execute(f"UPDATE {table} SET {column} = {column}")


def notice(*replaced: tuple[str, str]):
    """The notice with pieces of its text replaced; each piece is there."""
    text = NOTICE.read_text()
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    return read_notice(text.encode())


def today():
    """The Finnish day: that is when a day of a notice begins and ends."""
    return datetime.now(ZoneInfo("Europe/Helsinki")).date()


def bits(cluster) -> str:
    with administrator(cluster) as admin:
        return admin.execute(
            "SELECT md5(string_agg(concat_ws('|', id, bits1, bits2, decided_until), ',' ORDER BY id)) FROM register.subject"
        ).fetchone()[0]


def test_what_closes_a_whole_key_moves_no_row(one_server):
    """A balancing test lapses, a notice ends: the policies' own windows close, and no answer is written."""
    day = lambda days: str(today() + timedelta(days=days))  # noqa: E731
    lapses = "reference: TP-2025-02, review_by: {}, on_lapse: stop"
    grace = "reference: TP-2025-03, review_by: {}, on_lapse: alarm_with_grace, grace_days: 90"
    reviews = lambda text, days: (text.format("2027-11-03"), text.format(day(days)))  # noqa: E731
    began = "in_force_from: 2026-01-01"
    collection = f"collection@{SIDE}"
    with governed(one_server, NOTICE, "windows") as cluster:
        register = Register(cluster)
        who = register.someone((HELD, fact("receivable", **OWED, due_at=PAST)))
        told = {
            "a test is due in two days": ([reviews(lapses, 2)], {DEVELOPMENT: True, collection: True, SERVICE: True}),
            "it lapsed; another has days of grace": ([reviews(lapses, -1), reviews(grace, -30)], {DEVELOPMENT: False, collection: True, SERVICE: True}),
            "the days of grace are over": ([reviews(grace, -92)], {DEVELOPMENT: True, collection: False, SERVICE: True}),
            "the notice has ended": ([(began, f"{began}\n  in_force_until: {day(-1)}")], dict.fromkeys([SERVICE, DEVELOPMENT, collection], False)),
            "the notice has not begun": ([(began, f"in_force_from: {day(3)}")], dict.fromkeys([SERVICE, DEVELOPMENT, collection], False)),
        }  # fmt: skip
        before = bits(cluster)
        for name, (replaced, seen) in told.items():
            applied = apply(cluster, notice(*replaced))
            assert applied.new_keys == 0, name
            for purpose, open_ in seen.items():
                assert register.sees(purpose, "subject", who) is open_, (name, purpose)
            assert bits(cluster) == before, name
        register.close()


def test_a_wording_goes_out_of_use(one_server):
    wording = "  marketing_2026:\n    purpose: direct_marketing\n"
    ends = today() + timedelta(days=5)
    with governed(one_server, notice((wording, f"{wording}    valid_until: {ends}\n")), "wording") as cluster:
        register = Register(cluster)
        who = register.someone((fact("consent", **CONSENT),))
        assert register.sees(MARKETING, "email", who)
        [(until,)] = register.admin.execute(
            "SELECT decided_until AT TIME ZONE 'Europe/Helsinki' FROM subject WHERE id = %s", [who["subject"]]
        )
        assert str(until) == f"{ends} 00:00:00"
        [(open_, closed)] = register.admin.execute(
            "SELECT (SELECT bits1 | bits2 FROM policy.decide(ARRAY[s.id], s.decided_until - interval '1 s', 'infinity')),"
            " (SELECT bits1 | bits2 FROM policy.decide(ARRAY[s.id], s.decided_until, 'infinity')) FROM subject s WHERE id = %s", [who["subject"]],
        )  # fmt: skip
        assert open_ != closed
        apply(cluster, notice((wording, f"{wording}    valid_until: {today() - timedelta(days=1)}\n")))
        assert not register.sees(MARKETING, "email", who)
        assert verify_deep(cluster) == []
        register.close()
