"""Who works here: staff with employer, roles and trainings."""

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
