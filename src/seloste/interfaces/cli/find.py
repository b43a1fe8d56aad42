"""Finding somebody: `find`. Each list is logged; `--check` recomputes by what everybody is found."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .acts import Act, session
from .desk import Format, WrongUsage, desk
from .options import (
    ControllerOption,
    FormatOption,
    GroundOption,
    ReasonOption,
    StaffOption,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from rich.console import RenderableType

    from seloste.register.subjects.finding import Listing

    from .desk import Desk

UPKEEP = "upkeep"
KINDS = {
    "name": "name",
    "customer": "customer number",
    "source_number": "number in a source system",
    "business_id": "business ID",
    "phone": "phone",
    "email": "e-mail",
    "address": "address",
    "agreement": "agreement",
    "gsrn": "metering point",
    "point": "point of supply",
    "invoice": "invoice",
    "hetu": "personal identity code",
}


def find(
    context: typer.Context,
    *,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT", help="A name or its beginning, a number, an address; however it is spelt."
        ),
    ] = None,
    purpose: Annotated[
        str | None,
        typer.Option("--purpose", metavar="PURPOSE", help="A purpose of the notice that searches."),
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    controller: ControllerOption = None,
    ground: GroundOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Search for nobody: recompute by what everybody should be found.")
    ] = False,
    mend: Annotated[
        bool, typer.Option("--mend", help="The same, and keep what is missing, on the side of whoever acts.")
    ] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Find somebody by what is known, as far as a purpose sees it; at most 50, the nearest first."""
    at = desk(context, form)
    if check or mend:
        if text is not None:
            raise WrongUsage("--check and --mend are about everybody: leave TEXT out")
        _recompute(at, Act(staff, reason, purpose or UPKEEP, controller), mend=mend)
        return
    if not text or not text.strip():
        raise WrongUsage("nothing is looked for: say what is known, as a name, a number or an address")
    if not purpose:
        raise WrongUsage("nobody is found without a purpose: --purpose names one of the notice")
    with at.house.register():
        nothing: dict[str, Any] = {"purpose": purpose, "results": [], "more": False, "searched": []}
        act = Act(staff, reason, purpose, controller, ground=ground)
        with session(at, act, shape=lambda told: nothing | {"verdict": told}) as opened:
            from seloste.kernel.identifiers import NotAnIdentifier
            from seloste.register.subjects.finding import find as find_by

            try:
                answer = _told(purpose, find_by(opened, text))
            except NotAnIdentifier as wrong:
                raise WrongUsage(str(wrong)) from None
    at.answer(answer, lambda: _shown(answer))


def _told(purpose: str, found: Listing) -> dict[str, Any]:
    results = [
        {"subject": each.subject, "kind": each.kind, "name": each.name, "by": list(each.by)}
        for each in found.found
    ]
    return {"purpose": purpose, "results": results, "more": found.more, "searched": list(found.searched)}


def _shown(answer: dict[str, Any]) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    searched = ", ".join(KINDS.get(kind, kind) for kind in answer["searched"]) or "nothing that it could be"
    head = Text.assemble(
        ("As ", "quiet"), (answer["purpose"], "head"), (f", searched by {searched}", "quiet")
    )
    if not answer["results"]:
        return Group(head, Text("Nobody that this purpose sees.", style="shut"))
    table = faces.grid(None, None, None)
    for each in answer["results"]:
        by = ", ".join(KINDS.get(kind, kind) for kind in each["by"])
        table.add_row(
            Text(str(each["subject"]), style="key"), Text(each["name"] or ""), Text(by, style="quiet")
        )
    more = [Text(f"There are more than {len(answer['results'])}: say more of whom you look for.")]
    return Group(head, table, *(more if answer["more"] else []))


@contextmanager
def _administrator(at: Desk) -> Iterator[psycopg.Connection[Any]]:
    import psycopg
    from psycopg.conninfo import make_conninfo

    with (
        at.house.database() as place,
        psycopg.connect(make_conninfo(place.admin_dsn(), dbname=place.database), autocommit=True) as admin,
    ):
        yield admin


def _recompute(at: Desk, act: Act, *, mend: bool) -> None:
    from seloste.register.subjects import tasks

    with at.house.register(), _administrator(at) as admin:
        added = 0
        if mend:
            with session(at, act) as opened, at.progress("Keeping what is missing") as progress:
                added = tasks.mend(admin, opened.login.sides, progress)
        with at.progress("Recomputing") as progress:
            compared = tasks.compare(admin, progress)
    answer = {
        "subjects": compared.subjects,
        "missing": [{"subject": key, "by": sorted(kinds)} for key, kinds in sorted(compared.missing.items())],
        "left": [{"subject": key, "by": sorted(kinds)} for key, kinds in sorted(compared.left.items())],
        **({"added": added} if mend else {}),
    }
    told = {name: len(value) if isinstance(value, list) else value for name, value in answer.items()}
    at.answer(answer, lambda: faces.pairs("By what everybody is found", told))
    if not compared.is_whole:
        raise typer.Exit(codes.NO)
