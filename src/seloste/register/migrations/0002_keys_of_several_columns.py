"""Foreign keys over several columns, which Django cannot say.

They hold what a row copies equal to what it copies from, so that no row can join the two
sides of a wall or stand under a controller that is not its agreement's. Checked at the
commit, like Django's own.
"""

from __future__ import annotations

from django.db import migrations

KEYS = {
    "national_identifier_same_side": (
        "national_identifier",
        "subject_id, side",
        "subject",
        "id, side",
    ),
    "business_id_same_side": ("business_id", "subject_id, side", "subject", "id, side"),
    "agreement_same_side": ("agreement", "subject_id, side", "subject", "id, side"),
    "agreement_point_same_side": (
        "agreement",
        "metering_point_id, side",
        "metering_point",
        "id, side",
    ),
    "agreement_period_copies": (
        "agreement_period",
        "agreement_id, subject_id, controller, kind",
        "agreement",
        "id, subject_id, controller, kind",
    ),
    "agreement_party_copies": (
        "agreement_party",
        "agreement_id, controller",
        "agreement",
        "id, controller",
    ),
}


class Migration(migrations.Migration):
    """The keys that span columns."""

    dependencies = [("register", "0001_tables")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns})"
            f" REFERENCES {target} ({referenced}) DEFERRABLE INITIALLY DEFERRED",
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )
        for name, (table, columns, target, referenced) in KEYS.items()
    ]
