"""Constraints that Django cannot say: foreign keys over several columns, and one state at a time for a receivable.

The keys hold what a row copies equal to what it copies from, so that no row can join the two
sides of a wall or stand under a controller that is not its agreement's. Checked at the
commit, like Django's own.
"""

from __future__ import annotations

from django.db import migrations

KEYS = {
    "national_identifier_same_side": ("national_identifier", "subject_id, side", "subject", "id, side"),
    "business_id_same_side": ("business_id", "subject_id, side", "subject", "id, side"),
    "agreement_same_side": ("agreement", "subject_id, side", "subject", "id, side"),
    "agreement_point_same_side": ("agreement", "metering_point_id, side", "metering_point", "id, side"),
    "agreement_period_copies": ("agreement_period", "agreement_id, subject_id, controller, kind", "agreement", "id, subject_id, controller, kind"),
    "agreement_party_copies": ("agreement_party", "agreement_id, controller", "agreement", "id, controller"),
    "agreement_product_copies": ("agreement_product", "agreement_id, subject_id, controller, kind", "agreement", "id, subject_id, controller, kind"),
    "agreement_product_offered": ("agreement_product", "product_id, controller, kind", "product", "id, controller, kind"),
    "agreement_invoicing_copies": ("agreement_invoicing", "agreement_id, controller", "agreement", "id, controller"),
    "e_invoice_address_same_side": ("e_invoice_address", "subject_id, side", "subject", "id, side"),
    "confirmation_same_side": ("confirmation", "subject_id, side", "subject", "id, side"),
    "confirmation_copies": ("confirmation", "agreement_id, controller", "agreement", "id, controller"),
    "confirmation_sending_copies": ("confirmation_sending", "confirmation_id, subject_id, controller", "confirmation", "id, subject_id, controller"),
    "idempotency_same_side": ("idempotency", "subject_id, side", "subject", "id, side"),
    "interaction_concerns": ("interaction", "case_id, subject_id", "case_file", "id, subject_id"),
    "task_concerns": ("task", "case_id, subject_id", "case_file", "id, subject_id"),
    "task_of_same_subject": ("task", "origin_id, subject_id", "case_file", "id, subject_id"),
    "case_text_concerns": ("case_text", "case_id, subject_id", "case_file", "id, subject_id"),
    "payer_copies": ("payer", "payment_id, subject_id, controller", "payment", "id, subject_id, controller"),
    "subject_merge_same_side": ("subject_merge", "subject_id, side", "subject", "id, side"),
    "subject_merge_into_same_side": ("subject_merge", "into_id, side", "subject", "id, side"),
}

ONE_STATE = """ALTER TABLE receivable ADD CONSTRAINT receivable_one_state EXCLUDE USING btree
  (subject_id WITH =, controller WITH =, number WITH =) WHERE (superseded_at IS NULL AND valid_until IS NULL)
  DEFERRABLE INITIALLY DEFERRED"""


class Migration(migrations.Migration):
    """What Django's own constraints leave out."""

    dependencies = [("register", "0001_tables")]
    operations = [
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns})"
                f" REFERENCES {target} ({referenced}) DEFERRABLE INITIALLY DEFERRED",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for name, (table, columns, target, referenced) in KEYS.items()
        ),
        migrations.RunSQL(ONE_STATE, "ALTER TABLE receivable DROP CONSTRAINT receivable_one_state"),
    ]
