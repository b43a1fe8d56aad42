"""Who somebody is: names, birthday, numbers, home. The same human whichever side knows them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from seloste.project.people import numbers
from seloste.project.people.names import (
    FAMILY,
    MEN,
    SWEDISH_FAMILY,
    SWEDISH_MEN,
    SWEDISH_WOMEN,
    WOMEN,
)
from seloste.project.people.places import DISTRICTS, ELSEWHERE, STREETS

if TYPE_CHECKING:
    from random import Random

SWEDISH, ENGLISH = 0.05, 0.03
DOMAINS = ("posti.example", "kotiposti.example", "sahkoposti.example")
"""Reserved for examples by RFC 2606: no mail gets there."""

WEIGHTS = list(accumulate(weight for _, _, weight in DISTRICTS))
AWAY_WEIGHTS = list(accumulate(weight for _, _, weight in ELSEWHERE))
PLAIN = str.maketrans("åäöéÅÄÖ", "aaoeAAO", " ")
FORMS = ("flat", "detached", "terraced", "semi_detached", "other")
FORM_WEIGHTS = (58, 88, 96, 99, 100)


@dataclass(frozen=True, slots=True)
class Human:
    """Somebody who does not exist."""

    number: int
    man: bool
    language: str
    given: str
    family: str
    hetu: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Home:
    """A dwelling and the number of its metering point."""

    street: str
    postcode: str
    city: str
    form: str
    point: int


class Humans:
    """Makes the people of one batch, no two alike and none like those of another batch."""

    def __init__(self, random: Random, batch: int, size: int) -> None:
        """`size`: how many people will be asked for at most."""
        self.random = random
        self.batch = batch
        self._number = batch * numbers.PEOPLE_A_BATCH
        self._homes = self._number * 2
        # a birthday a batch is given to one man and one woman, so that no two codes are equal
        adults, minors = range(numbers.ADULT_DAYS), range(numbers.MINOR_DAYS)
        few = min(size, numbers.MINOR_DAYS)
        self._adults = tuple(random.sample(adults, size) for _ in range(2))
        self._minors = tuple(random.sample(minors, few) for _ in range(2))

    def human(self, *, family: str | None = None, minor: bool = False) -> Human:
        """This will make somebody, of a given family or of any."""
        draw = self.random.random
        tongue, man = draw(), bool(self.random.getrandbits(1))
        given, names = (MEN if man else WOMEN), FAMILY
        language = "fi"
        if tongue < SWEDISH:
            given, names, language = (SWEDISH_MEN if man else SWEDISH_WOMEN), SWEDISH_FAMILY, "sv"
        elif tongue < SWEDISH + ENGLISH:
            language = "en"
        first, second = _common(given, draw()), _common(given, draw())
        return self.named(
            first if first == second else f"{first} {second}",
            family or _common(names, draw()),
            language,
            man=man,
            minor=minor,
        )

    def named(self, given: str, family: str, language: str, *, man: bool, minor: bool) -> Human:
        """This will make somebody of that name."""
        number = self._number
        self._number += 1
        day = (self._minors if minor else self._adults)[man].pop()
        called = given.partition(" ")[0]
        return Human(
            number,
            man,
            language,
            given,
            family,
            numbers.hetu(numbers.birthday(day, minor=minor), self.batch, man=man),
            numbers.phone(number),
            f"{called}.{family}{number}@{DOMAINS[number % 3]}".translate(PLAIN).lower(),
        )

    def home(self) -> Home:
        """This will make a dwelling in the region."""
        draw = self.random.random
        form = self.random.choices(FORMS, cum_weights=FORM_WEIGHTS)[0]
        street = f"{STREETS[int(draw() * len(STREETS))]} {int(draw() ** 2 * 90) + 1}"
        if form == "flat":
            street += f" {'ABCDE'[int(draw() * 5)]} {int(draw() * 80) + 1}"
        postcode, city, _ = self.random.choices(DISTRICTS, cum_weights=WEIGHTS)[0]
        self._homes += 1
        return Home(street, postcode, city, form, self._homes)

    def elsewhere(self) -> Home:
        """This will make a dwelling where somebody has moved to, out of reach of the network."""
        postcode, city, _ = self.random.choices(ELSEWHERE, cum_weights=AWAY_WEIGHTS)[0]
        draw = self.random.random
        street = f"{STREETS[-1 - int(draw() * 20)]} {int(draw() * 60) + 1}"
        return Home(street, postcode, city, "flat", 0)


def _common(names: list[str], drawn: float) -> str:
    """The first names of a list are the commonest."""
    return names[int(drawn**1.7 * len(names))]
