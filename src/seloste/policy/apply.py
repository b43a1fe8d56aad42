"""Applying a policy: prepare in batches, switch in one short transaction, and nothing by halves.

Killed anywhere and run again, it goes on where it was; applied twice, it changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.notice import Notice

from . import registry
from .bootstrap import FIXED, Place, bootstrap, retire
from .compile import Policy, compile_policy, deciding, indexes, prepare, tables_ready, triggers
from .differing import changes, needed
from .opening import engine_ready
from .running import Waited, as_engine, in_turns, run
from .schema import snapshot
from .statements import Statement, identifier
from .upkeep import nobodys
from .verify import NothingApplied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

SWITCH_LOCK = "SELECT pg_advisory_xact_lock(policy.lock_key())"


class Busy(Exception):
    """Somebody's session holds the notice in force; the message says whose login and since when."""


@dataclass(frozen=True)
class Applied:
    """What an apply did."""

    notice: str
    new_keys: int
    retired_keys: int
    subjects: int
    changed: bool


def apply(
    place: Place,
    notice: Notice,
    *,
    as_published: bool = False,
    without: frozenset[str] = frozenset(),
    batch: int = 2_000,
    wait_seconds: int = 30,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Applied:
    """This will bring a notice into force in a database whose tables exist.

    `as_published` opens what a faulty notice supports; everything else stays shut.
    `progress` is told subjects done and all, while answers are prepared.
    Raises: Busy, MissingSentence, ColumnsDiffer, TooManyKeys, TooManyCategories. Law: GDPR 24, 25.
    """
    with psycopg.connect(
        place.dsn(place.role("owner")), autocommit=True, options="-c row_security=on -c TimeZone=UTC"
    ) as owner:
        owner.execute("SET TimeZone = 'UTC'")
        _registry(owner, place)
        before = in_force(owner, place)
        policy = compile_policy(
            notice,
            snapshot(owner),
            place.database,
            as_published=as_published,
            known=_known(owner, place),
            applied_at=_applied_at(owner, place, notice),
            without=without,
        )
        _roles(owner, place, policy)
        try:
            fresh = _prepare(owner, place, policy, before, wait_seconds)
            subjects = _fill(owner, place, policy, batch, progress) if fresh else 0
            retired, changed = _switch(owner, place, policy, wait_seconds)
        except Waited:
            raise Busy(_who_holds(place)) from None
        _retire(owner, place, policy)
        return Applied(notice.hash, fresh, retired, subjects, changed)


def refresh_due(
    place: Place, progress: Callable[[int, int], None] = lambda _done, _all: None, batch: int = 2_000
) -> int:
    """This will decide anew, in batches, every answer that has run out; says how many it met.

    Nobody has to: whoever serves one person asks live, and who works on sets does it first. Done
    beforehand it spares them the wait. Raises: NothingApplied.
    """
    with psycopg.connect(
        place.dsn(place.role("owner")), autocommit=True, options="-c row_security=on -c TimeZone=UTC"
    ) as owner:
        if owner.execute("SELECT to_regproc('policy.refresh_due') IS NULL").fetchone() == (True,):
            raise NothingApplied("no notice is in force: run `seloste policy apply FILE`")
        due = "SELECT count(*) FROM register.subject WHERE decided_until <= statement_timestamp()"
        [(everybody,)] = as_engine(owner, place, due)
        done = 0
        while count := as_engine(owner, place, "SELECT policy.refresh_due(%s)", [batch])[0][0]:
            done += count
            progress(done, everybody)
        return done


def _roles(owner: psycopg.Connection, place: Place, policy: Policy) -> None:
    """A login that does not exist yet is made by the administrator; otherwise he is not needed."""
    names = [login.name for login in policy.logins]
    wanted = {place.role(name) for name in (*FIXED, *names) if name != "engine"}
    there = owner.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
        " AND has_database_privilege(rolname, current_database(), 'CONNECT')",
        [list(wanted)],
    )
    if wanted - {role for (role,) in there.fetchall()}:
        bootstrap(place, names)


def _retire(owner: psycopg.Connection, place: Place, policy: Policy) -> None:
    """A login that the notice no longer declares goes; applied again, an old notice makes it anew."""
    declared = {place.role(login.name) for login in policy.logins}
    rows = owner.execute(
        "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s) AND position('@' in rolname) > 0",
        [place.role("")],
    ).fetchall()
    if gone := sorted({role for (role,) in rows} - declared):
        retire(place, gone)


