"""The connection of one purpose session: statements of our own compilers, while it is its turn.

Nothing else passes: no cursor is handed out, so raw SQL, EXPLAIN, COPY, server-side cursors and
psycopg's own connection are refused before anything is sent. It lives in its thread's
`connections` under an alias of its own, for as long as its session does; an object that carries
the alias further (an instance, a queryset bound to it) finds nothing there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from django.db.backends.postgresql.operations import DatabaseOperations

from seloste.register.protection.backend.base import DatabaseWrapper
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from seloste.register.protection.session import Session

_SETTINGS: dict[str, Any] = {
    "ENGINE": "seloste.register.protection.backend",
    "NAME": "",
    "USER": "",
    "PASSWORD": "",
    "HOST": "",
    "PORT": "",
    "TIME_ZONE": None,
    "AUTOCOMMIT": False,
    "ATOMIC_REQUESTS": False,
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": False,
    "OPTIONS": {"server_side_binding": True},
    "TEST": {},
}


class PurposeOperations(DatabaseOperations):
    """Django's operations, with compilers that know what a purpose may name and let out."""

    compiler_module = "seloste.register.protection.backend.compiler"


class PurposeConnection(DatabaseWrapper):
    """What Django sees of a purpose session's transaction."""

    ops_class = PurposeOperations

    def __init__(self, session: Session, server_version: int) -> None:
        """`server_version` spares Django the question."""
        super().__init__(_SETTINGS, session.alias)
        self.session = session
        self.pg_version = server_version
        self.in_atomic_block = True
        self.commit_on_exit = False

    def run(self, sql: str, params: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
        """This will run one statement of our compilers.

        Raises: NotInPurpose.
        """
        self.validate_no_broken_transaction()
        return self.session.run(sql, params)

    @property
    def connection(self) -> None:
        """Psycopg's connection is not for anybody: statements go through `run`."""
        self._refuse()

    @connection.setter
    def connection(self, _none: None) -> None:
        """Django's constructor sets it to None; there is nothing to keep."""

    def ensure_connection(self) -> None:
        """The session holds it."""
        self.session.require()

    def _cursor(self, name: str | None = None) -> NoReturn:
        self._refuse()

    cursor = chunked_cursor = create_cursor = temporary_connection = _nodb_cursor = _cursor
    connect = schema_editor = copy = check_constraints = is_usable = _cursor

    def _refuse(self) -> NoReturn:
        raise NotInPurpose(
            "statements of your own are refused on a purpose's connection: use the models, or "
            "see(), load() and count_audience() of the session, which record what they let out"
        )

    def set_autocommit(self, *_args: object, **_kwargs: object) -> NoReturn:
        """The transaction is the session's, from its first statement to its last."""
        raise NotInPurpose("a purpose session is one transaction: use session.atomic() for a part of it")

    commit = rollback = set_autocommit

    def close(self) -> None:
        """The session closes it; Django's request signals do not."""

    def _savepoint(self, sid: str) -> None:
        self.run(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        self.session.run(self.ops.savepoint_rollback_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        self.run(self.ops.savepoint_commit_sql(sid))
