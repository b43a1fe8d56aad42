"""Two sessions change two facts that decide about one circle of subjects at once, and no answer goes wrong.

10,000 pairs with SELOSTE_SOAK=1; a slice of the same here. With the locks taken out, the same
pairs leave wrong answers behind.
"""

from __future__ import annotations

import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from conftest import EXAMPLES, SOAK, governed
from database.people import administrator
from generative.circles import LOGINS, MEETING, MOVES, UPKEEP, circles, load
from seloste.policy.deep import verify_deep

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
BETWEEN_RECORDS = {("merged", what) for what in ("partner's ban", "partner restricted", "turvakielto")}
"""Pairs in which something closes one record of somebody while it is being merged with another."""
PAIRS = 10_000 if SOAK else 200
MOST_TRIES = 20


class Racers:
    """Two sessions and an onlooker: how a pair of moves is made to meet."""

    def __init__(self, cluster) -> None:
        self.cluster = cluster
        self.onlooker = administrator(cluster)
        # whoever waits in a circle is found at once, not after a second
        self.onlooker.execute(f'ALTER DATABASE "{cluster.database}" SET deadlock_timeout = 20')
        self.threads = ThreadPoolExecutor(2)
        self.lines = [self._lines(), self._lines()]
        self.retried = self.refused = 0

    def _lines(self) -> dict[str, psycopg.Connection]:
        logins = sorted({move.login for move in MOVES.values()})
        return {
            name: psycopg.connect(
                self.cluster.dsn(self.cluster.role(name)), options="-c search_path=register,pg_temp"
            )
            for name in logins
        }

    def close(self) -> None:
        self.threads.shutdown()
        for connection in [self.onlooker, *(line for lines in self.lines for line in lines.values())]:
            connection.close()

    def _run(self, connection, move, circle) -> None:
        """A move about somebody whom the purpose may not touch just now, or made twice, is refused and undone."""
        try:
            for statement in move.statements:
                connection.execute(statement, circle)
        except (
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.UniqueViolation,
            psycopg.errors.CheckViolation,
            psycopg.errors.ExclusionViolation,
        ):
            connection.rollback()
            self.refused += 1

    def interleave(self, first: str, second: str, circle) -> None:
        """Both moves are made before either is committed, unless the second has to wait for the first."""
        one, other = (
            lines[MOVES[name].login] for lines, name in zip(self.lines, (first, second), strict=True)
        )
        self._run(one, MOVES[first], circle)
        made = self.threads.submit(self._run, other, MOVES[second], circle)
        while not made.done() and not self._waits(other):
            pass
        one.commit()
        made.result()
        other.commit()

    def _waits(self, connection) -> bool:
        return self.onlooker.execute(
            "SELECT pg_blocking_pids(%s) <> '{}'", [connection.info.backend_pid]
        ).fetchone()[0]

    def race(self, moves: list[tuple[list[str], dict]]) -> None:
        """Two transactions of several moves each start at once; whoever is chosen to give way tries again."""
        start = threading.Barrier(2)
        done = [
            self.threads.submit(self._try, lines, names, circle, start)
            for lines, (names, circle) in zip(self.lines, moves, strict=True)
        ]
        for each in done:
            each.result()

    def _try(self, lines, names, circle, start) -> None:
        for _ in range(MOST_TRIES):
            try:
                if start:
                    start.wait()
                    start = None
                # one transaction is one login's
                connection = lines[MOVES[names[0]].login]
                for name in names:
                    self._run(connection, MOVES[name], circle)
                connection.commit()
            except psycopg.errors.DeadlockDetected:
                connection.rollback()
                self.retried += 1
            else:
                return
        pytest.fail(f"gave way {MOST_TRIES} times: {names}")


@pytest.fixture(scope="module")
def racers(one_server):
    with governed(one_server, NOTICE, "races") as cluster:
        racers = Racers(cluster)
        yield racers
        racers.close()


def some(racers, count: int, *, restricted: bool = False) -> list[dict[str, int]]:
    upkeep = racers.lines[0][UPKEEP]
    found = circles(upkeep, count, restricted=restricted)
    upkeep.commit()
    return found


def test_pairs_that_meet_leave_no_wrong_answer(racers):
    pairs = [*MEETING, *(pair[::-1] for pair in MEETING)]
    others = [pair for pair in itertools.product(MOVES, MOVES) if pair not in pairs]
    random.Random(1).shuffle(others)
    pairs += others[: None if SOAK else 100]
    for restricted in (False, True):
        for pair, circle in zip(pairs, some(racers, len(pairs), restricted=restricted), strict=True):
            racers.interleave(*pair, circle)
    assert verify_deep(racers.cluster) == []


def test_transactions_that_start_at_once_leave_no_wrong_answer(racers):
    draw = random.Random(2)
    by_login = {
        login: [name for name, move in MOVES.items() if move.login == login and name != "another agreement"]
        for login in LOGINS
    }
    for circle in some(racers, PAIRS):
        moves = [
            (draw.choices(by_login[draw.choice(LOGINS)], k=draw.choice([1, 2, 3])), circle) for _ in range(2)
        ]
        racers.race(moves)
    assert verify_deep(racers.cluster) == []


def test_loads_that_meet_in_different_order_leave_no_wrong_answer(racers):
    for _ in range(200 if SOAK else 5):
        holders = [circle["holder"] for circle in some(racers, 60)]
        since = ["2026-01-01T00:00:00Z"] * len(holders)
        loads = [
            (
                "ban",
                {
                    "subject_id": holders,
                    "channel": ["letter"] * len(holders),
                    "notice_hash": ["h"] * len(holders),
                    "valid_from": since,
                },
            ),
            ("turvakielto", {"subject_id": holders[::-1], "valid_from": since}),
        ]
        start = threading.Barrier(2)

        def run(line, table, columns, start=start):
            start.wait()
            load(line, table, columns)
            line.commit()

        for each in [
            racers.threads.submit(run, lines[UPKEEP], *what)
            for lines, what in zip(racers.lines, loads, strict=True)
        ]:
            each.result()
    assert verify_deep(racers.cluster) == []


def test_without_the_locks_the_same_pairs_leave_wrong_answers(one_server):
    with governed(one_server, NOTICE, "raceless", without=frozenset({"lock"})) as cluster:
        racers = Racers(cluster)
        found = some(racers, len(MEETING))
        for pair, circle in zip(MEETING, found, strict=True):
            racers.interleave(*pair, circle)
        racers.close()
        wrong = verify_deep(cluster)
    tables = {drift.object.partition(" ")[0] for drift in wrong}
    subjects = {int(drift.object.partition(" ")[2]) for drift in wrong if drift.object.startswith("subject ")}
    for pair, circle in zip(MEETING, found, strict=True):
        assert pair not in BETWEEN_RECORDS or {circle["holder"], circle["partner"]} & subjects, pair
    assert {
        "subject",
        "address",
        "contact_point",
        "agreement",
        "agreement_period",
        "agreement_party",
    } <= tables


@pytest.mark.parametrize(
    "level", [psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE]
)
def test_facts_change_under_read_committed_only(racers, level):
    circle = some(racers, 1)[0]
    with psycopg.connect(
        racers.cluster.dsn(racers.cluster.role(UPKEEP)), options="-c search_path=register,pg_temp"
    ) as connection:
        connection.isolation_level = level
        with pytest.raises(psycopg.errors.ActiveSqlTransaction, match="READ COMMITTED only"):
            connection.execute(MOVES["receivable"].statements[0], circle)
