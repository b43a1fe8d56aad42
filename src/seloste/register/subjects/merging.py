"""Two records of one human: merged, told apart again, and who they are together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import active
from seloste.register.protection.operations import acted_by, note

from .models import NationalIdentifier, Subject, SubjectMerge
from .queries import require_subject

if TYPE_CHECKING:
    from datetime import datetime


class NotOneHuman(Exception):
    """The two records cannot be of one human: they are the same, of two sides, or of two kinds."""


class MergedElsewhere(Exception):
    """The record is merged into another one already."""


class OthersMergedInto(Exception):
    """Other records are merged into the one that was to be merged, so that it is a root itself."""


class NotConfirmed(Exception):
    """A personal identity code is kept with one of the records, and nobody has confirmed that both are one."""


class NotMerged(Exception):
    """The record is merged into no other."""


def merge(subject_id: int, into_id: int, *, at: datetime, confirmed: bool = False) -> SubjectMerge:
    """This will have a record read and judged together with another, from `at` on; no row of either changes.

    It is merged into the root of the other's group. `confirmed`: whoever acts has made sure that both are one
    human; their key and the session's reason are kept with the merge. Two that are merged already stay as they are.
    Writes: subject_merge. Raises: UnknownSubject, NotOneHuman, MergedElsewhere, OthersMergedInto, NotConfirmed.
    Law: GDPR 5(1)(d), 18, 21, Tietosuojalaki 1050/2018 29 §. Notice: categories.
    """
    subject, other = require_subject(subject_id), require_subject(into_id)
    _refuse_two(subject, other)
    here, there = _merged(subject_id, at), _merged(into_id, at)
    root = there.into_id if there else into_id
    if here and here.into_id == root:
        return here
    if there and root == subject_id:
        return there
    _refuse_merged(subject_id, here, at)
    if not confirmed:
        _refuse_identified({subject_id, *group_of(root, at=at)})
    actor, reason = acted_by() if confirmed else (None, None)
    merged = SubjectMerge.objects.create(
        subject_id=subject_id,
        into_id=root,
        side=subject.side,
        valid_from=at,
        confirmed_by=actor,
        confirmed_reason=reason,
    )
    note("subjects.merge", subject_id, root)
    return merged


def unmerge(subject_id: int, *, at: datetime) -> None:
    """This will end that a record is read and judged together with another: both are again what they were.

    Writes: subject_merge. Raises: UnknownSubject, NotMerged. Law: GDPR 5(1)(d), 16. Notice: categories.
    """
    require_subject(subject_id)
    merged = _merged(subject_id, at)
    if merged is None:
        others = ", ".join(str(key) for key in group_of(subject_id, at=at) if key != subject_id)
        told = f"merged into it is {others}: name that one" if others else "there is nothing to undo"
        raise NotMerged(f"this record is merged into no other; {told}")
    replace(merged, at=at, valid_until=at)
    note("subjects.unmerge", subject_id, merged.into_id)


def group_of(subject_id: int, *, at: datetime) -> list[int]:
    """This will list the records of one human: a subject's own, its root and what else is merged into that.

    As far as the purpose sees the merges.
    """
    merged = _merged(subject_id, at)
    root = merged.into_id if merged else subject_id
    others = SubjectMerge.objects.filter(active(at), into_id=root)
    return sorted({root, *(each.subject_id for each in others)})


def _merged(subject_id: int, at: datetime) -> SubjectMerge | None:
    """The merge of a record into its root."""
    return SubjectMerge.objects.filter(active(at), subject_id=subject_id).first()


def _refuse_two(subject: Subject, other: Subject) -> None:
    if subject.pk == other.pk:
        raise NotOneHuman("a record is not merged into itself: name two")
    if subject.side != other.side:
        raise NotOneHuman(
            "the two records stand on two sides of the wall, and nothing joins those: each controller keeps its own"
        )
    if subject.kind != other.kind:
        raise NotOneHuman(
            "a person and an organisation are not one: a person who stands for one has `representation begin`"
        )


def _refuse_merged(subject_id: int, merged: SubjectMerge | None, at: datetime) -> None:
    if merged:
        raise MergedElsewhere(
            f"this record is merged into {merged.into_id} already: undo that first, or merge that one"
        )
    if SubjectMerge.objects.filter(active(at), into_id=subject_id).first():
        raise OthersMergedInto(
            "other records are merged into this one: merge the other way round, or undo those merges first"
        )


def _refuse_identified(records: set[int]) -> None:
    if NationalIdentifier.objects.filter(subject_id__in=sorted(records)).first():
        raise NotConfirmed(
            "a personal identity code is kept with one of the records: nothing is merged by itself then. Compare"
            " the two, make sure that they are one human, and confirm it"
        )
