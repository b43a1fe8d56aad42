"""The register's tables as its models declare them, for compiling a policy without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .wiring import _set_up

if TYPE_CHECKING:
    from seloste.policy.schema import Snapshot


def declared_tables() -> Snapshot:
    """This will list tables and columns with their PostgreSQL types, as migrated they would be.

    Shape: table name to table, as `policy.schema.snapshot` reads it from a database.
    """
    _set_up()
    from django.apps import apps
    from django.db.backends.postgresql.base import DatabaseWrapper

    from seloste.policy.schema import Table

    types = DatabaseWrapper({"NAME": "", "OPTIONS": {}, "TIME_ZONE": None})
    models = sorted(apps.get_app_config("register").get_models(), key=lambda model: model._meta.db_table)
    return {
        model._meta.db_table: Table(
            model._meta.db_table,
            {
                field.column: str(field.db_type(types))
                for field in model._meta.concrete_fields
                if field.column
            },
            counted=model._meta.auto_field is not None,
        )
        for model in models
    }
