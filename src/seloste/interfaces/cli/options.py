"""Options that many commands share, each spelled once."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, overload

import typer

from .desk import Desk, Format, WrongUsage

if TYPE_CHECKING:
    from seloste.notice import Notice


class Channel(StrEnum):
    """Ways to reach somebody."""

    LETTER = "letter"
    PHONE = "phone"
    EMAIL = "email"
    SMS = "sms"
    WEB = "web"


FormatOption = Annotated[Format, typer.Option("--format", help="How the answer is written.")]
StaffOption = Annotated[
    str | None,
    typer.Option("--as", metavar="STAFF", help="Who acts: a user name; in the demo database only."),
]
ReasonOption = Annotated[
    str | None,
    typer.Option("--reason", metavar="KIND:KEY", help="What it is for, as call:4711; must be open."),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="A random key: asked again under it, it is done once."),
]
PurposeOption = Annotated[str, typer.Option("--purpose", metavar="PURPOSE", help="A purpose of the notice.")]
UnderOption = Annotated[
    str | None,
    typer.Option(
        "--under", metavar="PURPOSE", help="The purpose acted for; by default the narrowest that may."
    ),
]
ControllerOption = Annotated[
    str | None,
    typer.Option("--controller", metavar="KEY", help="Whom the actor acts for; by default the employer."),
]
ChannelOption = Annotated[Channel | None, typer.Option("--channel", help="Over which channel.")]
GroundOption = Annotated[
    str | None,
    typer.Option("--ground", metavar="KEY", help="Opens a purpose of emergencies on a ground of the notice."),
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="MOMENT", help="2026-03-01 or 2026-03-01T12:00; by default now."),
]
SubjectArgument = Annotated[
    str, typer.Argument(metavar="SUBJECT", help="A key; in the demo also one of its names.")
]
FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="A notice.")]


def who(staff: str | None, at: Desk) -> str:
    """This will tell who acts.

    Raises: WrongUsage.
    """
    if not at.house.is_demo():
        raise WrongUsage(
            "this database does not hold made-up people, so nobody may say who acts with --as, and signing in"
            " is not there yet: use the demo database (`seloste demo`)"
        )
    if not staff:
        raise WrongUsage("nobody acts: say who with --as STAFF; `seloste demo` ends with names to try")
    return staff


def why(reason: str | None) -> str:
    """This will tell what for.

    Raises: WrongUsage.
    """
    if not reason:
        raise WrongUsage(
            "a look-up needs a reason: --reason KIND:KEY names the call, case, request, campaign or task it is for;"
            " `seloste case open` opens one"
        )
    return reason


def whom(subject: str, at: Desk) -> int:
    """This will find the key of SUBJECT: itself, or the one that the demo gives a name.

    Raises: WrongUsage.
    """
    if re.fullmatch(r"[0-9]{1,18}", subject):
        return int(subject)
    key = at.house.named(subject)
    if key is None:
        raise WrongUsage("SUBJECT is a key, or one of the names that `seloste demo` prints")
    return key


@overload
def moment(told: str) -> datetime: ...
@overload
def moment(told: str | None) -> datetime | None: ...
def moment(told: str | None) -> datetime | None:
    """This will read a moment; a day is its Finnish midnight, a time without a zone is Finnish.

    Raises: WrongUsage.
    """
    from zoneinfo import ZoneInfo

    if told is None:
        return None
    try:
        read = datetime.fromisoformat(told)
    except ValueError:
        raise WrongUsage(
            f"{told!r} is no moment: write 2026-03-01, 2026-03-01T12:00 or 2026-03-01T12:00+02:00"
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=ZoneInfo("Europe/Helsinki"))


def day(told: str | None) -> date:
    """This will read a day; by default today.

    Raises: WrongUsage.
    """
    from zoneinfo import ZoneInfo

    if told is None:
        return datetime.now(ZoneInfo("Europe/Helsinki")).date()
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise WrongUsage(f"{told!r} is no day: write it as 2026-03-01") from None


def read(file: str) -> Notice:
    """This will read a notice from a file, or from standard input when it is `-`.

    Raises: UnreadableNotice.
    """
    import sys
    from pathlib import Path

    from seloste.notice import read_notice

    return read_notice(sys.stdin.buffer.read() if file == "-" else Path(file))
