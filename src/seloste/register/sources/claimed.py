"""What each system says of a subject, beside what is held here, and corrections that wait at a system.

Nothing here is a foreign key to the subject, since no key points up; a row about nobody is seen by
nobody. A row carries its category, and is open to whoever uses that.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from seloste.register.ledger.models import check, one_of

IN_ONE_FORM = Q(value__isnull=False, ciphertext__isnull=True) | Q(
    value__isnull=True, ciphertext__isnull=False
)
"""The condition that a value stands in the clear or sealed."""


class SourceClaim(models.Model):
    """What a system said of one value of a subject: in which batch, when, as given and as it is written here.

    A newer one ends it, by the batch that brought that; it is never overwritten. `asked` is the task by which
    the customer is asked. Where the category is
    sealed, both forms stand in `ciphertext`. Not a `Fact`: it decides nothing, and a fact has everybody in
    a chunk decided anew.
    """

    subject_id = models.BigIntegerField()
    side = models.TextField()
    category = models.TextField()
    kind = models.TextField()
    value = models.JSONField(null=True)
    as_given = models.JSONField(null=True)
    ciphertext = models.BinaryField(null=True)
    system = models.TextField()
    batch_id = models.BigIntegerField()
    source_key = models.TextField()
    received_at = models.DateTimeField(db_default=Now())
    state = models.TextField()
    asked = models.TextField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)

    class Meta:
        db_table = "source_claim"
        constraints = [
            check(
                "source_claim",
                "state",
                one_of("state", "held", "different", "pending", "settled"),
            ),
            check("source_claim", "sealed", IN_ONE_FORM),
            check("source_claim", "ended", Q(ended_by__isnull=True) | Q(ended_at__isnull=False)),
        ]
        indexes = [
            models.Index(name="source_claim_subject", fields=["subject_id", "category"]),
            # batches come in the order of their keys: a few kilobytes find a million rows
            BrinIndex(name="source_claim_batch", fields=["batch_id"]),
            # whole, as an index of some rows is the policy's alone; many equal entries take little room
            models.Index(name="source_claim_ended_by", fields=["ended_by"]),
            models.Index(name="source_claim_different", fields=["state", "category"]),
        ]


class SourceCorrection(models.Model):
    """A value that was corrected here and whose master is elsewhere: it waits until that brings it too.

    `receipt` is what the system answered, or the digest of the signed task for whoever keeps it.
    """

    subject_id = models.BigIntegerField()
    side = models.TextField()
    category = models.TextField()
    kind = models.TextField()
    system = models.TextField()
    source_key = models.TextField(null=True)
    value = models.JSONField(null=True)
    before = models.JSONField(null=True)
    ciphertext = models.BinaryField(null=True)
    requested_at = models.DateTimeField()
    state = models.TextField()
    told_at = models.DateTimeField(null=True)
    receipt = models.TextField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)

    class Meta:
        db_table = "source_correction"
        constraints = [
            check(
                "source_correction",
                "state",
                one_of("state", "waiting", "sent", "tasked", "confirmed", "dropped"),
            ),
            check("source_correction", "sealed", IN_ONE_FORM),
            check(
                "source_correction",
                "told",
                Q(told_at__isnull=True, receipt__isnull=True)
                | Q(told_at__isnull=False, receipt__isnull=False),
            ),
            check(
                "source_correction",
                "ended",
                Q(state__in=("confirmed", "dropped"), ended_at__isnull=False)
                | Q(state__in=("waiting", "sent", "tasked"), ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(name="source_correction_subject", fields=["subject_id", "category"]),
            models.Index(name="source_correction_waiting", fields=["system", "requested_at"]),
            models.Index(name="source_correction_ended_by", fields=["ended_by"]),
        ]