def in_force(owner: psycopg.Connection, place: Place) -> Policy | None:
    """This will compile the notice in force again, from the body that was kept with it."""
    row = as_engine(
        owner,
        place,
        "SELECT n.body, n.as_published, n.applied_at FROM policy.notice n WHERE n.replaced_at IS NULL",
    )
    if not row:
        return None
    # by name: a newer compiler may spell a rule another way, and what is in force goes on until the switch
    numbered = dict(as_engine(owner, place, "SELECT name, number FROM policy.key WHERE state = 'in_force'"))
    return compile_policy(
        Notice.from_canonical(row[0][0]),
        snapshot(owner),
        place.database,
        as_published=row[0][1],
        numbered=numbered,
        applied_at=row[0][2],
    )


def _applied_at(owner: psycopg.Connection, place: Place, notice: Notice) -> datetime:
    """When this notice was first applied: now, if it never was."""
    query = "SELECT coalesce((SELECT applied_at FROM policy.notice WHERE hash = %s), now())"
    [(moment,)] = as_engine(owner, place, query, [notice.hash])
    found: datetime = moment
    return found


def _known(owner: psycopg.Connection, place: Place) -> list[registry.Known]:
    return [
        registry.Known(*row)
        for row in as_engine(owner, place, "SELECT number, name, rule FROM policy.key ORDER BY number")
    ]


def _registry(owner: psycopg.Connection, place: Place) -> None:
    with owner.transaction():
        run(owner, place, (_engines(sql) for sql in registry.tables()))


def _engines(sql: str) -> Statement:
    return registry.Statement(sql, "the policy's own tables")


def _prepare(
    owner: psycopg.Connection, place: Place, policy: Policy, before: Policy | None, wait_seconds: int
) -> int:
    """Columns, functions, triggers and new keys; how many keys await their bits.

    Whoever is writing with the functions of before has ended when this commits: he would leave
    answers behind that know nothing of the new keys.
    """

    def attempt() -> int:
        owner.execute("LOCK TABLE register.subject IN EXCLUSIVE MODE")
        run(owner, place, needed(owner, tables_ready(policy)))
        run(owner, place, engine_ready(policy, _engine_policies(owner)))
        run(owner, place, prepare(policy, before))
        run(owner, place, needed(owner, triggers(policy)))
        as_engine(owner, place, "DELETE FROM policy.progress WHERE target <> %s", [_target(policy)])
        [(fresh,)] = as_engine(owner, place, "SELECT count(*) FROM policy.key WHERE state = 'preparing'")
        return int(fresh)

    return in_turns(owner, wait_seconds, attempt)


def _target(policy: Policy) -> str:
    """What is being prepared: a notice and the numbers of its keys."""
    return sha256(f"{policy.notice.hash} {sorted(policy.numbers.values())}".encode()).hexdigest()


def _engine_policies(owner: psycopg.Connection) -> frozenset[tuple[str, str]]:
    rows = owner.execute(
        "SELECT c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
        " WHERE c.relnamespace = 'register'::regnamespace AND p.polname LIKE 'engine %'"
    ).fetchall()
    return frozenset((table, policy) for table, policy in rows)


def _fill(
    owner: psycopg.Connection,
    place: Place,
    policy: Policy,
    batch: int,
    progress: Callable[[int, int], None],
) -> int:
    """The bits of new keys in batches: unreadable, since no policy names them yet."""
    target = _target(policy)
    everybody: int = as_engine(owner, place, "SELECT count(*) FROM register.subject")[0][0]
    row = as_engine(owner, place, "SELECT upto FROM policy.progress WHERE target = %s", [target])
    last = row[0][0] if row else 0
    done = as_engine(owner, place, "SELECT count(*) FROM register.subject WHERE id <= %s", [last])[0][0]
    while last is not None:
        progress(done, everybody)
        try:
            last = _fill_next(owner, place, target, last, batch)
        except psycopg.errors.DeadlockDetected:
            continue
        done = min(done + batch, everybody)
    progress(everybody, everybody)
    return everybody


def _fill_next(owner: psycopg.Connection, place: Place, target: str, last: int, batch: int) -> int | None:
    with owner.transaction():
        owner.execute(f"SET LOCAL ROLE {identifier(place.role('engine'))}")
        [(upto,)] = owner.execute("SELECT policy.refresh_range(%s, %s)", [last, batch]).fetchall()
        if upto is not None:
            owner.execute(
                "INSERT INTO policy.progress VALUES (%s, %s) ON CONFLICT (target) DO UPDATE SET upto = EXCLUDED.upto",
                [target, upto],
            )
    return None if upto is None else int(upto)


