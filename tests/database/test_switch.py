"""One notice gives way to another: at once, for everybody, and whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import Self

import psycopg
import pytest

from conftest import EXAMPLES, SOAK, governed
from database.people import administrator, login
from seloste.notice import read_notice
from seloste.policy.apply import Busy, apply
from seloste.policy.deep import verify_deep
from seloste.policy.verify import verify

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
SOURCE = EXAMPLES.parent / "src"
SERVICE, UPKEEP, RIGHTS = "service@sahkolaitos", "upkeep@sahkolaitos", "rights@all"
MORE = """
  {0}:
    name: {{fi: uusi}}
    description: {{fi: uusi}}
    controllers: [sahkolaitos, vera]
    bases: [{{kind: contract, agreement_kinds: [sale], tail: P7D}}]
    categories: [name, address, phone, email, agreements]
    subject_groups: [consumer, organisation]
    roles: [analyst]
    reasons: [task]"""
READS = "categories: [name, business_id, representation, households, personas, address, safe_address, housing_form, phone, email,"
TAIL = "bases: [{kind: contract, tail: P6M}]"


def text(*, purposes: int = 0, phoneless: bool = False, tail: str = "") -> str:
    """The notice with so many purposes more, with a service that reads receivables and no phones, or that ends sooner."""
    found = NOTICE.read_text()
    if purposes:
        found = found.replace(
            "\npurposes:", "\npurposes:" + "".join(MORE.format(f"new_{n}") for n in range(purposes)), 1
        )
    head, service = found.split("\n  service:", 1)
    if phoneless:
        assert READS in service
        service = service.replace(READS, READS.replace(" phone,", " receivables,"), 1).replace(
            "housing_form, phone, email, status,", "housing_form, email, status,", 1
        )
    if tail:
        assert TAIL in service
        service = service.replace(TAIL, TAIL.replace("P6M", tail), 1)
    return f"{head}\n  service:{service}"


def notice(**how: object):
    return read_notice(text(**how).encode())


def fill(cluster, count: int) -> range:
    """So many people, each with an agreement, a phone, an e-mail and a receivable; their keys."""
    with login(cluster, UPKEEP) as upkeep, upkeep.transaction():
        first, agreement = (
            upkeep.execute("SELECT policy.reserve(%s, %s)", [t, count]).fetchone()[0]
            for t in ("subject", "agreement")
        )
        people = {"first": first, "last": first + count - 1, "shift": agreement - first}
        series = "generate_series(%(first)s::bigint, %(last)s::bigint) n"
        for statement in (
            f"INSERT INTO subject (id, side, kind) SELECT n, 'sahkolaitos', 'person' FROM {series}",
            f"INSERT INTO agreement (id, number, subject_id, side, controller, kind) SELECT n + %(shift)s, (n + %(shift)s)::text, n, 'sahkolaitos', 'sahkolaitos', 'sale' FROM {series}",
            f"INSERT INTO agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from, valid_until) SELECT n + %(shift)s, n, 'sahkolaitos', 'sale', '2025-01-01Z', '2025-01-01Z', CASE WHEN n %% 2 = 0 THEN now() - interval '3 months' END FROM {series}",
            f"INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) SELECT n, 'phone', '+35850' || n, 'x', '2025-01-01Z' FROM {series}",
            f"INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) SELECT n, 'email', n || '@posti.example', 'x', '2025-01-01Z' FROM {series}",
            f"INSERT INTO receivable (number, subject_id, controller, amount_cents, due_at, state, valid_from) SELECT 'n', n, 'sahkolaitos', 1, '2025-01-01Z', 'open', '2025-01-01Z' FROM {series}",
        ):
            upkeep.execute(statement, people)
    return range(first, first + count)


def in_force(cluster) -> str:
    with login(cluster, "housekeeping") as keeper:
        return keeper.execute("SELECT hash FROM policy.notice WHERE replaced_at IS NULL").fetchone()[0]


def seen(connection, table: str, where: str = "true") -> int | None:
    """How many rows a purpose sees; None where it may not look."""
    try:
        with connection.transaction():
            return connection.execute(f"SELECT count(subject_id) FROM {table} WHERE {where}").fetchone()[0]
    except psycopg.errors.InsufficientPrivilege:
        return None


@contextmanager
def switching(server):
    with governed(server, NOTICE, "switch") as cluster:
        cluster.people = fill(cluster, 2_000)
        yield cluster
        assert verify(cluster).drift == ()
        assert verify_deep(cluster) == []


@pytest.fixture(scope="module")
def everywhere(server):
    with switching(server) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def somewhere(one_server):
    with switching(one_server) as cluster:
        yield cluster


@pytest.fixture
def cluster(somewhere):
    """Every test begins and ends with the notice as it stands."""
    yield somewhere
    apply(somewhere, notice())


def picture(cluster) -> dict[str, list[tuple]]:
    """What decides who may read, with the transactions that wrote it where nothing may be written again."""
    asked = {
        "policies": "SELECT polname, polrelid, xmin::text FROM pg_policy",
        "columns": "SELECT attrelid, attname, attacl::text, attstattarget FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'register'::regnamespace)",
        "triggers": "SELECT tgname, tgrelid, tgenabled, xmin::text FROM pg_trigger",
        "tables": "SELECT relname, relacl::text, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relnamespace IN ('register'::regnamespace, 'policy'::regnamespace)",
        "functions": "SELECT oid, prosrc, proconfig, proacl::text FROM pg_proc WHERE pronamespace = 'policy'::regnamespace",
        "roles": "SELECT rolname, rolcanlogin, rolpassword FROM pg_authid WHERE starts_with(rolname, current_database() || '.')",
        "keys": "SELECT * FROM policy.key",
        "masks": "SELECT * FROM policy.mask",
        "logins": "SELECT * FROM policy.login",
        "notices": "SELECT hash, applied_at, replaced_at FROM policy.notice",
        "answers": "SELECT id, bits1, bits2, decided_until, xmin::text FROM register.subject",
    }
    with administrator(cluster) as admin:
        return {name: sorted(map(str, admin.execute(query).fetchall())) for name, query in asked.items()}


def test_applying_twice_changes_nothing(everywhere):
    before = picture(everywhere)
    applied = apply(everywhere, notice())
    assert (applied.changed, applied.new_keys, applied.subjects) == (False, 0, 0)
    after = picture(everywhere)
    assert [name for name in before if before[name] != after[name]] == []


def test_applying_over_drift_repairs_it(everywhere):
    meddling = (
        'DROP POLICY "service@sahkolaitos select" ON register.subject',
        'ALTER POLICY "service@sahkolaitos select" ON register.address USING (true)',
        f'CREATE POLICY "my own" ON register.consent TO "{everywhere.role(SERVICE)}" USING (true)',
        f'GRANT SELECT ON register.national_identifier TO "{everywhere.role(SERVICE)}"',
        f'GRANT SELECT (value) ON register.business_id TO "{everywhere.role("direct_marketing@sahkolaitos")}" WITH GRANT OPTION',
        f'REVOKE SELECT (given_names) ON register.subject FROM "{everywhere.role(SERVICE)}"',
        "GRANT USAGE ON SCHEMA register TO PUBLIC",
        "GRANT EXECUTE ON FUNCTION policy.refresh_due(integer) TO PUBLIC",
        f'GRANT SELECT ON policy.notice TO "{everywhere.role(SERVICE)}"',
        f'REVOKE EXECUTE ON FUNCTION policy.enter(text) FROM "{everywhere.role(SERVICE)}"',
        "ALTER TABLE register.ban DISABLE TRIGGER policy_insert",
        "ALTER TABLE register.consent ENABLE REPLICA TRIGGER policy_insert",
        "DROP TRIGGER policy_answer ON register.address",
        "ALTER TABLE register.receivable NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE register.address DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE register.contact_point ALTER COLUMN value SET STATISTICS 100",
        "UPDATE policy.mask SET open1 = -1 WHERE place = 'address'",
        "CREATE OR REPLACE FUNCTION policy.sees_subject(_subject bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "DROP INDEX register.policy_due",
    )  # fmt: skip
    with administrator(everywhere) as admin:
        for statement in meddling:
            admin.execute(statement)
    assert len(verify(everywhere).drift) >= len(meddling)
    assert apply(everywhere, notice()).changed is False
    assert verify(everywhere).drift == ()


class Readers:
    """Sessions that read, over and over, two things that the notices tell apart; who sees one thing of each is caught."""

    def __init__(self, cluster, count: int, *, entering: bool) -> None:
        self.cluster, self.entering = cluster, entering
        self.met: set[tuple] = set()
        self.longest, self.failed, self.sessions = 0.0, [], 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        try:
            with login(self.cluster, SERVICE) as connection, login(self.cluster, "housekeeping") as keeper:
                while not self._over.is_set():
                    began = time.monotonic()
                    self._session(connection, keeper)
                    self.longest = max(self.longest, time.monotonic() - began)
                    self.sessions += 1
        except Exception as error:
            self.failed.append(error)

    def _session(self, connection, keeper) -> None:
        now = keeper.execute("SELECT hash FROM policy.notice WHERE replaced_at IS NULL").fetchone()[0]
        try:
            with connection.transaction():
                if self.entering:
                    connection.execute("SELECT policy.enter(%s)", [now])
                told = tuple(
                    seen(connection, *what)
                    for what in (
                        ("contact_point", "category = 'phone'"),
                        ("receivable",),
                        ("contact_point", "category = 'phone'"),
                    )
                )
                self.met.add((now, *told) if self.entering else told)
        except psycopg.Error as error:
            if error.sqlstate != "SEL01":
                raise


def test_nobody_sees_half_of_a_switch(cluster, capsys):
    old, new = notice(), notice(phoneless=True, purposes=3)
    people = len(cluster.people)
    with Readers(cluster, 2, entering=True) as sessions, Readers(cluster, 2, entering=False) as raw:
        for each in (new, old):
            apply(cluster, each)
            time.sleep(0.2)
    assert sessions.failed == raw.failed == []
    # the categories of a table with several are part of its policy: a purpose without phones finds none
    assert sessions.met == {(old.hash, people, None, people), (new.hash, 0, people, 0)}
    assert raw.met == {(people, None, people), (0, people, 0)}
    with capsys.disabled():
        print(
            f"\n{sessions.sessions + raw.sessions} sessions read across 2 switches; the longest took {max(sessions.longest, raw.longest) * 1000:.0f} ms"
        )
    assert max(sessions.longest, raw.longest) < 4


@contextmanager
def holding(cluster, name: str, *statements: str):
    with login(cluster, name) as connection, connection.transaction():
        for statement in statements:
            connection.execute(statement)
        yield connection


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        (SERVICE, "SELECT policy.enter('{}')"),
        (SERVICE, "SELECT count(id) FROM subject"),
        (UPKEEP, "INSERT INTO subject (side, kind) VALUES ('sahkolaitos', 'person')"),
    ],
    ids=["a session", "a read outside one", "a write"],
)
def test_a_switch_that_cannot_have_its_locks_gives_up_and_says_who_holds_them(cluster, name, statement):
    new = notice(tail="P1M")
    before = in_force(cluster)
    with holding(cluster, name, statement.format(before)):
        began = time.monotonic()
        with pytest.raises(Busy, match=f"{cluster.role(name)} since 20"):
            apply(cluster, new, wait_seconds=1)
        assert time.monotonic() - began > 0.5
        assert in_force(cluster) == before
    assert apply(cluster, new, wait_seconds=5).changed
    assert in_force(cluster) == new.hash


def test_who_comes_while_a_switch_waits_is_let_through(cluster):
    new, before = notice(purposes=1), in_force(cluster)
    refused = []

    def wait() -> None:
        try:
            apply(cluster, new, wait_seconds=3)
        except Busy as error:
            refused.append(error)

    with holding(cluster, SERVICE, f"SELECT policy.enter('{before}')"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        longest = 0.0
        while waiting.is_alive():
            began = time.monotonic()
            with holding(
                cluster, UPKEEP, f"SELECT policy.enter('{before}')", "SELECT count(id) FROM subject"
            ):
                pass
            longest = max(longest, time.monotonic() - began)
    assert refused
    assert longest < 2.5, "one turn and what it takes to begin"


KILLED = """
import os, signal, sys
from pathlib import Path
from seloste.notice import read_notice
from seloste.policy import apply as applying
from seloste.project.database import Cluster, Passwords

