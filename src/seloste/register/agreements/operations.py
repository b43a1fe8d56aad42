"""What is done about agreements: open, end, cancel, share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN, active
from seloste.register.protection.operations import note
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.subjects import tokens
from seloste.register.subjects.queries import require_subject

from .models import Agreement, AgreementParty, AgreementPeriod

if TYPE_CHECKING:
    from datetime import datetime


class UnknownAgreement(NotInPurpose):
    """For this purpose there is no such agreement."""


class NumberTaken(Exception):
    """The subject has an agreement of this number already, on other terms."""


class EndsBeforeStart(Exception):
    """An agreement that ends before it begins is not ended but cancelled."""


class NotParty(Exception):
    """The subject does not hold this agreement together with its holder."""


@dataclass(frozen=True)
class Terms:
    """What is agreed: under which number, with which controller, of which kind and at which point."""

    number: str
    controller: str
    kind: str
    metering_point_id: int | None = None


def open_agreement(
    subject_id: int,
    terms: Terms,
    *,
    requested_at: datetime,
    valid_from: datetime,
    valid_until: datetime | None = None,
) -> Agreement:
    """This will open an agreement at the holder's request: prepared until `valid_from`, then in force.

    The database refuses at the commit: another holder at the same point, kind and time; a point that
    is not there, or is beyond the wall. Opened again as it was opened, it is left as it is.
    Writes: agreement, agreement_period, search_token. Raises: UnknownSubject, NumberTaken. Law: GDPR 6(1)(b).
    Notice: purposes.
    """
    holder = require_subject(subject_id)
    numbered = Agreement.objects.filter(controller=terms.controller, number=terms.number, subject=holder)
    if there := numbered.first():
        return _require_same(there, terms, valid_from, valid_until)
    agreement = Agreement.objects.create(
        number=terms.number,
        subject=holder,
        side=holder.side,
        controller=terms.controller,
        kind=terms.kind,
        metering_point_id=terms.metering_point_id,
    )
    AgreementPeriod.objects.create(
        agreement=agreement,
        subject=holder,
        controller=terms.controller,
        kind=terms.kind,
        metering_point_id=terms.metering_point_id,
        requested_at=requested_at,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    _found_by(agreement, subject_id)
    note("agreements.open", subject_id)
    return agreement


def end_agreement(agreement_id: int, *, at: datetime, valid_until: datetime, reason: str) -> AgreementPeriod:
    """This will end an agreement, also in the past: what was known before stays known as of then.

    Writes: agreement_period. Raises: UnknownAgreement, EndsBeforeStart. Law: GDPR 5(1)(d), 6(1)(b).
    Notice: retention.
    """
    period = require_period(agreement_id)
    if valid_until <= period.valid_from:
        raise EndsBeforeStart("this end is not after the start: cancel the agreement instead")
    if (period.valid_until, period.end_reason) == (valid_until, reason):
        return period
    ended = replace(period, at=at, valid_until=valid_until, end_reason=reason)
    note("agreements.end", period.subject_id)
    return ended


def cancel_agreement(agreement_id: int, *, at: datetime) -> AgreementPeriod:
    """This will undo an agreement as if it had never been in force, even when it has begun.

    It was being prepared until `at`, or until its start if that came first.
    Writes: agreement_period. Raises: UnknownAgreement. Law: GDPR 5(1)(d), 6(1)(b).
    Notice: retention.
    """
    period = require_period(agreement_id)
    if period.end_reason == "cancelled":
        return period
    prepared_until = max(period.requested_at, min(at, period.valid_from))
    cancelled = replace(period, at=at, valid_until=prepared_until, end_reason="cancelled")
    note("agreements.cancel", period.subject_id)
    return cancelled


def add_party(agreement_id: int, subject_id: int, *, valid_from: datetime) -> AgreementParty:
    """This will let another subject hold an agreement together with its holder.

    Writes: agreement_party, search_token. Raises: UnknownAgreement, UnknownSubject. Law: GDPR 6(1)(b).
    """
    agreement = require_agreement(agreement_id)
    if require_subject(subject_id).side != agreement.side:
        raise UnknownAgreement("for this subject there is no such agreement on its side")
    party = AgreementParty.objects.filter(
        active(valid_from), agreement=agreement, subject_id=subject_id
    ).first()
    if party:
        return party
    party = AgreementParty.objects.create(
        agreement=agreement,
        subject_id=subject_id,
        controller=agreement.controller,
        valid_from=valid_from,
    )
    _found_by(agreement, subject_id)
    note("agreements.party.add", subject_id, agreement.subject_id)
    return party


def end_party(agreement_id: int, subject_id: int, *, at: datetime, valid_until: datetime) -> None:
    """This will end that a subject holds an agreement together with its holder.

    Writes: agreement_party. Raises: UnknownAgreement, NotParty. Law: GDPR 5(1)(d).
    """
    agreement = require_agreement(agreement_id)
    parties = list(AgreementParty.objects.filter(KNOWN, agreement=agreement, subject_id=subject_id))
    if not parties:
        raise NotParty("this subject is no party of this agreement")
    for party in parties:
        replace(party, at=at, valid_until=max(party.valid_from, valid_until))
    note("agreements.party.end", subject_id, agreement.subject_id)


def _found_by(agreement: Agreement, subject_id: int) -> None:
    """Whoever holds an agreement is found by its number and its point's."""
    tokens.put(subject_id, "agreement", agreement.number, controller=agreement.controller)
    if agreement.metering_point_id and tokens.keeps("gsrn", ("metering_point", "gsrn")):
        at = Agreement.objects.select_related("metering_point").get(pk=agreement.pk).metering_point
        tokens.put(subject_id, "gsrn", at.gsrn, controller=agreement.controller)


def _require_same(
    there: Agreement, terms: Terms, valid_from: datetime, valid_until: datetime | None
) -> Agreement:
    """Whether an agreement was opened so, whatever became of it since.

    Raises: NumberTaken.
    """
    opened = AgreementPeriod.objects.filter(agreement=there, valid_from=valid_from, valid_until=valid_until)
    same = (there.kind, there.metering_point_id) == (terms.kind, terms.metering_point_id)
    if same and opened.first():
        return there
    raise NumberTaken(
        f"{terms.controller} has an agreement of this number with this subject already, on other terms: choose another number,"
        " or end or cancel the one that is there"
    )


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
