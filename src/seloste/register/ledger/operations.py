"""How a fact changes: what is known now is added, and what was known before is superseded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .models import Fact

if TYPE_CHECKING:
    from datetime import datetime

F = TypeVar("F", bound=Fact)


class AlreadySuperseded(Exception):
    """Somebody else has changed this fact meanwhile; read it again and decide anew."""


def replace(fact: F, *, at: datetime, **changes: Any) -> F:
    """This will record a fact as it is known now and supersede it as it was known before.

    The new row comes first: once the old one is gone, its purpose may not see the subject any
    more. `at` is what the application believes; the database writes its own time.
    Raises: AlreadySuperseded. Law: GDPR 5(1)(d), 5(2).
    """
    now = amend(fact, **changes)
    supersede(fact, at=at)
    return now


def amend(fact: F, **changes: Any) -> F:
    """This will add a fact that is like another but for some values."""
    copied = {
        field.attname: getattr(fact, field.attname)
        for field in fact._meta.concrete_fields
        if field.attname not in {"id", "recorded_at", "superseded_at"}
    }
    now = type(fact)(**{**copied, **changes})
    now.save(force_insert=True)
    return now


def supersede(fact: Fact, *, at: datetime) -> None:
    """This will end that a fact is known.

    Raises: AlreadySuperseded.
    """
    known = type(fact)._default_manager.filter(pk=fact.pk, superseded_at__isnull=True)
    if not known.update(superseded_at=at):
        raise AlreadySuperseded(
            f"this {fact._meta.verbose_name} was changed meanwhile: read it again and decide anew"
        )
