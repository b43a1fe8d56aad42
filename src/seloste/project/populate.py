"""Loading believable people through the purpose that keeps the register, a batch and a side at a time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from seloste.project.people import batches
from seloste.project.people.found import found
from seloste.project.people.staff import clerks
from seloste.project.people.tables import KEYS, TABLES, Words
from seloste.register.protection.keys import new_data_keys, provided
from seloste.register.protection.sealing import seal
from seloste.register.protection.session import retried

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from concurrent.futures import Future
    from datetime import date

    import psycopg

    from seloste.notice import Notice
    from seloste.project.people.tables import Batch, Side

UPKEEP = "upkeep"
FOUND = "search_token"
AT_ONCE = 2
"""Batches that are loaded at once: the server works on them side by side."""
RESERVED = tuple(table for table, columns in TABLES.items() if columns[0] == "id")
"""Tables whose rows get keys in advance, since others refer to them."""


class Loading(Protocol):
    """What loading asks of a purpose session."""

    def may_set(self, table: str) -> Collection[str]:
        """The columns that the purpose may set in a new row; none if it may not add any."""

    def reserve(self, table: str, count: int) -> int:
        """The first of so many consecutive keys that nobody else gets."""

    def load(self, table: str, columns: Sequence[str], arrays: Sequence[Sequence[Any]]) -> int:
        """Inserts rows, a sequence of values for each column; says how many."""


SessionOf = Callable[[str], AbstractContextManager[Loading]]


@dataclass
class Populated:
    """What was loaded."""

    persons: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    """People to try, by name: their keys."""
    left_out: set[str] = field(default_factory=set)
    """Tables that the notice gives the purpose nothing to write in."""


def populate(
    notice: Notice,
    persons: int,
    seed: int,
    *,
    day: date,
    session_of: SessionOf,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Populated:
    """This will load people as they stand on a day, always the same under the same keys for a seed.

    `session_of` opens a session of the purpose `upkeep` for a side. Keys are reserved batch by
    batch; then a few batches are loaded at once, each side of one in a transaction of its own.
    `progress` is told people done and all.
    Writes: every table of the register but staff and the ledger.
    Raises: NotInPurpose, KeysMissing, WrongKey.
    Notice: purposes.
    """
    words, sealed_as, found_by = words_of(notice), _sealed_as(notice), _found_by(notice)
    done = Populated()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[Future[_Loaded]] = deque()
        for number, size in enumerate(batches.sizes(persons)):
            batch = batches.make(seed, number, size, day, words)
            first = {side.key: _reserve(side, session_of) for side in batch.sides if side.rows["subject"]}
            for name, (side, subject) in batch.named.items():
                done.named[name] = first[side].get("subject", 0) + subject
            load = partial(
                _load, batch, size, first, sealed_as=sealed_as, found_by=found_by, session_of=session_of
            )
            waiting.append(pool.submit(load))
            while len(waiting) > AT_ONCE:
                _count(waiting.popleft().result(), done)
                progress(done.persons, persons)
        for rest in waiting:
            _count(rest.result(), done)
            progress(done.persons, persons)
    return done


def words_of(notice: Notice) -> Words:
    """This will take from a notice what it calls things.

    The first company sells; the first of the last side runs the network.
    """
    sides = list(notice.sides().items())
    retail_side, sellers = sides[0]
    network_side, operators = sides[-1]
    purposes = notice.purposes
    marketing = {key for key, purpose in purposes.items() if purpose.marketing}
    interests = {
        key
        for key, purpose in purposes.items()
        if any(basis.kind == "legitimate_interest" for basis in purpose.bases or ())
    }
    held = {key: category.held_in or {} for key, category in notice.categories.items()}
    may_erase = any("erasure" in held[key] for key in purposes[UPKEEP].writes or ())
    ends = next((key for key, kept in notice.retention.items() if kept.ends_relation), "")
    return Words(
        retail=sellers[0],
        services=sellers[-1],
        network=operators[0],
        retail_side=retail_side,
        network_side=network_side,
        consents=tuple(
            (consent.purpose, key, tuple(consent.channels or ()))
            for key, consent in notice.consents.items()
            if consent.purpose in marketing
        ),
        objectable=tuple(sorted(marketing | interests)),
        categories=tuple(
            key
            for key, places in held.items()
            if any(place.startswith(("contact_point", "address")) for place in places)
        ),
        relation_class=ends if may_erase else "",
        notice_hash=notice.hash,
    )


def hire(connection: psycopg.Connection[Any], notice: Notice, day: date) -> list[str]:
    """This will employ staff for every role with every company, on a connection that may.

    Shape: their user names; somebody who is there already is left alone.
    Writes: staff, staff_role, training. Notice: roles, trainings.
    """
    hired = []
    for clerk in clerks(notice, day):
        row = connection.execute(
            "INSERT INTO register.staff (username, name, employer) VALUES (%s, %s, %s)"
            " ON CONFLICT (username) DO NOTHING RETURNING id",
            [clerk.username, clerk.name, clerk.employer],
        ).fetchone()
        if row:
            connection.execute(
                "INSERT INTO register.staff_role (staff_id, role, valid_from) VALUES (%s, %s, %s)",
                [row[0], clerk.role, clerk.since],
            )
            connection.cursor().executemany(
                "INSERT INTO register.training (staff_id, training, completed_at, valid_until)"
                " VALUES (%s, %s, %s, %s)",
                [(row[0], *training) for training in clerk.trainings],
            )
        hired.append(clerk.username)
    return hired


@dataclass(frozen=True)
class _Loaded:
    """What was loaded of one batch."""

    size: int
    rows: Counter[str]
    left_out: set[str]


def _count(loaded: _Loaded, done: Populated) -> None:
    done.persons += loaded.size
    for table, count in loaded.rows.items():
        done.rows[table] = done.rows.get(table, 0) + count
    done.left_out |= loaded.left_out


@retried
def _reserve(side: Side, session_of: SessionOf) -> dict[str, int]:
    """The first key of each table, in a session that ends at once: a reservation locks the sequence."""
    with session_of(side.key) as session:
        return {
            table: session.reserve(table, len(side.rows[table]))
            for table in RESERVED
            if side.rows[table] and session.may_set(table)
        }


def _sealed_as(notice: Notice) -> str:
    """The category that keeps personal identity codes; none where none does."""
    held = {key: category.held_in or {} for key, category in notice.categories.items()}
    return next((key for key, places in held.items() if "national_identifier" in places), "")


def _found_by(notice: Notice) -> frozenset[str]:
    """The categories by which the notice has somebody found, of those that loading writes."""
    written = (notice.categories[key].held_in or {} for key in notice.purposes[UPKEEP].writes or ())
    places = {place for held in written for place in held}
    return frozenset(place[len(FOUND) + 1 : -1] for place in places if place.startswith(f"{FOUND}["))


def _load(
    batch: Batch,
    size: int,
    first: dict[str, dict[str, int]],
    *,
    sealed_as: str,
    found_by: frozenset[str],
    session_of: SessionOf,
) -> _Loaded:
    loaded = _Loaded(size, Counter(), set())
    for side in batch.sides:
        if side.key in first:
            rows, left_out = _load_side(side, first[side.key], sealed_as, found_by, session_of)
            loaded.rows.update(rows)
            loaded.left_out.update(left_out)
    return loaded


@retried
def _load_side(
    side: Side, first: dict[str, int], sealed_as: str, found_by: frozenset[str], session_of: SessionOf
) -> tuple[dict[str, int], set[str]]:
    """Loads what one side knows, in one transaction: how many rows, and which tables were left out."""
    rows, left_out = {}, set()
    # a value is sealed under a key that is loaded before it
    keys: list[bytes] = []
    with session_of(side.key) as session:
        for table, names in TABLES.items():
            if not side.rows[table]:
                continue
            settable = session.may_set(table)
            if not settable or (table == "national_identifier" and not keys):
                left_out.add(table)
                continue
            arrays = _keyed(table, dict(zip(names, side.columns(table), strict=True)), first)
            if table == "data_key":
                keys = new_data_keys(len(side.rows[table]))
                arrays |= _wrapped(keys, side.key, sealed_as)
            elif table == "national_identifier":
                arrays |= _sealed(arrays, keys, side.key)
            wanted = [name for name in arrays if name in settable]
            rows[table] = session.load(table, wanted, [arrays[name] for name in wanted])
        if tokens := found(side, first.get("subject", 0), found_by):
            columns = ("subject_id", "category", "controller", "kind", "token", "spelt")
            rows[FOUND] = session.load(FOUND, columns, list(zip(*tokens, strict=True)))
    return rows, left_out


def _keyed(table: str, columns: dict[str, Sequence[Any]], first: dict[str, int]) -> dict[str, Sequence[Any]]:
    """Columns with the keys that were reserved for them; a key of what was left out is left out."""
    keyed = {}
    for name, values in columns.items():
        target = table if name == "id" else KEYS.get(name)
        if target is None:
            keyed[name] = values
        elif (base := first.get(target)) is not None:
            keyed[name] = [None if value is None else base + value for value in values]
    return keyed


def _wrapped(keys: list[bytes], side: str, category: str) -> dict[str, Sequence[Any]]:
    """Columns in which data keys stand wrapped."""
    # imported late, here and below: models want Django's settings
    from seloste.register.protection.data_keys import wrapped_now

    version, wrapped = wrapped_now(keys, side)
    return {"category": [category] * len(keys), "wrapped": wrapped, "kek_version": [version] * len(keys)}


def _sealed(columns: dict[str, Sequence[Any]], keys: list[bytes], side: str) -> dict[str, Sequence[Any]]:
    """Columns in which a hetu stands as ciphertext and index; each has a key of its own, in the same order."""
    from seloste.register.subjects.queries import hetu_place, indexes

    codes, provider = columns["hetu"], provided()
    found = [indexes(code, side, provider) for code in codes]
    return {
        "ciphertext": [
            seal(code.encode(), key, hetu_place(subject))
            for code, key, subject in zip(codes, keys, columns["subject_id"], strict=True)
        ],
        **{column: [index[column] for index in found] for column in found[0]},
    }
