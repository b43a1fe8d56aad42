"""For whoever is called at night: `status`, `serve`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .desk import Format, desk
from .options import FormatOption

if TYPE_CHECKING:
    from rich.console import RenderableType

OK = "ok"
STATES = {
    "fi": {"ok": "kunnossa", "attention": "katso", "stopped": "pysähtynyt"},
    "en": {"ok": "ok", "attention": "attention", "stopped": "stopped"},
}
STYLES = {"ok": "open", "attention": "warning", "stopped": "error"}


class OperatorLanguage(StrEnum):
    """What those who run the register speak."""

    FI = "fi"
    EN = "en"


def status(
    context: typer.Context,
    *,
    lang: Annotated[OperatorLanguage, typer.Option("--lang", help="fi or en.")] = OperatorLanguage.FI,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell what runs, what stopped and why, and what to run; it changes nothing.

    Exit code 0 when all is well, 1 when something needs attention, 4 when no database answers.
    """
    at = desk(context, form)
    answer = at.house.status(lang)
    at.answer(answer, lambda: _shown(answer, lang))
    if answer["state"] != OK:
        raise typer.Exit(codes.NO)


def serve(
    context: typer.Context,
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help="0 takes a free one.")
    ] = 8000,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="By default this machine alone.")
    ] = "127.0.0.1",
) -> None:
    """Serve the web application; so far it answers /healthz."""
    at = desk(context)
    at.house.serve(host, port, lambda where: at.out.print(f"{where}/healthz"))


def _shown(answer: dict[str, Any], lang: str) -> RenderableType:
    from rich.text import Text

    table = faces.grid(None, None, None)
    for each in answer["checks"]:
        said = Text(each["why"])
        if each["run"]:
            said.append("\n→ ", style="quiet").append(each["run"], style="command")
        if each["twice"]:
            said.append(f"\n  {each['twice']}", style="quiet")
        state = Text(STATES[lang][each["state"]], style=STYLES[each["state"]])
        table.add_row(state, Text(each["title"], style="key"), said)
    return table
