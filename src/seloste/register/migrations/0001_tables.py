"""The tables of the register as their models say them; made by `makemigrations`."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import seloste.register.agreements.models
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("actor", models.TextField()),
                ("role", models.TextField()),
                ("login", models.TextField()),
                ("channel", models.TextField(null=True)),
                ("reason", models.TextField(null=True)),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("way", models.TextField()),
                ("count", models.IntegerField()),
                ("notice_hash", models.TextField()),
                ("break_glass", models.BooleanField(db_default=False)),
            ],
            options={
                "db_table": "event",
                "indexes": [models.Index(fields=["at"], name="event_at")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("way__in", ("opened", "listed", "counted", "verdict", "operation"))
                        ),
                        name="event_way",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MeteringPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("side", models.TextField()),
                ("gsrn", models.TextField()),
                ("kind", models.TextField()),
            ],
            options={
                "db_table": "metering_point",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("side", "gsrn", "kind"), name="metering_point_found"
                    ),
                    models.UniqueConstraint(fields=("id", "side"), name="metering_point_side"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("network", "sale", "heat"))),
                        name="metering_point_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("gsrn__regex", "^[0-9]{18}$")),
                        name="metering_point_gsrn",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Staff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("username", models.TextField()),
                ("name", models.TextField()),
                ("employer", models.TextField()),
            ],
            options={
                "db_table": "staff",
                "constraints": [
                    models.UniqueConstraint(fields=("username",), name="staff_username")
                ],
            },
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("side", models.TextField()),
                ("kind", models.TextField()),
                ("given_names", models.TextField(null=True)),
                ("family_name", models.TextField(null=True)),
                ("organisation_name", models.TextField(null=True)),
                ("language", models.TextField(db_default="fi")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "db_table": "subject",
                "constraints": [
                    models.UniqueConstraint(fields=("id", "side"), name="subject_side"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("person", "organisation"))),
                        name="subject_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("fi", "sv", "en"))),
                        name="subject_language",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "person"), ("organisation_name__isnull", True)),
                            models.Q(
                                ("family_name__isnull", True),
                                ("given_names__isnull", True),
                                ("kind", "organisation"),
                            ),
                            _connector="OR",
                        ),
                        name="subject_names",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.TextField()),
                ("side", models.TextField()),
                ("controller", models.TextField()),
                ("kind", models.TextField()),
                (
                    "metering_point",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.meteringpoint",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "agreement",
            },
        ),
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("street", models.TextField()),
                ("postcode", models.TextField()),
                ("city", models.TextField()),
                ("country", models.TextField(db_default="FI")),
                ("metering_point_id", models.BigIntegerField(null=True)),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "address",
            },
        ),
        migrations.CreateModel(
            name="SubjectStatus",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("status", models.TextField()),
                ("claimed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision", models.TextField(null=True)),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "subject_status",
            },
        ),
        migrations.CreateModel(
            name="Training",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("training", models.TextField()),
                ("completed_at", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.staff",
                    ),
                ),
            ],
            options={
                "db_table": "training",
            },
        ),
        migrations.CreateModel(
            name="Turvakielto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "turvakielto",
            },
        ),
        migrations.CreateModel(
            name="EventSubject",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id",
                        "event_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject_id", models.BigIntegerField()),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.event",
                    ),
                ),
            ],
            options={
                "db_table": "event_subject",
                "indexes": [models.Index(fields=["event"], name="event_subject_event")],
            },
        ),
        migrations.CreateModel(
            name="StaffRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.TextField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.staff",
                    ),
                ),
            ],
            options={
                "db_table": "staff_role",
                "indexes": [models.Index(fields=["staff"], name="staff_role_staff")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="staff_role_period",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Restriction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], size=None
                    ),
                ),
                (
                    "purposes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], size=None
                    ),
                ),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "restriction",
                "indexes": [models.Index(fields=["subject"], name="restriction_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("categories", []), ("purposes", []), _connector="OR"),
                        name="restriction_scope",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="restriction_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Representation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("role", models.TextField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "representation",
                "indexes": [
                    models.Index(fields=["subject"], name="representation_subject"),
                    models.Index(fields=["organisation"], name="representation_organisation"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ("contact", "property_manager", "signatory"))
                        ),
                        name="representation_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="representation_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("subject", models.F("organisation")), _negated=True),
                        name="representation_two_subjects",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receivable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("number", models.TextField()),
                ("controller", models.TextField()),
                ("agreement_id", models.BigIntegerField(null=True)),
                ("amount_cents", models.BigIntegerField()),
                ("due_at", models.DateTimeField()),
                ("state", models.TextField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "receivable",
                "indexes": [
                    models.Index(fields=["subject"], name="receivable_subject"),
                    models.Index(fields=["controller", "number"], name="receivable_number"),
                    models.Index(fields=["agreement_id"], name="receivable_agreement"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_cents__gt", 0)), name="receivable_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("open", "paid", "disputed", "in_collection", "written_off"),
                            )
                        ),
                        name="receivable_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="receivable_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("purpose", models.TextField()),
                ("received_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(null=True)),
                ("notice_hash", models.TextField()),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "objection",
                "indexes": [models.Index(fields=["subject"], name="objection_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome__in", ("upheld", "rejected")),
                            ("outcome__isnull", True),
                            _connector="OR",
                        ),
                        name="objection_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("outcome__isnull", True)),
                            models.Q(
                                ("decided_at__gte", models.F("received_at")),
                                ("decided_at__isnull", False),
                                ("outcome__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="objection_decided",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NationalIdentifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("side", models.TextField()),
                ("ciphertext", models.BinaryField()),
                ("blind_index", models.BinaryField()),
                (
                    "subject",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "national_identifier",
                "indexes": [
                    models.Index(fields=["subject", "side"], name="national_identifier_subject")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("side", "blind_index"), name="national_identifier_found"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HousingForm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("form", models.TextField()),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "housing_form",
                "indexes": [models.Index(fields=["subject"], name="housing_form_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "form__in",
                                (
                                    "detached",
                                    "semi_detached",
                                    "terraced",
                                    "flat",
                                    "holiday_home",
                                    "other",
                                ),
                            )
                        ),
                        name="housing_form_form",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("retention_class", models.TextField()),
                ("erased_at", models.DateTimeField()),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "erasure",
                "indexes": [models.Index(fields=["subject"], name="erasure_subject")],
            },
        ),
        migrations.CreateModel(
            name="ContactPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("category", models.TextField()),
                ("value", models.TextField()),
                ("as_given", models.TextField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "contact_point",
                "indexes": [
                    models.Index(fields=["subject"], name="contact_point_subject"),
                    models.Index(fields=["category", "value"], name="contact_point_value"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("category__in", ("phone", "email"))),
                        name="contact_point_category",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="contact_point_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("category", "phone"), ("value__regex", "^\\+[0-9]{5,15}$")),
                            models.Q(
                                ("category", "email"),
                                ("value", django.db.models.functions.text.Lower("value")),
                                ("value__contains", "@"),
                            ),
                            _connector="OR",
                        ),
                        name="contact_point_value",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("purpose", models.TextField()),
                ("channel", models.TextField(null=True)),
                ("wording", models.TextField()),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("proof", models.TextField()),
                ("notice_hash", models.TextField()),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "consent",
                "indexes": [models.Index(fields=["subject"], name="consent_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at__isnull", True),
                            ("withdrawn_at__gte", models.F("given_at")),
                            _connector="OR",
                        ),
                        name="consent_withdrawal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("given_at")),
                            _connector="OR",
                        ),
                        name="consent_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("category", models.TextField()),
                ("kind", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "case_file",
                "indexes": [models.Index(fields=["subject"], name="case_file_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("category__in", ("interaction", "misuse_case", "rights_request"))
                        ),
                        name="case_file_category",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("call", "case", "request", "campaign", "task"))
                        ),
                        name="case_file_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True),
                            ("closed_at__gte", models.F("opened_at")),
                            _connector="OR",
                        ),
                        name="case_file_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BusinessId",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("side", models.TextField()),
                ("value", models.TextField()),
                (
                    "subject",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "business_id",
                "indexes": [models.Index(fields=["subject", "side"], name="business_id_subject")],
                "constraints": [
                    models.UniqueConstraint(fields=("side", "value"), name="business_id_found"),
                    models.CheckConstraint(
                        condition=models.Q(("value__regex", "^[0-9]{7}-[0-9]$")),
                        name="business_id_value",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ban",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("channel", models.TextField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                ("notice_hash", models.TextField()),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "ban",
                "indexes": [models.Index(fields=["subject"], name="ban_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("channel__in", ("letter", "phone", "email", "sms", "web", "all"))
                        ),
                        name="ban_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="ban_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("controller", models.TextField()),
                ("kind", models.TextField()),
                ("requested_at", models.DateTimeField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                ("end_reason", models.TextField(null=True)),
                (
                    "agreement",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.agreement",
                    ),
                ),
                (
                    "metering_point",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.meteringpoint",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "agreement_period",
                "indexes": [
                    models.Index(fields=["subject"], name="agreement_period_subject"),
                    models.Index(
                        fields=["agreement", "subject", "controller", "kind"],
                        name="agreement_period_agreement",
                    ),
                    models.Index(fields=["metering_point"], name="agreement_period_point"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("network", "sale", "heat", "service"))),
                        name="agreement_period_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "end_reason__in",
                                (
                                    "move_out",
                                    "notice",
                                    "rescission",
                                    "cancelled",
                                    "switch",
                                    "death",
                                ),
                            ),
                            ("end_reason__isnull", True),
                            _connector="OR",
                        ),
                        name="agreement_period_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("requested_at__lte", models.F("valid_from"))),
                        name="agreement_period_requested",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(
                            ("metering_point__isnull", False),
                            ("superseded_at__isnull", True),
                            models.Q(
                                ("valid_until__isnull", True),
                                ("valid_until__gt", models.F("valid_from")),
                                _connector="OR",
                            ),
                        ),
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        expressions=[
                            ("metering_point", "="),
                            ("kind", "="),
                            (
                                seloste.register.agreements.models.Period(
                                    "valid_from", "valid_until"
                                ),
                                "&&",
                            ),
                        ],
                        name="agreement_period_one_holder",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementParty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("superseded_at", models.DateTimeField(null=True)),
                ("controller", models.TextField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "agreement",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.agreement",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="register.subject",
                    ),
                ),
            ],
            options={
                "db_table": "agreement_party",
                "indexes": [
                    models.Index(fields=["subject"], name="agreement_party_subject"),
                    models.Index(
                        fields=["agreement", "controller"], name="agreement_party_agreement"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="agreement_party_period",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(fields=["subject", "side"], name="agreement_subject"),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(fields=["metering_point", "side"], name="agreement_metering_point"),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                fields=("controller", "number"), name="agreement_found"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                fields=("id", "controller"), name="agreement_controller"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                fields=("id", "subject", "controller", "kind"), name="agreement_copies"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("network", "sale", "heat", "service"))),
                name="agreement_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(fields=["subject"], name="address_subject"),
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(fields=["metering_point_id"], name="address_metering_point"),
        ),
        migrations.AddConstraint(
            model_name="address",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("home", "postal", "billing", "point"))),
                name="address_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="address",
            constraint=models.CheckConstraint(
                condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="address_country"
            ),
        ),
        migrations.AddConstraint(
            model_name="address",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="address_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="address",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "point"), _negated=True),
                    ("metering_point_id__isnull", False),
                    _connector="OR",
                ),
                name="address_point",
            ),
        ),
        migrations.AddIndex(
            model_name="subjectstatus",
            index=models.Index(fields=["subject"], name="subject_status_subject"),
        ),
        migrations.AddConstraint(
            model_name="subjectstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ("minor", "estate"))),
                name="subject_status_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decision__in", ("confirmed", "rejected")),
                    ("decision__isnull", True),
                    _connector="OR",
                ),
                name="subject_status_decision",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decision__isnull", True)),
                    models.Q(
                        ("decided_at__gte", models.F("claimed_at")),
                        ("decided_at__isnull", False),
                        ("decision__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="subject_status_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="subject_status_period",
            ),
        ),
        migrations.AddIndex(
            model_name="training",
            index=models.Index(fields=["staff"], name="training_staff"),
        ),
        migrations.AddConstraint(
            model_name="training",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("completed_at")),
                    _connector="OR",
                ),
                name="training_period",
            ),
        ),
        migrations.AddIndex(
            model_name="turvakielto",
            index=models.Index(fields=["subject"], name="turvakielto_subject"),
        ),
        migrations.AddConstraint(
            model_name="turvakielto",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="turvakielto_period",
            ),
        ),
    ]
