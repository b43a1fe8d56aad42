"""When an agreement holds, as it is known now: told to the system that is the master of it, where that says otherwise."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from seloste.register.ledger.operations import replace
from seloste.register.sources.corrections import contradict

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.agreements.models import Agreement, AgreementPeriod


def change_period(
    agreement: Agreement, period: AgreementPeriod, *, at: datetime, **changes: Any
) -> AgreementPeriod:
    """This will record that an agreement holds otherwise than was known, and ask its master to correct that.

    Writes: agreement_period, source_correction, source_claim. Raises: AlreadySuperseded.
    Law: GDPR 5(1)(d), 19. Notice: categories.
    """
    ends = changes["valid_until"]
    # in UTC, as the days of a source are written
    told = {
        "number": agreement.number,
        "valid_from": period.valid_from.astimezone(UTC).isoformat(),
        "valid_until": ends and ends.astimezone(UTC).isoformat(),
    }
    # first: once the period is over, its purpose may not see the subject any more
    contradict(period.subject_id, "agreements", agreement.number, told, at=at)
    return replace(period, at=at, **changes)
