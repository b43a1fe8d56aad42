"""Erasures: that a class of a subject's data has been erased."""

from __future__ import annotations

from django.db import models

from seloste.register.ledger.models import Fact, subject_index, to_subject


class Erasure(Fact):
    """That what a retention class held of a subject is gone."""

    subject = to_subject()
    retention_class = models.TextField()
    erased_at = models.DateTimeField()

    class Meta:
        db_table = "erasure"
        indexes = [subject_index("erasure")]
