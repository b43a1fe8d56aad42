"""Running the register: `backup`, `restore`, `policy rotate-passwords`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .desk import Format, desk
from .options import FormatOption

if TYPE_CHECKING:
    from rich.console import RenderableType


def backup(
    context: typer.Context,
    *,
    to: Annotated[str, typer.Argument(metavar="DIR|FILE", help="A folder, or a file that is not there yet.")],
    without_keys: Annotated[
        bool,
        typer.Option("--without-keys", help="Leave keys and passwords out, to be kept somewhere else."),
    ] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Back the register up while it runs: data in one moment, keys, logins, checkpoints, in one file."""
    at = desk(context, form)
    with at.steps() as tell:
        answer = at.house.back_up(Path(to), keys=not without_keys, tell=tell)
    at.answer(answer, lambda: _backed_up(answer))


def restore(
    context: typer.Context,
    *,
    source: Annotated[str, typer.Argument(metavar="FROM", help="A backup.")],
    erasures: Annotated[
        list[str] | None,
        typer.Option(
            "--erasures",
            metavar="FILE",
            help="A journal of erasures: what was erased since the backup is erased again.",
        ),
    ] = None,
    keys: Annotated[
        str | None, typer.Option("--keys", metavar="FILE", help="The key file, if it was kept apart.")
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Restore a backup where there is nothing yet, bring its notice into force, and verify it all."""
    at = desk(context, form)
    with at.steps() as tell, at.progress("Deciding for everybody") as progress:
        answer = at.house.restore(
            Path(source),
            journals=tuple(map(Path, erasures or ())),
            keys=Path(keys) if keys else None,
            tell=tell,
            progress=progress,
        )
    at.answer(answer, lambda: _restored(answer))
    if not answer["whole"]:
        raise typer.Exit(codes.NO)


def rotate_passwords(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """Give every login of the register a new password while sessions run; nobody is locked out."""
    at = desk(context, form)
    roles = at.house.rotate_passwords()
    at.answer(
        {"changed": roles},
        lambda: faces.pairs("New passwords", {"logins": len(roles), "sessions": "go on"}),
    )


def _backed_up(answer: dict[str, Any]) -> RenderableType:
    told = {
        "file": answer["file"],
        "rows": answer["rows"],
        "notice": answer["notice"] or "none in force",
        "manifest": answer["manifest"],
        "keys": "in it: keep it as you keep them" if answer["keys"] else "not in it",
    }
    if answer["unreadable"]:
        told["unreadable without them"] = ", ".join(answer["unreadable"])
    return faces.pairs("Backed up", told)


def _restored(answer: dict[str, Any]) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    told = {
        "taken at": answer["taken_at"],
        "rows": answer["rows"],
        "notice": answer["notice"] or "none in force",
        "keys": answer["keys"],
        "erased again": len(answer["erased_again"]),
    }
    if answer["unreadable"]:
        told["unreadable without them"] = ", ".join(answer["unreadable"])
    wrong = [
        *(
            f"not erased again: subject {each['subject']}, class {each['class']}: {each['why']}"
            for each in answer["not_erased"]
        ),
        *answer["drift"],
        *(f"{each['what']}: {each['told']}" for each in answer["checked"] if not each["ok"]),
    ]
    shown = faces.pairs("Restored", told)
    if not wrong:
        return Group(shown, Text("The database says what the notice says.", style="open"))
    return Group(shown, *(Text(each, style="refused") for each in wrong))
