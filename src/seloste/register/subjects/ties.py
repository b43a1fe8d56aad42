"""How subjects belong together: households, one human in several capacities, and who gets whose letters.

A tie is a key and never a value: what is known of the other stands under the other, and is read there or not
at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from seloste.kernel.addresses import PostalAddress
from seloste.kernel.names import Name
from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN, active, in_force
from seloste.register.protection.operations import note, reads
from seloste.register.protection.refusals import NotInPurpose

from .models import (
    RECEIVES_LETTERS,
    Address,
    HouseholdMember,
    Persona,
    Representation,
    SafeAddress,
    Subject,
    SubjectStatus,
)
from .queries import postal_of, require_subject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


Dated = TypeVar("Dated", Address, SafeAddress)


class NotMember(Exception):
    """The subject belongs to no household now."""


class OtherSide(Exception):
    """Two subjects that stand on two sides of a wall are not tied to each other."""


class NoGuardian(Exception):
    """Letters to this subject go to somebody who stands for them, and nobody does."""


class NoAddress(Exception):
    """No address in force may be written to."""


@dataclass(frozen=True)
class Addressee:
    """Whom a letter is addressed to, and about whom it is where that is another."""

    subject_id: int
    name: str
    language: str
    address: PostalAddress
    on_behalf_of: int | None = None


def join_household(subject_id: int, head_id: int, *, at: datetime) -> HouseholdMember:
    """This will let a person belong to the household that is reckoned by another, and to no other one.

    Writes: household_member. Raises: UnknownSubject, OtherSide. Law: GDPR 5(1)(c). Notice: subject_groups.
    """
    _require_one_side(require_subject(subject_id), require_subject(head_id))
    belongs = HouseholdMember.objects.filter(active(at), subject_id=subject_id).first()
    if belongs and belongs.head_id == head_id:
        return belongs
    if subject_id != head_id:
        join_household(head_id, head_id, at=at)
    if belongs:
        replace(belongs, at=at, valid_until=at)
    member = HouseholdMember.objects.create(subject_id=subject_id, head_id=head_id, valid_from=at)
    note("subjects.household.join", subject_id, head_id)
    return member


def leave_household(subject_id: int, *, at: datetime) -> None:
    """This will end that a person belongs to a household; what they do afterwards stands under them alone.

    Writes: household_member. Raises: UnknownSubject, NotMember. Law: GDPR 5(1)(d).
    """
    require_subject(subject_id)
    belongs = list(HouseholdMember.objects.filter(active(at), subject_id=subject_id))
    if not belongs:
        raise NotMember("this subject belongs to no household now: there is nothing to end")
    for each in belongs:
        replace(each, at=at, valid_until=at)
    note("subjects.household.leave", subject_id)


def household_of(subject_id: int, at: datetime) -> list[int]:
    """This will list the keys of those of a subject's household whom the acting purpose sees, its own among them.

    Law: GDPR 5(1)(c).
    """
    belongs = HouseholdMember.objects.filter(active(at), subject_id=subject_id).first()
    if belongs is None:
        return []
    members = HouseholdMember.objects.filter(active(at), head_id=belongs.head_id)
    return sorted({member.subject_id for member in members})


def tie_persona(
    subject_id: int, main_id: int, capacity: str, *, at: datetime, organisation_id: int | None = None
) -> Persona:
    """This will record that a subject is the human of another one, in another capacity.

    `main_id`: the subject that stands for the human, or any other persona of theirs.
    Writes: persona. Raises: UnknownSubject, OtherSide. Law: GDPR 5(1)(d), 15(1). Notice: subject_groups.
    """
    persona, other = require_subject(subject_id), require_subject(main_id)
    _require_one_side(persona, other)
    main = main_of(main_id, at)
    known = Persona.objects.filter(active(at), subject_id=subject_id, main_id=main, capacity=capacity).first()
    if known:
        return known
    tied = Persona.objects.create(
        subject_id=subject_id, main_id=main, capacity=capacity, organisation_id=organisation_id, valid_from=at
    )
    note("subjects.persona.tie", subject_id, main)
    return tied


def untie_persona(subject_id: int, *, at: datetime) -> None:
    """This will end that a subject counts as a persona of another: the tie was a mistake, or the capacity ended.

    Writes: persona. Raises: UnknownSubject, NotMember. Law: GDPR 5(1)(d).
    """
    require_subject(subject_id)
    tied = list(Persona.objects.filter(active(at), subject_id=subject_id))
    if not tied:
        raise NotMember("this subject is the persona of nobody: there is nothing to end")
    for each in tied:
        replace(each, at=at, valid_until=at)
    note("subjects.persona.untie", subject_id)


def main_of(subject_id: int, at: datetime) -> int:
    """The subject that stands for the human whose persona a subject is: itself, where it is nobody's."""
    tied = Persona.objects.filter(active(at), subject_id=subject_id).first()
    return tied.main_id if tied else subject_id


