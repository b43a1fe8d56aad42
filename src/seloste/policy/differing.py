"""What a switch has to change: what is there, compared with what must be.

What must be is made in order to be looked at, and undone: policies on empty copies of the tables,
grants on the real ones, which locks nobody out. So what PostgreSQL says of the one can be compared
with what it says of the other, whoever changed that. (Taking everything away and making it anew,
some 1,600 statements, held readers up for a second.)
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from . import registry
from .opening import callable_by_owner, opening
from .running import run
from .statements import Statement, identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from .bootstrap import Place
    from .compile import Policy

COPY = "being_compared"
"""The schema of the empty copies; it is never committed."""

CREATED = re.compile(r'CREATE POLICY "(?P<policy>[^"]+)" ON register\.(?P<table>\w+) ')

POLICIES = """
SELECT c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = %s::regnamespace"""

GRANTS = """
SELECT held.thing, held.owner, a.is_grantable, coalesce(quote_ident(r.rolname), 'PUBLIC'), held.part, a.privilege_type
FROM (
  SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass AS thing, c.relowner AS owner,
      '' AS part, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
    FROM pg_class c WHERE c.relnamespace IN ('register'::regnamespace, 'policy'::regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL SELECT 'TABLE ' || c.oid::regclass, c.relowner, quote_ident(t.attname), t.attacl
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped
    WHERE c.relnamespace IN ('register'::regnamespace, 'policy'::regnamespace)
  UNION ALL SELECT 'FUNCTION ' || p.oid::regprocedure, p.proowner, '', coalesce(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc p WHERE p.pronamespace = 'policy'::regnamespace
  UNION ALL SELECT 'SCHEMA ' || n.oid::regnamespace, n.nspowner, '', coalesce(n.nspacl, acldefault('n', n.nspowner))
    FROM pg_namespace n WHERE n.nspname IN ('register', 'policy')) held,
  aclexplode(held.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee"""

HOLDERS = """
SELECT DISTINCT coalesce(quote_ident(r.rolname), 'PUBLIC') FROM (
  SELECT (aclexplode(relacl)).grantee FROM pg_class WHERE relnamespace IN ('register'::regnamespace, 'policy'::regnamespace)
  UNION SELECT (aclexplode(attacl)).grantee FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace IN ('register'::regnamespace, 'policy'::regnamespace)
  UNION SELECT (aclexplode(proacl)).grantee FROM pg_proc WHERE pronamespace = 'policy'::regnamespace
  UNION SELECT (aclexplode(nspacl)).grantee FROM pg_namespace WHERE nspname IN ('register', 'policy')) held
LEFT JOIN pg_roles r ON r.oid = held.grantee WHERE coalesce(r.rolname, '') <> ALL(%s::text[])"""

Policies = dict[tuple[str, str], tuple[Any, ...]]
"""What PostgreSQL says of each policy, by table and name."""

Grants = set[tuple[Any, ...]]
"""Object, whether it is the owner's, whether it may be passed on, to whom, column, privilege."""

GRANT, REVOKE = "GRANT {} TO {}", "REVOKE {} FROM {}"


def changes(owner: psycopg.Connection, place: Place, policy: Policy) -> list[Statement]:
    """This will list what makes grants and policies those that a notice asks for; nothing that is so already."""
    made = list(opening(policy))
    with owner.transaction(force_rollback=True):
        run(owner, place, _copies(policy))
        run(owner, place, _closing(owner, place))
        run(owner, place, (_on_copy(statement) for statement in made))
        wanted, granted = _policies(owner, COPY), _grants(owner, place)
    found, held = _policies(owner, "register"), _grants(owner, place)
    creating = {(m["table"], m["policy"]): s for s in made if (m := CREATED.match(s.sql))}
    return [
        *_statements(REVOKE, held - granted),
        *(_dropped(*key) for key in sorted(found) if found[key] != wanted.get(key)),
        *_statements(GRANT, granted - held),
        *(statement for key, statement in creating.items() if found.get(key) != wanted[key]),
    ]


def _copies(policy: Policy) -> Iterator[Statement]:
    yield Statement(f"CREATE SCHEMA {COPY}")
    for table in policy.tables:
        yield Statement(f"CREATE TABLE {COPY}.{table} (LIKE register.{table})")


def _on_copy(statement: Statement) -> Statement:
    if not CREATED.match(statement.sql):
        return statement
    return Statement(statement.sql.replace(" ON register.", f" ON {COPY}.", 1))


def _closing(owner: psycopg.Connection, place: Place) -> Iterator[Statement]:
    """What takes every grant away, whoever has it; what belongs to somebody stays his."""
    me, engine = identifier(place.role("owner")), identifier(place.role("engine"))
    others = [
        name for (name,) in owner.execute(HOLDERS, [[place.role("owner"), place.role("engine")]]).fetchall()
    ]
    for what in ("ALL TABLES IN SCHEMA register", "ALL SEQUENCES IN SCHEMA register", "SCHEMA register"):
        yield Statement(f"REVOKE ALL ON {what} FROM {', '.join([*others, engine])}")
    for what in ("ALL TABLES IN SCHEMA policy", "ALL FUNCTIONS IN SCHEMA policy", "SCHEMA policy"):
        yield registry.Statement(f"REVOKE ALL ON {what} FROM {', '.join([*others, me])}")
    yield registry.Statement(f"GRANT USAGE ON SCHEMA policy TO {me}")
    yield callable_by_owner(place.role("owner"))


def _policies(owner: psycopg.Connection, schema: str) -> Policies:
    return {(row[0], row[1]): row[2:] for row in owner.execute(POLICIES, [schema]).fetchall()}


def _grants(owner: psycopg.Connection, place: Place) -> Grants:
    [(me,)] = owner.execute("SELECT oid FROM pg_roles WHERE rolname = %s", [place.role("owner")]).fetchall()
    return {(row[0], row[1] == me, *row[2:]) for row in owner.execute(GRANTS).fetchall()}


def _statements(how: str, grants: Grants) -> Iterator[Statement]:
    """One statement for what somebody has, or lacks, of one object."""
    for (thing, owners, grantable, whom), parts in groupby(sorted(grants), key=itemgetter(0, 1, 2, 3)):
        what = ", ".join(f"{privilege} ({part})" if part else privilege for *_, part, privilege in parts)
        sql = how.format(f"{what} ON {thing}", whom) + (" WITH GRANT OPTION" * (grantable and how == GRANT))
        yield Statement(sql, "a grant that differs", by="owner" if owners else "engine")


def _dropped(table: str, policy: str) -> Statement:
    return Statement(
        f"DROP POLICY {identifier(policy)} ON register.{identifier(table)}", "a policy that differs"
    )


THERE = """
SELECT regexp_replace(pg_get_triggerdef(t.oid), '^CREATE ', 'CREATE OR REPLACE ')
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'register'::regnamespace AND NOT t.tgisinternal
UNION ALL SELECT format('ALTER TABLE register."%s" ENABLE ALWAYS TRIGGER %s', c.relname, t.tgname)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'register'::regnamespace AND t.tgenabled = 'A'
UNION ALL SELECT format('ALTER TABLE register.%s ENABLE ROW LEVEL SECURITY%s', c.relname,
  CASE WHEN c.relforcerowsecurity THEN ', FORCE ROW LEVEL SECURITY' ELSE '' END)
FROM pg_class c WHERE c.relnamespace = 'register'::regnamespace AND c.relrowsecurity
UNION ALL SELECT format('ALTER TABLE register.%s ALTER COLUMN "%s" SET STATISTICS %s', c.relname, a.attname, a.attstattarget)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'register'::regnamespace
UNION ALL SELECT format('ADD COLUMN %s.%s', c.relname, a.attname)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped WHERE c.relnamespace = 'register'::regnamespace
UNION ALL SELECT format('CREATE INDEX %s', c.relname)
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid AND i.indisvalid WHERE c.relnamespace = 'register'::regnamespace"""
"""What the catalogue says of the tables, in the words of the statements that would make it so."""


def needed(owner: psycopg.Connection, statements: Iterable[Statement]) -> list[Statement]:
    """This will leave out what is so already: a statement that changes nothing locks readers out all the same."""
    there = {sql for (sql,) in owner.execute(THERE).fetchall()}
    left: list[Statement] = []
    for statement in statements:
        # a trigger that is replaced is ENABLE ORIGIN again: what follows it is no longer there
        replaced = left and left[-1].sql.startswith(REPLACED) and statement.sql.endswith(_named(left[-1].sql))
        if replaced or not set(_made(statement.sql)) <= there:
            left.append(statement)
    return left


REPLACED = "CREATE OR REPLACE TRIGGER "


def _named(sql: str) -> str:
    return f" ENABLE ALWAYS TRIGGER {sql.removeprefix(REPLACED).split()[0]}"


def _made(sql: str) -> Iterator[str]:
    if added := re.findall(r"ADD COLUMN IF NOT EXISTS (\w+)", sql):
        table = re.findall(r"register\.(\w+)", sql)[0]
        yield from (f"ADD COLUMN {table}.{column}" for column in added)
    elif index := re.match(r'CREATE INDEX (?:CONCURRENTLY )?IF NOT EXISTS "?([^" ]+)', sql):
        yield f"CREATE INDEX {index[1]}"
    else:
        yield " ".join(sql.split())
