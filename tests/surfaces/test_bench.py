"""`seloste bench policy`: every comparison has its baseline, measured in the same run; figures are bounded, not asserted."""

from __future__ import annotations

import inspect

import psycopg
import pytest

from seloste.register.protection.backend.pool import Pool
from surfaces.conftest import run

CASES = {
    "point lookup",
    "join",
    "audience count",
    "full scan of a child",
    "full scan of a child with categories",
    "prefix search",
    "update of what decides nothing",
    "insert of what decides (a ban)",
    "insert of what decides (a ban), flags kept by hand",
    "insert of what decides (a consent)",
    "update of what decides (a ban)",
    "read with look-up log",
    "whole session of one read with look-up log",
}


@pytest.fixture(scope="module")
def answer(one_server, tmp_path_factory):
    home = tmp_path_factory.mktemp("bench")
    told = run(home, "bench", "policy", "--persons", 400, "--format", "json", DATABASE_URL=one_server.admin)
    assert told.code == 0, told.err
    yield told.json
    with psycopg.connect(one_server.admin) as admin:
        left = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench%'").fetchall()
        left += admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'bench%'").fetchall()
    assert left == [], "what was made for the measurement is gone"


def test_every_case_has_its_baseline(answer):
    assert answer["name"] == "policy"
    assert {row["case"] for row in answer["rows"]} == CASES
    for row in answer["rows"]:
        assert row.keys() == {"case", "ours", "baseline", "ratio", "unit"}
        assert row["unit"] == "us"
        assert row["ratio"] == pytest.approx(row["ours"] / row["baseline"], rel=0.02)


def test_the_baseline_is_told_with_its_plans(answer):
    figures = answer["figures"]
    assert "plain.subject" in figures["baseline_sql"]["point lookup"]
    assert any("Index Scan" in line for line in figures["baseline_plans"]["point lookup"])
    assert figures["rounds"] >= 5


def test_connections_are_few_however_many_act(answer):
    """The pool's bounds: purposes together, and the two fixed roles."""
    bounds = {name: each.default for name, each in inspect.signature(Pool).parameters.items()}
    assert answer["figures"]["users"] == 50
    assert answer["figures"]["logins_acted"] > 30
    assert answer["figures"]["connections_open"] <= bounds["most"] + 2 * bounds["each"]


def test_a_switch_lets_readers_wait_a_moment(answer):
    switch = answer["figures"]["switch"]
    assert switch["readers"] == 8
    assert switch["sessions_read"] > 0
    assert 0 < switch["longest_wait_ms"] < 5_000
    assert 0 < answer["figures"]["acting_ms_p50"] <= answer["figures"]["acting_ms_p99"]
