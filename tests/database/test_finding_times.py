"""How long a search takes tells of nobody hidden: a report, with an index that tells beside ours."""

from __future__ import annotations

import secrets
import time
from bisect import bisect_left, bisect_right

import psycopg
import pytest

from conftest import SOAK
from database.people import login
from database.test_finding import register  # noqa: F401 - a fixture
from seloste.kernel.folding import END

QUERIES = 2_000
WITHOUT = (
    "CREATE INDEX policy_find_without ON register.search_token (kind, token) INCLUDE (subject_id, category)"
)

pytestmark = pytest.mark.skipif(not SOAK, reason="a report of times: `make soak`")


def area(some: list[float], others: list[float]) -> float:
    """The chance that one of some took longer than one of others, ties half: what an observer of times guesses by."""
    ordered = sorted(others)
    return sum(bisect_left(ordered, t) + bisect_right(ordered, t) for t in some) / (
        2 * len(some) * len(others)
    )


RANGE = "SELECT subject_id FROM register.search_token WHERE kind = 'name' AND token >= %s AND token < %s ORDER BY token LIMIT 50"
"""The part of a search that meets rows: an observer with a stolen login asks no more than that."""


def observed(line: psycopg.Connection, texts: dict[str, str]) -> float:
    """Looks for somebody hidden and for nobody, in an order that nobody can foresee; how well times tell them apart."""
    asked = {which: (RANGE, [text, text + END]) for which, text in texts.items()}
    for sql, params in asked.values():
        assert line.execute(sql, params).fetchall() == []
    times: dict[str, list[float]] = {which: [] for which in asked}
    for _ in range(QUERIES):
        which = secrets.choice(list(asked))
        began = time.perf_counter_ns()
        line.execute(*asked[which])
        times[which].append(time.perf_counter_ns() - began)
    found = area(times["hidden"], times["nobody"])
    return max(found, 1 - found)


def test_times_tell_of_nobody_hidden(register, capsys):  # noqa: F811 - the fixture
    # one person, all of whose names begin so: an index that tells has something to tell
    names = " ".join(f"Qva{letter}inen" for letter in "bcdfghjk")
    [key] = register.people("sahkoverkko", 1, names)
    register.people("sahkolaitos", 300, "Nakyvainen")
    texts = {"hidden": "qva", "nobody": "qve"}
    assert register.found("qva", "customer_service.sahkoverkko") == {key}
    told = {}
    for name in ("ours", "without the bit"):
        register.admin.execute("VACUUM ANALYZE register.search_token")
        with login(register.cluster, "service@sahkolaitos") as line:
            line.prepare_threshold = 0
            line.execute("SET enable_seqscan = off")
            told[name] = observed(line, texts)
        names = register.all(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'register.search_token'::regclass"
        )
        for (index,) in names:
            if "policy_find_" in index:
                register.admin.execute(f"DROP INDEX {index}")
        register.admin.execute(WITHOUT)
    with capsys.disabled():
        print(
            "\nan observer of times, AUC over",
            QUERIES,
            "searches:",
            {k: round(v, 3) for k, v in told.items()},
        )
    assert told["ours"] <= 0.55
    assert told["without the bit"] > 0.55
