"""Whether a purpose sees a subject at all, who it is by its personal identity code, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from seloste.kernel.addresses import PostalAddress
from seloste.kernel.free_text import Mark, marks
from seloste.register.ledger.queries import active
from seloste.register.protection.data_keys import opened_key
from seloste.register.protection.keys import index, provided
from seloste.register.protection.operations import acted, reads, records_of
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.sealing import Place, blind_index, opened

from .models import (
    Address,
    BusinessId,
    ContactPoint,
    NationalIdentifier,
    Representation,
    SafeAddress,
    Subject,
    Turvakielto,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from seloste.register.protection.keys import KeyProvider

INDEXES = ("blind_index_even", "blind_index")
"""Columns of the index, by what is left of its key's version when halved."""


class UnknownSubject(NotInPurpose):
    """For this purpose there is no such subject: it may be nobody, or somebody it does not reach."""


def require_subject(subject_id: int) -> Subject:
    """This will open a subject, or say in one and the same way that it is unknown or out of reach.

    Raises: UnknownSubject. Law: GDPR 5(1)(f), 25.
    """
    if subject := Subject.objects.filter(pk=subject_id).first():
        return subject
    raise UnknownSubject(
        "for this purpose there is no such subject: check the key, or ask the register contact"
    )


def contact_points(subject_id: int, categories: Iterable[str]) -> list[tuple[str, str]]:
    """This will list a subject's numbers and addresses of some categories, of before too: category and value."""
    points = ContactPoint.objects.filter(subject_id=subject_id, category__in=list(categories))
    return sorted({(point.category, point.value) for point in points})


def streets_of(subject_id: int) -> list[str]:
    """This will list the streets of a subject's addresses; none where the purpose sees no addresses."""
    if not {"id", "street"} <= acted().login.may("select", "address"):
        return []
    return sorted({address.street for address in Address.objects.filter(subject_id=subject_id)})


def marks_in(text: str | None, subject_id: int) -> tuple[Mark, ...]:
    """This will mark what a text about a subject should not hold, for whoever writes it; of no text nothing.

    Law: GDPR 5(1)(c), 9; Tietosuojalaki 1050/2018 29 §.
    """
    return marks(text, streets_of(subject_id)) if text else ()


def hetu_of(subject_id: int) -> str | None:
    """This will open a subject's personal identity code; none where none is kept.

    Raises: NotReadable, KeysMissing, WrongKey. Law: Tietosuojalaki 1050/2018 29 §. Notice: categories.
    """
    kept = NationalIdentifier.objects.select_related("data_key").filter(subject_id=subject_id).first()
    return opened_hetu(kept) if kept else None


def opened_hetu(kept: NationalIdentifier) -> str:
    """This will open the code that a row keeps; its data key was read with it."""
    key = opened_key(kept.data_key, kept.side)
    return opened(bytes(kept.ciphertext), key, hetu_place(kept.subject_id)).decode()


def find_by_hetu(hetu: str, side: str) -> Subject | None:
    """This will find whom a personal identity code belongs to, on one side of the wall.

    While the index key is rotated, every version of it is searched.
    Raises: NotFullForm, KeysMissing. Law: Tietosuojalaki 1050/2018 29 §. Notice: categories.
    """
    wanted = Q()
    for column, value in indexes(hetu, side, provided()).items():
        wanted |= Q(**{column: value})
    kept = NationalIdentifier.objects.select_related("subject").filter(wanted, side=side).first()
    return kept.subject if kept else None


def visible_holders(by: str, value: str, side: str) -> list[int]:
    """This will list whom the acting purpose sees with a full identifier on one side, as the register writes it.

    `by`: `hetu` (its indexes, hexadecimal), `business_id` or `email`. None, where the purpose does not read it.
    """
    held: QuerySet[Any]
    if by == "hetu" and reads("national_identifier", *INDEXES):
        wanted = Q()
        for index_value in value.split(","):
            for column in INDEXES:
                wanted |= Q(**{column: bytes.fromhex(index_value)})
        held = NationalIdentifier.objects.filter(wanted, side=side)
    elif by == "business_id" and reads("business_id", "value"):
        held = BusinessId.objects.filter(side=side, value=value)
    elif by == "email" and reads("contact_point", "value"):
        held = ContactPoint.objects.filter(category="email", value=value, subject__side=side)
    else:
        return []
    return sorted({each.subject_id for each in held})


def indexes(hetu: str, side: str, keys: KeyProvider) -> Mapping[str, bytes]:
    """This will make a code's index under every version of the index key: column to value.

    Raises: NotFullForm, KeysMissing.
    """
    versions = keys.versions(index(side)) or (keys.current(index(side)),)
    return {INDEXES[version % 2]: blind_index(hetu, side, keys, version) for version in versions}


def hetu_place(subject_id: int) -> Place:
    """Where a personal identity code stands."""
    return Place("national_identifier", "ciphertext", subject_id)


def is_protected(subject_id: int, *, at: datetime) -> bool:
    """This will tell whether a subject's address may not leave at a moment, whichever of their records says so."""
    return Turvakielto.objects.filter(active(at), subject_id__in=records_of(subject_id)).first() is not None


def records_and_wards(subject_id: int) -> set[int]:
    """This will list a human's records, and whom the human stands for or stood for, as far as the purpose sees that."""
    records = set(records_of(subject_id))
    if not reads("representation", "subject_id", "organisation_id"):
        return records
    return records | {each.organisation_id for each in Representation.objects.filter(subject_id__in=records)}


def point_address(subject_id: int, metering_point_id: int) -> PostalAddress | None:
    """This will find at which address a subject is supplied at a point, or was: the newest."""
    held = Address.objects.filter(subject_id=subject_id, kind="point", metering_point_id=metering_point_id)
    newest = held.order_by("-valid_from", "-id").first()
    return postal_of(newest) if newest else None


def postal_of(row: Address | SafeAddress) -> PostalAddress:
    """This will read a row as an address to which letters go."""
    return PostalAddress(row.street, row.postcode, row.city, row.country, row.care_of)


def has_address(subject_id: int, address_id: int) -> bool:
    """This will tell whether an address is a subject's."""
    return Address.objects.filter(subject_id=subject_id, pk=address_id).first() is not None


def has_contact_point(subject_id: int, contact_point_id: int, category: str) -> bool:
    """This will tell whether a contact point of a category is a subject's."""
    held = ContactPoint.objects.filter(subject_id=subject_id, pk=contact_point_id, category=category)
    return held.first() is not None
