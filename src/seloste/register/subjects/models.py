"""Persons and organisations on their side of the wall, and rows of their own for what may be hidden."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

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


class Subject(models.Model):
    """A person or an organisation, as one side of the wall knows it.

    Names are empty after their erasure; the row stays, since what the law keeps points at it.
    """

    side = models.TextField()
    kind = models.TextField()
    given_names = models.TextField(null=True)
    call_name = models.TextField(null=True)
    family_name = models.TextField(null=True)
    organisation_name = models.TextField(null=True)
    language = models.TextField(db_default="fi")
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "subject"
        constraints = [
            models.UniqueConstraint(name="subject_side", fields=["id", "side"]),
            check("subject", "kind", one_of("kind", "person", "organisation")),
            check("subject", "language", one_of("language", "fi", "sv", "en")),
            check(
                "subject",
                "names",
                Q(kind="person", organisation_name__isnull=True)
                | Q(kind="organisation", given_names__isnull=True, family_name__isnull=True),
            ),
            check("subject", "call_name", Q(call_name__isnull=True) | Q(given_names__isnull=False)),
        ]


class PreviousName(models.Model):
    """A name that a subject had: it is found by it, and shown by it to nobody who serves it."""

    subject = to_subject()
    given_names = models.TextField(null=True)
    call_name = models.TextField(null=True)
    family_name = models.TextField(null=True)
    organisation_name = models.TextField(null=True)
    valid_until = models.DateTimeField()

    class Meta:
        db_table = "previous_name"
        indexes = [subject_index("previous_name")]


class Preparation(Fact):
    """That an agreement with a controller is being prepared at a subject's request, until a moment.

    Whoever adds a subject for that purpose has it made by the database, in the same statement.
    """

    subject = to_subject()
    controller = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        db_table = "preparation"
        constraints = [check("preparation", "period", Q(valid_until__gte=F("valid_from")))]
        indexes = [subject_index("preparation")]


class SubjectStatus(Fact):
    """That a subject is a minor or an estate: claimed, and later confirmed or rejected."""

    subject = to_subject()
    status = models.TextField()
    claimed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "subject_status"
        constraints = [
            check("subject_status", "status", one_of("status", "minor", "estate")),
            check(
                "subject_status",
                "decision",
                one_of("decision", "confirmed", "rejected", optional=True),
            ),
            check(
                "subject_status",
                "decided",
                Q(decided_at__isnull=True, decision__isnull=True)
                | Q(decision__isnull=False, decided_at__isnull=False, decided_at__gte=F("claimed_at")),
            ),
            check("subject_status", "period", holds_until()),
        ]
        indexes = [subject_index("subject_status")]


STANDS_FOR = {
    "organisation": ("contact", "property_manager", "signatory"),
    "minor": ("parent", "guardian"),
    "person": ("guardian", "attorney"),
    "estate": ("administrator", "shareholder"),
}
"""As what somebody stands for an organisation, a minor, another person, an estate."""
RECEIVES_LETTERS = ("administrator", "guardian", "attorney", "parent", "shareholder")
"""Whoever of those gets the letters of whom they stand for, the first of them before the others."""


class Representation(Fact):
    """That a person stands for an organisation, for a minor or a ward, or for an estate.

    `organisation` is whom the person stands for, whoever that is: what opens to a representative opens
    to a guardian in the same way.
    """

    subject = to_subject()
    organisation = key_to("Subject")
    role = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "representation"
        constraints = [
            check(
                "representation",
                "role",
                one_of("role", *sorted({role for roles in STANDS_FOR.values() for role in roles})),
            ),
            check("representation", "period", holds_until()),
            check("representation", "two_subjects", ~Q(subject=F("organisation"))),
        ]
        indexes = [
            subject_index("representation"),
            models.Index(name="representation_organisation", fields=["organisation"]),
        ]


class HouseholdMember(Fact):
    """That a person belongs to the household that is reckoned by another: by the one who heads it, or by itself.

    Whoever sees a member sees that the household has a head, by its key; what is known of the head, or of any
    other member, stands under each of them.
    """

    subject = to_subject()
    head = key_to("Subject")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "household_member"
        constraints = [check("household_member", "period", holds_until())]
        indexes = [
            subject_index("household_member"),
            models.Index(name="household_member_head", fields=["head"]),
        ]


class Persona(Fact):
    """That a subject is one human in another capacity, beside the subject that stands for the human itself.

    Each capacity has a subject of its own, and so its own contact points and bans.
    """

    subject = to_subject()
    main = key_to("Subject")
    capacity = models.TextField()
    organisation = key_to("Subject", null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "persona"
        constraints = [
            check(
                "persona",
                "capacity",
                one_of("capacity", "consumer", "representative", "property_manager", "trader"),
            ),
            check("persona", "period", holds_until()),
            check("persona", "two_subjects", ~Q(subject=F("main"))),
        ]
        indexes = [
            subject_index("persona"),
            models.Index(name="persona_main", fields=["main"]),
            models.Index(name="persona_organisation", fields=["organisation"]),
        ]


class Turvakielto(Fact):
    """That a person's address may not leave."""

    subject = to_subject()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "turvakielto"
        constraints = [check("turvakielto", "period", holds_until())]
        indexes = [subject_index("turvakielto")]


