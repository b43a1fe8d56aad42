"""Changing what is known of a subject: each change ends what was and begins what is, and overwrites nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import IntegrityError
from django.db.models.functions import Now

from seloste.kernel import names
from seloste.register.ledger.queries import in_force
from seloste.register.protection.once import ChangedMeanwhile, require_unchanged
from seloste.register.protection.operations import acted, insert_unread, note, reads

from . import tokens
from .models import Address, ContactPoint, NationalIdentifier, PreviousName, SafeAddress, Subject
from .operations import add_contact_point, record_hetu
from .queries import require_subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from seloste.kernel.addresses import PostalAddress

Dated = TypeVar("Dated", Address, SafeAddress, ContactPoint)
NAMED = ("given_names", "call_name", "family_name", "organisation_name")
"""The parts of a name."""


class NotThere(Exception):
    """What is to be changed or ended is not in force for this subject."""


class BeginsLater(Exception):
    """A later period is known already, so this one would stand across it."""


class HetuTaken(Exception):
    """Another record on this side has this personal identity code."""


def change_name(
    subject_id: int,
    name: names.Name | str,
    *,
    at: datetime,
    expected: datetime | None = None,
    was_borne: bool = True,
) -> Subject:
    """This will give a subject another name; the one before is kept to be found by, unless it was a mistake.

    `expected`: `changed_at` of the subject as it was read. `was_borne`: whether anybody ever had the old name.
    Writes: subject, previous_name, search_token. Raises: UnknownSubject, ChangedMeanwhile, NotAName, NotInPurpose.
    Law: GDPR 5(1)(d), 16. Notice: categories.
    """
    subject = require_subject(subject_id)
    require_unchanged("subject", expected, subject.changed_at)
    return _rename(subject, {**dict.fromkeys(NAMED), **_columns(name)}, at=at, was_borne=was_borne)


def take_name(subject_id: int, told: Mapping[str, str | None], *, at: datetime) -> Subject:
    """This will give a subject the parts of a name that a system tells; the one before is kept to be found by.

    Writes: subject, previous_name, search_token. Raises: UnknownSubject, ChangedMeanwhile, NotInPurpose.
    Law: GDPR 5(1)(d), 16. Notice: categories.
    """
    subject = require_subject(subject_id)
    return _rename(subject, renamed(subject, told), at=at)


def renamed(subject: Subject, told: Mapping[str, Any]) -> dict[str, str | None]:
    """A subject's name when some parts are told: the others stay, the one that is used while it is among the given."""
    now = {**named(subject), **{part: told[part] for part in NAMED if told.get(part) is not None}}
    if now["call_name"] not in names.parts(now["given_names"] or ""):
        now["call_name"] = None
    return now


def named(subject: Subject) -> dict[str, str | None]:
    """A subject's name, part by part."""
    return {part: getattr(subject, part) for part in NAMED}


def _rename(subject: Subject, now: dict[str, str | None], *, at: datetime, was_borne: bool = True) -> Subject:
    was = named(subject)
    if now == was:
        return subject
    changed = _change(subject, **now)
    if was_borne and any(was.values()):
        told = {"subject_id": subject.pk, **was, "valid_until": at}
        if insert_unread("previous_name", told) is None:
            PreviousName.objects.create(**told)
    _found_by_name(changed, was_borne=was_borne)
    note("subjects.name.change", subject.pk)
    return changed


def _found_by_name(subject: Subject, *, was_borne: bool) -> None:
    """By a name that was borne one is found from now on too; by a mistake no more.

    Who does not read which names were borne takes none out: `seloste find` would miss them.
    """
    now = (subject.given_names, subject.family_name, subject.organisation_name)
    if was_borne or not reads("previous_name", "family_name"):
        tokens.put(subject.pk, "name", *now)
        return
    tokens.renew([subject.pk], "name")


def change_language(subject_id: int, language: str, *, expected: datetime | None = None) -> Subject:
    """This will have a subject served in another language.

    Writes: subject. Raises: UnknownSubject, ChangedMeanwhile. Law: GDPR 12(1). Notice: categories.
    """
    subject = require_subject(subject_id)
    require_unchanged("subject", expected, subject.changed_at)
    if subject.language == language:
        return subject
    changed = _change(subject, language=language)
    note("subjects.language.change", subject_id)
    return changed


def change_address(
    subject_id: int,
    kind: str,
    address: PostalAddress,
    *,
    valid_from: datetime,
    metering_point_id: int | None = None,
    expected: int | None = None,
) -> Address:
    """This will have a subject live, be written to or be billed elsewhere from a moment on.

    The address before ends then and stays in the history. `expected`: the key of the address that was read as
    the one in force. One that holds already is left as it is.
    Writes: address, search_token. Raises: UnknownSubject, ChangedMeanwhile, BeginsLater. Law: GDPR 5(1)(d), 16.
    Notice: categories.
    """
    require_subject(subject_id)
    known = Address.objects.filter(subject_id=subject_id, kind=kind, metering_point_id=metering_point_id)
    told = {**_written(address), "kind": kind, "metering_point_id": metering_point_id}
    held = _replace(Address, known, told, subject_id=subject_id, valid_from=valid_from, expected=expected)
    tokens.put(subject_id, "address", address.street, address.postcode, address.city)
    return held


