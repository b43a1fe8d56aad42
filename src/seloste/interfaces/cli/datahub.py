"""Messages of the electricity market: `datahub write`; they are taken by `source pull`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seloste.register.sources.port import MARKET_HUB

from . import codes, faces
from .acts import Act, Need, now, session
from .desk import Desk, Format, WrongUsage, desk
from .extracts import whole_file
from .options import ControllerOption, FormatOption, ReasonOption, StaffOption, UnderOption, moment, who, whom
from .refusals import Refusal, judge

if TYPE_CHECKING:
    from seloste.register.protection.session import Session
    from seloste.register.sources.port import MessageSystem, Taken

datahub = typer.Typer(help="Write messages of the electricity market.", no_args_is_help=True)

READS_HETU = Need("select", "national_identifier")
APPLIES = Need("insert", "source_batch")


class Document(StrEnum):
    """A message that is written."""

    F01 = "F01"
    F04 = "F04"


@datahub.command("write")
def write(
    context: typer.Context,
    *,
    document: Annotated[Document, typer.Argument(help="F01 tells of a customer, F04 of an agreement.")],
    key: Annotated[
        str,
        typer.Argument(metavar="SUBJECT|AGREEMENT", help="Of F01 the subject, of F04 the agreement's key."),
    ],
    to: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.xml", help="Where to; must not be there yet.")
    ],
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="From which day what F01 tells is so; by default today."),
    ] = None,
    answers: Annotated[
        str | None, typer.Option("--answers", metavar="ID", help="The message that asked for this F01.")
    ] = None,
    grid_area: Annotated[
        str | None,
        typer.Option(
            "--grid-area", metavar="EIC", help="Where the point of F04 is; by default the company's own."
        ),
    ] = None,
    system: Annotated[
        str, typer.Option("--system", metavar="SYSTEM", help="The mapping of the hub.")
    ] = "datahub",
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Write what the hub may be told, as the notice lets it: of a protected address only what the purpose may tell."""
    at = desk(context, form)
    with at.house.register():
        from seloste.kernel.periods import FINLAND, finnish_midnight

        hub = _hub(at, system)
        act = Act(staff, reason, under or _purpose(who(staff, at)), controller)
        with whole_file(to) as file, session(at, act, need=READS_HETU) as opened:
            if document is Document.F01:
                begins = finnish_midnight((moment(since) or now()).astimezone(FINLAND).date())
                told = hub.write_customer(opened, whom(key, at), begins, at=now(), answers=answers)
            else:
                told = hub.write_agreement(opened, _agreement(key), at=now(), grid_area=grid_area)
            file.write(told.decode())
            purpose = opened.purpose
    answer = {"document": document.value, "file": str(to), "purpose": purpose}
    at.answer(answer, lambda: faces.pairs("Written", answer))


def take_messages(at: Desk, hub: MessageSystem, path: Path, act: Act) -> None:
    """This will take a message, or each of a folder in the order of their names, and tell what became of it.

    What cannot be read, or may not be done, ends it: what was taken before is told with it, and what comes after
    is not tried.
    Raises: Refused, WrongUsage, where nothing was taken before.
    """
    files = sorted(path.glob("*.xml")) if path.is_dir() else [path]
    opened = _acting(at, act)
    moment_ = now()
    taken: list[Taken] = []
    code = codes.ANSWERED
    for file in files:
        try:
            taken.append(hub.take(file, opened, at=moment_))
        except Exception as error:
            if not taken:
                raise
            code = _stopped(taken, file, judge(error))
            break
        code = codes.NO if taken[-1].reasons else code
    at.answer({"messages": [_told(each) for each in taken]}, lambda: _show(taken))
    if code != codes.ANSWERED:
        raise typer.Exit(code)


def _stopped(taken: list[Taken], file: Path, refusal: Refusal) -> int:
    """Tells why nothing more was taken, beside what was."""
    from seloste.register.sources.port import Taken

    why = {"code": refusal.rule, "what": refusal.message, "path": ""}
    taken.append(Taken(file.name, None, reasons=[why]))
    return refusal.code


def _purpose(staff: str) -> str | None:
    """The purpose for which the notice declares the hub as a recipient; none where it declares none."""
    from seloste.kernel.periods import holds
    from seloste.register.protection import actors
    from seloste.register.protection.backend.logins import in_force

    recipients = in_force(actors.staff(staff)[0]).part("recipients", "to").values()
    named = [
        purpose
        for each in recipients
        if each.get("kind") == MARKET_HUB and holds(each, now())
        for purpose in each.get("purposes") or ()
    ]
    return named[0] if named else None


def _acting(at: Desk, act: Act) -> Callable[[str], AbstractContextManager[Session]]:
    return lambda company: session(at, replace(act, controller=act.controller or company), need=APPLIES)


def _hub(at: Desk, system: str) -> MessageSystem:
    from seloste.register.sources.port import MessageSystem

    hub = at.house.source(system, {})
    if isinstance(hub, MessageSystem):
        return hub
    raise WrongUsage(
        f"{system} is not the hub of the market: its exports are files, and nothing is written to it"
    )


def _agreement(key: str) -> int:
    if key.isdecimal():
        return int(key)
    raise WrongUsage("AGREEMENT is a key, as `seloste see` shows it")


def _told(taken: Taken) -> dict[str, Any]:
    done = dict(taken.done or {"did": "rejected"})
    return {
        "file": taken.file,
        "document": taken.document,
        "batch": taken.batch,
        **done,
        "reasons": list(taken.reasons),
    }


def _show(taken: list[Taken]) -> Any:
    table = faces.columns("File", "Message", "Done", "Why not", "Where")
    for each in taken:
        done = str((each.done or {"did": "rejected"})["did"])
        reasons = each.reasons or [{"code": "", "what": "", "path": ""}]
        for reason in reasons:
            table.add_row(
                each.file,
                each.document or "",
                done,
                f"{reason['code']} {reason['what']}".strip(),
                reason["path"],
            )
    return table
