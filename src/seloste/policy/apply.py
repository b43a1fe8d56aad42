"""Applying a policy: prepare in batches, switch in one short transaction, and nothing by halves.

Killed anywhere and run again, it goes on where it was; applied twice, it changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.notice import Notice

from . import registry
from .bootstrap import Place, bootstrap, retire
from .compile import (
    Policy,
    callable_by_owner,
    compile_policy,
    deciding,
    engine_ready,
    indexes,
    opening,
    prepare,
    tables_ready,
    triggers,
)
from .schema import snapshot
from .statements import Statement, identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    Raises: Busy, MissingSentence, ColumnsDiffer, TooManyKeys. Law: GDPR 24, 25.
    """
    with psycopg.connect(place.dsn(place.role("owner")), autocommit=True) as owner:
        owner.execute("SET TimeZone = 'UTC'")
        _registry(owner, place)
        before = in_force(owner, place)
        policy = compile_policy(
            notice,
            snapshot(owner),
            place.database,
            as_published=as_published,
            known=_known(owner, place),
            without=without,
        )
        _roles(owner, place, policy)
        done = _prepare(owner, place, policy, before, batch=batch, progress=progress)
        retired, changed = _switch(owner, place, policy, wait_seconds)
        _retire(owner, place, policy)
        return Applied(notice.hash, done[0], retired, done[1], changed)


def _roles(owner: psycopg.Connection, place: Place, policy: Policy) -> None:
    """A login that does not exist yet is made by the administrator; otherwise he is not needed."""
    names = [login.name for login in policy.logins]
    wanted = {place.role(name) for name in names}
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
        owner, place, "SELECT n.body, n.as_published FROM policy.notice n WHERE n.replaced_at IS NULL"
    )
    if not row:
        return None
    notice = Notice.from_canonical(row[0][0])
    return compile_policy(
        notice,
        snapshot(owner),
        place.database,
        as_published=row[0][1],
        known=_known(owner, place),
    )


def as_engine(
    connection: psycopg.Connection,
    place: Place,
    query: str,
    arguments: list[object] | dict[str, object] | None = None,
) -> list[tuple[Any, ...]]:
    """This will run one statement as the engine on the owner's connection and return its rows."""
    with connection.transaction():
        connection.execute(f"SET LOCAL ROLE {identifier(place.role('engine'))}")
        cursor = connection.execute(query, arguments)
        return cursor.fetchall() if cursor.description else []


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


def run(owner: psycopg.Connection, place: Place, statements: Iterable[Statement]) -> None:
    """This will run statements on the owner's connection, each as the role it names."""
    current = "owner"
    for statement in statements:
        if statement.by != current:
            current = statement.by
            owner.execute(
                "RESET ROLE" if current == "owner" else f"SET ROLE {identifier(place.role(current))}"
            )
        owner.execute(statement.sql)
    if current != "owner":
        owner.execute("RESET ROLE")


def _prepare(
    owner: psycopg.Connection,
    place: Place,
    policy: Policy,
    before: Policy | None,
    *,
    batch: int,
    progress: Callable[[int, int], None],
) -> tuple[int, int]:
    """New keys, and their bits in batches: unreadable, since no policy names them yet."""
    with owner.transaction():
        run(owner, place, tables_ready(policy))
        run(owner, place, engine_ready(policy, _policies(owner)))
        run(owner, place, prepare(policy, before))
        run(owner, place, triggers(policy))
    fresh = as_engine(owner, place, "SELECT count(*) FROM policy.key WHERE state = 'preparing'")[0][0]
    if not fresh:
        return 0, 0
    return fresh, _fill(owner, place, policy, batch, progress)


def _policies(owner: psycopg.Connection) -> frozenset[tuple[str, str]]:
    rows = owner.execute(
        "SELECT c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
        " WHERE c.relnamespace = 'register'::regnamespace ORDER BY 1, 2"
    ).fetchall()
    return frozenset((table, policy) for table, policy in rows)


def _fill(
    owner: psycopg.Connection,
    place: Place,
    policy: Policy,
    batch: int,
    progress: Callable[[int, int], None],
) -> int:
    target = policy.notice.hash
    everybody: int = as_engine(owner, place, "SELECT count(*) FROM register.subject")[0][0]
    row = as_engine(owner, place, "SELECT upto FROM policy.progress WHERE target = %s", [target])
    last = row[0][0] if row else 0
    done = as_engine(owner, place, "SELECT count(*) FROM register.subject WHERE id <= %s", [last])[0][0]
    while last is not None:
        progress(done, everybody)
        with owner.transaction():
            owner.execute(f"SET LOCAL ROLE {identifier(place.role('engine'))}")
            (last,) = owner.execute("SELECT policy.refresh_range(%s, %s)", [last, batch]).fetchall()[0]
            if last is not None:
                owner.execute(
                    "INSERT INTO policy.progress VALUES (%s, %s) ON CONFLICT (target) DO UPDATE SET upto = EXCLUDED.upto",
                    [target, last],
                )
        done = min(done + batch, everybody)
    progress(everybody, everybody)
    return everybody


