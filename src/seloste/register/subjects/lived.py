"""When one address follows another: what is over stays, one ends as the next begins, and what begins later is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Lived(NamedTuple):
    """An address that a subject has, had or will have, and when."""

    pk: int
    valid_from: datetime
    valid_until: datetime | None
    placed: tuple[str, ...]

    def is_over(self, at: datetime) -> bool:
        """Whether it has ended, or never was."""
        return self.valid_until is not None and self.valid_until <= max(at, self.valid_from)


class Follows(NamedTuple):
    """That an address begins: when, which others end then, and until when it is so as far as is known."""

    since: datetime
    ended: Sequence[Lived]
    until: datetime | None


def follows(
    lived: Sequence[Lived], placed: tuple[str, ...], since: datetime, *, at: datetime
) -> Follows | None:
    """This will judge, `at` a moment, from when and until when somebody who is said to have an address has it.

    `since`: the day that is told, past or still to come. None where they have it already.
    """
    begun = [each for each in lived if each.valid_from <= at]
    over = [each.valid_until for each in begun if each.valid_until and each.is_over(at)]
    since = max([since, *over, *(each.valid_from for each in begun if not each.is_over(at))])
    holds = [each for each in lived if each.valid_from <= since and not each.is_over(since)]
    if any(each.placed == placed for each in holds):
        return None
    coming = [each.valid_from for each in lived if each.valid_from > since and not each.is_over(since)]
    return Follows(since, holds, min(coming, default=None))
