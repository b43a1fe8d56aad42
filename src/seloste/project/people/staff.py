"""Staff to act as: one for each role with each company, and some whose trainings have lapsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.project.people.moments import around
from seloste.project.people.names import FAMILY, MEN, WOMEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from seloste.notice import Notice

EMPLOYED, LASTING, LAPSED = -900, 200, -1
"""Days from today: since when they work here, until when a training counts, when one lapsed."""


@dataclass(frozen=True)
class Clerk:
    """Somebody who may act: trainings with when they were completed and until when they count."""

    username: str
    name: str
    employer: str
    role: str
    since: datetime
    trainings: tuple[tuple[str, datetime, datetime], ...]


def clerks(notice: Notice, day: date) -> Iterator[Clerk]:
    """This will make the staff: `role.company`, and `role.company.lapsed` for one role each."""
    roles = {key: tuple(role.trainings or ()) for key, role in notice.roles.items()}
    trained = next((role for role, trainings in roles.items() if trainings), None)
    posts = [(company, role, LASTING) for company in notice.controllers for role in roles] + [
        (company, trained, LAPSED) for company in notice.controllers if trained
    ]
    moments = around(day)
    for number, (company, role, days) in enumerate(posts):
        given = (WOMEN, MEN)[number % 2][-1 - number % 90]
        family = FAMILY[-1 - number * 7 % 300]
        yield Clerk(
            username=f"{role}.{company}" + (".lapsed" if days == LAPSED else ""),
            name=f"{given} {family}",
            employer=company,
            role=role,
            since=moments(EMPLOYED),
            trainings=tuple((key, moments(days - 365, 600), moments(days)) for key in roles[role]),
        )
