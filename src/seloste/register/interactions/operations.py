"""What is done about cases: open and close, take down what was said, promise, hand over, do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now

from seloste.kernel.free_text import Mark, has_address
from seloste.kernel.periods import FINLAND
from seloste.register.protection import actors
from seloste.register.protection.actors import BINDING
from seloste.register.protection.once import once, require_unchanged
from seloste.register.protection.operations import acted, acted_by, declared, insert_unread, note, reads
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.working_days import working_days_after
from seloste.register.subjects.queries import marks_in, require_subject

from .models import CaseFile, CaseText, Interaction, Task

if TYPE_CHECKING:
    from datetime import date, datetime

ANSWERED_WITHIN = 10
"""Working days in which a complaint is answered: the company's own promise, no law's."""


class UnknownCase(NotInPurpose):
    """For this purpose there is no such case."""


class UnknownTask(NotInPurpose):
    """For this purpose there is no such task."""


class NobodyNamed(Exception):
    """A call or a case is about somebody: about nobody it would be a reason to look at anybody."""


class AlreadyClosed(Exception):
    """The case was closed before."""


class AlreadyDone(Exception):
    """The task was done before."""


class NothingWritten(Exception):
    """A text without a word says nothing."""


class AddressProtected(Exception):
    """The text names an address, and this subject's is under turvakielto for the purpose."""


class NotOfTheTeam(Exception):
    """Whoever is to do it has not the role that the task is for."""


@dataclass(frozen=True)
class Contact:
    """How somebody was in contact: over which channel and in which direction, about what, who spoke."""

    channel: str
    direction: str
    topic: str
    spoken_with: str = "subject"
    identified: str = "not_asked"
    agreement_id: int | None = None


@dataclass(frozen=True)
class Recorded:
    """What was taken down: its case, its reason, and what the text should not hold."""

    pk: int
    case_id: int
    reason: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Todo:
    """What is to be done: what kind of thing, by which team or one of it, by which day.

    `username`: one of the team; without it the team's. `origin`: the case in which it was asked for.
    """

    kind: str
    team: str
    due_date: date
    username: str | None = None
    agreement_id: int | None = None
    origin: int | None = None


def open_case(
    kind: str, category: str, *, at: datetime, subject_id: int | None = None, again: bool = True
) -> CaseFile:
    """This will open a case that can be the reason of look-ups, about one subject or none.

    A call or a case holds look-ups to its subject, so it must have one. `again`: one that was
    opened so at the same moment, and is open, is the same. A purpose that opens cases for others to work does not read them.
    Writes: case_file. Raises: NobodyNamed, UnknownSubject. Law: GDPR 5(2), 32. Notice: purposes.
    """
    if subject_id is None and kind in BINDING:
        raise NobodyNamed(f"a {kind} holds look-ups to whom it concerns: say whom, or open a task")
    concerned = [require_subject(subject_id).pk] if subject_id is not None else []
    same = {"kind": kind, "category": category, "subject_id": subject_id, "opened_at": at}
    looked_for = again and reads("case_file", "id")
    if looked_for and (opened := CaseFile.objects.filter(**same, closed_at__isnull=True).first()):
        return opened
    key = insert_unread("case_file", same)
    case = CaseFile.objects.create(**same) if key is None else CaseFile(pk=key, **same)
    note("interactions.case.open", *concerned)
    return case


def close_case(case_id: int, *, at: datetime) -> None:
    """This will close a case: no look-up can be for its reason any more.

    Writes: case_file. Raises: UnknownCase, AlreadyClosed. Law: GDPR 5(1)(e), 32. Notice: purposes.
    """
    case = _require_case(case_id)
    if not CaseFile.objects.filter(pk=case_id, closed_at__isnull=True).update(closed_at=at):
        raise AlreadyClosed("this case is closed already; open a new one for new work")
    note("interactions.case.close", *[each for each in [case.subject_id] if each is not None])


