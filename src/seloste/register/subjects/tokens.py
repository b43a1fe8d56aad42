"""What subjects are found by, kept in the transaction that writes the value it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.register.protection import searching

from .models import SearchToken
from .port import found_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = tuple[int, str, str, str, str, str]
"""Subject, category, controller, kind, token, spelt: as they are kept."""


@dataclass(frozen=True)
class Value:
    """A value that a subject is found by: its parts as the kind's `Findable` takes them."""

    subject_id: int
    kind: str
    parts: tuple[str | None, ...]
    controller: str = ""


def keeps(kind: str, *made_of: tuple[str, str]) -> bool:
    """Whether the acting purpose keeps what subjects are found by of a kind, and reads what that is made of.

    `made_of`: tables and columns.
    """
    return searching.keeps(found_by()[kind].category, made_of)


def put(subject_id: int, kind: str, *parts: str | None, controller: str = "") -> None:
    """This will have a subject found by a value from now on; by what it was found before, it still is.

    Writes: search_token. Raises: NotInPurpose. Notice: categories.
    """
    put_many([Value(subject_id, kind, parts, controller)])


def put_many(values: Iterable[Value]) -> int:
    """This will have subjects found by many values, in one statement; says how many tokens were new.

    Writes: search_token. Raises: NotInPurpose. Notice: categories.
    """
    return searching.put(list(dict.fromkeys(rows(values))))


def renew(subject_id: int, kind: str, *values: tuple[str | None, ...], controller: str = "") -> None:
    """This will have a subject found by these values of a kind and by no others: what was wrong finds nobody.

    Writes: search_token. Raises: NotInPurpose. Law: GDPR 5(1)(d). Notice: categories.
    """
    if searching.takes_out(found_by()[kind].category):
        SearchToken._default_manager.filter(subject_id=subject_id, kind=kind, controller=controller).delete()
    put_many(Value(subject_id, kind, parts, controller) for parts in values)


def rows(values: Iterable[Value]) -> Iterator[Row]:
    """This will write values as they are kept."""
    ways = found_by()
    for value in values:
        way = ways[value.kind]
        for token in way.written(*value.parts):
            yield (value.subject_id, way.category, value.controller, way.kind, token.folded, token.spelt)
