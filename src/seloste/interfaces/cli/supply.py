"""How supply is invoiced and not stopped, and when nobody was supplied: `agreement invoice-by|stop-disconnection|vacancies`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, now, operate
from .agreements import AgreementArgument, FromOption, Kind
from .desk import Format, WrongUsage, desk
from .moves import agreement
from .options import FormatOption, ReasonOption, StaffOption, SubjectArgument, UnderOption, moment, whom

__all__ = ["agreement"]

if TYPE_CHECKING:
    from seloste.register.protection.session import Session


@agreement.command("invoice-by")
def invoice_by_(
    context: typer.Context,
    *,
    number: AgreementArgument,
    method: Annotated[str, typer.Argument(metavar="WAY", help="post, email or e_invoice.")],
    address: Annotated[
        int | None, typer.Option("--address", metavar="KEY", help="An address apart from the point's.")
    ] = None,
    contact: Annotated[
        int | None, typer.Option("--contact", metavar="KEY", help="The e-mail address to send to.")
    ] = None,
    begins: FromOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Choose how an agreement is invoiced."""
    at = desk(context, form)
    begin = moment(begins) or now()
    if method not in {"post", "email", "e_invoice"} or (method == "email") != (contact is not None):
        raise WrongUsage("an agreement is invoiced by post, by email with --contact KEY, or by e_invoice")

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import Way, invoice_by

        made = invoice_by(number, Way(method, address, contact), at=now(), valid_from=begin)
        return Done(
            "agreement.invoice-by", {"subject": made.subject_id, "agreement": number, "method": method}
        )

    operate(at, Act(staff, reason, under), Need("insert", "agreement_invoicing"), do)


@agreement.command("stop-disconnection")
def stop_disconnection_(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    ends: Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="Until when.")] = None,
    medical: Annotated[
        bool, typer.Option("--medical-need", help="Health hangs on the supply; no diagnosis is asked.")
    ] = False,
    lift: Annotated[bool, typer.Option("--lift", help="End it instead.")] = False,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Keep a customer's supply from being disconnected for a time, or end that."""
    at = desk(context, form)
    until = moment(ends)

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import lift_disconnection_stop, stop_disconnection

        key = whom(subject, at)
        if lift:
            lift_disconnection_stop(key, at=now())
        else:
            stop_disconnection(key, valid_from=now(), valid_until=until, medical_need=medical)
        return Done("agreement.stop-disconnection", {"subject": key, "stopped": not lift})

    operate(at, Act(staff, reason, under), Need("insert", "disconnection_stop"), do)


@agreement.command("vacancies")
def vacancies_(
    context: typer.Context,
    *,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="The point's GSRN, or its number, in full.")
    ],
    kind: Annotated[Kind, typer.Option("--kind", help="What is supplied there.")],
    begins: Annotated[str, typer.Option("--since", metavar="MOMENT", help="From when on.")],
    ends: Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="By default now.")] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List when nobody held a point: what was used then belongs to no customer."""
    at = desk(context, form)
    since, until = moment(begins), moment(ends) or now()

    def do(_session: Session) -> Done:
        from seloste.kernel.identifiers import NotAnIdentifier
        from seloste.register.agreements.operations import known_point
        from seloste.register.agreements.queries import vacancies

        try:
            point = known_point(kind, number)
        except NotAnIdentifier as wrong:
            raise WrongUsage(str(wrong)) from None
        if point is None:
            raise WrongUsage("no point of this kind and number is known on this side: read the number again")
        free = [
            {"from": each.start, "until": each.end} for each in vacancies(point, since=since, until=until)
        ]
        return Done("agreement.vacancies", {"point": number, "vacancies": free})

    operate(at, Act(staff, reason, under), Need("select", "agreement_period"), do)
