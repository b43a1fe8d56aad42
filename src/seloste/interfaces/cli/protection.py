"""Who may act, and what for: `staff add|train`, `case open|close`."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, declared, now, operate
from .desk import Format, WrongUsage, desk
from .options import FormatOption, ReasonOption, StaffOption, UnderOption, moment, whom

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.protection.session import Session

staff = typer.Typer(help="Employ and train staff.", no_args_is_help=True)
case = typer.Typer(help="Open or close what a reason refers to.", no_args_is_help=True)

UsernameArgument = Annotated[str, typer.Argument(metavar="USERNAME", help="Under which name they act.")]


class Kind(StrEnum):
    """What a reason may refer to."""

    CALL = "call"
    CASE = "case"
    REQUEST = "request"
    CAMPAIGN = "campaign"
    TASK = "task"


CATEGORIES = {Kind.CASE: "misuse_case", Kind.REQUEST: "rights_request"}
"""The category of a case of a kind; every other is an interaction."""


@staff.command("add")
def add(
    context: typer.Context,
    *,
    username: UsernameArgument,
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    employer: Annotated[str, typer.Option("--employer", metavar="CONTROLLER", help="Whom they work for.")],
    roles: Annotated[
        list[str] | None, typer.Option("--role", metavar="KEY", help="A role of the notice; may be repeated.")
    ] = None,
    actor: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Make somebody a member of staff, with roles; trainings are recorded apart."""
    at = desk(context, form)

    def do(session: Session) -> Done:
        from seloste.register.protection.operations import assign_role, employ

        wanted = [declared(session, "roles", role) for role in roles or ()]
        employ(username, name, declared(session, "controllers", employer))
        for role in wanted:
            assign_role(username, role, at=now())
        return Done("staff.add", {"staff": username, "employer": employer, "roles": wanted})

    operate(at, Act(actor, reason, under), Need("insert", "staff"), do)


@staff.command("train")
def train(
    context: typer.Context,
    *,
    username: UsernameArgument,
    training: Annotated[str, typer.Argument(metavar="TRAINING", help="A training of the notice.")],
    completed: Annotated[
        str | None, typer.Option("--completed", metavar="MOMENT", help="When; by default now.")
    ] = None,
    actor: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record a completed training; it counts for as long as the notice says."""
    at = desk(context, form)
    done_at = moment(completed) or now()

    def do(session: Session) -> Done:
        from seloste.register.protection.operations import train as record

        months = session.in_force.part("trainings", declared(session, "trainings", training)).get(
            "valid_months"
        )
        until = months_later(done_at, int(months or 12))
        record(username, training, completed_at=done_at, valid_until=until)
        return Done(
            "staff.train", {"staff": username, "training": training, "until": until.date().isoformat()}
        )

    operate(at, Act(actor, reason, under), Need("insert", "training"), do)


@case.command("open")
def open_(
    context: typer.Context,
    *,
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="call, case, request, campaign or task.")],
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="SUBJECT", help="Whom it concerns, if one subject.")
    ] = None,
    actor: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Open a call, case, request, campaign or task, to be the reason of look-ups."""
    at, category = desk(context, form), CATEGORIES.get(kind, "interaction")

    def do(_session: Session) -> Done:
        from seloste.register.interactions.operations import open_case

        key = whom(subject, at) if subject else None
        opened = open_case(kind, category, at=now(), subject_id=key)
        return Done("case.open", {"reason": f"{kind}:{opened.pk}", "subject": key})

    operate(at, Act(actor, reason, under), Need("insert", "case_file", category), do)


@case.command("close")
def close(
    context: typer.Context,
    *,
    closed: Annotated[str, typer.Argument(metavar="KIND:KEY", help="What is closed, as call:4711.")],
    actor: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Close a case: no look-up can be for its reason any more."""
    at = desk(context, form)
    named = re.fullmatch(r"([a-z]+):([0-9]{1,18})", closed)
    if not named or named[1] not in set(Kind):
        raise WrongUsage("what is closed is named KIND:KEY, as call:4711")
    category = CATEGORIES.get(Kind(named[1]), "interaction")

    def do(_session: Session) -> Done:
        from seloste.register.interactions.operations import close_case

        close_case(int(named[2]), at=now())
        return Done("case.close", {"case": closed})

    operate(at, Act(actor, reason, under), Need("update", "case_file", category), do)


def months_later(moment_: datetime, months: int) -> datetime:
    """The same day so many months later, or the last of that month."""
    import calendar

    year, month = divmod(moment_.year * 12 + moment_.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment_.replace(year=year, month=month + 1, day=min(moment_.day, last))
