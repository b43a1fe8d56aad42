"""What a source system is asked, and what takes in what it brings.

A connector implements `SourceSystem`; each folder of the register that receives data implements `Sink`,
and the project wires both. Here no table above is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from seloste.kernel.periods import Duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

Scalar = str | int | bool | None


class Form(StrEnum):
    """How a field is kept: what its text must be, and what it becomes."""

    TEXT = "text"
    PHONE = "phone"
    EMAIL = "email"
    HETU = "hetu"
    BUSINESS_ID = "business_id"
    GSRN = "gsrn"
    REFERENCE = "reference"
    POSTCODE = "postcode"
    COUNTRY = "country"
    DAY = "day"
    CENTS = "cents"
    FLAG = "flag"
    WORD = "word"


@dataclass(frozen=True)
class Field:
    """A field of a category that can be brought; `words`: which there are; `required`: without it there is no value."""

    form: Form
    words: tuple[str, ...] = ()
    required: bool = False


Takes = dict[str, dict[str, Field]]
"""What can be brought: the fields of each category."""


@dataclass(frozen=True)
class Value:
    """What a row says of one category: each field as it is kept, and as given where that differs."""

    category: str
    kind: str
    fields: Mapping[str, Scalar]
    as_given: Mapping[str, str]

    @property
    def given(self) -> dict[str, str]:
        """Every field in the words of the source."""
        told = {name: str(value) for name, value in self.fields.items() if value is not None}
        return {**told, **self.as_given}


@dataclass(frozen=True)
class Record:
    """A row that was read whole; `key` is what the system calls the subject that it is about."""

    number: int
    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Refused:
    """A row that could not be read: why, in which column, and what stood there.

    `categories`: of which each cell is, so that what the notice keeps sealed waits sealed; none where each may be of any.
    """

    number: int
    key: str
    reason: str
    field: str | None
    given: Mapping[str, str]
    categories: Mapping[str, str] | None


@dataclass(frozen=True)
class Described:
    """A system as its connector knows it: its feeds by name, and what it cannot do and why, by language.

    `fields`: for each feed which of its columns is which category, with its kind and field.
    """

    system: str
    controller: str
    feeds: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, Mapping[str, str]]
    can: frozenset[str]
    cannot: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Correction:
    """A value that is right here and is to be written to the system which is its master."""

    source_key: str
    category: str
    kind: str
    value: Mapping[str, Scalar]


@dataclass(frozen=True)
class Receipt:
    """What a system answered to a correction; `done` is false where it only took it in."""

    reference: str
    at: datetime
    done: bool


TOO_LONG = timedelta(days=14)
"""How long a correction may wait at its master before somebody should ask there."""


UNFINISHED = ("staging", "validated", "applying", "rolling_back")
"""States of a batch that somebody has still to take further."""
CONFLICTS_AT_ONCE = 50
"""How many contradictions are listed where nobody says otherwise."""
MARKET_HUB = "market_hub"
"""The notice's kind of recipient that the hub of the market is."""


def waits_for(categories: Mapping[str, Any], retention: Mapping[str, Any]) -> Duration | None:
    """This will tell how long a notice lets rows of an import wait; none where it knows no such rows."""
    for category in categories.values():
        if "source_row" in (category.get("held_in") or {}):
            return Duration.parse(retention[category["retention"]]["period"])
    return None


class CannotBeWritten(Exception):
    """The system has no way in: a correction is a task for somebody who has one."""


class NotReadableSource(Exception):
    """What the system gave cannot be read at all, so none of it is used."""


class SourceSystem(Protocol):
    """A system that data come from."""

    def describe(self) -> Described:
        """What it is, what it brings and what it cannot do."""

    def fingerprint(self, feed: str) -> tuple[str, str]:
        """Digests of what would be pulled now and of how it is read: the same twice is pulled once."""

    def pull(self, feed: str, after: str | None) -> Iterator[tuple[Record | Refused, str]]:
        """Rows after a cursor, in the same order each time, and behind each the cursor to go on from."""

    def reread(self, feed: str, number: int, given: Mapping[str, str]) -> Record | Refused:
        """One row of a feed, read anew from what stood in its columns."""

    def push(self, correction: Correction) -> Receipt:
        """Writes a correction. Raises: CannotBeWritten."""


