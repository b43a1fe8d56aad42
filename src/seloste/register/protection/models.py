"""Who works here, and the keys of what is sealed."""

from __future__ import annotations

from django.db import models

from seloste.register.ledger.models import check, holds_until, key_to


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
