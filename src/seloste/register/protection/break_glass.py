"""Break-glass: a purpose of emergencies is opened on a ground, for an hour, and reviewed by a second person.

An opening is one person's, for one login, ground and reason. It is written before the first read, on the
look-up log's own connection, so that it is kept whatever becomes of the session. Within its time the same
person goes on under it; then the database refuses, and it takes a new opening with its own alarm and review.
Law: GDPR 6(1)(d), 32(1)(b), 32(4). Notice: purposes, protection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from seloste.register.protection import alarms, lookups
from seloste.register.protection.adding import add
from seloste.register.protection.backend.gate import run
from seloste.register.protection.backend.logins import ask
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.working_days import end_of_next_working_day

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.protection.actors import Admitted
    from seloste.register.protection.backend.line import Line
    from seloste.register.protection.session import Session

OPENED = "break_glass.opened"
FINDINGS = ("justified", "not_justified", "unclear")


class OpeningOver(NotInPurpose):
    """The time of an emergency has passed; it takes another opening."""


class NoSuchOpening(NotInPurpose):
    """For this purpose there is no such opening."""


class AlreadyReviewed(Exception):
    """A second person has reviewed this opening."""


class SecondPersonNeeded(NotInPurpose):
    """Whoever opened an emergency does not review it."""


_UNDER_WAY = """
SELECT b.id FROM register.break_glass b
WHERE b.staff_id = %s AND b.login = %s AND b.ground = %s AND b.reason = %s
  AND statement_timestamp() < b.opened_at + %s * interval '1 minute'
ORDER BY b.opened_at DESC LIMIT 1
"""
_OPEN = """
INSERT INTO register.break_glass (id, staff_id, controller, login, ground, reason, notice_hash, review_by)
VALUES (%(id)s, %(staff)s, %(controller)s, %(login)s, %(ground)s, %(reason)s, %(notice_hash)s, %(review_by)s)
"""


def open_for(admitted: Admitted, ground: str) -> UUID:
    """This will open an emergency for somebody admitted to it, or go on under their opening that still lasts.

    The alarm is tried before this returns; one that cannot be sent waits and stops nothing.
    Writes: break_glass, alarm, event. Raises: NotRecorded.
    Law: GDPR 6(1)(d), 32(4). Notice: purposes, dpo, contact.
    """
    login = admitted.login
    minutes = admitted.in_force.part("purposes", login.purpose, "break_glass").get("minutes", 60)
    under_way = ask(_UNDER_WAY, [int(admitted.actor), login.name, ground, admitted.reason, minutes])
    if under_way:
        return UUID(str(under_way[0][0]))
    [(now,)] = ask("SELECT statement_timestamp()")
    opening = uuid4()
    add(
        _OPEN,
        {
            "id": opening,
            "staff": int(admitted.actor),
            "controller": admitted.controller,
            "login": login.name,
            "ground": ground,
            "reason": admitted.reason,
            "notice_hash": admitted.in_force.hash,
            "review_by": end_of_next_working_day(now),
        },
    )
    lookups.write(
        lookups.Event(
            kind=OPENED,
            actor=admitted.actor,
            role=admitted.role,
            login=login.name,
            channel=None,
            reason=admitted.reason,
            notice_hash=admitted.in_force.hash,
            break_glass=True,
            retention_class=admitted.in_force.retention_of("event"),
            way="operation",
        )
    )
    alarms.send_waiting(admitted.in_force)
    return opening


def naming(opening: UUID | None) -> str:
    """The statement by which a session names its opening, behind the one that begins it."""
    return f"; SELECT set_config('seloste.opening', '{opening}', true)" if opening else ""


def require_open(line: Line, purpose: str) -> None:
    """This will ask the server whether the opening that the session named still lasts.

    Its policies are dark by themselves then; this says so, that nobody takes it for an empty register.
    Raises: OpeningOver.
    """
    if line.run("SELECT policy.opened()").fetchall() != [(True,)]:
        raise OpeningOver(
            f"the time of this opening is over by the server's clock: open {purpose} anew, on a ground that holds now"
        )


@dataclass(frozen=True)
class Opening:
    """An opening as its reviewer sees it: keys, and whom it let be seen."""

    id: UUID
    opened_at: datetime
    staff: int
    controller: str
    login: str
    ground: str
    reason: str
    review_by: datetime
    reviewed_at: datetime | None
    reviewed_by: int | None
    finding: str | None
    told: bool
    overdue: bool
    subjects: list[int] = field(default_factory=list)


_LIST = """
SELECT b.id, b.opened_at, b.staff_id, b.controller, b.login, b.ground, b.reason, b.review_by, b.reviewed_at,
  b.reviewed_by, b.finding, EXISTS (SELECT 1 FROM register.alarm a WHERE a.opening_id = b.id AND a.sent),
  b.reviewed_at IS NULL AND b.review_by <= %(at)s,
  ARRAY(SELECT DISTINCT s.subject_id FROM register.event e JOIN register.event_subject s ON s.event_id = e.id
    WHERE e.break_glass AND e.actor = b.staff_id::text AND e.login = b.login AND e.reason = b.reason
      AND e.at >= b.opened_at AND e.at < b.opened_at + %(minutes)s * interval '1 minute' ORDER BY 1)
