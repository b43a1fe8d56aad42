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
from seloste.register.protection.backend.gate import run
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
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

    @property
    def connection(self) -> None:
        """Psycopg's connection is not for anybody: statements go through `gate.run`."""
        self._refuse()

    @connection.setter
    def connection(self, _none: None) -> None:
        """Django's constructor sets it to None; there is nothing to keep."""

    def ensure_connection(self) -> None:
        """The session holds it."""
        self.session.require()

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotInPurpose(
            "statements of your own are refused on a purpose's connection: use the models, or "
            "see(), load() and count_audience() of the session, which record what they let out"
        )

    cursor: Any = _refuse
    chunked_cursor: Any = _refuse
    create_cursor: Any = _refuse
    temporary_connection: Any = _refuse
    _cursor: Any = _refuse
    _nodb_cursor: Any = _refuse
    connect: Any = _refuse
    schema_editor: Any = _refuse
    copy: Any = _refuse
    check_constraints: Any = _refuse
    is_usable: Any = _refuse

    def set_autocommit(self, *_args: object, **_kwargs: object) -> NoReturn:
        """The transaction is the session's, from its first statement to its last."""
        raise NotInPurpose("a purpose session is one transaction: use session.atomic() for a part of it")

    commit = rollback = set_autocommit

    def close(self) -> None:
        """The session closes it; Django's request signals do not."""

    def _savepoint(self, sid: str) -> None:
        run(self.session, self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        run(self.session, self.ops.savepoint_rollback_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        run(self.session, self.ops.savepoint_commit_sql(sid))
