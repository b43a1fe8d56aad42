"""The units of `deploy/`: systemd takes them, they are closed, and what they start is a command of ours."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
PROGRAM = "/opt/seloste/.venv/bin/seloste"
CLOSED = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
    "CapabilityBoundingSet": "", "UMask": "0077", "User": "seloste", "StateDirectoryMode": "0700", "RestrictNamespaces": "yes",
}  # fmt: skip


def unit(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return {name: dict(parser[name]) for name in parser.sections()}


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_is_closed_and_starts_a_command_of_ours(path: Path) -> None:
    from typer.main import get_command

    from seloste.interfaces.cli.app import app

    service = unit(path)["Service"]
    assert {key: service.get(key) for key in CLOSED} == CLOSED
    started = list(starts(path))
    assert started
    for program, *words in started:
        assert program == PROGRAM
        command = get_command(app)
        for word in words:
            if word not in getattr(command, "commands", {}):
                break
            command = command.commands[word]
        assert not hasattr(command, "commands"), f"{words} is no command"


def starts(path: Path) -> list[list[str]]:
    """What a service runs, one after the other; a minus lets the next run whatever becomes of this one."""
    return [line.split() for line in re.findall(r"^ExecStart=-?(.*)$", path.read_text(), re.MULTILINE)]


def test_what_time_brings_is_done() -> None:
    tended = [" ".join(words) for _, *words in starts(DEPLOY / "seloste-tend.service")]
    assert tended == ["policy refresh", "ledger seal", "break-glass alarm"]
    assert (DEPLOY / "seloste-tend.service").read_text().count("ExecStart=-") == len(tended)
    nightly = [" ".join(words) for _, *words in starts(DEPLOY / "seloste-sweep.service")]
    assert nightly == ["ledger dispose", "sweep"]


def test_every_timer_starts_a_service_that_is_there() -> None:
    timers = sorted(DEPLOY.glob("*.timer"))
    assert len(timers) == 3
    assert [path.name for path in timers if not path.with_suffix(".service").exists()] == []
    assert all(unit(path)["Install"] == {"WantedBy": "timers.target"} for path in timers)


def test_services_are_closed_alike() -> None:
    parts = {
        re.split(r"\n# It may write", path.read_text())[1].partition("\n\n[Install]")[0].strip()
        for path in SERVICES
    }
    assert len(parts) == 1


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"),
    reason="no systemd-analyze here: install systemd to have it judge the units",
)
def test_systemd_takes_them(tmp_path: Path) -> None:
    """What they start is not installed here, so that something else stands in its place."""
    for path in (*SERVICES, *DEPLOY.glob("*.timer")):
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    exposed = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(tmp_path / "seloste.service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    level = re.search(r"exposure level for seloste.service: ([0-9.]+)", exposed.stdout)
    assert level, exposed.stderr
    assert float(level[1]) < 2.0