def _switch(owner: psycopg.Connection, place: Place, policy: Policy, wait_seconds: int) -> tuple[int, bool]:
    """Grants, policies and hash in one transaction that no session spans, nor any other transaction."""
    _make_indexes(owner, policy)
    before = as_engine(owner, place, "SELECT hash FROM policy.notice WHERE replaced_at IS NULL")
    switching = [*changes(owner, place, policy), *_in_force(policy), *_left_over(owner, policy)]
    switching += [*deciding(policy), *nobodys(policy.tables, policy.places(), policy.words)]
    switching += [registry.Statement("DELETE FROM policy.progress", "prepared")]
    everything = ", ".join(f"register.{table}" for table in policy.tables)

    def attempt() -> None:
        owner.execute(SWITCH_LOCK)
        owner.execute(f"LOCK TABLE {everything} IN ACCESS EXCLUSIVE MODE")
        run(owner, place, switching)

    in_turns(owner, wait_seconds, attempt)
    _drop_indexes(owner, "c.relname <> ALL(%s::text[])", [list(indexes(policy))])
    retired = as_engine(owner, place, "SELECT count(*) FROM policy.key WHERE state = 'retired'")[0][0]
    return retired, before != [(policy.notice.hash,)]


def _in_force(policy: Policy) -> Iterator[Statement]:
    canonical = policy.notice.canonical()
    yield from registry.switch_rows(
        policy.notice,
        policy.numbers,
        canonical,
        as_published=policy.as_published,
        applied_at=policy.applied_at,
    )
    yield from registry.login_rows(policy.notice, policy.logins, policy.reached(), policy.database)


def _left_over(owner: psycopg.Connection, policy: Policy) -> list[Statement]:
    """What the notice before needed and this one does not: triggers, and the functions they call."""
    made = "\n".join(s.sql for s in (*deciding(policy), *triggers(policy)))
    kept = set(re.findall(r"FUNCTION policy\.(\w+)\(", made))
    calling = set(re.findall(r"TRIGGER (\w+) .* ON register\.(\w+)", made))
    there = owner.execute(
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE c.relnamespace = 'register'::regnamespace AND NOT t.tgisinternal AND t.tgname ~ '^policy_'"
    ).fetchall()
    functions = owner.execute(
        "SELECT proname, oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'policy'::regnamespace"
    ).fetchall()
    because = "the notice does not need it"
    return [
        *(
            Statement(f"DROP TRIGGER {name} ON register.{table}", because)
            for name, table in there
            if (name, table) not in calling
        ),
        *(
            Statement(f"DROP FUNCTION {signature}", because, by="engine")
            for name, signature in functions
            if name not in kept
        ),
    ]


def _who_holds(place: Place) -> str:
    with psycopg.connect(make_conninfo(place.admin_dsn(), dbname=place.database)) as admin:
        rows = admin.execute(
            "SELECT DISTINCT a.usename, a.xact_start::timestamptz(0) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND l.granted AND (l.locktype = 'advisory' OR"
            " l.relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'register'::regnamespace)) ORDER BY 2"
        ).fetchall()
    told = "; ".join(f"{login} since {since}" for login, since in rows) or "somebody who has just gone"
    return (
        f"applying waited and gave up, the notice in force stays so; it is held by: {told}."
        " Run the same command again; answers prepared so far are kept."
    )


def _make_indexes(owner: psycopg.Connection, policy: Policy) -> None:
    """Concurrently: nobody waits. What a kill left half made is made anew."""
    _drop_indexes(owner, "NOT i.indisvalid", [])
    for statement in needed(owner, map(Statement, indexes(policy).values())):
        owner.execute(statement.sql.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1))


def _drop_indexes(owner: psycopg.Connection, which: str, arguments: list[object]) -> None:
    rows = owner.execute(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        f" WHERE c.relnamespace = 'register'::regnamespace AND c.relname ~ '^policy_(set|find)_' AND {which}",
        arguments,
    ).fetchall()
    for (name,) in rows:
        owner.execute(f"DROP INDEX CONCURRENTLY register.{identifier(name)}")


__all__ = ["Applied", "Busy", "apply", "in_force"]
