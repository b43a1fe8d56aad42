"""How answers are kept: the functions and triggers that no code path can forget.

One order of locks for everybody: subjects by key, then agreements by key. A trigger locks
first and computes in a later statement, so that under READ COMMITTED it sees what the
transaction it waited for has committed (measured: without the lock 64 of 960 answers went wrong).
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from . import collecting
from .concerned import decided, lock_subjects
from .functions import function
from .grants import OPENINGS
from .rows import formula
from .schema import ABOUT_NOBODY, LOADED, SHARED
from .statements import Statement, identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .schema import Snapshot, Table

READ_COMMITTED = """IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'what decides may change under READ COMMITTED only' USING ERRCODE = '25001';
  END IF;"""
"""Under another isolation level a statement does not see what the one it waited for has committed."""


def refresh(
    tables: Snapshot,
    places: Mapping[str, str],
    masks: Mapping[str, list[int]],
    words: int,
    *,
    lock: bool = True,
) -> str:
    """`policy.refresh`: decides subjects anew, and with them their rows and agreements.

    With no list of agreements (NULL) every row of theirs is looked at, whether or not their answer changed.
    `places`: table to the SQL of its place; `masks`: table to the bits that its rows can have at
    all, so that a table is visited only when one of those has changed. `lock=False` is the race
    that a test must find.
    """
    numbers = range(1, words + 1)
    rest = ["closed", "gone", "guarded", "decided_until"]
    answer = [*(f"bits{n}" for n in numbers), *rest]
    rows = "\n".join(
        f"  IF {_touches(masks[table.name])} THEN\n    {_update_rows(table, places[table.name], words)}\n  END IF;"
        for table in _governed(tables)
        if table.name in places and table.name not in SHARED
    )
    held = [mask for name, mask in masks.items() if name in SHARED]
    shared = [reduce(or_, mask) for mask in zip(*held, strict=True)] if held else [0] * words
    lock_agreements = (
        "PERFORM 1 FROM register.agreement x WHERE x.id = ANY(_agreements) ORDER BY x.id FOR NO KEY UPDATE;"
    )
    body = f"""DECLARE _changed bigint[]; _rest boolean; {" ".join(f"_diff{n} bigint;" for n in numbers)}
BEGIN
  {READ_COMMITTED}
  {lock_subjects("= ANY(_ids)") if lock else ""}
  WITH decided AS (
    UPDATE register.subject s SET ({", ".join(answer)}) = ({", ".join(f"d.{c}" for c in answer)})
    FROM policy.decide(_ids, statement_timestamp(), 'infinity') d JOIN register.subject o ON o.id = d.subject_id
    WHERE s.id = o.id AND ({", ".join(f"o.{c}" for c in answer)}) IS DISTINCT FROM ({", ".join(f"d.{c}" for c in answer)})
    RETURNING s.id, {", ".join(f"s.bits{n} # o.bits{n} AS diff{n}" for n in numbers)},
      ({", ".join(f"s.{c}" for c in rest)}) IS DISTINCT FROM ({", ".join(f"o.{c}" for c in rest)}) AS rest)
  SELECT array_agg(id), coalesce(bool_or(rest), false), {", ".join(f"coalesce(bit_or(diff{n}), 0)" for n in numbers)}
    INTO _changed, _rest, {", ".join(f"_diff{n}" for n in numbers)} FROM decided;
  IF _agreements IS NULL THEN
    _changed := _ids; _rest := true; _agreements := '{{}}';
  END IF;
{rows}
  IF {_touches(shared)} THEN
    _agreements := ARRAY(
      SELECT unnest(_agreements)
      UNION SELECT a.id FROM register.agreement a WHERE a.subject_id = ANY(_changed)
      UNION SELECT j.agreement_id FROM register.agreement_party j WHERE j.subject_id = ANY(_changed));
  END IF;
  IF _agreements <> '{{}}' THEN
    {lock_agreements if lock else ""}
{_update_shared(places, words)}
  END IF;
