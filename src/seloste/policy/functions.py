"""The functions that decide and keep the answer, as PL/pgSQL owned by the engine.

All are SECURITY DEFINER with a fixed search_path and a plan that is made once a session:
PostgreSQL before 18 plans the body of an SQL function anew at each call (measured: 2-5 ms here).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import MERGED_NEXTS, NEXTS, Facts
from .merges import IN_FORCE, merged, records
from .rows import formula, together
from .rules import conditions
from .statements import literal, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seloste.notice import Notice

    from .keys import Key

DEFINER = (
    "SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET plan_cache_mode = force_generic_plan\n"
    "  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off"
)
"""Months of a tail are counted in UTC, whatever time zone a caller has set.

Subjects are always reached by key: a plan made while the tables were empty would scan them
whole for the rest of the session (measured: a load of 20,000 subjects 3 times slower)."""
ANSWER = "closed bigint, gone bigint, guarded boolean, decided_until timestamptz"


def function(
    name: str, arguments: str, returns: str, body: str, volatility: str = "VOLATILE", *, cost: str = ""
) -> str:
    """The statement that makes one PL/pgSQL function of the policy."""
    return (
        f"CREATE OR REPLACE FUNCTION policy.{name}({arguments}) RETURNS {returns}\n"
        f"LANGUAGE plpgsql {volatility} {cost}{DEFINER} AS $policy$\n{body}\n$policy$"
    )


class Decision:
    """The decision of one or two notices (in force, and being prepared) over one set of facts."""

    def __init__(
        self, notices: list[tuple[Notice, Mapping[Key, int]]], words: int, without: frozenset[str]
    ) -> None:
        """`notices`: each with the numbers of its keys; a number has one meaning for ever."""
        facts = Facts(without)
        self.words = words
        self.told = {
            number: conditions(notice, key, facts, without)
            for notice, numbers in notices
            for key, number in numbers.items()
        }
        self.facts = facts

    def _bits(self, which: int) -> str:
        asked = {number: [condition.sql for condition in told] for number, told in self.told.items()}
        return f"({together(asked, which)})"

    def _answer(self, source: str, *, together: bool = False) -> str:
        bits = ",\n    ".join(self._bits(n) for n in range(1, self.words + 1))
        return (
            f"RETURN QUERY SELECT s.id,\n    {bits},\n"
            "    f_restriction.categories::bigint, f_erasure.categories::bigint, f_turvakielto.active,\n"
            f"    {_until(together)}\n  FROM {source} s{self.facts.laterals(together=together)};"
        )

    def _returns(self) -> str:
        bits = ", ".join(f"bits{n} bigint" for n in range(1, self.words + 1))
        return f"TABLE(subject_id bigint, {bits}, {ANSWER})"

    def decide(self) -> str:
        """`policy.decide`: the answer for subjects, judged at a moment by what was known then."""
        alone, together = (self._answer(THESE, together=each) for each in (False, True))
        return function(
            "decide",
            "_ids bigint[], _at timestamptz, _known timestamptz",
            self._returns(),
            _merged_or_not(alone, together),
            "STABLE",
        )

    def decide_new(self) -> str:
        """`policy.decide_new`: the answer for a subject on a side that has no facts."""
        body = (
            "DECLARE _at timestamptz := statement_timestamp(); _known timestamptz := 'infinity';\n"
            "BEGIN\n  " + self._answer("(SELECT 0::bigint AS id, _side AS side, _kind AS kind)") + "\nEND"
        )
        return function("decide_new", "_side text, _kind text", self._returns(), body)

    def reasons(self) -> str:
        """`policy.reasons`: for each key its first refusal, `open` where there is none."""
        rows = ",\n      ".join(
            f"({number}, CASE "
            + " ".join(f"WHEN NOT ({c.sql}) THEN {literal(c.reason)}" for c in told)
            + (" ELSE 'open' END)" if told else "WHEN true THEN 'open' END)")
            for number, told in sorted(self.told.items())
        )
        alone, together = (
            "RETURN QUERY SELECT s.id, told.number, told.reason,\n"
            f"    {_until(each)}\n  FROM {THESE} s{self.facts.laterals(together=each)}\n"
            f"    CROSS JOIN LATERAL (VALUES {rows}) told(number, reason);"
            for each in (False, True)
        )
        return function(
            "reasons",
            "_ids bigint[], _at timestamptz, _known timestamptz",
            "TABLE(subject_id bigint, number integer, reason text, until timestamptz)",
            _merged_or_not(alone, together),
            "STABLE",
        )


THESE = "(SELECT x.* FROM register.subject x WHERE x.id = ANY(_ids))"


def _until(together: bool) -> str:
    return f"coalesce(least({MERGED_NEXTS if together else NEXTS}), 'infinity')"


def _merged_or_not(alone: str, together: str) -> str:
    """The body that asks for the facts of other records only where there may be some."""
    return f"BEGIN\n  IF {merged('_ids')} THEN\n  {together}\n  ELSE\n  {alone}\n  END IF;\nEND"


RARELY = "COST 1 PARALLEL SAFE "
"""For the planner: hardly any row's answer has run out. With the cost of PL/pgSQL it avoided the indexes.

