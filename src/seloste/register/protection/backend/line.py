"""One lent connection while a purpose session holds it: begin, run, end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

from seloste.register.protection.backend.pool import pool
from seloste.register.protection.refusals import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Line:
    """A connection of one login inside one transaction."""

    def __init__(self, role: str, begin: str) -> None:
        """`begin` opens the transaction: one round trip, statements of ours alone."""
        self.role = role
        self._connection = pool().take(role)
        try:
            self.run_all(begin)
        except BaseException:
            # a connection that died while it lay idle tells so only now
            if not self._connection.closed:
                self.end("ROLLBACK")
                raise
            pool().give(role, self._connection)
            self._connection = pool().take(role)
            self.run_all(begin)

    @property
    def server_version(self) -> int:
        """PostgreSQL's version, as 180006."""
        return self._connection.info.server_version

    @property
    def lost(self) -> bool:
        """Whether an error has ended the transaction, so that a commit would keep nothing."""
        return self._connection.info.transaction_status != TransactionStatus.INTRANS

    def run(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> psycopg.Cursor[Any]:
        """This will run one statement with its parameters bound by the server.

        The extended protocol takes one statement: a second one stacked behind it is refused by
        PostgreSQL. psycopg would send one without parameters by the simple protocol, but never in
        a pipeline. Nothing is prepared: `DISCARD ALL` would drop it behind psycopg's back.
        """
        failed: Exception
        cursor = self._connection.cursor()
        try:
            if params:
                return cursor.execute(sql, params, prepare=False)
            with self._connection.pipeline():
                return cursor.execute(sql, params, prepare=False)
        except psycopg.Error as error:
            failed = told(error)
        del params
        raise failed

    def run_all(self, sql: str) -> None:
        """This will run constant statements without parameters, in one round trip."""
        failed: Exception
        try:
            self._connection.execute(sql, prepare=False)
        except psycopg.Error as error:
            failed = told(error)
        else:
            return
        raise failed

    def end(self, how: str) -> None:
        """This will end the transaction, make the connection forget its user and give it back.

        `DISCARD ALL` undoes what a user could leave behind for the next (settings, cursors,
        temporary tables, prepared statements, listens).
        """
        connection = self._connection
        try:
            if how == "COMMIT" or not connection.closed:
                self.run_all(how)
        finally:
            try:
                if not connection.closed:
                    self.run_all("DISCARD ALL")
            finally:
                pool().give(self.role, connection)
