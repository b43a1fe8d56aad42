"""`seloste bench ledger`: every comparison has its baseline; figures stand beside them and are not asserted."""

from __future__ import annotations

import psycopg
import pytest

from surfaces.conftest import run

APPENDING = ("append by 1 writer", "append by 8 writers", "note of an operation")
CASES = {
    *APPENDING,
    *(f"{case}, not waiting for the disk" for case in APPENDING),
    "seal",
    "verify",
    "verify an export, stand-alone",
}


@pytest.fixture(scope="module")
def answer(one_server, tmp_path_factory):
    home = tmp_path_factory.mktemp("bench")
    told = run(home, "bench", "ledger", "--persons", 500, "--format", "json", DATABASE_URL=one_server.admin)
    assert told.code == 0, told.err
    yield told.json
    with psycopg.connect(one_server.admin) as admin:
        left = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench%'").fetchall()
        left += admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'bench%'").fetchall()
    assert left == [], "what was made for the measurement is gone"


def test_every_case_has_its_baseline(answer):
    assert answer["name"] == "ledger"
    assert {row["case"] for row in answer["rows"]} == CASES
    for row in answer["rows"]:
        assert row.keys() == {"case", "ours", "baseline", "ratio", "unit"}
        assert row["unit"] == "us"
        assert row["ratio"] > 0


def test_all_events_were_sealed_and_proven(answer):
    figures = answer["figures"]
    assert (figures["events"], figures["writers"]) == (500, 8)
    assert figures["seal_seconds"] > 0
    assert 0 < figures["proof_ms_p50"] <= figures["proof_ms_p99"]
    assert figures["export_bytes"] > 500 * 300
