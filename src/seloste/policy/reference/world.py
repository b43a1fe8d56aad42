"""A world: everything that is known about some subjects, as plain facts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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


@dataclass(frozen=True)
class Subject:
    """A person or organisation on a side."""

    id: int
    side: str
    kind: str


@dataclass(frozen=True)
class Row:
    """A row of a table: whose, of which category, of which controller; `holders` for what several share."""

    table: str
    id: int
    subject_id: int
    category: str
    controller: str | None = None
    agreement_id: int | None = None


@dataclass(frozen=True)
class World:
    """Subjects, facts and rows."""

    subjects: tuple[Subject, ...]
    statuses: tuple[Status, ...] = ()
    representations: tuple[Representation, ...] = ()
    turvakiellot: tuple[Turvakielto, ...] = ()
    periods: tuple[Period, ...] = ()
    parties: tuple[Party, ...] = ()
    consents: tuple[Consent, ...] = ()
    bans: tuple[Ban, ...] = ()
    objections: tuple[Objection, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    receivables: tuple[Receivable, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    rows: tuple[Row, ...] = field(default=())

    def about(self, subject_id: int) -> World:
        """This will keep what is about one subject; agreements of those it stands beside stay whole."""
        held = {p.agreement_id for p in self.parties if p.subject_id == subject_id}
        represented = {r.organisation_id for r in self.representations if r.subject_id == subject_id}
        kept = {}
        for one in fields(self):
            rows = getattr(self, one.name)
            if one.name == "subjects":
                kept[one.name] = tuple(s for s in rows if s.id == subject_id)
            elif one.name == "periods":
                kept[one.name] = tuple(
                    p
                    for p in rows
                    if p.subject_id == subject_id or p.agreement_id in held or p.subject_id in represented
                )
            else:
                kept[one.name] = tuple(r for r in rows if r.subject_id == subject_id)
        return World(**kept)

    def moments(self) -> set[datetime]:
        """Every moment that stands in a fact."""
        found = set()
        for one in fields(self):
            for fact in getattr(self, one.name):
                for name in getattr(fact, "__dataclass_fields__", {}):
                    value = getattr(fact, name)
                    if hasattr(value, "tzinfo"):
                        found.add(value)
        return found
