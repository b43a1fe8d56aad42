"""Verifying: does the database say what the notice says?

The expected policy is compiled anew and built beside the real one, in a transaction that is
rolled back; then both are asked the same questions and the answers compared. Everything outside
the register is compared with a pristine database that was bootstrapped the same way. Nothing is
remembered from earlier but the numbers of keys and categories.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.notice import Notice, UnreadableNotice

from . import registry
from .bootstrap import (
    DATABASE_SETTINGS,
    FIXED,
    SEVENTEEN,
    SIXTEEN,
    StrictConnection,
    default_privileges,
    in_database,
    password_is,
)
from .catalogue import CLUSTER, DATABASE, WORLD, Facts, ask
from .compile import compile_policy, deciding, indexes, tables_ready, triggers
from .opening import engine_policies, engine_ready, opening
from .schema import snapshot
from .statements import Statement, identifier, texts
from .structure import structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .bootstrap import Place
    from .compile import Policy

CONTENTS = {
    "key": "SELECT k.name, row(k.*)::text FROM policy.key k WHERE k.state <> 'retired'",
    "category": "SELECT c.category, row(c.number, c.bit, c.retention)::text FROM policy.category c",
    "mask": "SELECT m.place || '/' || m.controller, row(m.*)::text FROM policy.mask m",
    "newcomer": "SELECT n.side || '/' || n.kind, row(n.*)::text FROM policy.newcomer n",
    "login": "SELECT l.login, row(l.*)::text FROM policy.login l",
    "notice": "SELECT 'in force', string_agg(n.hash || n.as_published || md5(n.body), ' ' ORDER BY n.hash) FROM policy.notice n WHERE n.replaced_at IS NULL",
}

NUMBERED = """
INSERT INTO expected_policy.category
SELECT c.category, c.number, 1::bigint << c.number, c.retention FROM policy.category c
WHERE c.category = ANY({}) OR EXISTS (
  SELECT 1 FROM policy.notice n WHERE n.replaced_at IS NOT NULL AND n.body::jsonb -> 'categories' ? c.category)"""
"""A category keeps the number it once had, those of earlier notices too."""

LIKE = "LIKE register.{} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING GENERATED"
ADMINISTRATOR = "administrator"


@dataclass(frozen=True, order=True)
class Drift:
    """One difference between the database and the notice."""

    kind: str
    object: str
    expected: str | None
    found: str | None

    def __str__(self) -> str:
        """One line for a person: what differs, where, and how."""
        if self.expected is None:
            return f"{self.kind} {self.object}: not in the notice, found {self.found}"
        if self.found is None:
            return f"{self.kind} {self.object}: missing, expected {self.expected}"
        return f"{self.kind} {self.object}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True)
class Verified:
    """What a verification found.

    `attested`: who else has power over a server that is not ours alone. No statement of ours can take
    it from them; whoever owns the server answers for them.
    """

    notice: str | None
    facts: int
    drift: tuple[Drift, ...]
    not_held: tuple[str, ...]
    attested: tuple[Drift, ...] = ()


class NothingApplied(Exception):
    """No notice is in force in this database: apply one first."""


def verify(place: Place) -> Verified:
    """This will compare everything that decides who can read with the notice in force.

    Raises: NothingApplied. Law: GDPR 5(2), 32(1)(d).
    """
    with psycopg.connect(make_conninfo(place.admin_dsn(), dbname=place.database), autocommit=True) as admin:
        # whatever the database sets for its sessions: that is found, not obeyed
        admin.execute("SET TimeZone = 'UTC'")
        admin.execute("SET row_security = on")
        try:
            policy = _in_force(admin, place)
        except (psycopg.Error, UnreadableNotice) as wrong:
            return Verified(None, 0, (unreadable(wrong),), ())
        found = (
            ask(admin, DATABASE, {}) | _cluster(admin, place, policy) | _world(admin, "register", "policy")
        )
        beside, drift = _expected_world(admin, place, policy)
        declared, there = structure(admin, place)
        beside, found = beside | declared, found | there
        expected = pristine(place) | _expected_cluster(admin, place, policy) | beside
        drift += _set_aside_prepared(admin, place, policy, found)
    drift += _differences(expected, found)
    attested = [] if place.is_embedded else [each for each in drift if _is_others(each, place)]
    drift = [each for each in drift if each not in attested]
    held = {claim for claim, category in policy.notice.categories.items() if category.held_in}
    not_held = tuple(name for name in policy.notice.categories if name not in held)
    told, others = (tuple(sorted(each, key=str)) for each in (drift, attested))
    return Verified(policy.notice.hash, len(found), told, not_held, others)


def unreadable(wrong: psycopg.Error | UnreadableNotice) -> Drift:
    """This will say that the notice in force cannot be read, so that nothing can be compared with it."""
    told = wrong.diag.message_primary if isinstance(wrong, psycopg.Error) else str(wrong)
    return Drift("notice", "in force", "one that can be read", told)


def refuse_empty(admin: psycopg.Connection) -> None:
    """This will refuse a database to which no notice was ever applied.

    One whose tables of the policy are gone in part was tampered with: that is drift.
    Raises: NothingApplied.
    """
    row = admin.execute(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'policy' AND c.relkind = 'r'"
    ).fetchone()
    if row == (0,):
        raise NothingApplied("no notice is in force: run `seloste policy apply FILE`")


def _in_force(admin: psycopg.Connection, place: Place) -> Policy:
    """Read as the administrator: owner and engine may have lost what they need to."""
    refuse_empty(admin)
    row = admin.execute(
        "SELECT body, as_published, applied_at FROM policy.notice WHERE replaced_at IS NULL"
    ).fetchone()
    if row is None:
        raise NothingApplied("no notice is in force: run `seloste policy apply FILE`")
    known = admin.execute("SELECT number, name, rule FROM policy.key ORDER BY number").fetchall()
    return compile_policy(
        Notice.from_canonical(row[0]),
        snapshot(admin),
        place.database,
        as_published=row[1],
        known=[registry.Known(*key) for key in known],
        applied_at=row[2],
    )


def _differences(expected: Facts, found: Facts) -> Iterator[Drift]:
    for kind, thing in expected.keys() | found.keys():
        told, is_so = expected.get((kind, thing)), found.get((kind, thing))
        if told != is_so:
            yield Drift(kind, thing, told, is_so)


def _is_others(drift: Drift, place: Place) -> bool:
    """Whether it is a power over the server that somebody has who is none of our roles.

    Law: GDPR 28(1), 32(4).
    """
    if drift.expected is not None or drift.kind not in {"powerful role", "membership"}:
        return False
    return f'"{place.role("")}' not in drift.object and not drift.object.startswith(place.role(""))


UNUSED = """
SELECT r.rolname FROM pg_roles r WHERE starts_with(r.rolname, %(own)s) AND position('@' in r.rolname) > 0
  AND r.rolname <> ALL(%(known)s) AND NOT EXISTS (
    SELECT 1 FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.dbid <> 0)"""
"""Logins of this register that no notice in force knows and that nothing was granted to."""


def _set_aside_prepared(
    admin: psycopg.Connection, place: Place, policy: Policy, found: Facts
) -> Iterator[Drift]:
    """This will tell an apply that was not finished for what it is, and leave out what it explains.

    Until the switch nothing that it prepared can be used; what decides has been compiled for both notices.
    """
    known = [place.role(name) for name in (*FIXED, *(login.name for login in policy.logins))]
    rows = admin.execute(UNUSED, {"own": place.role(""), "known": known}).fetchall()
    logins = [role for (role,) in rows if found.get(("role", role)) == _attributes(is_login=True)]
    keys = [
        name for (name,) in admin.execute("SELECT name FROM policy.key WHERE state = 'preparing'").fetchall()
    ]
    if not logins and not keys:
        return
    owner = identifier(place.role("owner"))
    for role in logins:
        del found["role", role]
        told = found["database", "database"]
        found["database", "database"] = told.replace(f" {identifier(role)}=c/{owner}", "")
    for name in keys:
        found.pop(("key", name), None)
    yield Drift(
        "apply",
        "prepared, not switched",
        "nothing that awaits a switch",
        f"{len(keys)} keys and {len(logins)} logins of a notice that is not in force: run `seloste policy apply"
        " FILE` again; with that notice it goes on, with the one in force it is taken back",
    )


def _expected_world(admin: psycopg.Connection, place: Place, policy: Policy) -> tuple[Facts, list[Drift]]:
    """The world as it must be, built beside the real one, asked and rolled back."""
    with admin.transaction(force_rollback=True):
        if admin.info.server_version >= SEVENTEEN:
            admin.execute("SET LOCAL event_triggers = off")
        drift = _build(admin, place, list(_building(place, policy)))
        admin.execute("RESET ROLE")
        beside = _world(admin, "expected_register", "expected_policy")
    return {(kind, _real(thing)): _real(detail) for (kind, thing), detail in beside.items()}, drift


def _world(admin: psycopg.Connection, register: str, policy: str) -> Facts:
    found = ask(admin, WORLD, {"register": register, "policy": policy})
    contents = {
        kind: question.replace("policy.", f"{policy}.")
        for kind, question in CONTENTS.items()
        if ("relation", f"{policy}.{kind}") in found
    }
    return found | ask(admin, contents, {})


def _real(text: str) -> str:
    return text.replace("expected_register", "register").replace("expected_policy", "policy")


def _beside(statement: Statement) -> Statement:
    sql = re.sub(r"\b(register|policy)\.", r"expected_\1.", statement.sql)
    sql = re.sub(r"SCHEMA (register|policy)\b", r"SCHEMA expected_\1", sql)
    return Statement(sql, statement.because, statement.line, statement.by)


def _building(place: Place, policy: Policy) -> Iterator[Statement]:
    owner, engine = identifier(place.role("owner")), identifier(place.role("engine"))
    # default privileges that somebody changed would be given to the expected world too
    prepared = [
        "SET LOCAL allow_system_table_mods = on",
        "DELETE FROM pg_default_acl",
        *default_privileges(owner, engine),
        f"CREATE SCHEMA expected_register AUTHORIZATION {owner}",
        f"CREATE SCHEMA expected_policy AUTHORIZATION {engine}",
        f"GRANT USAGE ON SCHEMA expected_policy TO {owner}",
    ]
    answer = [*(f"bits{n}" for n in range(1, policy.words + 1)), "decided_until", "closed", "gone", "guarded"]
    dropped = ", ".join(f"DROP COLUMN IF EXISTS {column}" for column in answer)
    for name in map(identifier, policy.tables):
        prepared += [
            f"CREATE TABLE expected_register.{name} ({LIKE.format(name)})",
            f"ALTER TABLE expected_register.{name} {dropped}, OWNER TO {owner}",
        ]
    yield from (Statement(sql, by=ADMINISTRATOR) for sql in prepared)
    yield from (_beside(registry.Statement(sql)) for sql in registry.tables())
    names = texts(policy.notice.categories)
    yield Statement(NUMBERED.format(names), by=ADMINISTRATOR)
    yield from map(_beside, _all(policy))


def _build(admin: psycopg.Connection, place: Place, statements: list[Statement]) -> list[Drift]:
    """All at once; one by one where something stands in the way, which is then named."""
    try:
        with admin.transaction():
            # together: four thousand answers to wait for took half of the time
            admin.execute(";\n".join(_sql(place, statements)))
    except psycopg.Error:
        return [drift for statement in statements for drift in _tried(admin, place, statement)]
    return []


def _tried(admin: psycopg.Connection, place: Place, statement: Statement) -> Iterator[Drift]:
    try:
        with admin.transaction():
            _run(admin, place, statement)
    except psycopg.Error as wrong:
        yield Drift("statement", statement.sql.partition("\n")[0], "carried out", wrong.diag.message_primary)


def _run(admin: psycopg.Connection, place: Place, statement: Statement) -> None:
    admin.execute(";\n".join(_sql(place, [statement])))


def _sql(place: Place, statements: list[Statement]) -> Iterator[str]:
    """As the owner and the engine would, so that owners and grantors are theirs."""
    by = None
    for statement in statements:
        if statement.by != by:
            by = statement.by
            role = "NONE" if by == ADMINISTRATOR else identifier(place.role(by))
            yield f"SET LOCAL ROLE {role}"
        yield statement.sql


def _all(policy: Policy) -> Iterator[Statement]:
    yield from registry.key_rows(policy.notice, policy.numbers, policy.rules, policy.database, policy.words)
    yield from registry.category_rows(policy.notice)
    yield from tables_ready(policy)
    yield from engine_ready(policy)
    yield from deciding(policy)
    yield from triggers(policy)
    yield from opening(policy, engine_policies(policy))
    yield from registry.switch_rows(
        policy.notice, policy.numbers, policy.notice.canonical(), as_published=policy.as_published
    )
    yield from registry.login_rows(policy.notice, policy.logins, policy.reached(), policy.database)
    for sql in indexes(policy).values():
        yield Statement(sql)


def pristine(place: Place) -> Facts:
    """What a database is like that was bootstrapped and never touched, asked once a process."""
    return dict(_pristine(place.admin_dsn(), place.database, tuple(place.role(n) for n in FIXED)))


@lru_cache(maxsize=8)
def _pristine(
    admin_dsn: str, database: str, roles: tuple[str, ...]
) -> tuple[tuple[tuple[str, str], str], ...]:
    name = f"{database}.pristine"
    with psycopg.connect(make_conninfo(admin_dsn, dbname="postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        admin.execute(
            f"CREATE DATABASE {identifier(name)} OWNER {identifier(roles[0])} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
        )
        try:
            with StrictConnection.connect(make_conninfo(admin_dsn, dbname=name)) as fresh:
                for statement in in_database(fresh, name, dict(zip(FIXED, roles, strict=True))):
                    fresh.carry_out(statement)
                facts = ask(fresh, DATABASE, {})
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
    return tuple(facts.items())


def _cluster(admin: psycopg.Connection, place: Place, policy: Policy) -> Facts:
    options = (
        "" if admin.info.server_version < SIXTEEN else "|| '|' || m.inherit_option || '|' || m.set_option"
    )
    questions = {k: q.replace("{options}", options) for k, q in CLUSTER.items()}
    prefix = place.database.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = ask(
        admin,
        questions,
        {"like": f"{prefix}.%", "quoted": f'"{prefix}.%', "database": place.database},
    )
    for name in (*FIXED, *(login.name for login in policy.logins)):
        role = place.role(name)
        detail = found.get(("role", role), "")
        if detail.endswith("scram") and not password_is(admin, role, place.password(role)):
            found["role", role] = detail.replace("scram", "another password")
    return found


def _expected_cluster(admin: psycopg.Connection, place: Place, policy: Policy) -> Facts:
    """Roles without memberships, powers or settings of their own; the log tells no values."""
    names = [*FIXED, *(login.name for login in policy.logins)]
    told: Facts = {}
    for name in names:
        told["role", place.role(name)] = _attributes(is_login=name != "engine")
    owner, engine = identifier(place.role("owner")), identifier(place.role("engine"))
    told["membership", f"{engine} to {owner}"] = (
        "false|false|true" if admin.info.server_version >= SIXTEEN else "false"
    )
    for setting, value in DATABASE_SETTINGS.items():
        told["setting", f"this database everybody {setting}"] = value
    connected = sorted(
        [
            f"{owner}=CTc/{owner}",
            *(f"{identifier(place.role(n))}=c/{owner}" for n in names if n not in {"owner", "engine"}),
        ]
    )
    told["database", "database"] = "|".join([owner, "t", "-1", " ".join(connected)])
    return told


def _attributes(*, is_login: bool) -> str:
    """What a role of ours is: no powers, no limits, a password if it may log in."""
    ends = ("t", "f", "f", "-1", "t", "scram") if is_login else ("f", "f", "f", "-1", "t", "no password")
    return "|".join(["f", "f", "f", "f", *ends])
