"""The bodies of events as they are sealed: keys and digests, never a name or a value.

Law: GDPR 5(1)(c), 5(2). Notice: protection.
"""

from __future__ import annotations

from typing import Any

from .verifier import indexes_hash

COLUMNS = """
  e.actor, CASE WHEN isfinite(e.at) THEN to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE e.at::text END,
  e.break_glass, e.categories, e.channel, e.count, e.id::text, e.kind, e.login,
  (SELECT encode(sha256(coalesce(string_agg(int8send(s.subject_id), '' ORDER BY s.subject_id), '')), 'hex')
    FROM register.event_subject s WHERE s.event_id = e.id),
  e.notice_hash, e.reason, e.retention_class, e.role, encode(e.salt, 'hex'), e.way,
  (SELECT array_agg(d.index ORDER BY d.index) FROM register.ledger_disposal d WHERE d.event_id = e.id)
"""
"""What a body is made of, asked of `event e`. The members are digested where they lie: an event may
concern a million subjects."""

BY_INDEX = "SET LOCAL enable_seqscan = off"
"""Members are always reached by their event: a plan made before the tables were analysed would scan all
members for each event."""

NAMES = (
    "actor", "at", "break_glass", "categories", "channel", "count", "id", "kind", "login", "members",
    "notice_hash", "reason", "retention_class", "role", "salt", "way",
)  # fmt: skip


def body(values: tuple[Any, ...]) -> tuple[dict[str, Any], list[int]]:
    """This will make an event's body of what COLUMNS answered, and tell the leaves that it disposes of."""
    *columns, disposes = values
    told = dict(zip(NAMES, columns, strict=True))
    told["disposes"] = indexes_hash(disposes) if disposes else None
    return told, disposes or []
