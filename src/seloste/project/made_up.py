"""A register of made-up people: how it is filled, how it is known for one, how it is made anew.

What marks it is the comment on its own database: it goes when the database goes, and no database
without it is ever emptied.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.interfaces.cli.house import NoDatabase, NotDone
from seloste.notice import Notice
from seloste.policy.statements import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .database import Cluster

MARK = "made-up people"
STANDING = ("task", "campaign", "request")
"""Reasons that concern nobody: each is opened once, to act for."""


@dataclass(frozen=True)
class MadeUp:
    """What is remembered of a register of made-up people."""

    persons: int
    seed: int
    names: dict[str, int]
    """Names to try and the keys of their subjects."""
    reasons: dict[str, list[str]] = field(default_factory=dict)
    """Open reasons by the name they concern; those that concern nobody under the empty name."""

    def reason(self, kind: str, name: str = "") -> str:
        """An open reason of a kind, about the subject of a name or about nobody."""
        return next(reason for reason in self.reasons[name] if reason.startswith(f"{kind}:"))


def known(cluster: Cluster) -> MadeUp | None:
    """This will tell what is remembered of the register, if its people are made up.

    Raises: NoDatabase when there is no register at all.
    """
    with _maintenance(cluster) as admin:
        row = admin.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [cluster.database],
        ).fetchone()
    if not row:
        raise NoDatabase(
            f"there is no database {cluster.database!r} yet: `seloste demo` makes one of made-up people, and"
            " `seloste policy bootstrap` an empty one"
        )
    try:
        told = json.loads(row[0]) if row[0] else {}
    except ValueError:
        return None
    return MadeUp(**told[MARK]) if isinstance(told, dict) and MARK in told else None


def fill(cluster: Cluster, persons: int, seed: int, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """This will fill an empty register with made-up people, staff and reasons, and mark it.

    The administrator makes the keys, employs the staff and opens the standing reasons, as nobody else
    can be the first; everything about people is loaded by a data engineer under `upkeep`.
    Raises: NotDone, NotInPurpose, KeysMissing, WrongKey.
    """
    from seloste.register.protection.key_versions import make
    from seloste.register.protection.keys import provided

    from .people.batches import LEAST, MOST
    from .populate import hire, populate

    if not LEAST <= persons <= MOST:
        raise NotDone(f"{LEAST} to {MOST} people can be made, not {persons}")
    day = datetime.now(ZoneInfo("Europe/Helsinki")).date()
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        _refuse_people(admin, cluster)
        notice = _in_force(admin)
        # marked before anybody is in it, so that a fill that was killed can be made anew
        _mark(admin, cluster, MadeUp(persons, seed, {}))
        make(admin, provided(), notice.sides())
        staff = hire(admin, notice, day)
        standing = [_standing(admin, kind) for kind in STANDING]
    loading = Loading(cluster, notice, standing[STANDING.index("task")])
    done = populate(notice, persons, seed, day=day, session_of=loading.session, progress=progress)
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        reasons = {"": standing, **_reasons(admin, done.named)}
        _mark(admin, cluster, MadeUp(persons, seed, done.named, reasons))
        # a million rows by unnest() are many for autovacuum to notice before the first count
        admin.execute("ANALYZE")
    return {
        "persons": done.persons,
        "seed": seed,
        "rows": done.rows,
        "staff": staff,
        "names": done.named,
        "reasons": reasons,
        "left_out": sorted(done.left_out),
    }


def clear(cluster: Cluster) -> None:
    """This will drop a register of made-up people with its roles, so that it can be made anew.

    Raises: NotDone when it holds anybody whom we did not make up.
    """
    with _maintenance(cluster) as admin:
        exists = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [cluster.database]).fetchone()
        if exists and known(cluster) is None:
            with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as inside:
                _refuse_people(inside, cluster)
        for name in (cluster.database, f"{cluster.database}.pristine"):
            admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        roles = admin.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"{cluster.database}."]
        ).fetchall()
        for (role,) in roles:
            admin.execute(f"DROP ROLE {identifier(role)}")


class Loading:
    """Sessions of the purpose `upkeep`, each on one side of the wall."""

    def __init__(self, cluster: Cluster, notice: Notice, reason: str) -> None:
        """`reason`: the standing task that loading is for."""
        self.cluster = cluster
        self.notice = notice
        self.reason = reason

    @contextmanager
    def session(self, side: str) -> Iterator[OneSide]:
        """A session of a data engineer of the side's first company."""
        from seloste.register.protection.session import acting

        role = next(iter(self.notice.purposes["upkeep"].roles))
        company = self.notice.sides()[side][0]
        with acting(f"{role}.{company}", "upkeep", self.reason) as session:
            yield OneSide(session)


@dataclass(frozen=True)
class OneSide:
    """What loading asks of a session."""

    session: Any

    def may_set(self, table: str) -> Sequence[str]:
        """The columns that the purpose may set in a new row."""
        return sorted(self.session.login.may("insert", table))

    def reserve(self, table: str, count: int) -> int:
        """The first of so many consecutive keys."""
        return int(self.session.reserve(table, count))

    def load(self, table: str, columns: Sequence[str], arrays: Sequence[Sequence[Any]]) -> int:
        """Inserts rows, a sequence of values for each column."""
        return int(self.session.load(table, columns, arrays))


@contextmanager
def _maintenance(cluster: Cluster) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname="postgres"), autocommit=True) as admin:
        yield admin


def _refuse_people(inside: psycopg.Connection[Any], cluster: Cluster) -> None:
    table = inside.execute("SELECT to_regclass('register.subject')").fetchone()
    if table and table[0] and inside.execute("SELECT 1 FROM register.subject LIMIT 1").fetchone():
        raise NotDone(
            f"database {cluster.database!r} holds people already: nothing was changed. `seloste demo` makes a register"
            " of made-up people anew; for another one beside it set SELOSTE_DATABASE to its name"
        )


def _in_force(admin: psycopg.Connection[Any]) -> Notice:
    table = admin.execute("SELECT to_regclass('policy.notice')").fetchone()
    applied = "SELECT body FROM policy.notice WHERE replaced_at IS NULL"
    row = admin.execute(applied).fetchone() if table and table[0] else None
    if not row:
        raise NotDone("no notice is in force, so nobody may be recorded: run `seloste policy apply FILE`")
    return Notice.from_canonical(row[0])


def _mark(admin: psycopg.Connection[Any], cluster: Cluster, told: MadeUp) -> None:
    text = literal(json.dumps({MARK: vars(told)}))
    admin.execute(f"COMMENT ON DATABASE {identifier(cluster.database)} IS {text}")


def _standing(admin: psycopg.Connection[Any], kind: str) -> str:
    [(key,)] = admin.execute(
        "INSERT INTO register.case_file (category, kind, opened_at) VALUES (%s, %s, now()) RETURNING id",
        ["rights_request" if kind == "request" else "interaction", kind],
    ).fetchall()
    return f"{kind}:{key}"


def _reasons(admin: psycopg.Connection[Any], names: dict[str, int]) -> dict[str, list[str]]:
    rows = admin.execute(
        "SELECT subject_id, kind || ':' || id FROM register.case_file"
        " WHERE closed_at IS NULL AND subject_id = ANY(%s) ORDER BY id",
        [list(names.values())],
    ).fetchall()
    return {name: [reason for key, reason in rows if key == subject] for name, subject in names.items()}
