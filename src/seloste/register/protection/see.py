"""What a purpose sees of a subject, from the notice's claims alone: a new column is seen when claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from seloste.policy.schema import LOADED, STRUCTURE, parted
from seloste.register.protection import keys, merged
from seloste.register.protection.backend.gate import run
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.sealing import NotReadable, Place, opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from seloste.register.protection.backend.logins import Login
    from seloste.register.protection.session import Session

BESIDE = frozenset({"data_key", "source_claim", "source_correction", "search_token"})
"""Tables that hold no value of a category themselves, but what others say of it, what it is sealed under or found by."""
NOT_DECLARED = "not_declared"
CANNOT_BE_OPENED = "cannot be opened: see `seloste keys check`"
"""What stands in place of a sealed value whose key is lost, or is another."""


@dataclass(frozen=True)
class Why:
    """Whether one key of the purpose is open for a subject, and why not."""

    channel: str | None
    basis: int
    allowed: bool
    reason: str
    until: datetime | None


@lru_cache(maxsize=4096)
def categories(
    login: Login, columns: frozenset[tuple[str, str]], held: frozenset[str] | None
) -> frozenset[str]:
    """This will tell which of a login's categories hold the given columns (table, column).

    `held`: what rows of several categories say they hold.
    """
    read: dict[str, set[str]] = {}
    for table, column in columns:
        read.setdefault(table, set()).add(column)
    found = set()
    for category, places in login.claims.items():
        for place, claimed in places.items():
            table, row = parted(place)
            if table not in read or (row and held is not None and row not in held):
                continue
            # what every category of a table names tells none of them
            telling = read[table] - STRUCTURE
            if not telling or telling & set(claimed):
                found.add(category)
    return frozenset(found)


def see(session: Session, subject_id: int) -> dict[str, Any]:
    """This will gather all that the session's purpose sees of a subject, in one statement a record.

    Where the purpose reads merges, every record of the human that it sees is gathered: each row then says
    under `record` from which it came, and `records` lists them.
    What is sealed is opened; a key that is lost costs the value sealed under it and nothing else.
    Raises: NotInPurpose. Notice: categories, purposes.
    """
    there, records, visible = _shown(session, subject_id)
    told = _ask(session, subject_id, None, None)
    if not there:
        session.record("verdict", {subject_id}, 0, ())
        return _answer(session, subject_id, {}, [], [])
    if len(records) > 1:
        visible = _of_all(session, records, {subject_id: visible})
    session.record("opened", records, len(records), visible)
    answer = _answer(session, subject_id, visible, _hidden(session, visible, told), told)
    return answer | ({"records": records} if len(records) > 1 else {})


Visible = dict[str, list[dict[str, Any]]]


def _shown(session: Session, subject_id: int) -> tuple[bool, list[int], Visible]:
    """Whether a record is seen, the keys of all records of its human, and what is seen of itself."""
    statement = _statement(session.login.name, session.in_force.hash, session)
    [row] = run(session, statement.sql, {"subject": subject_id}).fetchall()
    visible: Visible = {}
    for place, rows in zip(statement.places, row[2:], strict=True):
        if rows:
            shown = (
                [{place.category: opened_sealed(place.table, sealed)} for sealed in rows]
                if place.sealed
                else rows
            )
            visible.setdefault(place.category, []).extend(shown)
    return row[0], row[1], visible


def _of_all(session: Session, records: list[int], read: Mapping[int, Visible]) -> Visible:
    """What is seen of several records, of which some were read already."""
    visible: Visible = {}
    for record in records:
        shown = read[record] if record in read else _shown(session, record)[2]
        for category, rows in shown.items():
            visible.setdefault(category, []).extend({"record": record} | row for row in rows)
    return visible


def why(session: Session, subject_id: int, at: datetime | None, known_at: datetime | None) -> list[Why]:
    """This will tell each key's verdict; a subject beyond a wall or a restriction is answered as unknown."""
    told = _ask(session, subject_id, at, known_at)
    session.record("verdict", {subject_id}, 1, ())
    return told


