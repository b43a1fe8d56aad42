"""Verifying deep: every answer kept in a row is decided anew and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from .apply import as_engine, in_force
from .rows import formula
from .schema import SHARED
from .upkeep import controller_of
from .verify import Drift, NothingApplied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .bootstrap import Place
    from .compile import Policy
    from .schema import Table

BATCH = 5_000


def verify_deep(
    place: Place, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> list[Drift]:
    """This will decide every subject anew and compare what its rows carry; it changes nothing.

    Answers that have run out are left out: nobody reads them, they are asked live.
    Raises: NothingApplied.
    """
    with psycopg.connect(place.dsn(place.role("owner")), autocommit=True) as owner:
        owner.execute("SET TimeZone = 'UTC'")
        policy = in_force(owner, place)
        if policy is None:
            raise NothingApplied("no notice is in force: run `seloste policy apply FILE`")
        everybody = as_engine(owner, place, "SELECT count(*) FROM register.subject")[0][0]
        found: list[Drift] = []
        last, done = 0, 0
        while True:
            ids = [
                row[0]
                for row in as_engine(
                    owner,
                    place,
                    "SELECT id FROM register.subject WHERE id > %s ORDER BY id LIMIT %s",
                    [last, BATCH],
                )
            ]
            if not ids:
                progress(everybody, everybody)
                return found
            for query in questions(policy):
                found += [
                    Drift("bits", f"{table} {key}", "the answer decided anew", "another")
                    for table, key in as_engine(owner, place, query, {"ids": ids})
                ]
            last, done = ids[-1], done + len(ids)
            progress(done, everybody)


def questions(policy: Policy) -> Iterator[str]:
    """This will yield, table by table, the query that finds rows with a wrong answer.

    Shape: each takes an array of subjects and answers (table, key).
    """
    numbers = range(1, policy.words + 1)
    answer = [*(f"bits{n}" for n in numbers), "closed", "gone", "guarded", "decided_until"]
    yield (
        "SELECT 'subject', s.id FROM register.subject s"
        " JOIN policy.decide(%(ids)s, statement_timestamp(), 'infinity') d ON d.subject_id = s.id"
        f" WHERE s.decided_until > statement_timestamp() AND ({', '.join(f's.{c}' for c in answer)})"
        f" IS DISTINCT FROM ({', '.join(f'd.{c}' for c in answer)})"
    )
    places = policy.places()
    for table in policy.tables.values():
        if table.name == "subject" or table.name not in places:
            continue
        yield _shared(table, numbers) if table.name in SHARED else _row(table, places, numbers)


def _row(table: Table, places: dict[str, str], numbers: range) -> str:
    right = ", ".join([*(formula(n) for n in numbers), "s.decided_until"])
    kept = ", ".join([*(f"r.bits{n}" for n in numbers), "r.decided_until"])
    return (
        f"SELECT '{table.name}', r.id FROM register.{table.name} r JOIN register.subject s ON s.id = r.subject_id"
        f" JOIN policy.mask m ON m.place = {places[table.name].format('r')}"
        f" AND m.controller = {controller_of(table, 'r')}"
        f" WHERE s.id = ANY(%(ids)s) AND s.decided_until > statement_timestamp()"
        f" AND ({kept}) IS DISTINCT FROM ({right})"
    )


def _shared(table: Table, numbers: range) -> str:
    key = "id" if table.name == "agreement" else "agreement_id"
    sums = ", ".join(f"bit_or({formula(n)}) AS bits{n}" for n in numbers)
    kept = ", ".join([*(f"r.bits{n}" for n in numbers), "r.decided_until"])
    right = ", ".join([*(f"n.bits{n}" for n in numbers), "n.decided_until"])
    return (
        f"SELECT '{table.name}', r.id FROM register.{table.name} r JOIN"
        f" (SELECT h.id, {sums}, min(s.decided_until) AS decided_until FROM ("
        "   SELECT a.id, a.controller, a.subject_id FROM register.agreement a WHERE a.subject_id = ANY(%(ids)s)"
        "   UNION SELECT a.id, a.controller, j.subject_id FROM register.agreement a"
        "     JOIN register.agreement_party j ON j.agreement_id = a.id AND j.superseded_at IS NULL"
        "     WHERE a.subject_id = ANY(%(ids)s)) h"
        "  JOIN register.subject s ON s.id = h.subject_id"
        f"  JOIN policy.mask m ON m.place = '{table.name}' AND m.controller = h.controller GROUP BY h.id) n"
        f" ON n.id = r.{key} JOIN register.agreement a ON a.id = n.id AND a.subject_id = ANY(%(ids)s)"
        f" WHERE n.decided_until > statement_timestamp() AND ({kept}) IS DISTINCT FROM ({right})"
    )
