"""The commands, their flags and their words: a snapshot that programs outside rely on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .conftest import NEW, OLD, Commands

SNAPSHOT = Path(__file__).with_name("help.txt")
COMMANDS = (
    "", "demo", "populate", "bench", "check", "notice", "notice schema",
    "policy", "policy bootstrap", "policy sql", "policy apply", "policy verify", "policy rotate-passwords", "policy refresh",
    "ledger", "ledger seal", "ledger verify", "ledger proof", "ledger export", "ledger dispose",
    "keys", "keys make", "keys check", "keys rotate", "keys retire", "sweep",
    "backup", "restore", "status", "serve",
    "see", "may", "lookups", "extract", "erase",
    "consent give", "consent withdraw", "ban set", "ban lift", "objection receive", "objection decide",
    "restriction set", "restriction lift", "agreement open", "agreement end", "agreement cancel",
    "agreement change", "agreement withdraw", "agreement confirmation", "agreement left-behind", "agreement offer",
    "agreement products", "agreement move-in", "agreement move-out", "agreement stay", "agreement pass-on",
    "agreement estate", "agreement join", "agreement leave", "agreement invoice-by", "agreement stop-disconnection",
    "turvakielto set", "turvakielto lift", "subject add-contact", "subject claim-status", "subject decide-status",
    "representation begin", "representation end", "receivable book", "receivable pay", "receivable dispute",
    "receivable reopen", "receivable collect", "receivable write-off",
    "staff add", "staff train", "case open", "case close",
    "break-glass list", "break-glass review", "break-glass alarm",
    "reviews run", "reviews open-case", "reviews watch", "reviews unwatch", "reviews own-record",
)  # fmt: skip


def test_help_is_what_it_was(seloste: Commands) -> None:
    told = []
    for command in COMMANDS:
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


def test_every_command_is_in_the_snapshot() -> None:
    from typer.main import get_command

    from seloste.interfaces.cli.app import app

    found = set()
    for name, command in get_command(app).commands.items():
        inner = getattr(command, "commands", {})
        found |= {f"{name} {each}" for each in inner} or {name}
    assert found <= set(COMMANDS)


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