@dataclass(frozen=True)
class Taken:
    """What became of a message: what was done, in keys and words, or the reasons against it.

    `batch`: under which it was taken. A reason is a code, a rule in words and a place; never a value.
    """

    file: str
    document: str | None
    done: Mapping[str, Any] | None = None
    batch: int | None = None
    reasons: Sequence[Mapping[str, str]] = ()


@runtime_checkable
class MessageSystem(Protocol):
    """A system that tells of events, a message a file, and is told of some: not rows that are compared, but what happened."""

    def describe(self) -> Described:
        """What it is, what it tells and what it cannot do."""

    def take(self, path: Path, act: Callable[[str], AbstractContextManager[Any]], *, at: datetime) -> Taken:
        """Applies a message whole or not at all; `act` opens a session for the company that it is to."""

    def write_customer(
        self, session: Any, subject_id: int, valid_from: datetime, *, at: datetime, answers: str | None = None
    ) -> bytes:
        """Writes a message that tells of a customer."""

    def write_agreement(
        self, session: Any, agreement_id: int, *, at: datetime, grid_area: str | None = None
    ) -> bytes:
        """Writes a message that tells of an agreement."""


@dataclass
class Chunk:
    """Rows that are applied together: all that a batch says of some subjects, and what was done about it."""

    batch_id: int
    side: str
    system: str
    at: datetime
    records: list[Record]
    subjects: dict[str, int] = field(default_factory=dict)
    """Whom a key of the system means, as far as that is known."""
    new: set[str] = field(default_factory=set)
    """Keys whose subjects this chunk has made."""
    steps: list[tuple[str, str, list[int]]] = field(default_factory=list)
    before: list[tuple[Record, dict[str, dict[str, Scalar]]]] = field(default_factory=list)
    """What rows that were changed in place said before, by category."""
    claims: dict[int, str] = field(default_factory=dict)
    """The states of claims that there were, as they were before."""
    facts: list[tuple[str, Mapping[str, Sequence[Any]]]] = field(default_factory=list)
    """What decides and is new: tables and columns of rows that come in by one statement, so that whoever they are about is
    decided once."""
    later: list[Callable[[], None]] = field(default_factory=list)
    """What is written after all that decides: a row takes its subject's answer as it comes in, and once."""

    def of(self, *categories: str) -> Iterator[tuple[Record, Value]]:
        """This will go through the values of some categories."""
        for record in self.records:
            for value in record.values:
                if value.category in categories:
                    yield record, value

    def meant(self, record: Record) -> int | str:
        """Whom a record is about: who is known, else who is new by the key of the system."""
        return self.subjects.get(record.key, record.key)

    def did(self, place: str, what: str, keys: Iterable[int]) -> None:
        """This will remember which rows were `added`, `closed` or `superseded`, so that it can be undone."""
        if told := list(keys):
            self.steps.append((place, what, told))


Judged = tuple[int, str, str | None]
"""The number of a row that cannot be applied, why, and which category it is for."""


class Sink(Protocol):
    """A folder of the register that takes in what systems bring, many rows at once."""

    places: tuple[str, ...]
    """Tables that it writes."""

    def takes(self) -> Takes:
        """What can be brought to it."""

    def judge(self, chunk: Chunk) -> Iterable[Judged]:
        """Rows that cannot be applied as they are; nothing is written yet."""

    def write(self, chunk: Chunk) -> None:
        """Creates and updates by sets, and tells the chunk what it did."""

    def undo(self, place: str, did: str, keys: Sequence[int], at: datetime) -> None:
        """Takes back what a chunk did to rows of one of its places."""

    def restore(self, subject_id: int, before: Mapping[str, Mapping[str, Scalar]]) -> None:
        """Writes back what rows that were changed in place said before, by category."""


class WithoutChanges:
    """A sink that changes no row in place."""

    def restore(self, subject_id: int, before: Mapping[str, Mapping[str, Scalar]]) -> None:
        """There is nothing to write back."""


_sinks: list[Sink] = []


def receive_with(*sinks: Sink) -> None:
    """This will have these, and no others, take in what systems bring, in this order; wired by the project."""
    _sinks[:] = sinks


def sinks() -> Sequence[Sink]:
    """Whoever is wired, in order."""
    return tuple(_sinks)


def takes() -> Takes:
    """All that can be brought, by category: to the sinks, and what other systems call a subject."""
    told = {category: fields for sink in _sinks for category, fields in sink.takes().items()}
    return {"customer_numbers": {"source_key": Field(Form.TEXT, required=True)}, **told}