FROM register.break_glass b
WHERE (NOT %(overdue)s OR b.reviewed_at IS NULL AND b.review_by <= %(at)s)
  AND (%(id)s::uuid IS NULL OR b.id = %(id)s::uuid)
ORDER BY b.opened_at DESC
"""
LONGEST = 240
"""Minutes that the grammar lets an opening last: what happened under an older notice is found too."""


def openings(
    session: Session, *, at: datetime, overdue: bool = False, opening: UUID | None = None
) -> list[Opening]:
    """This will list the openings of the session's companies, newest first, and record whom that tells of.

    Shape: those that overlap under one reason each tell of all whom that person saw then.
    Raises: NotInPurpose. Law: GDPR 32(1)(d).
    """
    values = {"at": at, "overdue": overdue, "id": opening, "minutes": LONGEST}
    found = [Opening(*row) for row in run(session, _LIST, values)]
    seen = {subject for each in found for subject in each.subjects}
    columns = [("break_glass", "ground"), ("event", "at"), ("event_subject", "subject_id")]
    session.record("listed", seen, len(found), session.categories_of(columns))
    return found


_REVIEW = """
UPDATE register.break_glass SET reviewed_at = statement_timestamp(), reviewed_by = %(by)s, finding = %(finding)s
WHERE id = %(id)s AND reviewed_at IS NULL
"""


def review(session: Session, opening: UUID, finding: str, *, at: datetime) -> Opening:
    """This will record what a second person found of an opening; the note stays with the case.

    Writes: break_glass. Raises: NoSuchOpening, SecondPersonNeeded, AlreadyReviewed.
    Law: GDPR 32(1)(d), 32(4). Notice: purposes.
    """
    if finding not in FINDINGS:
        raise ValueError(f"a finding is one of {', '.join(FINDINGS)}")
    found = next(iter(openings(session, at=at, opening=opening)), None)
    if found is None:
        raise NoSuchOpening(
            "for this purpose there is no such opening: `seloste break-glass list` shows them"
        )
    if str(found.staff) == session.actor:
        raise SecondPersonNeeded(
            "an opening is reviewed by a second person, and this one is yours: have another supervisor review it"
        )
    values: dict[str, Any] = {"id": opening, "by": int(session.actor), "finding": finding}
    session.wrote = True
    if found.reviewed_at or not run(session, _REVIEW, values).rowcount:
        raise AlreadyReviewed("a second person has reviewed this opening; what they found stays")
    session.note("protection.break_glass.review", ())
    return found
