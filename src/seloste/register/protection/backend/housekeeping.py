"""SQL compilers of the housekeeping connection: the register's tables are no business of its.

It is not only that its login has no grant on anybody: what it may read to admit an actor (staff,
roles, trainings) is read there, and not through models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import compiler as postgresql

from seloste.register.protection.backend.router import REGISTER, without_purpose

if TYPE_CHECKING:
    Base = postgresql.SQLCompiler
else:
    Base = object


class _Elsewhere(Base):
    def execute_sql(self, *args: Any, **options: Any) -> Any:
        """This will run the query, unless it is of the register.

        Raises: NotInPurpose.
        """
        model = self.query.model
        if model is not None and model._meta.app_label == REGISTER:
            raise without_purpose(model)
        return super().execute_sql(*args, **options)


class SQLCompiler(_Elsewhere, postgresql.SQLCompiler):
    """SELECT."""


class SQLAggregateCompiler(_Elsewhere, postgresql.SQLAggregateCompiler):
    """Counts over a query inside."""


class SQLInsertCompiler(_Elsewhere, postgresql.SQLInsertCompiler):
    """INSERT."""


class SQLUpdateCompiler(_Elsewhere, postgresql.SQLUpdateCompiler):
    """UPDATE."""


class SQLDeleteCompiler(_Elsewhere, postgresql.SQLDeleteCompiler):
    """DELETE."""
