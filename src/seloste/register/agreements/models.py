"""Metering points and products; agreements, their periods, products and co-holders; what was confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from seloste.register.ledger.models import (
    Fact,
    Period,
    check,
    holds_until,
    key_to,
    one_of,
    subject_index,
    to_subject,
)

ELECTRICITY = ("network", "sale")
"""Kinds whose points are those of the market and have a GSRN; the others have a number of the company's own."""
KINDS = (*ELECTRICITY, "heat", "cooling", "service")

STARTS = ("move_in", "switch", "contract_change", "holder_change", "last_resort")
"""Why an agreement began; the first three are the market's AT03, AT02 and AT01."""
ENDS = (
    "move_out",
    "notice",
    "rescission",
    "cancelled",
    "switch",
    "death",
    "fixed_term",
    "holder_change",
    "withdrawal",
    "supplier",
    "meter_removed",
)
"""Why an agreement ended, or was undone."""


class MeteringPoint(models.Model):
    """A point of supply as one side of the wall knows it; the other side has a row of its own."""

    side = models.TextField()
    gsrn = models.TextField(null=True)
    number = models.TextField(null=True)
    kind = models.TextField()

    class Meta:
        db_table = "metering_point"
        constraints = [
            models.UniqueConstraint(name="metering_point_found", fields=["side", "gsrn", "kind"]),
            models.UniqueConstraint(name="metering_point_numbered", fields=["side", "number", "kind"]),
            models.UniqueConstraint(name="metering_point_side", fields=["id", "side"]),
            check("metering_point", "kind", one_of("kind", *KINDS)),
            check(
                "metering_point",
                "gsrn",
                Q(kind__in=ELECTRICITY, gsrn__regex=r"^[0-9]{18}$", number__isnull=True)
                | Q(gsrn__isnull=True, number__regex=r"^[0-9A-Za-z/.-]{1,40}$") & ~Q(kind__in=ELECTRICITY),
            ),
        ]


