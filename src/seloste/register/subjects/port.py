"""What folders above implement for this one: who acts when a contact point is added, and by what subjects are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from seloste.kernel.folding import Asked, Token


class Added(Protocol):
    """Acts on a contact point that has just been added."""

    def __call__(self, subject_id: int, side: str, category: str, value: str, *, at: datetime) -> None:
        """Raises what must keep the contact point from being added."""


_told: list[Added] = []


def tell(*added: Added) -> None:
    """This will have these, and no others, told of every contact point that is added; wired by the project."""
    _told[:] = added


def added(subject_id: int, side: str, category: str, value: str, *, at: datetime) -> None:
    """This will tell whoever is wired."""
    for each in _told:
        each(subject_id, side, category, value, at=at)


@dataclass(frozen=True)
class Standing:
    """Where values stand: SQL that tells those of the subjects `%(ids)s`, and the tables that it reads.

    It tells subject, controller (the empty text where there is none), and the parts that `Findable.written` takes.
    New rows of the first table bring new values.
    """

    sql: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Findable:
    """One way in which subjects are found: by values that stand in some folder's rows.

    `category` is the one that a place `search_token[...]` of the notice names; the values stand in `values`.
    `written` writes one as it is kept; `asked` reads what somebody types, nothing where it is not of this kind.
    """

    kind: str
    category: str
    values: tuple[Standing, ...]
    written: Callable[..., Iterable[Token]]
    asked: Callable[[str], Iterable[Asked]]
    rank: int
    """Kinds that tell one subject come before those that tell many."""


_found_by: dict[str, Findable] = {}


def find_by(*ways: Findable) -> None:
    """This will have subjects found in these ways, and no others; wired by the project."""
    _found_by.clear()
    _found_by.update((way.kind, way) for way in ways)


def found_by() -> dict[str, Findable]:
    """The ways in which subjects are found, by kind."""
    return _found_by
