"""Keys by the command line: what is well, what is missing, and a rotation on the actor's own side."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Commands, run

ENGINEER = "data_engineer.sahkolaitos"


def used(told: Any, name: str) -> dict[int, int]:
    return {each["version"]: each["used"] for each in told["versions"] if each["key"] == name}


def test_keys_are_checked_rotated_and_retired(register: Commands, reason: Any) -> None:
    before = register("keys", "check", "--format", "json")
    assert (before.code, before.json["well"]) == (0, True)
    assert {each["key"] for each in before.json["versions"]} == {
        f"{what}:{side}"
        for what in ("kek", "index", "suppression")
        for side in ("sahkolaitos", "sahkoverkko")
    }
    [(first, count)] = used(before.json, "kek:sahkolaitos").items()
    how = ["--as", ENGINEER, "--reason", reason("task"), "--format", "json"]
    # data keys are of every category that is sealed, indexes of identity codes alone
    [(_, indexed)] = used(before.json, "index:sahkolaitos").items()
    for what, changed in (("--kek", count), ("--index", indexed)):
        done = register("keys", "rotate", what, *how)
        assert done.code == 0, done.err
        assert (done.json["version"], done.json["changed"], done.json["left"]) == (first + 1, changed, 0)
    after = register("keys", "check", "--format", "json").json
    assert used(after, "kek:sahkolaitos") == {first: 0, first + 1: count}
    assert used(after, "index:sahkolaitos") == {first + 1: indexed}
    assert used(after, "kek:sahkoverkko") == used(before.json, "kek:sahkoverkko"), (
        "the other side's is its own"
    )
    assert register("keys", "retire", "kek:sahkolaitos", first + 1).code == 1
    assert register("keys", "retire", "kek:sahkolaitos", first).code == 0
    assert used(register("keys", "check", "--format", "json").json, "kek:sahkolaitos") == {first + 1: count}


def test_a_lost_file_is_told_and_nothing_is_made(register: Commands, reason: Any) -> None:
    [path] = register.home.glob("keys-*.json")
    lost = path.rename(path.with_suffix(".lost"))
    try:
        answer = register("keys", "check", "--format", "json")
        assert (answer.code, answer.json["well"]) == (1, False)
        assert {each["state"] for each in answer.json["versions"]} == {"missing"}
        assert "restore the file of keys" in register("keys", "check").out.replace("\n", " ")
        made = register("keys", "make")
        assert made.code == 1
        assert "restore the file from the backup" in made.err.replace("\n", " ")
        rotated = register("keys", "rotate", "--kek", "--as", ENGINEER, "--reason", reason("task"))
        assert rotated.code == 1
        assert not path.exists()
    finally:
        lost.rename(path)
    assert register("keys", "check").code == 0
    assert register("keys", "make", "--format", "json").json == {"made": []}


def test_a_rotation_says_which_key_and_who(register: Commands, reason: Any) -> None:
    assert register("keys", "rotate", "--as", ENGINEER, "--reason", reason("task")).code == 2
    assert register("keys", "rotate", "--kek", "--reason", reason("task")).code == 2
    clerk = ["--as", "customer_service.sahkolaitos", "--reason", reason("task")]
    assert register("keys", "rotate", "--kek", *clerk).code == 3


def test_keys_are_measured_against_their_baselines(one_server: Any, tmp_path: Any) -> None:
    told = run(tmp_path, "bench", "keys", "--persons", 200, "--format", "json", DATABASE_URL=one_server.admin)
    assert told.code == 0, told.err
    assert {row["case"] for row in told.json["rows"]} == {
        "1000 values sealed",
        "field read with its key",
        "somebody found by a hetu",
    }
    for row in told.json["rows"]:
        assert row["ratio"] == pytest.approx(row["ours"] / row["baseline"], rel=0.02)
    assert told.json["figures"]["data_keys_rewrapped_a_second"] > 0
    assert list(tmp_path.glob("*keys-bench*")) == [], "keys of what was measured are gone with it"