class Product(models.Model):
    """What a company offers for a time; it is about nobody. Without a fixed term it goes on until somebody ends it."""

    controller = models.TextField()
    kind = models.TextField()
    code = models.TextField()
    name_fi = models.TextField()
    name_sv = models.TextField()
    name_en = models.TextField()
    fixed_months = models.SmallIntegerField(null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "product"
        constraints = [
            models.UniqueConstraint(name="product_found", fields=["controller", "code"]),
            models.UniqueConstraint(name="product_copies", fields=["id", "controller", "kind"]),
            check("product", "kind", one_of("kind", *KINDS)),
            check("product", "term", Q(fixed_months__isnull=True) | Q(fixed_months__gt=0)),
            check("product", "period", holds_until()),
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
            check("agreement", "kind", one_of("kind", *KINDS)),
        ]
        indexes = [
            subject_index("agreement", "side"),
            models.Index(name="agreement_metering_point", fields=["metering_point", "side"]),
        ]


def one_at_a_time(name: str, *alike: str, also: Q | None = None) -> ExclusionConstraint:
    """The constraint that of rows that are alike, known and not empty, no two periods overlap."""
    expressions: list[Any] = [(each, RangeOperators.EQUAL) for each in alike]
    # tstzrange() fails on a period that ends before it begins: keep those out
    known = Q(superseded_at__isnull=True) & (Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")))
    return ExclusionConstraint(
        name=name,
        expressions=[*expressions, (Period("valid_from", "valid_until"), RangeOperators.OVERLAPS)],
        condition=also & known if also else known,
        # a period is replaced by inserting first and superseding after
        deferrable=models.Deferrable.DEFERRED,
    )


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
    start_reason = models.TextField(null=True)
    end_reason = models.TextField(null=True)

    class Meta:
        db_table = "agreement_period"
        constraints = [
            check("agreement_period", "kind", one_of("kind", *KINDS)),
            check("agreement_period", "start", one_of("start_reason", *STARTS, optional=True)),
            check("agreement_period", "end", one_of("end_reason", *ENDS, optional=True)),
            check("agreement_period", "requested", Q(requested_at__lte=F("valid_from"))),
            one_at_a_time(
                "agreement_period_one_holder",
                "metering_point",
                "kind",
                also=Q(metering_point__isnull=False),
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


class AgreementProduct(Fact):
    """Which product an agreement has for a time; `at_distance`: agreed by telephone, online or by post.

    Agreement and product are held to one company and kind by foreign keys.
    """

    agreement = key_to("Agreement", db_constraint=False)
    subject = to_subject()
    controller = models.TextField()
    kind = models.TextField()
    product = key_to("Product", db_constraint=False)
    at_distance = models.BooleanField()
    agreed_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "agreement_product"
        constraints = [
            check("agreement_product", "period", holds_until()),
            one_at_a_time("agreement_product_one_at_a_time", "agreement"),
        ]
        indexes = [
            subject_index("agreement_product"),
            models.Index(
                name="agreement_product_agreement", fields=["agreement", "subject", "controller", "kind"]
            ),
            models.Index(name="agreement_product_product", fields=["product", "controller", "kind"]),
        ]


class AgreementInvoicing(Fact):
    """How an agreement is invoiced: by post to an address apart from the point's, by e-mail or by e-invoice.

    Address and contact point are no foreign keys: they go with the customer relation, the agreement stays.
    """

    agreement = key_to("Agreement", db_constraint=False)
    subject = to_subject()
    controller = models.TextField()
    method = models.TextField()
    address_id = models.BigIntegerField(null=True)
    contact_point_id = models.BigIntegerField(null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "agreement_invoicing"
        constraints = [
            check("agreement_invoicing", "method", one_of("method", "post", "email", "e_invoice")),
            check(
                "agreement_invoicing",
                "way",
                Q(method="post", contact_point_id__isnull=True)
                | Q(method="email", address_id__isnull=True, contact_point_id__isnull=False)
                | Q(method="e_invoice", address_id__isnull=True, contact_point_id__isnull=True),
            ),
            check("agreement_invoicing", "period", holds_until()),
            one_at_a_time("agreement_invoicing_one_at_a_time", "agreement"),
        ]
        indexes = [
            subject_index("agreement_invoicing"),
            models.Index(name="agreement_invoicing_agreement", fields=["agreement", "controller"]),
        ]


class EInvoiceAddress(models.Model):
    """Where a subject's e-invoices go, sealed: a consumer's is the number of a bank account."""

    subject = to_subject(db_constraint=False)
    side = models.TextField()
    data_key = key_to("DataKey")
    ciphertext = models.BinaryField()
    operator = models.TextField()

    class Meta:
        db_table = "e_invoice_address"
        constraints = [models.UniqueConstraint(name="e_invoice_address_once", fields=["subject"])]
        indexes = [
            subject_index("e_invoice_address", "side"),
            models.Index(name="e_invoice_address_key", fields=["data_key"]),
        ]


class DisconnectionStop(Fact):
    """That a subject's supply is not disconnected for a time; and, in a row of its own, that health hangs on it.

    No diagnosis is kept, and whoever reads that supply may not be stopped does not read why.
    """

    subject = to_subject()
    category = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "disconnection_stop"
        constraints = [
            check("disconnection_stop", "category", one_of("category", "stop", "medical_need")),
            check("disconnection_stop", "period", holds_until()),
        ]
        indexes = [subject_index("disconnection_stop")]


class Confirmation(models.Model):
    """What was confirmed to a party of an agreement, word for word and for good, sealed: text and document."""

    subject = to_subject(db_constraint=False)
    side = models.TextField()
    controller = models.TextField()
    agreement = key_to("Agreement", db_constraint=False)
    about = models.TextField()
    language = models.TextField()
    made_at = models.DateTimeField()
    data_key = key_to("DataKey")
    ciphertext = models.BinaryField()
    document = models.BinaryField()

    class Meta:
        db_table = "confirmation"
        constraints = [
            models.UniqueConstraint(name="confirmation_of", fields=["id", "subject", "controller"]),
            check("confirmation", "language", one_of("language", "fi", "sv", "en")),
        ]
        indexes = [
            subject_index("confirmation", "side"),
            models.Index(name="confirmation_agreement", fields=["agreement", "controller"]),
            models.Index(name="confirmation_key", fields=["data_key"]),
        ]


class ConfirmationSending(models.Model):
    """That a confirmation was sent, and how."""

    subject = to_subject(db_constraint=False)
    controller = models.TextField()
    confirmation = key_to("Confirmation", db_constraint=False)
    sent_at = models.DateTimeField()
    channel = models.TextField()

    class Meta:
        db_table = "confirmation_sending"
        constraints = [
            check("confirmation_sending", "channel", one_of("channel", "letter", "email", "web")),
        ]
        indexes = [
            subject_index("confirmation_sending"),
            models.Index(name="confirmation_sending_of", fields=["confirmation", "subject", "controller"]),
        ]
