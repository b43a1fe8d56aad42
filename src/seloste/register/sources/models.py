"""Batches of what source systems bring, rows of them that wait, and what a subject is called in a system.

Nothing here is a foreign key to the subject, since no key points up.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from seloste.register.ledger.models import check, key_to, one_of

STATES = ("staging", "validated", "applying", "applied", "rolling_back", "rolled_back")


class SourceIdentity(models.Model):
    """What a subject is called in a system: the number by which the next row about it finds it."""

    subject_id = models.BigIntegerField()
    side = models.TextField()
    system = models.TextField()
    source_key = models.TextField()

    class Meta:
        db_table = "source_identity"
        constraints = [
            models.UniqueConstraint(name="source_identity_found", fields=["side", "system", "source_key"]),
        ]
        indexes = [models.Index(name="source_identity_subject", fields=["subject_id"])]


class SourceBatch(models.Model):
    """What was pulled at once: which bytes, read by which mapping, and how far it has come; no value of anybody.

    Waiting rows are applied in the order of their keys: `applied_key` is the last key that is done, so
    that no subject is ever half done. What must not stand in the clear in them is sealed under a key that is
    made from `salt`; without it nothing opens it any more. `taken_back` is 0 while a batch stands, and its own
    key after, so that the same bytes stand once and can be pulled again.
    """

    side = models.TextField()
    system = models.TextField()
    feed = models.TextField()
    source_hash = models.TextField()
    mapping_hash = models.TextField()
    state = models.TextField()
    staged_cursor = models.TextField(null=True)
    applied_key = models.TextField(null=True)
    staged = models.BigIntegerField(db_default=0)
    refused = models.BigIntegerField(db_default=0)
    applied = models.BigIntegerField(db_default=0)
    taken_back = models.BigIntegerField(db_default=0)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    salt = models.BinaryField(null=True)
    key_version = models.SmallIntegerField(null=True)

    class Meta:
        db_table = "source_batch"
        constraints = [
            models.UniqueConstraint(
                name="source_batch_once",
                fields=["side", "system", "feed", "source_hash", "mapping_hash", "taken_back"],
            ),
            check("source_batch", "state", one_of("state", *STATES)),
            check("source_batch", "counts", Q(staged__gte=0, refused__gte=0, applied__gte=0)),
        ]


class SourceRow(models.Model):
    """A row of a batch that waits to be applied, was refused, or is what a subject was called before it.

    It goes as it is applied. `subject_id` is known where the system has brought this key before, so that
    what waits about somebody is shown to them, and goes with them.
    """

    batch = key_to("SourceBatch")
    side = models.TextField()
    subject_id = models.BigIntegerField(null=True)
    number = models.BigIntegerField()
    source_key = models.TextField()
    state = models.TextField()
    reason = models.TextField(null=True)
    field = models.TextField(null=True)
    contents = models.JSONField()

    class Meta:
        db_table = "source_row"
        constraints = [
            models.UniqueConstraint(
                name="source_row_once", fields=["batch", "state", "source_key", "number"]
            ),
            check("source_row", "state", one_of("state", "staged", "refused", "before")),
            check("source_row", "reason", Q(state="refused") | Q(reason__isnull=True)),
        ]
        indexes = [models.Index(name="source_row_subject", fields=["subject_id"])]


class SourceStep(models.Model):
    """What a chunk of a batch did to rows of one place, by their keys: what a rollback undoes."""

    batch = key_to("SourceBatch")
    side = models.TextField()
    chunk = models.BigIntegerField()
    place = models.TextField()
    did = models.TextField()
    keys = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "source_step"
        constraints = [check("source_step", "did", one_of("did", "added", "closed", "superseded", "met"))]
        indexes = [models.Index(name="source_step_batch", fields=["batch"])]
