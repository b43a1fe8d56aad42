"""Verifying deep: every answer kept in a row is decided anew and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.notice import UnreadableNotice

from .apply import in_force
from .merges import CHAINS
from .rows import formula, masks
from .schema import ABOUT_NOBODY, SHARED
from .upkeep import controller_of, nobodys_bits
from .verify import Drift, NothingApplied, refuse_empty, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from .bootstrap import Place
    from .compile import Policy
    from .schema import Table

BATCH = 5_000
NEXT = "SELECT id FROM register.subject WHERE id > %(last)s ORDER BY id LIMIT %(most)s"


def verify_deep(place: Place, progress: Callable[[int, int], None] = lambda _done, _all: None) -> list[Drift]:
    """This will decide every subject anew and compare what its rows carry; it changes nothing.

    As the administrator, who sees every row whatever was done to policies and roles. Answers that have
    run out are left out: nobody reads them, they are asked live. A merge into a record that is merged itself
    is told too: no answer could follow it.
    Raises: NothingApplied.
    """
    dsn = make_conninfo(place.admin_dsn(), dbname=place.database)
    with psycopg.connect(dsn, autocommit=True, options="-c row_security=on -c TimeZone=UTC") as admin:
        refuse_empty(admin)
        try:
            policy = in_force(admin, place)
        except (psycopg.Error, UnreadableNotice) as wrong:
            return [unreadable(wrong)]
        if policy is None:
            raise NothingApplied("no notice is in force: run `seloste policy apply FILE`")
        everybody = _asked(admin, "SELECT count(*) FROM register.subject")[0][0]
        retired = [
            number for (number,) in _asked(admin, "SELECT number FROM policy.key WHERE state = 'retired'")
        ]
        found = [
            Drift("merge", f"subject_merge {key}", "into a record that is merged into none", "into another")
            for (key,) in _asked(admin, CHAINS)
        ]
        found += [_drift(row) for query in nobodys(policy, retired) for row in _asked(admin, query)]
        last, done = 0, 0
        while ids := [key for (key,) in _asked(admin, NEXT, {"last": last, "most": BATCH})]:
            for query in questions(policy, retired):
                found += [_drift(row) for row in _asked(admin, query, {"ids": ids})]
            last, done = ids[-1], done + len(ids)
            progress(done, everybody)
        progress(everybody, everybody)
        return found


def _asked(admin: psycopg.Connection, query: str, arguments: dict[str, Any] | None = None) -> list[Any]:
    return admin.execute(query, arguments).fetchall()


def _drift(row: tuple[str, int]) -> Drift:
    return Drift("bits", f"{row[0]} {row[1]}", "the answer decided anew", "another")


def questions(policy: Policy, retired: Collection[int] = ()) -> Iterator[str]:
    """This will yield, table by table, the query that finds rows with a wrong answer.

    `retired`: numbers of keys whose bits may lie about; nobody reads them before they are decided anew.
    Shape: each takes an array of subjects and answers (table, key).
    """
    kept = _kept(policy, retired)
    right = [*(f"d.bits{n}" for n in kept), "d.closed", "d.gone", "d.guarded"]
    found = [*(bits.format("s") for bits in kept.values()), "s.closed", "s.gone", "s.guarded"]
    yield (
        "SELECT 'subject', s.id FROM register.subject s"
        " LEFT JOIN policy.decide(%(ids)s, statement_timestamp(), 'infinity') d ON d.subject_id = s.id"
        f" WHERE s.id = ANY(%(ids)s) AND s.decided_until > statement_timestamp() AND (({', '.join(found)}) IS DISTINCT FROM ({', '.join(right)})"
        " OR s.decided_until > d.decided_until)"
    )
    places = policy.places()
    for table in policy.tables.values():
        if table.name == "subject" or table.name not in places:
            continue
        yield _shared(table, kept) if table.name in SHARED else _row(table, places, kept)


def nobodys(policy: Policy, retired: Collection[int] = ()) -> Iterator[str]:
    """This will yield the queries that find rows about nobody with a wrong answer: where none may be, an open one."""
    every = " | ".join(bits.format("r") for bits in _kept(policy, ()).values())
    kept, places = _kept(policy, retired), policy.places()
    for name in sorted(places.keys() - {"subject"}):
        wrong = f"({every}) <> 0"
        if name in ABOUT_NOBODY:
            right = {n: nobodys_bits(policy.tables[name], places[name], n) for n in kept}
            found = (f"{bits.format('r')} IS DISTINCT FROM {right[n]}" for n, bits in kept.items())
            wrong = f"({' OR '.join(found)})"
        yield f"SELECT '{name}', r.id FROM register.{name} r WHERE r.subject_id IS NULL AND {wrong}"


def _kept(policy: Policy, retired: Collection[int]) -> dict[int, str]:
    """The bits that must be right, bigint by bigint, `{0}` standing for the row."""
    left = enumerate(masks(list(retired), policy.words), 1)
    return {n: f"({{0}}.bits{n} & {~mask})" for n, mask in left}


def _row(table: Table, places: dict[str, str], kept: dict[int, str]) -> str:
    right = ", ".join(formula(n) for n in kept)
    return (
        f"SELECT '{table.name}', r.id FROM register.{table.name} r JOIN register.subject s ON s.id = r.subject_id"
        f" LEFT JOIN policy.mask m ON m.place = {places[table.name].format('r')}"
        f" AND m.controller = {controller_of(table, 'r')}"
        f" WHERE s.id = ANY(%(ids)s) AND {_wrong(kept, right, 's.decided_until', 'm.place IS NOT NULL')}"
    )


def _shared(table: Table, kept: dict[int, str]) -> str:
    key = "id" if table.name == "agreement" else "agreement_id"
    sums = ", ".join(f"bit_or({formula(n)}) AS bits{n}" for n in kept)
    right = ", ".join(f"n.bits{n}" for n in kept)
    return (
        f"SELECT '{table.name}', r.id FROM register.{table.name} r JOIN"
        f" (SELECT h.id, {sums}, min(s.decided_until) AS decided_until, bool_or(m.place IS NOT NULL) AS claimed FROM ("
        "   SELECT a.id, a.controller, a.subject_id FROM register.agreement a WHERE a.subject_id = ANY(%(ids)s)"
        "   UNION SELECT a.id, a.controller, j.subject_id FROM register.agreement a"
        "     JOIN register.agreement_party j ON j.agreement_id = a.id AND j.superseded_at IS NULL"
        "     WHERE a.subject_id = ANY(%(ids)s)) h"
        "  JOIN register.subject s ON s.id = h.subject_id"
        f"  LEFT JOIN policy.mask m ON m.place = '{table.name}' AND m.controller = h.controller GROUP BY h.id) n"
        f" ON n.id = r.{key} WHERE {_wrong(kept, right, 'n.decided_until', 'n.claimed')}"
    )


def _wrong(kept: dict[int, str], right: str, until: str, claimed: str) -> str:
    """A row that is neither stale with its subject nor right; one that nobody claims is shut for good.

    An answer may hold for less long than it could: a boundary of an earlier notice is met for nothing.
    """
    found = ", ".join(bits.format("r") for bits in kept.values())
    return (
        f"greatest(r.decided_until, {until}) > statement_timestamp() AND CASE WHEN {claimed}"
        f" THEN ({found}) IS DISTINCT FROM ({right}) OR r.decided_until > {until}"
        f" ELSE ({found.replace(', ', ' | ')}) <> 0 END"
    )
