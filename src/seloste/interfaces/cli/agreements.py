"""Agreements: `agreement open|change|end|cancel|withdraw|confirmation`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .acts import Act, Done, Need, declared, now, operate
from .desk import Format, WrongUsage, desk
from .extracts import whole_bytes
from .options import (
    FormatOption,
    KeyOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    moment,
    whom,
)

if TYPE_CHECKING:
    from seloste.register.protection.session import Session

agreement = typer.Typer(
    help="Open, change, end or cancel an agreement, also backwards; move people in and out.",
    no_args_is_help=True,
)

AgreementArgument = Annotated[int, typer.Argument(metavar="AGREEMENT", help="The agreement's key.")]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="MOMENT", help="From which day; by default today.")
]
DistanceOption = Annotated[
    bool,
    typer.Option("--distance", help="Agreed by telephone, online or by post: 14 days of withdrawal."),
]
WRITES = Need("insert", "agreement_period")


class Kind(StrEnum):
    """What an agreement is about."""

    NETWORK = "network"
    SALE = "sale"
    HEAT = "heat"
    COOLING = "cooling"
    SERVICE = "service"


class Beginning(StrEnum):
    """Why an agreement begins."""

    MOVE_IN = "move_in"
    SWITCH = "switch"
    CONTRACT_CHANGE = "contract_change"
    LAST_RESORT = "last_resort"


class Ending(StrEnum):
    """Why an agreement ended."""

    MOVE_OUT = "move_out"
    NOTICE = "notice"
    RESCISSION = "rescission"
    SWITCH = "switch"
    DEATH = "death"
    SUPPLIER = "supplier"
    METER_REMOVED = "meter_removed"


def confirmed(*agreements: int) -> list[int]:
    """The keys of what was confirmed of agreements, for an answer: those of each one's last moment."""
    from seloste.register.agreements.operations import confirmations

    told: list[int] = []
    for key in agreements:
        made = confirmations(key)
        told += [each.pk for each in made if each.made_at == made[-1].made_at]
    return told


