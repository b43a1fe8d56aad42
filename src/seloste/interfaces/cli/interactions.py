"""What was said: `interaction add|list`."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, overload

import typer

from . import faces
from .acts import Act, Done, Need, now, operate, session, told_marks
from .desk import Format, WrongUsage, desk
from .options import (
    FormatOption,
    KeyOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    moment,
    whom,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from seloste.register.interactions.queries import Said
    from seloste.register.protection.session import Session

interaction = typer.Typer(
    help="Take down a contact with somebody, and read those there were.", no_args_is_help=True
)


class Way(StrEnum):
    """How somebody was in contact."""

    PHONE = "phone"
    EMAIL = "email"
    VISIT = "visit"
    LETTER = "letter"
    CHAT = "chat"


class Direction(StrEnum):
    """Who sought the other."""

    IN = "in"
    OUT = "out"


class Topic(StrEnum):
    """What a contact was about."""

    AGREEMENT = "agreement"
    MOVING = "moving"
    INVOICE = "invoice"
    METERING = "metering"
    OUTAGE = "outage"
    CONTACT_DETAILS = "contact_details"
    DATA_PROTECTION = "data_protection"
    MARKETING = "marketing"
    OTHER = "other"


class Speaker(StrEnum):
    """Who spoke for a subject."""

    SUBJECT = "subject"
    CO_HOLDER = "co_holder"
    REPRESENTATIVE = "representative"
    GUARDIAN = "guardian"
    OTHER = "other"


class Identified(StrEnum):
    """How they proved who they are."""

    STRONGLY = "strongly"
    BY_DOCUMENT = "by_document"
    BY_KNOWN_FACTS = "by_known_facts"
    FAILED = "failed"
    NOT_ASKED = "not_asked"


TextOption = Annotated[
    str | None,
    typer.Option("--text", metavar="FILE", help="A file with what was said; - reads it from standard input."),
]


@interaction.command("add")
def add(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    channel: Annotated[Way, typer.Option("--channel", help="Over which channel.")] = Way.PHONE,
    direction: Annotated[Direction, typer.Option("--direction", help="Who sought the other.")] = Direction.IN,
    topic: Annotated[Topic, typer.Option("--topic", help="What it was about.")] = Topic.OTHER,
    speaker: Annotated[Speaker, typer.Option("--with", help="Who spoke.")] = Speaker.SUBJECT,
    identified: Annotated[
        Identified,
        typer.Option("--identified", help="How they proved who they are; failed closes the case."),
    ] = Identified.NOT_ASKED,
    agreement: Annotated[
        int | None, typer.Option("--agreement", metavar="KEY", help="The agreement it was about.")
    ] = None,
    case: Annotated[
        str | None,
        typer.Option("--case", metavar="KIND:KEY", help="An open case that it belongs to; else a new one."),
    ] = None,
    happened: Annotated[
        str | None, typer.Option("--at", metavar="MOMENT", help="When; by default now.")
    ] = None,
    text: TextOption = None,
    key: KeyOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Take down a call, mail, visit, letter or chat; its case is the reason of what is looked up for it."""
    at = desk(context, form)
    said, belongs = words(text, "--text"), case_key(case) if case else None

    def do(_session: Session) -> Done:
        from seloste.register.interactions.operations import Contact, record

        whose = whom(subject, at)
        told = record(
            whose,
            Contact(channel.value, direction.value, topic.value, speaker.value, identified.value, agreement),
            at=moment(happened) or now(),
            text=said,
            case_id=belongs,
            key=key,
        )
        answer = {"subject": whose, "interaction": told.pk, "reason": told.reason}
        return Done("interaction.add", answer, told.marks)

    operate(at, Act(staff, reason, under), Need("insert", "interaction"), do)


@interaction.command("write")
def write_(
    context: typer.Context,
    *,
    case: Annotated[str, typer.Argument(metavar="KIND:KEY", help="The call, case or task it belongs to.")],
    text: Annotated[
        str,
        typer.Option(
            "--text", metavar="FILE", help="A file with the words; - reads them from standard input."
        ),
    ],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Add a text to a call, a case or a task that is there; what was written is never changed."""
    at = desk(context, form)
    said, belongs = words(text, "--text"), case_key(case)

    def do(_session: Session) -> Done:
        from seloste.register.interactions.operations import write

        return Done("interaction.write", {"case": case}, write(belongs, said, at=now()))

    category = "task" if case.startswith("task:") else "interaction"
    operate(at, Act(staff, reason, under), Need("insert", "case_text", category), do)


@interaction.command("list")
def list_(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List the contacts with somebody, the last one first, with what was written of them."""
    at = desk(context, form)
    with (
        at.house.register(),
        session(at, Act(staff, reason, under), need=Need("select", "interaction")) as opened,
    ):
        from seloste.register.interactions.queries import contacts

        whose = whom(subject, at)
        found = [{**vars(each), "texts": told_texts(each.texts)} for each in contacts(whose)]
        purpose = opened.purpose
    at.answer({"subject": whose, "interactions": found, "purpose": purpose}, lambda: shown(found))


@overload
def words(file: str, option: str) -> str: ...
@overload
def words(file: str | None, option: str) -> str | None: ...
def words(file: str | None, option: str) -> str | None:
    """This will read the words of an option from a file: on a command line they would stay in its history.

    Raises: WrongUsage.
    """
    import sys
    from pathlib import Path

    if file is None:
        return None
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise WrongUsage(f"{option} names a file of words in UTF-8, or - for standard input") from None


def case_key(told: str) -> int:
    """This will read KIND:KEY.

    Raises: WrongUsage.
    """
    named = re.fullmatch(r"[a-z]+:([0-9]{1,18})", told)
    if not named:
        raise WrongUsage("a case is named KIND:KEY, as call:4711")
    return int(named[1])


def told_texts(texts: Iterable[Said]) -> list[dict[str, Any]]:
    """Texts with their marks, as they are answered."""
    return [{**vars(each), "marks": told_marks(each.marks)} for each in texts]


def shown(found: Sequence[dict[str, Any]]) -> RenderableType:
    """Contacts in columns, their words below."""
    from rich.text import Text

    if not found:
        return Text("No contacts.", style="quiet")
    table = faces.columns("When", "Case", "Way", "About", "Who", "What was said")
    for each in found:
        who = each["spoken_with"]
        if each["identified"] != "not_asked":
            who = f"{who}, {each['identified'].replace('_', ' ')}"
        table.add_row(
            f"{faces.finnish(each['at']):%Y-%m-%d %H:%M}",
            each["reason"],
            f"{each['channel']} {each['direction']}",
            each["topic"].replace("_", " "),
            Text(who, style="refused" if each["identified"] == "failed" else ""),
            "\n".join(text["text"] for text in each["texts"]),
        )
    return table
