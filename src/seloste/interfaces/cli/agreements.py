"""Agreements: `agreement open|end|cancel`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, declared, now, operate
from .desk import Format, desk
from .options import (
    FormatOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    moment,
    whom,
)

if TYPE_CHECKING:
    from seloste.register.protection.session import Session

agreement = typer.Typer(help="Open, end or cancel an agreement, also backwards.", no_args_is_help=True)

AgreementArgument = Annotated[int, typer.Argument(metavar="AGREEMENT", help="The agreement's key.")]


class Kind(StrEnum):
    """What an agreement is about."""

    NETWORK = "network"
    SALE = "sale"
    HEAT = "heat"
    SERVICE = "service"


class Ending(StrEnum):
    """Why an agreement ended."""

    MOVE_OUT = "move_out"
    NOTICE = "notice"
    RESCISSION = "rescission"
    SWITCH = "switch"
    DEATH = "death"


@agreement.command("open")
def open_(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    number: Annotated[str, typer.Option("--number", help="The agreement's number.")],
    company: Annotated[str, typer.Option("--with", metavar="CONTROLLER", help="The company.")],
    kind: Annotated[Kind, typer.Option("--kind", help="What it is about.")],
    begins: Annotated[
        str | None, typer.Option("--from", metavar="MOMENT", help="From when; by default now.")
    ] = None,
    ends: Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="Until when.")] = None,
    asked: Annotated[
        str | None,
        typer.Option("--requested", metavar="MOMENT", help="When it was asked for; by default now."),
    ] = None,
    point: Annotated[
        int | None, typer.Option("--point", metavar="KEY", help="The metering point's key.")
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Open an agreement: prepared until it begins, then in force."""
    at = desk(context, form)
    begin, end, request = moment(begins) or now(), moment(ends), moment(asked)

    def do(session: Session) -> Done:
        from seloste.register.agreements.operations import Terms, open_agreement

        key = whom(subject, at)
        opened = open_agreement(
            key,
            Terms(number, declared(session, "controllers", company), kind, point),
            requested_at=request or min(now(), begin),
            valid_from=begin,
            valid_until=end,
        )
        return Done("agreement.open", {"subject": key, "agreement": opened.pk})

    operate(at, Act(staff, reason, under), Need("insert", "agreement_period"), do)


@agreement.command("end")
def end(
    context: typer.Context,
    *,
    number: AgreementArgument,
    why: Annotated[Ending, typer.Option("--because", help="Why it ends.")],
    ends: Annotated[
        str | None,
        typer.Option("--until", metavar="MOMENT", help="When it ends; also in the past; by default now."),
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """End an agreement; what was known before stays known as of then."""
    at = desk(context, form)
    until = moment(ends) or now()

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import end_agreement

        ended = end_agreement(number, at=now(), valid_until=until, reason=why)
        return Done("agreement.end", {"subject": ended.subject_id, "agreement": number, "because": why})

    operate(at, Act(staff, reason, under), Need("insert", "agreement_period"), do)


@agreement.command("cancel")
def cancel(
    context: typer.Context,
    *,
    number: AgreementArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Undo an agreement as if it had never been in force."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import cancel_agreement

        cancelled = cancel_agreement(number, at=now())
        return Done("agreement.cancel", {"subject": cancelled.subject_id, "agreement": number})

    operate(at, Act(staff, reason, under), Need("insert", "agreement_period"), do)
