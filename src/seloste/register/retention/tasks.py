"""Sweeping: taking the bytes of what was erased out of the server's files.

A deleted row is out of reach at once, but its bytes stay. Measured on PostgreSQL 15 and 18: VACUUM
gives their place free and does not clear it, so they are still in tables and indexes after it; only
a table that is written anew is free of them. The write-ahead log keeps them until a checkpoint, and
a segment that is recycled then carries them on under its new name.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from psycopg import errors, sql

from .operations import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    Administrator = psycopg.Connection[Any]

SWEPT_EVERY = timedelta(days=1)
BACKUPS_KEPT = timedelta(days=35)
WINDOWS: dict[str, timedelta] = {
    "tables": SWEPT_EVERY,
    "indexes": SWEPT_EVERY,
    "long_values": SWEPT_EVERY,
    "write_ahead_log": SWEPT_EVERY,
    "temporary_files": timedelta(0),
    "server_log": timedelta(0),
    "backups": BACKUPS_KEPT,
}
"""How long bytes of what was erased may still lie in each place: what a sweep, run daily, must keep to.

Long values are those that a table keeps beside itself (TOAST). A temporary file ends with its
statement; values never reach the server's log. A backup goes by its age, and a restore erases anew.
"""

PATIENCE_SECONDS = 10
AHEAD = 64
"""Segments of the write-ahead log that a sweep goes through at most; each is 16 MB to write."""


@dataclass(frozen=True)
class Place:
    """One of the places of `WINDOWS` after a sweep."""

    place: str
    state: Literal["gone", "until"]
    until: datetime | None = None
    why: str | None = None


def sweep(
    admin: Administrator,
    at: datetime,
    *,
    patience: float = PATIENCE_SECONDS,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Place]:
    """This will write every table that holds data of people anew and let the old log end.

    Nobody can use a table while it is written; a table that somebody holds for longer than `patience`
    is left, and told. Running it again does no harm.
    Shape: each place, in the order of `WINDOWS`. Units: patience in seconds.
    Law: GDPR 5(1)(e), 17, 32. Notice: retention.
    """
    left = _rewritten(admin, patience, progress)
    kept = _log_kept(admin)
    because = {
        "tables": left,
        "indexes": left,
        "long_values": left,
        "write_ahead_log": kept,
        "backups": "a backup goes by its age",
    }
    return [
        Place(place, "until", at + window, because[place]) if because.get(place) else Place(place, "gone")
        for place, window in WINDOWS.items()
    ]


def _rewritten(admin: Administrator, patience: float, progress: Callable[[int, int], None]) -> str | None:
    """Writes tables anew, and with them their indexes and long values; says which it could not."""
    if seen := _still_seen(admin, patience):
        return seen
    left, tables = [], list(_tables(admin))
    admin.execute(f"SET lock_timeout = {int(patience * 1000)}")
    try:
        for done, table in enumerate(tables, 1):
            named = sql.Identifier("register", table)
            try:
                admin.execute(sql.SQL("VACUUM FULL {}").format(named))
                # a table that was written anew has no visibility map, and scans of indexes alone want one
                admin.execute(sql.SQL("VACUUM {}").format(named))
            except errors.LockNotAvailable:
                left.append(table)
            progress(done, len(tables))
    finally:
        admin.execute("RESET lock_timeout")
    return f"somebody held {', '.join(left)}: sweep again" if left else None


def _tables(admin: Administrator) -> Iterator[str]:
    """All but the look-up log, which holds keys and no values."""
    rows = admin.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'register'::regnamespace AND c.relkind = 'r'"
        " AND NOT starts_with(c.relname, 'django_') ORDER BY c.relname"
    ).fetchall()
    return (table for (table,) in rows if table not in EVIDENCE)


def _still_seen(admin: Administrator, patience: float) -> str | None:
    """Waits for whoever began before now: a row that somebody still sees is written anew with the rest."""
    [(now,)] = admin.execute("SELECT pg_current_xact_id()::xid::text").fetchall()
    until = time.monotonic() + patience
    while holders := _holders(admin, now):
        if time.monotonic() > until:
            return f"{', '.join(holders)} can still see what was erased: end it and sweep again"
        time.sleep(0.1)
    return None


def _holders(admin: Administrator, since: str) -> list[str]:
    rows = admin.execute(
        """
        SELECT 'process ' || pid FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
            AND greatest(age(backend_xmin), age(backend_xid)) > age(%(since)s::xid)
        UNION ALL SELECT 'prepared transaction of ' || owner FROM pg_prepared_xacts
          WHERE database = current_database() AND age(transaction) > age(%(since)s::xid)
        UNION ALL SELECT 'replication slot ' || slot_name FROM pg_replication_slots
          WHERE xmin IS NOT NULL AND age(xmin) > age(%(since)s::xid)""",
        {"since": since},
    ).fetchall()
    return [holder for (holder,) in rows]


def _log_kept(admin: Administrator) -> str | None:
    """Lets the write-ahead log go on to fresh segments and the old ones end; says what keeps them."""
    [(recycles,)] = admin.execute("SHOW wal_recycle").fetchall()
    if recycles == "on":
        admin.execute("CHECKPOINT")
        return "wal_recycle is on, so old segments are used again with what is in them: set it off"
    for _ in range(AHEAD):
        [(ahead,)] = admin.execute(_SEGMENTS.format(">")).fetchall()
        # a switch does nothing on a segment in which nothing was written yet
        admin.execute("SELECT pg_current_xact_id()")
        admin.execute("SELECT pg_switch_wal()")
        if not ahead:
            # the one left behind may have been used again too; the one begun now is new and empty
            break
    admin.execute("SELECT pg_current_xact_id()")
    admin.execute("CHECKPOINT")
    [(older,)] = admin.execute(_SEGMENTS.format("<")).fetchall()
    return "an archive, a replication slot or wal_keep_size keeps segments" if older or ahead else None


_SEGMENTS = (
    "SELECT count(*) FROM pg_ls_waldir()"
    " WHERE name ~ '^[0-9A-F]{{24}}$' AND name {} pg_walfile_name(pg_current_wal_insert_lsn())"
)
