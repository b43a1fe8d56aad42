"""The demo from end to end, on the embedded server, in a home where nothing is yet."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import servers

from .conftest import run

PERSONS = 100


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one's own; as root it is one that an unprivileged server can be led out of."""
    if lacking := servers.missing("embedded"):
        pytest.skip(lacking)
    return tmp_path_factory.mktemp("demo")


def test_the_demo_shows_everything_and_leaves_a_register_to_try(home: Path) -> None:
    began = time.monotonic()
    answer = run(home, "demo", "--no-serve", "--persons", PERSONS, COLUMNS="100")
    assert answer.code == 0, answer.out + answer.err
    assert time.monotonic() - began < 60
    assert answer.err == ""
    told = answer.out
    assert max(map(len, told.splitlines())) <= 110
    assert "\x1b" not in told
    for shown in (
        "TRANSFER_WITHOUT_SAFEGUARDS",
        "database logins",
        "Aino Maria",
        "not declared",
        "ERROR:  permission denied for table receivable",
        "ERROR:  must be owner of table subject",
        "misuse_investigation",
        "the database says what the notice says",
        "seloste see aino",
    ):
        assert shown in told, shown
    assert "word for word" in told
    assert "-1" in told


def test_what_the_demo_says_to_try_works(home: Path) -> None:
    told = run(home, "demo", "--no-serve", "--persons", PERSONS, COLUMNS="100").out
    commands = [line.split()[1:] for line in told.splitlines() if line.strip().startswith("seloste ")]
    assert len(commands) >= 4
    for command in commands:
        if command[0] == "check":
            continue
        answer = run(home, *command)
        assert answer.code == (1 if command[0] == "may" else 0), (command, answer)


def test_the_server_is_left_as_it_was_found(home: Path) -> None:
    assert not (home / "server" / "postgres" / "postmaster.pid").exists()