def record(
    subject_id: int,
    contact: Contact,
    *,
    at: datetime,
    text: str | None = None,
    case_id: int | None = None,
    key: str | None = None,
) -> Recorded:
    """This will take down a contact with a subject, in a case of its own or in one that is open.

    The case is the reason of the look-ups that follow: a call is call:KEY, anything else case:KEY. Who
    failed to say who they are has given no reason to look any more, and the case is closed with that.
    `key`: under which it is taken down once.
    Writes: case_file, interaction, case_text, idempotency. Raises: UnknownSubject, UnknownCase, AlreadyClosed,
    AddressProtected, NothingWritten. Law: GDPR 5(1)(c), 5(1)(f), 32(1)(b). Notice: purposes.
    """
    subject = require_subject(subject_id)
    found: tuple[Mark, ...] = ()

    def do() -> Interaction:
        nonlocal found
        case = _case_of(subject_id, contact.channel, case_id, at=at)
        made = Interaction.objects.create(
            subject_id=subject_id, case=case, staff_id=acted_by()[0], at=at, **vars(contact)
        )
        if text is not None:
            found = _write(case, text, at=at)
        note("interactions.record", subject_id)
        if contact.identified == "failed":
            close_case(case.pk, at=at)
            note("interactions.identification.failed", subject_id)
        return made

    def again(pk: int) -> Interaction:
        nonlocal found
        found = marks_in(text, subject_id)
        return Interaction.objects.select_related("case").get(pk=pk)

    made = once("interactions.record", key, side=subject.side, at=at).about(subject_id, do, again)
    return Recorded(made.pk, made.case_id, f"{made.case.kind}:{made.case_id}", found)


def write(case_id: int, text: str, *, at: datetime) -> tuple[Mark, ...]:
    """This will add a text to a case, and mark what should not stand in it.

    A text that names an address is kept apart from the others: it closes when the address does.
    Shape: the marks. Writes: case_text. Raises: UnknownCase, AddressProtected, NothingWritten.
    Law: GDPR 5(1)(c), 9; Tietosuojalaki 1050/2018 29 §. Notice: categories.
    """
    case = _require_case(case_id)
    found = _write(case, text, at=at)
    note("interactions.write", *[each for each in [case.subject_id] if each is not None])
    return found


def add_task(
    subject_id: int, todo: Todo, *, at: datetime, text: str | None = None, key: str | None = None
) -> Task:
    """This will have something done about a subject, by a team or by one of it, by a day.

    The task is a reason of look-ups, task:KEY with the key of its case, until it is done. Its `marks` tell what
    the text should not hold.
    Writes: case_file, task, case_text, idempotency. Raises: UnknownSubject, NotOfTheTeam, AddressProtected,
    NothingWritten. Law: GDPR 5(1)(b), 32(4). Notice: purposes, roles.
    """
    subject = require_subject(subject_id)

    def do() -> Task:
        case = open_case("task", "task", at=at, subject_id=subject_id, again=False)
        made = Task.objects.create(
            subject_id=subject_id,
            case=case,
            controller=acted().controller,
            kind=todo.kind,
            team=todo.team,
            staff_id=_of_team(todo.username, todo.team),
            due_date=todo.due_date,
            origin_id=_origin(todo.origin, subject_id),
            agreement_id=todo.agreement_id,
        )
        if text is not None:
            made.marks = _write(case, text, at=at)
        note(f"interactions.{todo.kind}.add", subject_id)
        return made

    def again(pk: int) -> Task:
        made = require_task(pk)
        made.marks = marks_in(text, subject_id)
        return made

    return once("interactions.task.add", key, side=subject.side, at=at).about(subject_id, do, again)


def answer_by(moment: datetime) -> date:
    """This will tell by which day a complaint of a moment is answered.

    Units: working days. Law: 150/1930 5 §.
    """
    return working_days_after(moment.astimezone(FINLAND).date(), ANSWERED_WITHIN)


def hand_over(
    task_id: int, team: str, *, username: str | None = None, expected: datetime | None = None
) -> Task:
    """This will give a task to another team, or to one of a team; `expected` is the version that was read.

    Writes: task. Raises: UnknownTask, AlreadyDone, NotOfTheTeam, ChangedMeanwhile. Law: GDPR 32(4).
    Notice: roles.
    """
    task = _require_waiting(task_id, expected)
    _change(task, team=team, staff_id=_of_team(username, team))
    note("interactions.task.hand_over", task.subject_id)
    return require_task(task_id)


