"""Walls between companies: on which side each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def sides(
    arrangement: Iterable[tuple[str, Sequence[str]]], controllers: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """This will list the sides of the walls: companies that act as one or jointly share one.

    `arrangement`: of each part its kind and its members; whom none names stands alone.
    Shape: the side's key (its first member) to its members. Law: GDPR 26; SML 60. Notice: arrangement.
    """
    found: dict[str, tuple[str, ...]] = {}
    for kind, members in arrangement:
        apart = [(m,) for m in members] if kind == "separate" else [tuple(members)]
        found.update({members[0]: members for members in apart})
    placed = {member for members in found.values() for member in members}
    return found | {name: (name,) for name in controllers if name not in placed}


def side_of(sides: dict[str, tuple[str, ...]], controller: str) -> str:
    """This will name the side on which a company stands.

    Raises: KeyError, for one that stands on none.
    """
    for side, members in sides.items():
        if controller in members:
            return side
    raise KeyError(controller)
