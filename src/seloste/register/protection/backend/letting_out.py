"""Rows are let out when whom they are about is recorded, chunk by chunk, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seloste.register.protection.backend.reading import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from seloste.register.protection.backend.reading import Reading
    from seloste.register.protection.session import Session

Rows = list[tuple[Any, ...]]


def let_out(
    session: Session, cursor: psycopg.Cursor[Any], reading: Reading, chunk: int | None
) -> Iterator[Rows]:
    """This will let rows out in chunks, or all in one, each recorded before it is returned.

    Raises: NotInPurpose when the session is over, NotRecorded.
    """
    confirm(session, cursor, reading)
    if chunk is None:
        return iter([_recorded(session, cursor.fetchall(), reading)])
    return _chunks(session, cursor, reading, chunk)


def _chunks(session: Session, cursor: psycopg.Cursor[Any], reading: Reading, chunk: int) -> Iterator[Rows]:
    while True:
        session.require()
        rows = cursor.fetchmany(chunk)
        if not rows:
            return
        yield _recorded(session, rows, reading)


def _recorded(session: Session, rows: Rows, reading: Reading) -> Rows:
    if reading.needed is not None and any(row[reading.needed] is None for row in rows):
        raise refuse("rows that are reached through no subject")
    subjects = {row[position] for row in rows for position in reading.keys}
    subjects.discard(None)
    if rows and (reading.keys or reading.columns):
        held = {row[reading.category] for row in rows} if reading.category is not None else None
        session.record(
            "opened" if len(subjects or rows) == 1 else "listed",
            subjects,
            len(subjects or rows),
            session.categories_of(reading.columns, held),
        )
    return rows


def let_out_count(
    session: Session, cursor: psycopg.Cursor[Any], reading: Reading, few: set[int]
) -> tuple[Any, ...] | None:
    """This will let out how many rows there are, or whether there is one, with whom it is about.

    Those are whom the question named, or `few` whom it found: a count of many is about nobody. A registered aggregate is let out when enough subjects are in it.
    Raises: NotInPurpose, NotRecorded.
    """
    row: tuple[Any, ...] | None = cursor.fetchone()
    if reading.columns or reading.pinned:
        number = row[0] if row and isinstance(row[0], int) else 0
        session.record("counted", reading.pinned or few, number, session.categories_of(reading.columns))
        if reading.aggregate and number < reading.aggregate.fewest:
            raise refuse(
                f"{reading.aggregate.name} over fewer than {reading.aggregate.fewest} subjects is about them"
            )
    return row


def let_out_touched(session: Session, cursor: psycopg.Cursor[Any], reading: Reading) -> None:
    """This will record whose rows an UPDATE or DELETE touched, unless they were read in this session already.

    What cannot be recorded is undone.
    """
    session.wrote = True
    try:
        _record_touched(session, cursor, reading)
    except BaseException:
        session.connection.set_rollback(True)
        raise


def _record_touched(session: Session, cursor: psycopg.Cursor[Any], reading: Reading) -> None:
    categories = session.categories_of(reading.columns)
    if not reading.keys:
        session.record("counted", set(), cursor.rowcount, categories)
        return
    confirm(session, cursor, reading)
    subjects = {row[0] for row in cursor.fetchall()} - {None}
    if subjects - session.met:
        session.record("operation", subjects, len(subjects), categories)


def confirm(session: Session, cursor: psycopg.Cursor[Any], reading: Reading) -> None:
    """This will have the server confirm that each key came from its table's own column.

    The key beneath a UNION that was injected comes from nowhere.
    """
    result = cursor.pgresult
    for position, table, column in reading.origins:
        place = session.in_force.columns.get((table, column))
        if place is None or (result and (result.ftable(position), result.ftablecol(position))) != (
            place.table,
            place.number,
        ):
            raise refuse(f"an answer whose key is not {table}.{column}")
