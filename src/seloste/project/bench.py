"""What speed costs, as a ratio to the honest baseline, measured in one run.

`bench policy`: the register's own tables as a purpose sees them, against plain tables with the same
rows and indexes, asked by the same client in turns. Absolute figures stand beside the ratios and are
never asserted.
"""

from __future__ import annotations

import secrets
import statistics
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.notice import read_notice
from seloste.policy.statements import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .database import Cluster

NOTICE = Path(__file__).parents[3] / "examples" / "tampereen-sahkolaitos" / "2026.yaml"
ROUNDS = 7
USERS = 50


class House(Protocol):
    """What a measurement needs of the program: its server."""

    def database(self) -> Any:
        """The server, running for the length of a block."""


@dataclass(frozen=True)
class Case:
    """One comparison: what ours does once, what the baseline does once, and how often a round."""

    name: str
    ours: Callable[[], object]
    baseline: Callable[[], object]
    times: int


def measure(case: Case) -> dict[str, object]:
    """This will run both sides in turns and compare the medians of their rounds.

    Shape: a row of the answer. Units: microseconds.
    """
    ours: list[float] = []
    plain: list[float] = []
    for side in (case.ours, case.baseline):
        for _ in range(max(3, case.times // 10)):
            side()
    for _ in range(ROUNDS):
        for side, found in ((case.baseline, plain), (case.ours, ours)):
            began = time.perf_counter()
            for _ in range(case.times):
                side()
            found.append((time.perf_counter() - began) / case.times * 1e6)
    mine, theirs = statistics.median(ours), statistics.median(plain)
    return {
        "case": case.name,
        "ours": round(mine, 1),
        "baseline": round(theirs, 1),
        "ratio": round(mine / theirs, 3),
        "unit": "us",
    }


def bench_policy(house: House, persons: int, say: Callable[[str], None]) -> dict[str, object]:
    """This will measure what the policy costs on made-up people, in a database of its own.

    Shape: {"name", "rows": [{"case", "ours", "baseline", "ratio", "unit"}], "figures"}.
    """
    with house.database() as home, _register(home, persons, say) as cluster:
        say("making plain tables with the same rows and indexes")
        figures: dict[str, object] = {"persons": persons, "rounds": ROUNDS}
        rows: list[dict[str, object]] = []
        asked: dict[str, str] = {}
        with _connections(cluster) as connections:
            for case in _cases(connections, asked):
                say(f"measuring: {case.name}")
                rows.append(measure(case))
        figures["baseline_sql"] = asked
        rows.extend(_acting(cluster, say, figures))
        figures["plans"] = _plans(cluster, asked)
    return {"name": "policy", "rows": rows, "figures": figures}


@contextmanager
def _register(home: Cluster, persons: int, say: Callable[[str], None]) -> Iterator[Cluster]:
    """A register of made-up people in a database of its own, dropped afterwards."""
    from seloste.policy.apply import apply
    from seloste.policy.bootstrap import bootstrap

    from . import made_up, wiring

    cluster = replace(home, database=f"bench{secrets.token_hex(3)}")
    try:
        bootstrap(cluster)
        wiring.migrate(cluster.dsn(cluster.role("owner")))
        apply(cluster, read_notice(NOTICE))
        wiring.configure(cluster)
        made_up.fill(cluster, persons, 1, lambda done, of: say(f"loading people: {done:,} of {of:,}"))
        with _administrator(cluster) as admin:
            admin.execute("VACUUM ANALYZE")
            _plain(admin)
            admin.execute("VACUUM ANALYZE")
        yield cluster
    finally:
        from seloste.register.protection.backend.pool import pool

        pool().close()
        _drop(home, cluster.database)


def _administrator(cluster: Cluster) -> psycopg.Connection[Any]:
    return psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database), autocommit=True)


def _drop(home: Cluster, name: str) -> None:
    with psycopg.connect(home.admin_dsn(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        roles = admin.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"{name}."])
        for (role,) in roles.fetchall():
            admin.execute(f"DROP ROLE {identifier(role)}")


TABLES = ("subject", "contact_point", "agreement", "ban", "event", "event_subject")


def _plain(admin: psycopg.Connection[Any]) -> None:
    """The same rows and indexes without policies, triggers and grants of columns.

    The deciding column of the audience is kept as a bit, and tested by hand where the answer needs it.
    """
    admin.execute("CREATE SCHEMA plain")
    for table in TABLES:
        admin.execute(f"CREATE TABLE plain.{table} (LIKE register.{table} INCLUDING ALL)")
        admin.execute(f"INSERT INTO plain.{table} SELECT * FROM register.{table}")
        if not table.startswith("event"):
            admin.execute(
                f"SELECT setval(pg_get_serial_sequence('plain.{table}', 'id'), (SELECT max(id) FROM plain.{table}))"
            )


