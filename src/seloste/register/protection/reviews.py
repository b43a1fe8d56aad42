"""Reviews of the look-up log: which look-ups a rule asks about. A finding is a question, and no judgement.

A finding names a rule, an event, whom it was about and the looker's key. Names and addresses are compared
inside the database and never come out of it.
Law: GDPR 5(1)(f), 5(2), 32(4). Notice: purposes, protection.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from seloste.register.ledger.queries import lasting
from seloste.register.protection import actors
from seloste.register.protection.backend.gate import run
from seloste.register.protection.backend.logins import ask
from seloste.register.protection.models import OwnRecord, Watch
from seloste.register.protection.operations import note
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from seloste.notice import Notice
    from seloste.register.protection.session import Session

SOON = timedelta(minutes=2)
"""A reason closed so soon after a look-up was perhaps opened for it."""
FEW = 50
"""Look-ups that listed more than so many are work on sets: they are counted, and not held to a name."""
TIMES, LEAST, TEAM = 3, 20, 3
"""Volume: more than so many times the team's median, at least so many, in a team of at least so many."""
PER_PERSON = "per_person_reports"
"""The purpose of the staff's notice under which look-ups are told person by person."""


class NoSuchFinding(NotInPurpose):
    """For this purpose there is no such finding."""


class AlreadyACase(Exception):
    """A case was opened of this finding."""


class NotYetOpen(NotInPurpose):
    """Something that the staff's notice must have a day for has not been done."""


class AlreadyLinked(Exception):
    """This subject is somebody's own record already."""


class NotWatched(Exception):
    """Nobody watches over look-ups of this subject."""


@dataclass(frozen=True)
class Finding:
    """A look-up that a rule asks about: keys alone."""

    id: int
    rule: str
    event: UUID
    subject: int
    looker: int
    at: datetime


_LOOKED = """
WITH looked AS MATERIALIZED (
  SELECT e.event_id, e.at, e.way, e.count, e.role, e.reason, e.subject_id, t.id AS staff_id, t.name, t.employer,
    (e.at AT TIME ZONE 'Europe/Helsinki')::date AS day
  FROM policy.looked(%(since)s, %(until)s) e
  JOIN register.staff t ON t.id::text = e.actor
  WHERE e.way IN ('opened', 'listed') AND NOT (e.way = 'listed' AND split_part(e.login, '@', 1) = %(purpose)s)),
single AS (SELECT * FROM looked WHERE way = 'opened' OR count <= %(few)s)
"""
"""What a review itself lists is no look-up of the reviewer's own."""

_PARTS = "regexp_split_to_array(lower({}), '[- ]+')"
RULES = {
    "own_record": """SELECT l.* FROM single l
  JOIN register.own_record o ON o.staff_id = l.staff_id AND o.subject_id = l.subject_id""",
    "same_surname": f"""SELECT l.* FROM single l JOIN register.subject x ON x.id = l.subject_id
  WHERE {_PARTS.format("x.family_name")} && {_PARTS.format("substring(l.name FROM '[^ ]+$')")}
    AND NOT EXISTS (SELECT 1 FROM register.own_record o WHERE o.subject_id = l.subject_id AND o.staff_id = l.staff_id)""",
    "same_address": """SELECT l.* FROM single l
  JOIN register.own_record o ON o.staff_id = l.staff_id AND o.subject_id <> l.subject_id
  JOIN register.address mine ON mine.subject_id = o.subject_id
  JOIN register.address theirs ON theirs.subject_id = l.subject_id
    AND lower(theirs.street) = lower(mine.street) AND theirs.postcode = mine.postcode
  WHERE mine.valid_from <= l.at AND (mine.valid_until IS NULL OR l.at < mine.valid_until)
    AND theirs.valid_from <= l.at AND (theirs.valid_until IS NULL OR l.at < theirs.valid_until)""",
    "colleague": """SELECT l.* FROM single l
  JOIN register.own_record o ON o.subject_id = l.subject_id AND o.staff_id <> l.staff_id""",
    "watched": """SELECT l.* FROM looked l JOIN register.watch w ON w.subject_id = l.subject_id
  WHERE w.valid_from <= l.at AND (w.valid_until IS NULL OR l.at < w.valid_until)""",
    "closed_soon": """SELECT l.* FROM single l
  JOIN unnest(%(reasons)s::text[], %(closed)s::timestamptz[]) c(reason, closed_at) ON c.reason = l.reason
  WHERE c.closed_at >= l.at AND c.closed_at < l.at + %(soon)s""",
    "volume": """SELECT DISTINCT ON (d.staff_id, d.role, d.day) l.* FROM (
    SELECT staff_id, role, employer, day, count(DISTINCT event_id) AS number FROM looked GROUP BY 1, 2, 3, 4) d
  JOIN (SELECT role, employer, day, count(*) AS members, percentile_cont(0.5) WITHIN GROUP (ORDER BY number) AS median
    FROM (SELECT staff_id, role, employer, day, count(DISTINCT event_id) AS number FROM looked GROUP BY 1, 2, 3, 4) each
    GROUP BY 1, 2, 3) team USING (role, employer, day)
  JOIN looked l USING (staff_id, role, employer, day)
  WHERE d.number > %(times)s * team.median AND d.number >= %(least)s AND team.members >= %(team)s
  ORDER BY d.staff_id, d.role, d.day, l.at, l.event_id, l.subject_id""",
}
"""Rules by name: the look-ups that each asks about. Of volume it is the first of the day."""

