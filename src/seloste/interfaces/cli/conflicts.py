"""What systems say of somebody: `origin`, `source conflicts | resolve | push | reconcile`."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seloste.register.sources.port import CONFLICTS_AT_ONCE, TOO_LONG

from . import codes, faces
from .acts import Act, Done, Need, declared, now, operate, session
from .desk import Format, desk
from .extracts import whole_file
from .options import (
    ControllerOption,
    FormatOption,
    PurposeOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    whom,
)
from .verdicts import whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from seloste.register.ledger.signing import FileSigner
    from seloste.register.protection.session import Session

    from .desk import Desk


class Keeps(StrEnum):
    """How a contradiction is resolved."""

    OURS = "ours"
    THEIRS = "theirs"
    ASK = "ask"


SystemOption = Annotated[
    str | None, typer.Option("--system", metavar="SYSTEM", help="Of one system of the notice.")
]


def add_to(source: typer.Typer) -> None:
    """This will add these commands to `source`."""
    for command in (conflicts, resolve, push, reconcile):
        source.command(command.__name__)(command)


def conflicts(
    context: typer.Context,
    *,
    system: SystemOption = None,
    category: Annotated[
        str | None, typer.Option("--category", metavar="KEY", help="Of one category.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="SUBJECT", help="Of one subject.")
    ] = None,
    most: Annotated[
        int, typer.Option("--most", min=1, metavar="N", help="So many at most.")
    ] = CONFLICTS_AT_ONCE,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List what systems say that is not what is held here."""
    at = desk(context, form)
    with (
        at.house.register(),
        session(at, Act(staff, reason, under), need=Need("update", "source_claim")) as opened,
    ):
        from seloste.register.sources.conflicts import conflicts as listed

        for term, name in (("systems", system), ("categories", category)):
            if name is not None:
                declared(opened, term, name)
        key = whom(subject, at) if subject else None
        # one more than is shown, to tell that there are more
        found = listed(at=now(), system=system, category=category, subject_id=key, most=most + 1)
    rows, more = [vars(each) for each in found[:most]], len(found) > most
    at.answer({"conflicts": rows, "more": more}, lambda: _contradictions(rows, more=more))


