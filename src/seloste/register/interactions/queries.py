"""What was said and what is to be done: the contacts of a subject, the tasks of a person or a team."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.kernel.free_text import Mark, marks
from seloste.register.protection.operations import acted, acted_by, records_of
from seloste.register.subjects.queries import require_subject, streets_of

from .models import CaseText, Interaction, Task

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

MOST = 200
"""Tasks shown at once: a longer list is nobody's work of a day."""


@dataclass(frozen=True)
class Said:
    """A text of a case, with what it should not hold."""

    written_at: datetime
    staff_id: int
    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Told:
    """A contact as it was taken down, with which record of somebody; `texts` are those of its case that the purpose sees."""

    reason: str
    subject_id: int
    at: datetime
    channel: str
    direction: str
    topic: str
    spoken_with: str
    identified: str
    agreement_id: int | None
    staff_id: int
    closed_at: datetime | None
    texts: tuple[Said, ...]


@dataclass(frozen=True)
class Waiting:
    """A task: whose, by which day, and whether that day is over; `version` is named by who changes it."""

    key: int
    reason: str
    subject_id: int
    kind: str
    team: str
    staff_id: int | None
    due_date: date
    is_late: bool
    agreement_id: int | None
    origin: int | None
    version: datetime
    texts: tuple[Said, ...]


@dataclass(frozen=True)
class Listing:
    """Tasks that wait, the first due first; `more`: there are others, which are due later."""

    found: tuple[Waiting, ...]
    more: bool


def contacts(subject_id: int) -> list[Told]:
    """This will list the contacts with a subject, the last one first, with what was written of them.

    Those with other records of the same human are among them, as far as the purpose sees merges.
    Raises: UnknownSubject. Law: GDPR 5(1)(f). Notice: categories.
    """
    require_subject(subject_id)
    records = records_of(subject_id)
    found = list(
        Interaction.objects.filter(subject_id__in=records).select_related("case").order_by("-at", "-id")
    )
    said = _said(records, {each.case_id for each in found}) if found else {}
    return [
        Told(
            f"{each.case.kind}:{each.case_id}",
            each.subject_id,
            each.at,
            each.channel,
            each.direction,
            each.topic,
            each.spoken_with,
            each.identified,
            each.agreement_id,
            each.staff_id,
            each.case.closed_at,
            said.get(each.case_id, ()),
        )
        for each in found
    ]


def waiting(
    day: date,
    *,
    team: str | None = None,
    mine: bool = False,
    subject_id: int | None = None,
    late: bool = False,
    due_by: date | None = None,
) -> Listing:
    """This will list the tasks that are not done, the first due first: of a team, of whoever acts, or about a subject.

    A task is late from the day after its own, by Finnish days. Without texts: a list is not read word by word.
    At most 200 at once.
    Raises: NotInPurpose. Law: GDPR 5(1)(c), 32(4). Notice: purposes, roles.
    """
    found = Task.objects.filter(controller=acted().controller, done_at__isnull=True)
    if team is not None:
        found = found.filter(team=team)
    if mine:
        found = found.filter(staff_id=acted_by()[0])
    if subject_id is not None:
        found = found.filter(subject_id__in=records_of(subject_id))
    if late:
        found = found.filter(due_date__lt=day)
    if due_by is not None:
        found = found.filter(due_date__lte=due_by)
    rows = list(found.order_by("due_date", "id")[: MOST + 1])
    return Listing(tuple(_waiting(each, day) for each in rows[:MOST]), len(rows) > MOST)


def task(task_id: int, day: date) -> Waiting | None:
    """This will open a task that is not done, with its texts; none where there is no such task."""
    found = Task.objects.filter(pk=task_id, done_at__isnull=True).first()
    if found is None:
        return None
    said = _said([found.subject_id], {found.case_id})
    return _waiting(found, day, said.get(found.case_id, ()))


def _waiting(found: Task, day: date, texts: tuple[Said, ...] = ()) -> Waiting:
    return Waiting(
        found.pk,
        f"task:{found.case_id}",
        found.subject_id,
        found.kind,
        found.team,
        found.staff_id,
        found.due_date,
        found.due_date < day,
        found.agreement_id,
        found.origin_id,
        found.changed_at,
        texts,
    )


def _said(subjects: list[int], cases: Iterable[int]) -> dict[int, tuple[Said, ...]]:
    """Texts by their case, in the order in which they were written."""
    streets = [street for subject in subjects for street in streets_of(subject)]
    told: dict[int, tuple[Said, ...]] = {}
    for each in CaseText.objects.filter(subject_id__in=subjects, case_id__in=list(cases)).order_by("id"):
        said = Said(each.written_at, each.staff_id, each.text, marks(each.text, streets))
        told[each.case_id] = (*told.get(each.case_id, ()), said)
    return told