Unless it may run in a worker, no scan under a policy has any (a million rows: 2.7 times a plain scan, else 1.2)."""


def opened(emergencies: Mapping[str, tuple[int, tuple[str, ...]]], database: str) -> str:
    """`policy.opened`: whether a login of emergencies may read now; any other login may.

    `emergencies`: how long an opening lasts and for whom one may act, by login; what another side's company
    opened would be reviewed beyond the wall. The session's setting only says which opening it is: its
    key is random, the row is written by the look-up log's login alone, and its time is the server's.
    It is false and never raises: an error for a row that matches would tell that there is one.
    """
    rows = ", ".join(
        f"({literal(f'{database}.{login}')}, {literal(login)}, {minutes}, {texts(controllers)})"
        for login, (minutes, controllers) in sorted(emergencies.items())
    )
    asked = f"""  RETURN NOT EXISTS (SELECT 1 FROM (VALUES {rows}) e(role, login, minutes, controllers)
    WHERE e.role = session_user AND NOT EXISTS (
      SELECT 1 FROM register.break_glass b WHERE b.id::text = current_setting('seloste.opening', true)
        AND b.login = e.login AND b.controller = ANY(e.controllers) AND statement_timestamp() < b.opened_at + e.minutes * interval '1 minute'));"""
    body = f"BEGIN\n{asked if rows else '  RETURN true;'}\nEND"
    return function("opened", "", "boolean", body, "STABLE")


def shut(emergencies: Iterable[str], database: str, answer: str) -> str:
    """The line by which a function that tells of subjects answers a login of emergencies that is not opened."""
    roles = ", ".join(literal(f"{database}.{login}") for login in sorted(emergencies))
    return f"  IF session_user IN ({roles}) AND NOT policy.opened() THEN {answer} END IF;\n" if roles else ""


OPEN_NOW = (
    "policy.key k ON k.role = session_user AND k.state = 'in_force'"
    " AND (k.opens_at IS NULL OR k.opens_at <= statement_timestamp())"
    " AND (k.closes_at IS NULL OR k.closes_at > statement_timestamp())\n"
    "    JOIN policy.login l ON l.role = k.role AND statement_timestamp() < now() + l.session_minutes * interval '1 minute'"
)
"""The keys of the session's own login that are open now, to be joined."""


def _seen(words: int) -> str:
    return " | ".join(f"({formula(n)} & k.bit{n})" for n in range(1, words + 1))


def looked(words: int, unopened: str = "") -> str:
    """`policy.looked`: the look-ups of a time that the session's login may read, for work on all of them.

    What the policies of `event` and `event_subject` let through, from the answers that subjects have
    already: row by row they decide each subject anew (2 ms a look-up).
    """
    return function(
        "looked",
        "_since timestamptz, _until timestamptz",
        "TABLE(event_id uuid, at timestamptz, actor text, role text, login text, reason text, way text, count integer, subject_id bigint)",
        f"""BEGIN
{unopened}  RETURN QUERY SELECT e.id, e.at, e.actor, e.role, e.login, e.reason, e.way, e.count, s.id
  FROM register.event e JOIN register.event_subject x ON x.event_id = e.id JOIN register.subject s ON s.id = x.subject_id
  WHERE e.kind = 'subjects.read' AND e.at >= _since AND e.at < _until
    AND CASE WHEN s.decided_until > statement_timestamp() THEN EXISTS (
      SELECT 1 FROM policy.mask m JOIN {OPEN_NOW}
      WHERE m.place = 'event_subject' AND m.controller = '' AND ({_seen(words)}) <> 0)
    ELSE policy.sees(s.id, 'event_subject', '') END;
END""",
        "STABLE",
    )


