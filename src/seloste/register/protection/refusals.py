"""What a purpose refuses: one exception, and database errors that carry no personal value.

PostgreSQL writes values into its messages (`DETAIL: Key (value)=(...)`, `invalid input syntax
for type date: "..."`), so nothing of a message is kept but the names of the schema.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import utils
from django.utils.connection import ConnectionDoesNotExist

if TYPE_CHECKING:
    from types import TracebackType

    import psycopg


class NotInPurpose(PermissionDenied):
    """The purpose being acted for, if any, does not cover this; nothing was let out."""


class NotRecorded(NotInPurpose):
    """The look-up could not be recorded, so what it found was not let out."""


class OutlivedSession(NotInPurpose, ConnectionDoesNotExist):
    """A database alias was used that belongs to no purpose session open here."""

    def __init__(self, *_told: object) -> None:
        """`_told` is what Django says of the alias; the reader needs to know what to do."""
        super().__init__(
            "this object belongs to a purpose session that is over, or to another thread's: "
            "read it again inside acting(...); there is no alias to name with using()"
        )


class NothingSaved(utils.OperationalError):
    """The session's transaction was lost to an error that the caller caught: no write of it was kept."""


class Contended(utils.OperationalError):
    """Two transactions stood in each other's way and this one gave way; it can be run again."""


_DJANGO = (
    utils.DataError,
    utils.OperationalError,
    utils.IntegrityError,
    utils.InternalError,
    utils.ProgrammingError,
    utils.NotSupportedError,
    utils.DatabaseError,
    utils.InterfaceError,
    utils.Error,
)
_OWN_MESSAGES = ("42501", "P0001", "SEL01")
"""SQLSTATEs whose message is made of names alone: refusals, and what our own functions raise."""
_CONTENTION = ("40001", "40P01")
_BROKEN = "25P02"


def told(error: psycopg.Error) -> Exception:
    """This will say again what PostgreSQL said, without the values it said it with.

    The original is emptied, so that a chain or a traceback cannot bring them back.
    """
    state = error.sqlstate or ""
    diagnosis = error.diag
    names = [
        f"{label} {name}"
        for label, name in (
            ("constraint", diagnosis.constraint_name),
            ("table", diagnosis.table_name),
            ("column", diagnosis.column_name),
        )
        if name
    ]
    own = diagnosis.message_primary if state in _OWN_MESSAGES else None
    message = (
        f"{type(error).__name__}{f' ({state})' if state else ''}: {own or ', '.join(names) or 'no detail'}"
    )
    kind = _kind(error, state)
    if kind is NotInPurpose:
        message = (
            f"PostgreSQL refused: {own or 'permission denied'}. What a purpose may touch follows from its "
            "categories, bases and channels in the notice: act for a purpose that covers it"
        )
    elif state == _BROKEN:
        message = (
            "the session's transaction was ended by an earlier refusal or error: leave the block, or put "
            "what may be refused into session.atomic()"
        )
    elif not state:
        message = f"{type(error).__name__}: {_without_server(kind)}"
    error.args = (message,)
    error._info = None  # noqa: SLF001 - holds DETAIL, and with it the values of the row
    said = kind(message)
    said.sqlstate = state  # type: ignore[attr-defined]
    return said


def _without_server(kind: type[Exception]) -> str:
    return (
        "a value cannot be sent to the database"
        if kind is utils.DataError
        else "the connection to the database failed or was used out of turn"
    )


def _kind(error: psycopg.Error, state: str) -> type[Exception]:
    if state == "42501":
        return NotInPurpose
    if state in _CONTENTION:
        return Contended
    names = {base.__name__ for base in type(error).__mro__}
    return next((kind for kind in _DJANGO if kind.__name__ in names), utils.DatabaseError)


def without_values(error: BaseException | None) -> None:
    """This will empty the frames that an error came through, so that no local of theirs is printed.

    Frames that still run (the caller's own) keep theirs.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        _clear(error.__traceback__)
        error = error.__cause__ or error.__context__


def _clear(trace: TracebackType | None) -> None:
    traceback.clear_frames(trace)
