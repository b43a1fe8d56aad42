"""The facts that decide, gathered for one subject: one lateral query per table of facts.

Every query here reads facts known at `_known` and judges them at `_at`; `next` is the first
moment after `_at` at which that table may change an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from .statements import literal, texts

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.kernel.periods import Duration

KNOWN = "{0}.recorded_at <= _known AND ({0}.superseded_at IS NULL OR {0}.superseded_at > _known)"
ACTIVE = "{0}.valid_from <= _at AND ({0}.valid_until IS NULL OR {0}.valid_until > _at)"
NEXT = (
    "min(CASE WHEN {0}.valid_from > _at THEN {0}.valid_from"
    " WHEN {0}.valid_until > _at THEN {0}.valid_until END)"
)

# An agreement reaches its holder, its co-holders while they are parties, and whoever
# represents the organisation that holds it; `cap` ends the reach whatever the tail.
RELATIONS = f"""
      SELECT p.controller, p.kind, p.requested_at AS starts, coalesce(p.valid_until, 'infinity') AS ends,
             'infinity'::timestamptz AS cap, p.valid_until <= p.valid_from AS is_empty
      FROM register.agreement_period p
      WHERE p.subject_id = s.id AND {KNOWN.format("p")}
      UNION ALL
      SELECT p.controller, p.kind, greatest(p.requested_at, j.valid_from),
             least(coalesce(p.valid_until, 'infinity'), coalesce(j.valid_until, 'infinity')),
             'infinity', p.valid_until <= p.valid_from
      FROM register.agreement_party j JOIN register.agreement_period p ON p.agreement_id = j.agreement_id
      WHERE j.subject_id = s.id AND {KNOWN.format("j")} AND {KNOWN.format("p")}
      UNION ALL
      SELECT p.controller, p.kind, greatest(p.requested_at, r.valid_from),
             coalesce(p.valid_until, 'infinity'), coalesce(r.valid_until, 'infinity'),
             p.valid_until <= p.valid_from
      FROM register.representation r JOIN register.agreement_period p ON p.subject_id = r.organisation_id
      WHERE r.subject_id = s.id AND {KNOWN.format("r")} AND {KNOWN.format("p")}"""


@dataclass
class Columns:
    """Columns of one lateral query, each asked for once and named by what it answers."""

    prefix: str
    sql: dict[str, str] = field(default_factory=dict)

    def ask(self, sql: str) -> str:
        """This will name the column that answers `sql`, the same name for the same question."""
        name = self.sql.setdefault(sql, f"{self.prefix}_{sha256(sql.encode()).hexdigest()[:8]}")
        return f"f_{self.prefix}.{name}"

    def select(self) -> str:
        """The columns as a select list, each followed by a comma."""
        return "".join(f"\n      {sql} AS {name}," for sql, name in self.sql.items())


class Facts:
    """What the keys of a notice ask of the facts, and the SQL that answers it."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self.agreements = Columns("agreement")
        self.receivables = Columns("receivable")
        self.tails: dict[str, str] = {}
        self.receivable_tails: dict[str, str] = {}
        self.wordings: dict[str, set[str]] = {}

    def agreement(
        self, controllers: tuple[str, ...], kinds: tuple[str, ...], tail: Duration | None
    ) -> str:
        """A condition: an agreement with one of `controllers` reaches the subject now."""
        until = "ends"
        if tail and tail.sql:
            self.tails[tail.sql] = tail.sql
            until = f"CASE WHEN is_empty THEN ends ELSE ends + {tail.sql} END"
        kind = f" AND kind = ANY({texts(kinds)})" if kinds else ""
        return self.agreements.ask(
            f"coalesce(bool_or(controller = ANY({texts(controllers)}){kind}"
            f" AND starts <= _at AND _at < {until} AND _at < cap), false)"
        )

    def receivable(self, controllers: tuple[str, ...], tail: Duration | None) -> str:
        """A condition: a receivable of one of `controllers` is still to be kept."""
        kept = ""
        if tail and tail.sql:
            self.receivable_tails[tail.sql] = tail.sql
            kept = f" AND _at < v.due_at + {tail.sql}"
        return self.receivables.ask(
            f"coalesce(bool_or(v.controller = ANY({texts(controllers)}) AND {ACTIVE.format('v')}"
            f" AND v.state <> 'written_off'{kept}), false)"
        )

    def overdue(self, controllers: tuple[str, ...]) -> str:
        """A condition: a receivable of one of `controllers` is due, unpaid and undisputed."""
        return self.receivables.ask(
            f"coalesce(bool_or(v.controller = ANY({texts(controllers)}) AND {ACTIVE.format('v')}"
            " AND v.state IN ('open', 'in_collection') AND v.due_at <= _at), false)"
        )

    def wording(self, name: str, opens: datetime | None, closes: datetime | None) -> str:
        """A condition on top of a consent: its wording is in use."""
        moments = [literal(at) for at in (opens, closes) if at]
        self.wordings.setdefault(name, set()).update(moments)
        after = f" AND _at >= {literal(opens)}" if opens else ""
        return after + (f" AND _at < {literal(closes)}" if closes else "")

    def laterals(self) -> str:
        """The lateral queries, to stand after `FROM ... s`."""
        moments = ["starts", "ends", "cap", *(f"ends + {tail}" for tail in self.tails)]
        due = ["v.due_at", *(f"v.due_at + {tail}" for tail in self.receivable_tails)]
        wordings = "".join(
            f",\n        min(CASE WHEN c.wording = {literal(key)} AND {at} > _at THEN {at} END)"
            for key, moments in sorted(self.wordings.items())
            for at in sorted(moments)
        )
        return f"""
    CROSS JOIN LATERAL (SELECT{self.agreements.select()}
      least({", ".join(f"min(CASE WHEN {m} > _at THEN {m} END)" for m in moments)}) AS next
      FROM ({RELATIONS}) relation) f_agreement
    CROSS JOIN LATERAL (SELECT{self.receivables.select()}
      least({NEXT.format("v")}, {", ".join(f"min(CASE WHEN {m} > _at THEN {m} END)" for m in due)}) AS next
      FROM register.receivable v WHERE v.subject_id = s.id AND {KNOWN.format("v")}) f_receivable
    CROSS JOIN LATERAL (SELECT
      coalesce(array_agg(c.purpose || '|' || c.wording || '|' || coalesce(c.channel, '*')) FILTER (
        WHERE c.given_at <= _at AND (c.withdrawn_at IS NULL OR c.withdrawn_at > _at)
          AND (c.valid_until IS NULL OR c.valid_until > _at)), '{{}}') AS active,
      least(min(CASE WHEN c.given_at > _at THEN c.given_at END),
        min(CASE WHEN c.withdrawn_at > _at THEN c.withdrawn_at END),
        min(CASE WHEN c.valid_until > _at THEN c.valid_until END){wordings}) AS next
      FROM register.consent c WHERE c.subject_id = s.id AND {KNOWN.format("c")}) f_consent
    CROSS JOIN LATERAL (SELECT
      coalesce(array_agg(b.channel) FILTER (WHERE {ACTIVE.format("b")}), '{{}}') AS channels,
      {NEXT.format("b")} AS next
      FROM register.ban b WHERE b.subject_id = s.id AND {KNOWN.format("b")}) f_ban
    CROSS JOIN LATERAL (SELECT
      coalesce(array_agg(o.purpose) FILTER (WHERE o.received_at <= _at), '{{}}') AS received,
      coalesce(array_agg(o.purpose) FILTER (WHERE o.received_at <= _at
        AND (o.decided_at IS NULL OR o.decided_at > _at)), '{{}}') AS pending,
      coalesce(array_agg(o.purpose) FILTER (WHERE o.received_at <= _at
        AND o.decided_at <= _at AND o.outcome = 'upheld'), '{{}}') AS upheld,
      least(min(CASE WHEN o.received_at > _at THEN o.received_at END),
        min(CASE WHEN o.decided_at > _at THEN o.decided_at END)) AS next
      FROM register.objection o WHERE o.subject_id = s.id AND {KNOWN.format("o")}) f_objection
    CROSS JOIN LATERAL (SELECT
      coalesce(bool_or({ACTIVE.format("r")} AND r.categories = '{{}}' AND r.purposes = '{{}}'), false) AS everything,
      coalesce(array_agg(p.purpose) FILTER (WHERE {ACTIVE.format("r")} AND p.purpose IS NOT NULL), '{{}}') AS purposes,
      coalesce(bit_or(m.bit) FILTER (WHERE {ACTIVE.format("r")}), 0) AS categories,
      {NEXT.format("r")} AS next
      FROM register.restriction r
      LEFT JOIN LATERAL unnest(r.purposes) AS p(purpose) ON true
      LEFT JOIN policy.category m ON m.category = ANY(r.categories)
      WHERE r.subject_id = s.id AND {KNOWN.format("r")}) f_restriction
    CROSS JOIN LATERAL (SELECT
      coalesce(bool_or(t.status = 'minor' AND {ACTIVE.format("t")}), false) AS minor,
      coalesce(bool_or(t.status = 'estate' AND {ACTIVE.format("t")}), false) AS estate,
      {NEXT.format("t")} AS next
      FROM register.subject_status t
      WHERE t.subject_id = s.id AND t.decision IS DISTINCT FROM 'rejected' AND {KNOWN.format("t")}) f_status
    CROSS JOIN LATERAL (SELECT
      coalesce(bool_or({ACTIVE.format("k")}), false) AS active, {NEXT.format("k")} AS next
      FROM register.turvakielto k WHERE k.subject_id = s.id AND {KNOWN.format("k")}) f_turvakielto
    CROSS JOIN LATERAL (SELECT
      coalesce(array_agg(e.retention_class) FILTER (WHERE e.erased_at <= _at), '{{}}') AS classes,
      coalesce(bit_or(m.bit) FILTER (WHERE e.erased_at <= _at), 0) AS categories,
      min(CASE WHEN e.erased_at > _at THEN e.erased_at END) AS next
      FROM register.erasure e LEFT JOIN policy.category m ON m.retention = e.retention_class
      WHERE e.subject_id = s.id AND {KNOWN.format("e")}) f_erasure"""


NEXTS = (
    "f_agreement.next, f_receivable.next, f_consent.next, f_ban.next, f_objection.next,"
    " f_restriction.next, f_status.next, f_turvakielto.next, f_erasure.next"
)
