"""Aggregates that may be let out, each registered by name: a number that is about nobody.

A count tells how many; any other aggregate tells a value, and one over few subjects is a value of
theirs. So it has a name, one table, and a least number of subjects below which it is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models.aggregates import Aggregate, Count

from seloste.register.protection.backend.reading import counts_subjects, key_field, refuse

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.sql.query import Query

FEWEST = 10
"""Subjects that an aggregate is about at least, where it says nothing else."""


@dataclass(frozen=True)
class Registered:
    """An aggregate of one table, under the name that it is asked by."""

    name: str
    table: str
    fewest: int
    expression: Aggregate


_registered: dict[str, Registered] = {}


def register(name: str, table: str, expression: Aggregate, *, fewest: int = FEWEST) -> None:
    """This will let an aggregate of a table be asked for by a name."""
    known = _registered[name] = Registered(name, table, fewest, expression)
    # copied with it wherever Django takes the expression
    expression.registered = known  # type: ignore[attr-defined]


def over(name: str, rows: QuerySet[Any]) -> Any:
    """This will ask a registered aggregate over rows; recorded as counted, with how many subjects it is about.

    Raises: NotInPurpose, when nothing is registered so, the rows are of another table or cut off,
    or too few subjects are in it.
    """
    known = _registered.get(name)
    table = rows.model._meta.db_table
    key = key_field(table)
    if known is None or known.table != table or key is None:
        raise refuse(f"{name} of {table}, an aggregate that is not registered by name")
    if rows.query.is_sliced or rows.query.distinct:
        raise refuse(f"{name} of a part of the rows it is registered for")
    return rows.aggregate(subjects=Count(key.attname, distinct=True), value=known.expression)["value"]


def in_query(query: Query) -> Registered | None:
    """The registered aggregate that a query asks, beside how many subjects it is about, and nothing else."""
    asked = list(query.annotation_select.values())
    if len(asked) != 2 or query.group_by or query.default_cols or query.select:  # noqa: PLR2004 - those two
        return None
    known: Registered | None = getattr(asked[1], "registered", None)
    if known is None or known is not _registered.get(known.name) or not counts_subjects(asked[0]):
        return None
    return known
