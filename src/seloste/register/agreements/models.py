"""Metering points, agreements at them, their periods and co-holders."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from seloste.register.ledger.models import (
    Fact,
    check,
    holds_until,
    key_to,
    one_of,
    subject_index,
    to_subject,
)


class MeteringPoint(models.Model):
    """A metering point as one side of the wall knows it; the other side has a row of its own."""

    side = models.TextField()
    gsrn = models.TextField()
    kind = models.TextField()

    class Meta:
        db_table = "metering_point"
        constraints = [
            models.UniqueConstraint(name="metering_point_found", fields=["side", "gsrn", "kind"]),
            models.UniqueConstraint(name="metering_point_side", fields=["id", "side"]),
            check("metering_point", "kind", one_of("kind", "network", "sale", "heat")),
            check("metering_point", "gsrn", Q(gsrn__regex=r"^[0-9]{18}$")),
        ]


class Agreement(models.Model):
    """An agreement between its holder and one controller; when it holds stands in its periods."""

    number = models.TextField()
    subject = to_subject(db_constraint=False)
    side = models.TextField()
    controller = models.TextField()
    kind = models.TextField()
    metering_point = key_to("MeteringPoint", null=True, db_constraint=False)

    class Meta:
        db_table = "agreement"
        constraints = [
            models.UniqueConstraint(name="agreement_found", fields=["controller", "number"]),
            models.UniqueConstraint(name="agreement_controller", fields=["id", "controller"]),
            models.UniqueConstraint(name="agreement_copies", fields=["id", "subject", "controller", "kind"]),
            check("agreement", "kind", one_of("kind", "network", "sale", "heat", "service")),
        ]
        indexes = [
            subject_index("agreement", "side"),
            models.Index(name="agreement_metering_point", fields=["metering_point", "side"]),
        ]


class Period(Func):
    """The half-open range of two moments."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class AgreementPeriod(Fact):
    """When an agreement holds: prepared in `[requested_at, valid_from)`, in force until `valid_until`.

    A cancelled agreement has an empty period and keeps nobody else from the point. What is
    copied from the agreement is held equal by a foreign key.
    """

    agreement = key_to("Agreement", db_constraint=False)
    subject = to_subject()
    controller = models.TextField()
    kind = models.TextField()
    metering_point = key_to("MeteringPoint", null=True)
    requested_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    end_reason = models.TextField(null=True)

    class Meta:
        db_table = "agreement_period"
        constraints = [
            check("agreement_period", "kind", one_of("kind", "network", "sale", "heat", "service")),
            check(
                "agreement_period",
                "end",
                one_of(
                    "end_reason",
                    "move_out",
                    "notice",
                    "rescission",
                    "cancelled",
                    "switch",
                    "death",
                    optional=True,
                ),
            ),
            check("agreement_period", "requested", Q(requested_at__lte=F("valid_from"))),
            ExclusionConstraint(
                name="agreement_period_one_holder",
                expressions=[
                    ("metering_point", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (Period("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                # tstzrange() fails on a period that ends before it begins: keep those out
                condition=Q(superseded_at__isnull=True, metering_point__isnull=False)
                & (Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))),
                # a period is replaced by inserting first and superseding after
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
        indexes = [
            subject_index("agreement_period"),
            models.Index(
                name="agreement_period_agreement",
                fields=["agreement", "subject", "controller", "kind"],
            ),
            models.Index(name="agreement_period_point", fields=["metering_point"]),
        ]


class AgreementParty(Fact):
    """Somebody who holds an agreement together with its holder."""

    agreement = key_to("Agreement", db_constraint=False)
    subject = to_subject()
    controller = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "agreement_party"
        constraints = [check("agreement_party", "period", holds_until())]
        indexes = [
            subject_index("agreement_party"),
            models.Index(name="agreement_party_agreement", fields=["agreement", "controller"]),
        ]