def sees(words: int, unopened: str = "") -> list[str]:
    """The functions a policy asks when a row's answer has run out, or was never stored.

    Each derives the login from `session_user`; none takes a key from its caller. `unopened`: `shut`.
    """
    seen = _seen(words)
    own = " | ".join(f"(s.bits{n} & k.bit{n})" for n in range(1, words + 1))
    fresh = "policy.decide(_ids, statement_timestamp(), 'infinity') s"
    return [
        function(
            "sees_subject",
            "_subject bigint",
            "boolean",
            f"DECLARE _ids bigint[] := ARRAY[_subject];\nBEGIN\n{unopened}"
            f"  RETURN EXISTS (SELECT 1 FROM {fresh} JOIN {OPEN_NOW} WHERE ({own}) <> 0);\nEND",
            "STABLE",
            cost=RARELY,
        ),
        function(
            "sees",
            "_subject bigint, _place text, _controller text",
            "boolean",
            f"DECLARE _ids bigint[] := ARRAY[_subject];\nBEGIN\n{unopened}"
            f"  RETURN EXISTS (SELECT 1 FROM {fresh} JOIN {OPEN_NOW}\n"
            "    JOIN policy.mask m ON m.place = _place AND m.controller = _controller\n"
            f"    WHERE ({seen}) <> 0);\nEND",
            "STABLE",
            cost=RARELY,
        ),
        function(
            "sees_agreement",
            "_agreement bigint, _place text, _controller text",
            "boolean",
            "DECLARE _ids bigint[] := ARRAY(\n"
            "    SELECT a.subject_id FROM register.agreement a WHERE a.id = _agreement\n"
            "    UNION SELECT j.subject_id FROM register.agreement_party j\n"
            f"    WHERE j.agreement_id = _agreement AND j.superseded_at IS NULL);\nBEGIN\n{unopened}"
            f"  RETURN EXISTS (SELECT 1 FROM {fresh} JOIN {OPEN_NOW}\n"
            "    JOIN policy.mask m ON m.place = _place AND m.controller = _controller\n"
            f"    WHERE ({seen}) <> 0);\nEND",
            "STABLE",
            cost=RARELY,
        ),
    ]


def why(words: int, unopened: str = "") -> str:
    """`policy.why`: what the session's own login may do with a subject, and why not.

    Judged at `_at` as known at `_known`. Beyond a wall, and while a restriction is in force now, the
    answer is the one for a key that does not exist, whatever moment is asked for. A restriction of any record
    of somebody is in force for all of them.
    """
    despite = " | ".join(f"(m.unrestricted{n} & k.bit{n})" for n in range(1, words + 1))
    return function(
        "why",
        "_subject bigint, _at timestamptz, _known timestamptz",
        "TABLE(channel text, basis integer, allowed boolean, reason text, until timestamptz)",
        f"""DECLARE _records bigint[] := ARRAY[_subject];
BEGIN
{unopened}  IF {merged("_records")} THEN
    _records := ARRAY({records("SELECT _subject AS id", IN_FORCE)});
  END IF;
  RETURN QUERY SELECT k.channel, k.basis, verdict.reason = 'open', verdict.reason,
    CASE WHEN verdict.reason = 'unknown' THEN NULL ELSE nullif(least(told.until, CASE
      WHEN k.opens_at > _at THEN k.opens_at WHEN k.closes_at > _at THEN k.closes_at END), 'infinity') END
  FROM policy.key k
  LEFT JOIN policy.reasons(ARRAY[_subject], _at, _known) told ON told.number = k.number
  CROSS JOIN LATERAL (SELECT EXISTS (
      SELECT 1 FROM register.restriction r WHERE r.subject_id = ANY(_records) AND r.superseded_at IS NULL
        AND r.valid_from <= statement_timestamp()
        AND (r.valid_until IS NULL OR r.valid_until > statement_timestamp())
        AND (r.categories = '{{}}' AND r.purposes = '{{}}' OR k.purpose = ANY(r.purposes)
          OR r.categories && ARRAY(SELECT w.category FROM policy.mask w WHERE w.place = 'subject')))
    AND NOT EXISTS (SELECT 1 FROM policy.mask m WHERE m.controller = '' AND ({despite}) <> 0) AS now) hidden
  CROSS JOIN LATERAL (SELECT CASE
    WHEN hidden.now OR coalesce(told.reason, 'unknown') IN ('unknown', 'restricted') THEN 'unknown'
    WHEN k.opens_at > _at OR k.closes_at <= _at AND k.lapse = 'not_in_force' THEN 'not_in_force'
    WHEN told.reason = 'open' AND k.closes_at <= _at THEN k.lapse
    ELSE told.reason END AS reason) verdict
  WHERE k.role = session_user AND k.state = 'in_force' ORDER BY k.number;
END""",
        "STABLE",
    )


