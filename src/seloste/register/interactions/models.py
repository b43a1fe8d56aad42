"""Cases, which the reason of a look-up refers to; contacts, tasks and free texts, each of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from seloste.register.ledger.models import check, holds_until, key_to, one_of, subject_index, to_subject

if TYPE_CHECKING:
    from seloste.kernel.free_text import Mark


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
            models.UniqueConstraint(name="case_file_concerns", fields=["id", "subject"]),
            check(
                "case_file",
                "category",
                one_of("category", "interaction", "task", "misuse_case", "rights_request"),
            ),
            check("case_file", "kind", one_of("kind", "call", "case", "request", "campaign", "task")),
            check("case_file", "period", holds_until("opened_at", "closed_at")),
        ]
        indexes = [subject_index("case_file")]


class Interaction(models.Model):
    """A call, mail, visit, letter or chat with or about a subject; what was said stands in texts of its case.

    A foreign key of two columns holds its subject to the case's.
    """

    subject = to_subject()
    case = key_to("CaseFile", db_constraint=False)
    channel = models.TextField()
    direction = models.TextField()
    topic = models.TextField()
    spoken_with = models.TextField()
    identified = models.TextField()
    agreement_id = models.BigIntegerField(null=True)
    staff = key_to("Staff")
    at = models.DateTimeField()

    class Meta:
        db_table = "interaction"
        constraints = [
            check("interaction", "channel", one_of("channel", "phone", "email", "visit", "letter", "chat")),
            check("interaction", "direction", one_of("direction", "in", "out")),
            check(
                "interaction",
                "topic",
                one_of(
                    "topic",
                    "agreement",
                    "moving",
                    "invoice",
                    "metering",
                    "outage",
                    "contact_details",
                    "data_protection",
                    "marketing",
                    "other",
                ),
            ),
            check(
                "interaction",
                "spoken_with",
                one_of("spoken_with", "subject", "co_holder", "representative", "guardian", "other"),
            ),
            check(
                "interaction",
                "identified",
                one_of("identified", "strongly", "by_document", "by_known_facts", "failed", "not_asked"),
            ),
        ]
        indexes = [
            subject_index("interaction"),
            models.Index(name="interaction_case", fields=["case", "subject"]),
            models.Index(name="interaction_staff", fields=["staff"]),
        ]


class Task(models.Model):
    """What is to be done about a subject by a day, by a team or by one of it.

    A team is a role of the notice at a controller. `changed_at` is its version: whoever changes it
    names the one that was read.
    """

    subject = to_subject()
    case = key_to("CaseFile", db_constraint=False)
    controller = models.TextField()
    kind = models.TextField()
    team = models.TextField()
    staff = key_to("Staff", null=True)
    due_date = models.DateField()
    origin = key_to("CaseFile", null=True, db_constraint=False)
    agreement_id = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)
    marks: tuple[Mark, ...] = ()
    """What the text that it was added with should not hold: told to whoever wrote it, kept nowhere."""

    class Meta:
        db_table = "task"
        constraints = [
            check(
                "task",
                "kind",
                one_of("kind", "promise", "complaint", "call_back", "correction", "document", "other"),
            ),
            check("task", "outcome", one_of("outcome", "done", "not_needed", optional=True)),
            check(
                "task",
                "done",
                Q(done_at__isnull=True, outcome__isnull=True)
                | Q(done_at__isnull=False, outcome__isnull=False),
            ),
        ]
        indexes = [
            subject_index("task"),
            models.Index(name="task_case", fields=["case", "subject"]),
            models.Index(name="task_origin", fields=["origin", "subject"]),
            models.Index(name="task_staff", fields=["staff"]),
            models.Index(name="task_waiting", fields=["controller", "team", "done_at", "due_date"]),
        ]


class CaseText(models.Model):
    """What somebody wrote about a case; never changed, and in no log.

    `category` tells whether it holds an address: such a row closes with the address of its subject.
    """

    subject = to_subject()
    category = models.TextField()
    case = key_to("CaseFile", db_constraint=False)
    staff = key_to("Staff")
    written_at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        db_table = "case_text"
        constraints = [
            check(
                "case_text",
                "category",
                one_of("category", "interaction", "interaction_address", "task", "task_address"),
            ),
            check("case_text", "text", ~Q(text="")),
        ]
        indexes = [
            subject_index("case_text"),
            models.Index(name="case_text_case", fields=["case", "subject"]),
            models.Index(name="case_text_staff", fields=["staff"]),
        ]
