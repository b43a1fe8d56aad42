"""What companies offer: `agreement offer|products|withdraw-product`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, declared, now, operate
from .agreements import FromOption, Kind
from .desk import Format, desk
from .options import FormatOption, ReasonOption, StaffOption, UnderOption, moment
from .supply import agreement

__all__ = ["agreement"]

if TYPE_CHECKING:
    from seloste.register.protection.session import Session


@agreement.command("offer")
def offer(
    context: typer.Context,
    *,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The product's code.")],
    company: Annotated[str, typer.Option("--with", metavar="CONTROLLER", help="The company.")],
    kind: Annotated[Kind, typer.Option("--kind", help="What it is about.")],
    finnish: Annotated[str, typer.Option("--fi", help="Its name in Finnish.")],
    swedish: Annotated[str, typer.Option("--sv", help="Its name in Swedish.")],
    english: Annotated[str, typer.Option("--en", help="Its name in English.")],
    months: Annotated[int | None, typer.Option("--months", min=1, metavar="N", help="A fixed term.")] = None,
    begins: FromOption = None,
    ends: Annotated[
        str | None, typer.Option("--until", metavar="MOMENT", help="Until when it is offered.")
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Offer a product."""
    at = desk(context, form)
    begin, end = moment(begins) or now(), moment(ends)

    def do(session: Session) -> Done:
        from seloste.register.agreements.operations import Offer, offer_product

        names = (finnish, swedish, english)
        offered = Offer(declared(session, "controllers", company), kind, code, names, months)
        made = offer_product(offered, valid_from=begin, valid_until=end)
        return Done("agreement.offer", {"product": made.pk, "code": code, "company": company})

    operate(at, Act(staff, reason, under), Need("insert", "product"), do)


@agreement.command("products")
def products(
    context: typer.Context,
    *,
    company: Annotated[str, typer.Option("--with", metavar="CONTROLLER", help="The company.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List what a company offers now."""
    at = desk(context, form)

    def do(session: Session) -> Done:
        from seloste.register.agreements.operations import products_offered

        offered = products_offered(declared(session, "controllers", company), at=now())
        told = [
            {"code": each.code, "kind": each.kind, "name": each.name_fi, "months": each.fixed_months}
            for each in offered
        ]
        return Done("agreement.products", {"company": company, "products": told})

    operate(at, Act(staff, reason, under), Need("select", "product"), do)


@agreement.command("withdraw-product")
def withdraw_product_(
    context: typer.Context,
    *,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The product's code.")],
    company: Annotated[str, typer.Option("--with", metavar="CONTROLLER", help="The company.")],
    ends: Annotated[
        str | None,
        typer.Option("--until", metavar="MOMENT", help="Until when it is offered; by default now."),
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Offer a product no more; what was sold of it goes on."""
    at = desk(context, form)
    until = moment(ends) or now()

    def do(session: Session) -> Done:
        from seloste.register.agreements.operations import withdraw_product

        withdraw_product(declared(session, "controllers", company), code, valid_until=until)
        return Done("agreement.withdraw-product", {"code": code, "company": company, "until": until})

    operate(at, Act(staff, reason, under), Need("update", "product"), do)
