"""The housekeeping connection: Django's own, whose errors carry no values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.postgresql import base as postgresql
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg.conninfo import conninfo_to_dict

from seloste.register.protection.backend.pool import admitted, pool
from seloste.register.protection.refusals import told

if TYPE_CHECKING:
    from types import TracebackType


class _WithoutValues(DatabaseErrorWrapper):
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, psycopg.Error):
            wrapper: Any = self.wrapper  # type: ignore[attr-defined]
            wrapper.errors_occurred |= not isinstance(error, psycopg.DataError | psycopg.IntegrityError)
            raise told(error) from None


class HousekeepingOperations(DatabaseOperations):
    """Django's operations, with compilers that leave the register to purposes."""

    compiler_module = "seloste.register.protection.backend.housekeeping"


class DatabaseWrapper(postgresql.DatabaseWrapper):
    """A connection whose errors say which rule refused and never which value."""

    ops_class: type[DatabaseOperations] = HousekeepingOperations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """This will connect, with the password as it is kept by now where the one at hand is refused."""

        def connect(password: str) -> Any:
            made = super(DatabaseWrapper, self).get_new_connection({**conn_params, "password": password})
            self.settings_dict["PASSWORD"] = password
            return made

        def again() -> list[str]:
            ways = pool().again(conn_params["user"])
            return [str(conninfo_to_dict(way)["password"]) for way in ways]

        return admitted(connect, conn_params.get("password", ""), again)

    @cached_property
    def wrap_database_errors(self) -> Any:
        """What turns psycopg's errors into Django's."""
        return _WithoutValues(self)
