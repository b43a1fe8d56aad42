"""Which connection a model is read and written on: the session being acted, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS

from seloste.register.protection.backend.gate import current
from seloste.register.protection.refusals import NotInPurpose, OutlivedSession

if TYPE_CHECKING:
    from django.db.models import Model

REGISTER = "register"
"""The app whose tables are the register's; all others are housekeeping's."""


def without_purpose(model: type[Model]) -> NotInPurpose:
    """The refusal of a model of the register where no purpose is acted for."""
    return NotInPurpose(
        f"{model._meta.db_table} belongs to the register: read and write it inside "
        "acting(actor, purpose, reason)"
    )


class PurposeRouter:
    """Answers or raises; None would let Django use the alias that an instance remembers."""

    def db_for_read(self, model: type[Model], instance: Model | None = None, **_hints: Any) -> str:
        """The alias of the session being acted, for models of the register.

        Raises: NotInPurpose.
        """
        if model._meta.app_label != REGISTER:
            return DEFAULT_DB_ALIAS
        session = current()
        if session is None:
            raise without_purpose(model)
        session.require()
        if instance is not None and instance._state.db not in (None, session.alias):
            raise OutlivedSession
        return session.alias

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **_hints: Any) -> bool:
        """Two objects may be tied when the same session read or made them.

        Raises: OutlivedSession.
        """
        if one._state.db and other._state.db and one._state.db != other._state.db:
            raise OutlivedSession
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool | None:
        """Tables are made by the owner, never through a purpose's alias."""
        return False if "#" in db else None
