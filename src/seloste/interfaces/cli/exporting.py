"""What is held about one human, for that human: `subject export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import faces
from .acts import Act, now, session
from .desk import Format, WrongUsage, desk
from .extracts import whole_bytes
from .notices import Language
from .options import FormatOption, ReasonOption, StaffOption, SubjectArgument, UnderOption, whom

if TYPE_CHECKING:
    from collections.abc import Callable

    from seloste.register.subjects.exporting import Export


def export(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    to: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Ends in .json, .html or .xlsx; must not be there yet."
        ),
    ] = None,
    lang: Annotated[
        Language, typer.Option("--lang", help="The language of the page and the spreadsheet.")
    ] = Language.FI,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="With what is withheld from the person: for whoever decides on that."),
    ] = False,
    purpose: UnderOption = "rights",
    staff: StaffOption = None,
    reason: ReasonOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Gather everything that is held about one human, by the notice's claims, with nobody else's data."""
    at = desk(context, form)
    if to is None and form is not Format.JSON:
        raise WrongUsage("name a file (-o FILE.html), or ask for --format json")
    if to is not None and to.suffix not in WRITERS:
        raise WrongUsage(f"a file ends in {', '.join(WRITERS)}")
    with at.house.register():
        key = whom(subject, at)
        with session(at, Act(staff, reason, purpose)) as opened:
            from seloste.register.subjects.exporting import export as gather

            found = gather(key, at=now(), whole=whole)
            told = {
                "subject": key,
                "purpose": opened.purpose,
                "subjects": [each.subject_id for each in found.records],
            }
            if to is not None:
                with whole_bytes(to) as file:
                    file.write(WRITERS[to.suffix](found, lang.value))
    from seloste.register.subjects.handing_out import as_json

    answer = told | ({"file": str(to)} if to else as_json(found))
    at.answer(answer, lambda: faces.pairs("Exported", answer))


def _json(export: Export, _lang: str) -> bytes:
    import json

    from seloste.register.subjects.handing_out import as_json

    return json.dumps(as_json(export), ensure_ascii=False, indent=2, default=str).encode()


def _html(export: Export, lang: str) -> bytes:
    from seloste.register.subjects.handing_out import as_page

    return as_page(export, lang).encode()


def _xlsx(export: Export, lang: str) -> bytes:
    from seloste.register.subjects.handing_out import as_workbook

    return as_workbook(export, lang)


WRITERS: dict[str, Callable[[Export, str], bytes]] = {".json": _json, ".html": _html, ".xlsx": _xlsx}
