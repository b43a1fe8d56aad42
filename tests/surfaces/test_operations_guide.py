"""OPERATIONS.md: every command in it is run, in order, on an embedded database of its own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from database.test_switch import text
from seloste.interfaces import cli
from seloste.project import made_up
from seloste.project.database import open_cluster
from seloste.project.declared import declared_tables
from seloste.project.main import ProjectHouse
from seloste.project.wiring import configure
from seloste.register.ledger import verifier

from .conftest import NEW, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.project.database import Cluster

ROOT = SOURCE.parent
GUIDE = (ROOT / "OPERATIONS.md").read_text()
BLOCK = re.compile(r"(?P<before>[^\n]*)\n```sh\n(?P<commands>.*?)```", re.DOTALL)
PYTHON = '#!/bin/sh\nexec "{python}" "$@"\n'
SHIM = '#!/bin/sh\nexec "{python}" -m seloste "$@"\n'


def commands() -> list[tuple[str, int]]:
    """Each command and the exit code it shall have, by default 0."""
    found = []
    for block in BLOCK.finditer(GUIDE):
        if block["before"].startswith("<!-- not run: "):
            continue
        for line in block["commands"].splitlines():
            command, _, expected = line.partition("  # exit ")
            found.append((command.strip(), int(expected or 0)))
    return found


class Shell:
    """Runs a line as a shell would, remembering what is exported; relative folders are of the first one."""

    def __init__(self, where: Path, stack: ExitStack, monkeypatch: Any, capture: Any) -> None:
        self.where, self.stack, self.monkeypatch, self.capture = where, stack, monkeypatch, capture
        self.environment = {
            "PATH": f"{where / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(SOURCE),
            "NO_COLOR": "1",
        }
        self.running: dict[str, Cluster] = {}

    def __call__(self, command: str) -> tuple[int, str]:
        if exported := re.fullmatch(r"export (\w+)=(\S+)", command):
            self.environment[exported[1]] = exported[2]
            if exported[1] == "SELOSTE_HOME":
                self.server(exported[2])
            return 0, ""
        if command.startswith("seloste ") and ">" not in command:
            return self._in_this_process(command)
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.where,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def _in_this_process(self, command: str) -> tuple[int, str]:
        """A command of ours; to start Python and read its libraries for each took half of the time."""
        words = shlex.split(Template(command).substitute(self.environment))[1:]
        self.monkeypatch.chdir(self.where)
        self.capture.readouterr()
        code = cli.main(ProjectHouse(Path(self.environment.get("SELOSTE_HOME", ".seloste"))), words)
        return code, "".join(self.capture.readouterr())

    def server(self, folder: str) -> Cluster:
        """The server of a folder, started once for all commands: each would start and stop its own."""
        if folder not in self.running:
            self.running[folder] = self.stack.enter_context(open_cluster(self.where / folder))
        return self.running[folder]


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    for name in ("DATABASE_URL", "SELOSTE_DATABASE", "SELOSTE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("bin", "backups", "elsewhere"):
        (tmp_path / name).mkdir()
    for name, how in (("seloste", SHIM), ("python", PYTHON)):
        (tmp_path / "bin" / name).write_text(how.format(python=sys.executable))
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "notice.yaml").write_bytes(NEW.read_bytes())
    (tmp_path / "new.yaml").write_text(text(tail="P5M"))
    with ExitStack() as stack:
        yield Shell(tmp_path, stack, monkeypatch, capsys)
    for elsewhere in tmp_path.glob("**/server.is.at"):
        shutil.rmtree(elsewhere.read_text().strip())


def inhabited(shell: Shell) -> dict[str, str]:
    """A register of made-up people with an emergency in it; what the guide's words for yours stand for."""
    cluster = shell.server(".seloste")
    for command in ("seloste policy bootstrap", "seloste policy apply notice.yaml"):
        code, said = shell(command)
        assert code == 0, said
    configure(cluster)
    made = made_up.fill(cluster, 60, 1, lambda _done, _all: None)

    def reason(kind: str, name: str = "") -> str:
        return next(each for each in made["reasons"][name] if each.startswith(f"{kind}:"))

    officer = f"--as duty_officer.sahkolaitos --reason {reason('call', 'aino')}"
    code, said = shell(f"seloste see aino --purpose emergency --ground danger_to_life {officer}")
    assert code == 0, said
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        [(opening,)] = admin.execute("SELECT id::text FROM register.break_glass").fetchall()
    return {
        "TASK": reason("task"),
        "REQUEST": reason("request"),
        "SUBJECT": "ville",
        "OPENING": opening,
        "VERIFIER": verifier.__file__,
    }


def test_every_command_does_what_the_guide_says(shell: Shell, tmp_path: Path) -> None:
    shell.server(".seloste")
    code, said = shell("seloste status")
    assert code == 4, f"a folder without a register has no database\n{said}"
    shell.environment |= inhabited(shell)
    for command, expected in commands():
        code, said = shell(command)
        assert code == expected, f"{command}\n{said}"
    assert [path.suffix for path in (tmp_path / "backups").iterdir()] == [".backup"]
    assert {p.stat().st_mode & 0o077 for p in tmp_path.rglob("*.backup")} == {0}


def test_the_windows_in_the_guide_are_those_of_the_program() -> None:
    declared_tables()
    # imported late: it wants Django's settings
    from seloste.register.retention.tasks import WINDOWS

    table = GUIDE.split("<!-- windows:", 1)[1].split("\n\n", 1)[0]
    rows = re.findall(r"^\| ([a-z -]+) \| (\d+) \|$", table, re.MULTILINE)
    assert rows == [(place.replace("_", " "), str(window.days)) for place, window in WINDOWS.items()]


def test_enough_is_run_and_what_is_not_says_why() -> None:
    assert len(commands()) > 20
    left_out = [block["before"] for block in BLOCK.finditer(GUIDE) if block["before"].startswith("<!--")]
    assert left_out == [
        "<!-- not run: it needs root, systemd and the network -->",
        "<!-- not run: it wants an export -->",
    ]
    named = re.findall(r"/opt/seloste/((?:deploy|requirements)/[\w.*-]+)", GUIDE)
    assert named
    assert [name for name in named if not list(ROOT.glob(name))] == []


def test_every_check_of_status_stands_in_the_table() -> None:
    from seloste.project.status import checks

    table = GUIDE.split("<!-- checks:", 1)[1].split("\n\n", 1)[0]
    rows = re.findall(r"^\| (\w+) \|", table, re.MULTILINE)
    assert rows == ["check", *(check.name for check in checks())]


def test_what_the_folder_holds_stands_in_the_guide() -> None:
    from seloste.project.erasures import NAME

    for name in ("checkpoints*/", "ledger*/", NAME, "keys-*.json", "passwords*.json", "*.last-backup.json"):
        assert f"| `{name}" in GUIDE
