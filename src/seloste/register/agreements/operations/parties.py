"""Who holds an agreement together with its holder: joins, and leaves without a trace of where they went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel.periods import midnight_at_or_after, midnight_at_or_before
from seloste.register.agreements.models import AgreementParty
from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.operations import note
from seloste.register.subjects.queries import require_subject

from .confirming import Told, confirm
from .finding import be_found
from .knowing import UnknownAgreement, is_party, products, require_agreement, require_period
from .residing import leave_alone

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.agreements.models import Agreement


class NotParty(Exception):
    """The subject does not hold this agreement together with its holder."""


class HoldsAlready(Exception):
    """The holder of an agreement is no party beside itself."""


def add_party(
    agreement_id: int, subject_id: int, *, valid_from: datetime, at: datetime | None = None
) -> AgreementParty:
    """This will let another subject hold an agreement together with its holder from a Finnish day on, and confirm it.

    Writes: agreement_party, confirmation, search_token. Raises: UnknownAgreement, UnknownSubject, HoldsAlready.
    Law: GDPR 6(1)(b); KSL 6:13.
    """
    agreement = require_agreement(agreement_id)
    begins = midnight_at_or_before(valid_from)
    if party := is_party(agreement_id, subject_id, at=begins):
        return party
    party = join(agreement, subject_id, begins)
    period, held = require_period(agreement_id), products(agreement_id)
    told = Told("joined", begins, period.valid_until, held[-1] if held else None)
    confirm(agreement, told, at=at or valid_from)
    note("agreements.party.add", subject_id, agreement.subject_id)
    return party


def join(agreement: Agreement, subject_id: int, begins: datetime) -> AgreementParty:
    """This will record a joint holder; the confirmation and the event are the caller's.

    Writes: agreement_party, search_token. Raises: UnknownAgreement, UnknownSubject, HoldsAlready.
    """
    if subject_id == agreement.subject_id:
        raise HoldsAlready(
            "this subject is the agreement's holder: name somebody else, or pass the agreement on"
        )
    if require_subject(subject_id).side != agreement.side:
        raise UnknownAgreement("for this subject there is no such agreement on its side")
    party = AgreementParty.objects.create(
        agreement=agreement, subject_id=subject_id, controller=agreement.controller, valid_from=begins
    )
    be_found(agreement, subject_id)
    return party


def end_party(agreement_id: int, subject_id: int, *, at: datetime, valid_until: datetime) -> None:
    """This will end that a subject holds an agreement together with its holder, and confirm it to both, apart.

    Each copy goes to its reader's own address and tells nothing of the other's. From then on the point's address is
    not the leaver's.
    Writes: agreement_party, address, confirmation. Raises: UnknownAgreement, NotParty. Law: GDPR 5(1)(d), 25; KSL 6:13.
    """
    agreement = require_agreement(agreement_id)
    ends = midnight_at_or_after(valid_until)
    parties = list(AgreementParty.objects.filter(KNOWN, agreement=agreement, subject_id=subject_id))
    if not parties:
        raise NotParty("this subject is no party of this agreement")
    going = [party for party in parties if party.valid_until is None or party.valid_until > ends]
    if not going:
        return
    leave_alone(agreement, subject_id, until=ends)
    period, held = require_period(agreement_id), products(agreement_id)
    told = Told(
        "left",
        period.valid_from,
        period.valid_until,
        held[-1] if held else None,
        to=(agreement.subject_id, subject_id),
    )
    confirm(agreement, told, at=at)
    for party in going:
        replace(party, at=at, valid_until=max(party.valid_from, ends))
    note("agreements.party.end", subject_id, agreement.subject_id)
