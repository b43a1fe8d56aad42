"""A register of made-up people, made by the commands themselves, and a way to call them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import servers
from conftest import EXAMPLES
from seloste.interfaces import cli
from seloste.project.main import ProjectHouse

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = EXAMPLES.parent / "src"
OLD, NEW = EXAMPLES / "tampereen-sahkolaitos" / "2018.yaml", EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Commands:
    """Calls `seloste` in this process, in a home of its own."""

    def __init__(self, home: Path, capture: Any) -> None:
        self.home = home
        self.capture = capture

    def __call__(self, *arguments: object) -> Answer:
        self.capture.readouterr()
        code = cli.main(ProjectHouse(self.home), [str(a) for a in arguments])
        out, err = self.capture.readouterr()
        return Answer(code, out, err)


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "SELOSTE_TRACEBACK", "SELOSTE_DATABASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def seloste(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The commands without a database: one that is asked for does not answer."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    return Commands(tmp_path, capsys)


def run(home: Path, *arguments: object, **environment: str) -> Answer:
    """`seloste` as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "seloste", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "SELOSTE_HOME": str(home), **environment},
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def _made(
    one_server: servers.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, str], Any]]:
    """A register that was bootstrapped, governed and filled by the commands."""
    home = tmp_path_factory.mktemp("home")
    where = {"DATABASE_URL": one_server.admin, "SELOSTE_DATABASE": f"s{secrets.token_hex(4)}"}
    try:
        for arguments in (["policy", "bootstrap"], ["policy", "apply", NEW]):
            answer = run(home, *arguments, **where)
            assert answer.code == 0, answer.err
        answer = run(home, "populate", "--persons", 60, "--format", "json", **where)
        assert answer.code == 0, answer.err
        yield home, where, answer.json
    finally:
        servers.drop(one_server.admin, where["SELOSTE_DATABASE"])


@pytest.fixture
def populated(_made: tuple[Path, dict[str, str], Any]) -> Any:
    """What `populate` told: names, reasons, staff."""
    return _made[2]


@pytest.fixture
def register(
    _made: tuple[Path, dict[str, str], Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Commands:
    """The commands on a register of made-up people."""
    for key, value in _made[1].items():
        monkeypatch.setenv(key, value)
    return Commands(_made[0], capsys)


@pytest.fixture
def reason(populated: Any) -> Any:
    """An open reason of a kind, about somebody by name or about nobody."""

    def found(kind: str, name: str = "") -> str:
        return next(each for each in populated["reasons"][name] if each.startswith(f"{kind}:"))

    return found