ENTER = function(
    "enter",
    "_notice text",
    "void",
    """DECLARE _in_force text;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(policy.lock_key());
  SELECT n.hash INTO _in_force FROM policy.notice n WHERE n.replaced_at IS NULL;
  IF _in_force IS DISTINCT FROM _notice THEN
    RAISE EXCEPTION 'another notice is in force' USING ERRCODE = 'SEL01', DETAIL = coalesce(_in_force, 'none');
  END IF;
END""",
)
"""Begins a purpose session: while it lasts, no other notice can come into force."""

LOCK_KEY = """CREATE OR REPLACE FUNCTION policy.lock_key() RETURNS bigint
LANGUAGE sql IMMUTABLE AS $policy$ SELECT 7018236547011::bigint $policy$"""

REASON = function(
    "reason",
    "_kind text, _id bigint, _login text",
    "TABLE(is_open boolean, subject_id bigint)",
    """BEGIN
  RETURN QUERY SELECT c.closed_at IS NULL OR c.closed_at > statement_timestamp(), c.subject_id
  FROM register.case_file c WHERE c.kind = _kind AND c.id = _id AND c.opened_at <= statement_timestamp()
    -- beyond the wall there is no such case: else it would tell whom it concerns there
    AND (c.subject_id IS NULL OR EXISTS (
      SELECT 1 FROM register.subject s JOIN policy.login l ON l.login = _login AND s.side = ANY(l.sides)
      WHERE s.id = c.subject_id));
END""",
    "STABLE",
)
"""What the reason of a look-up refers to: open or not, and whom it concerns."""

CLOSINGS = function(
    "closings",
    "_reasons text[], _login text",
    "TABLE(reason text, closed_at timestamptz)",
    """BEGIN
  RETURN QUERY SELECT r.reason, c.closed_at FROM unnest(_reasons) r(reason)
  JOIN register.case_file c ON c.id = split_part(r.reason, ':', 2)::bigint AND c.kind = split_part(r.reason, ':', 1)
  WHERE c.closed_at IS NOT NULL AND (c.subject_id IS NULL OR EXISTS (
      SELECT 1 FROM register.subject s JOIN policy.login l ON l.login = _login AND s.side = ANY(l.sides)
      WHERE s.id = c.subject_id));
END""",
    "STABLE",
)
"""When the reasons of look-ups were closed, for their review; what the cases are about is not told."""

RESERVE = function(
    "reserve",
    "_table text, _count integer",
    "bigint",
    """DECLARE _sequence regclass := pg_get_serial_sequence(format('register.%I', _table), 'id')::regclass; _first bigint;
BEGIN
  IF _count < 1 OR _count > 1000000 THEN RAISE EXCEPTION 'reserve takes 1 to 1000000 keys'; END IF;
  IF NOT has_any_column_privilege(session_user, format('register.%I', _table), 'INSERT') THEN
    RAISE EXCEPTION 'keys are reserved by who may insert the rows, and this login inserts none' USING ERRCODE = '42501';
  END IF;
  PERFORM pg_advisory_xact_lock(_sequence::oid::bigint);
  _first := nextval(_sequence);
  PERFORM setval(_sequence, _first + _count - 1);
  RETURN _first;
END""",
)
"""Reserves consecutive keys for rows that are loaded together and that the caller may insert; returns the first."""
