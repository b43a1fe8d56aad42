"""The questions that a notice answers: which purpose, for whom, over which channel, on which basis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.notice import Notice
    from seloste.notice.purposes import Purpose


@dataclass(frozen=True)
class Question:
    """One question: a purpose on one of its bases, for some controllers, over a channel.

    Shape: `scope` is the side that shares the purpose, the controller that does not, or `all`
    across the walls; `channel` is None where no channels are told apart; `basis` is its place
    among the purpose's bases.
    """

    purpose: str
    scope: str
    controllers: frozenset[str]
    sides: frozenset[str]
    channel: str | None
    basis: int

    @property
    def login(self) -> str:
        """The login that asks it."""
        return f"{self.purpose}@{self.scope}"

    @property
    def name(self) -> str:
        """Its spelling for people."""
        return f"{self.login}/{self.channel or '-'}/{self.basis}"


def questions(notice: Notice) -> Iterator[Question]:
    """This will list every question of a notice. Notice: purposes, arrangement."""
    for name, purpose in notice.purposes.items():
        for scope, controllers, sides in _scopes(notice, purpose):
            for channel in _channels(purpose):
                for number, basis in enumerate(purpose.bases):
                    if not basis.channels or channel in basis.channels:
                        yield Question(name, scope, controllers, sides, channel, number)


def _scopes(notice: Notice, purpose: Purpose) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Who asks together: the controllers of a side that share the purpose; else each alone."""
    serving = frozenset(purpose.controllers)
    if purpose.across_walls:
        yield "all", serving, frozenset(notice.sides())
        return
    for side, members in notice.sides().items():
        if purpose.shared and serving & set(members):
            yield side, serving & set(members), frozenset({side})
        elif not purpose.shared:
            for controller in sorted(serving & set(members)):
                yield controller, frozenset({controller}), frozenset({side})


def _channels(purpose: Purpose) -> tuple[str | None, ...]:
    """Channels are told apart in marketing and where a basis names some."""
    told_apart = purpose.marketing or any(basis.channels for basis in purpose.bases)
    return purpose.channels if told_apart and purpose.channels else (None,)
