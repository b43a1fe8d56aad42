"""Erasing again, after a restore, what was erased since the backup: under the purpose `rights`.

Nobody who works here did it a second time, so nobody's name stands by it: a job does it, which is
employed for the hour, with a request of its own as its reason, and leaves the same events as anybody.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

from . import erasures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.notice import Notice

    from .database import Cluster
    from .erasures import Erased

PURPOSE = "rights"
JOB = "job.restore"
HIRED_FOR = timedelta(hours=12)

Told = list[dict[str, Any]]


def erase_again(cluster: Cluster) -> tuple[Told, Told]:
    """This will erase what the journal knows to be erased and the database still holds.

    Subjects who are not in the backup came after it, and are gone with what was lost.
    Shape: erasures made, erasures that could not be made and why. Writes: erasure, staff, case_file.
    Law: GDPR 17. Notice: rights, retention.
    """
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        notice = _in_force(admin)
        due = _due(admin, erasures.read(erasures.journal(cluster)))
        if not due:
            return [], []
        if PURPOSE not in notice.purposes or not notice.purposes[PURPOSE].roles:
            why = f"the notice in force declares no purpose {PURPOSE} that somebody may act for"
            return [], [{**_key(each), "why": why} for each in due]
        reason = _employ(admin, notice)
    made: Told = []
    failed: Told = []
    with _register(cluster):
        for each in due:
            try:
                made.append({**_key(each), "rows": _erase(each, reason)})
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are erased and this one is told
                failed.append({**_key(each), "why": type(error).__name__})
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        _dismiss(admin, reason)
    return made, failed


def _key(each: Erased) -> dict[str, Any]:
    return {"subject": each.subject, "class": each.retention_class, "erased_at": each.at}


def _in_force(admin: psycopg.Connection[Any]) -> Notice:
    from seloste.notice import Notice

    [(body,)] = admin.execute("SELECT body FROM policy.notice WHERE replaced_at IS NULL").fetchall()
    return Notice.from_canonical(body)


def _due(admin: psycopg.Connection[Any], known: list[Erased]) -> list[Erased]:
    """In the order in which they were made the first time."""
    erased = set(admin.execute("SELECT subject_id, retention_class FROM register.erasure").fetchall())
    there = {
        key
        for (key,) in admin.execute(
            "SELECT id FROM register.subject WHERE id = ANY(%s)", [[each.subject for each in known]]
        ).fetchall()
    }
    left = {(each.subject, each.retention_class): each for each in sorted(known, reverse=True)}
    return sorted(each for key, each in left.items() if key not in erased and each.subject in there)


def _employ(admin: psycopg.Connection[Any], notice: Notice) -> str:
    """The job, its role and its request; as the administrator, since nobody else is there yet."""
    purpose = notice.purposes[PURPOSE]
    role = next(iter(purpose.roles or ()))
    [(key,)] = admin.execute(
        "INSERT INTO register.staff (username, name, employer) VALUES (%s, 'Erasing again after a restore', %s)"
        " ON CONFLICT (username) DO UPDATE SET employer = EXCLUDED.employer RETURNING id",
        [JOB, next(iter(purpose.controllers))],
    ).fetchall()
    admin.execute(
        "INSERT INTO register.staff_role (staff_id, role, valid_from, valid_until) VALUES (%s, %s, now(), now() + %s)",
        [key, role, HIRED_FOR],
    )
    for training in notice.roles[role].trainings or ():
        admin.execute(
            "INSERT INTO register.training (staff_id, training, completed_at, valid_until)"
            " VALUES (%s, %s, now(), now() + %s)",
            [key, training, HIRED_FOR],
        )
    kind = next(iter(purpose.reasons or ()))
    [(reason,)] = admin.execute(
        "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('rights_request', %s, now()) RETURNING id",
        [kind],
    ).fetchall()
    return f"{kind}:{reason}"


def _dismiss(admin: psycopg.Connection[Any], reason: str) -> None:
    admin.execute(
        "UPDATE register.case_file SET closed_at = now() WHERE id = %s", [int(reason.partition(":")[2])]
    )
    admin.execute(
        "UPDATE register.staff_role r SET valid_until = now() FROM register.staff s"
        " WHERE s.id = r.staff_id AND s.username = %s AND r.valid_until > now()",
        [JOB],
    )


@contextmanager
def _register(cluster: Cluster) -> Iterator[None]:
    from .wiring import configure

    configure(cluster)
    from seloste.register.protection.backend.pool import pool

    try:
        yield
    finally:
        pool().close()


def _erase(each: Erased, reason: str, actor: str = JOB) -> dict[str, int]:
    from seloste.register.protection.session import acting
    from seloste.register.retention.operations import erase

    with acting(actor, PURPOSE, reason) as session:
        places: dict[str, list[str]] = {}
        for category in session.in_force.part("categories").values():
            if category.get("retention") == each.retention_class:
                for place, columns in (category.get("held_in") or {}).items():
                    places.setdefault(place, []).extend(columns)
        return erase(each.subject, each.retention_class, places, at=each.moment)