def finish(task_id: int, *, at: datetime, outcome: str = "done", expected: datetime | None = None) -> Task:
    """This will record that a task was done, or is not needed; it is no reason of look-ups any more.

    Writes: task, case_file. Raises: UnknownTask, AlreadyDone, ChangedMeanwhile. Law: GDPR 5(1)(e).
    Notice: purposes.
    """
    task = _require_waiting(task_id, expected)
    _change(task, done_at=at, outcome=outcome)
    CaseFile.objects.filter(pk=task.case_id, closed_at__isnull=True).update(closed_at=at)
    note("interactions.task.finish", task.subject_id)
    return require_task(task_id)


def require_task(task_id: int) -> Task:
    """This will open a task.

    Raises: UnknownTask.
    """
    if task := Task.objects.filter(pk=task_id).first():
        return task
    raise UnknownTask("for this purpose there is no such task: `seloste task list` lists those of a team")


def _require_waiting(task_id: int, expected: datetime | None) -> Task:
    task = require_task(task_id)
    if task.done_at is not None:
        raise AlreadyDone("this task was done before, and nothing of it changes any more: add another one")
    require_unchanged("task", expected, task.changed_at)
    return task


def _change(task: Task, **changes: Any) -> None:
    """Changes a task as it was read a moment ago.

    Raises: UnknownTask, ChangedMeanwhile.
    """
    same = Task.objects.filter(pk=task.pk, changed_at=task.changed_at, done_at__isnull=True)
    if not same.update(changed_at=Now(), **changes):
        require_unchanged("task", task.changed_at, require_task(task.pk).changed_at)
        raise UnknownTask("for this purpose there is no such task to change")


def _of_team(username: str | None, team: str) -> int | None:
    """The key of one of a team; none for all of it.

    Raises: NotOfTheTeam.
    """
    if team not in declared("roles"):
        raise NotOfTheTeam(f"the notice in force declares no role {team}: a team is a role of the notice")
    if username is None:
        return None
    known = actors.staff(username)[1]
    if known is None or team not in known.roles:
        raise NotOfTheTeam(
            f"nobody of this user name has the role {team}: give it to the team, or to one of it"
        )
    return known.id


def _case_of(subject_id: int, channel: str, case_id: int | None, *, at: datetime) -> CaseFile:
    if case_id is None:
        return open_case(
            "call" if channel == "phone" else "case", "interaction", at=at, subject_id=subject_id, again=False
        )
    case = _require_case(case_id)
    if case.subject_id != subject_id:
        raise UnknownCase("for this subject there is no such case")
    if case.closed_at is not None and case.closed_at <= at:
        raise AlreadyClosed("this case is closed already; open a new one for new work")
    return case


def _origin(case_id: int | None, subject_id: int) -> int | None:
    """The case in which something was asked for: one about the same subject, as they are erased together."""
    if case_id is not None and _require_case(case_id).subject_id != subject_id:
        raise UnknownCase("for this subject there is no such case")
    return case_id


def _require_case(case_id: int) -> CaseFile:
    if case := CaseFile.objects.filter(pk=case_id).first():
        return case
    raise UnknownCase("for this purpose there is no such case")


def _write(case: CaseFile, text: str, *, at: datetime) -> tuple[Mark, ...]:
    if case.subject_id is None:
        raise NobodyNamed("a text is about somebody: what concerns nobody is read on both sides of a wall")
    if not text.strip():
        raise NothingWritten("there is nothing in this text: leave it out")
    found = marks_in(text, case.subject_id)
    names = "_address" if has_address(found) else ""
    try:
        with acted().atomic():
            CaseText.objects.create(
                subject_id=case.subject_id,
                category=f"{case.category}{names}",
                case=case,
                staff_id=acted_by()[0],
                written_at=at,
                text=text,
            )
    except NotInPurpose:
        if not names:
            raise
        where = ", ".join(f"{mark.start}-{mark.end}" for mark in found if mark.kind == "address")
        raise AddressProtected(
            f"the text names an address (characters {where}), and this subject's address is protected from this"
            " purpose: nothing was written. Write it without, or have it written for a purpose with the right"
        ) from None
    return found
