"""What is done about subjects: protected addresses, claims of status, representation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN, active
from seloste.register.protection.operations import note

from .models import Representation, SubjectStatus, Turvakielto
from .queries import require_subject

if TYPE_CHECKING:
    from datetime import datetime


class NotProtected(Exception):
    """The address is not under turvakielto, so it cannot be lifted."""


class NothingClaimed(Exception):
    """No claim of this status waits for a decision."""


class NotRepresenting(Exception):
    """The person does not stand for this organisation."""


def set_turvakielto(subject_id: int, *, at: datetime, until: datetime | None = None) -> Turvakielto:
    """This will keep a person's address from leaving, from `at` on.

    Where it is kept already, nothing changes but a new end.
    Writes: turvakielto. Raises: UnknownSubject. Law: 661/2009 36-37 §, GDPR 5(1)(f), 32.
    Notice: categories.
    """
    require_subject(subject_id)
    protected = Turvakielto.objects.filter(active(at), subject_id=subject_id).first()
    if protected and protected.valid_until == until:
        return protected
    if protected:
        protected = replace(protected, at=at, valid_until=until)
    else:
        protected = Turvakielto.objects.create(subject_id=subject_id, valid_from=at, valid_until=until)
    note("subjects.turvakielto.set", subject_id)
    return protected


def lift_turvakielto(subject_id: int, *, at: datetime) -> None:
    """This will end that a person's address is kept from leaving.

    Writes: turvakielto. Raises: UnknownSubject, NotProtected. Law: 661/2009 36-37 §.
    """
    require_subject(subject_id)
    protected = list(Turvakielto.objects.filter(active(at), subject_id=subject_id))
    if not protected:
        raise NotProtected("no turvakielto is in force for this subject: there is nothing to lift")
    for each in protected:
        replace(each, at=at, valid_until=at)
    note("subjects.turvakielto.lift", subject_id)


def claim_status(
    subject_id: int,
    status: str,
    *,
    at: datetime,
    valid_from: datetime,
    valid_until: datetime | None = None,
) -> SubjectStatus:
    """This will record that somebody says a subject is a minor or an estate; it counts at once.

    A claim that is known already is left as it is.
    Writes: subject_status. Raises: UnknownSubject. Law: GDPR 8, recitals 27 and 38.
    Notice: subject_groups.
    """
    require_subject(subject_id)
    known = SubjectStatus.objects.filter(active(valid_from), subject_id=subject_id, status=status).exclude(
        decision="rejected"
    )
    if claimed := known.first():
        return claimed
    claimed = SubjectStatus.objects.create(
        subject_id=subject_id,
        status=status,
        claimed_at=at,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    note("subjects.status.claim", subject_id)
    return claimed


def decide_status(subject_id: int, status: str, decision: str, *, at: datetime) -> SubjectStatus:
    """This will confirm or reject a claim of status.

    Writes: subject_status. Raises: UnknownSubject, NothingClaimed. Law: GDPR 5(1)(d).
    """
    require_subject(subject_id)
    claimed = SubjectStatus.objects.filter(
        KNOWN, subject_id=subject_id, status=status, decided_at__isnull=True
    ).first()
    if not claimed:
        raise NothingClaimed(f"no claim of {status} waits for a decision about this subject")
    decided = replace(claimed, at=at, decided_at=at, decision=decision)
    note("subjects.status.decide", subject_id)
    return decided


def represent(subject_id: int, organisation_id: int, role: str, *, at: datetime) -> Representation:
    """This will record that a person stands for an organisation, from `at` on.

    Writes: representation. Raises: UnknownSubject. Law: GDPR 6(1)(f), 14. Notice: subject_groups.
    """
    require_subject(subject_id)
    require_subject(organisation_id)
    standing = Representation.objects.filter(
        active(at), subject_id=subject_id, organisation_id=organisation_id, role=role
    ).first()
    if standing:
        return standing
    standing = Representation.objects.create(
        subject_id=subject_id, organisation_id=organisation_id, role=role, valid_from=at
    )
    note("subjects.representation.begin", subject_id, organisation_id)
    return standing


def end_representation(subject_id: int, organisation_id: int, *, at: datetime) -> None:
    """This will end that a person stands for an organisation, in every role.

    Writes: representation. Raises: UnknownSubject, NotRepresenting. Notice: subject_groups.
    """
    require_subject(subject_id)
    standing = list(
        Representation.objects.filter(active(at), subject_id=subject_id, organisation_id=organisation_id)
    )
    if not standing:
        raise NotRepresenting("this person does not stand for this organisation now")
    for each in standing:
        replace(each, at=at, valid_until=at)
    note("subjects.representation.end", subject_id, organisation_id)
