"""`seloste ledger`: seal, verify, prove and export a register, tamper with it, and be told where."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from seloste.register.ledger import verifier

from .conftest import Commands
from .test_looking import CLERK

VERIFIED = {"intact", "size", "checkpoints", "unsealed", "findings", "compared_with"}


@pytest.fixture
def admin(register: Commands, _made):
    where = _made[1]
    with psycopg.connect(
        make_conninfo(where["DATABASE_URL"], dbname=where["SELOSTE_DATABASE"]), autocommit=True
    ) as connection:
        yield connection


@pytest.fixture
def sealed(register: Commands, reason) -> Commands:
    """A register in which somebody was looked up, sealed."""
    asked = ["see", "aino", "--purpose", "service", "--as", CLERK, "--reason", reason("call", "aino")]
    assert register(*asked).code == 0
    answer = register("ledger", "seal", "--format", "json")
    assert answer.code == 0, answer.err
    return register


def test_seal_says_what_it_did(sealed: Commands):
    told = sealed("ledger", "seal", "--format", "json").json
    assert told.keys() == {"sealed", "size", "checkpoint", "key", "exported_to"}
    assert told["sealed"] == 0
    assert told["size"] == told["checkpoint"]["size"] > 0
    kept = Path(told["exported_to"])
    assert kept.parent.parent == sealed.home
    assert verifier.checkpoints(kept.read_text())[-1].root.hex() == told["checkpoint"]["root"]
    assert "exported to" in sealed("ledger", "seal").out


def test_verify_is_exit_0_while_intact(sealed: Commands):
    answer = sealed("ledger", "verify", "--format", "json")
    assert (answer.code, answer.json.keys()) == (0, VERIFIED)
    assert answer.json["intact"] is True
    assert answer.json["compared_with"]
    told = sealed("ledger", "verify").out
    assert "The ledger is intact" in told
    assert "0 events not sealed yet" in told


def test_verify_is_exit_1_and_says_which_event(sealed: Commands, admin, tmp_path):
    before = admin.execute(
        "SELECT id, reason FROM register.event JOIN register.ledger_leaf ON event_id = id WHERE index = 0"
    ).fetchone()
    key = sealed("ledger", "seal", "--format", "json").json["key"]
    admin.execute("UPDATE register.event SET reason = 'call:1' WHERE id = %s", [before[0]])
    try:
        answer = sealed("ledger", "verify", "--format", "json", "--key", key)
        assert answer.code == 1
        [finding] = answer.json["findings"]
        assert (finding["what"], finding["index"], finding["event"]) == ("changed", 0, str(before[0]))
        told = sealed("ledger", "verify")
        assert (told.code, "Tampered" in told.out) == (1, True)
    finally:
        admin.execute("UPDATE register.event SET reason = %s WHERE id = %s", [before[1], before[0]])
    assert sealed("ledger", "verify").code == 0


def test_an_export_is_verified_by_the_file_that_it_names(sealed: Commands, tmp_path):
    kept = sealed("ledger", "seal", "--format", "json").json["exported_to"]
    told = sealed("ledger", "export", tmp_path / "export", "--format", "json").json
    [pinned] = sealed.home.glob("ledger-*/*.pub")
    asked = [sys.executable, told["verifier"], told["file"], "--key", pinned, "--checkpoint", kept]
    done = subprocess.run(list(map(str, asked)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"intact: {told['leaves']} leaves")


def test_a_proof_is_told(sealed: Commands, admin):
    [(event,)] = admin.execute("SELECT event_id FROM register.ledger_leaf WHERE index = 0").fetchall()
    told = sealed("ledger", "proof", event, "--format", "json").json
    assert told.keys() == {"event", "index", "leaf", "proof", "checkpoint", "grown_from", "grown"}
    assert told["index"] == 0
    assert sealed("ledger", "proof", event).code == 0
    assert sealed("ledger", "proof", "17").code == 2
    unknown = sealed("ledger", "proof", "01997d2e-6a3b-7000-8000-000000000000", "--format", "json")
    assert (unknown.code, unknown.json["error"]["rule"]) == (1, "not_sealed_yet")


def test_checkpoints_go_where_they_are_asked_to(sealed: Commands, tmp_path):
    folder, file = tmp_path / "elsewhere", tmp_path / "file.txt"
    folder.mkdir()
    told = sealed("ledger", "seal", "--checkpoint", folder, "--format", "json").json
    assert Path(told["exported_to"]).parent == folder
    assert sealed("ledger", "seal", "--checkpoint", file).code == 0
    assert file.read_text() == Path(told["exported_to"]).read_text()
    assert sealed("ledger", "verify", "--checkpoint", folder).code == 0
    missing = sealed("ledger", "verify", "--checkpoint", tmp_path / "nothing")
    assert (missing.code, "there is no" in missing.err) == (2, True)
    file.write_text("")
    emptied = sealed("ledger", "verify", "--checkpoint", file)
    assert (emptied.code, "holds no checkpoint" in " ".join(emptied.err.split())) == (2, True)
    assert sealed("ledger", "seal", "--checkpoint", file).code == 1


def test_verify_pins_no_key(sealed: Commands, tmp_path):
    [pinned] = sealed.home.glob("ledger-*/*.pub")
    key = pinned.with_suffix(".key")
    pinned.rename(tmp_path / "pub")
    key.rename(tmp_path / "key")
    try:
        answer = sealed("ledger", "verify")
        assert (answer.code, "no public key is pinned" in " ".join(answer.err.split())) == (2, True)
        assert not (pinned.exists() or key.exists())
        assert sealed("ledger", "verify", "--key", tmp_path / "pub").code == 0
        assert sealed("ledger", "seal").code == 1
        assert not (pinned.exists() or key.exists())
    finally:
        (tmp_path / "pub").rename(pinned)
        (tmp_path / "key").rename(key)


def test_a_new_key_is_followed_from_the_pinned_one(sealed: Commands):
    first = sealed("ledger", "seal", "--format", "json").json
    second = sealed("ledger", "seal", "--new-key", "--format", "json").json
    assert second["key"] != first["key"]
    for key in (first["key"], second["key"]):
        assert sealed("ledger", "verify", "--key", key).code == 0
    other = verifier.PublicKey("seloste/other", bytes(32))
    answer = sealed("ledger", "verify", "--key", other, "--format", "json")
    assert (answer.code, answer.json["findings"][0]["what"]) == (1, "key")
    assert sealed("ledger", "verify", "--key", "nonsense").code == 2


def test_nothing_is_disposed_of_before_its_time(sealed: Commands):
    assert json.loads(sealed("ledger", "dispose", "--format", "json").out) == {"named": 0, "deleted": 0}


def test_without_a_database_there_is_no_ledger(seloste: Commands):
    assert seloste("ledger", "verify").code == 4
