"""The commands, their flags and their words: a snapshot that programs outside rely on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .conftest import NEW, OLD, Commands

SNAPSHOT = Path(__file__).with_name("help.txt")


def every_command() -> list[str]:
    """The program itself, then each command in the order of the program's own lists."""
    from typer.main import get_command

    from seloste.interfaces.cli.app import app

    found = [""]
    for name, command in get_command(app).commands.items():
        found += [name, *(f"{name} {each}" for each in getattr(command, "commands", {}))]
    return found


def test_help_is_what_it_was(seloste: Commands) -> None:
    told = []
    for command in every_command():
        answer = seloste(*command.split(), "--help")
        assert answer.code == 0
        lines = "\n".join(line.rstrip() for line in answer.out.strip().splitlines())
        told.append(f"$ seloste {command} --help".replace("  ", " ") + f"\n\n{lines}\n")
    now = "\n".join(told)
    if os.environ.get("SELOSTE_SNAPSHOT") == "write":
        SNAPSHOT.write_text(now)
    assert now == SNAPSHOT.read_text(), (
        "if this is meant: SELOSTE_SNAPSHOT=write, run again, and read the difference"
    )


def test_nothing_asked_is_answered_with_the_commands(seloste: Commands) -> None:
    assert seloste().code == 0
    assert "policy" in seloste().out


def test_help_and_check_start_without_django_or_a_database_driver() -> None:
    for arguments in (["--help"], ["check", str(OLD)], ["check", str(NEW), "--format", "json"]):
        asked = (
            "import sys; from pathlib import Path; from seloste.interfaces import cli;"
            "from seloste.project.main import ProjectHouse;"
            f"cli.main(ProjectHouse(Path('/nowhere')), {arguments!r});"
            "print(*(m for m in ('django', 'psycopg') if m in sys.modules), file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", asked],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": str(OLD.parents[2] / "src")},
        )
        assert done.stderr.strip() == "", arguments