END"""
    return function("refresh", "_ids bigint[], _agreements bigint[] DEFAULT '{}'", "void", body)


def _touches(mask: list[int]) -> str:
    changed = [f"_diff{n} & ({bits}) <> 0" for n, bits in enumerate(mask, 1) if bits]
    return " OR ".join(["_rest", *changed])


def _distinct(numbers: range, row: str, new: list[str]) -> str:
    old = [*(f"{row}.bits{n}" for n in numbers), f"{row}.decided_until"]
    return f"({', '.join(old)}) IS DISTINCT FROM ({', '.join(new)})"


def _update_rows(table: Table, place: str, words: int) -> str:
    numbers = range(1, words + 1)
    new = [*(formula(n) for n in numbers), "s.decided_until"]
    columns = ", ".join([*(f"bits{n}" for n in numbers), "decided_until"])
    return (
        f"UPDATE register.{table.name} r SET ({columns}) = ROW({', '.join(new)})\n"
        f"      FROM register.subject s, policy.mask m WHERE s.id = ANY(_changed) AND r.subject_id = s.id\n"
        f"      AND m.place = {place.format('r')} AND m.controller = {controller_of(table, 'r')}\n"
        f"      AND {_distinct(numbers, 'r', new)};"
    )


def controller_of(table: Table, row: str) -> str:
    """The SQL of a row's controller, the empty text where its table has none."""
    return f"{row}.controller" if table.has_controller else "''"


def _update_shared(places: Mapping[str, str], words: int) -> str:
    """An agreement is open when any of its holders' answers is; its periods follow it."""
    numbers = range(1, words + 1)
    columns = ", ".join([*(f"bits{n}" for n in numbers), "decided_until"])
    new = [*(f"n.bits{n}" for n in numbers), "n.decided_until"]
    updates = []
    for table, key in (("agreement", "id"), ("agreement_period", "agreement_id")):
        if table not in places:
            continue
        sums = ", ".join(f"bit_or({formula(n)}) AS bits{n}" for n in numbers)
        updates.append(
            f"    UPDATE register.{table} r SET ({columns}) = ROW({', '.join(new)})\n"
            f"    FROM (SELECT h.id, {sums}, min(s.decided_until) AS decided_until FROM (\n"
            "        SELECT a.id, a.controller, a.subject_id FROM register.agreement a WHERE a.id = ANY(_agreements)\n"
            "        UNION SELECT a.id, a.controller, j.subject_id FROM register.agreement a\n"
            "          JOIN register.agreement_party j ON j.agreement_id = a.id AND j.superseded_at IS NULL\n"
            "          WHERE a.id = ANY(_agreements)) h\n"
            "      JOIN register.subject s ON s.id = h.subject_id\n"
            f"      JOIN policy.mask m ON m.place = {literal(table)} AND m.controller = h.controller GROUP BY h.id) n\n"
            f"    WHERE r.{key} = n.id AND {_distinct(numbers, 'r', new)};"
        )
    return "\n".join(updates)


def refresh_due() -> str:
    """`policy.refresh_due`: decides anew those whose answer has run out; says how many."""
    return function(
        "refresh_due",
        "_most integer",
        "integer",
        """DECLARE _ids bigint[];
BEGIN
  _ids := ARRAY(SELECT s.id FROM register.subject s WHERE s.decided_until <= statement_timestamp() ORDER BY s.id LIMIT _most);
  IF _ids <> '{}' THEN PERFORM policy.refresh(_ids); END IF;
  RETURN cardinality(_ids);
END""",
    )


def refresh_range() -> str:
    """`policy.refresh_range`: decides the next subjects after a key; says the last, NULL at the end."""
    return function(
        "refresh_range",
        "_after bigint, _most integer",
        "bigint",
        """DECLARE _ids bigint[];
BEGIN
  _ids := ARRAY(SELECT s.id FROM register.subject s WHERE s.id > _after ORDER BY s.id LIMIT _most);
  IF _ids <> '{}' THEN PERFORM policy.refresh(_ids, NULL); END IF;
  RETURN _ids[cardinality(_ids)];
END""",
    )


def trigger_functions(
    tables: Snapshot, places: Mapping[str, str], words: int, *, lock: bool = True
) -> Iterator[Statement]:
    """This will make the functions that the triggers call."""
    yield Statement(_answer_subject(words), "a new subject is decided as it is inserted", by="engine")
    for table in _governed(tables):
        if table.name in places:
            yield Statement(
                _answer_row(table, places[table.name], words, lock=lock),
                f"rows of {table.name} take their subject's answer",
                by="engine",
            )
        if table.is_fact:
            for name, changed in (("decided", "changed"), ("superseded", "(SELECT NEW.*)")):
                alone = name == "decided" and table.name in places and table.name not in SHARED
                came = _came(table, places[table.name], words) if alone else ""
                yield Statement(
                    function(f"{name}_{table.name}", "", "trigger", decided(table, changed, came, lock=lock)),
                    f"{table.name} decides",
                    by="engine",
                )


