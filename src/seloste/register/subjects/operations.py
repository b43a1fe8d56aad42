"""What is done about subjects: identity codes, protected addresses, claims of status, representation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel import identifiers
from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN, active, in_force
from seloste.register.protection.data_keys import REWRAPPED_AT_ONCE, data_key, require_right, sealed_category
from seloste.register.protection.keys import index, provided
from seloste.register.protection.operations import note, reads
from seloste.register.protection.sealing import blind_index, seal

from . import port, tokens
from .models import (
    STANDS_FOR,
    ContactPoint,
    NationalIdentifier,
    Representation,
    SubjectStatus,
    Turvakielto,
)
from .queries import INDEXES, hetu_place, indexes, opened_hetu, require_subject

if TYPE_CHECKING:
    from datetime import datetime

    from .models import Subject


CONTACTS = {"phone": identifiers.phone, "email": identifiers.email}
"""Kinds of contact points, and how each is written."""


class NotProtected(Exception):
    """The address is not under turvakielto, so it cannot be lifted."""


class NothingClaimed(Exception):
    """No claim of this status waits for a decision."""


class WrongStanding(Exception):
    """Nobody stands for a subject of this kind in this role."""


class NotRepresenting(Exception):
    """The person does not stand for this organisation."""


def record_hetu(subject_id: int, hetu: str) -> None:
    """This will keep a subject's personal identity code, sealed; another one that was kept is replaced.

    Writes: national_identifier, data_key. Raises: UnknownSubject, NotAnIdentifier, KeysMissing, WrongKey.
    Law: Tietosuojalaki 1050/2018 29 §, GDPR 32(1)(a). Notice: categories.
    """
    subject = require_subject(subject_id)
    code = identifiers.hetu(hetu)
    keys, side = provided(), subject.side
    require_right(keys, index(side), keys.current(index(side)))
    row, key = data_key(subject_id, sealed_category("national_identifier"), side)
    sealed = {
        "data_key": row,
        "ciphertext": seal(code.encode(), key, hetu_place(subject_id)),
        **indexes(code, side, keys),
    }
    if not NationalIdentifier.objects.filter(subject_id=subject_id).update(**sealed):
        NationalIdentifier.objects.create(subject_id=subject_id, side=side, **sealed)
    note("subjects.hetu.record", subject_id)


def reindex(side: str, after: int, version: int) -> tuple[int | None, int]:
    """This will index the next identity codes after a row under a version of the index key, beside the one before.

    Running it again goes on where it stopped.
    Shape: the last row looked at, none at the end; how many were indexed.
    Writes: national_identifier. Raises: KeysMissing, WrongKey, NotReadable. Law: GDPR 32(1)(a).
    """
    keys, column = provided(), INDEXES[version % 2]
    require_right(keys, index(side), version)
    rows = list(
        NationalIdentifier.objects.select_related("data_key")
        .filter(pk__gt=after, side=side)
        .order_by("pk")[:REWRAPPED_AT_ONCE]
    )
    without = [row for row in rows if getattr(row, column) is None]
    for row in without:
        setattr(row, column, blind_index(opened_hetu(row), side, keys, version))
    if without:
        NationalIdentifier.objects.bulk_update(without, [column])
    return (rows[-1].pk if rows else None), len(without)


def drop_index(side: str, after: int, version: int) -> tuple[int | None, int]:
    """This will take the index under a left version from the next identity codes that have the current one too.

    Shape: the last row looked at, none at the end; how many it was taken from.
    Writes: national_identifier. Law: GDPR 32(1)(a).
    """
    old, new = INDEXES[version % 2], INDEXES[(version + 1) % 2]
    rows = list(NationalIdentifier.objects.filter(pk__gt=after, side=side).order_by("pk")[:REWRAPPED_AT_ONCE])
    both = [row for row in rows if getattr(row, old) is not None and getattr(row, new) is not None]
    for row in both:
        setattr(row, old, None)
    if both:
        NationalIdentifier.objects.bulk_update(both, [old])
    return (rows[-1].pk if rows else None), len(both)


def add_contact_point(
    subject_id: int, category: str, as_given: str, *, at: datetime, language: str | None = None
) -> ContactPoint:
    """This will add a telephone number or an e-mail address; one that the subject has stays as it is.

    `language`: in which one is spoken or written to there, where it is not the subject's own.
    What was banned when somebody's number or address was erased is banned with it again, at once.
    Writes: contact_point, search_token, ban. Raises: UnknownSubject, NotAnIdentifier, KeysMissing, WrongKey.
    Law: GDPR 5(1)(d), 21(3). Notice: categories.
    """
    subject = require_subject(subject_id)
    value = CONTACTS[category](as_given)
    same = ContactPoint.objects.filter(in_force(at), subject_id=subject_id, category=category, value=value)
    if known := same.first():
        return known
    point = ContactPoint.objects.create(
        subject_id=subject_id,
        category=category,
        value=value,
        as_given=as_given,
        language=language,
        valid_from=at,
    )
    tokens.put(subject_id, category, value)
    port.added(subject_id, subject.side, category, value, at=at)
    note("subjects.contact.add", subject_id)
    return point


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


def represent(
    subject_id: int, organisation_id: int, role: str, *, at: datetime, until: datetime | None = None
) -> Representation:
    """This will record that a person stands for an organisation, a minor, a ward or an estate, from `at` on.

    A guardian opens as far as the agreements of whom they stand for, gets their letters, and stays a subject of
    their own. `until`: where the appointment says so, as one of a guardian does.
    Writes: representation. Raises: UnknownSubject, WrongStanding. Law: GDPR 6(1)(f), 14; 442/1999 29 §.
    Notice: subject_groups.
    """
    require_subject(subject_id)
    _require_standing(require_subject(organisation_id), role, at)
    standing = Representation.objects.filter(
        active(at), subject_id=subject_id, organisation_id=organisation_id, role=role
    ).first()
    if standing:
        return standing
    standing = Representation.objects.create(
        subject_id=subject_id, organisation_id=organisation_id, role=role, valid_from=at, valid_until=until
    )
    note("subjects.representation.begin", subject_id, organisation_id)
    return standing


def _require_standing(represented: Subject, role: str, at: datetime) -> None:
    """Raises: WrongStanding."""
    fits = {"organisation"} if represented.kind == "organisation" else {"person"}
    if represented.kind == "person" and reads("subject_status", "status"):
        claims = SubjectStatus.objects.filter(active(at), subject=represented).exclude(decision="rejected")
        fits |= {claim.status for claim in claims}
    if not any(role in STANDS_FOR[kind] for kind in fits):
        known = sorted({each for kind in fits for each in STANDS_FOR[kind]})
        raise WrongStanding(
            f"nobody stands for this subject as {role}; for one of its kind one stands as {', '.join(known)}. That"
            " somebody is a minor or an estate is claimed first"
        )


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
