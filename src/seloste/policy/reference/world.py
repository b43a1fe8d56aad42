"""A world: everything that is known about some subjects, as plain facts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import TypeVar


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A row that decides: about whom, and when it was known."""

    id: int
    subject_id: int
    recorded_at: datetime
    superseded_at: datetime | None = None

    def known(self, at: datetime | None) -> bool:
        """Whether it was known at a moment; None means now, with all that is recorded."""
        if at is None:
            return self.superseded_at is None
        return self.recorded_at <= at and (self.superseded_at is None or self.superseded_at > at)


AnyFact = TypeVar("AnyFact", bound=Fact)


@dataclass(frozen=True, kw_only=True)
class Lasting(Fact):
    """A fact that is valid for a while."""

    valid_from: datetime
    valid_until: datetime | None = None

    def valid(self, at: datetime) -> bool:
        """Whether it is valid at a moment."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, kw_only=True)
class Status(Lasting):
    """Minority or estate, claimed and perhaps decided."""

    status: str
    claimed_at: datetime
    decided_at: datetime | None = None
    decision: str | None = None


@dataclass(frozen=True, kw_only=True)
class Representation(Lasting):
    """A human who represents an organisation."""

    organisation_id: int
    role: str = "contact"


@dataclass(frozen=True, kw_only=True)
class Turvakielto(Lasting):
    """Protection of an address."""


@dataclass(frozen=True, kw_only=True)
class Period(Fact):
    """A period of an agreement, held by its subject."""

    agreement_id: int
    controller: str
    kind: str
    requested_at: datetime
    valid_from: datetime
    valid_until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it was cancelled before it began."""
        return self.valid_until is not None and self.valid_until <= self.valid_from


@dataclass(frozen=True, kw_only=True)
class Preparation(Lasting):
    """An agreement that is being prepared with somebody new."""

    controller: str


@dataclass(frozen=True, kw_only=True)
class Party(Lasting):
    """A co-holder of an agreement."""

    agreement_id: int
    controller: str


@dataclass(frozen=True, kw_only=True)
class Consent(Fact):
    """A consent in a wording."""

    purpose: str
    channel: str | None
    wording: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Ban(Lasting):
    """A ban on marketing."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class Objection(Fact):
    """An objection, perhaps decided."""

    purpose: str
    received_at: datetime
    decided_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class Restriction(Lasting):
    """A restriction by categories, by purposes, or of everything."""

    categories: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Receivable(Lasting):
    """A receivable in a state."""

    controller: str
    due_at: datetime
    state: str


@dataclass(frozen=True, kw_only=True)
class Erasure(Fact):
    """A retention class that was erased."""

    retention_class: str
    erased_at: datetime


@dataclass(frozen=True, kw_only=True)
class Merge(Lasting):
    """That a record and another, its root, are of one human."""

    into_id: int


@dataclass(frozen=True)
class Subject:
    """A person or organisation on a side."""

    id: int
    side: str
    kind: str


@dataclass(frozen=True)
class Row:
    """A row of a table: whose (or nobody's), of which category, and of which controller and agreement if of any."""

    table: str
    id: int
    subject_id: int | None
    category: str
    controller: str | None = None
    agreement_id: int | None = None


CLOSING = ("statuses", "turvakiellot", "bans", "objections", "restrictions")
"""What closes all records of a human when it is about one; what opens, opens its own."""


@dataclass(frozen=True, eq=False)
class World:
    """Subjects, facts and rows."""

    subjects: tuple[Subject, ...] = ()
    statuses: tuple[Status, ...] = ()
    representations: tuple[Representation, ...] = ()
    turvakiellot: tuple[Turvakielto, ...] = ()
    periods: tuple[Period, ...] = ()
    preparations: tuple[Preparation, ...] = ()
    parties: tuple[Party, ...] = ()
    consents: tuple[Consent, ...] = ()
    bans: tuple[Ban, ...] = ()
    objections: tuple[Objection, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    receivables: tuple[Receivable, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    merges: tuple[Merge, ...] = ()
    rows: tuple[Row, ...] = ()

    def about(self, subject_id: int, known: datetime | None = None) -> World:
        """This will keep what is about a subject and was known: its own facts, and the agreements that
        it shares or that an organisation holds which it represents.
        """
        asked = (subject_id, known)
        if asked not in self._kept:
            self._kept[asked] = self._about(subject_id, known)
        return self._kept[asked]

    @cached_property
    def _kept(self) -> dict[tuple[int, datetime | None], World]:
        return {}

    def _about(self, subject_id: int, known: datetime | None) -> World:
        def own(facts: tuple[AnyFact, ...]) -> tuple[AnyFact, ...]:
            return tuple(f for f in facts if f.subject_id == subject_id and f.known(known))

        parties, representations = own(self.parties), own(self.representations)
        shared = {party.agreement_id for party in parties}
        holders = {subject_id, *(standing.organisation_id for standing in representations)}
        return World(
            subjects=tuple(subject for subject in self.subjects if subject.id == subject_id),
            statuses=own(self.statuses),
            representations=representations,
            turvakiellot=own(self.turvakiellot),
            periods=tuple(
                period
                for period in self.periods
                if (period.subject_id in holders or period.agreement_id in shared) and period.known(known)
            ),
            preparations=own(self.preparations),
            parties=parties,
            consents=own(self.consents),
            bans=own(self.bans),
            objections=own(self.objections),
            restrictions=own(self.restrictions),
            receivables=own(self.receivables),
            erasures=own(self.erasures),
            merges=tuple(
                merge
                for merge in self.merges
                if subject_id in {merge.subject_id, merge.into_id} and merge.known(known)
            ),
        )

    def records(self, subject_id: int, at: datetime | None, known: datetime | None = None) -> frozenset[int]:
        """This will tell which records are of one human with a subject's, its own among them; `at` None: ever."""
        pairs = [
            {merge.subject_id, merge.into_id}
            for merge in self.merges
            if merge.known(known) and (at is None or merge.valid(at))
        ]
        found = {subject_id}
        while joined := [pair for pair in pairs if len(pair & found) == 1]:
            found.update(*joined)
        return frozenset(found)

    def together(self, subject_id: int, at: datetime, known: datetime | None = None) -> World:
        """This will keep what closes any record of a subject's human, and so closes all of them."""
        return self._of(self.records(subject_id, at, known), known, CLOSING)

    def around(self, subject_id: int, known: datetime | None = None) -> World:
        """This will keep whatever may matter to a subject at some moment."""
        every = tuple(one.name for one in fields(self))
        return self._of(self.records(subject_id, None, known), known, every)

    def _of(self, records: frozenset[int], known: datetime | None, names: tuple[str, ...]) -> World:
        each = [self.about(record, known) for record in sorted(records)]
        if len(each) == 1:
            return each[0]
        return World(**{name: tuple(fact for one in each for fact in getattr(one, name)) for name in names})

    def moments(self) -> set[datetime]:
        """Every moment that stands in a fact."""
        return {
            value
            for one in fields(self)
            for fact in getattr(self, one.name)
            for value in vars(fact).values()
            if isinstance(value, datetime)
        }
