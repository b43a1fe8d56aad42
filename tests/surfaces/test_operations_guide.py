"""OPERATIONS.md: every command in it is run, in order, on an embedded database of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from database.test_switch import text
from seloste.project import made_up
from seloste.project.database import open_cluster
from seloste.project.wiring import configure

from .conftest import NEW, SOURCE

ROOT = SOURCE.parent
GUIDE = (ROOT / "OPERATIONS.md").read_text()
BLOCK = re.compile(r"(?P<before>[^\n]*)\n```sh\n(?P<commands>.*?)```", re.DOTALL)
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


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a line as a shell would, remembering what is exported; relative folders are of the first one."""
    for name in ("DATABASE_URL", "SELOSTE_DATABASE", "SELOSTE_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "seloste").write_text(SHIM.format(python=sys.executable))
    (tmp_path / "bin" / "seloste").chmod(0o755)
    (tmp_path / "backups").mkdir()
    (tmp_path / "notice.yaml").write_bytes(NEW.read_bytes())
    (tmp_path / "new.yaml").write_text(text(tail="P5M"))
    environment = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(SOURCE),
        "NO_COLOR": "1",
    }

    def run(command: str) -> tuple[int, str]:
        if exported := re.fullmatch(r"export (\w+)=(\S+)", command):
            environment[exported[1]] = exported[2]
            return 0, ""
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_every_command_does_what_the_guide_says(shell: Any, tmp_path: Path) -> None:
    assert shell("seloste status")[0] == 4, "a folder without a register has no database"
    for command in ("seloste policy bootstrap", "seloste policy apply notice.yaml"):
        code, said = shell(command)
        assert code == 0, said
    # one server for all of them: each would start and stop its own
    with open_cluster(tmp_path / ".seloste") as cluster:
        configure(cluster)
        made_up.fill(cluster, 60, 1, lambda _done, _all: None)
        for command, expected in commands():
            code, said = shell(command)
            assert code == expected, f"{command}\n{said}"
    assert [path.suffix for path in (tmp_path / "backups").iterdir()] == [".backup"]
    assert {p.stat().st_mode & 0o077 for p in tmp_path.rglob("*.backup")} == {0}


def test_enough_is_run_and_what_is_not_says_why() -> None:
    assert len(commands()) > 20
    left_out = [block["before"] for block in BLOCK.finditer(GUIDE) if block["before"].startswith("<!--")]
    assert left_out == ["<!-- not run: it needs root, systemd and the network -->"]
    named = re.findall(r"/opt/seloste/((?:deploy|requirements)/[\w.*-]+)", GUIDE)
    assert named
    assert [name for name in named if not list(ROOT.glob(name))] == []


def test_every_check_of_status_stands_in_the_table() -> None:
    from seloste.project.status import checks

    table = GUIDE.split("<!-- checks:", 1)[1].split("\n\n", 1)[0]
    rows = re.findall(r"^\| (\w+) \|", table, re.MULTILINE)
    assert rows == ["check", *(check.name for check in checks())]


def test_what_the_folder_holds_stands_in_the_guide() -> None:
    from seloste.project.backup import CHECKPOINTS
    from seloste.project.erasures import NAME

    for name in (CHECKPOINTS, NAME, "keys-*.json", "passwords*.json", "*.last-backup.json"):
        assert f"| `{name}" in GUIDE
