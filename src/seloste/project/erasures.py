"""The journal of erasures: keys alone, outside the database, so that a restore can erase again.

What an older backup holds was erased since, and the database that knew it is the one that was lost.
The journal lies beside the database's server, not in it; a copy of it belongs elsewhere, like the
ledger's checkpoints.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.interfaces.cli.house import NotUsable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .database import Cluster

NAME = "erasures.jsonl"


@dataclass(frozen=True, order=True)
class Erased:
    """That a retention class of a subject was erased, and when: keys, and no value."""

    at: str
    subject: int
    retention_class: str

    @property
    def moment(self) -> datetime:
        """When it was erased."""
        return datetime.fromisoformat(self.at)


def journal(cluster: Cluster) -> Path:
    """Where the journal of a register is: each database of a home has its own."""
    return cluster.home / (NAME if cluster.database == "seloste" else f"{cluster.database}.{NAME}")


def catch_up(cluster: Cluster, subject: int | None = None) -> int:
    """This will write every erasure that the journal does not know into it; says how many.

    It is called after an erasure has been committed, about its subject, and by whatever looks at the
    whole. A kill between the commit and the journal loses nothing: the next call finds what is missing.
    """
    asked = "" if subject is None else " WHERE subject_id = %(subject)s"
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        admin.execute("SET TimeZone = 'UTC'")
        rows = admin.execute(
            f"SELECT erased_at, subject_id, retention_class FROM register.erasure{asked} ORDER BY id",
            {"subject": subject},
        ).fetchall()
    return add(journal(cluster), [Erased(at.isoformat(), key, name) for at, key, name in rows])


def missing(cluster: Cluster) -> int:
    """This will count the erasures that the journal does not know."""
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        admin.execute("SET TimeZone = 'UTC'")
        rows = admin.execute("SELECT erased_at, subject_id, retention_class FROM register.erasure").fetchall()
    return len({Erased(at.isoformat(), key, name) for at, key, name in rows} - set(read(journal(cluster))))


def add(path: Path, erased: Iterable[Erased]) -> int:
    """This will append what a journal does not hold yet, and return when it is on the disk."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        known = set(parse(text, path.name))
        fresh = [each for each in dict.fromkeys(erased) if each not in known]
        whole = b"" if not text or text.endswith(b"\n") else b"\n"
        file.write(whole + b"".join(json.dumps(asdict(each)).encode() + b"\n" for each in fresh))
        file.flush()
        os.fsync(file.fileno())
    return len(fresh)


def read(path: Path) -> list[Erased]:
    """This will read a journal; one that is not there yet is empty.

    Raises: NotUsable.
    """
    return parse(path.read_bytes(), path.name) if path.exists() else []


def parse(text: bytes, name: str) -> list[Erased]:
    """This will read the lines of a journal.

    A last line without its end was cut off by a kill before it was on the disk: it is left out, and
    `catch_up` writes it anew.
    Raises: NotUsable.
    """
    found = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line:
            continue
        try:
            told = json.loads(line)
            one = Erased(str(told["at"]), int(told["subject"]), str(told["retention_class"]))
            one.moment  # noqa: B018 - a moment that cannot be read is no entry
        except (ValueError, KeyError, TypeError):
            if number == text.count(b"\n") + 1:
                continue
            raise NotUsable(f"line {number} of {name} is no erasure; nothing was done") from None
        found.append(one)
    return found