def _ask(session: Session, subject_id: int, at: datetime | None, known_at: datetime | None) -> list[Why]:
    rows = run(
        session,
        "SELECT channel, basis, allowed, reason, until FROM policy.why(%s::bigint,"
        " coalesce(%s::timestamptz, statement_timestamp()), coalesce(%s::timestamptz, 'infinity'))",
        [subject_id, at, known_at],
    )
    return [Why(*row) for row in rows.fetchall()]


def _answer(
    session: Session, subject_id: int, visible: dict[str, Any], hidden: list[list[str]], told: list[Why]
) -> dict[str, Any]:
    best = next((t for t in told if t.allowed), told[0] if told else None)
    return {
        "subject": subject_id,
        "purpose": session.purpose,
        "visible": visible,
        "hidden": hidden,
        "verdict": {
            "allowed": bool(best and best.allowed),
            "reason": best.reason if best else "unknown",
            "basis": best.basis if best else None,
            "notice": session.in_force.hash,
            "until": best.until.isoformat() if best and best.until else None,
        },
    }


def _hidden(session: Session, visible: dict[str, Any], told: list[Why]) -> list[list[str]]:
    """Categories held here that the purpose does not see, and why: not declared, or its channels are closed."""
    found = []
    for category in sorted(session.in_force.claims):
        if category in visible:
            continue
        if category not in session.login.categories:
            found.append([category, NOT_DECLARED])
            continue
        channels = set(session.in_force.part("categories", category).get("channels") or ())
        keys = [t for t in told if t.channel in channels] if channels else []
        if keys and not any(t.allowed for t in keys):
            found.append([category, keys[0].reason])
    return found


def opened_sealed(table: str, sealed: Mapping[str, Any]) -> str:
    """A sealed value of a table, or why it is not there."""
    found = opened_bytes(table, "ciphertext", sealed)
    return CANNOT_BE_OPENED if found is None else found.decode()


def opened_bytes(table: str, column: str, sealed: Mapping[str, Any]) -> bytes | None:
    """What is sealed in a column of a row, whose wrapped key is beside it; None where its key is lost."""
    where = Place(table, column, sealed["subject_id"])
    try:
        wrapped, ciphertext = (bytes.fromhex(sealed[name] or "") for name in ("wrapped", column))
        key = keys.provided().unwrap(keys.kek(sealed["side"]), sealed["kek_version"], wrapped)
        return opened(ciphertext, key, where)
    except (keys.KeysMissing, keys.KeysExposed, keys.WrongKey, NotReadable):
        return None


@dataclass(frozen=True)
class _Shown:
    """A place of a category, as far as a login sees it; `sealed`: its values are ciphertext."""

    category: str
    table: str
    sealed: bool


@dataclass(frozen=True)
class _Statement:
    sql: str
    places: tuple[_Shown, ...]


_SEALED = """
      SELECT v.subject_id, v.side, encode(v.ciphertext, 'hex') AS ciphertext,
             encode(k.wrapped, 'hex') AS wrapped, k.kek_version
      FROM register."{table}" v LEFT JOIN register.data_key k ON k.id = v.data_key_id
      WHERE v.subject_id = %(subject)s"""


_statements: dict[tuple[str, str], _Statement] = {}


def _statement(login: str, notice: str, session: Session) -> _Statement:
    """One sub-select a place; kept a login and notice, as its text never changes."""
    made = _statements.get((login, notice))
    if made is None:
        made = _statements[login, notice] = _make(session.login)
    return made


def _make(login: Login) -> _Statement:
    places: list[_Shown] = []
    parts = ["EXISTS (SELECT 1 FROM register.subject WHERE id = %(subject)s)", merged.keys(login)]
    for category in login.categories:
        for place, columns in login.claims.get(category, {}).items():
            table, row = parted(place)
            if table in BESIDE:
                continue
            readable = login.may("select", table)
            if {"data_key_id", "ciphertext"} <= readable:
                parts.append(f"(SELECT json_agg(r) FROM ({_SEALED.format(table=table)}) r)")
                places.append(_Shown(category, table, sealed=True))
                continue
            shown = [c for c in columns if c in readable and c not in {"subject_id", "category"}]
            where = tied(login, table, readable)
            if not shown or where is None:
                continue
            if row:
                where += f" AND category = '{row}'"
            if "superseded_at" in readable:
                where += " AND superseded_at IS NULL"
            names = ", ".join(f'"{c}"' for c in shown)
            parts.append(
                f'(SELECT json_agg(r) FROM (SELECT {names} FROM register."{table}" WHERE {where}) r)'
            )
            places.append(_Shown(category, table, sealed=False))
    return _Statement("SELECT " + ",\n  ".join(parts), tuple(places))


