"""Batches of people: the same for the same seed, number, size and day, in whatever order made."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from seloste.project.people import numbers
from seloste.project.people.companies import COMPANIES_A_BATCH, company
from seloste.project.people.humans import Humans
from seloste.project.people.lives import END_REASONS, LONGEST, Lives, Term
from seloste.project.people.moments import around
from seloste.project.people.named import PEOPLE, add_named
from seloste.project.people.tables import Batch, Side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from seloste.project.people.humans import Home, Human
    from seloste.project.people.tables import Words

KINDS = {
    "customer": 64,
    "co_holder": 11,
    "former": 9,
    "prospect": 5,
    "representative": 4,
    "preparing": 2,
    "cancelled": 2,
    "estate": 2,
    "minor": 1,
}
"""Of a hundred humans so many are that."""
COMPANIES = 0.06
ERASED_AFTER = 200
"""Days after the end of an agreement, when what belongs to the relation is due to go."""
TWINS = 0.35
"""Of those who hold an agreement the network company knows so many too."""
LEAST = len(PEOPLE) + len(KINDS)
MOST = numbers.MOST_BATCHES * numbers.PEOPLE_A_BATCH
STATES = ("fresh", "paid", "open", "disputed", "in_collection", "written_off")
STATE_WEIGHTS = (30, 75, 90, 94, 98, 100)
SAYS = ("", "ban", "call", "objection", "turvakielto", "restriction", "misuse")
SAYS_WEIGHTS = (883, 943, 978, 990, 996, 999, 1_000)


def sizes(persons: int) -> Iterator[int]:
    """This will split people into batches."""
    if not LEAST <= persons <= MOST:
        raise ValueError(f"{LEAST} to {MOST} people can be made, not {persons}")
    for first in range(0, persons, numbers.PEOPLE_A_BATCH):
        yield min(numbers.PEOPLE_A_BATCH, persons - first)


def make(seed: int, number: int, size: int, day: date, words: Words) -> Batch:
    """This will make the people of one batch as they stand on a day, with all that is theirs."""
    random = Random(f"{seed}:{number}")  # noqa: S311 - wanted to be the same again
    batch = Batch(Side(words.retail_side), Side(words.network_side))
    lives = Lives(random, batch, number, words, around(day))
    crowd = _Crowd(Humans(random, number, size), lives)
    if number == 0:
        add_named(crowd.humans, lives)
        size -= len(PEOPLE)
    kinds = random.choices(list(KINDS), weights=list(KINDS.values()), k=size)
    for kind in KINDS:
        for _ in range(kinds.count(kind)):
            getattr(crowd, kind)()
    for index in range(min(int(size * COMPANIES), COMPANIES_A_BATCH - 10)):
        company(lives, crowd.humans, index + 10, crowd.representatives or [0])
    return batch


class _Crowd:
    """Humans by what they are to the companies; those made first are who later ones relate to."""

    def __init__(self, humans: Humans, lives: Lives) -> None:
        self.humans = humans
        self.lives = lives
        self.retail, self.network = lives.batch.sides
        self.representatives: list[int] = []
        self._single: list[tuple[Human, Home, int, int, tuple[int, int] | None]] = []
        self._occupied: list[tuple[Home, int, int]] = []

    def customer(self) -> None:
        """Holds an agreement in force; the network company may know them as well."""
        human, home = self.humans.human(), self.humans.home()
        term = self._begun()
        subject, agreement = self._holder(human, home, term)
        twin = self._twin(human, home, term) if self._has_twin() else None
        self._single.append((human, home, term.since, agreement, twin))
        self._occupied.append((home, term.since, self.retail.rows["agreement"][agreement][6]))
        self._says(subject, term.since)
        self._owes(subject, agreement)

    def co_holder(self) -> None:
        """Holds an agreement together with somebody who lives there too."""
        if not self._single:
            return self.customer()
        lives = self.lives
        other, home, since, agreement, twin = self._single.pop()
        human = self.humans.human(family=other.family if self._chance(0.7) else None)
        joined = min(-1, since + lives.days(0, 400))
        subject = lives.known(self.retail, human, joined)
        lives.lives(self.retail, subject, home, joined)
        lives.reachable(self.retail, subject, human, joined)
        lives.party(self.retail, agreement, subject, joined)
        if twin:
            known = lives.known(self.network, human, joined)
            lives.party(self.network, twin[1], known, joined)
        return self._says(subject, joined)

    def former(self) -> None:
        """Was a customer, often at a point that somebody else has since."""
        lives, human = self.lives, self.humans.human()
        until, since = -lives.days(20, 3_300), 0
        home, point = self.humans.home(), None
        if self._occupied and self._chance(0.6):
            home, until, point = self._occupied.pop()
        since = until - lives.days(100, 1_600)
        term = Term(since - 15, since, until, lives.random.choice(END_REASONS))
        is_due = bool(lives.words.relation_class) and until < -ERASED_AFTER
        is_erased = is_due and self._chance(0.05)
        if is_erased:
            subject = self.retail.person(None, None, human.language, lives.moments(since))
        else:
            subject = lives.known(self.retail, human, since)
            moved = self.humans.elsewhere() if self._chance(0.3) else self.humans.home()
            lives.lives(self.retail, subject, moved, until)
            lives.reachable(self.retail, subject, human, since)
        agreement = self._sale(subject, home, term, point)
        if self._chance(0.4):
            lives.owes(
                self.retail,
                subject,
                agreement,
                lives.random.choice(("open", "paid", "written_off")),
            )
        if is_erased:
            erased = lives.moments(until + ERASED_AFTER - 15, 200)
            self.retail.add("erasure", subject, lives.words.relation_class, erased)
        elif self._chance(0.2):
            lives.ban(self.retail, subject)

    def prospect(self) -> None:
        """Has left a name at an event, and said yes."""
        lives, human, since = self.lives, self.humans.human(), -self.lives.days(10, 700)
        subject = lives.known(self.retail, human, since)
        lives.reachable(self.retail, subject, human, since)
        lives.consents(self.retail, subject, since=since)
        if self._chance(0.1):
            lives.ban(self.retail, subject)

    def representative(self) -> None:
        """Stands for companies and has no agreement."""
        lives, human, since = self.lives, self.humans.human(), -self.lives.days(30, 2_000)
        subject = lives.known(self.retail, human, since)
        lives.phone(self.retail, subject, human.phone, lives.moments(since))
        lives.email(self.retail, subject, human.email, lives.moments(since))
        self.representatives.append(subject)

    def preparing(self) -> None:
        """Has asked for an agreement that begins later."""
        term = Term(-self.lives.days(1, 12), self.lives.days(1, 45))
        human, home = self.humans.human(), self.humans.home()
        self._holder(human, home, term)
        if self._has_twin():
            self._twin(human, home, term)

    def cancelled(self) -> None:
        """Had an agreement that never came into force, some undone after its start."""
        asked = -self.lives.days(5, 900)
        since = asked + self.lives.days(3, 30)
        until = min(since, asked + self.lives.days(1, 30))
        self._holder(self.humans.human(), self.humans.home(), Term(asked, since, until, "cancelled"))

    def estate(self) -> None:
        """Has died; the estate holds the agreement."""
        lives, term = self.lives, self._begun()
        human, home = self.humans.human(), self.humans.home()
        subject, agreement = self._holder(human, home, term)
        died = lives.days(max(term.since, -1_200), -1)
        decided: tuple[datetime | None, str | None] = (None, None)
        if self._chance(0.8):
            decided = (lives.moments(died // 2, 640), "confirmed")
        claimed = lives.moments(min(-1, died + 1), 600)
        if decided[0]:
            decided = (max(decided[0], claimed), "confirmed")
        told = (claimed, *decided, lives.moments(died), None)
        self.retail.add("subject_status", subject, "estate", *told)
        self._owes(subject, agreement)

    def minor(self) -> None:
        """Is under age and was met at an event."""
        lives, since = self.lives, -self.lives.days(5, 300)
        human = self.humans.human(minor=True)
        subject = lives.known(self.retail, human, since)
        lives.email(self.retail, subject, human.email, lives.moments(since))
        decided = self._decided(since)
        told = (lives.moments(since, 600), *decided, lives.moments(since), lives.moments(390))
        self.retail.add("subject_status", subject, "minor", *told)
        lives.consents(self.retail, subject, since=since)

    def _decided(self, since: int) -> tuple[datetime | None, str | None]:
        """Whether a claim was decided, and how."""
        if self._chance(0.4):
            return None, None
        decision = "rejected" if self._chance(0.15) else "confirmed"
        return self.lives.moments(since // 2, 700), decision

    def _has_twin(self) -> bool:
        return self.lives.words.has_wall and self._chance(TWINS)

    def _chance(self, share: float) -> bool:
        return self.lives.chance(share)

    def _begun(self) -> Term:
        since = -self.lives.days(30, LONGEST)
        return Term(since - self.lives.days(5, 40), since)

    def _holder(self, human: Human, home: Home, term: Term) -> tuple[int, int]:
        lives = self.lives
        subject = lives.known(self.retail, human, term.asked)
        lives.lives(self.retail, subject, home, term.since)
        lives.reachable(self.retail, subject, human, term.asked)
        if self._chance(0.6):
            lives.identified(self.retail, subject, human)
        return subject, self._sale(subject, home, term)

    def _sale(self, subject: int, home: Home, term: Term, point: int | None = None) -> int:
        lives, words, retail = self.lives, self.lives.words, self.retail
        if point is None:
            point = retail.point(numbers.gsrn(home.point), "sale")
        agreement = lives.agreement(retail, subject, words.retail, "sale", point, term=term)
        if self._chance(0.06):
            lives.agreement(retail, subject, words.services, "service", None, term=term)
        if self._chance(0.1) and term.until is None:
            heated = retail.point(numbers.gsrn(home.point), "heat")
            lives.agreement(retail, subject, words.retail, "heat", heated, term=term)
        return agreement

    def _twin(self, human: Human, home: Home, term: Term) -> tuple[int, int]:
        lives, network = self.lives, self.network
        subject = lives.known(network, human, term.asked)
        point = network.point(numbers.gsrn(home.point), "network")
        lives.address(network, subject, "point", home, since=term.since, point=point)
        if self._chance(0.7):
            lives.phone(network, subject, human.phone, lives.moments(term.asked))
        if self._chance(0.5):
            lives.identified(network, subject, human)
        agreement = lives.agreement(network, subject, lives.words.network, "network", point, term=term)
        if self._chance(0.3):
            lives.owes(network, subject, agreement, "paid")
        return subject, agreement

    def _owes(self, subject: int, agreement: int) -> None:
        lives = self.lives
        if self._chance(0.55):
            state = lives.random.choices(STATES, cum_weights=STATE_WEIGHTS)[0]
            lives.owes(self.retail, subject, agreement, state)

    def _says(self, subject: int, since: int) -> None:
        """What customers say about their own data, and when they call."""
        lives, retail = self.lives, self.retail
        asked = self._chance(0.15)
        lives.consents(retail, subject, since=max(since, -1_000), asked=asked)
        said = lives.random.choices(SAYS, cum_weights=SAYS_WEIGHTS)[0]
        if said == "ban":
            lives.ban(retail, subject)
        elif said == "objection":
            lives.objects(retail, subject)
        elif said == "restriction":
            lives.restricts(retail, subject)
        elif said == "turvakielto":
            lives.protected(retail, subject, -lives.days(10, 2_500))
        elif said == "call":
            lives.is_called(retail, subject, is_open=self._chance(0.1))
        elif said == "misuse":
            opened = -lives.days(3, 300)
            closed = lives.moments(opened // 2) if self._chance(0.5) else None
            retail.case(subject, "misuse_case", "case", lives.moments(opened), closed)