def personas_of(subject_id: int, at: datetime) -> list[int]:
    """This will list all subjects that are one human with a subject, itself among them, as far as they are seen."""
    main = main_of(subject_id, at)
    return sorted(
        {main, subject_id, *(each.subject_id for each in Persona.objects.filter(active(at), main_id=main))}
    )


def ever_personas_of(subjects: Iterable[int]) -> set[int]:
    """This will list all that are or were one human with some subjects, by ties that are known now."""
    found = set(subjects)
    while True:
        ties = Persona.objects.filter(KNOWN, subject_id__in=found)
        mains = Persona.objects.filter(KNOWN, main_id__in=found)
        more = {each.main_id for each in ties} | {each.subject_id for each in mains}
        if more <= found:
            return found
        found |= more


def addressee(subject_id: int, at: datetime, *, kinds: Iterable[str] = ("postal", "home")) -> Addressee:
    """This will tell to whom a letter about a subject goes, and where.

    A minor's, a ward's and an estate's letters go to whoever stands for them. An address that the person has
    said is safe comes before all others, and under turvakielto it is what a purpose sees that does not see
    where the person lives. `kinds`: kinds of addresses, the best first.
    Raises: UnknownSubject, NoGuardian, NoAddress, NotInPurpose. Law: 442/1999 29 §; 661/2009 36-37 §; GDPR 25.
    Notice: subject_groups.
    """
    if not all(reads(*columns) for columns in _TELLING):
        raise NotInPurpose(
            "to whom a letter goes is told by who stands for the subject, its status and its safe address, and this"
            " purpose does not read them all: the notice names them under `categories` of a purpose that writes letters"
        )
    subject, standing = require_subject(subject_id), _standing(subject_id, at)
    statuses = {
        each.status
        for each in SubjectStatus.objects.filter(active(at), subject_id=subject_id).exclude(
            decision="rejected"
        )
    }
    if standing is None and "minor" in statuses:
        raise NoGuardian(
            "this subject is a minor, and nobody is known to stand for them: ask who does, and record it"
            " (`seloste representation begin`)"
        )
    reader = require_subject(standing.subject_id) if standing else subject
    return Addressee(
        subject_id=reader.pk,
        name=written_to(reader, is_estate=standing is None and "estate" in statuses),
        language=reader.language,
        address=_address(reader.pk, at, list(kinds)),
        on_behalf_of=subject_id if standing else None,
    )


_TELLING = (
    ("representation", "organisation_id", "role"),
    ("subject_status", "status"),
    ("safe_address", "street"),
    ("address", "street"),
)
"""What tells to whom a letter goes, as tables with columns: a letter that asked for less would go astray."""
ESTATE = {"fi": "{} (kuolinpesä)", "sv": "{} (dödsbo)", "en": "{} (estate)"}


def written_to(subject: Subject, *, is_estate: bool = False) -> str:
    """This will tell what stands above an address: the name that is used, or that it is an estate."""
    name = subject.organisation_name or Name(subject.given_names, subject.family_name, subject.call_name).used
    return ESTATE[subject.language].format(name) if is_estate else name


def _standing(subject_id: int, at: datetime) -> Representation | None:
    """Who gets a subject's letters: of several the first of `RECEIVES_LETTERS`, and of equals the first recorded."""
    standing = Representation.objects.filter(
        active(at), organisation_id=subject_id, role__in=RECEIVES_LETTERS
    )
    return min(standing, key=lambda each: (RECEIVES_LETTERS.index(each.role), each.pk), default=None)


def _address(subject_id: int, at: datetime, kinds: list[str]) -> PostalAddress:
    if safe := SafeAddress.objects.filter(in_force(at), subject_id=subject_id).first():
        return postal_of(safe)
    found = list(Address.objects.filter(in_force(at), subject_id=subject_id, kind__in=kinds))
    if not found:
        raise NoAddress(
            "no address in force may be written to for this purpose: there is none, or it is protected and the person"
            " has named no safe one. Reach the person in another way"
        )
    return postal_of(min(found, key=lambda each: (kinds.index(each.kind), -each.pk)))


def _require_one_side(one: Subject, other: Subject) -> None:
    if one.side != other.side:
        raise OtherSide("these two stand on two sides of a wall: nothing ties them here")
