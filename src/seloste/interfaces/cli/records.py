"""One subject at the desk: `subject show|prepare`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import adding, changing, codes, exporting, faces
from .acts import Act, Done, Need, declared, now, operate, session
from .desk import Format, desk
from .looking import sight
from .options import FormatOption, ReasonOption, StaffOption, SubjectArgument, UnderOption, moment, whom

if TYPE_CHECKING:
    from collections.abc import Callable

    from seloste.register.protection.session import Session


def show(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show what a purpose sees of a subject, its version, and to whom letters about it go."""
    at = desk(context, form)
    with at.house.register():
        key = whom(subject, at)
        nothing: dict[str, Any] = {"subject": key, "visible": {}, "hidden": []}
        act = Act(staff, reason, under)
        with session(
            at, act, need=Need("select", "address"), shape=lambda told: nothing | {"verdict": told}
        ) as opened:
            seen = sight(opened, key)
            if seen["visible"]:
                from seloste.register.subjects.versions import version_of

                seen |= {"version": version_of(key), "letters_to": _letters(key)}
    at.answer(seen, lambda: faces.sight(seen))
    if not seen["verdict"]["allowed"]:
        raise typer.Exit(codes.REFUSED)


def _letters(key: int) -> dict[str, Any]:
    """To whom letters go, or why to nobody."""
    from seloste.register.protection.refusals import NotInPurpose
    from seloste.register.subjects.ties import NoAddress, NoGuardian, addressee

    try:
        reader = addressee(key, now())
    except (NoAddress, NoGuardian) as nobody:
        return {"nobody": str(nobody)}
    except NotInPurpose:
        return {"nobody": "this purpose does not read what tells to whom letters go"}
    told = {"subject": reader.subject_id, "name": reader.name, "lines": list(reader.address.lines)}
    return told | {"language": reader.language, "on_behalf_of": reader.on_behalf_of}


def prepare(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    controller: Annotated[
        str, typer.Option("--for", metavar="CONTROLLER", help="With whom an agreement is prepared.")
    ],
    until: Annotated[str, typer.Option("--until", metavar="MOMENT", help="Until when.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Let a company serve somebody who is here unseen and asks it for an agreement."""
    at, ends = desk(context, form), moment(until)

    def do(opened: Session) -> Done:
        from seloste.register.subjects.adding import prepare as record

        key = whom(subject, at)
        record(key, declared(opened, "controllers", controller), at=now(), until=ends)
        return Done("subject.prepare", {"subject": key, "for": controller, "until": ends})

    operate(at, Act(staff, reason, under), Need("insert", "preparation"), do)


COMMANDS: dict[str, Callable[..., None]] = {
    "show": show,
    "add": adding.add,
    "change": changing.change,
    "prepare": prepare,
    "export": exporting.export,
}
"""The commands of `subject` about one subject, by name."""
