"""Rows of many subjects at once: one statement a table, one look-up for all of them, before anything is let out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seloste.register.protection.backend.gate import run
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from seloste.register.protection.session import Session

ENDINGS = ("superseded_at", "ended_at")
"""Columns that say since when a row is not known any more."""


@dataclass(frozen=True)
class Asked:
    """Which rows of a table, as they are known now: the columns wanted of them.

    `categories`: those that the rows say they hold; `at`: those whose period holds this moment, or is still to come.
    """

    table: str
    columns: tuple[str, ...]
    categories: tuple[str, ...] | None = None
    at: datetime | None = None


Rows = list[tuple[Any, ...]]


def rows(session: Session, subjects: Collection[int], asked: Sequence[Asked], *, lock: bool) -> list[Rows]:
    """This will read rows of many subjects, each beginning with its subject's key, in the order of their keys.

    `lock` keeps everybody else from changing these subjects, in the order in which triggers lock them.
    Raises: NotInPurpose, NotRecorded.
    """
    keys = sorted(set(subjects))
    if lock and session.login.may("update", "subject"):
        run(
            session,
            "SELECT id FROM register.subject WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE",
            [keys],
        )
    found = [_read(session, keys, each) for each in asked]
    met = {row[0] for part in found for row in part}
    if met:
        categories = {
            category
            for each, part in zip(asked, found, strict=True)
            if part
            for category in session.categories_of({(each.table, c) for c in each.columns}, _held(each, part))
        }
        session.record("opened" if len(met) == 1 else "listed", met, len(met), categories)
    return found


def _held(asked: Asked, found: Rows) -> Collection[str] | None:
    """The categories that rows say they hold."""
    if "category" not in asked.columns:
        return asked.categories
    place = 1 + asked.columns.index("category")
    return {row[place] for row in found}


def _read(session: Session, keys: list[int], asked: Asked) -> Rows:
    key = "id" if asked.table == "subject" else "subject_id"
    readable = session.login.may("select", asked.table)
    if beyond := sorted({key, *asked.columns} - readable):
        raise NotInPurpose(f"{session.purpose} may not read {', '.join(beyond)} of {asked.table}")
    there = {column for table, column in session.in_force.columns if table == asked.table}
    values: list[Any]
    where, values = [f'"{key}" = ANY(%s::bigint[])'], [keys]
    if asked.categories is not None:
        where.append("category = ANY(%s::text[])")
        values.append(list(asked.categories))
    where += [f'"{ending}" IS NULL' for ending in ENDINGS if ending in there]
    if asked.at is not None and "valid_from" in there:
        where.append("(valid_until IS NULL OR valid_until > greatest(valid_from, %s))")
        values.append(asked.at)
    names = ", ".join(f'"{column}"' for column in (key, *asked.columns))
    return run(
        session,
        f'SELECT {names} FROM register."{asked.table}" WHERE {" AND ".join(where)} ORDER BY "{key}", id',
        values,
    ).fetchall()
