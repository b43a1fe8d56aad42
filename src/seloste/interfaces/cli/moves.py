"""People move: `agreement move-in|move-out|stay|pass-on|estate|join|leave`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, declared, now, operate
from .agreements import (
    WRITES,
    AgreementArgument,
    DistanceOption,
    FromOption,
    Kind,
    agreement,
    confirmed,
    point_key,
)
from .desk import Format, WrongUsage, desk
from .options import (
    FormatOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    moment,
    whom,
)

__all__ = ["agreement"]

if TYPE_CHECKING:
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.protection.session import Session

OfKind = list[str]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="MOMENT", help="The last day; by default today; also in the past."),
]


def _address(street: str, postcode: str, city: str) -> PostalAddress:
    from seloste.kernel.addresses import NotAnAddress, postal

    try:
        return postal(street, postcode, city)
    except NotAnAddress as wrong:
        raise WrongUsage(str(wrong)) from None


def _by_kind(told: OfKind | None, what: str) -> dict[str, str]:
    """Reads `KIND=VALUE` options. Raises: WrongUsage."""
    found = {}
    for each in told or []:
        kind, is_told, value = each.partition("=")
        if not is_told or not value or kind not in list(Kind):
            raise WrongUsage(f"--{what} is KIND=VALUE, of a kind of {', '.join(Kind)}")
        found[kind] = value
    return found


@agreement.command("move-in")
def move_in_(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    company: Annotated[str, typer.Option("--with", metavar="CONTROLLER", help="The company.")],
    supply: Annotated[
        OfKind,
        typer.Option("--supply", metavar="KIND=NUMBER", help="A point, by GSRN or number; may be repeated."),
    ],
    product: Annotated[
        OfKind | None,
        typer.Option("--product", metavar="KIND=CODE", help="What of each kind; may be repeated."),
    ] = None,
    party: Annotated[
        OfKind | None,
        typer.Option("--party", metavar="SUBJECT", help="Who moves in with them; may be repeated."),
    ] = None,
    begins: FromOption = None,
    street: Annotated[str | None, typer.Option("--street", help="The address of the points.")] = None,
    postcode: Annotated[str, typer.Option("--postcode", help="Its postcode.")] = "",
    city: Annotated[str, typer.Option("--city", help="Its town.")] = "",
    distance: DistanceOption = False,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Move somebody in: one agreement a kind, all or none, and a confirmation to each holder."""
    at = desk(context, form)
    begin = moment(begins) or now()
    points, products = _by_kind(supply, "supply"), _by_kind(product, "product")
    where = _address(street, postcode, city) if street else None

    def do(session: Session) -> Done:
        from seloste.register.agreements.operations import Terms, move_in

        key, controller = whom(subject, at), declared(session, "controllers", company)
        wanted = [
            Terms(
                None,
                controller,
                kind,
                point_key(key, kind, number),
                product=products.get(kind),
                at_distance=distance,
            )
            for kind, number in points.items()
        ]
        opened = move_in(
            key,
            wanted,
            requested_at=now(),
            valid_from=begin,
            where=where,
            parties=[whom(each, at) for each in party or []],
        )
        keys = [each.pk for each in opened]
        return Done(
            "agreement.move-in", {"subject": key, "agreements": keys, "confirmations": confirmed(*keys)}
        )

    operate(at, Act(staff, reason, under), WRITES, do)


@agreement.command("move-out")
def move_out_(
    context: typer.Context,
    *,
    numbers: Annotated[list[int], typer.Argument(metavar="AGREEMENT...", help="Which ends; one or several.")],
    ends: UntilOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Move somebody out: the agreements end with a day, all or none, and it is confirmed."""
    at = desk(context, form)
    until = moment(ends) or now()

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import move_out

        ended = move_out(numbers, at=now(), valid_until=until)
        told = {"subject": ended[0].subject_id, "agreements": numbers, "until": ended[0].valid_until}
        return Done("agreement.move-out", told)

    operate(at, Act(staff, reason, under), WRITES, do)


@agreement.command("stay")
def stay_(
    context: typer.Context,
    *,
    numbers: Annotated[
        list[int], typer.Argument(metavar="AGREEMENT...", help="Which go on; one or several.")
    ],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Call a move out off: the agreements go on as they were, unless somebody has the point by now."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import stay

        going = stay(numbers, at=now())
        return Done("agreement.stay", {"subject": going[0].subject_id, "agreements": numbers})

    operate(at, Act(staff, reason, under), WRITES, do)


@agreement.command("pass-on")
def pass_on_(
    context: typer.Context,
    *,
    number: AgreementArgument,
    to: Annotated[str, typer.Option("--to", metavar="SUBJECT", help="Who holds it from then on.")],
    begins: FromOption = None,
    died: Annotated[bool, typer.Option("--died", help="Because its holder died.")] = False,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Pass an agreement on to whoever stays, or to an heir, without a gap."""
    at = desk(context, form)
    begin = moment(begins) or now()

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import pass_on

        because = "death" if died else "holder_change"
        opened = pass_on(number, whom(to, at), at=now(), valid_from=begin, reason=because)
        told = {"subject": opened.subject_id, "agreement": opened.pk, "confirmations": confirmed(opened.pk)}
        return Done("agreement.pass-on", told)

    operate(at, Act(staff, reason, under), WRITES, do)


@agreement.command("estate")
def estate(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    died: Annotated[str, typer.Option("--died", metavar="MOMENT", help="The day of death.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Let the agreements of somebody who died go on for the estate, and confirm it to the estate."""
    at = desk(context, form)
    died_at = moment(died)

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import go_on_for_estate

        key = whom(subject, at)
        going = [each.pk for each in go_on_for_estate(key, at=now(), died_at=died_at)]
        return Done("agreement.estate", {"subject": key, "agreements": going})

    operate(at, Act(staff, reason, under), Need("insert", "subject_status"), do)


@agreement.command("join")
def join(
    context: typer.Context,
    *,
    number: AgreementArgument,
    party: Annotated[str, typer.Option("--party", metavar="SUBJECT", help="Who holds it too.")],
    begins: FromOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Let somebody hold an agreement together with its holder."""
    at = desk(context, form)
    begin = moment(begins) or now()

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import add_party

        key = whom(party, at)
        add_party(number, key, valid_from=begin, at=now())
        return Done("agreement.join", {"subject": key, "agreement": number})

    operate(at, Act(staff, reason, under), Need("insert", "agreement_party"), do)


@agreement.command("leave")
def leave(
    context: typer.Context,
    *,
    number: AgreementArgument,
    party: Annotated[str, typer.Option("--party", metavar="SUBJECT", help="Who holds it no more.")],
    ends: UntilOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """End that somebody holds an agreement together with its holder; neither is told where the other went."""
    at = desk(context, form)
    until = moment(ends) or now()

    def do(_session: Session) -> Done:
        from seloste.register.agreements.operations import end_party

        key = whom(party, at)
        end_party(number, key, at=now(), valid_until=until)
        return Done("agreement.leave", {"subject": key, "agreement": number})

    operate(at, Act(staff, reason, under), Need("insert", "agreement_party"), do)
