"""Who works here; what is reviewed, emergencies and look-ups; and the keys of what is sealed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from seloste.register.ledger.models import check, holds_until, key_to, one_of


class Staff(models.Model):
    """Somebody who may act, employed by one of the controllers."""

    username = models.TextField()
    name = models.TextField()
    employer = models.TextField()

    class Meta:
        db_table = "staff"
        constraints = [models.UniqueConstraint(name="staff_username", fields=["username"])]


class StaffRole(models.Model):
    """A role of the notice that somebody has for a time."""

    staff = key_to("Staff")
    role = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_role"
        constraints = [check("staff_role", "period", holds_until())]
        indexes = [models.Index(name="staff_role_staff", fields=["staff"])]


class Training(models.Model):
    """A training that somebody completed, and until when it counts."""

    staff = key_to("Staff")
    training = models.TextField()
    completed_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        db_table = "training"
        constraints = [check("training", "period", holds_until("completed_at"))]
        indexes = [models.Index(name="training_staff", fields=["staff"])]


class BreakGlass(models.Model):
    """That somebody opened a purpose of emergencies: on which ground, for what, and what a second person found.

    Its key is random: whoever does not know it cannot use the opening. Whom it let be seen stands
    in the look-up log.
    """

    id = models.UUIDField(primary_key=True)
    opened_at = models.DateTimeField(db_default=Now())
    staff = key_to("Staff")
    controller = models.TextField()
    login = models.TextField()
    ground = models.TextField()
    reason = models.TextField()
    notice_hash = models.TextField()
    review_by = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = key_to("Staff", null=True, db_column="reviewed_by")
    finding = models.TextField(null=True)

    class Meta:
        db_table = "break_glass"
        constraints = [
            check(
                "break_glass",
                "finding",
                one_of("finding", "justified", "not_justified", "unclear", optional=True),
            ),
            check(
                "break_glass",
                "second_person",
                models.Q(reviewed_by__isnull=True) | ~models.Q(reviewed_by=models.F("staff")),
            ),
            check(
                "break_glass",
                "review",
                models.Q(reviewed_at__isnull=True, reviewed_by__isnull=True, finding__isnull=True)
                | models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False, finding__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="break_glass_staff", fields=["staff"]),
            models.Index(name="break_glass_reviewed_by", fields=["reviewed_by"]),
        ]


class Alarm(models.Model):
    """An attempt to tell of an opening by mail; an opening without one that was sent still waits."""

    opening = key_to("BreakGlass")
    at = models.DateTimeField(db_default=Now())
    sent = models.BooleanField()

    class Meta:
        db_table = "alarm"
        indexes = [models.Index(name="alarm_opening", fields=["opening"])]


class OwnRecord(models.Model):
    """The customer record that somebody of the staff has on one side of the wall.

    About the subject, so that the wall, a restriction and an erasure hold for it too.
    """

    subject_id = models.BigIntegerField()
    staff = key_to("Staff")

    class Meta:
        db_table = "own_record"
        constraints = [models.UniqueConstraint(name="own_record_once", fields=["subject_id"])]
        indexes = [models.Index(name="own_record_staff", fields=["staff"])]


class Watch(models.Model):
    """That whoever looks at a subject is reviewed, for a time: they are known, or somebody seeks them."""

    subject_id = models.BigIntegerField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "watch"
        constraints = [check("watch", "period", holds_until())]
        indexes = [models.Index(name="watch_subject", fields=["subject_id"])]


class ReviewFinding(models.Model):
    """A look-up that a rule of review asks about, and the case that came of it, if one did."""

    subject_id = models.BigIntegerField()
    rule = models.TextField()
    event_id = models.UUIDField()
    staff = key_to("Staff")
    at = models.DateTimeField()
    case_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "review_finding"
        constraints = [
            models.UniqueConstraint(name="review_finding_once", fields=["subject_id", "rule", "event_id"])
        ]
        indexes = [models.Index(name="review_finding_staff", fields=["staff"])]


class KeyVersion(models.Model):
    """A version of a key that this register uses, and by what it is known; the key stands elsewhere."""

    name = models.TextField()
    version = models.SmallIntegerField()
    check_value = models.BinaryField()

    class Meta:
        db_table = "key_version"
        constraints = [models.UniqueConstraint(name="key_version_known", fields=["name", "version"])]


class DataKey(models.Model):
    """The key of what one category keeps of a subject, wrapped.

    A category has one retention class, so no key serves two classes. It is no foreign key to the
    subject, since no key points up; a row about nobody is seen by nobody, and can be added by nobody.
    """

    subject_id = models.BigIntegerField()
    category = models.TextField()
    wrapped = models.BinaryField()
    kek_version = models.SmallIntegerField()

    class Meta:
        db_table = "data_key"
        constraints = [models.UniqueConstraint(name="data_key_of", fields=["subject_id", "category"])]


class Idempotency(models.Model):
    """That an operation was done under a key of its caller's, and the key of the row that came of it.

    About the subject, so that it is seen and erased with it; a foreign key of two columns, which Django
    cannot say, holds its side to its subject's.
    """

    subject_id = models.BigIntegerField()
    side = models.TextField()
    operation = models.TextField()
    key = models.TextField()
    result = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "idempotency"
        constraints = [
            models.UniqueConstraint(name="idempotency_once", fields=["side", "operation", "key"]),
            check("idempotency", "key", models.Q(key__regex=r"^[!-~]{1,200}$")),
        ]
        indexes = [models.Index(name="idempotency_subject", fields=["subject_id", "side"])]
