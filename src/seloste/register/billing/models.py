"""Receivables."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from seloste.register.ledger.models import (
    Fact,
    check,
    holds_until,
    one_of,
    subject_index,
    to_subject,
)


class Receivable(Fact):
    """An amount that a subject owes, in one state for a time.

    `agreement_id` is no foreign key: bookkeeping keeps a receivable longer than its agreement.
    """

    number = models.TextField()
    subject = to_subject()
    controller = models.TextField()
    agreement_id = models.BigIntegerField(null=True)
    amount_cents = models.BigIntegerField()
    due_at = models.DateTimeField()
    state = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "receivable"
        constraints = [
            check("receivable", "amount", Q(amount_cents__gt=0)),
            check(
                "receivable",
                "state",
                one_of("state", "open", "paid", "disputed", "in_collection", "written_off"),
            ),
            check("receivable", "period", holds_until()),
        ]
        indexes = [
            subject_index("receivable"),
            models.Index(name="receivable_number", fields=["controller", "number"]),
            models.Index(name="receivable_agreement", fields=["agreement_id"]),
        ]