_ASKED = "\n  UNION ALL ".join(
    f"SELECT '{rule}' AS rule, f.subject_id, f.event_id, f.staff_id, f.at FROM ({asked}) f"
    for rule, asked in RULES.items()
)
_FIND = f"""{_LOOKED}
INSERT INTO register.review_finding (subject_id, rule, event_id, staff_id, at)
SELECT DISTINCT a.subject_id, a.rule, a.event_id, a.staff_id, a.at FROM (
  {_ASKED}) a
ORDER BY a.subject_id, a.event_id
ON CONFLICT DO NOTHING"""
_OFFERED = """
SELECT f.id, f.rule, f.event_id, f.subject_id, f.staff_id, f.at FROM register.review_finding f
WHERE f.at >= %(since)s AND f.at < %(until)s AND f.case_id IS NULL ORDER BY f.at, f.id
"""


def review(session: Session, *, since: datetime, until: datetime) -> list[Finding]:
    """This will ask every rule about the look-ups of a time, and tell the findings of which no case came.

    Look-ups are those of subjects whom the purpose sees. A finding keeps its key when it is found again.
    Shape: oldest first. Writes: review_finding. Raises: NotInPurpose. Law: GDPR 5(2), 32(4).
    """
    values: dict[str, Any] = {
        "since": since,
        "until": until,
        "purpose": session.purpose,
        "few": FEW,
        "soon": SOON,
        "times": TIMES,
        "least": LEAST,
        "team": TEAM,
    }
    values["reasons"], values["closed"] = _closings(session, values)
    session.wrote = True
    run(session, _FIND, values)
    found = [Finding(*row) for row in run(session, _OFFERED, values)]
    _record(session, {each.subject for each in found}, len(found))
    return found


def _closings(session: Session, values: dict[str, Any]) -> tuple[list[str], list[datetime]]:
    """When the reasons were closed: the purpose reads no cases, so the policy says that and no more."""
    asked = _LOOKED + "SELECT DISTINCT l.reason FROM looked l WHERE l.reason IS NOT NULL"
    reasons = [reason for (reason,) in run(session, asked, values) if actors.parse(reason)[0]]
    closed = ask("SELECT reason, closed_at FROM policy.closings(%s, %s)", [reasons, session.login.name])
    return [reason for reason, _ in closed], [moment for _, moment in closed]


def _record(session: Session, subjects: Iterable[int], count: int) -> None:
    columns = [("event", "at"), ("event_subject", "subject_id"), ("review_finding", "rule")]
    session.record("listed", subjects, count, session.categories_of(columns))


_TAKE = """
SELECT f.id, f.rule, f.event_id, f.subject_id, f.staff_id, f.at, f.case_id FROM register.review_finding f WHERE f.id = %s
"""
_CASE = "UPDATE register.review_finding SET case_id = %s WHERE id = %s AND case_id IS NULL"


