"""Everything that a purpose reads of one subject, from the notice's claims alone, of before too.

`see` shows what holds now, to somebody who serves a customer; this gathers what is kept, to answer the person
it is kept of: facts that were superseded, and agreements that somebody else holds together with the subject.
What a category claims is in it with no line of code, so a new table is in it when it is claimed.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seloste.policy.schema import SHARED, parted
from seloste.register.protection.backend.gate import run
from seloste.register.protection.backend.reading import model_of
from seloste.register.protection.see import CANNOT_BE_OPENED, opened_bytes, tied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seloste.register.protection.backend.logins import Login
    from seloste.register.protection.session import Session


@dataclass(frozen=True)
class Held:
    """A row that is kept of a subject: in which table, and its values, opened where they were sealed."""

    table: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    category: str
    table: str
    sql: str
    sealed: tuple[str, ...] = ()
    """Columns that hold ciphertext."""


def held(session: Session, subject_id: int, without: frozenset[str] = frozenset()) -> dict[str, list[Held]]:
    """This will gather every row that the session's purpose reads of a subject, in one statement.

    `without`: tables that are told in another way. Shape: category to rows, in the order in which they were
    written. It is recorded as an opening.
    Raises: NotInPurpose. Law: GDPR 15. Notice: categories.
    """
    places = [place for place in _places(session) if place.table not in without]
    parts = ["EXISTS (SELECT 1 FROM register.subject WHERE id = %(subject)s)"]
    parts += [f"(SELECT json_agg(r) FROM ({place.sql}) r)" for place in places]
    [row] = run(session, "SELECT " + ",\n  ".join(parts), {"subject": subject_id}).fetchall()
    found: dict[str, list[Held]] = {}
    for place, rows in zip(places, row[1:], strict=True):
        for values in rows or ():
            told = _opened(place, values) if place.sealed else values
            found.setdefault(place.category, []).append(Held(place.table, told))
    if not row[0]:
        session.record("verdict", {subject_id}, 0, ())
        return {}
    session.record("opened", {subject_id}, 1, found)
    return found


def _places(session: Session) -> Iterator[_Place]:
    login = session.login
    for category in login.categories:
        for place, columns in login.claims.get(category, {}).items():
            table, row = parted(place)
            readable = login.may("select", table)
            where = _where(login, table, readable)
            shown = [column for column in columns if column in readable]
            if table == "data_key" or where is None or not shown:
                continue
            of_bytes = [c for c in shown if session.in_force.columns[table, c].type == "bytea"]
            plain = [column for column in shown if column not in of_bytes]
            key = _key_of(category, readable, login)
            # an index is no value: one is found by it, and it tells nothing to whom it is about
            sealed = tuple(column for column in of_bytes if key and not column.startswith("blind_index"))
            if not plain:
                continue
            kept, source = ", ".join(f'v."{column}"' for column in plain), f'register."{table}" v'
            if sealed:
                kept += "".join(f""", encode(v."{column}", 'hex') AS "{column}\"""" for column in sealed)
                kept += ", encode(k.wrapped, 'hex') AS wrapped, k.kek_version"
                source += f" LEFT JOIN register.data_key k ON {key}"
            kind = f" AND v.category = '{row}'" if row else ""
            order = ' ORDER BY v."id"' if "id" in readable else ""
            yield _Place(category, table, f"SELECT {kept} FROM {source} WHERE ({where}){kind}{order}", sealed)


def _key_of(category: str, readable: frozenset[str], login: Login) -> str | None:
    """Which data key opens the sealed values of a row; what a system said of a sealed category names none."""
    if "data_key_id" in readable:
        return "k.id = v.data_key_id"
    if f"data_key[{category}]" in login.claims.get(category, {}) and "category" in readable:
        return "k.subject_id = v.subject_id AND k.category = v.category"
    return None


def _where(login: Login, table: str, readable: frozenset[str]) -> str | None:
    own = tied(login, table, readable)
    own = own and f"v.{own}"
    if own is not None and table in SHARED and "subject_id" in login.may("select", "agreement_party"):
        shared = "SELECT agreement_id FROM register.agreement_party WHERE subject_id = %(subject)s"
        return f"{own} OR v.{'id' if table == 'agreement' else 'agreement_id'} IN ({shared})"
    return own


def _opened(place: _Place, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row with what was sealed in it; a value of the category's own stands under the category's name."""
    told = {
        column: value
        for column, value in values.items()
        if column not in {*place.sealed, "wrapped", "kek_version"}
    }
    for column in place.sealed:
        if values[column] is not None:
            found = opened_bytes(place.table, column, values)
            told[place.category if column == "ciphertext" else column] = _words(found)
    return told


def _words(value: bytes | None) -> str:
    """What was sealed, as words; a document, which is none, in base 64."""
    if value is None:
        return CANNOT_BE_OPENED
    try:
        return value.decode()
    except UnicodeDecodeError:
        return b64encode(value).decode()


def whom(table: str) -> frozenset[str]:
    """The columns by which rows of a table name subjects: their own, and others that they are tied to."""
    model = model_of(table)
    if model is None:
        return frozenset({"subject_id"})
    keys = (field for field in model._meta.concrete_fields if field.many_to_one)
    tied_to = {field.attname for field in keys if field.related_model is model_of("subject")}
    return frozenset({"subject_id", *tied_to})