@dataclass
class Connections:
    """Connections of the two sides: the purposes' logins, and the administrator on plain tables."""

    service: psycopg.Connection[Any]
    marketing: psycopg.Connection[Any]
    plain: psycopg.Connection[Any]
    people: list[int]
    points: list[int]
    bits: tuple[int, int]
    wide: tuple[int, int]


@contextmanager
def _connections(cluster: Cluster) -> Iterator[Connections]:
    def login(name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(cluster.dsn(cluster.role(name)), autocommit=True, prepare_threshold=0)

    with login("service@sahkolaitos") as service, login("direct_marketing@sahkolaitos") as marketing:
        with _administrator(cluster) as plain:
            plain.prepare_threshold = 0
            people = [
                r[0]
                for r in service.execute("SELECT id FROM register.subject ORDER BY id LIMIT 5000").fetchall()
            ]
            points = service.execute(
                "SELECT id FROM register.contact_point ORDER BY id LIMIT 5000"
            ).fetchall()
            yield Connections(
                service,
                marketing,
                plain,
                people,
                [row[0] for row in points],
                _mask(plain, "direct_marketing@sahkolaitos"),
                _mask(plain, "service@sahkolaitos"),
            )


def _mask(admin: psycopg.Connection[Any], login: str) -> tuple[int, int]:
    query = "SELECT bit_or(bit1), bit_or(bit2) FROM policy.key WHERE login = %s AND state = 'in_force'"
    found = admin.execute(query, [login]).fetchone()
    return (found[0], found[1]) if found else (0, 0)


def _cases(on: Connections, asked: dict[str, str]) -> Iterator[Case]:
    turn = iter(range(10**9))

    def pair(
        name: str,
        login: psycopg.Connection[Any],
        sql: str,
        choose: Callable[[int], list[object]],
        times: int,
        *,
        by_hand: str = "",
    ) -> Case:
        theirs = sql.replace("register.", "plain.") + by_hand
        asked[name] = theirs
        same = login.execute(sql, choose(1)).rowcount, on.plain.execute(theirs, choose(1)).rowcount
        if same[0] != same[1]:
            raise AssertionError(f"{name}: {same[0]} rows against {same[1]}")
        return Case(
            name,
            lambda: login.execute(sql, choose(next(turn))),
            lambda: on.plain.execute(theirs, choose(next(turn))),
            times,
        )

    def person(n: int) -> list[object]:
        return [on.people[n * 7919 % len(on.people)]]

    def point(n: int) -> list[object]:
        return [f"n{n}", on.points[n * 7919 % len(on.points)]]

    columns = "s.id, s.kind, s.given_names, s.family_name, s.language"
    yield pair(
        "point lookup", on.service, f"SELECT {columns} FROM register.subject s WHERE s.id = %s", person, 1500
    )
    yield pair(
        "join",
        on.service,
        f"SELECT {columns}, c.value FROM register.subject s JOIN register.contact_point c ON c.subject_id = s.id"
        " WHERE s.id = %s",
        person,
        1000,
    )
    audience = _by_hand(on.bits)
    yield pair(
        "audience count",
        on.marketing,
        "SELECT count(*) FROM register.subject",
        lambda _: [],
        3,
        by_hand=f" WHERE {audience} AND decided_until > statement_timestamp()",
    )
    yield pair(
        "full scan of a child",
        on.service,
        "SELECT count(value) FROM register.contact_point",
        lambda _: [],
        3,
        by_hand=f" WHERE {_by_hand(on.wide)} AND decided_until > statement_timestamp()",
    )
    yield pair(
        "prefix search",
        on.service,
        "SELECT c.id, c.value FROM register.contact_point c WHERE c.value >= %s AND c.value < %s ORDER BY c.value LIMIT 20",
        lambda n: [f"+35848{n % 90 + 10}", f"+35848{n % 90 + 10}~"],
        300,
    )
    yield pair(
        "update of what decides nothing",
        on.service,
        "UPDATE register.contact_point SET as_given = %s WHERE id = %s",
        point,
        300,
    )
    yield pair(
        "insert of what decides",
        on.service,
        "INSERT INTO register.ban (subject_id, channel, valid_from, notice_hash) VALUES (%s, 'letter', now(), 'h')",
        person,
        200,
    )


def _by_hand(mask: tuple[int, int]) -> str:
    tests = [f"(bits{n} & {bits}) <> 0" for n, bits in enumerate(mask, 1) if bits]
    return f"({' OR '.join(tests)})"


def _acting(
    cluster: Cluster, say: Callable[[str], None], figures: dict[str, object]
) -> list[dict[str, object]]:
    """The purpose session: the ORM through `acting`, against the ORM in `atomic` and an insert of one's own."""
    from django.db import connections, transaction

    from seloste.register.models import Subject
    from seloste.register.protection.session import acting

    from . import wiring

    with _administrator(cluster) as admin:
        actor, reason = _actor(admin)
        query = "SELECT s.id FROM register.subject s WHERE s.side = 'sahkolaitos' AND (s.bits1 & %s) <> 0 LIMIT 500"
        people = [r[0] for r in admin.execute(query, [_mask(admin, "service@sahkolaitos")[0]]).fetchall()]
    how = wiring.database(make_conninfo(cluster.admin_dsn(), dbname=cluster.database))
    how["OPTIONS"]["options"] = "-c search_path=plain,pg_temp"
    wiring.connect("plain", how)
    turn = iter(range(10**9))
    insert = (
        "INSERT INTO plain.event (id, at, kind, actor, role, login, categories, way, count, notice_hash, break_glass)"
        " VALUES (gen_random_uuid(), now(), 'x', 'a', 'r', 'l', '{}', 'opened', 1, 'h', false)"
    )

    def someone() -> int:
        chosen: int = people[next(turn) % len(people)]
        return chosen

    def plain_read() -> None:
        with transaction.atomic(using="plain"):
            Subject.objects.using("plain").get(pk=someone())

    def plain_logged() -> None:
        plain_read()
        with connections["plain"].cursor() as cursor:
            cursor.execute(insert)

    def ours() -> None:
        with acting(actor, "service", reason):
            Subject.objects.get(pk=someone())

    say("measuring: a whole session of one read")
    rows = [
        measure(Case("session of one read, against a read in atomic and an insert", ours, plain_logged, 60))
    ]
    with acting(actor, "service", reason):
        say("measuring: a read with its look-up log")
        inside = Case(
            "read with look-up log, within a session",
            lambda: Subject.objects.get(pk=someone()),
            plain_logged,
            100,
        )
        rows.append(measure(inside))
    spent = sorted(_timed(ours) for _ in range(400))
    figures["session_ms_p50"] = round(spent[200] * 1e3, 2)
    figures["session_ms_p99"] = round(spent[396] * 1e3, 2)
    say(f"counting connections under {USERS} users")
    figures["users"], figures["connections_open"] = USERS, _connections_under(cluster, ours)
    connections["plain"].close()
    return rows


def _actor(admin: psycopg.Connection[Any]) -> tuple[str, str]:
    row = admin.execute(
        "SELECT s.username FROM register.staff s JOIN register.staff_role r ON r.staff_id = s.id"
        " JOIN register.training t ON t.staff_id = s.id AND t.valid_until > now()"
        " WHERE r.role = 'customer_service' AND s.employer = 'sahkolaitos' ORDER BY s.id LIMIT 1"
    ).fetchone()
    task = admin.execute(
        "SELECT id FROM register.case_file WHERE kind = 'task' AND closed_at IS NULL LIMIT 1"
    ).fetchone()
    if row is None or task is None:
        raise AssertionError("the made-up register has nobody to act, or nothing to act for")
    return row[0], f"task:{task[0]}"


def _timed(once: Callable[[], object]) -> float:
    began = time.perf_counter()
    once()
    return time.perf_counter() - began


def _connections_under(cluster: Cluster, once: Callable[[], object]) -> int:
    """How many connections of ours are open at most while many act at once."""
    from django.db import connections

    def work() -> None:
        for _ in range(4):
            once()
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(USERS)]
    most = 0
    with _administrator(cluster) as admin:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            row = admin.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE starts_with(usename, %s)",
                [f"{cluster.database}."],
            ).fetchone()
            most = max(most, row[0] if row else 0)
    return most


def _plans(cluster: Cluster, asked: dict[str, str]) -> dict[str, list[str]]:
    """The plans of the baseline's reads, so that a reader can see that it was given its indexes."""
    with _administrator(cluster) as admin:
        return {
            name: [row[0] for row in admin.execute(f"EXPLAIN {sql.replace('%s', 'NULL')}").fetchall()]
            for name, sql in asked.items()
            if sql.startswith("SELECT")
        }


BENCHES = {"policy": bench_policy}
