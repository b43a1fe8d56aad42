"""Agreements as they are known now, and how their absence is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from seloste.kernel.periods import Period
from seloste.register.agreements.models import Agreement, AgreementParty, AgreementPeriod, AgreementProduct
from seloste.register.ledger.queries import KNOWN, active
from seloste.register.protection.backend.gate import current
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.agreements.models import MeteringPoint


class UnknownAgreement(NotInPurpose):
    """For this purpose there is no such agreement."""


def require_agreement(agreement_id: int) -> Agreement:
    """This will open an agreement.

    Raises: UnknownAgreement.
    """
    if agreement := Agreement.objects.filter(pk=agreement_id).first():
        return agreement
    raise UnknownAgreement("for this purpose there is no such agreement")


def require_period(agreement_id: int) -> AgreementPeriod:
    """This will find the period of an agreement as it is known now.

    Raises: UnknownAgreement.
    """
    if period := AgreementPeriod.objects.filter(KNOWN, agreement_id=agreement_id).first():
        return period
    raise UnknownAgreement("for this purpose there is no such agreement")


def products(agreement_id: int) -> list[AgreementProduct]:
    """This will list the products of an agreement as known now, in order, without those that never held."""
    known = AgreementProduct.objects.filter(KNOWN, agreement_id=agreement_id).order_by("valid_from", "id")
    return [each for each in known if each.valid_until is None or each.valid_until > each.valid_from]


def party_ids(agreement_id: int, *, at: datetime) -> list[int]:
    """This will list who holds an agreement together with its holder at a moment, or from then on."""
    known = AgreementParty.objects.filter(KNOWN, agreement_id=agreement_id).order_by("id")
    return [each.subject_id for each in known if each.valid_until is None or each.valid_until > at]


def supplied_by_others(subject_id: int, metering_point_id: int, *, but: int) -> list[Period]:
    """This will list when a subject is supplied at a point by other agreements than one, alone or together with others."""
    shared = AgreementParty.objects.filter(KNOWN, subject_id=subject_id)
    whose = Q(subject_id=subject_id) | Q(agreement_id__in=[each.agreement_id for each in shared])
    known = AgreementPeriod.objects.filter(KNOWN, whose, metering_point_id=metering_point_id)
    return [
        Period(each.valid_from, each.valid_until)
        for each in known.exclude(agreement_id=but)
        if each.valid_until is None or each.valid_until > each.valid_from
    ]


def is_party(agreement_id: int, subject_id: int, *, at: datetime) -> AgreementParty | None:
    """This will find that a subject holds an agreement together with its holder at a moment."""
    return AgreementParty.objects.filter(active(at), agreement_id=agreement_id, subject_id=subject_id).first()


def point_of(agreement: Agreement) -> MeteringPoint | None:
    """This will open the point of an agreement: a point is read through an agreement at it."""
    if agreement.metering_point_id is None:
        return None
    [held] = Agreement.objects.select_related("metering_point").filter(pk=agreement.pk)
    point: MeteringPoint | None = held.metering_point
    return point


def kind_of_point(metering_point_id: int) -> str | None:
    """This will tell of which kind a point is, where the purpose sees an agreement at it."""
    session = current()
    if not session or "kind" not in session.login.may("select", "metering_point"):
        return None
    at_it = Agreement.objects.select_related("metering_point").filter(metering_point_id=metering_point_id)
    held = at_it.first()
    return held.metering_point.kind if held else None


def may_write(table: str) -> bool:
    """This will tell whether the purpose that acts may add rows to a table and see them."""
    session = current()
    return bool(session and session.login.may("insert", table) and session.login.may("select", table))