def tied(login: Login, table: str, readable: frozenset[str]) -> str | None:
    """The condition on rows of a table that tie to the subject asked for; None where nothing does."""
    if table == "subject":
        return "id = %(subject)s"
    if "subject_id" in readable:
        return "subject_id = %(subject)s"
    naming = [other for other in login.columns if {"subject_id", f"{table}_id"} <= login.may("select", other)]
    named = " UNION ".join(
        f'SELECT {table}_id FROM register."{other}" WHERE subject_id = %(subject)s' for other in naming
    )
    return f"id IN ({named})" if named else None


_COMPANIONS = {
    ("agreement", "agreement_party"): """
      WITH party AS (SELECT p.agreement_id, p.subject_id FROM register.agreement_party p WHERE NOT %(now)s
        OR p.superseded_at IS NULL AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp()))
      SELECT a.subject_id FROM register.agreement a JOIN party p ON p.agreement_id = a.id
      WHERE p.subject_id = %(subject)s
      UNION SELECT p.subject_id FROM register.agreement a JOIN party p ON p.agreement_id = a.id
      WHERE a.subject_id = %(subject)s
      UNION SELECT p.subject_id FROM party o JOIN party p USING (agreement_id)
      WHERE o.subject_id = %(subject)s""",
    ("representation",): """
      SELECT subject_id FROM register.representation WHERE organisation_id = %(subject)s
      UNION SELECT organisation_id FROM register.representation WHERE subject_id = %(subject)s""",
}


def companions(session: Session, subject_id: int, *, now: bool = False) -> set[int]:
    """This will tell whom a case about a subject is about too: who holds an agreement with it, or stands for it.

    The same human's other records, and those of them, are meant too. Only as far as the purpose itself sees
    those ties. `now`: without who held an agreement with it and does no more.
    """
    records = merged.records_of(session, subject_id)
    found = set(records)
    for tables, sql in _COMPANIONS.items():
        if all("subject_id" in session.login.may("select", table) for table in tables):
            for record in records:
                found |= {row[0] for row in run(session, sql, {"subject": record, "now": now})}
    return found


def load(
    session: Session,
    table: str,
    columns: Sequence[str],
    arrays: Sequence[Sequence[Any]],
    *,
    if_new: bool = False,
) -> int:
    """This will insert rows from one array a column: `COPY` is refused under row security.

    Whoever imports has the database work their answers out together, where many are brought.
    `if_new`: those that are there already are left as they are.
    Writes: table. Raises: NotInPurpose, ValueError when the arrays differ in length.
    """
    _require_settable(session, table, columns, arrays)
    session.wrote = True
    if table in LOADED and session.login.may("insert", "source_step"):
        told = [list(columns), [_array_of(values) for values in arrays], if_new]
        return int(run(session, f"SELECT policy.load_{table}(%b, %b, %s)", told).fetchall()[0][0])
    sql, values = _inserting(session, table, columns, arrays)
    return run(session, sql + (" ON CONFLICT DO NOTHING" if if_new else ""), values).rowcount


def load_together(session: Session, tables: Sequence[tuple[str, Mapping[str, Sequence[Any]]]]) -> None:
    """This will insert rows of several tables by one statement: triggers then see all of them, the first of them too.

    Writes: the tables. Raises: NotInPurpose, ValueError when the arrays differ in length.
    """
    if not tables:
        return
    parts, told = list[str](), list[Any]()
    for table, columns in tables:
        _require_settable(session, table, list(columns), list(columns.values()))
        sql, values = _inserting(session, table, list(columns), list(columns.values()))
        parts.append(f"l{len(parts)} AS ({sql})")
        told += values
    session.wrote = True
    run(session, f"WITH {', '.join(parts)} SELECT", told)


