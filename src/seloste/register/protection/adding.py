"""Adding to what is kept as evidence, by the log's own login, which can do nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from seloste.register.protection.backend.pool import pool
from seloste.register.protection.refusals import NotRecorded, told

if TYPE_CHECKING:
    from collections.abc import Mapping


def add(sql: str, values: Mapping[str, Any]) -> None:
    """This will commit one addition on a connection of its own.

    Raises: NotRecorded. Law: GDPR 5(2).
    """
    failed: Exception
    lent = pool()
    role = lent.role("lookups")
    connection = lent.take(role, fixed=True)
    try:
        connection.execute(sql, values, prepare=True)
    except psycopg.Error as error:
        failed = told(error)
    else:
        return
    finally:
        lent.give(role, connection)
    raise NotRecorded(f"what must be kept could not be added to the log ({failed}): have the log mended")
