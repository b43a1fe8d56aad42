"""Running statements on the owner's connection: each as its role, and in turns where it must wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from .statements import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .bootstrap import Place
    from .statements import Statement

T = TypeVar("T")

FIRST_TURN, LONGEST_TURN = 0.1, 2.0
"""Seconds. Whoever comes while a statement waits for a lock, waits behind it: so it waits in short
turns, and lets those through who came meanwhile. Sessions themselves give up after five seconds."""


class Waited(Exception):
    """The locks were not to be had in the time that was given."""


def run(owner: psycopg.Connection, place: Place, statements: Iterable[Statement]) -> None:
    """This will run statements on the owner's connection, each as the role it names.

    They are sent together: thousands of answers to wait for took half of the time.
    """
    current, told = "owner", []
    for statement in statements:
        if statement.by != current:
            current = statement.by
            told.append("RESET ROLE" if current == "owner" else f"SET ROLE {identifier(place.role(current))}")
        told.append(statement.sql)
    if current != "owner":
        told.append("RESET ROLE")
    if told:
        owner.execute(";\n".join(told))


def as_engine(
    connection: psycopg.Connection,
    place: Place,
    query: str,
    arguments: list[object] | dict[str, object] | None = None,
) -> list[tuple[Any, ...]]:
    """This will run one statement as the engine on the owner's connection and return its rows."""
    with connection.transaction():
        connection.execute(f"SET LOCAL ROLE {identifier(place.role('engine'))}")
        cursor = connection.execute(query, arguments)
        return cursor.fetchall() if cursor.description else []


def in_turns(owner: psycopg.Connection, seconds: float, attempt: Callable[[], T]) -> T:
    """This will run a transaction that needs locks, again and again until it gets them.

    Raises: Waited.
    """
    until = time.monotonic() + seconds
    turn = FIRST_TURN
    while True:
        try:
            with owner.transaction():
                owner.execute(f"SET LOCAL lock_timeout = {int(min(turn, seconds) * 1000)}")
                return attempt()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if time.monotonic() + turn > until:
                raise Waited from None
        time.sleep(turn)
        turn = min(2 * turn, LONGEST_TURN)
