"""One value of a subject, written in place of what is held: when somebody has decided that it is right."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from seloste.kernel.addresses import PostalAddress
from seloste.policy.schema import parted

from .changing import change_address, change_hetu, change_language, take_name
from .models import Address, ContactPoint, HousingForm, NationalIdentifier
from .operations import CONTACTS, add_contact_point, record_hetu
from .queries import postal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def write(
    subject_id: int,
    place: str,
    kind: str,
    value: Mapping[str, Any],
    as_given: Mapping[str, str],
    *,
    at: datetime,
) -> bool:
    """This will write a name, an address, a contact point, a hetu or a housing form in place of the one that is held.

    What was held ends; where a contact point was banned before, it is banned again.
    Shape: whether the place is one of these. Writes: subject, previous_name, address, contact_point, ban, housing_form,
    national_identifier, search_token. Raises: NotAnIdentifier, HetuTaken, BeginsLater. Law: GDPR 5(1)(d), 16. Notice: categories.
    """
    table, row = parted(place)
    if table not in _WRITES:
        return False
    _WRITES[table](subject_id, row or kind, value, as_given, at)
    return True


def _name(
    subject_id: int, _kind: str, value: Mapping[str, Any], _given: Mapping[str, str], at: datetime
) -> None:
    take_name(subject_id, value, at=at)
    if value.get("language"):
        change_language(subject_id, str(value["language"]))


def _housing(
    subject_id: int, _kind: str, value: Mapping[str, Any], _given: Mapping[str, str], _at: datetime
) -> None:
    if not HousingForm.objects.filter(subject_id=subject_id).update(**value):
        HousingForm.objects.create(subject_id=subject_id, **value)


def _address(
    subject_id: int, kind: str, value: Mapping[str, Any], _given: Mapping[str, str], at: datetime
) -> None:
    """Parts that are not told stay; it is so from now on, or from the day they tell where that is still to come."""
    before = Address.objects.filter(_holds(at), subject_id=subject_id, kind=kind).order_by("pk").last()
    told = {name: part for name, part in value.items() if name != "valid_from" and part is not None}
    address = replace(postal_of(before) if before else PostalAddress("", "", ""), **told)
    begins = datetime.fromisoformat(value["valid_from"]) if value.get("valid_from") else at
    point = before.metering_point_id if before else None
    change_address(subject_id, kind, address, valid_from=max(at, begins), metering_point_id=point)


def _contact_point(
    subject_id: int, category: str, value: Mapping[str, Any], given: Mapping[str, str], at: datetime
) -> None:
    told = value["value"]
    ContactPoint.objects.filter(_holds(at), subject_id=subject_id, category=category).exclude(
        value=told
    ).update(valid_until=at)
    words = given.get("value", told)
    add_contact_point(subject_id, category, words if CONTACTS[category](words) == told else told, at=at)


def _holds(at: datetime) -> Q:
    return Q(valid_from__lte=at) & (Q(valid_until__isnull=True) | Q(valid_until__gt=at))


def _hetu(
    subject_id: int, _kind: str, value: Mapping[str, Any], _given: Mapping[str, str], _at: datetime
) -> None:
    if NationalIdentifier.objects.filter(subject_id=subject_id).first():
        change_hetu(subject_id, str(value["value"]))
    else:
        record_hetu(subject_id, str(value["value"]))


_WRITES: dict[str, Callable[[int, str, Mapping[str, Any], Mapping[str, str], datetime], None]] = {
    "subject": _name,
    "housing_form": _housing,
    "address": _address,
    "contact_point": _contact_point,
    "national_identifier": _hetu,
}