def triggers(tables: Snapshot, places: Mapping[str, str], words: int) -> Iterator[Statement]:
    """This will make the triggers of every table about a subject.

    They are ENABLE ALWAYS: under session_replication_role = replica answers went wrong.
    """
    yield from _trigger("subject", "policy_answer", "BEFORE INSERT", "ROW", "answer_subject")
    if OPENINGS in tables:
        review = "BEFORE UPDATE OF reviewed_at, reviewed_by, finding"
        yield from _trigger(OPENINGS, "policy_reviewed", review, "ROW", "reviewed")
    if tables.keys() >= collecting.TABLES:
        yield from _trigger(
            "receivable", "policy_collectable", "BEFORE INSERT", "ROW", "collectable", only=collecting.BEFORE
        )
    for table in _governed(tables):
        if table.name in places:
            name, only = f"answer_{table.name}", _unanswered(words) if table.name in LOADED else ""
            yield from _trigger(table.name, "policy_answer", "BEFORE INSERT", "ROW", name, only=only)
        if table.is_fact:
            yield from _fact(table)


def _unanswered(words: int) -> str:
    """For which rows an answer is looked for: those that came without; spelled as the catalogue tells it."""
    return f"WHEN (({' AND '.join(f'(new.bits{n} = 0)' for n in range(1, words + 1))}))"


def _governed(tables: Snapshot) -> Iterator[Table]:
    return (t for t in tables.values() if t.about_subject and t.name != "subject")


def _answer_subject(words: int) -> str:
    new = [f"bits{n}" for n in range(1, words + 1)]
    body = f"""BEGIN
  {READ_COMMITTED}
  SELECT {", ".join(f"n.{c}" for c in new)} INTO {", ".join(f"NEW.{c}" for c in new)}
  FROM policy.newcomer n WHERE n.side = NEW.side AND n.kind = NEW.kind;
  IF NOT FOUND THEN
    {"; ".join(f"NEW.{c} := 0" for c in new)};
  END IF;
  NEW.closed := 0; NEW.gone := 0; NEW.guarded := false; NEW.decided_until := 'infinity';
  RETURN NEW;
END"""
    return function("answer_subject", "", "trigger", body)


def _answer_row(table: Table, place: str, words: int, *, lock: bool) -> str:
    """A row takes its subject's answer, and its subject keeps it while the row comes in.

    A fact locks nobody here, row by row in whatever order they are loaded: its statement does that
    in order of key, and looks once more (`_decided`).
    """
    numbers = range(1, words + 1)
    into = ", ".join([*(f"NEW.bits{n}" for n in numbers), "NEW.decided_until"])
    new = ", ".join([*(formula(n) for n in numbers), "s.decided_until"])
    mask = f"m.place = {place.format('NEW')} AND m.controller = {controller_of(table, 'NEW')}"
    judged = f"""SELECT {new} INTO {into}
  FROM register.subject s, policy.mask m WHERE s.id = NEW.subject_id
    AND {mask}
  {"FOR SHARE OF s" if lock and not table.is_fact else ""};"""
    if table.name in ABOUT_NOBODY:
        alone = ", ".join([*(f"m.open{n}" for n in numbers), "'infinity'"])
        judged = f"""IF NEW.subject_id IS NULL THEN
  SELECT {alone} INTO {into} FROM policy.mask m WHERE {mask};
  ELSE {judged}
  END IF;"""
    body = f"""BEGIN
  {READ_COMMITTED}
  {judged}
  IF NOT FOUND THEN
    {"; ".join(f"NEW.bits{n} := 0" for n in numbers)}; NEW.decided_until := 'infinity';
  END IF;
  RETURN NEW;
END"""
    return function(f"answer_{table.name}", "", "trigger", body)


def nobodys(tables: Snapshot, places: Mapping[str, str], words: int) -> Iterator[Statement]:
    """This will give rows about nobody the answer of their place, as a notice comes into force."""
    numbers = range(1, words + 1)
    for table in _governed(tables):
        if table.name in ABOUT_NOBODY and table.name in places:
            new = [nobodys_bits(table, places[table.name], n) for n in numbers]
            columns = [f"bits{n}" for n in numbers]
            yield Statement(
                f"UPDATE register.{table.name} r SET ({', '.join(columns)}) = ROW({', '.join(new)})"
                f" WHERE r.subject_id IS NULL AND ({', '.join(columns)}) IS DISTINCT FROM ({', '.join(new)})",
                f"rows of {table.name} about nobody are governed by their category alone",
                by="engine",
            )


