"""What was billed on an agreement that was undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.agreements.port import Dependent
from seloste.register.ledger.queries import KNOWN

from .models import Receivable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Receivables:
    """Receivables that stand on an agreement; by number and state, never by amount."""

    kind = "receivables"
    table = "receivable"

    def of(self, agreement_id: int, *, since: datetime) -> Iterable[Dependent]:
        """This will list receivables booked on an agreement and due after a moment, as they are known now."""
        booked = Receivable.objects.filter(
            KNOWN, agreement_id=agreement_id, due_at__gte=since, valid_until__isnull=True
        )
        return [
            Dependent(self.kind, each.number, each.subject_id, each.state)
            for each in booked.order_by("due_at", "id")
        ]
