"""Everything that a purpose reads of one subject, from the notice's claims alone, of before too.

`see` shows what holds now, to somebody who serves a customer; this gathers what is kept, to answer the person
it is kept of: facts that were superseded, and agreements that somebody else holds together with the subject.
What a category claims is in it with no line of code, so a new table is in it when it is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seloste.register.protection.backend.gate import run
from seloste.register.protection.backend.reading import model_of
from seloste.register.protection.see import SEALED, opened_sealed, tied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.register.protection.backend.logins import Login
    from seloste.register.protection.session import Session

JOINT = {"agreement": "id", "agreement_period": "agreement_id"}
"""Tables of what several subjects hold together, and the column that names the agreement."""


@dataclass(frozen=True)
class Held:
    """A row that is kept of a subject: in which table, and its values; `sealed` where they were ciphertext."""

    table: str
    values: dict[str, Any] = field(default_factory=dict)
    sealed: bool = False


@dataclass(frozen=True)
class _Place:
    category: str
    table: str
    sql: str
    sealed: bool = False


def held(session: Session, subject_id: int, without: frozenset[str] = frozenset()) -> dict[str, list[Held]]:
    """This will gather every row that the session's purpose reads of a subject, in one statement.

    `without`: tables that are told in another way. Shape: category to rows, in the order in which they were written. It is recorded as an opening.
    Raises: NotInPurpose. Law: GDPR 15. Notice: categories.
    """
    places = [place for place in _places(session.login) if place.table not in without]
    parts = ["EXISTS (SELECT 1 FROM register.subject WHERE id = %(subject)s)"]
    parts += [f"(SELECT json_agg(r) FROM ({place.sql}) r)" for place in places]
    [row] = run(session, "SELECT " + ",\n  ".join(parts), {"subject": subject_id}).fetchall()
    found: dict[str, list[Held]] = {}
    for place, rows in zip(places, row[1:], strict=True):
        for values in rows or ():
            told = {place.category: opened_sealed(place.table, values)} if place.sealed else values
            found.setdefault(place.category, []).append(Held(place.table, told, place.sealed))
    if not row[0]:
        session.record("verdict", {subject_id}, 0, ())
        return {}
    session.record("opened", {subject_id}, 1, found)
    return found


def _places(login: Login) -> Iterator[_Place]:
    for category in login.categories:
        for place, columns in login.claims.get(category, {}).items():
            table, _, row = place.rstrip("]").partition("[")
            readable = login.may("select", table)
            if table == "data_key":
                continue
            if {"data_key_id", "ciphertext"} <= readable:
                yield _Place(category, table, SEALED.format(table=table), sealed=True)
                continue
            where = _where(login, table, readable)
            shown = [column for column in columns if column in readable]
            if where is None or not shown:
                continue
            names = ", ".join(f'"{column}"' for column in shown)
            kind = f" AND category = '{row}'" if row else ""
            order = ' ORDER BY "id"' if "id" in readable else ""
            yield _Place(
                category, table, f'SELECT {names} FROM register."{table}" WHERE ({where}){kind}{order}'
            )


def _where(login: Login, table: str, readable: frozenset[str]) -> str | None:
    own = tied(login, table, readable)
    if own is not None and table in JOINT and "subject_id" in login.may("select", "agreement_party"):
        shared = "SELECT agreement_id FROM register.agreement_party WHERE subject_id = %(subject)s"
        return f"{own} OR {JOINT[table]} IN ({shared})"
    return own


def whom(table: str) -> frozenset[str]:
    """The columns by which rows of a table name subjects: their own, and others that they are tied to."""
    model = model_of(table)
    if model is None:
        return frozenset({"subject_id"})
    keys = (field for field in model._meta.concrete_fields if field.many_to_one)
    tied_to = {field.attname for field in keys if field.related_model is model_of("subject")}
    return frozenset({"subject_id", *tied_to})