class Address(models.Model):
    """Where a subject lives, is written to or is supplied.

    `metering_point_id` is no foreign key: points belong to agreements, and no key points up.
    """

    subject = to_subject()
    kind = models.TextField()
    care_of = models.TextField(null=True)
    street = models.TextField()
    postcode = models.TextField()
    city = models.TextField()
    country = models.TextField(db_default="FI")
    metering_point_id = models.BigIntegerField(null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "address"
        constraints = [
            check("address", "kind", one_of("kind", "home", "postal", "billing", "point")),
            check("address", "country", Q(country__regex=r"^[A-Z]{2}$")),
            check("address", "period", holds_until()),
            check("address", "point", ~Q(kind="point") | Q(metering_point_id__isnull=False)),
        ]
        indexes = [
            subject_index("address"),
            models.Index(name="address_metering_point", fields=["metering_point_id"]),
        ]


class SafeAddress(models.Model):
    """Where a person under turvakielto lets letters be sent: a post office box, somebody else's address.

    It stands apart from where the person lives, since it stays usable where that is hidden.
    """

    subject = to_subject()
    care_of = models.TextField(null=True)
    street = models.TextField()
    postcode = models.TextField()
    city = models.TextField()
    country = models.TextField(db_default="FI")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "safe_address"
        constraints = [
            check("safe_address", "country", Q(country__regex=r"^[A-Z]{2}$")),
            check("safe_address", "period", holds_until()),
        ]
        indexes = [subject_index("safe_address")]


class ContactPoint(models.Model):
    """A telephone number (E.164) or an e-mail address (lower case), and the words in which it came.

    `language`: in which one is spoken or written to here, where it is not the subject's own.
    """

    subject = to_subject()
    category = models.TextField()
    value = models.TextField()
    as_given = models.TextField()
    language = models.TextField(null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "contact_point"
        constraints = [
            check("contact_point", "category", one_of("category", "phone", "email")),
            check("contact_point", "period", holds_until()),
            check("contact_point", "language", one_of("language", "fi", "sv", "en", optional=True)),
            check(
                "contact_point",
                "value",
                Q(category="phone", value__regex=r"^\+[0-9]{5,15}$")
                | Q(category="email", value__contains="@", value=Lower("value")),
            ),
        ]
        indexes = [
            subject_index("contact_point"),
            # the category first: a policy asks for it, and a plan then meets no row of another category
            models.Index(name="contact_point_value", fields=["category", "value"]),
        ]


class NationalIdentifier(models.Model):
    """A personal identity code: ciphertext under a data key, and a keyed index by which its full form is found.

    Versions of the index key take turns between two columns, odd ones in `blind_index`, so that one
    is whole, and unique, while another is being made or taken away.
    """

    subject = to_subject(db_constraint=False)
    side = models.TextField()
    data_key = key_to("DataKey")
    ciphertext = models.BinaryField()
    blind_index = models.BinaryField(null=True)
    blind_index_even = models.BinaryField(null=True)

    class Meta:
        db_table = "national_identifier"
        constraints = [
            models.UniqueConstraint(name="national_identifier_found", fields=["side", "blind_index"]),
            models.UniqueConstraint(
                name="national_identifier_found_even", fields=["side", "blind_index_even"]
            ),
            check(
                "national_identifier",
                "indexed",
                Q(blind_index__isnull=False) | Q(blind_index_even__isnull=False),
            ),
        ]
        indexes = [
            subject_index("national_identifier", "side"),
            models.Index(name="national_identifier_key", fields=["data_key"]),
        ]


class BusinessId(models.Model):
    """A Y-tunnus."""

    subject = to_subject(db_constraint=False)
    side = models.TextField()
    value = models.TextField()

    class Meta:
        db_table = "business_id"
        constraints = [
            models.UniqueConstraint(name="business_id_found", fields=["side", "value"]),
            check("business_id", "value", Q(value__regex=r"^[0-9]{7}-[0-9]$")),
        ]
        indexes = [subject_index("business_id", "side")]


class HousingForm(models.Model):
    """How a subject lives."""

    subject = to_subject()
    form = models.TextField()

    class Meta:
        db_table = "housing_form"
        constraints = [
            check(
                "housing_form",
                "form",
                one_of("form", "detached", "semi_detached", "terraced", "flat", "holiday_home", "other"),
            )
        ]
        indexes = [subject_index("housing_form")]


class SearchToken(models.Model):
    """One way in which a subject can be found: derived from a value, of the value's category and controller.

    `token` is folded, so that spellings meet in it; `spelt` is the value's own, which is found first.
    """

    subject = to_subject()
    category = models.TextField()
    controller = models.TextField(db_default="")
    kind = models.TextField()
    token = models.TextField()
    spelt = models.TextField()

    class Meta:
        db_table = "search_token"
        constraints = [
            # the index of the foreign key too
            models.UniqueConstraint(
                name="search_token_once", fields=["subject", "kind", "controller", "token", "spelt"]
            ),
            check("search_token", "token", ~Q(token="")),
        ]


class SubjectMerge(Fact):
    """That one record of somebody is read and judged together with another, its root; no row of either is rewritten.

    Keys of two columns keep both on one side. A record is merged into one root at a time; that a root is
    merged into nothing itself, that both are of one kind, and that somebody confirmed it where a personal
    identity code is kept, the policy's trigger asks, which locks every record of the group first.
    """

    subject = to_subject(db_constraint=False)
    into = key_to("Subject", db_constraint=False)
    side = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    confirmed_by = models.BigIntegerField(null=True)
    confirmed_reason = models.TextField(null=True)

    class Meta:
        db_table = "subject_merge"
        constraints = [
            check("subject_merge", "period", holds_until()),
            check("subject_merge", "two_records", ~Q(subject=F("into"))),
            check(
                "subject_merge",
                "confirmed",
                Q(confirmed_by__isnull=True, confirmed_reason__isnull=True)
                | Q(
                    confirmed_by__isnull=False,
                    confirmed_reason__isnull=False,
                    confirmed_reason__regex=r"^[a-z_]{1,31}:[0-9]{1,18}$",
                ),
            ),
            ExclusionConstraint(
                name="subject_merge_once",
                expressions=[
                    ("subject", RangeOperators.EQUAL),
                    (Period("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                # tstzrange() fails on a period that ends before it begins: keep those out
                condition=Q(superseded_at__isnull=True)
                & (Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))),
                # an end is recorded by inserting first and superseding after
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
        indexes = [
            subject_index("subject_merge", "side"),
            models.Index(name="subject_merge_into", fields=["into", "side"]),
        ]
