"""A statement of SQL and the line of the notice that caused it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True)
class Statement:
    """One statement, complete without its semicolon, why it is there, and the role that runs it."""

    sql: str
    because: str = ""
    line: int | None = None
    by: str = "owner"

    def __str__(self) -> str:
        """The statement as a DBA reads it, its cause on the line before."""
        place = f" (line {self.line})" if self.line else ""
        return f"-- {self.because}{place}\n{self.sql};"


def literal(value: str | int | datetime | None) -> str:
    """This will write a value of the notice as an SQL literal.

    Notice keys are `[a-z0-9_]`, so this never sees a person's words.
    """
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{value.isoformat()}'::timestamptz"


def texts(values: Iterable[str]) -> str:
    """This will write an SQL array of texts."""
    return "ARRAY[" + ", ".join(literal(value) for value in values) + "]::text[]"


def identifier(name: str) -> str:
    """This will quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
