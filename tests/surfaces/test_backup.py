"""`backup` and `restore`: what was backed up stands again, and nothing is taken for whole that is not."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

import servers

from .conftest import Commands


@pytest.fixture
def elsewhere(one_server: Any, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The commands in an empty home, with the name of a database that is not there yet."""
    name = f"r{secrets.token_hex(4)}"

    def here() -> Commands:
        monkeypatch.setenv("DATABASE_URL", one_server.admin)
        monkeypatch.setenv("SELOSTE_DATABASE", name)
        return Commands(tmp_path / "restored", capsys)

    yield here
    servers.drop(one_server.admin, name)


@pytest.fixture
def taken(register: Commands, tmp_path: Path) -> Path:
    """A backup of the register of made-up people."""
    answer = register("backup", tmp_path / "all.backup", "--format", "json")
    assert answer.code == 0, answer.err
    assert answer.json["rows"] > 100
    return tmp_path / "all.backup"


def test_a_register_stands_again(taken: Path, elsewhere: Any, populated: Any, reason: Any) -> None:
    assert taken.stat().st_mode & 0o777 == 0o600
    seloste = elsewhere()
    answer = seloste("restore", taken, "--format", "json")
    assert answer.code == 0, answer.out + answer.err
    told = answer.json
    assert (told["drift"], told["keys"], told["whole"]) == ([], "restored", True)
    assert seloste("policy", "verify", "--deep").code == 0
    seen = seloste(
        "see",
        "aino",
        "--purpose",
        "service",
        "--as",
        "customer_service.sahkolaitos",
        "--reason",
        reason("call", "aino"),
    )
    assert seen.code == 0, seen.err
    assert "Aino Maria" in seen.out