def _require_settable(
    session: Session, table: str, columns: Sequence[str], arrays: Sequence[Sequence[Any]]
) -> None:
    settable = session.login.may("insert", table)
    beyond = [column for column in columns if column not in settable]
    if beyond:
        raise NotInPurpose(f"{session.purpose} may not set {', '.join(beyond)} of {table}")
    if len({len(values) for values in arrays}) != 1 or len(arrays) != len(columns):
        raise ValueError(f"{table}: as many values for each column, and an array for each")


def _inserting(
    session: Session, table: str, columns: Sequence[str], arrays: Sequence[Sequence[Any]]
) -> tuple[str, list[Any]]:
    """The statement that inserts rows, and an array of values for each column."""
    kinds = [session.in_force.columns[table, column].type for column in columns]
    values = [
        [None if v is None else _array(v) for v in values] if kind.endswith("[]") else list(values)
        for kind, values in zip(kinds, arrays, strict=True)
    ]
    given = ", ".join(
        f"{_how(sent)}::text[]" if kind.endswith("[]") else f"{_how(sent)}::{kind}[]"
        for kind, sent in zip(kinds, values, strict=True)
    )
    names = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(f"v{i}::{kind}" if kind.endswith("[]") else f"v{i}" for i, kind in enumerate(kinds))
    aliases = ", ".join(f"v{i}" for i in range(len(columns)))
    return (
        f'INSERT INTO register."{table}" ({names}) SELECT {taken} FROM unnest({given}) given({aliases})',
        values,
    )


PLAIN = (str, int, bool, bytes, float, datetime, date)
"""What can be sent in binary."""


def _how(values: Sequence[Any]) -> str:
    """The placeholder of an array; in binary where its values are of one kind.

    psycopg writes arrays as text by a regular expression: 5,000 rows of JSON took 218 ms, in binary 2.5 ms.
    """
    kinds = {type(value) for value in values if value is not None}
    return "%b" if len(kinds) == 1 and kinds <= set(PLAIN) else "%s"


def _array(values: Sequence[Any]) -> str:
    """An array as PostgreSQL writes it, since unnest() would open it too."""
    quoted = ('"' + str(v).replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values)
    return "{" + ",".join(quoted) + "}"


def _array_of(values: Sequence[Any]) -> str:
    """Values as an array in text; those of a column are of one kind."""
    kinds = {type(value) for value in values}
    if kinds == {str} and not {'"', "\\"} & set("".join(values)):
        return '{"' + '","'.join(values) + '"}'
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def reserve(session: Session, table: str, count: int) -> int:
    """This will reserve consecutive keys for rows that are loaded together; tells the first."""
    [(first,)] = run(session, "SELECT policy.reserve(%s, %s)", [table, count]).fetchall()
    return int(first)


def keys_of(
    session: Session, table: str, by: str, values: Sequence[str], told: Sequence[str]
) -> list[tuple[Any, ...]]:
    """This will find rows that name no subject by what is known of them already, and tell their keys.

    Shape: key, what they were looked for by, then `told`. It tells whose none of them is. Raises: NotRecorded.
    """
    columns = ("id", by, *told)
    names = ", ".join(f'"{column}"' for column in columns)
    rows = run(
        session, f'SELECT {names} FROM register."{table}" WHERE "{by}" = ANY(%s)', [list(values)]
    ).fetchall()
    session.record("listed", (), len(rows), session.categories_of([(table, each) for each in columns]))
    return rows


def point_key(session: Session, side: str, kind: str, number: str) -> int | None:
    """This will find a point by its full number: its key alone, whoever is or was there."""
    [(found,)] = run(session, "SELECT policy.point_key(%s, %s, %s)", [side, kind, number]).fetchall()
    return None if found is None else int(found)


REFRESH_MOST = 1_000_000


def count_audience(session: Session, audience: QuerySet[Any]) -> int:
    """This will count an audience, nobody twice; a purpose that works on sets decides first what is due."""
    decide_due(session)
    count = int(audience.count())
    return count - merged.again(session, audience) if count else 0


def decide_due(session: Session) -> None:
    """This will decide anew the answers that ran out, for a purpose that sees stale rows as closed."""
    if session.login.works_on == "sets" or session.in_force.part("purposes", session.purpose).get("finds"):
        run(session, "SELECT policy.refresh_due(%s)", [REFRESH_MOST])