def _switch(owner: psycopg.Connection, place: Place, policy: Policy, wait_seconds: int) -> tuple[int, bool]:
    """Grants, policies and hash in one transaction that no session spans."""
    for sql in indexes(policy).values():
        owner.execute(sql)
    before = as_engine(owner, place, "SELECT hash FROM policy.notice WHERE replaced_at IS NULL")
    try:
        with owner.transaction():
            owner.execute(f"SET LOCAL lock_timeout = '{int(wait_seconds)}s'")
            owner.execute(SWITCH_LOCK)
            run(owner, place, closing(owner, place))
            run(owner, place, opening(policy))
            run(
                owner,
                place,
                registry.switch_rows(
                    policy.notice, policy.numbers, policy.notice.canonical(), as_published=policy.as_published
                ),
            )
            run(
                owner,
                place,
                registry.login_rows(policy.notice, policy.logins, policy.reached(), place.database),
            )
            run(owner, place, _left_over(owner, policy))
            run(owner, place, deciding(policy))
            run(owner, place, [registry.Statement("DELETE FROM policy.progress", "prepared")])
    except psycopg.errors.LockNotAvailable:
        raise Busy(_who_holds(place)) from None
    _drop_indexes(owner, policy)
    retired = as_engine(owner, place, "SELECT count(*) FROM policy.key WHERE state = 'retired'")[0][0]
    return retired, before != [(policy.notice.hash,)]


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


def closing(owner: psycopg.Connection, place: Place) -> list[Statement]:
    """This will list what takes every grant and policy away, whoever has it, before they are made anew."""
    statements = []
    for table, policy in sorted(_policies(owner)):
        statements.append(_owners(f"DROP POLICY {identifier(policy)} ON register.{identifier(table)}"))
    holders = [
        identifier(name) if name else "PUBLIC"
        for (name,) in owner.execute(HOLDERS, {"owner": place.role("owner")}).fetchall()
    ]
    for holder in holders:
        statements += [
            _owners(f"REVOKE ALL ON ALL TABLES IN SCHEMA register FROM {holder}"),
            _owners(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA register FROM {holder}"),
            _owners(f"REVOKE ALL ON SCHEMA register FROM {holder}"),
        ]
        if holder != identifier(place.role("engine")):
            for what in ("ALL TABLES IN SCHEMA policy", "ALL FUNCTIONS IN SCHEMA policy", "SCHEMA policy"):
                statements.append(registry.Statement(f"REVOKE ALL ON {what} FROM {holder}", "all is closed"))
    statements += [
        registry.Statement(f"GRANT USAGE ON SCHEMA policy TO {identifier(place.role('owner'))}", "upkeep"),
        callable_by_owner(place.role("owner")),
    ]
    return statements


def _owners(sql: str) -> Statement:
    return Statement(sql, "all is closed before it is opened anew")


HOLDERS = """
SELECT DISTINCT r.rolname FROM (
  SELECT (aclexplode(relacl)).grantee FROM pg_class WHERE relnamespace IN ('register'::regnamespace, 'policy'::regnamespace)
  UNION SELECT (aclexplode(attacl)).grantee FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace IN ('register'::regnamespace, 'policy'::regnamespace)
  UNION SELECT (aclexplode(proacl)).grantee FROM pg_proc WHERE pronamespace = 'policy'::regnamespace
  UNION SELECT (aclexplode(nspacl)).grantee FROM pg_namespace WHERE nspname IN ('register', 'policy')) held
LEFT JOIN pg_roles r ON r.oid = held.grantee
WHERE r.rolname IS DISTINCT FROM %(owner)s ORDER BY 1"""


def _who_holds(place: Place) -> str:
    with psycopg.connect(make_conninfo(place.admin_dsn(), dbname=place.database)) as admin:
        rows = admin.execute(
            "SELECT DISTINCT a.usename, a.xact_start::timestamptz(0) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND (l.locktype = 'advisory' OR"
            " l.relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'register'::regnamespace)) ORDER BY 2"
        ).fetchall()
    told = "; ".join(f"{login} since {since}" for login, since in rows) or "somebody who has just gone"
    return (
        f"the switch waited and gave up, nothing was changed; the notice in force is held by: {told}."
        " Run the same command again; prepared answers are kept."
    )


def _drop_indexes(owner: psycopg.Connection, policy: Policy) -> None:
    wanted = indexes(policy)
    for (name,) in owner.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'register' AND indexname ~ '^policy_set_'"
    ).fetchall():
        if name not in wanted:
            owner.execute(f"DROP INDEX register.{identifier(name)}")


__all__ = ["Applied", "Busy", "apply", "in_force"]