def resolve(
    context: typer.Context,
    *,
    claim: Annotated[
        int, typer.Argument(metavar="CLAIM", help="Its number, as `source conflicts` shows it.")
    ],
    keep: Annotated[Keeps, typer.Option("--keep", help="ours, theirs, or ask: a task to ask the customer.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Keep what is held here, take what a system says instead, or have the customer asked."""
    at = desk(context, form)

    def do(_acted: Session) -> Done:
        from seloste.register.sources import conflicts as kept

        told: dict[str, Any] = {"claim": claim, "keep": keep.value}
        if keep is Keeps.ASK:
            return Done("source.resolve", told | {"task": kept.ask_customer(claim, at=now())})
        found = (kept.keep_ours if keep is Keeps.OURS else kept.take_theirs)(claim, at=now())
        return Done("source.resolve", told | {"subject": found.subject, "category": found.category})

    operate(at, Act(staff, reason, under), Need("update", "source_claim"), do)


def push(
    context: typer.Context,
    *,
    system: Annotated[
        str, typer.Argument(metavar="SYSTEM", help="A system, recipient or processor of the notice.")
    ],
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FOLDER", help="Where signed tasks are put for a system that has no way in."
        ),
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell a system of corrections that wait for it; one that cannot be written to gets a signed task each."""
    at = desk(context, form)
    with at.house.register():
        signer = _signer(at)
        signer.begin()
        folder = to or at.house.kept("tasks") / system
        with session(at, Act(staff, reason, under), need=Need("update", "source_correction")):
            from seloste.register.sources.corrections import push as tell
            from seloste.register.sources.port import MessageSystem

            connector = at.house.source(system, {}) if system in at.house.sources() else None
            # the hub is told of customers by messages, and never of one value
            way = None if isinstance(connector, MessageSystem) else connector
            told = tell(system, way, signer, at=now())
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for each in told:
                if each.task:
                    # in the session: what could not be written down was not handed over; one of a session
                    # that was lost stands under the same number
                    task = folder / f"{each.correction}.task"
                    task.unlink(missing_ok=True)
                    with whole_file(task) as file:
                        file.write(each.task)
    rows = [
        {"correction": each.correction, "subject": each.subject, "state": each.state, "receipt": each.receipt}
        for each in told
    ]
    answer = {"system": system, "told": rows, "tasks": str(folder), "key": str(signer.public)}
    summed = {
        "sent": sum(each.state == "sent" for each in told),
        "signed tasks": sum(each.state == "tasked" for each in told),
        "in": str(folder),
    }
    at.answer(answer, lambda: faces.pairs(f"Told {system}", summed))


def reconcile(
    context: typer.Context,
    *,
    system: SystemOption = None,
    days: Annotated[
        int, typer.Option("--days", min=0, metavar="N", help="Longer than so many days is too long.")
    ] = TOO_LONG.days,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show corrections that their system has not brought yet, and which of them wait too long."""
    at = desk(context, form)
    with (
        at.house.register(),
        session(at, Act(staff, reason, under), need=Need("update", "source_correction")) as opened,
    ):
        from seloste.register.sources.corrections import waiting

        if system is not None:
            declared(opened, "systems", system)
        found = waiting(system, at=now(), longer_than=timedelta(days=days))
    answer = {"waiting": [vars(each) for each in found], "late": sum(each.is_late for each in found)}
    at.answer(answer, lambda: _waiting([vars(each) for each in found]))
    if answer["late"]:
        raise typer.Exit(codes.NO)


def origin(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    purpose: PurposeOption,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show where each value that a purpose sees comes from, since when, and who says otherwise."""
    at = desk(context, form)
    with at.house.register():
        key = whom(subject, at)
        nothing: dict[str, Any] = {"subject": key, "purpose": purpose, "origins": []}
        with session(
            at, Act(staff, reason, purpose, controller), shape=lambda told: nothing | {"verdict": told}
        ) as opened:
            from seloste.register.sources.origins import shown

            seen = opened.see(key)
            found = shown(key, seen["visible"], at=now())
            verdict = whole(opened.in_force, opened.purpose, seen["verdict"])
    answer = nothing | {"origins": [vars(each) for each in found], "verdict": verdict}
    at.answer(answer, lambda: _origins(answer["origins"]))
    if not verdict["allowed"]:
        raise typer.Exit(codes.REFUSED)


def _signer(at: Desk) -> FileSigner:
    """The key that signs tasks: of the ledger's kind, and another one."""
    from seloste.register.ledger.signing import FileSigner

    with at.house.database() as place:
        return FileSigner.at(
            at.house.kept("tasks") / f"{place.database}.key", f"seloste/{place.database}/tasks"
        )


def _words(value: Mapping[str, Any]) -> str:
    return ", ".join(str(told) for told in value.values() if told is not None) or "-"


def _contradictions(found: Sequence[Mapping[str, Any]], *, more: bool) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    if not found:
        return Text("Nothing contradicts what is held.", style="open")
    table = faces.columns("Claim", "Subject", "Category", "System", "Says", "Here", "Asked")
    for each in found:
        ours = "; ".join(_words(held) for held in each["ours"]) or "-"
        keys = (str(each["claim"]), str(each["subject"]), each["category"], each["system"])
        table.add_row(*keys, _words(each["theirs"]), ours, each["asked"] or "")
    return Group(table, Text("There are more.", style="quiet")) if more else table


def _waiting(found: Sequence[Mapping[str, Any]]) -> RenderableType:
    from rich.text import Text

    if not found:
        return Text("No correction waits.", style="open")
    table = faces.columns("Correction", "Subject", "Category", "Pending at", "Since", "Told", "Too long")
    for each in found:
        told = f"{faces.finnish(each['told_at']):%Y-%m-%d}" if each["told_at"] else "not yet"
        since = f"{faces.finnish(each['requested_at']):%Y-%m-%d}"
        keys = (str(each["correction"]), str(each["subject"]), each["category"], each["system"])
        table.add_row(*keys, since, told, "yes" if each["is_late"] else "")
    return table


def _origins(found: Sequence[Mapping[str, Any]]) -> RenderableType:
    from rich.text import Text

    if not found:
        return Text("Nothing is seen of this subject.", style="quiet")
    table = faces.columns("Category", "Value", "From", "Since", "Otherwise")
    for each in found:
        since = f"{faces.finnish(each['received_at']):%Y-%m-%d}" if each["received_at"] else ""
        says = [f"{told['system']}: {_words(told['value'])}" for told in each["different"]]
        waits = [f"pending at {each['pending']}"] if each["pending"] else []
        table.add_row(each["category"], _words(each["value"]), each["system"], since, "; ".join(waits + says))
    return table
