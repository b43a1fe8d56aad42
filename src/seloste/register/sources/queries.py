"""Batches, what of them waits, and what was refused and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.protection.refusals import NotInPurpose

from .models import SourceBatch, SourceRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet


Batch = SourceBatch
"""A batch, as those who do not touch tables may name it."""


class UnknownBatch(NotInPurpose):
    """For this purpose there is no such batch."""


def require_batch(batch_id: int) -> SourceBatch:
    """This will open a batch of this side.

    Raises: UnknownBatch.
    """
    if batch := SourceBatch.objects.filter(pk=batch_id).first():
        return batch
    raise UnknownBatch("for this purpose there is no such batch: see `seloste source list`")


def batches(system: str | None = None) -> list[SourceBatch]:
    """This will list the batches of this side, the newest first."""
    found = SourceBatch.objects.order_by("-pk")
    return list(found.filter(system=system) if system else found)


def waiting(batch: SourceBatch, most: int) -> list[SourceRow]:
    """This will give the next rows of a batch in the order of their keys, never a part of a subject's.

    At most `most`, or all of one subject's where it has more.
    """
    staged = SourceRow.objects.filter(batch_id=batch.pk, state="staged")
    if batch.applied_key is not None:
        # not from the start: entries of what was applied lie there until they are vacuumed
        staged = staged.filter(source_key__gt=batch.applied_key)
    rows = list(staged.order_by("source_key", "number")[: most + 1])
    if len(rows) <= most:
        return rows
    last = rows[-1].source_key
    if whole := [row for row in rows if row.source_key != last]:
        return whole
    return list(staged.filter(source_key=last).order_by("number"))


def refused(
    batch: SourceBatch, number: int | None = None, after: int = 0, most: int = 500
) -> list[SourceRow]:
    """This will list refused rows of a batch in the order of the source, after one of its numbers."""
    rows: QuerySet[SourceRow] = SourceRow.objects.filter(batch_id=batch.pk, state="refused", number__gt=after)
    if number is not None:
        rows = rows.filter(number=number)
    return list(rows.order_by("number")[:most])


def every_refused(batch: SourceBatch) -> Iterator[list[SourceRow]]:
    """This will go through all refused rows of a batch, some at a time."""
    after = 0
    while rows := refused(batch, after=after):
        yield rows
        after = rows[-1].number


def beside(row: SourceRow, reason: str) -> list[SourceRow]:
    """This will list the other refused rows of a row's subject that wait for a reason."""
    same = SourceRow.objects.filter(batch_id=row.batch_id, state="refused", source_key=row.source_key)
    return list(same.filter(reason=reason).exclude(pk=row.pk))


def refused_keys(batch: SourceBatch) -> set[str]:
    """Keys of which some row was refused."""
    return {row.source_key for rows in every_refused(batch) for row in rows}
