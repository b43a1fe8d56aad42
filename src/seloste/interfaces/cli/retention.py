"""Erasing: `erase`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

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
