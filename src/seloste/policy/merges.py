"""Records of one human, merged: how they are found, and which merges the database refuses.

A merge says that one record is read and judged together with another, its root; a root is merged into
nothing, so that one look finds everybody. Law: GDPR 5(1)(d), 21(3).
"""

from __future__ import annotations

CLOSING = ("ban", "objection", "restriction", "subject_status", "turvakielto")
"""Facts about any record of a human close all of them. What opens (an agreement, a consent) opens its own record alone,
so that a merge never shows more than there was to see before it."""

MERGE_RULES = (*(f"merged_{table}" for table in CLOSING), "merged_until")
"""That a fact of another record closes, and that an answer ends where a merge begins or ends."""

KNOWN_NOW = "{0}.superseded_at IS NULL"
IN_FORCE = (
    "{0}.superseded_at IS NULL AND {0}.valid_from <= statement_timestamp()"
    " AND ({0}.valid_until IS NULL OR {0}.valid_until > statement_timestamp())"
)


def merged(keys: str) -> str:
    """The SQL of whether any of an array of keys was ever merged, or merged into: for nearly all, two looks into an index."""
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM register.subject_merge m WHERE m.{column} = ANY({keys}))"
        for column in ("subject_id", "into_id")
    )


def records(named: str, counts: str = KNOWN_NOW) -> str:
    """The SQL of the keys of all records of those whom `named` selects as `id`, and theirs.

    `counts`: which merges count. Those that are known, whenever they hold, are more than are needed at any
    moment: whoever changes a fact locks and decides them all.
    """
    merge = "JOIN register.subject_merge {0} ON {0}.{1} = {2} AND " + counts
    into, mine, others = (
        merge.format(*names)
        for names in (("m", "subject_id", "n.id"), ("m", "into_id", "n.id"), ("o", "into_id", "m.into_id"))
    )
    return f"""WITH named AS (SELECT n.id FROM ({named}) n)
    SELECT n.id FROM named n
    UNION SELECT m.into_id FROM named n {into}
    UNION SELECT m.subject_id FROM named n {mine}
    UNION SELECT o.subject_id FROM named n {into} {others}"""


NAMED = "SELECT c.subject_id AS id FROM {changed} c UNION SELECT c.into_id FROM {changed} c"
"""Whom merges that came or went name."""

REFUSED = f"""  IF TG_OP = 'INSERT' THEN
    IF EXISTS (SELECT 1 FROM changed c JOIN register.subject_merge m ON m.superseded_at IS NULL
        AND (m.subject_id = c.into_id OR m.into_id = c.subject_id)
        AND tstzrange(m.valid_from, m.valid_until) && tstzrange(c.valid_from, c.valid_until)
      WHERE c.superseded_at IS NULL) THEN
      RAISE EXCEPTION 'a record is merged into one that is merged into none, and none is merged into it'
        USING ERRCODE = '23514', CONSTRAINT = 'subject_merge_root', TABLE = TG_TABLE_NAME;
    END IF;
    IF EXISTS (SELECT 1 FROM changed c JOIN register.subject s ON s.id = c.subject_id
        JOIN register.subject r ON r.id = c.into_id WHERE s.kind <> r.kind) THEN
      RAISE EXCEPTION 'a person and an organisation are not one'
        USING ERRCODE = '23514', CONSTRAINT = 'subject_merge_kind', TABLE = TG_TABLE_NAME;
    END IF;
    -- an end is a new row for a pair that was there already, and asks nothing
    IF EXISTS (SELECT 1 FROM changed c WHERE c.confirmed_by IS NULL AND c.superseded_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM register.subject_merge m WHERE m.subject_id = c.subject_id
          AND m.into_id = c.into_id AND m.id <> c.id AND m.superseded_at IS NULL)
        AND EXISTS (SELECT 1 FROM register.national_identifier i
          WHERE i.subject_id IN ({records("SELECT c.subject_id AS id UNION SELECT c.into_id", IN_FORCE)}))) THEN
      RAISE EXCEPTION 'where a personal identity code is kept, somebody confirms a merge with a reason'
        USING ERRCODE = '23514', CONSTRAINT = 'subject_merge_identified', TABLE = TG_TABLE_NAME;
    END IF;
  END IF;
"""
"""What a trigger refuses once it holds the locks of all records concerned: no constraint can see two rows so."""

CHAINS = """SELECT m.id FROM register.subject_merge m JOIN register.subject_merge o ON o.subject_id = m.into_id
  AND tstzrange(m.valid_from, m.valid_until) && tstzrange(o.valid_from, o.valid_until)
  WHERE m.superseded_at IS NULL AND o.superseded_at IS NULL ORDER BY m.id"""
"""Merges into a record that is merged itself: none, unless somebody took the trigger away for a while."""
