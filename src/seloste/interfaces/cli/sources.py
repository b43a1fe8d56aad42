"""Data from source systems: `source`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seloste.register.sources.port import UNFINISHED

from . import codes, faces
from .acts import Act, Need, now, session
from .datahub import take_messages
from .desk import Desk, Format, WrongUsage, desk
from .options import (
    ControllerOption,
    FormatOption,
    ReasonOption,
    StaffOption,
    UnderOption,
    who,
    whom,
    why,
)

if TYPE_CHECKING:
    from seloste.register.sources.queries import Batch
    from seloste.register.sources.tasks import Acting

source = typer.Typer(
    help="Pull exports of source systems, mend what was refused, take an import back.", no_args_is_help=True
)

NEED = Need("insert", "source_batch")
SystemArgument = Annotated[str, typer.Argument(metavar="SYSTEM", help="A mapping; see `source list`.")]
BatchArgument = Annotated[int, typer.Argument(metavar="BATCH", min=1, help="The number of an import.")]


@source.command("list")
def list_(
    context: typer.Context,
    *,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell the systems that there are mappings of, and the imports of one side, the newest first."""
    at = desk(context, form)
    with at.house.register(), session(at, Act(staff, reason, under, controller), need=NEED):
        from seloste.register.sources.queries import batches

        found = [_batch(each) for each in batches()]
    answer = {"sources": sorted(at.house.sources()), "batches": found}

    def show() -> Any:
        table = faces.columns("Batch", "System", "Feed", "State", "Applied", "Waiting", "Refused")
        for each in found:
            state = each["state"] + (" (unfinished)" if each["unfinished"] else "")
            told = (
                each["batch"],
                each["system"],
                each["feed"],
                state,
                each["applied"],
                each["waiting"],
                each["refused"],
            )
            table.add_row(*map(str, told))
        return table

    at.answer(answer, show)


@source.command("describe")
def describe(context: typer.Context, *, system: SystemArgument, form: FormatOption = Format.TEXT) -> None:
    """Tell what a system brings, which columns go where, and what it cannot do."""
    at = desk(context, form)
    with at.house.register():
        told = at.house.source(system, {}).describe()
    answer = {
        "system": told.system,
        "controller": told.controller,
        "feeds": told.feeds,
        "columns": told.fields,
        "can": sorted(told.can),
        "cannot": told.cannot,
    }

    def show() -> Any:
        table = faces.columns("Feed", "Column", "Becomes")
        for feed, columns in told.fields.items():
            for number, (column, field) in enumerate(columns.items()):
                table.add_row("" if number else feed, column, field)
        return table

    at.answer(answer, show)


