"""What is to be done: `task list|show|add|hand-over|done`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import faces
from .acts import Act, Done, Need, now, operate, session
from .desk import Format, WrongUsage, desk
from .interactions import TextOption, case_key, told_texts, words
from .options import (
    FormatOption,
    KeyOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    day,
    moment,
    whom,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from seloste.register.protection.session import Session

task = typer.Typer(help="Have something done by a day, and do it.", no_args_is_help=True)


class Kind(StrEnum):
    """What kind of thing is to be done."""

    PROMISE = "promise"
    COMPLAINT = "complaint"
    CALL_BACK = "call_back"
    CORRECTION = "correction"
    DOCUMENT = "document"
    OTHER = "other"


class Outcome(StrEnum):
    """What became of a task."""

    DONE = "done"
    NOT_NEEDED = "not_needed"


TaskArgument = Annotated[
    int, typer.Argument(metavar="TASK", help="The task's number, as `task list` shows it.")
]
TeamOption = Annotated[
    str | None, typer.Option("--team", metavar="ROLE", help="A team: a role of the notice.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="USERNAME", help="One of the team; by default all of it.")
]
VersionOption = Annotated[
    str | None,
    typer.Option(
        "--version", metavar="MOMENT", help="The version that was read: refused if it was changed since."
    ),
]


@task.command("list")
def list_(
    context: typer.Context,
    *,
    team: TeamOption = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only those that are mine.")] = False,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="SUBJECT", help="Only those about a subject.")
    ] = None,
    late: Annotated[bool, typer.Option("--late", help="Only those whose day is over.")] = False,
    due_by: Annotated[
        str | None, typer.Option("--due-by", metavar="DAY", help="Only those that are due by a day.")
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List what is to be done by my team, the first due first; by default by the role I act in; at most 200."""
    at = desk(context, form)
    with at.house.register(), session(at, Act(staff, reason, under), need=Need("select", "task")) as opened:
        from seloste.register.interactions.queries import waiting

        listing = waiting(
            day(None),
            team=team or (None if mine or subject else opened.role),
            mine=mine,
            subject_id=whom(subject, at) if subject else None,
            late=late,
            due_by=day(due_by) if due_by else None,
        )
        answer = {
            "tasks": [vars(each) for each in listing.found],
            "more": listing.more,
            "purpose": opened.purpose,
        }
    at.answer(answer, lambda: shown(answer))


@task.command("show")
def show(
    context: typer.Context,
    *,
    number: TaskArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show a task that is not done, with what was written of it."""
    at = desk(context, form)
    with at.house.register(), session(at, Act(staff, reason, under), need=Need("select", "task")):
        from seloste.register.interactions.operations import require_task
        from seloste.register.interactions.queries import task as open_task

        waits = open_task(number, day(None))
        done_at = None if waits else require_task(number).done_at
        answer = (
            {**vars(waits), "texts": told_texts(waits.texts), "done_at": None}
            if waits
            else {"key": number, "done_at": done_at}
        )
    at.answer(answer, lambda: faces.pairs("Task", {k: v for k, v in answer.items() if v not in (None, [])}))


@task.command("add")
def add(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    team: Annotated[str, typer.Option("--team", metavar="ROLE", help="A team: a role of the notice.")],
    kind: Annotated[Kind, typer.Option("--kind", help="What kind of thing.")] = Kind.OTHER,
    due: Annotated[
        str | None,
        typer.Option(
            "--due", metavar="DAY", help="By which day; a complaint is due in working days by itself."
        ),
    ] = None,
    to: ToOption = None,
    agreement: Annotated[
        int | None, typer.Option("--agreement", metavar="KEY", help="The agreement it is about.")
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option("--from", metavar="KIND:KEY", help="The call or case in which it was promised."),
    ] = None,
    text: TextOption = None,
    key: KeyOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Have something done about a subject: a promise, the answer to a complaint, a call."""
    at = desk(context, form)
    if due is None and kind is not Kind.COMPLAINT:
        raise WrongUsage("a task is due by a day: name it with --due; only a complaint has its own")
    said, asked_in = words(text, "--text"), case_key(origin) if origin else None

    def do(_session: Session) -> Done:
        from seloste.register.interactions.operations import Todo, add_task, answer_by

        whose, moment_ = whom(subject, at), now()
        by = day(due) if due else answer_by(moment_)
        made = add_task(
            whose, Todo(kind.value, team, by, to, agreement, asked_in), at=moment_, text=said, key=key
        )
        told = {"subject": whose, "task": made.pk, "reason": f"task:{made.case_id}", "due": made.due_date}
        return Done("task.add", told, made.marks if said is not None else None)

    # who names the call in which it was promised must be for a purpose that sees calls
    operate(at, Act(staff, reason, under), Need("insert", "interaction" if origin else "task"), do)


@task.command("hand-over")
def hand_over(
    context: typer.Context,
    *,
    number: TaskArgument,
    team: Annotated[str, typer.Option("--team", metavar="ROLE", help="To which team.")],
    to: ToOption = None,
    version: VersionOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Give a task to another team, or to one of a team."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.interactions.operations import hand_over as give

        given = give(number, team, username=to, expected=moment(version))
        told = {
            "task": number,
            "subject": given.subject_id,
            "team": team,
            "to": to,
            "version": given.changed_at,
        }
        return Done("task.hand_over", told)

    operate(at, Act(staff, reason, under), Need("update", "task"), do)


@task.command("done")
def done(
    context: typer.Context,
    *,
    number: TaskArgument,
    outcome: Annotated[Outcome, typer.Option("--outcome", help="What became of it.")] = Outcome.DONE,
    version: VersionOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record that a task was done, or is not needed; no look-up can be for it any more."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.interactions.operations import finish

        finished = finish(number, at=now(), outcome=outcome.value, expected=moment(version))
        told = {"task": number, "subject": finished.subject_id, "outcome": outcome.value}
        return Done("task.done", {**told, "late": day(None) > finished.due_date})

    operate(at, Act(staff, reason, under), Need("update", "task"), do)


def shown(answer: dict[str, Any]) -> RenderableType:
    """Tasks in columns; what is late says so in words, and that there are more."""
    from rich.console import Group
    from rich.text import Text

    found = answer["tasks"]
    if not found:
        return Text("Nothing to do.", style="quiet")
    table = faces.columns("Due", "Task", "Reason", "Subject", "What", "Team", "Whose")
    for each in found:
        due = f"{each['due_date']:%Y-%m-%d}"
        table.add_row(
            Text(f"{due}\nlate" if each["is_late"] else due, style="refused" if each["is_late"] else ""),
            str(each["key"]),
            each["reason"],
            str(each["subject_id"]),
            each["kind"].replace("_", " "),
            each["team"],
            str(each["staff_id"] or ""),
        )
    more = Text(f"There are more than {len(found)}: these are due first. Ask for fewer, as with --due-by.")
    return Group(table, *([more] if answer["more"] else []))
