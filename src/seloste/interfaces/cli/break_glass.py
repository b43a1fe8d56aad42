"""Emergencies afterwards: `break-glass list|review|alarm`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from . import faces
from .acts import Act, Done, Need, now, operate, session
from .desk import Format, WrongUsage, desk
from .options import FormatOption, ReasonOption, StaffOption, UnderOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from seloste.register.protection.session import Session

break_glass = typer.Typer(help="Review what was opened in an emergency.", no_args_is_help=True)


class Finding(StrEnum):
    """What a second person may find."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"
    UNCLEAR = "unclear"


@break_glass.command("list")
def list_(
    context: typer.Context,
    *,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those that nobody has reviewed in time.")
    ] = False,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List the openings: who, on what ground, whom they saw, and whether a second person looked."""
    at = desk(context, form)
    with at.house.register():
        _send_waiting()
        with session(at, Act(staff, reason, under), need=Need("select", "break_glass")) as opened:
            from seloste.register.protection.break_glass import openings

            found = [vars(each) for each in openings(opened, at=now(), overdue=overdue)]
    at.answer({"openings": found}, lambda: shown(found))


@break_glass.command("review")
def review(
    context: typer.Context,
    *,
    opening: Annotated[str, typer.Argument(metavar="ID", help="The opening, by its key.")],
    finding: Annotated[
        Finding, typer.Option("--finding", help="What you found; the note goes with the case.")
    ],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record what you found of an opening that was another's."""
    at = desk(context, form)
    try:
        key = UUID(opening)
    except ValueError:
        raise WrongUsage("ID is the key of an opening, as `seloste break-glass list` shows it") from None

    def do(acted: Session) -> Done:
        from seloste.register.protection.break_glass import review as record

        record(acted, key, finding, at=now())
        return Done("break_glass.review", {"opening": str(key), "finding": finding})

    operate(at, Act(staff, reason, under), Need("update", "break_glass"), do)


@break_glass.command("alarm")
def alarm(context: typer.Context, *, form: FormatOption = Format.TEXT) -> None:
    """Send the alarms that wait; for a timer. They tell of keys alone."""
    at = desk(context, form)
    with at.house.register():
        sent = _send_waiting()
    at.answer({"sent": sent}, lambda: faces.pairs("Alarms", {"sent": sent}))


def _send_waiting() -> int:
    from seloste.register.protection import actors, alarms
    from seloste.register.protection.backend.logins import in_force

    return alarms.send_waiting(in_force(actors.staff("")[0]))


def shown(found: Sequence[dict[str, Any]]) -> RenderableType:
    """The openings in columns."""
    from rich.text import Text

    if not found:
        return Text("Nothing was opened.", style="quiet")
    table = faces.columns("Opened", "Opening", "Purpose", "Ground", "Staff", "Saw", "Review")
    for each in found:
        state, style = each["finding"] or f"before {faces.finnish(each['review_by']):%Y-%m-%d %H:%M}", ""
        if each["overdue"]:
            state, style = f"overdue since {faces.finnish(each['review_by']):%Y-%m-%d %H:%M}", "refused"
        untold = "" if each["told"] else "\nalarm not sent"
        table.add_row(
            f"{faces.finnish(each['opened_at']):%Y-%m-%d %H:%M}",
            str(each["id"]),
            each["login"],
            each["ground"],
            str(each["staff"]),
            str(len(each["subjects"])),
            Text(state + untold, style=style),
        )
    return table
