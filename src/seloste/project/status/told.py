"""What a check is asked and what it answers: state, why, what to run, and what running it twice does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from seloste.project.database import Cluster

OK, ATTENTION, STOPPED = "ok", "attention", "stopped"
WORST_LAST = (OK, ATTENTION, STOPPED)


@dataclass(frozen=True)
class Words:
    """What is said to people, in the languages of those who run the register; never about a person."""

    fi: str
    en: str

    def __call__(self, lang: str) -> str:
        """The words in a language."""
        return self.fi if lang == "fi" else self.en


@dataclass(frozen=True)
class Site:
    """What a check may look at. It changes nothing."""

    home: Path
    cluster: Cluster
    admin: psycopg.Connection[Any]
    """The administrator, in the register's database, every statement for itself."""
    now: datetime

    def one(self, query: str, *arguments: object) -> Any:
        """This will ask for one value; None where there is none."""
        row = self.admin.execute(query, arguments).fetchone()
        return row[0] if row else None


@dataclass(frozen=True)
class Told:
    """What a check answers. `twice`: what happens when somebody runs the command a second time."""

    state: str
    why: Words
    run: str | None = None
    twice: Words | None = None


@dataclass(frozen=True)
class Check:
    """A question that the operator has at night.

    `is_slow`: takes seconds, so that whoever asks every minute leaves it out.
    """

    name: str
    title: Words
    ask: Callable[[Site], Told]
    is_slow: bool = False


AGAIN = Words("Uudelleen ajettuna ei muuta mitään.", "Run again it changes nothing.")
GOES_ON = Words("Uudelleen ajettuna jatkaa siitä mihin jäi.", "Run again it goes on where it was.")
ANEW = Words("Uudelleen ajettuna tekee saman uudelleen.", "Run again it does the same anew.")


def ok(fi: str, en: str) -> Told:
    """All is well."""
    return Told(OK, Words(fi, en))


def attention(fi: str, en: str, run: str | None = None, twice: Words | None = None) -> Told:
    """Nothing has stopped, and somebody should see to it."""
    return Told(ATTENTION, Words(fi, en), run, twice)


def stopped(fi: str, en: str, run: str | None = None, twice: Words | None = None) -> Told:
    """Something does not work, or must not be worked with."""
    return Told(STOPPED, Words(fi, en), run, twice)
