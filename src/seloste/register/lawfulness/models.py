"""Consents, bans, objections and restrictions: what people have said about their own data."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from seloste.register.ledger.models import (
    Fact,
    check,
    holds_until,
    one_of,
    subject_index,
    to_subject,
)


class Consent(Fact):
    """A consent to a purpose in the words that were shown, with where its proof is."""

    subject = to_subject()
    purpose = models.TextField()
    channel = models.TextField(null=True)
    wording = models.TextField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    proof = models.TextField()
    notice_hash = models.TextField()

    class Meta:
        db_table = "consent"
        constraints = [
            check("consent", "withdrawal", holds_until("given_at", "withdrawn_at")),
            check("consent", "period", holds_until("given_at")),
        ]
        indexes = [subject_index("consent")]


class Ban(Fact):
    """That a subject does not want marketing over a channel, or over any."""

    subject = to_subject()
    channel = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    notice_hash = models.TextField()

    class Meta:
        db_table = "ban"
        constraints = [
            check("ban", "channel", one_of("channel", "letter", "phone", "email", "sms", "web", "all")),
            check("ban", "period", holds_until()),
        ]
        indexes = [subject_index("ban")]


class Suppression(models.Model):
    """That a contact point, erased since and known by its keyed hash alone, is not for marketing over a channel."""

    side = models.TextField()
    channel = models.TextField()
    hash = models.BinaryField()
    added_at = models.DateTimeField()

    class Meta:
        db_table = "suppression"
        constraints = [check("suppression", "channel", one_of("channel", "phone", "email", "sms"))]
        indexes = [models.Index(name="suppression_found", fields=["side", "channel", "hash"])]


class Objection(Fact):
    """An objection to a purpose: received, and later upheld or rejected."""

    subject = to_subject()
    purpose = models.TextField()
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)
    notice_hash = models.TextField()

    class Meta:
        db_table = "objection"
        constraints = [
            check("objection", "outcome", one_of("outcome", "upheld", "rejected", optional=True)),
            check(
                "objection",
                "decided",
                Q(decided_at__isnull=True, outcome__isnull=True)
                | Q(outcome__isnull=False, decided_at__isnull=False, decided_at__gte=F("received_at")),
            ),
        ]
        indexes = [subject_index("objection")]


class Restriction(Fact):
    """A restriction of processing: of some categories, of some purposes, or of everything."""

    subject = to_subject()
    categories = ArrayField(models.TextField(), db_default=[])
    purposes = ArrayField(models.TextField(), db_default=[])
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "restriction"
        constraints = [
            check("restriction", "scope", Q(categories=[]) | Q(purposes=[])),
            check("restriction", "period", holds_until()),
        ]
        indexes = [subject_index("restriction")]
