"""Taking a named extract as a file: `extract`."""

from __future__ import annotations

import csv
import io
import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seloste.kernel.neutral import harmless

from . import faces
from .acts import Act, now, session
from .desk import Format, desk
from .house import NotDone
from .options import ControllerOption, FormatOption, ReasonOption, StaffOption, who
from .refusals import Refused, refusal_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO, TextIO

TOLD_EVERY = 5_000


def extract(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An extract that the notice declares.")],
    to: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.csv", help="Where to; must not be there yet.")
    ],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Take an extract of many people as a file; everybody in it is recorded before the first line."""
    at = desk(context, form)
    with at.house.register():
        act = Act(staff, reason, _purpose(name, who(staff, at)), controller)
        with whole_file(to) as file, session(at, act) as opened, at.progress("Taking") as progress:
            from seloste.register.protection.operations import note

            taken = opened.extract(name, at=now())
            cells = csv.writer(file)
            cells.writerow(taken.columns)
            lines = 0
            for lines, line in enumerate(taken.lines, 1):
                cells.writerow(harmless(value) for value in line)
                if lines % TOLD_EVERY == 0:
                    progress(lines, lines)
            note(f"extracts.{name}")
            purpose = opened.purpose
    told = {"extract": name, "file": str(to), "subjects": taken.subjects, "lines": lines, "purpose": purpose}
    at.answer(told, lambda: faces.pairs("Taken", told))


def _purpose(name: str, staff: str) -> str:
    """The purpose for which an extract is declared.

    Raises: Refused.
    """
    from seloste.register.protection import actors, extracts
    from seloste.register.protection.backend.logins import in_force

    notice = in_force(actors.staff(staff)[0])
    try:
        return extracts.purpose_of(notice, name)
    except extracts.ExtractUnknown as error:
        raise Refused(refusal_of(error, notice.hash), lambda verdict: {"verdict": verdict}) from None


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """This will write a file that is there whole or not at all, for its owner's eyes alone; what is in it is text."""
    with whole_bytes(path) as handle:
        file = io.TextIOWrapper(handle, encoding="utf-8", newline="")
        try:
            yield file
        finally:
            file.detach()


@contextmanager
def whole_bytes(path: Path) -> Iterator[BinaryIO]:
    """This will write a file that is there whole or not at all, for its owner's eyes alone.

    Raises: NotDone, when something is there already or nothing can be written there.
    """
    if path.exists() or path.is_symlink():
        raise _taken(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise NotDone(f"nothing can be written beside {path}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # a link, since renaming would write over what came there meanwhile
        os.link(part, path)
    except FileExistsError:
        raise _taken(path) from None
    finally:
        part.unlink()


def _taken(path: Path) -> NotDone:
    return NotDone(f"{path} is there already and is not written over: name another file, or move it away")
