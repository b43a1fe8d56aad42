"""Which version of a subject somebody read: a moment for its own row, and a mark for each part in rows beside it.

What others may not see of a part is no part of its mark, so a version is judged for the purpose that told it, or for one
that sees as much.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from seloste.register.protection.once import ChangedMeanwhile
from seloste.register.protection.operations import acted

from .models import Address, ContactPoint, NationalIdentifier, SafeAddress
from .queries import require_subject

if TYPE_CHECKING:
    from django.db.models import QuerySet

PLACES = {
    "home": "address",
    "postal": "address",
    "billing": "address",
    "safe": "safe_address",
    "phone": "contact_point[phone]",
    "email": "contact_point[email]",
    "hetu": "national_identifier",
}
"""Parts of a subject in rows beside its own, and where the notice claims them."""


class NotOfThisVersion(Exception):
    """The version that was named does not tell of the part that is to change."""


def version_of(subject_id: int) -> str:
    """This will tell the version of a subject as the acting purpose sees it, for whoever changes it afterwards.

    Shape: a moment, and `,part=mark` for each part that the purpose reads. Raises: UnknownSubject.
    Law: GDPR 5(1)(d).
    """
    changed_at = require_subject(subject_id).changed_at.isoformat()
    return "".join([changed_at, *(f",{part}={_mark(subject_id, part)}" for part in PLACES if _reads(part))])


def moment_of(version: str) -> datetime:
    """This will tell of a version when the subject's own row was changed last.

    Raises: NotOfThisVersion.
    """
    try:
        return datetime.fromisoformat(version.partition(",")[0])
    except ValueError:
        raise NotOfThisVersion("this is no version: name the one that `seloste subject show` told") from None


def require_version(version: str, part: str, subject_id: int) -> None:
    """This will make sure that a part of a subject is as it was when a version of it was read.

    Raises: NotOfThisVersion, ChangedMeanwhile. Law: GDPR 5(1)(d).
    """
    read = dict(each.partition("=")[::2] for each in version.split(",")[1:])
    if part not in read:
        raise NotOfThisVersion(
            f"this version tells nothing of {part}, so nothing was changed: read the subject again for a purpose that"
            " sees it (`seloste subject show --under PURPOSE`)"
        )
    if read[part] != _mark(subject_id, part):
        raise ChangedMeanwhile(
            f"somebody else changed {part} of this subject after it was read: nothing was overwritten. Read it again"
            " and decide anew"
        )


def part_of_address(subject_id: int, address_id: int) -> str | None:
    """This will tell of which kind an address of a subject is."""
    held = Address.objects.filter(subject_id=subject_id, pk=address_id).first()
    return held.kind if held else None


def part_of_contact(subject_id: int, contact_point_id: int) -> str | None:
    """This will tell of which kind a contact point of a subject is."""
    held = ContactPoint.objects.filter(subject_id=subject_id, pk=contact_point_id).first()
    return held.category if held else None


def _reads(part: str) -> bool:
    login = acted().login
    return any(PLACES[part] in login.claims.get(category, {}) for category in login.categories)


def _mark(subject_id: int, part: str) -> str:
    """What changes with each change of a part, and tells nothing of it."""
    told: list[tuple[object, ...]]
    if part == "hetu":
        kept = NationalIdentifier.objects.filter(subject_id=subject_id).order_by("pk")
        told = [(each.pk, bytes(each.ciphertext)) for each in kept]
    else:
        told = [
            (each.pk, each.valid_from, each.valid_until) for each in _rows(subject_id, part).order_by("pk")
        ]
    return sha256(repr(told).encode()).hexdigest()[:12]


def _rows(subject_id: int, part: str) -> QuerySet[Address] | QuerySet[SafeAddress] | QuerySet[ContactPoint]:
    if part == "safe":
        return SafeAddress.objects.filter(subject_id=subject_id)
    if part in {"phone", "email"}:
        return ContactPoint.objects.filter(subject_id=subject_id, category=part)
    return Address.objects.filter(subject_id=subject_id, kind=part)
