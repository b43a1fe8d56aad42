"""Loading believable people through the purpose that keeps the register, a batch and a side at a time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from seloste.project.people import batches
from seloste.project.people.staff import clerks
from seloste.project.people.tables import KEYS, TABLES, Words
from seloste.register.protection.keys import Vault
from seloste.register.protection.session import acting, retried

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    import psycopg

    from seloste.notice import Notice
    from seloste.project.people.tables import Side
    from seloste.register.protection.session import Session

UPKEEP = "upkeep"
SEALED = ("national_identifier", "hetu")
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
    session_of: Callable[[str], AbstractContextManager[Loading]],
    vault: Vault,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Populated:
    """This will load people as they stand on a day, always the same for the same seed.

    `session_of` opens a session of the purpose `upkeep` for a side. A batch is loaded side by side,
    in a transaction each; `progress` is told people done and all.
    Writes: every table of the register but staff and the ledger. Raises: NotInPurpose.
    Notice: purposes.
    """
    words = words_of(notice)
    done = Populated()
    for number, size in enumerate(batches.sizes(persons)):
        batch = batches.make(seed, number, size, day, words)
        for side in batch.sides:
            if side.rows["subject"]:
                first = retried(_load_side)(side, session_of, vault, done)
                for name, (key, subject) in batch.named.items():
                    if key == side.key:
                        done.named[name] = first + subject
        done.persons += size
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
            for key, category in notice.categories.items()
            if any(place.startswith(("contact_point", "address")) for place in category.held_in or ())
        ),
        relation_class=ends,
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


def open_task(connection: psycopg.Connection[Any]) -> str:
    """This will open a task that is the reason of loading, on a connection that may: `task:key`.

    Writes: case_file.
    """
    row = connection.execute(
        "INSERT INTO register.case_file (category, kind, opened_at)"
        " VALUES ('interaction', 'task', statement_timestamp()) RETURNING id"
    ).fetchone()
    return f"task:{row[0] if row else 0}"


def upkeep_sessions(notice: Notice, reason: str) -> Callable[[str], AbstractContextManager[Loading]]:
    """This will make what opens a session of upkeep for a side, acted by the hired staff of that side.

    Notice: purposes.
    """
    purpose = notice.purposes[UPKEEP]
    role, sides = (purpose.roles or ("",))[0], notice.sides()

    @contextmanager
    def open_session(side: str) -> Iterator[Loading]:
        company = next(c for c in sides[side] if c in purpose.controllers)
        with acting(f"{role}.{company}", UPKEEP, reason, controller=company) as session:
            yield _Upkeep(session)

    return open_session


@dataclass(frozen=True)
class _Upkeep:
    """A purpose session, as loading uses it."""

    session: Session

    def may_set(self, table: str) -> Collection[str]:
        return self.session.login.may("insert", table)

    def reserve(self, table: str, count: int) -> int:
        row = self.session.run("SELECT policy.reserve(%s, %s)", [table, count]).fetchone()
        return int(row[0]) if row else 0

    def load(self, table: str, columns: Sequence[str], arrays: Sequence[Sequence[Any]]) -> int:
        return self.session.load(table, columns, arrays)


def _load_side(
    side: Side, session_of: Callable[[str], AbstractContextManager[Loading]], vault: Vault, done: Populated
) -> int:
    """Loads what one side knows, in one transaction; says the first key of its subjects."""
    with session_of(side.key) as session:
        first = {
            table: session.reserve(table, len(side.rows[table]))
            for table in RESERVED
            if side.rows[table] and session.may_set(table)
        }
        loaded, left_out = {}, set()
        for table, names in TABLES.items():
            if not side.rows[table]:
                continue
            settable = session.may_set(table)
            if not settable:
                left_out.add(table)
                continue
            columns = dict(zip(names, side.columns(table), strict=True))
            arrays = _sealed(_keyed(table, columns, first), side.key, vault)
            wanted = [name for name in arrays if name in settable]
            loaded[table] = session.load(table, wanted, [arrays[name] for name in wanted])
    for table, count in loaded.items():
        done.rows[table] = done.rows.get(table, 0) + count
    done.left_out |= left_out
    return first.get("subject", 0)


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


def _sealed(columns: dict[str, Sequence[Any]], side: str, vault: Vault) -> dict[str, Sequence[Any]]:
    """Columns in which a hetu stands as ciphertext and index."""
    table, column = SEALED
    if column not in columns:
        return columns
    codes = columns[column]
    rest = {name: values for name, values in columns.items() if name != column}
    return {
        **rest,
        "ciphertext": [
            vault.seal(code, table, "ciphertext", subject)
            for code, subject in zip(codes, columns["subject_id"], strict=True)
        ],
        "blind_index": [vault.blind_index(code, side) for code in codes],
    }
