"""What the register's own tables hold to, and where else our roles get in: asked for `verify`.

Types, NOT NULL, defaults and constraints are the migrations', and the world that is built beside the
real one takes them from it: they are compared with a database that was migrated and never touched.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from .bootstrap import FIXED, StrictConnection, in_database
from .catalogue import ask
from .statements import identifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from .bootstrap import Place
    from .catalogue import Facts

TABLES = {
    "declared column": """SELECT c.oid::regclass::text || '.' || a.attname, concat_ws('|', format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'register'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
          AND NOT a.attisdropped""",
    "constraint": """SELECT c.oid::regclass::text || ': ' || k.conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE c.relnamespace = 'register'::regnamespace AND k.contype IN ('c', 'f', 'p', 'u', 'x')""",
}

ELSEWHERE = {
    "other database": """SELECT d.datname || ': ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
        string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
        FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        WHERE d.datname <> %(database)s AND NOT starts_with(d.datname, %(database)s || '.') AND d.datallowconn
          AND (starts_with(a.grantee::regrole::text, '"' || %(database)s || '.')
            OR %(ours)s AND a.grantee = 0 AND d.datname IN ('postgres', 'template1'))
        GROUP BY d.datname, a.grantee"""
}
"""A server that is not ours lets PUBLIC in where its owner says; what our roles were given there is ours to answer for."""


def structure(admin: psycopg.Connection, place: Place) -> tuple[Facts, Facts]:
    """This will tell what the register's tables must hold to, and what they do; and where else our roles get in.

    A column or a table that no migration makes is read by nobody, and holds to what it likes.
    Shape: expected, found. Law: GDPR 5(1)(d), 32(1)(b).
    """
    declared = _declared(place)
    tables = {thing.rpartition(".")[0] for kind, thing in declared if kind == "declared column"}
    found = {
        (kind, thing): detail
        for (kind, thing), detail in ask(admin, TABLES, {}).items()
        if (kind, thing) in declared or (kind == "constraint" and thing.partition(":")[0] in tables)
    }
    ours = {"database": place.database, "ours": place.is_embedded}
    return declared, found | ask(admin, ELSEWHERE, ours)


def _declared(place: Place) -> Facts:
    roles = tuple(place.role(name) for name in FIXED)
    return dict(_migrated(place.admin_dsn(), place.database, roles, place.migrate))


@lru_cache(maxsize=8)
def _migrated(
    admin_dsn: str, database: str, roles: tuple[str, ...], migrate: Callable[[str], None]
) -> tuple[tuple[tuple[str, str], str], ...]:
    """Asked once a process, of a database that is made for it and dropped."""
    name = f"{database}.migrated"
    owner = identifier(roles[0])
    with psycopg.connect(make_conninfo(admin_dsn, dbname="postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        admin.execute(
            f"CREATE DATABASE {identifier(name)} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
        )
        try:
            with StrictConnection.connect(make_conninfo(admin_dsn, dbname=name)) as fresh:
                for statement in in_database(fresh, name, dict(zip(FIXED, roles, strict=True))):
                    fresh.carry_out(statement)
            # the owner itself may have lost its password, or its right to log in
            owned = f"-c search_path=register,pg_temp -c role={roles[0]}"
            migrate(make_conninfo(admin_dsn, dbname=name, options=owned))
            with psycopg.connect(make_conninfo(admin_dsn, dbname=name)) as fresh:
                facts = ask(fresh, TABLES, {})
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
    return tuple(facts.items())
