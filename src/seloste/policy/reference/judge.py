"""The judge: may this purpose, for these controllers, over this channel, touch this subject then?"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from seloste.kernel.periods import finnish_midnight
from seloste.policy.verdict import Reason, Verdict

from .questions import Question, questions
from .rules import RULES, Case, guarded, interest_lapsed, not_in_force
from .world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from seloste.notice import Notice

    from .world import Row

SHARED = frozenset({"agreement", "agreement_period", "metering_point"})
"""Tables whose rows are open when the holder of their agreement is, or any co-holder."""


class Judge:
    """Judges by one notice. Everywhere, `known` None means: by all that is known.

    Law: GDPR 6, 17, 18, 21; SVPL 200. Notice: purposes, arrangement, interests, consents, categories.
    """

    def __init__(self, notice: Notice) -> None:
        """By the words of `notice` alone."""
        self.notice = notice

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions that the notice answers."""
        return tuple(questions(self.notice))

    def reason(
        self, world: World, question: Question, subject_id: int, at: datetime, known: datetime | None = None
    ) -> Reason:
        """This will tell the first rule that closes, or that none does; at `at`, by what was known."""
        purpose = self.notice.purposes[question.purpose]
        facts = world.about(subject_id, known)
        subject = facts.subjects[0] if facts.subjects else None
        together = world.together(subject_id, at, known)
        case = Case(
            self.notice, question, purpose, purpose.bases[question.basis], subject, facts, together, at
        )
        return next((reason for reason, closes in RULES if closes(case)), Reason.OPEN)

    def judge(
        self, world: World, question: Question, subject_id: int, at: datetime, known: datetime | None = None
    ) -> Verdict:
        """This will answer a question about a subject, with its reason and until when the answer holds."""
        reason = self.reason(world, question, subject_id, at, known)
        later = (moment for moment in self.boundaries(world.around(subject_id, known)) if moment > at)
        return Verdict.told(
            reason,
            self.notice.purposes[question.purpose].bases[question.basis].kind,
            notice=self.notice.hash,
            until=next(
                (m for m in later if self.reason(world, question, subject_id, m, known) is not reason), None
            ),
            basis=question.basis,
            channel=question.channel,
        )

    def subject_open(
        self, world: World, login: str, subject_id: int, at: datetime, known: datetime | None = None
    ) -> bool:
        """This will say whether a login may see a subject: any question of the login's is enough."""
        return any(
            self.reason(world, question, subject_id, at, known) is Reason.OPEN
            for question in self.questions
            if question.login == login
        )

    def row_open(
        self, world: World, login: str, row: Row, at: datetime, known: datetime | None = None
    ) -> bool:
        """This will say whether a login may see a row: a question must be open, and the row to it."""
        if row.table == "subject":
            return self.subject_open(world, login, row.id, at, known)
        if row.subject_id is None:
            return any(
                self._reaches(question, row) and self._holds(question, at)
                for question in self.questions
                if question.login == login
            )
        holders = {row.subject_id}
        if row.table in SHARED:
            holders |= {
                party.subject_id
                for party in world.parties
                if party.agreement_id == row.agreement_id and party.known(known)
            }
        return any(
            self._reaches(question, row)
            and not self._closed(
                world.about(holder, known), world.together(holder, at, known), question, row, at
            )
            and self.reason(world, question, holder, at, known) is Reason.OPEN
            for holder in holders
            for question in self.questions
            if question.login == login
        )

    def _holds(self, question: Question, at: datetime) -> bool:
        """Whether a question is asked at all then, whomever it is about."""
        purpose = self.notice.purposes[question.purpose]
        case = Case(self.notice, question, purpose, purpose.bases[question.basis], None, World(), World(), at)
        return not (not_in_force(case) or interest_lapsed(case))

    def _reaches(self, question: Question, row: Row) -> bool:
        """Whether such rows are for such a question at all: by category, controller and channel."""
        purpose, category = self.notice.purposes[question.purpose], self.notice.categories[row.category]
        kept = {*purpose.writes, *purpose.erases}
        if row.category not in {*purpose.categories, *kept}:
            return False
        if row.table == "search_token" and not purpose.finds and row.category not in kept:
            return False
        if row.controller is not None and row.controller not in question.controllers:
            return False
        channels = {question.channel} if question.channel else set(purpose.channels)
        return not purpose.channels or not category.channels or bool(channels & set(category.channels))

    def _closed(self, facts: World, together: World, question: Question, row: Row, at: datetime) -> bool:
        """Whether the row is closed by a fact about its holder, though the question may be open."""
        purpose, category = self.notice.purposes[question.purpose], self.notice.categories[row.category]
        return (
            (category.address_bearing and guarded(purpose, together, at))
            or any(e.retention_class == category.retention and e.erased_at <= at for e in facts.erasures)
            or (
                not purpose.despite_restriction
                and any(row.category in r.categories and r.valid(at) for r in together.restrictions)
            )
        )

    def boundaries(self, world: World) -> list[datetime]:
        """This will list, in order, every moment at which an answer about the world's subjects may change."""
        bases = [basis for purpose in self.notice.purposes.values() for basis in purpose.bases]
        tails = {basis.tail for basis in bases if basis.tail}
        ends = {period.valid_until for period in world.periods}
        ends |= {party.valid_until for party in world.parties}
        ends |= {owed.due_at for owed in world.receivables}
        tailing = {tail.add_to(end) for tail in tails for end in ends if end is not None}
        days = {finnish_midnight(day) for day in self._days() if isinstance(day, date)}
        return sorted(world.moments() | tailing | days)

    def _days(self) -> Iterator[date | str | None]:
        """The days of the notice on which something begins or ends."""
        yield from (self.notice.notice.in_force_from, self.notice.notice.in_force_until)
        bases = (basis for purpose in self.notice.purposes.values() for basis in purpose.bases)
        for part in (*self.notice.purposes.values(), *bases, *self.notice.consents.values()):
            yield from (part.valid_from, part.valid_until)
        for interest in self.notice.interests.values():
            yield interest.balancing_test.lapses_on() if interest.balancing_test else None
