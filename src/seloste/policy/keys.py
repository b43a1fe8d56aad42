"""Logins and keys: what a notice declares, cut into the pieces that PostgreSQL can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING

from seloste.kernel.periods import finnish_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice
    from seloste.notice.purposes import Basis, Purpose

    from .supported import Supported

RESERVED = frozenset({"owner", "engine", "housekeeping", "lookups", "sealer"})


@dataclass(frozen=True)
class Login:
    """One purpose for the controllers that share it: a database login that can be nothing else.

    Notice: purposes, controllers, arrangement.
    """

    name: str
    purpose: str
    scope: str
    controllers: tuple[str, ...]
    sides: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Key:
    """One question that a bit answers: this login, over this channel, on this basis.

    A key opens and closes as a whole at `opens_at` and `closes_at` (None: never); everything
    else that decides lies with the subject.
    Law: GDPR 6(1). Notice: purposes.
    """

    login: Login
    channel: str | None
    basis: int
    opens_at: datetime | None
    closes_at: datetime | None

    @property
    def name(self) -> str:
        """Spelling for people and for the registry: `direct_marketing@vera/email/1`."""
        return f"{self.login.name}/{self.channel or '-'}/{self.basis}"


def logins(notice: Notice, supported: Supported) -> list[Login]:
    """This will list the logins of a notice, for the purposes that have a supported basis.

    A purpose shared by the controllers of a side has one login there, an unshared one has a
    login per controller, one that reaches across walls has a single login.
    Notice: purposes, arrangement.
    """
    found: list[Login] = []
    for name, purpose in sorted(notice.purposes.items()):
        if name not in supported:
            continue
        served = {
            side: tuple(sorted(c for c in members if c in purpose.controllers))
            for side, members in sorted(notice.sides().items())
        }
        served = {side: members for side, members in served.items() if members}
        if purpose.across_walls:
            everyone = tuple(c for members in served.values() for c in members)
            found.append(_login(name, "all", everyone, tuple(sorted(notice.sides())), purpose.line))
            continue
        for side, members in served.items():
            if purpose.shared:
                found.append(_login(name, side, members, (side,), purpose.line))
            else:
                found.extend(_login(name, c, (c,), (side,), purpose.line) for c in members)
    return found


def _login(
    purpose: str, scope: str, controllers: tuple[str, ...], sides: tuple[str, ...], line: int
) -> Login:
    return Login(f"{purpose}@{scope}", purpose, scope, controllers, sides, line)


def keys(notice: Notice, supported: Supported) -> list[Key]:
    """This will list every key of the notice: login, channel and basis, with its window.

    Channels are told apart only where an answer can depend on them: in marketing, and where a
    basis names its channels.
    Notice: purposes, interests.
    """
    found: list[Key] = []
    for login in logins(notice, supported):
        purpose = notice.purposes[login.purpose]
        for channel, (number, basis) in product(channels_of(purpose), enumerate(purpose.bases or ())):
            if number not in supported[login.purpose]:
                continue
            if basis.channels and channel not in basis.channels:
                continue
            found.append(Key(login, channel, number, *_window(notice, purpose, basis)))
    return found


def channels_of(purpose: Purpose) -> tuple[str | None, ...]:
    """This will list the channels a purpose's keys are told apart by; `(None,)` where none is."""
    apart = purpose.marketing or any(basis.channels for basis in purpose.bases or ())
    return tuple(purpose.channels) if apart and purpose.channels else (None,)


def _window(notice: Notice, purpose: Purpose, basis: Basis) -> tuple[datetime | None, datetime | None]:
    head = notice.notice
    awaited = [each.since for each in purpose.opens_after.values()]
    starts = [midnight(part) for part in (head.in_force_from, purpose.valid_from, basis.valid_from, *awaited)]
    ends = [midnight(part) for part in (head.in_force_until, purpose.valid_until, basis.valid_until)]
    ends.extend(_lapses(notice, basis))
    return (
        max((at for at in starts if at), default=None),
        min((at for at in ends if at), default=None),
    )


def _lapses(notice: Notice, basis: Basis) -> Iterator[datetime | None]:
    interest = notice.interests.get(basis.interest or "")
    if basis.kind == "legitimate_interest" and interest and interest.balancing_test:
        yield midnight(interest.balancing_test.lapses_on())


def midnight(day: date | str | None) -> datetime | None:
    """This will turn a day of the notice into the Finnish midnight it begins with.

    A day that the notice calls `unknown` bounds nothing: the notice as published is in force.
    """
    return None if day is None or isinstance(day, str) else finnish_midnight(day)
