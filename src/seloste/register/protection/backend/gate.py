"""Whose turn it is: the purpose session being acted in this context, if any."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction

from seloste.register.protection.refusals import OutlivedSession

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    from seloste.register.protection.session import Session

acted: ContextVar[Session | None] = ContextVar("acted", default=None)
"""A new thread starts without one; a copied context finds no connection in its own thread."""


def current() -> Session | None:
    """The purpose session being acted here, or None."""
    return acted.get()


def run(session: Session, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> psycopg.Cursor[Any]:
    """This will run a statement of the register's own: of a compiler, of see, of the look-ups.

    The one way to a purpose's connection. What the statement finds is the caller's to record before
    it is let out; a test keeps everybody but `protection` from calling this.
    Raises: NotInPurpose.
    """
    session.require()
    session.connection.validate_no_broken_transaction()
    return session._line.run(sql, params)  # noqa: SLF001 - nobody else needs the line


_get_connection = transaction.get_connection


def _connection_in_turn(using: str | None = None) -> Any:
    session = current()
    return _get_connection(session.alias if using is None and session else using)


def install() -> None:
    """This will make Django speak of the session being acted where it names no connection.

    Inside `acting`, a plain `atomic()` is a savepoint of the session's transaction and a plain
    `on_commit()` waits for it: by themselves they would speak of `default`, where a failed block
    undoes nothing of the purpose's and `on_commit` runs at once.
    """
    transaction.get_connection = _connection_in_turn
    connections.exception_class = OutlivedSession