def nobodys_bits(table: Table, place: str, number: int) -> str:
    """The SQL of one bigint of what a row about nobody opens: all that its place does."""
    return (
        f"coalesce((SELECT m.open{number} FROM policy.mask m WHERE m.place = {place.format('r')}"
        f" AND m.controller = {controller_of(table, 'r')}), 0)"
    )


def _fact(table: Table) -> Iterator[Statement]:
    """A fact that comes, goes or is superseded decides its subjects anew."""
    for event, image in (("INSERT", "NEW"), ("DELETE", "OLD")):
        yield from _trigger(
            table.name,
            f"policy_{event.lower()}",
            f"AFTER {event}",
            f"STATEMENT:REFERENCING {image} TABLE AS changed",
            f"decided_{table.name}",
        )
    yield from _trigger(
        table.name,
        "policy_superseded",
        "AFTER UPDATE OF superseded_at",
        "ROW",
        f"superseded_{table.name}",
    )
    rest = [c for c in table.columns if c not in {"superseded_at", "id"}]
    yield from _trigger(
        table.name, "policy_immutable", f"BEFORE UPDATE OF {', '.join(rest)}", "ROW", "immutable"
    )
    yield from _trigger(table.name, "policy_supersede", "BEFORE UPDATE OF superseded_at", "ROW", "supersede")


def _came(table: Table, place: str, words: int) -> str:
    """Rows that took the answer of a subject which somebody else was just changing, take it again."""
    numbers = range(1, words + 1)
    new = [*(formula(n) for n in numbers), "s.decided_until"]
    columns = ", ".join([*(f"bits{n}" for n in numbers), "decided_until"])
    return (
        f"  IF TG_OP = 'INSERT' THEN\n    UPDATE register.{table.name} r SET ({columns}) = ROW({', '.join(new)})\n"
        "      FROM changed c, register.subject s, policy.mask m WHERE r.id = c.id AND s.id = c.subject_id\n"
        f"      AND m.place = {place.format('c')} AND m.controller = {controller_of(table, 'c')}\n"
        f"      AND {_distinct(numbers, 'r', new)};\n  END IF;\n"
    )


IMMUTABLE = function(
    "immutable",
    "",
    "trigger",
    """BEGIN
  RAISE EXCEPTION 'a fact of % is superseded, never changed', TG_TABLE_NAME USING ERRCODE = '55000';
END""",
)

SUPERSEDE = function(
    "supersede",
    "",
    "trigger",
    """BEGIN
  IF OLD.superseded_at IS NOT NULL THEN
    RAISE EXCEPTION 'this fact of % is superseded already', TG_TABLE_NAME USING ERRCODE = '55000';
  END IF;
  NEW.superseded_at := statement_timestamp();
  RETURN NEW;
END""",
)
"""The time at which a fact ceased to be known is the server's, whatever the client says."""


REVIEWED = function(
    "reviewed",
    "",
    "trigger",
    """BEGIN
  IF OLD.reviewed_at IS NOT NULL THEN
    RAISE EXCEPTION 'this opening is reviewed already' USING ERRCODE = '55000';
  END IF;
  IF NEW.reviewed_by = OLD.staff_id THEN
    RAISE EXCEPTION 'an opening is reviewed by a second person' USING ERRCODE = '42501';
  END IF;
  NEW.reviewed_at := statement_timestamp();
  RETURN NEW;
END""",
)
"""Whoever opened an emergency does not review it, whatever the application forgets to ask."""


def _trigger(
    table: str, name: str, when: str, each: str, call: str, *, only: str = ""
) -> Iterator[Statement]:
    level, _, referencing = each.partition(":")
    yield Statement(
        f"CREATE OR REPLACE TRIGGER {name} {when} ON register.{table} {referencing} "
        f"FOR EACH {level} {only} EXECUTE FUNCTION policy.{call}()",
        f"{table}: {when.lower()}",
    )
    yield Statement(
        f"ALTER TABLE register.{identifier(table)} ENABLE ALWAYS TRIGGER {name}",
        "also for replicated sessions",
    )
