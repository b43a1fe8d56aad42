"""The housekeeping connection: Django's own, whose errors carry no values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.postgresql import base as postgresql
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property

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

    @cached_property
    def wrap_database_errors(self) -> Any:
        """What turns psycopg's errors into Django's."""
        return _WithoutValues(self)
