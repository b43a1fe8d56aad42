"""What a resolution needs of folders above: somebody who writes a value here, and somebody who asks the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class NobodyWrites(Exception):
    """No folder writes a single value of this category; nothing was changed."""


class Writes(Protocol):
    """Writes one value of a subject in place of what is held; tells whether the category is its own."""

    def __call__(
        self,
        subject_id: int,
        place: str,
        kind: str,
        value: Mapping[str, Any],
        as_given: Mapping[str, str],
        *,
        at: datetime,
    ) -> bool:
        """`place`: where the notice holds it, as `address` or `contact_point[phone]`."""


class Asks(Protocol):
    """Makes it somebody's work to ask a customer; tells by which reason, as task:12."""

    def __call__(self, subject_id: int, *, at: datetime) -> str:
        """Raises what must keep it from being asked."""


_writing: list[Writes] = []
_asking: list[Asks] = []
_instead: dict[str, str] = {}


def resolve_with(writing: Sequence[Writes], asking: Asks, instead: Mapping[str, str]) -> None:
    """This will have these, and no others, write and ask; wired by the project.

    `instead`: what somebody does themselves where nobody writes, by the table that holds the values.
    """
    _writing[:], _asking[:] = writing, [asking]
    _instead.clear()
    _instead.update(instead)


def write(
    subject_id: int,
    places: Sequence[str],
    kind: str,
    value: Mapping[str, Any],
    as_given: Mapping[str, str],
    *,
    at: datetime,
) -> None:
    """This will have a value written here, at the first place of its category that somebody writes.

    Raises: NobodyWrites.
    """
    for place in places:
        if any(each(subject_id, place, kind, value, as_given, at=at) for each in _writing):
            return
    tables = [place.partition("[")[0] for place in places]
    do = next((_instead[table] for table in tables if table in _instead), "change it by hand")
    raise NobodyWrites(
        f"nothing here writes single values of {', '.join(places) or 'this category'}, as more follows from them than the"
        f" value: {do}; what agrees by then is no contradiction any more. Nothing was changed"
    )


def ask(subject_id: int, *, at: datetime) -> str:
    """This will make it somebody's work to ask the customer; tells by which reason."""
    [asking] = _asking
    return asking(subject_id, at=at)
