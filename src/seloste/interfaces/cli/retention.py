"""Erasing: `erase`, and `sweep` of what it leaves in the server's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import codes, faces
from .acts import Act, Done, Need, declared, now, operate
from .desk import Format, desk
from .options import FormatOption, ReasonOption, StaffOption, SubjectArgument, UnderOption, whom

if TYPE_CHECKING:
    from seloste.register.protection.session import Session


def erase(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    retention: Annotated[
        str, typer.Option("--class", metavar="KEY", help="A retention class of the notice.")
    ],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Erase what a retention class holds of a subject, by its rows, and remember that it was."""
    at = desk(context, form)

    def do(session: Session) -> Done:
        from seloste.register.retention.operations import erase as erase_class

        key = whom(subject, at)
        places = held(session, declared(session, "retention", retention))
        rows = erase_class(key, retention, places, at=now())
        erased.append(key)
        return Done("erase", {"subject": key, "class": retention, "rows": rows})

    erased: list[int] = []
    with at.house.register():
        operate(at, Act(staff, reason, under), Need("insert", "erasure"), do)
        for key in erased:
            at.house.note_erasure(key)


def held(session: Session, retention: str) -> dict[str, list[str]]:
    """The places and columns that the categories of a retention class claim, by the notice in force."""
    found: dict[str, list[str]] = {}
    for category in session.in_force.part("categories").values():
        if category.get("retention") == retention:
            for place, columns in (category.get("held_in") or {}).items():
                found.setdefault(place, []).extend(columns)
    return found


def sweep(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """Take the bytes of what was erased out of tables, indexes and the write-ahead log; to be run daily."""
    at = desk(context, form)
    with at.house.database() as place, at.house.register(), at.progress("Writing tables anew") as progress:
        import psycopg
        from psycopg.conninfo import make_conninfo

        from seloste.register.retention.tasks import WINDOWS
        from seloste.register.retention.tasks import sweep as write_anew

        with psycopg.connect(
            make_conninfo(place.admin_dsn(), dbname=place.database), autocommit=True
        ) as admin:
            swept = write_anew(admin, now(), progress=progress)
    answer = {
        "places": [
            {
                "place": each.place,
                "state": each.state,
                "until": each.until,
                "why": each.why,
                "window_days": WINDOWS[each.place].days,
            }
            for each in swept
        ]
    }
    at.answer(answer, lambda: faces.swept(answer))
    if any(each.state == "until" and each.place != "backups" for each in swept):
        raise typer.Exit(codes.NO)
