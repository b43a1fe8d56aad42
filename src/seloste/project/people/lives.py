"""What somebody is to the companies: rows for one human on one side of the wall or on both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.project.people import numbers

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from seloste.project.people.humans import Home, Human
    from seloste.project.people.moments import Moments
    from seloste.project.people.tables import Batch, Side, Words

NUMBERS_A_BATCH = 50_000
LONGEST = 4_000
"""Days since which somebody can have been a customer."""
END_REASONS = ("move_out", "notice", "switch")
BANNED = ("all", "phone", "email", "letter", "sms")
BANNED_WEIGHTS = (35, 65, 82, 92, 100)


@dataclass(frozen=True, slots=True)
class Term:
    """When an agreement holds, in days from today: asked for, from, until and why."""

    asked: int
    since: int
    until: int | None = None
    reason: str | None = None


class Lives:
    """Adds what humans are and have said to a batch."""

    def __init__(self, random: Random, batch: Batch, number: int, words: Words, moments: Moments) -> None:
        """`number`: the batch's own, from which agreements and receivables are numbered."""
        self.random = random
        self.batch = batch
        self.words = words
        self.moments = moments
        self._agreements = self._receivables = number * NUMBERS_A_BATCH

    def days(self, least: int, most: int) -> int:
        """This will draw a number of days."""
        return least + int(self.random.random() * (most - least))

    def chance(self, share: float) -> bool:
        """This will draw whether something holds that holds for such a share of people."""
        return self.random.random() < share

    def known(self, side: Side, human: Human, since: int) -> int:
        """This will let a side know a human by name."""
        return side.person(human.given, human.family, human.language, self.moments(since))

    def reachable(self, side: Side, subject: int, human: Human, since: int) -> None:
        """This will give a human's telephone number, e-mail address or both."""
        at = self.moments(since)
        if self.chance(0.9):
            self.phone(side, subject, human.phone, at)
        if self.chance(0.7):
            self.email(side, subject, human.email, at)

    def phone(self, side: Side, subject: int, number: str, at: datetime) -> None:
        """This will give a telephone number, as said and as dialled."""
        side.add("contact_point", subject, "phone", number, numbers.as_said(number), at, None)

    def email(self, side: Side, subject: int, address: str, at: datetime) -> None:
        """This will give an e-mail address."""
        side.add("contact_point", subject, "email", address, address, at, None)

    def lives(self, side: Side, subject: int, home: Home, since: int, *, until: int | None = None) -> None:
        """This will say where somebody lives and how."""
        self.address(side, subject, "home", home, since=since, until=until)
        side.add("housing_form", subject, home.form)

    def address(
        self,
        side: Side,
        subject: int,
        kind: str,
        home: Home,
        *,
        since: int,
        until: int | None = None,
        point: int | None = None,
    ) -> None:
        """This will add an address."""
        ends = None if until is None else self.moments(until)
        where = (home.street, home.postcode, home.city, "FI")
        side.add("address", subject, kind, *where, point, self.moments(since), ends)

    def identified(self, side: Side, subject: int, human: Human) -> None:
        """This will note a personal identity code, to be sealed by whoever loads it."""
        side.hetu(subject, human.hetu)

    def agreement(
        self, side: Side, subject: int, controller: str, kind: str, point: int | None, *, term: Term
    ) -> int:
        """This will make an agreement with its period; the point is there already."""
        self._agreements += 1
        rows = side.rows["agreement"]
        key = len(rows)
        rows.append((key, f"{self._agreements:010}", subject, side.key, controller, kind, point))
        until = None if term.until is None else self.moments(term.until)
        side.add(
            "agreement_period",
            key,
            subject,
            controller,
            kind,
            point,
            self.moments(term.asked, 600),
            self.moments(term.since),
            until,
            term.reason,
        )
        return key

    def party(self, side: Side, agreement: int, subject: int, since: int) -> None:
        """This will let somebody hold an agreement together with its holder."""
        controller = side.rows["agreement"][agreement][4]
        side.add("agreement_party", agreement, subject, controller, self.moments(since), None)

    def owes(self, side: Side, subject: int, agreement: int, state: str) -> None:
        """This will book a receivable and what became of it."""
        self._receivables += 1
        booked = -self.days(20, 300)
        due = booked + 14
        if state == "fresh":
            booked, due, state = -self.days(1, 10), self.days(3, 14), "open"
        became = min(-1, due + self.days(-5, 40))
        cents = int(1_500 + self.random.random() ** 3 * 60_000)
        fixed = (
            f"{self._receivables:010}",
            subject,
            side.rows["agreement"][agreement][4],
            agreement,
            cents,
            self.moments(due),
        )
        if state == "open":
            side.add("receivable", *fixed, "open", self.moments(booked, 480), None)
        else:
            changed = self.moments(became, 700)
            side.add("receivable", *fixed, "open", self.moments(booked, 480), changed)
            side.add("receivable", *fixed, state, changed, None)

    def consents(self, side: Side, subject: int, *, since: int, asked: bool = True) -> None:
        """This will take down consents: some over one channel, some withdrawn, some run out.

        `asked` people have said something about marketing for sure.
        """
        words = self.words
        for purpose, wording, channels in words.consents:
            if not self.chance(0.6 if asked else 0.12):
                continue
            channel = self.random.choice((None, *channels)) if channels else None
            given = self.days(since, -1)
            withdrawn = self.moments(self.days(given, 0), 930) if self.chance(0.15) else None
            ends = self.moments(given + 730) if self.chance(0.2) else None
            side.add(
                "consent",
                subject,
                purpose,
                channel,
                wording,
                self.moments(given, 600),
                withdrawn,
                ends,
                f"form:{subject:06}",
                words.notice_hash,
            )

    def ban(self, side: Side, subject: int, channel: str | None = None) -> None:
        """This will set a ban; one in eight was lifted later."""
        channel = channel or self.random.choices(BANNED, cum_weights=BANNED_WEIGHTS)[0]
        since = -self.days(20, 1_500)
        lifted = self.moments(-self.days(1, 19)) if self.chance(0.12) else None
        side.add("ban", subject, channel, self.moments(since, 800), lifted, self.words.notice_hash)

    def objects(self, side: Side, subject: int) -> None:
        """This will take an objection down: pending, upheld or rejected."""
        if not self.words.objectable:
            return
        received = -self.days(2, 400)
        outcome = self.random.choice((None, "upheld", "rejected"))
        decided = self.moments(max(received + 1, received // 2), 900) if outcome else None
        purpose = self.random.choice(self.words.objectable)
        told = (self.moments(received, 700), decided, outcome, self.words.notice_hash)
        side.add("objection", subject, purpose, *told)

    def restricts(self, side: Side, subject: int) -> None:
        """This will restrict processing: altogether, of some categories or for some purposes."""
        words = self.words
        scope: tuple[list[str], list[str]] = self.random.choice(
            (
                ([], []),
                ([self.random.choice(words.categories)], []) if words.categories else ([], []),
                ([], [self.random.choice(words.objectable)]) if words.objectable else ([], []),
            )
        )
        ends = self.moments(-2) if self.chance(0.3) else None
        side.add("restriction", subject, *scope, self.moments(-self.days(5, 90), 500), ends)

    def protected(self, side: Side, subject: int, since: int, years: int = 5) -> None:
        """This will keep an address from leaving for some years."""
        until = self.moments(since + 365 * years)
        side.add("turvakielto", subject, self.moments(since), until)

    def is_called(self, side: Side, subject: int, *, is_open: bool = False) -> int:
        """This will note a call."""
        began = -self.days(1, 200)
        minutes = self.days(480, 1_000)
        closed = None if is_open else self.moments(began, minutes + self.days(2, 25))
        return side.case(subject, "interaction", "call", self.moments(began, minutes), closed)
