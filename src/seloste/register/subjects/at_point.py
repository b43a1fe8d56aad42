"""At which address a subject is supplied at a metering point, and since when and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.ledger.queries import lasting

from . import tokens
from .models import Address
from .queries import require_subject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from seloste.kernel.addresses import PostalAddress
    from seloste.kernel.periods import Period

PLACE = ("street", "postcode", "city", "country")


def begin_at_point(
    subject_id: int, metering_point_id: int, where: PostalAddress, *, since: datetime
) -> Address:
    """This will record at which address a subject is supplied from a moment on; where it is known so, it goes on.

    A point stands at one address: another one that was told before ends then, or never held.
    Writes: address, search_token. Raises: UnknownSubject. Law: GDPR 5(1)(d). Notice: categories.
    """
    require_subject(subject_id)
    told = {column: getattr(where, column) for column in PLACE}
    goes_on = None
    for each in _at_point(subject_id, metering_point_id):
        if each.valid_until is not None and each.valid_until < max(since, each.valid_from):
            continue
        is_same = all(getattr(each, column) == value for column, value in told.items())
        if goes_on is None and is_same and each.valid_until != each.valid_from:
            goes_on = each
        elif each.valid_until is None or each.valid_until > since:
            _end(each, since)
    if goes_on:
        if goes_on.valid_until is not None or goes_on.valid_from > since:
            goes_on.valid_from, goes_on.valid_until = min(goes_on.valid_from, since), None
            goes_on.save(update_fields=["valid_from", "valid_until"])
        return goes_on
    address = Address.objects.create(
        subject_id=subject_id,
        kind="point",
        metering_point_id=metering_point_id,
        valid_from=since,
        **told,
    )
    tokens.put(subject_id, "address", where.street, where.postcode, where.city)
    return address


def end_at_point(
    subject_id: int, metering_point_id: int, *, until: datetime, held: Iterable[Period] = ()
) -> None:
    """This will end that a subject is supplied at a point's address; one that began later was never so.

    `held`: when other agreements supply the subject there; an address that one of those needs lasts as long.
    Writes: address. Law: GDPR 5(1)(d).
    """
    periods = list(held)
    for each in _at_point(subject_id, metering_point_id).filter(lasting(until)):
        ends: datetime | None = max(until, each.valid_from)
        for period in periods:
            needs = each.valid_until is None or period.start < each.valid_until
            if ends is not None and needs and (period.end is None or period.end > ends):
                ends = period.end
        if ends is not None and (each.valid_until is None or each.valid_until > ends):
            _end(each, ends)


def stay_at_point(subject_id: int, metering_point_id: int, *, ended: datetime) -> None:
    """This will record that a subject is supplied at a point's address still, where that was to end at a moment.

    Writes: address. Law: GDPR 5(1)(d).
    """
    _at_point(subject_id, metering_point_id).filter(valid_until=ended).update(valid_until=None)


def _at_point(subject_id: int, metering_point_id: int) -> QuerySet[Address]:
    held = Address.objects.filter(subject_id=subject_id, kind="point", metering_point_id=metering_point_id)
    return held.order_by("valid_from", "id")


def _end(address: Address, until: datetime) -> None:
    address.valid_until = max(until, address.valid_from)
    address.save(update_fields=["valid_until"])
