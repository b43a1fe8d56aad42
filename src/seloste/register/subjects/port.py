"""What is told when a contact point is added: folders above that must act in the same transaction implement it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


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
