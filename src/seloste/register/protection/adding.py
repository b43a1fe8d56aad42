"""Adding to what is kept as evidence, by the log's own login, which can do nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from seloste.register.protection.backend.pool import pool
from seloste.register.protection.refusals import NotRecorded, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def adding(work: Callable[[psycopg.Connection[Any]], T]) -> T:
    """This will do work on the log's connection, where each statement commits by itself.

    No context manager: what it raised would carry the server's error, and with it values.
    Raises: NotRecorded. Law: GDPR 5(2).
    """
    failed: Exception
    lent = pool()
    role = lent.role("lookups")
    connection = lent.take(role, fixed=True)
    try:
        return work(connection)
    except psycopg.Error as error:
        failed = told(error)
    finally:
        lent.give(role, connection)
    raise NotRecorded(
        f"what is done could not be recorded ({failed}), so nothing is let out: have the look-up log mended"
    )


def add(sql: str, values: Mapping[str, Any]) -> None:
    """This will commit one addition.

    Raises: NotRecorded.
    """
    adding(lambda connection: connection.execute(sql, values, prepare=True))
