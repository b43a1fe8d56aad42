"""Cases: what the reason of a look-up refers to."""

from __future__ import annotations

from django.db import models

from seloste.register.ledger.models import check, holds_until, one_of, subject_index, to_subject


class CaseFile(models.Model):
    """A call, case, request, campaign or task: open until it is closed, about one subject or none."""

    subject = to_subject(null=True)
    category = models.TextField()
    kind = models.TextField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "case_file"
        constraints = [
            check(
                "case_file",
                "category",
                one_of("category", "interaction", "misuse_case", "rights_request"),
            ),
            check("case_file", "kind", one_of("kind", "call", "case", "request", "campaign", "task")),
            check("case_file", "period", holds_until("opened_at", "closed_at")),
        ]
        indexes = [subject_index("case_file")]
