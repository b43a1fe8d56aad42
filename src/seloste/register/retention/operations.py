"""Erasing what a retention class holds of a subject, by its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps

from seloste.policy.schema import parted
from seloste.register.agreements.queries import holdings
from seloste.register.lawfulness.operations import suppress
from seloste.register.protection.operations import decide_due, note
from seloste.register.subjects.queries import require_subject

from .models import Erasure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import Model

EVIDENCE = frozenset({"event", "event_subject", "erasure"})
"""Who looked at whom, and what was erased: keys alone, which end by their own clock, never with a subject's data."""

TOGETHER = {"agreement": "pk__in", "agreement_period": "agreement_id__in"}
"""Rows that several subjects hold together, and how they are found by their agreements."""


class AlreadyErased(Exception):
    """This class of the subject's data was erased before."""


class EndsByItself(Exception):
    """Nothing of this class stands under a subject: it is not erased of one, but ends by its own clock."""


def erase(
    subject_id: int,
    retention_class: str,
    places: Mapping[str, Iterable[str]],
    *,
    at: datetime,
) -> dict[str, int]:
    """This will erase what a retention class holds of a subject and remember that it did.

    `places` is what the notice's categories of the class claim: `table` or `table[category]`, and
    its columns. Rows are deleted; on the subject's own row names are emptied, since what the law
    keeps points at it. An agreement that somebody else still holds too stays until theirs goes.
    Shape: table to rows erased. Writes: erasure, suppression. Raises: UnknownSubject, AlreadyErased, EndsByItself.
    Law: GDPR 5(1)(e), 17. Notice: retention.
    """
    require_subject(subject_id)
    if places and not any(_erasable(parted(place)[0]) for place in places):
        raise EndsByItself(
            f"what the class {retention_class} holds does not stand under a subject: it is evidence or is the"
            " register's own, and ends by the clock that the notice gives it. Nothing was erased"
        )
    if Erasure.objects.filter(subject_id=subject_id, retention_class=retention_class).first():
        raise AlreadyErased(f"the class {retention_class} of this subject was erased before")
    contacts = {category for table, category in map(parted, places) if table == "contact_point" and category}
    if contacts:
        suppress(subject_id, contacts, at=at)
    decide_due()
    rows = {parted(place)[0]: 0 for place in places}
    agreements = _agreements(subject_id, retention_class) if TOGETHER.keys() & rows.keys() else []
    for place, columns in sorted(places.items()):
        table, category = parted(place)
        if not _erasable(table):
            continue
        if table == "subject":
            rows[table] += _empty(subject_id, columns)
            continue
        where: dict[str, Any] = {"category": category} if category else {}
        if table in TOGETHER:
            where[TOGETHER[table]] = agreements
        else:
            where["subject_id"] = subject_id
        rows[table] += _model(table)._default_manager.filter(**where).delete()[0]
    Erasure.objects.create(subject_id=subject_id, retention_class=retention_class, erased_at=at)
    note("retention.erase", subject_id)
    return {table: count for table, count in rows.items() if count}


def _agreements(subject_id: int, retention_class: str) -> list[int]:
    """Those that go with a subject: nobody else holds them, or nobody any more."""

    def is_gone(holder_id: int) -> bool:
        erased = Erasure.objects.filter(subject_id=holder_id, retention_class=retention_class)
        return holder_id == subject_id or bool(erased)

    return [
        held.agreement_id
        for held in holdings(subject_id)
        if not held.has_other_parties and is_gone(held.holder_id)
    ]


def _model(table: str) -> type[Model]:
    """The model of a table of the register."""
    return next(m for m in apps.get_app_config("register").get_models() if m._meta.db_table == table)


def _erasable(table: str) -> bool:
    """Whether rows of a table go with a subject."""
    if table in EVIDENCE:
        return False
    return table == "subject" or any(f.attname == "subject_id" for f in _model(table)._meta.concrete_fields)


def _empty(subject_id: int, columns: Iterable[str]) -> int:
    subject = _model("subject")
    claimed = set(columns)
    emptied = {f.attname: None for f in subject._meta.concrete_fields if f.null and f.attname in claimed}
    return subject._default_manager.filter(pk=subject_id).update(**emptied) if emptied else 0
