"""Receivables, and what becomes of them: reminders, payments and who paid, instalments."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q

from seloste.register.ledger.models import (
    Fact,
    check,
    holds_until,
    key_to,
    one_of,
    subject_index,
    to_subject,
)


class Receivable(Fact):
    """An amount that a subject owes, in one state for a time: the head of an invoice.

    `due_at` is the moment from which it is overdue: the midnight that ends its due day. A number has
    one state at a time, held by a constraint that Django cannot say. `agreement_id` is no foreign key:
    bookkeeping keeps a receivable longer than its agreement.
    """

    number = models.TextField()
    reference = models.TextField(null=True)
    subject = to_subject()
    controller = models.TextField()
    agreement_id = models.BigIntegerField(null=True)
    product = models.TextField(null=True)
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
                one_of("state", "open", "paid", "disputed", "in_collection", "written_off", "expired"),
            ),
            check("receivable", "period", holds_until()),
            check(
                "receivable",
                "reference",
                Q(reference__isnull=True) | Q(reference__regex=r"^[1-9][0-9]{3,19}$"),
            ),
        ]
        indexes = [
            subject_index("receivable"),
            models.Index(name="receivable_number", fields=["controller", "number"]),
            models.Index(name="receivable_agreement", fields=["agreement_id"]),
        ]


class Payment(models.Model):
    """Money that came for a receivable, also a part of it; `archive_id` is the bank's own mark of it.

    A source that tells a sum alone does not tell who paid. What the bank took back, or what was recorded for
    the wrong receivable, is reversed: it stays, and counts no more.
    """

    subject = to_subject()
    controller = models.TextField()
    number = models.TextField()
    amount_cents = models.BigIntegerField()
    paid_at = models.DateTimeField()
    paid_by = models.TextField()
    archive_id = models.TextField(null=True)
    reversed_at = models.DateTimeField(null=True)
    reversal = models.TextField(null=True)

    class Meta:
        db_table = "payment"
        constraints = [
            ExclusionConstraint(
                name="payment_once",
                expressions=[("controller", RangeOperators.EQUAL), ("archive_id", RangeOperators.EQUAL)],
                condition=Q(reversed_at__isnull=True) | Q(reversal="returned"),
            ),
            models.UniqueConstraint(name="payment_of", fields=["id", "subject", "controller"]),
            check("payment", "amount", Q(amount_cents__gt=0)),
            check("payment", "paid_by", one_of("paid_by", "debtor", "other", "unknown")),
            check("payment", "reversal", one_of("reversal", "returned", "misallocated", optional=True)),
            check(
                "payment",
                "reversed",
                Q(reversed_at__isnull=True, reversal__isnull=True)
                | Q(reversed_at__isnull=False, reversal__isnull=False),
            ),
        ]
        indexes = [
            subject_index("payment"),
            models.Index(name="payment_number", fields=["controller", "number"]),
        ]


class Payer(models.Model):
    """The name of somebody else who paid: personal data of another, in rows of its own."""

    subject = to_subject()
    controller = models.TextField()
    payment = key_to("Payment", db_constraint=False)
    name = models.TextField()

    class Meta:
        db_table = "payer"
        indexes = [
            subject_index("payer"),
            models.Index(name="payer_payment", fields=["payment", "subject", "controller"]),
        ]


class Reminder(models.Model):
    """That the debtor was reminded of a receivable, or demanded to pay it."""

    subject = to_subject()
    controller = models.TextField()
    number = models.TextField()
    kind = models.TextField()
    sent_at = models.DateTimeField()

    class Meta:
        db_table = "reminder"
        constraints = [check("reminder", "kind", one_of("kind", "reminder", "demand"))]
        indexes = [
            subject_index("reminder"),
            models.Index(name="reminder_number", fields=["controller", "number"]),
        ]


class Instalment(models.Model):
    """A part of a receivable by a day; the parts agreed on at one moment are a plan, and end together."""

    subject = to_subject()
    controller = models.TextField()
    number = models.TextField()
    agreed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    amount_cents = models.BigIntegerField()
    ended_at = models.DateTimeField(null=True)
    ending = models.TextField(null=True)

    class Meta:
        db_table = "instalment"
        constraints = [
            check("instalment", "amount", Q(amount_cents__gt=0)),
            check("instalment", "ending", one_of("ending", "kept", "broken", "cancelled", optional=True)),
            check(
                "instalment",
                "ended",
                Q(ended_at__isnull=True, ending__isnull=True)
                | Q(ended_at__isnull=False, ending__isnull=False),
            ),
        ]
        indexes = [
            subject_index("instalment"),
            models.Index(name="instalment_number", fields=["controller", "number"]),
        ]
