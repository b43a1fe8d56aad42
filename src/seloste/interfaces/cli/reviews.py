"""Reviews of look-ups: `reviews run|open-case|watch|unwatch|own-record`."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import faces
from .acts import Act, Done, Need, now, operate, session
from .desk import Format, WrongUsage, desk
from .options import (
    FormatOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    day,
    moment,
    read,
    whom,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from seloste.register.protection.session import Session

reviews = typer.Typer(help="Ask about look-ups that misuse would look like.", no_args_is_help=True)

WEEK = timedelta(days=7)


@reviews.command("run")
def run(
    context: typer.Context,
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="MOMENT", help="Look-ups since then; by default a week.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="MOMENT", help="Look-ups before then; by default now.")
    ] = None,
    by_person: Annotated[
        bool,
        typer.Option("--per-person", help="Count look-ups by person, once the staff's notice opens that."),
    ] = False,
    staff_notice: Annotated[
        str | None,
        typer.Option(
            "--staff-notice", metavar="FILE", help="The staff's own notice; by default SELOSTE_STAFF_NOTICE."
        ),
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List the look-ups that a rule asks about, by keys; those that became a case are left out."""
    at = desk(context, form)
    ends = moment(until) or now()
    times = {"since": moment(since) or ends - WEEK, "until": ends}
    file = staff_notice or os.environ.get("SELOSTE_STAFF_NOTICE")
    if by_person and not file:
        raise WrongUsage(
            "look-ups by person are opened by the staff's notice: name it with --staff-notice FILE"
        )
    answer: dict[str, Any]
    with (
        at.house.register(),
        session(at, Act(staff, reason, under), need=Need("insert", "review_finding")) as opened,
    ):
        from seloste.register.protection.reviews import per_person, review

        if by_person:
            lookers = per_person(opened, read(str(file)), on=day(None), **times)
            answer = {"per_person": [vars(each) for each in lookers]}
        else:
            answer = {"findings": [vars(each) for each in review(opened, **times)]}
    [(kind, found)] = answer.items()
    at.answer(answer, lambda: shown(kind, found))


@reviews.command("open-case")
def open_case(
    context: typer.Context,
    *,
    finding: Annotated[int, typer.Argument(metavar="FINDING", help="Its number, as `reviews run` shows it.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Open a case of misuse of a finding; it is not offered again."""
    at = desk(context, form)

    def do(acted: Session) -> Done:
        from seloste.register.interactions.operations import open_case as open_file
        from seloste.register.protection.reviews import became, take

        found = take(acted, finding)
        case = open_file("case", "misuse_case", at=now(), subject_id=found.subject)
        became(acted, found, case.pk)
        return Done("reviews.open_case", {"finding": found.id, "rule": found.rule, "case": f"case:{case.pk}"})

    operate(at, Act(staff, reason, under), Need("insert", "case_file", "misuse_case"), do)


@reviews.command("watch")
def watch(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    until: Annotated[
        str | None, typer.Option("--until", metavar="MOMENT", help="By default until it is ended.")
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Have every look-up of a subject reviewed from now on."""
    at = desk(context, form)

    def do(_acted: Session) -> Done:
        from seloste.register.protection.reviews import watch as set_watch

        key = whom(subject, at)
        set_watch(key, at=now(), until=moment(until))
        return Done("reviews.watch", {"subject": key, "until": until})

    operate(at, Act(staff, reason, under), Need("insert", "watch"), do)


@reviews.command("unwatch")
def unwatch(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """End that look-ups of a subject are watched."""
    at = desk(context, form)

    def do(_acted: Session) -> Done:
        from seloste.register.protection.reviews import end_watch

        key = whom(subject, at)
        end_watch(key, at=now())
        return Done("reviews.unwatch", {"subject": key})

    operate(at, Act(staff, reason, under), Need("update", "watch"), do)


@reviews.command("own-record")
def own_record(
    context: typer.Context,
    *,
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="Somebody of the staff.")],
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Remember which subject somebody of the staff is, for the reviews alone."""
    at = desk(context, form)

    def do(_acted: Session) -> Done:
        from seloste.register.protection import actors
        from seloste.register.protection.operations import UnknownStaff
        from seloste.register.protection.reviews import link

        known = actors.staff(username)[1]
        if known is None:
            raise UnknownStaff("nobody acts under this username: see `seloste staff add`")
        key = whom(subject, at)
        link(known.id, key)
        return Done("reviews.own_record", {"staff": known.id, "subject": key})

    operate(at, Act(staff, reason, under), Need("insert", "own_record"), do)


def shown(kind: str, found: Sequence[dict[str, Any]]) -> RenderableType:
    """Findings, or lookers, in columns."""
    from rich.text import Text

    if not found:
        return Text("Nothing to ask about.", style="quiet")
    if kind == "per_person":
        table = faces.columns("Staff", "Look-ups", "Subjects", "Findings")
        for each in found:
            table.add_row(*(str(each[name]) for name in ("looker", "look_ups", "subjects", "findings")))
        return table
    table = faces.columns("Finding", "Rule", "When", "Staff", "Subject", "Event")
    for each in found:
        when = f"{faces.finnish(each['at']):%Y-%m-%d %H:%M:%S}"
        keys = (str(each[name]) for name in ("looker", "subject", "event"))
        table.add_row(str(each["id"]), each["rule"], when, *keys)
    return table
