"""Whoever is supplied at a point by an agreement has the point's address while the agreement lasts, and no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.subjects.at_point import end_at_point, stay_at_point

from .knowing import may_write, party_ids, supplied_by_others

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.agreements.models import Agreement

SUPPLIED_STILL = frozenset({"switch"})
"""Ends of an agreement by which nobody leaves: somebody else supplies them at the same address."""


def residents(agreement: Agreement, *, at: datetime) -> list[int]:
    """Who holds an agreement at a moment or later: the holder first, then who holds it too."""
    return [agreement.subject_id, *party_ids(agreement.pk, at=at)]


def leave(agreement: Agreement, *, until: datetime, was: datetime | None = None) -> list[int]:
    """This will end with an agreement that its holders are supplied at its point; whom another supplies there stays.

    `was`: when the agreement was to end before, so that an end which moves takes the address with it.
    Shape: whose address may have changed. Writes: address. Law: GDPR 5(1)(d).
    """
    going = residents(agreement, at=until)
    for resident in going:
        leave_alone(agreement, resident, until=until, was=was)
    return going


def leave_alone(
    agreement: Agreement, subject_id: int, *, until: datetime, was: datetime | None = None
) -> None:
    """This will end that one of an agreement's holders is supplied at its point, where the purpose knows of addresses.

    Writes: address. Law: GDPR 5(1)(d).
    """
    point = agreement.metering_point_id
    if point is None or not may_write("address"):
        return
    if was is not None and was < until:
        stay_at_point(subject_id, point, ended=was)
    others = supplied_by_others(subject_id, point, but=agreement.pk)
    end_at_point(subject_id, point, until=until, held=others)


def return_to(agreement: Agreement, *, ended: datetime) -> list[int]:
    """This will let an agreement's holders be supplied at its point still, where that was to end at a moment.

    Shape: whose address may have changed. Writes: address. Law: GDPR 5(1)(d).
    """
    staying = residents(agreement, at=ended)
    if agreement.metering_point_id is not None and may_write("address"):
        for resident in staying:
            stay_at_point(resident, agreement.metering_point_id, ended=ended)
    return staying