@agreement.command("open")
def open_(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    number: Annotated[
        str | None, typer.Option("--number", help="The agreement's number; drawn where none is given.")
    ] = None,
    company: Annotated[str, typer.Option("--with", metavar="CONTROLLER", help="The company.")],
    kind: Annotated[Kind, typer.Option("--kind", help="What it is about.")],
    begins: FromOption = None,
    ends: Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="Until when.")] = None,
    asked: Annotated[
        str | None,
        typer.Option("--requested", metavar="MOMENT", help="When it was asked for; by default now."),
    ] = None,
    point: Annotated[
        int | None, typer.Option("--point", metavar="KEY", help="The metering point's key.")
    ] = None,
    supply: Annotated[
        str | None,
        typer.Option("--at-point", metavar="NUMBER", help="Or the point's GSRN, or its number, in full."),
    ] = None,
    product: Annotated[
        str | None, typer.Option("--product", metavar="CODE", help="What the company offers.")
    ] = None,
    distance: DistanceOption = False,
    because: Annotated[Beginning | None, typer.Option("--because", help="Why it begins.")] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Open an agreement: prepared until it begins, then in force; and confirm it."""
    at = desk(context, form)
    begin, end, request = moment(begins) or now(), moment(ends), moment(asked)

    def do(session: Session) -> Done:
        from seloste.register.agreements.operations import Terms, open_agreement

        key = whom(subject, at)
        where = point_key(key, kind, supply) if supply else point
        opened = open_agreement(
            key,
            Terms(
                number,
                declared(session, "controllers", company),
                kind,
                where,
                product=product,
                at_distance=distance,
                start_reason=because,
            ),
            requested_at=request or now(),
            valid_from=begin,
            valid_until=end,
        )
        told = {"subject": key, "agreement": opened.pk, "confirmations": confirmed(opened.pk)}
        return Done("agreement.open", told)

    operate(at, Act(staff, reason, under), WRITES, do)


def point_key(subject_id: int, kind: str, number: str) -> int:
    """This will find a point by its full number on the subject's side, or add it.

    Raises: WrongUsage.
    """
    from seloste.kernel.identifiers import NotAnIdentifier
    from seloste.register.agreements.operations import supply_point
    from seloste.register.subjects.queries import require_subject

    try:
        return supply_point(require_subject(subject_id).side, kind, number)
    except NotAnIdentifier as wrong:
        raise WrongUsage(str(wrong)) from None


@agreement.command("change")
def change(
    context: typer.Context,
    *,
    number: AgreementArgument,
    product: Annotated[str, typer.Option("--product", metavar="CODE", help="The next product.")],
    begins: FromOption = None,
    distance: DistanceOption = False,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Give an agreement another product, and confirm it."""
    at = desk(context, form)
    begin = moment(begins) or now()

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import change_product

        sold = change_product(number, product, at=now(), valid_from=begin, at_distance=distance)
        told = {"subject": sold.subject_id, "agreement": number, "confirmations": confirmed(number)}
        return Done("agreement.change", told)

    operate(at, Act(staff, reason, under), WRITES, do)


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
    """End an agreement with a day, and confirm it; what was known before stays known as of then."""
    at = desk(context, form)
    until = moment(ends) or now()

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import end_agreement

        ended = end_agreement(number, at=now(), valid_until=until, reason=why)
        return Done("agreement.end", {"subject": ended.subject_id, "agreement": number, "because": why})

    operate(at, Act(staff, reason, under), WRITES, do)


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
    """Undo an agreement as if it had never been in force, and list what stood on it."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import cancel_agreement, require_period
        from seloste.register.agreements.queries import left_behind

        # before: the purpose may not see the agreement any more once it never was
        left = left_behind(number, since=require_period(number).valid_from)
        cancelled = cancel_agreement(number, at=now())
        told = {"subject": cancelled.subject_id, "agreement": number, **_left(left)}
        return Done("agreement.cancel", told)

    operate(at, Act(staff, reason, under), WRITES, do)


def _left(left: Any) -> dict[str, Any]:
    return {
        "left_behind": [
            {"kind": each.kind, "key": each.key, "subject": each.subject_id, "state": each.state}
            for each in left.found
        ],
        "not_asked": list(left.unasked),
    }


@agreement.command("left-behind")
def left_behind_(
    context: typer.Context,
    *,
    number: AgreementArgument,
    since: Annotated[
        str, typer.Option("--since", metavar="MOMENT", help="What stands on it from this moment on.")
    ],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List what stood on an agreement that was undone; by default for a purpose that reads receivables."""
    at = desk(context, form)
    begin = moment(since)

    def do(_session: Session) -> Done:
        from seloste.register.agreements.queries import left_behind

        return Done("agreement.left-behind", {"agreement": number, **_left(left_behind(number, since=begin))})

    operate(at, Act(staff, reason, under), Need("select", "receivable"), do)


@agreement.command("withdraw")
def withdraw_(
    context: typer.Context,
    *,
    number: AgreementArgument,
    when: Annotated[
        str | None,
        typer.Option("--at", metavar="MOMENT", help="When the customer sent it; by default now."),
    ] = None,
    key: KeyOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Let a consumer withdraw from what was sold at a distance, within 14 days of its confirmation."""
    at = desk(context, form)
    sent = moment(when) or now()

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import withdraw

        period = withdraw(number, at=sent, key=key)
        return Done("agreement.withdraw", {"subject": period.subject_id, "agreement": number})

    operate(at, Act(staff, reason, under), WRITES, do)


@agreement.command("confirmation")
def confirmation(
    context: typer.Context,
    *,
    number: AgreementArgument,
    key: Annotated[
        int | None, typer.Option("--key", metavar="KEY", help="Which one; by default the last.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", metavar="FILE", help="Write the PDF to this file.")
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show what was confirmed, word for word; with -o write the PDF."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import confirmations, open_confirmation

        made = [each.pk for each in confirmations(number)]
        if not made or (key is not None and key not in made):
            raise WrongUsage(
                "of this agreement nothing of that key was confirmed, as far as this purpose sees"
            )
        opened = open_confirmation(made[-1] if key is None else key)
        if out is not None:
            with whole_bytes(out) as file:
                file.write(opened.document)
        told = {
            "agreement": number,
            "confirmation": opened.key,
            "of": made,
            "subject": opened.subject_id,
            "about": opened.about,
            "language": opened.language,
            "made_at": opened.made_at,
            "text": opened.text,
        }
        return Done("agreement.confirmation", told)

    operate(at, Act(staff, reason, under), Need("select", "confirmation"), do)
