"""The facts that decide, gathered for one subject: one lateral query per table of facts.

Every query here reads facts known at `_known` and judges them at `_at`; `next` is the first
moment after `_at` at which that table may change an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from .merges import CLOSING
from .rows import bit, together, word
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


def _first(*moments: str) -> str:
    """The SQL of the first of several moments, over all rows, that is still to come."""
    return f"min(least({', '.join(f'CASE WHEN {moment} > _at THEN {moment} END' for moment in moments)}))"


# An agreement reaches its holder, its co-holders while they are parties, and whoever
# represents the organisation that holds it; `cap` ends the reach whatever the tail.
# One that is being prepared with somebody new is of no kind yet, and leaves no tail.
RELATIONS = f"""
      SELECT p.controller, p.kind, p.requested_at AS starts, coalesce(p.valid_until, 'infinity') AS ends,
             'infinity'::timestamptz AS cap, p.valid_until <= p.valid_from AS is_empty, false AS prepared
      FROM register.agreement_period p
      WHERE p.subject_id = s.id AND {KNOWN.format("p")}
      UNION ALL
      SELECT p.controller, p.kind, greatest(p.requested_at, j.valid_from),
             least(coalesce(p.valid_until, 'infinity'), coalesce(j.valid_until, 'infinity')),
             'infinity', p.valid_until <= p.valid_from, false
      FROM register.agreement_party j JOIN register.agreement_period p ON p.agreement_id = j.agreement_id
      WHERE j.subject_id = s.id AND {KNOWN.format("j")} AND {KNOWN.format("p")}
      UNION ALL
      SELECT p.controller, p.kind, greatest(p.requested_at, r.valid_from),
             coalesce(p.valid_until, 'infinity'), coalesce(r.valid_until, 'infinity'),
             p.valid_until <= p.valid_from, false
      FROM register.representation r JOIN register.agreement_period p ON p.subject_id = r.organisation_id
      WHERE r.subject_id = s.id AND {KNOWN.format("r")} AND {KNOWN.format("p")}
      UNION ALL
      SELECT q.controller, '', q.valid_from, q.valid_until, 'infinity', true, true
      FROM register.preparation q WHERE q.subject_id = s.id AND {KNOWN.format("q")}"""


@dataclass
class Questions:
    """What is asked of each row of a table of facts: any row may answer a question with yes.

    A question is named by what it asks, so that a key's rule reads the same whatever else is asked.
    """

    table: str
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def ask(self, *conditions: str) -> str:
        """A condition: there is a row of which all of `conditions` hold."""
        name = f"{self.table}_{sha256(' AND '.join(conditions).encode()).hexdigest()[:8]}"
        self.asked[name] = conditions
        return f"f_{self.table}.{name}"

    def gather(self, next_moment: str, rows: str) -> str:
        """The lateral query that answers all questions by the bits of one aggregate."""
        numbered = dict(enumerate(self.asked.values()))
        names = "".join(f"(held{word(n)} & {bit(n)}) <> 0 AS {name}, " for n, name in enumerate(self.asked))
        held = "".join(
            f"\n        coalesce(bit_or({together(numbered, which)}), 0) AS held{which},"
            for which in sorted({word(number) for number in numbered})
        )
        return f"(SELECT {names}next FROM (SELECT{held}\n        {next_moment} AS next\n      FROM {rows}) asked) f_{self.table}"


class Facts:
    """What the keys of a notice ask of the facts, and the SQL that answers it."""

    def __init__(self, without: frozenset[str] = frozenset()) -> None:
        """Nothing is asked yet; `without`: rules of merges that are left out."""
        self.without = without
        self.agreements = Questions("agreement")
        self.receivables = Questions("receivable")
        self.tails: set[str] = set()
        self.receivable_tails: set[str] = set()
        self.wordings: dict[str, set[str]] = {}

    def agreement(
        self, controllers: tuple[str, ...], kinds: tuple[str, ...], tail: Duration | None, *, prepared: bool
    ) -> str:
        """A condition: an agreement with one of `controllers` reaches the subject now.

        `prepared`: or one is being prepared with somebody new.
        """
        asked = [
            "starts <= _at",
            "_at < cap",
            f"controller = ANY({texts(controllers)})",
            *([f"kind = ANY({texts(kinds)})"] if kinds else [] if prepared else ["NOT prepared"]),
        ]
        if tail and tail.sql:
            self.tails.add(tail.sql)
            asked.append(f"_at < CASE WHEN is_empty THEN ends ELSE ends + {tail.sql} END")
        else:
            asked.append("_at < ends")
        return self.agreements.ask(*asked)

    def receivable(self, controllers: tuple[str, ...], tail: Duration | None) -> str:
        """A condition: a receivable of one of `controllers` is still to be kept."""
        asked = [ACTIVE.format("v"), f"v.controller = ANY({texts(controllers)})", "v.state <> 'written_off'"]
        if tail:
            kept = f"v.due_at + {tail.sql}" if tail.sql else "v.due_at"
            self.receivable_tails.add(kept)
            asked.append(f"_at < {kept}")
        return self.receivables.ask(*asked)

    def overdue(self, controllers: tuple[str, ...]) -> str:
        """A condition: a receivable of one of `controllers` is due, unpaid and undisputed."""
        return self.receivables.ask(
            ACTIVE.format("v"),
            f"v.controller = ANY({texts(controllers)})",
            "v.state IN ('open', 'in_collection')",
            "v.due_at <= _at",
        )

    def wording(self, name: str, opens: datetime | None, closes: datetime | None) -> str:
        """A condition on top of a consent: its wording is in use."""
        moments = [literal(at) for at in (opens, closes) if at]
        self.wordings.setdefault(name, set()).update(moments)
        after = f" AND _at >= {literal(opens)}" if opens else ""
        return after + (f" AND _at < {literal(closes)}" if closes else "")

    def _group(self) -> str:
        """All records that are one human then, and the next moment at which they are others.

        The root is merged into nothing; whoever is merged into it is found by one more look.
        """
        following = "NULL::timestamptz" if "merged_until" in self.without else NEXT.format("m")
        return f"""
    CROSS JOIN LATERAL (SELECT coalesce(min(m.into_id) FILTER (WHERE {ACTIVE.format("m")}), s.id) AS id, {following} AS next
      FROM register.subject_merge m WHERE m.subject_id = s.id AND {KNOWN.format("m")}) f_root
    CROSS JOIN LATERAL (SELECT
      f_root.id || coalesce(array_agg(m.subject_id) FILTER (WHERE {ACTIVE.format("m")}), '{{}}') AS records,
      {following} AS next
      FROM register.subject_merge m WHERE m.into_id = f_root.id AND {KNOWN.format("m")}) f_group"""

    def laterals(self, *, together: bool) -> str:
        """The lateral queries, to stand after `FROM ... s`.

        `together`: with what closes any record of the same human. For those who were never merged that is
        left out: to find that nothing is there took as long as a third of the decision.
        """
        closing = {
            table: "= ANY(f_group.records)"
            if together and f"merged_{table}" not in self.without
            else "= s.id"
            for table in CLOSING
        }
        reach = _first("starts", "ends", "cap", *(f"ends + {tail}" for tail in sorted(self.tails)))
        due = _first(
            "v.valid_from",
            "v.valid_until",
            "v.due_at",
            *sorted(self.receivable_tails - {"v.due_at"}),
        )
        receivables = f"register.receivable v WHERE v.subject_id = s.id AND {KNOWN.format('v')}"
        wordings = "".join(
            f",\n        CASE WHEN c.wording = {literal(key)} AND {at} > _at THEN {at} END"
            for key, moments in sorted(self.wordings.items())
            for at in sorted(moments)
        )
        return f"""{self._group() if together else ""}
    CROSS JOIN LATERAL {self.agreements.gather(reach, f"({RELATIONS}) relation")}
    CROSS JOIN LATERAL {self.receivables.gather(due, receivables)}
    CROSS JOIN LATERAL (SELECT
      coalesce(array_agg(c.purpose || '|' || c.wording || '|' || coalesce(c.channel, '*')) FILTER (
        WHERE c.given_at <= _at AND (c.withdrawn_at IS NULL OR c.withdrawn_at > _at)
          AND (c.valid_until IS NULL OR c.valid_until > _at)), '{{}}') AS active,
      min(least(CASE WHEN c.given_at > _at THEN c.given_at END,
        CASE WHEN c.withdrawn_at > _at THEN c.withdrawn_at END,
        CASE WHEN c.valid_until > _at THEN c.valid_until END{wordings})) AS next
      FROM register.consent c WHERE c.subject_id = s.id AND {KNOWN.format("c")}) f_consent
    CROSS JOIN LATERAL (SELECT
      coalesce(array_agg(b.channel) FILTER (WHERE {ACTIVE.format("b")}), '{{}}') AS channels,
      {NEXT.format("b")} AS next
      FROM register.ban b WHERE b.subject_id {closing["ban"]} AND {KNOWN.format("b")}) f_ban
    CROSS JOIN LATERAL (SELECT
      coalesce(array_agg(o.purpose) FILTER (WHERE o.received_at <= _at), '{{}}') AS received,
      coalesce(array_agg(o.purpose) FILTER (WHERE o.received_at <= _at
        AND (o.decided_at IS NULL OR o.decided_at > _at)), '{{}}') AS pending,
      coalesce(array_agg(o.purpose) FILTER (WHERE o.received_at <= _at
        AND o.decided_at <= _at AND o.outcome = 'upheld'), '{{}}') AS upheld,
      {_first("o.received_at", "o.decided_at")} AS next
      FROM register.objection o WHERE o.subject_id {closing["objection"]} AND {KNOWN.format("o")}) f_objection
    CROSS JOIN LATERAL (SELECT
      coalesce(bool_or({ACTIVE.format("r")} AND r.categories = '{{}}' AND r.purposes = '{{}}'), false) AS everything,
      coalesce(array_agg(p.purpose) FILTER (WHERE {ACTIVE.format("r")} AND p.purpose IS NOT NULL), '{{}}') AS purposes,
      coalesce(bit_or(m.bit) FILTER (WHERE {ACTIVE.format("r")}), 0) AS categories,
      coalesce(array_agg(m.category) FILTER (WHERE {ACTIVE.format("r")} AND m.category IS NOT NULL), '{{}}') AS named,
      {NEXT.format("r")} AS next
      FROM register.restriction r
      LEFT JOIN LATERAL unnest(r.purposes) AS p(purpose) ON true
      LEFT JOIN policy.category m ON m.category = ANY(r.categories)
      WHERE r.subject_id {closing["restriction"]} AND {KNOWN.format("r")}) f_restriction
    CROSS JOIN LATERAL (SELECT
      coalesce(bool_or(t.status = 'minor' AND {ACTIVE.format("t")}), false) AS minor,
      coalesce(bool_or(t.status = 'estate' AND {ACTIVE.format("t")}), false) AS estate,
      {NEXT.format("t")} AS next
      FROM register.subject_status t
      WHERE t.subject_id {closing["subject_status"]} AND t.decision IS DISTINCT FROM 'rejected' AND {KNOWN.format("t")}) f_status
    CROSS JOIN LATERAL (SELECT
      coalesce(bool_or({ACTIVE.format("k")}), false) AS active, {NEXT.format("k")} AS next
      FROM register.turvakielto k WHERE k.subject_id {closing["turvakielto"]} AND {KNOWN.format("k")}) f_turvakielto
    CROSS JOIN LATERAL (SELECT
      coalesce(array_agg(e.retention_class) FILTER (WHERE e.erased_at <= _at), '{{}}') AS classes,
      coalesce(bit_or(m.bit) FILTER (WHERE e.erased_at <= _at), 0) AS categories,
      {_first("e.erased_at")} AS next
      FROM register.erasure e LEFT JOIN policy.category m ON m.retention = e.retention_class
      WHERE e.subject_id = s.id AND {KNOWN.format("e")}) f_erasure"""


NEXTS = (
    "f_agreement.next, f_receivable.next, f_consent.next, f_ban.next, f_objection.next,"
    " f_restriction.next, f_status.next, f_turvakielto.next, f_erasure.next"
)
MERGED_NEXTS = f"f_root.next, f_group.next, {NEXTS}"
