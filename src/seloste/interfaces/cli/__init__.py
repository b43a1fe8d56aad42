"""The command line: names, flags, exit codes and JSON keys are a contract."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from . import codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .house import House

__all__ = ["codes", "main"]


def main(house: House, arguments: Sequence[str] | None = None) -> int:
    """This will run one command in a house and say its exit code; an error is told, never thrown."""
    from typer.main import get_command

    from .app import app
    from .desk import Desk, asked_format
    from .refusals import tell

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    given = sys.argv[1:] if arguments is None else list(arguments)
    at = Desk(house, asked_format(given))
    try:
        answered = get_command(app).main(
            args=given,
            prog_name="seloste",
            standalone_mode=False,
            obj=at,
        )
    except Exception as error:
        if os.environ.get("SELOSTE_TRACEBACK"):
            raise
        return tell(error, at)
    return answered if isinstance(answered, int) else codes.ANSWERED