def take(session: Session, finding_id: int) -> Finding:
    """This will open a finding of which no case came yet.

    Raises: NoSuchFinding, AlreadyACase.
    """
    row = run(session, _TAKE, [finding_id]).fetchone()
    if row is None:
        raise NoSuchFinding("for this purpose there is no such finding: `seloste reviews run` shows them")
    found = Finding(*row[:-1])
    _record(session, {found.subject}, 1)
    if row[-1] is not None:
        raise AlreadyACase(f"of this finding came case:{row[-1]}: go on there")
    return found


def became(session: Session, finding: Finding, case_id: int) -> None:
    """This will remember the case that came of a finding, which is then not offered again.

    Writes: review_finding. Raises: AlreadyACase. Law: GDPR 5(2).
    """
    session.wrote = True
    if not run(session, _CASE, [case_id, finding.id]).rowcount:
        raise AlreadyACase("somebody else has just opened a case of this finding: go on there")
    note("protection.reviews.case", finding.subject)


@dataclass(frozen=True)
class Looker:
    """How much one of the staff looked: by key, and only once the staff's notice opens that."""

    looker: int
    look_ups: int
    subjects: int
    findings: int


_PER_PERSON = """SELECT l.staff_id, count(DISTINCT l.event_id), count(DISTINCT l.subject_id),
  (SELECT count(*) FROM register.review_finding f WHERE f.staff_id = l.staff_id AND f.at >= %(since)s AND f.at < %(until)s)
FROM looked l GROUP BY l.staff_id ORDER BY 2 DESC, 1"""


def per_person(
    session: Session, staff_notice: Notice, *, since: datetime, until: datetime, on: date
) -> list[Looker]:
    """This will count look-ups person by person, if the staff's own notice has opened that by a day.

    Raises: NotYetOpen. Law: 759/2004 4 §, 21 §; 1333/2021 12 §. Notice: purposes.
    """
    refuse_unopened(staff_notice, on)
    values = {"since": since, "until": until, "purpose": session.purpose}
    rows = run(session, _LOOKED + _PER_PERSON, {**values, "few": FEW}).fetchall()
    _record(session, (), len(rows))
    return [Looker(*row) for row in rows]


def refuse_unopened(staff_notice: Notice, on: date) -> None:
    """This will refuse what the staff's notice has not opened.

    Raises: NotYetOpen.
    """
    purpose = staff_notice.purposes.get(PER_PERSON)
    if purpose is None:
        raise NotYetOpen(
            f"the staff's notice declares no purpose {PER_PERSON}: look-ups are not told by person"
        )
    missing = [
        f"{key} ({awaited.law})" if awaited.law else key
        for key, awaited in purpose.opens_after.items()
        if awaited.since is None or on < awaited.since
    ]
    if missing or not purpose.opens_after:
        raise NotYetOpen(
            f"reports by person stay shut: the staff's notice has no day yet for {', '.join(missing) or 'the dialogue'}."
            f" When it was done, write the day into opens_after of {PER_PERSON}"
        )


def watch(subject_id: int, *, at: datetime, until: datetime | None = None) -> Watch:
    """This will have every look-up of a subject reviewed, from a moment on.

    Writes: watch. Raises: NotInPurpose. Law: GDPR 32(1). Notice: categories.
    """
    made = Watch.objects.create(subject_id=subject_id, valid_from=at, valid_until=until)
    note("protection.watch.set", subject_id)
    return made


def end_watch(subject_id: int, *, at: datetime) -> None:
    """This will end that look-ups of a subject are watched; those of before are reviewed still.

    Writes: watch. Raises: NotWatched.
    """
    watched = Watch.objects.filter(lasting(at), subject_id=subject_id)
    if not watched.update(valid_until=at):
        raise NotWatched("look-ups of this subject are not watched: there is nothing to end")
    note("protection.watch.end", subject_id)


def link(staff_id: int, subject_id: int) -> OwnRecord:
    """This will remember that a subject is one of the staff, for the reviews alone.

    Writes: own_record. Raises: AlreadyLinked, NotInPurpose. Law: GDPR 5(1)(c). Notice: categories.
    """
    if OwnRecord.objects.filter(subject_id=subject_id).first():
        raise AlreadyLinked("this subject is linked to somebody of the staff already")
    made = OwnRecord.objects.create(subject_id=subject_id, staff_id=staff_id)
    note("protection.own_record.link", subject_id)
    return made