def change_safe_address(
    subject_id: int, address: PostalAddress, *, valid_from: datetime, expected: int | None = None
) -> SafeAddress:
    """This will let letters be sent to an address that the person has said is safe, also under turvakielto.

    Writes: safe_address. Raises: UnknownSubject, ChangedMeanwhile, BeginsLater. Law: 661/2009 36-37 §.
    Notice: categories.
    """
    require_subject(subject_id)
    known = SafeAddress.objects.filter(subject_id=subject_id)
    return _replace(
        SafeAddress, known, _written(address), subject_id=subject_id, valid_from=valid_from, expected=expected
    )


def end_address(subject_id: int, address_id: int, *, at: datetime) -> None:
    """This will end that a subject has an address; it stays in the history.

    Writes: address. Raises: UnknownSubject, NotThere, ChangedMeanwhile. Law: GDPR 5(1)(d).
    """
    require_subject(subject_id)
    _end(Address.objects.filter(pk=address_id, subject_id=subject_id), at, "address")
    note("subjects.address.end", subject_id)


def change_contact_point(
    subject_id: int, point_id: int, as_given: str, *, at: datetime, language: str | None = None
) -> ContactPoint:
    """This will end a telephone number or an e-mail address and begin another of its kind in its place.

    Writes: contact_point, ban. Raises: UnknownSubject, NotThere, ChangedMeanwhile, NotAnIdentifier.
    Law: GDPR 5(1)(d), 16. Notice: categories.
    """
    require_subject(subject_id)
    old = _end(ContactPoint.objects.filter(pk=point_id, subject_id=subject_id), at, "contact point")
    note("subjects.contact.end", subject_id)
    return add_contact_point(subject_id, old.category, as_given, at=at, language=language or old.language)


def end_contact_point(subject_id: int, point_id: int, *, at: datetime) -> None:
    """This will end that a subject is reached by a telephone number or an e-mail address.

    Writes: contact_point. Raises: UnknownSubject, NotThere, ChangedMeanwhile. Law: GDPR 5(1)(d).
    """
    require_subject(subject_id)
    _end(ContactPoint.objects.filter(pk=point_id, subject_id=subject_id), at, "contact point")
    note("subjects.contact.end", subject_id)


def change_hetu(subject_id: int, hetu: str) -> None:
    """This will correct a personal identity code: the subject is found by the new one, and no more by the old.

    A code changes when it was wrong, or when the population register gives a person another; the subject's key
    in this register stays.
    Writes: national_identifier. Raises: UnknownSubject, NotThere, HetuTaken, NotAnIdentifier, KeysMissing.
    Law: GDPR 5(1)(d), 16; Tietosuojalaki 1050/2018 29 §. Notice: categories.
    """
    require_subject(subject_id)
    if not NationalIdentifier.objects.filter(subject_id=subject_id).exists():
        raise NotThere("no personal identity code is kept of this subject: record one instead")
    try:
        with acted().atomic():
            record_hetu(subject_id, hetu)
    except IntegrityError:
        raise HetuTaken(
            "another record on this side has this personal identity code: nothing was changed. Are they one human?"
            " `seloste subject merge`"
        ) from None
    note("subjects.hetu.change", subject_id)


def _change(subject: Subject, **values: Any) -> Subject:
    """Writes values, unless somebody else has written meanwhile: of two at once the second finds another version."""
    unchanged = Subject.objects.filter(pk=subject.pk, changed_at=subject.changed_at)
    if not unchanged.update(**values, changed_at=Now()):
        raise ChangedMeanwhile(
            "somebody else changed this subject while it was being changed here: nothing was overwritten. Read it"
            " again and decide anew"
        )
    return require_subject(subject.pk)


def _columns(name: names.Name | str) -> dict[str, str | None]:
    if isinstance(name, str):
        return {"organisation_name": names.organisation(name)}
    return {"given_names": name.given, "call_name": name.call, "family_name": name.family}


def _written(address: PostalAddress) -> dict[str, Any]:
    columns = ("care_of", "street", "postcode", "city", "country")
    return {column: getattr(address, column) for column in columns}


def _replace(
    table: type[Dated],
    known: QuerySet[Dated],
    told: dict[str, Any],
    *,
    subject_id: int,
    valid_from: datetime,
    expected: int | None,
) -> Dated:
    """Ends what holds at a moment and begins what is told; what is told already is left as it is."""
    if known.filter(valid_from__gt=valid_from).first():
        raise BeginsLater(
            "another one begins after this moment: nothing was changed. End that one first, or let this one begin"
            " after it"
        )
    holds = known.filter(in_force(valid_from))
    old = holds.order_by("-valid_from").first()
    if expected is not None and (old is None or old.pk != expected):
        raise _changed("address")
    if old and all(getattr(old, column) == value for column, value in told.items()):
        return old
    for each in holds:
        _end_row(known.filter(pk=each.pk), each, valid_from, "address")
    made: Dated = table.objects.create(subject_id=subject_id, valid_from=valid_from, **told)
    note("subjects.address.change", subject_id)
    return made


def _end(row: QuerySet[Dated], at: datetime, what: str) -> Dated:
    found = row.first()
    if found is None or (found.valid_until is not None and found.valid_until <= at):
        raise NotThere(f"no such {what} is in force for this subject: read it again")
    _end_row(row, found, at, what)
    return found


def _end_row(row: QuerySet[Dated], read: Dated, at: datetime, what: str) -> None:
    # a condition on what was read: of two at once the second waits, and then finds it ended
    if not row.filter(valid_until=read.valid_until).update(valid_until=max(at, read.valid_from)):
        raise _changed(what)


def _changed(what: str) -> ChangedMeanwhile:
    return ChangedMeanwhile(
        f"somebody else changed this {what} after it was read: nothing was overwritten. Read it again and decide anew"
    )
