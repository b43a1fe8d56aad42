"""The look-up log: who read about whom, when and for what; written before anything is let out.

On its own login and connection, so that it is kept when the business transaction rolls back.
Law: GDPR 5(2), 15, 30, 32. Notice: protection.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from seloste.register.protection import merged
from seloste.register.protection.adding import add, adding
from seloste.register.protection.backend.gate import run
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

    from seloste.register.protection.session import Session

READ = "subjects.read"
REFUSED = "session.refused"

WRITE = """
WITH event AS (
  INSERT INTO register.event (id, at, kind, actor, role, login, channel, reason, categories, way, count,
    notice_hash, break_glass, retention_class, salt)
  VALUES (%(id)s, statement_timestamp(), %(kind)s, %(actor)s, %(role)s, %(login)s, %(channel)s, %(reason)s,
    %(categories)s::text[], %(way)s, %(count)s, %(notice_hash)s, %(break_glass)s,
    %(retention_class)s, %(salt)s))
INSERT INTO register.event_subject (subject_id, event_id)
SELECT subject_id, %(id)s FROM unnest(%(subjects)s::bigint[]) subject_id
"""
"""An event and its members, one statement; its random bits come with it, as those of the database take 20 us."""


_MEMBERS = """
INSERT INTO register.event_subject (subject_id, event_id)
SELECT subject_id, %(id)s FROM unnest(%(subjects)s::bigint[]) subject_id
"""


class UnseenSubject(NotInPurpose):
    """For this purpose there is no such subject: it may be nobody, or somebody it does not reach."""


@dataclass(frozen=True)
class Event:
    """A look-up: keys and counts, never a name or a value."""

    kind: str
    actor: str
    role: str
    login: str
    channel: str | None
    reason: str | None
    notice_hash: str
    break_glass: bool
    retention_class: str | None = None
    way: str = "verdict"
    count: int = 0
    categories: tuple[str, ...] = ()
    subjects: tuple[int, ...] = ()

    def of(self, way: str, subjects: Iterable[int], count: int, categories: Iterable[str]) -> Event:
        """This event with what was looked up."""
        return replace(
            self, way=way, subjects=tuple(sorted(subjects)), count=count, categories=tuple(sorted(categories))
        )


def write(event: Event) -> UUID:
    """This will commit an event and its subjects, in one statement.

    Shape: the event's key. Writes: event, event_subject. Raises: NotRecorded.
    """
    values = _values(event)
    add(WRITE, values)
    key: UUID = values["id"]
    return key


def _values(event: Event) -> dict[str, Any]:
    told = {**event.__dict__, "id": moment_key(), "salt": secrets.token_bytes(16)}
    return {**told, "categories": list(event.categories), "subjects": list(event.subjects)}


def write_many(event: Event, members: Iterable[list[int]]) -> int:
    """This will commit an event with more subjects than are held at once; says how many they are.

    One transaction: whoever sees the event sees all of its members. What the members raise undoes it.
    Writes: event, event_subject. Raises: NotRecorded.
    """
    values = _values(event)

    def commit(connection: psycopg.Connection[Any]) -> int:
        count = 0
        with connection.transaction():
            for subjects in members:
                connection.execute(_MEMBERS, {"id": values["id"], "subjects": subjects}, prepare=True)
                count += len(subjects)
            connection.execute(WRITE, {**values, "subjects": [], "count": count}, prepare=True)
        return count

    return adding(commit)


def moment_key() -> UUID:
    """A random UUID that begins with the time (version 7), so that the index grows at its end."""
    moment = time.time_ns() // 1_000_000
    value = (moment << 80) | secrets.randbits(80)
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))


@dataclass(frozen=True)
class LookUp:
    """A look-up as its subject may see it: no names of staff; what was listed, as a count a day."""

    day: date
    at: datetime | None
    purpose: str
    company: str
    way: str
    count: int
    break_glass: bool


_READ = """
SELECT e.day, e.at, e.login, e.way, count(*), bool_or(e.break_glass)
FROM (
  SELECT DISTINCT (e.at AT TIME ZONE 'Europe/Helsinki')::date AS day, e.way, e.login, e.break_glass,
    CASE WHEN e.way <> 'listed' THEN e.at END AS at, e.id
  FROM register.event_subject s JOIN register.event e ON e.id = s.event_id
  WHERE s.subject_id = ANY(%s) AND e.kind = 'subjects.read') e
GROUP BY e.day, e.at, e.login, e.way, CASE WHEN e.way <> 'listed' THEN e.id END
ORDER BY e.day DESC, e.at DESC NULLS LAST
"""


def lookups(session: Session, subject_id: int) -> list[LookUp]:
    """This will tell who looked at a subject, as the subject may see it; the asking is itself recorded.

    Whoever looked at another record of the same human is told too, where the purpose reads merges.
    Shape: newest first; `day` is the Finnish day. Raises: UnseenSubject, NotInPurpose. Law: GDPR 15(1)(c).
    """
    if not run(session, "SELECT 1 FROM register.subject WHERE id = %s", [subject_id]).fetchall():
        session.record("verdict", {subject_id}, 0, ())
        raise UnseenSubject("for this purpose there is no such subject, so nobody's look-ups are told")
    records = merged.records_of(session, subject_id)
    rows = run(session, _READ, [records]).fetchall()
    log = session.categories_of([("event", "at"), ("event_subject", "subject_id")])
    session.record("opened", records, len(records), log)
    companies = {login.name: ", ".join(login.controllers) for login in session.in_force.logins}
    found = []
    for day, at, login, way, count, broken in rows:
        purpose, _, scope = login.partition("@")
        found.append(LookUp(day, at, purpose, companies.get(login, scope), way, count, broken))
    return found
