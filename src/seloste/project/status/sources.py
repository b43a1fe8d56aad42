"""Imports: batches that stand half way, rows that wait for somebody, and what should have gone by now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from seloste.register.sources.port import TOO_LONG, UNFINISHED, waits_for

from .told import AGAIN, GOES_ON, Check, Told, Words, attention, ok

if TYPE_CHECKING:
    from .told import Site

QUIET = timedelta(hours=1)
"""How long a batch may stand still before it counts as left."""


def _unfinished(site: Site) -> Told:
    rows = site.admin.execute(
        "SELECT id, system, state FROM register.source_batch"
        " WHERE state = ANY(%s) AND changed_at < %s ORDER BY id",
        [list(UNFINISHED), site.now - QUIET],
    ).fetchall()
    if rows:
        named = ", ".join(f"{number} ({system}, {state})" for number, system, state in rows[:5])
        return attention(
            f"{len(rows)} tuontierää on kesken: {named}.",
            f"{len(rows)} imports are unfinished: {named}.",
            "seloste source list --as STAFF --reason KIND:KEY",
            GOES_ON,
        )
    return ok("Tuontierät ovat valmiit.", "Imports are finished.")


def _refused(site: Site) -> Told:
    count, batches = site.admin.execute(
        "SELECT coalesce(sum(refused), 0), count(*) FROM register.source_batch WHERE refused > 0"
    ).fetchone() or (0, 0)
    if count:
        return attention(
            f"{count} hylättyä riviä odottaa {batches} tuontierässä.",
            f"{count} refused rows wait in {batches} imports.",
            "seloste source rejects BATCH --as STAFF --reason KIND:KEY",
            AGAIN,
        )
    return ok("Hylättyjä rivejä ei ole.", "No refused rows wait.")


def _forgotten(site: Site) -> Told:
    """By the notice in force, as the operation that forgets goes by it."""
    notice: dict[str, Any] = site.one("SELECT body::json FROM policy.notice WHERE replaced_at IS NULL") or {}
    kept = waits_for(notice.get("categories") or {}, notice.get("retention") or {})
    if kept is None:
        return ok("Ilmoitus ei tunne tuonnin rivejä.", "The notice knows no rows of imports.")
    begun = site.admin.execute(
        "SELECT b.begun_at FROM register.source_batch b WHERE EXISTS (SELECT 1 FROM register.source_row r"
        " WHERE r.batch_id = b.id) OR EXISTS (SELECT 1 FROM register.source_step s WHERE s.batch_id = b.id)"
    ).fetchall()
    due = sum(kept.add_to(moment) <= site.now for (moment,) in begun)
    if due:
        return attention(
            f"{due} tuontierän rivien säilytysaika on ohi.",
            f"The days of the rows of {due} imports are over.",
            "seloste source forget --as STAFF --reason KIND:KEY",
            AGAIN,
        )
    return ok("Tuonnin rivit ovat ajassaan.", "Rows of imports are within their days.")


def _late(site: Site) -> Told:
    count = site.one(
        "SELECT count(*) FROM register.source_correction WHERE ended_at IS NULL AND requested_at < %s",
        site.now - TOO_LONG,
    )
    if count:
        return attention(
            f"{count} oikaisua odottaa muissa järjestelmissä yli {TOO_LONG.days} päivää.",
            f"{count} corrections have waited in other systems for over {TOO_LONG.days} days.",
            "seloste source reconcile --as STAFF --reason KIND:KEY",
            AGAIN,
        )
    return ok("Oikaisut ovat ajassaan.", "Corrections are within their days.")


CHECKS = (
    Check("imports", Words("Tuontierät", "Imports"), _unfinished),
    Check("refused_rows", Words("Hylätyt rivit", "Refused rows"), _refused),
    Check("waiting_rows", Words("Tuonnin rivien säilytys", "Keeping of waiting rows"), _forgotten),
    Check("late_corrections", Words("Oikaisut muissa järjestelmissä", "Corrections elsewhere"), _late),
)