@source.command("pull")
def pull(
    context: typer.Context,
    *,
    system: SystemArgument,
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed of its mapping.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The export.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Pull an export: all of it is read, then what is right is applied. Killed, it goes on when run again.

    A message of the market is applied whole, for the company that it is to; a folder is taken message by message.
    """
    at = desk(context, form)
    with at.house.register(), at.progress("Pulling") as progress:
        from seloste.register.sources import tasks
        from seloste.register.sources.port import MessageSystem

        connector = at.house.source(system, {feed: file})
        if isinstance(connector, MessageSystem):
            take_messages(at, connector, file, Act(staff, reason, under, controller))
            return
        act = Act(staff, reason, under, controller or connector.describe().controller)
        batch = tasks.pull(connector, feed, _acting(at, act, progress))
    _tell(at, batch)


@source.command("rejects")
def rejects(
    context: typer.Context,
    *,
    batch: BatchArgument,
    after: Annotated[int, typer.Option("--after", metavar="LINE", help="Only those after this line.")] = 0,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List refused rows of an import: the line, why, in which column, and what stood there."""
    at = desk(context, form)
    rows: list[dict[str, Any]]
    with at.house.register(), session(at, Act(staff, reason, under, controller), need=NEED):
        from seloste.register.sources.queries import refused, require_batch
        from seloste.register.sources.staging import Opener

        opened = require_batch(batch)
        opener = Opener(opened)
        rows = [
            {
                "line": row.number,
                "key": row.source_key,
                "reason": row.reason,
                "field": row.field,
                "told": opener.shown(row.contents),
            }
            for row in refused(opened, after=after)
        ]
    answer = {"batch": batch, "refused": opened.refused, "rows": rows}

    def show() -> Any:
        table = faces.columns("Line", "Key", "Why", "Column")
        for each in rows:
            table.add_row(str(each["line"]), each["key"], each["reason"], each["field"] or "")
        return table

    at.answer(answer, show)


@source.command("replay")
def replay(
    context: typer.Context,
    *,
    system: SystemArgument,
    batch: BatchArgument,
    line: Annotated[
        int | None, typer.Option("--line", metavar="LINE", help="One row; by default all that were refused.")
    ] = None,
    cells: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="COLUMN=TEXT", help="What is to be read in a column of that row."),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", metavar="SUBJECT", help="Whom the system means by that row's key."),
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Read refused rows anew, one mended or all as they are, and apply what is right now."""
    at = desk(context, form)
    mended = dict(_cell(each) for each in cells or ())
    if (mended or subject) and line is None:
        raise WrongUsage("--set and --subject are for one row: name it with --line")
    with at.house.register(), at.progress("Replaying") as progress:
        from seloste.register.sources import tasks
        from seloste.register.sources.port import MessageSystem

        connector = at.house.source(system, {})
        if isinstance(connector, MessageSystem):
            raise WrongUsage("what is wrong with a message is mended by whoever sent it: pull the next one")
        act = Act(staff, reason, under, controller or connector.describe().controller)
        how = _acting(at, act, progress)
        opened = _open(how, batch)
        if opened.system != connector.describe().system:
            raise WrongUsage(f"batch {batch} was pulled from {opened.system}")
        if subject is not None and line is not None:
            tasks.tie(opened, line, whom(subject, at), how)
        done = tasks.mend(opened, connector, how, line, mended)
    _tell(at, done)


@source.command("rollback")
def rollback(
    context: typer.Context,
    *,
    batch: BatchArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Take an import back whole: what it added goes, what it closed or changed is as it was."""
    at = desk(context, form)
    with at.house.register(), at.progress("Taking back") as progress:
        from seloste.register.sources import tasks

        how = _acting(at, Act(staff, reason, under, controller), progress)
        done, kept = tasks.take_back(_open(how, batch), how)
    told = {**_batch(done), "subjects_kept": kept}
    at.answer(told, lambda: faces.pairs("Taken back", told))


@source.command("forget")
def forget(
    context: typer.Context,
    *,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Delete what waits longer than the notice lets it, and how such imports could be taken back; to be run daily."""
    at = desk(context, form)
    with at.house.register(), session(at, Act(staff, reason, under, controller), need=NEED):
        from seloste.register.sources.operations import forget as forget_old

        answer = forget_old(at=now())
    at.answer(answer, lambda: faces.pairs("Forgotten", answer))


def _acting(at: Desk, act: Act, progress: Any) -> Acting:
    """How the transactions of an import are opened: one session each, all for the same act."""
    from seloste.register.protection.session import acting
    from seloste.register.sources.tasks import Acting

    with session(at, act, need=NEED) as first:
        side, purpose, controller = first.side, first.purpose, first.controller
    # not through `session`: what a purpose refuses of one subject is for the import to judge
    opened = partial(acting, who(act.staff, at), purpose, why(act.reason), controller=controller)
    return Acting(side, opened, now(), progress)


def _open(how: Acting, batch: int) -> Batch:
    from seloste.register.sources.queries import require_batch
    from seloste.register.sources.tasks import in_session

    return in_session(how, lambda: require_batch(batch))


def _cell(told: str) -> tuple[str, str]:
    column, is_told, text = told.partition("=")
    if not is_told:
        raise WrongUsage(f"write --set COLUMN=TEXT, not {column!r}")
    return column, text


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "system": batch.system,
        "feed": batch.feed,
        "side": batch.side,
        "state": batch.state,
        "unfinished": batch.state in UNFINISHED,
        "applied": batch.applied,
        "waiting": batch.staged,
        "refused": batch.refused,
        "begun_at": batch.begun_at,
        "changed_at": batch.changed_at,
    }


def _tell(at: Desk, batch: Batch) -> None:
    """Tells how far a batch is; what was refused waits for somebody, and that is no."""
    told = _batch(batch)
    at.answer(told, lambda: faces.pairs("Pulled", told))
    if batch.refused:
        raise typer.Exit(codes.NO)
