"""The judge: may this purpose, for these controllers, over this channel, touch this subject then?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from seloste.kernel.periods import finnish_midnight
from seloste.policy.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from seloste.kernel.periods import Duration
    from seloste.notice import Notice
    from seloste.notice.purposes import Basis, Purpose

    from .world import Period, Row, Subject, World


@dataclass(frozen=True)
class Question:
    """One question of a notice: a purpose on one of its bases, for some controllers, over a channel."""

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


class Judge:
    """Judges by one notice.

    Law: GDPR 6, 17, 18, 21; SVPL 200. Notice: purposes, arrangement, interests, consents, categories.
    """

    def __init__(self, notice: Notice) -> None:
        """By the words of `notice` alone."""
        self.notice = notice

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions that the notice answers."""
        return tuple(self._questions())

    def _questions(self) -> Iterator[Question]:
        for name, purpose in self.notice.purposes.items():
            for scope, controllers, sides in self._scopes(purpose):
                for channel in self._channels(purpose):
                    for number, basis in enumerate(purpose.bases):
                        if not basis.channels or channel in basis.channels:
                            yield Question(name, scope, controllers, sides, channel, number)

    def _scopes(self, purpose: Purpose) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
        if purpose.across_walls:
            yield "all", frozenset(purpose.controllers), frozenset(self.notice.sides())
            return
        for side, members in self.notice.sides().items():
            serving = frozenset(members) & frozenset(purpose.controllers)
            if serving and purpose.shared:
                yield side, serving, frozenset({side})
            elif serving:
                for controller in serving:
                    yield controller, frozenset({controller}), frozenset({side})

    def _channels(self, purpose: Purpose) -> tuple[str | None, ...]:
        told_apart = purpose.marketing or any(basis.channels for basis in purpose.bases)
        return tuple(purpose.channels) if told_apart and purpose.channels else (None,)

    def judge(
        self, world: World, question: Question, subject_id: int, at: datetime, known: datetime | None = None
    ) -> Verdict:
        """This will answer a question about a subject, as of `at`, by what was known at `known`.

        `world` may be the whole one or what `World.about` keeps of it.
        """
        reason = self.reason(world, question, subject_id, at, known)
        later = (moment for moment in sorted(self.boundaries(world)) if moment > at)
        return Verdict.told(
            reason,
            self.notice.purposes[question.purpose].bases[question.basis].kind,
            notice=self.notice.hash,
            until=next(
                (m for m in later if self.reason(world, question, subject_id, m, known) != reason), None
            ),
            basis=question.basis,
            channel=question.channel,
        )

    def reason(
        self, world: World, question: Question, subject_id: int, at: datetime, known: datetime | None = None
    ) -> Reason:
        """This will tell the first rule that closes, or that none does."""
        purpose = self.notice.purposes[question.purpose]
        basis = purpose.bases[question.basis]
        subject = next((s for s in world.subjects if s.id == subject_id), None)
        if not self._in_force(purpose, basis, at):
            return Reason.NOT_IN_FORCE
        if subject is None or subject.side not in question.sides:
            return Reason.UNKNOWN
        if not self._in_group(purpose, basis, subject):
            return Reason.NOT_IN_GROUP
        for reason, closed in (
            (Reason.ERASED, self._erased(world, purpose, basis, at, known)),
            (Reason.RESTRICTED, self._restricted(world, purpose, at, known)),
            (Reason.MINOR, self._refuses_minor(purpose) and self._is(world, "minor", at, known)),
            (Reason.ESTATE, purpose.marketing and self._is(world, "estate", at, known)),
            (Reason.OBJECTION, self._objected(world, purpose, basis, at, known)),
            (Reason.BAN, self._banned(world, purpose, question.channel, at, known)),
            (Reason.PROTECTED_ADDRESS, question.channel == "letter" and self._guarded(world, purpose, at, known)),
        ):
            if closed:
                return reason
        return self._carried(world, question, basis, subject_id, at, known)

    def _in_force(self, purpose: Purpose, basis: Basis, at: datetime) -> bool:
        head = self.notice.notice
        starts = [head.in_force_from, purpose.valid_from, basis.valid_from]
        ends = [head.in_force_until, purpose.valid_until, basis.valid_until]
        return all(_begun(day, at) for day in starts) and not any(
            day is not None and _begun(day, at) for day in ends
        )

    def _in_group(self, purpose: Purpose, basis: Basis, subject: Subject) -> bool:
        def holds(groups: tuple[str, ...]) -> bool:
            return any(subject.kind in self.notice.subject_groups[group].kinds for group in groups)

        return holds(purpose.subject_groups) and (not basis.subject_groups or holds(basis.subject_groups))

    def _erased(
        self, world: World, purpose: Purpose, basis: Basis, at: datetime, known: datetime | None
    ) -> bool:
        if basis.kind == "legal_obligation" or purpose.despite_erasure:
            return False
        return any(
            e.known(known) and e.erased_at <= at and self._ends_relation(e.retention_class)
            for e in world.erasures
        )

    def _ends_relation(self, name: str) -> bool:
        kept = self.notice.retention.get(name)
        return kept is not None and kept.ends_relation

    @staticmethod
    def _restricted(world: World, purpose: Purpose, at: datetime, known: datetime | None) -> bool:
        if purpose.despite_restriction:
            return False
        return any(
            (not r.categories and not r.purposes) or purpose.key in r.purposes
            for r in world.restrictions
            if r.known(known) and r.valid(at)
        )

    @staticmethod
    def _refuses_minor(purpose: Purpose) -> bool:
        return purpose.minors == "refused" if purpose.minors else purpose.marketing

    @staticmethod
    def _is(world: World, status: str, at: datetime, known: datetime | None) -> bool:
        return any(
            s.status == status and s.decision != "rejected" and s.known(known) and s.valid(at)
            for s in world.statuses
        )

    @staticmethod
    def _objected(
        world: World, purpose: Purpose, basis: Basis, at: datetime, known: datetime | None
    ) -> bool:
        against = {purpose.key, *purpose.objections}
        received = [
            o for o in world.objections if o.known(known) and o.purpose in against and o.received_at <= at
        ]
        if purpose.marketing:
            return bool(received)
        if basis.kind not in {"legitimate_interest", "public_interest"}:
            return False
        for objection in received:
            decided = objection.decided_at is not None and objection.decided_at <= at
            if decided and objection.outcome == "upheld":
                return True
            if not decided and purpose.continues_while_pending is None:
                return True
        return False

    @staticmethod
    def _banned(
        world: World, purpose: Purpose, channel: str | None, at: datetime, known: datetime | None
    ) -> bool:
        if not purpose.marketing or channel is None:
            return False
        return any(b.channel in {channel, "all"} for b in world.bans if b.known(known) and b.valid(at))

    @staticmethod
    def _guarded(world: World, purpose: Purpose, at: datetime, known: datetime | None) -> bool:
        if purpose.sees_protected_addresses:
            return False
        return any(t.known(known) and t.valid(at) for t in world.turvakiellot)

    def _carried(
        self, world: World, question: Question, basis: Basis, subject_id: int, at: datetime, known: datetime | None
    ) -> Reason:
        """Whether the basis itself holds; an interest must moreover have been weighed in time."""
        if basis.kind == "consent":
            held = self._consented(world, question, basis, at, known)
            return Reason.OPEN if held else Reason.NO_CONSENT
        if basis.kind == "contract":
            held = self._agreed(world, question, basis, subject_id, at, known)
            return Reason.OPEN if held else Reason.NO_AGREEMENT
        held = {
            "always": lambda: True,
            "agreement": lambda: self._agreed(world, question, basis, subject_id, at, known),
            "receivable": lambda: self._owing(world, question, basis, at, known),
            "overdue": lambda: self._overdue(world, question, at, known),
        }.get(basis.while_ or "", lambda: False)()
        if not held:
            return Reason.NOT_WHILE
        return Reason.INTEREST_LAPSED if self._lapsed(basis, at) else Reason.OPEN

    def _lapsed(self, basis: Basis, at: datetime) -> bool:
        interest = self.notice.interests.get(basis.interest or "")
        if basis.kind != "legitimate_interest" or interest is None or interest.balancing_test is None:
            return False
        lapses = interest.balancing_test.lapses_on()
        return lapses is not None and finnish_midnight(lapses) <= at

    def _consented(
        self, world: World, question: Question, basis: Basis, at: datetime, known: datetime | None
    ) -> bool:
        for c in world.consents:
            wording = self.notice.consents.get(c.wording)
            if c.wording not in basis.consents or wording is None or c.purpose != question.purpose:
                continue
            if question.channel is not None and question.channel not in wording.channels:
                continue
            in_use = _begun(wording.valid_from, at) and not (
                wording.valid_until is not None and _begun(wording.valid_until, at)
            )
            given = c.known(known) and c.given_at <= at and not _over(c.withdrawn_at, at) and not _over(c.valid_until, at)
            if in_use and given and c.channel in {None, question.channel}:
                return True
        return False

    def _agreed(
        self, world: World, question: Question, basis: Basis, subject_id: int, at: datetime, known: datetime | None
    ) -> bool:
        """An agreement carries its holder, its co-holders, and whoever represents the holder."""
        for p in world.periods:
            if not p.known(known) or p.controller not in question.controllers:
                continue
            if basis.agreement_kinds and p.kind not in basis.agreement_kinds:
                continue
            if not _lasts(p, basis.tail, at):
                continue
            if p.subject_id == subject_id:
                return True
            if self._party(world, p, basis.tail, at, known) or self._represents(world, p, at, known):
                return True
        return False

    @staticmethod
    def _party(
        world: World, period: Period, tail: Duration | None, at: datetime, known: datetime | None
    ) -> bool:
        empty = period.valid_until is not None and period.valid_until <= period.valid_from
        return any(
            j.agreement_id == period.agreement_id
            and j.known(known)
            and j.valid_from <= at
            and not _over(j.valid_until, at, None if empty else tail)
            for j in world.parties
        )

    @staticmethod
    def _represents(world: World, period: Period, at: datetime, known: datetime | None) -> bool:
        return any(
            r.organisation_id == period.subject_id and r.known(known) and r.valid(at)
            for r in world.representations
        )

    @staticmethod
    def _owing(
        world: World, question: Question, basis: Basis, at: datetime, known: datetime | None
    ) -> bool:
        return any(
            v.controller in question.controllers
            and v.known(known)
            and v.valid(at)
            and v.state != "written_off"
            and (basis.tail is None or not _over(v.due_at, at, basis.tail))
            for v in world.receivables
        )

    @staticmethod
    def _overdue(world: World, question: Question, at: datetime, known: datetime | None) -> bool:
        return any(
            v.controller in question.controllers
            and v.known(known)
            and v.valid(at)
            and v.state in {"open", "in_collection"}
            and v.due_at <= at
            for v in world.receivables
        )

    def row_open(self, world: World, login: str, row: Row, at: datetime, known: datetime | None = None) -> bool:
        """This will say whether a login may see a row: some question of it must be open, and the row within it."""
        holders = [row.subject_id]
        if row.table in {"agreement", "agreement_period"}:
            holders += [
                j.subject_id for j in world.parties if j.agreement_id == row.agreement_id and j.known(None)
            ]
        return any(
            self._row_of(world.about(holder), question, row, holder, at, known)
            for holder in dict.fromkeys(holders)
            for question in self.questions
            if question.login == login
        )

    def _row_of(
        self, world: World, question: Question, row: Row, holder: int, at: datetime, known: datetime | None
    ) -> bool:
        purpose = self.notice.purposes[question.purpose]
        category = self.notice.categories[row.category]
        if row.category not in {*purpose.categories, *purpose.writes, *purpose.erases}:
            return False
        if row.controller is not None and row.controller not in question.controllers:
            return False
        if purpose.channels and category.channels:
            reached = {question.channel} if question.channel else set(purpose.channels)
            if not reached & set(category.channels):
                return False
        if category.address_bearing and self._guarded(world, purpose, at, known):
            return False
        if not purpose.despite_restriction and any(
            row.category in r.categories for r in world.restrictions if r.known(known) and r.valid(at)
        ):
            return False
        if any(
            e.known(known) and e.erased_at <= at and e.retention_class == category.retention
            for e in world.erasures
        ):
            return False
        return self.reason(world, question, holder, at, known) is Reason.OPEN

    def boundaries(self, world: World) -> set[datetime]:
        """This will list every moment at which an answer about these subjects may change."""
        found = world.moments()
        tails = {b.tail for p in self.notice.purposes.values() for b in p.bases if b.tail}
        ends = [p.valid_until for p in (*world.periods, *world.parties) if p.valid_until]
        ends += [v.due_at for v in world.receivables]
        found |= {tail.add_to(end) for tail in tails for end in ends}
        days = [self.notice.notice.in_force_from, self.notice.notice.in_force_until]
        days += [w for c in self.notice.consents.values() for w in (c.valid_from, c.valid_until)]
        for purpose in self.notice.purposes.values():
            days += [purpose.valid_from, purpose.valid_until]
        for interest in self.notice.interests.values():
            if interest.balancing_test:
                days.append(interest.balancing_test.lapses_on())
        return found | {finnish_midnight(day) for day in days if day is not None and not isinstance(day, str)}


def _begun(day: date | str | None, at: datetime) -> bool:
    """Whether a day of the notice has begun in Finland; one that is not told or unknown bounds nothing."""
    return day is None or isinstance(day, str) or finnish_midnight(day) <= at


def _over(end: datetime | None, at: datetime, tail: Duration | None = None) -> bool:
    """Whether an end, with its tail, has passed."""
    return end is not None and (tail.add_to(end) if tail else end) <= at


def _lasts(period: Period, tail: Duration | None, at: datetime) -> bool:
    """From the request until the end and its tail; one that was cancelled before it began has no tail."""
    empty = period.valid_until is not None and period.valid_until <= period.valid_from
    return period.requested_at <= at and not _over(period.valid_until, at, None if empty else tail)
