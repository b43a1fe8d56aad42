"""What is owed altogether: a number that names nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Sum

from seloste.register.ledger.queries import active
from seloste.register.protection.backend import aggregates
from seloste.register.protection.operations import aggregate

from .models import Receivable

if TYPE_CHECKING:
    from datetime import datetime

OWED = "receivables.owed_cents"
OWING = ("open", "in_collection")

aggregates.register(OWED, "receivable", Sum("amount_cents"))


def owed_cents(controller: str, *, at: datetime) -> int:
    """This will sum what is owed to a controller, when enough subjects owe it.

    Units: cents. Raises: NotInPurpose, for fewer than ten. Law: GDPR 5(1)(c). Notice: purposes.
    """
    owed = Receivable.objects.filter(active(at), controller=controller, state__in=OWING)
    return int(aggregate(OWED, owed))
