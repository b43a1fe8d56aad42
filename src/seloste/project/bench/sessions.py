"""Purpose sessions: Django's models through `acting`, against the same models in `atomic` and an insert of one's own."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from .measuring import Case, measure, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from .register import Connection, Register

USERS = 50
LOGGED = """
WITH event AS (
  INSERT INTO plain.event (id, at, kind, actor, role, login, reason, categories, way, count, notice_hash, break_glass)
  VALUES (gen_random_uuid(), now(), 'subjects.read', '1', 'r', 'l', 'task:1', '{name}', 'opened', 1, 'h', false)
  RETURNING id)
INSERT INTO plain.event_subject (subject_id, event_id) SELECT %s, id FROM event"""
"""The same record as ours, committed by a connection of its own."""


@dataclass(frozen=True)
class Act:
    """Somebody who may act for a purpose, and a reason to."""

    username: str
    purpose: str
    reason: str
    concerns: int
    """Whom the session asks about: the subject of its reason, or anybody."""
    ground: str | None = None
    """On what ground a purpose of emergencies is opened."""


def acts(admin: Connection) -> list[Act]:
    """This will find, for every login of the notice in force, somebody to act and a reason that is open."""
    found = []
    [(body,)] = admin.execute("SELECT body FROM policy.notice WHERE replaced_at IS NULL").fetchall()
    purposes = json.loads(body)["purposes"]
    for purpose, controllers, sides, roles, reasons in admin.execute(
        "SELECT purpose, controllers, sides, roles, reasons FROM policy.login ORDER BY login"
    ).fetchall():
        staff = admin.execute(
            "SELECT s.username FROM register.staff s JOIN register.staff_role r ON r.staff_id = s.id"
            " WHERE r.role = ANY(%s) AND s.employer = ANY(%s) AND s.username NOT LIKE '%%.lapsed' LIMIT 1",
            [roles, controllers],
        ).fetchone()
        case = admin.execute(
            "SELECT c.kind || ':' || c.id, coalesce(s.id, 1) FROM register.case_file c LEFT JOIN register.subject s ON s.id = c.subject_id"
            " WHERE c.kind = ANY(%s) AND c.closed_at IS NULL AND (s.id IS NULL OR s.side = ANY(%s))"
            " ORDER BY (s.id IS NOT NULL), c.id LIMIT 1",
            [reasons, sides],
        ).fetchone()
        if staff and case:
            grounds = purposes[purpose].get("break_glass", {}).get("grounds", {})
            found.append(Act(staff[0], purpose, case[0], case[1], next(iter(grounds), None)))
    return found


def measured(at: Register, act: Act, say: Callable[[str], None]) -> list[dict[str, object]]:
    """This will compare reads through `acting` with plain reads that are recorded as well.

    Shape: rows of the answer.
    """
    from django.db import connections, transaction

    from seloste.project import wiring
    from seloste.register.models import Subject
    from seloste.register.protection.session import acting

    with at.login("service@sahkolaitos") as service, at.plain() as logging:
        query = "SELECT id FROM register.subject WHERE kind = 'person' ORDER BY id LIMIT 5000"
        people = spread([key for (key,) in service.execute(query).fetchall()])
        plain = wiring.database(at.cluster.dsn(at.cluster.role("owner")))
        plain["OPTIONS"]["options"] = "-c search_path=plain,pg_temp"
        wiring.connect("plain", plain)

        def read() -> None:
            Subject.objects.get(pk=next(people))

        def session() -> None:
            with acting(act.username, act.purpose, act.reason):
                read()

        def plain_read() -> None:
            key = next(people)
            Subject.objects.using("plain").get(pk=key)
            logging.execute(LOGGED, [key])

        def plain_session() -> None:
            with transaction.atomic(using="plain"):
                plain_read()

        try:
            with acting(act.username, act.purpose, act.reason), transaction.atomic(using="plain"):
                say("measuring: a read with its look-up log")
                rows = [measure(Case("read with look-up log", read, plain_read, 80))]
            say("measuring: a whole session of one read")
            rows.append(
                measure(Case("whole session of one read with look-up log", session, plain_session, 30))
            )
        finally:
            connections["plain"].close()
    return rows


def request(acting_for: list[Act]) -> Callable[[], None]:
    """This will give what a request does: a session of the next purpose in turn, and one question in it."""
    from seloste.register.models import Subject
    from seloste.register.protection.session import acting

    turn, alone = cycle(acting_for), threading.Lock()

    def once() -> None:
        with alone:
            act = next(turn)
        with acting(act.username, act.purpose, act.reason, ground=act.ground) as session:
            if "id" in session.login.may("select", "subject"):
                Subject.objects.filter(pk=act.concerns).exists()

    return once


def spent(name: str, once: Callable[[], None]) -> dict[str, float]:
    """This will tell what a session costs: half of them less, and all but one in a hundred. Units: milliseconds."""
    for _ in range(80):
        once()
    times = sorted(_timed(once) for _ in range(400))
    return {f"{name}_ms_p50": round(times[200] * 1e3, 2), f"{name}_ms_p99": round(times[396] * 1e3, 2)}


def _timed(once: Callable[[], None]) -> float:
    began = time.perf_counter()
    once()
    return time.perf_counter() - began


def connections_under(at: Register, once: Callable[[], None]) -> dict[str, int]:
    """This will count how many connections of ours are open at most while many users act at once."""
    most = 0
    with ThreadPoolExecutor(USERS) as pool, at.administrator() as admin:
        acting_now = [pool.submit(_repeat, once, 6) for _ in range(USERS)]
        while not all(each.done() for each in acting_now):
            query = "SELECT count(*) FROM pg_stat_activity WHERE starts_with(usename, %s)"
            [(now,)] = admin.execute(query, [f"{at.cluster.database}."]).fetchall()
            most = max(most, now)
        for each in acting_now:
            each.result()
    return {"users": USERS, "connections_open": most}


def _repeat(once: Callable[[], None], times: int) -> None:
    for _ in range(times):
        once()
