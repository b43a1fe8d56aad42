"""`backup` and `restore`: what was backed up stands again, and nothing is taken for whole that is not."""

from __future__ import annotations

import json
import os
import secrets
import shutil
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


def test_what_is_erased_by_command_is_erased_again(
    taken: Path, elsewhere: Any, populated: Any, reason: Any
) -> None:
    seloste = elsewhere()
    assert seloste("restore", taken).code == 0
    [journal] = seloste.home.glob("*erasures.jsonl")
    assert journal.read_text() == ""
    how = ("--class", "customership", "--as", "register_contact.sahkolaitos", "--reason", reason("request"))
    erased = seloste("erase", "ville", *how, "--format", "json")
    assert erased.code == 0, erased.err
    [line] = journal.read_text().splitlines()
    told = json.loads(line)
    assert told.keys() == {"at", "subject", "retention_class"}
    assert told["subject"] == populated["names"]["ville"]
    kept = journal.read_bytes()
    # lost: the database and the folder; saved: the backup of before, and the journal
    servers.drop(os.environ["DATABASE_URL"], os.environ["SELOSTE_DATABASE"])
    shutil.rmtree(seloste.home)
    saved = taken.with_name("saved.jsonl")
    saved.write_bytes(kept)
    again = seloste("restore", taken, "--erasures", saved, "--format", "json")
    assert again.code == 0, again.out
    [one] = again.json["erased_again"]
    assert (one["subject"], one["rows"]) == (told["subject"], erased.json["rows"])
    assert seloste("status", "--format", "json").json["checks"][-1]["state"] == "ok"


def test_what_cannot_be_restored_is_told_by_its_code(taken: Path, elsewhere: Any) -> None:
    seloste = elsewhere()
    assert seloste("restore", taken.with_name("nothing")).code == 2
    (taken.with_name("cut")).write_bytes(taken.read_bytes()[:5000])
    cut = seloste("restore", taken.with_name("cut"), "--format", "json")
    assert (cut.code, cut.json["error"]["rule"]) == (2, "damaged_backup")
    broken = taken.with_name("broken.jsonl")
    broken.write_text('{"at": "yesterday"}\n{}\n')
    wrong = seloste("restore", taken, "--erasures", broken)
    assert wrong.code == 2
    assert "line 1 of broken.jsonl" in wrong.err
    assert seloste("backup", seloste.home / "x.backup").code == 4
    assert seloste("policy", "bootstrap").code == 0
    there = seloste("restore", taken)
    assert there.code == 1
    assert "is there already" in there.err
