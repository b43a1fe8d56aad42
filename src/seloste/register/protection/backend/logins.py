"""What the policy in force says of its logins: read once a notice, by the housekeeping login."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg

from seloste.kernel.walls import side_of, sides
from seloste.register.protection.backend.pool import pool
from seloste.register.protection.refusals import NotInPurpose, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Columns = frozenset[str]
NO_COLUMNS: Columns = frozenset()


@dataclass(frozen=True, eq=False)
class Login:
    """A login of a purpose: whom it serves and which columns it may touch."""

    name: str
    role: str
    purpose: str
    scope: str
    controllers: tuple[str, ...]
    channels: tuple[str, ...]
    categories: tuple[str, ...]
    works_on: str
    session_minutes: int
    roles: tuple[str, ...]
    reasons: tuple[str, ...]
    across_walls: bool
    columns: Mapping[str, Mapping[str, Any]]
    claims: Mapping[str, Mapping[str, list[str]]]
    sides: tuple[str, ...] = ()

    def may(self, command: str, table: str) -> Columns:
        """The columns of a table for `select`, `insert` or `update`."""
        return self._columns.get((table, command), NO_COLUMNS)

    @cached_property
    def _columns(self) -> dict[tuple[str, str], Columns]:
        return {
            (table, command): frozenset(columns)
            for table, commands in self.columns.items()
            for command, columns in commands.items()
            if isinstance(columns, list)
        }


@dataclass(frozen=True)
class Column:
    """Where PostgreSQL keeps a column, and its type."""

    table: int
    number: int
    type: str


@dataclass(frozen=True)
class InForce:
    """The notice in force and its logins."""

    hash: str
    body: Mapping[str, Any]
    logins: tuple[Login, ...]
    columns: Mapping[tuple[str, str], Column]
    claims: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)

    def of(self, purpose: str) -> list[Login]:
        """The logins of a purpose."""
        return [login for login in self.logins if login.purpose == purpose]

    def part(self, *path: str) -> Any:
        """A part of the notice by its keys, or an empty mapping."""
        found: Any = self.body
        for key in path:
            found = (found or {}).get(key)
        return found or {}

    def side_of(self, controller: str) -> str:
        """The side of the wall on which a company stands. Notice: arrangement."""
        return side_of(self._sides, controller)

    @cached_property
    def _sides(self) -> dict[str, tuple[str, ...]]:
        parts = self.part("arrangement")
        return sides([(part["kind"], part["members"]) for part in parts], self.part("controllers"))

    def retention_of(self, table: str) -> str | None:
        """The retention class of the category that claims the rows of a table; None where none does."""
        for category in self.part("categories").values():
            if "id" in (category.get("held_in") or {}).get(table, ()):
                return str(category["retention"])
        return None


_lock = threading.Lock()
_known: InForce | None = None


def in_force(notice_hash: str) -> InForce:
    """This will tell the logins of the notice in force, from memory while it is still `notice_hash`."""
    global _known  # noqa: PLW0603 - a cache, replaced whole
    known = _known
    if known is None or known.hash != notice_hash:
        with _lock:
            known = _known = _read()
    return known


def forget() -> None:
    """This will make the next session read the policy anew."""
    global _known  # noqa: PLW0603
    _known = None


def ask(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """This will ask one question as the housekeeping login, on a connection of its own."""
    failed: Exception
    lent = pool()
    role = lent.role("housekeeping")
    connection = lent.take(role, fixed=True)
    try:
        return connection.execute(sql, params, prepare=True).fetchall()
    except psycopg.Error as error:
        failed = told(error)
    finally:
        lent.give(role, connection)
    raise failed


def _login(*row: Any) -> Login:
    """A row of policy.login, its arrays as tuples."""
    values: Any = (tuple(value) if isinstance(value, list) else value for value in row)
    return Login(*values)


def _read() -> InForce:
    found = ask("SELECT hash, body::json FROM policy.notice WHERE replaced_at IS NULL")
    if not found:
        raise NotInPurpose("no notice is in force, so nothing may be read: `seloste policy apply FILE` first")
    notice_hash, body = found[0]
    logins = tuple(
        _login(*row)
        for row in ask(
            "SELECT login, role, purpose, scope, controllers, channels, categories, works_on, session_minutes,"
            " roles, reasons, across_walls, columns::json, claims::json, sides FROM policy.login ORDER BY login"
        )
    )
    columns = {
        (table, column): Column(oid, number, kind)
        for table, column, oid, number, kind in ask(
            "SELECT c.relname, a.attname, c.oid::bigint, a.attnum::int, format_type(a.atttypid, a.atttypmod)"
            " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'register'::regnamespace AND c.relkind IN ('r', 'p')"
            " AND a.attnum > 0 AND NOT a.attisdropped"
        )
    }
    claims: dict[str, Mapping[str, list[str]]] = {}
    for login in logins:
        claims.update(login.claims)
    return InForce(notice_hash, body, logins, columns, claims)
