"""Rows that an import brings many at once: their answers are worked out together, and judged as each would be alone.

Row by row, a trigger that looks its subject's answer up took four fifths of the time of a load. Whoever imports may call one
function a table: it writes rows with their answers, of the columns that the caller's login may insert, and refuses all of them where
the login's own policy would have refused one. That condition is the policy's, word for word.
Notice: purposes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .functions import function
from .grants import Answer, Reach, insert_check
from .rows import formula
from .schema import LOADED
from .statements import Statement, identifier, literal, texts
from .upkeep import READ_COMMITTED, controller_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .compile import Policy
    from .keys import Login
    from .schema import Table

IMPORTING = "source_step"
"""Whoever writes what an import did is who imports."""


def loaded(reached: Mapping[str, Reach]) -> list[str]:
    """The tables of which a login loads rows."""
    if not reached.get(IMPORTING, Reach()).insert:
        return []
    return sorted(table for table in LOADED & reached.keys() if reached[table].insert)


def functions(policies: list[Policy]) -> Iterator[tuple[str, str]]:
    """This will yield a function for each table that somebody loads, each with why it is there.

    `policies`: the one in force and, while it is prepared, the one after it: who is in both is judged by what is in force.
    """
    policy = policies[-1]
    checks: dict[str, dict[str, str]] = {}
    for each in reversed(policies):
        reached, where = each.reached(), each.places()
        for login in each.logins:
            for table in loaded(reached[login.name]):
                check = insert_check(each.tables[table], where, _answer(each, login), reached[login.name])
                checks.setdefault(table, {})[each.role(login.name)] = check
    places = {table: place for each in policies for table, place in each.places().items()}
    lock = "lock" not in policy.without
    for table, told in sorted(checks.items()):
        yield (
            _load(policy.tables[table], places[table], told, policy.words, lock=lock),
            f"rows of {table} are loaded together",
        )
    if checks:
        yield REFUSE, "what a policy would have refused is refused"


def opening(policy: Policy) -> Iterator[Statement]:
    """This will let the engine add rows to the tables that are loaded."""
    engine = identifier(policy.role("engine"))
    columns: dict[str, set[str]] = {}
    for reached in policy.reached().values():
        for table in loaded(reached):
            columns.setdefault(table, set()).update(reached[table].insert)
    answer = [*(f"bits{n}" for n in range(1, policy.words + 1)), "decided_until"]
    for table, named in sorted(columns.items()):
        because = f"rows of {table} are loaded with their answers"
        told = ", ".join(identifier(column) for column in [*sorted(named), *answer])
        yield Statement(f"GRANT INSERT ({told}) ON register.{table} TO {engine}", because)
        yield Statement(
            f'CREATE POLICY "engine insert" ON register.{table} FOR INSERT TO {engine} WITH CHECK (true)',
            because,
        )


def _answer(policy: Policy, login: Login) -> Answer:
    own = {key: n for key, n in policy.numbers.items() if key.login == login}
    return Answer(policy.notice, login, own, policy.words, policy.applied_at)


def _load(table: Table, place: str, checks: Mapping[str, str], words: int, *, lock: bool) -> str:
    """`policy.load_...`: inserts rows, an array as text for each column; says how many.

    Columns are judged by the caller's grants and rows by the caller's policy. Subjects are locked in order of key, and
    read in a later statement. Nothing that the caller tells becomes SQL but the names of columns that it may insert.
    """
    name, numbers = table.name, range(1, words + 1)
    answer = [
        *(f"coalesce({formula(n)}, 0) AS bits{n}" for n in numbers),
        "coalesce(s.decided_until, 'infinity') AS decided_until",
    ]
    bits = ", ".join([*(f"bits{n}" for n in numbers), "decided_until"])
    cases = " ".join(f"WHEN {literal(role)} THEN {sql}" for role, sql in sorted(checks.items()))
    check = f"CASE session_user {cases} ELSE false END".replace("%", "%%")
    # the name of the table stands for its row in the condition, as it does in a policy
    insert = f"""INSERT INTO register.{name} (%1$s, {bits})
  SELECT %1$s, {bits} FROM (SELECT g.*, {", ".join(answer)}
    FROM unnest(%2$s) g(%1$s) LEFT JOIN register.subject s ON s.id = g.subject_id
    LEFT JOIN policy.mask m ON m.place = {place.format("g")} AND m.controller = {controller_of(table, "g")}) {name}
  WHERE CASE WHEN {check} THEN true ELSE policy.refuse({literal(name)}) END"""
    return function(
        f"load_{name}",
        "_columns text[], _values text[], _if_new boolean",
        "bigint",
        f"""DECLARE _names text; _given text; _count bigint; _ids bigint[] := _values[array_position(_columns, 'subject_id')]::bigint[];
BEGIN
  {READ_COMMITTED}
  IF session_user <> ALL({texts(sorted(checks))}) OR cardinality(_columns) IS DISTINCT FROM cardinality(_values) THEN
    RAISE EXCEPTION 'permission denied for table {name}' USING ERRCODE = '42501';
  END IF;
  SELECT count(*), string_agg(format('%I', c.name), ', ' ORDER BY c.n), string_agg(format('$1[%s]::%s[]', c.n, t.type), ', ' ORDER BY c.n)
    INTO _count, _names, _given
  FROM unnest(_columns) WITH ORDINALITY c(name, n) JOIN (VALUES {_types(table)}) t(name, type) ON t.name = c.name
  WHERE has_column_privilege(session_user, 'register.{name}', c.name, 'INSERT');
  IF _count <> coalesce(cardinality(_columns), 0) THEN
    RAISE EXCEPTION 'permission denied for table {name}' USING ERRCODE = '42501';
  END IF;
  IF _count = 0 THEN
    RETURN 0;
  END IF;
  {SHARED_LOCK if lock else ""}
  EXECUTE format({literal(insert)}, _names, _given) || CASE WHEN _if_new THEN ' ON CONFLICT DO NOTHING' ELSE '' END USING _values;
  GET DIAGNOSTICS _count = ROW_COUNT;
  RETURN _count;
END""",
    )


SHARED_LOCK = "PERFORM 1 FROM register.subject x WHERE x.id = ANY(_ids) ORDER BY x.id FOR SHARE;"
"""As the trigger of a single row does it: an answer stands still while the rows that take it come in."""


def _types(table: Table) -> str:
    return ", ".join(
        f"({literal(column)}, {literal(kind)})"
        for column, kind in table.columns.items()
        if not kind.endswith("[]")
    )


REFUSE = function(
    "refuse",
    "_table text",
    "boolean",
    """BEGIN
  RAISE EXCEPTION 'new row violates row-level security policy for table "%"', _table USING ERRCODE = '42501';
END""",
)
"""Refuses a row in the words of the policy that would have refused it."""
