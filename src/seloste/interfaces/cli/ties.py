"""Who belongs together: `household join|leave|show`, `persona tie|untie|show`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, now, operate
from .desk import Format, desk
from .options import FormatOption, ReasonOption, StaffOption, SubjectArgument, UnderOption, whom

if TYPE_CHECKING:
    from seloste.register.protection.session import Session

household = typer.Typer(help="Who lives together, reckoned by one of them.", no_args_is_help=True)
persona = typer.Typer(
    help="One human in several capacities, with contact points and bans of each.", no_args_is_help=True
)


class Capacity(StrEnum):
    """As what one human may be a subject beside the one that stands for them."""

    CONSUMER = "consumer"
    REPRESENTATIVE = "representative"
    PROPERTY_MANAGER = "property_manager"
    TRADER = "trader"


@household.command("join")
def join(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    head: Annotated[
        str, typer.Option("--head", metavar="SUBJECT", help="Whose household it is: a key or demo name.")
    ],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Let a person belong to a household, and to no other one."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.ties import join_household

        key, other = whom(subject, at), whom(head, at)
        join_household(key, other, at=now())
        return Done("household.join", {"subject": key, "head": other})

    operate(at, Act(staff, reason, under), Need("insert", "household_member"), do)


@household.command("leave")
def leave(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """End that a person belongs to a household."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.ties import leave_household

        key = whom(subject, at)
        leave_household(key, at=now())
        return Done("household.leave", {"subject": key})

    operate(at, Act(staff, reason, under), Need("insert", "household_member"), do)


@household.command("show")
def show_household(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List the keys of those of a household whom the purpose sees, and nothing else of them."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.queries import require_subject
        from seloste.register.subjects.ties import household_of

        key = require_subject(whom(subject, at)).pk
        return Done("household.show", {"subject": key, "members": household_of(key, now())})

    operate(at, Act(staff, reason, under), Need("select", "household_member"), do)


@persona.command("tie")
def tie(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    main: Annotated[
        str,
        typer.Option(
            "--to", metavar="SUBJECT", help="The subject that stands for the human, or any of theirs."
        ),
    ],
    capacity: Annotated[Capacity, typer.Option("--as-a", help="In which capacity.")],
    organisation: Annotated[
        str | None, typer.Option("--of", metavar="SUBJECT", help="For which organisation.")
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record that a subject is the human of another one, in another capacity."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.ties import tie_persona

        key, other = whom(subject, at), whom(main, at)
        of = whom(organisation, at) if organisation else None
        tied = tie_persona(key, other, capacity, at=now(), organisation_id=of)
        return Done("persona.tie", {"subject": key, "to": tied.main_id, "capacity": capacity})

    operate(at, Act(staff, reason, under), Need("insert", "persona"), do)


@persona.command("untie")
def untie(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """End that a subject counts as the human of another one."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.ties import untie_persona

        key = whom(subject, at)
        untie_persona(key, at=now())
        return Done("persona.untie", {"subject": key})

    operate(at, Act(staff, reason, under), Need("insert", "persona"), do)


@persona.command("show")
def show_personas(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List the keys of the subjects that are one human with a subject, as far as the purpose sees them."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.queries import require_subject
        from seloste.register.subjects.ties import personas_of

        key = require_subject(whom(subject, at)).pk
        return Done("persona.show", {"subject": key, "subjects": personas_of(key, now())})

    operate(at, Act(staff, reason, under), Need("select", "persona"), do)