point, admin, database, passwords, notice = sys.argv[1:]
cluster = Cluster(admin, Passwords(Path(passwords)), database)
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
run, runs = applying.run, []

def counted(owner, place, statements):
    statements = list(statements)
    runs.append(statements)
    if point == "preparing" and len(runs) == 4 or point == "switching" and any("policy.login" in s.sql for s in statements):
        run(owner, place, statements[: len(statements) // 2])
        die()
    run(owner, place, statements)

applying.run = counted
kill_at = int(point) if point.isdigit() else None
applying.apply(cluster, read_notice(notice), batch=100, progress=lambda done, _all: kill_at is not None and done >= kill_at and die())
"""


POINTS = ["preparing", "0", "700", "1900", "2000", "switching"] if SOAK else ["preparing", "700", "switching"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_and_run_again_it_is_done(cluster, point, tmp_path):
    """SIGKILL, as the machine would do it: halfway through a list of statements, or after so many subjects."""
    before = in_force(cluster)
    (tmp_path / "notice.yaml").write_text(text(purposes=3, tail=f"P{1 + len(point)}M"))
    new = read_notice(tmp_path / "notice.yaml")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, point, cluster.administrator, cluster.database, str(cluster.passwords.path), str(tmp_path / "notice.yaml")],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert in_force(cluster) == before
    with login(cluster, SERVICE) as service:
        assert seen(service, "contact_point", "category = 'phone'") == len(cluster.people), (
            "the notice in force goes on"
        )
    told = []
    apply(cluster, new, batch=100, progress=lambda so_far, _all: told.append(so_far))
    if point.isdigit():
        assert told[0] == int(point), "it goes on where it was"
    assert in_force(cluster) == new.hash
    assert verify(cluster).drift == ()
    assert verify_deep(cluster) == []


def test_one_preparing_gives_way_to_another(cluster):
    """What was prepared for a notice is worth nothing once another was prepared: facts have changed since."""

    class Enough(Exception):
        pass

    def enough(done: int, _all: int) -> None:
        if done >= 1500:
            raise Enough

    one, other = notice(tail="P1M"), notice(tail="P2M")
    for each in (one, other):
        with pytest.raises(Enough):
            apply(cluster, each, batch=100, progress=enough)
        with login(cluster, RIGHTS) as rights:
            rights.execute(
                "INSERT INTO restriction (subject_id, categories, purposes, valid_from) VALUES (%s, '{}', '{}', now())",
                [cluster.people[3]],
            )
    told = []
    apply(cluster, one, progress=lambda done, _all: told.append(done))
    assert told[0] == 0
    assert verify_deep(cluster) == []
    with login(cluster, RIGHTS) as rights:
        rights.execute(
            "UPDATE restriction SET superseded_at = now() WHERE subject_id = %s AND superseded_at IS NULL",
            [cluster.people[3]],
        )


def state(cluster, name: str) -> dict[int, str]:
    """The numbers that a key has had, and what they are now."""
    with login(cluster, "housekeeping") as keeper:
        return dict(keeper.execute("SELECT number, state FROM policy.key WHERE name = %s", [name]).fetchall())


def current(cluster, name: str) -> int:
    return next(number for number, now in state(cluster, name).items() if now == "in_force")


def test_a_key_whose_rule_changes_gets_a_new_number_and_the_old_one_comes_back(cluster):
    key = f"{SERVICE}/-/0"
    ended, running = cluster.people[1:3] if cluster.people[1] % 2 == 0 else cluster.people[2:0:-1]
    phones = "subject_id = {} AND category = 'phone'".format
    with login(cluster, SERVICE) as service:
        assert (
            seen(service, "contact_point", phones(ended)),
            seen(service, "contact_point", phones(running)),
        ) == (1, 1)
        old = current(cluster, key)
        apply(cluster, notice(tail="P1M"))
        assert current(cluster, key) != old
        assert state(cluster, key)[old] == "retired"
        # its agreement ended three months ago: what the old key's bit says is there, and nobody reads it
        assert (
            seen(service, "contact_point", phones(ended)),
            seen(service, "contact_point", phones(running)),
        ) == (0, 1)
        # while the old key is retired the running agreement goes too, which only the new one is told
        with login(cluster, "agreements@sahkolaitos") as agreements:
            assert (
                agreements.execute(
                    "UPDATE agreement_period SET superseded_at = now() WHERE subject_id = %s AND superseded_at IS NULL",
                    [running],
                ).rowcount
                == 1
            )
        apply(cluster, notice())
        assert current(cluster, key) == old
        assert (
            seen(service, "contact_point", phones(ended)),
            seen(service, "contact_point", phones(running)),
        ) == (1, 0)
    assert verify_deep(cluster) == []
    with login(cluster, UPKEEP) as upkeep:
        upkeep.execute(
            "INSERT INTO agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from)"
            " SELECT a, %s, 'sahkolaitos', 'sale', '2025-01-01Z', '2025-01-01Z' FROM unnest(%s::bigint[]) a", [running, _agreements(cluster, running)],
        )  # fmt: skip


def _agreements(cluster, subject: int) -> list[int]:
    with administrator(cluster) as admin:
        return [
            key
            for (key,) in admin.execute("SELECT id FROM register.agreement WHERE subject_id = %s", [subject])
        ]


def test_who_was_writing_when_the_preparing_began_is_waited_for(cluster):
    """He decides by the notice of before; his people would be left without the new keys."""
    new = notice(purposes=2)
    with holding(
        cluster, UPKEEP, "INSERT INTO subject (side, kind) VALUES ('sahkolaitos', 'person')"
    ) as writer:
        [(someone,)] = writer.execute("SELECT max(id) FROM subject").fetchall()
        applying = threading.Thread(target=apply, args=(cluster, new))
        applying.start()
        time.sleep(0.5)
        assert applying.is_alive()
        writer.execute(
            "INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) VALUES (%s, 'phone', '+358501', 'x', now())",
            [someone],
        )
    applying.join()
    assert in_force(cluster) == new.hash
    assert verify_deep(cluster) == []


def test_a_newer_compiler_leaves_what_is_in_force_as_it_is_until_the_switch(cluster):
    """It may spell every rule another way: the keys in force keep their numbers and their bits meanwhile."""
    new, before = notice(purposes=1), in_force(cluster)
    with administrator(cluster) as admin:
        admin.execute("UPDATE policy.key SET rule = 'spelled otherwise'")
    told = []

    def look(_done: int, _all: int) -> None:
        with login(cluster, SERVICE) as service:
            told.append((in_force(cluster), seen(service, "contact_point", "category = 'phone'")))

    applied = apply(cluster, new, batch=500, progress=look)
    assert applied.new_keys > 40
    assert set(told) == {(before, len(cluster.people))}
