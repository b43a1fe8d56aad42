"""Looking: `see`, `may`, `lookups`. Each look-up acts under a purpose, for a reason, and is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .acts import Act, Need, session
from .desk import Format, desk
from .options import (
    AtOption,
    ChannelOption,
    ControllerOption,
    FormatOption,
    GroundOption,
    PurposeOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    moment,
    whom,
)
from .verdicts import of_channel, verdict, whole

if TYPE_CHECKING:
    from seloste.register.protection.session import Session

KnownAtOption = Annotated[
    str | None,
    typer.Option("--known-at", metavar="MOMENT", help="As known then; by default as known now."),
]


def see(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    purpose: PurposeOption,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    controller: ControllerOption = None,
    ground: GroundOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show what a purpose sees of a subject, what it does not see, and why."""
    at = desk(context, form)
    with at.house.register():
        key = whom(subject, at)
        nothing: dict[str, Any] = {"subject": key, "purpose": purpose, "visible": {}, "hidden": []}
        act = Act(staff, reason, purpose, controller, ground=ground)
        with session(at, act, shape=lambda told: nothing | {"verdict": told}) as opened:
            seen = sight(opened, key)
    at.answer(seen, lambda: faces.sight(seen))
    if not seen["verdict"]["allowed"]:
        raise typer.Exit(codes.REFUSED)


def sight(opened: Session, key: int) -> dict[str, Any]:
    """This will tell what the session's purpose sees of a subject.

    Shape: {"subject", "purpose", "visible": {category: [row]}, "hidden": [category], "why":
    {category: reason}, "verdict"}, and `records` where several of one human are seen: each row then says
    under `record` of which it is. One that the purpose does not see and one that does not exist
    are told alike.
    """
    seen = opened.see(key)
    hidden = dict(seen["hidden"])
    return {
        "subject": key,
        "purpose": opened.purpose,
        "visible": seen["visible"],
        "hidden": sorted(hidden),
        "why": hidden,
        "verdict": whole(opened.in_force, opened.purpose, seen["verdict"]),
        **({"records": seen["records"]} if "records" in seen else {}),
    }


def may(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    purpose: PurposeOption,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    controller: ControllerOption = None,
    channel: ChannelOption = None,
    ground: GroundOption = None,
    at_: AtOption = None,
    known_at: KnownAtOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell whether a purpose may touch a subject, why, and until when."""
    at = desk(context, form)
    then, known = moment(at_), moment(known_at)
    with at.house.register():
        key = whom(subject, at)
        act = Act(staff, reason, purpose, controller, channel, ground)
        with session(at, act, shape=lambda told: told) as opened:
            told = of_channel(opened.why(key, then, known), channel)
            answer = verdict(opened.in_force, opened.purpose, told)
    at.answer(answer, lambda: faces.verdict(answer))
    if not answer["allowed"]:
        raise typer.Exit(codes.NO)


def lookups(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell who looked at a subject, when and for what, as the subject may see it."""
    at = desk(context, form)
    with at.house.register():
        key = whom(subject, at)
        with session(at, Act(staff, reason, under), need=Need("select", "event_subject")) as opened:
            answer = looks(opened, key)
    refused = answer.get("verdict")
    at.answer(answer, lambda: faces.verdict(refused) if refused else faces.lookups(answer["lookups"]))
    if refused:
        raise typer.Exit(codes.REFUSED)


def looks(opened: Session, key: int) -> dict[str, Any]:
    """This will tell who looked at a subject, or the verdict that it is not seen.

    Shape: {"subject", "lookups": [look-up], "verdict" when it is not seen}. One that the purpose does
    not see and one that does not exist are told alike.
    """
    from seloste.register.protection.lookups import UnseenSubject

    try:
        return {"subject": key, "lookups": [vars(each) for each in opened.lookups(key)]}
    except UnseenSubject:
        return {"subject": key, "lookups": [], "verdict": verdict(opened.in_force, opened.purpose, ())}
