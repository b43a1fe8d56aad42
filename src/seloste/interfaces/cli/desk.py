"""Where a command is asked and answered: its console, its format and the house behind it."""

from __future__ import annotations

import itertools
import json
import sys
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from rich.console import Console, RenderableType

    from .house import House

STYLES = {
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "open": "green",
    "shut": "dim",
    "refused": "bold red",
    "key": "bold",
    "quiet": "dim",
    "head": "bold cyan",
    "command": "cyan",
}
"""Colours by meaning; nothing is told by colour alone."""


class Format(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"


class WrongUsage(typer.TyperException):
    """The command was called in a way that it cannot be answered; the message says how to."""

    exit_code = 2


class Desk:
    """One call of the command line."""

    def __init__(self, house: House, form: Format = Format.TEXT) -> None:
        """`house` is what the project provides; `form` is how to answer until a command was understood."""
        self.house = house
        self.format = form

    @cached_property
    def out(self) -> Console:
        """The console of answers."""
        return console()

    @cached_property
    def err(self) -> Console:
        """The console of errors and of progress, so that an answer can be piped."""
        return console(stderr=True)

    def answer(self, told: dict[str, Any], show: Callable[[], RenderableType]) -> None:
        """This will write an answer: as JSON for programs, else as `show` draws it."""
        if self.format is Format.JSON:
            sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2, default=_plain) + "\n")
        else:
            show_on(self.out, show())

    def progress(self, what: str) -> AbstractContextManager[Callable[[int, int], None]]:
        """A bar on the error console; what it lends is told how many are done, and of how many."""
        return bar(self.err, what)

    def steps(self) -> AbstractContextManager[Callable[[str], None]]:
        """What is being done, on the error console, a step at a time; what it lends is told each step."""
        return steps(self.err)


def asked_format(arguments: Sequence[str]) -> Format:
    """The format that a command line asks for, told before it is known whether the rest can be understood."""
    options = list(itertools.takewhile(lambda each: each != "--", arguments))
    asked = {value for option, value in itertools.pairwise([*options, ""]) if option == "--format"}
    asked |= {option.removeprefix("--format=") for option in options if option.startswith("--format=")}
    return Format.JSON if Format.JSON in asked else Format.TEXT


def desk(context: typer.Context, form: Format = Format.TEXT) -> Desk:
    """The desk of this call, answering as asked."""
    found = context.ensure_object(Desk)
    found.format = form
    return found


def console(*, stderr: bool = False, width: int | None = None) -> Console:
    """A console in our colours; plain where there is no terminal."""
    from rich.console import Console
    from rich.theme import Theme

    return Console(theme=Theme(STYLES), stderr=stderr, highlight=False, width=width, emoji=False)


def show_on(on: Console, shown: RenderableType) -> None:
    """This will draw on a console; where there is no terminal, lines end where their words do."""
    if on.is_terminal:
        on.print(shown)
        return
    with on.capture() as drawn:
        on.print(shown)
    on.file.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))


def bar(on: Console, what: str) -> AbstractContextManager[Callable[[int, int], None]]:
    """A progress bar that vanishes when it is done; nothing where there is no terminal."""
    from contextlib import contextmanager

    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    @contextmanager
    def shown() -> Iterator[Callable[[int, int], None]]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=on, transient=True, disable=not on.is_terminal) as progress:
            task = progress.add_task(what, total=None)
            yield lambda done, of: progress.update(task, completed=done, total=of)

    return shown()


def steps(on: Console) -> AbstractContextManager[Callable[[str], None]]:
    """The step that is being done, in one line that changes; where there is no terminal, a line each."""
    from contextlib import contextmanager

    @contextmanager
    def shown() -> Iterator[Callable[[str], None]]:
        if on.is_terminal:
            with on.status("") as status:
                yield status.update
        else:
            yield lambda step: on.print(step, style="quiet")

    return shown()


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
