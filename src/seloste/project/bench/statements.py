"""Statements of purposes, against the same statements on plain tables; both by psycopg, prepared."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from .measuring import Case, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .register import Connection, Register

SERVICE, MARKETING = "service@sahkolaitos", "direct_marketing@sahkolaitos"
MOST = 50_000
"""People and rows asked for in turn are at most so many: more tell nothing new."""


class Differs(Exception):
    """The two sides do not answer the same rows, so that their times tell nothing."""


@dataclass
class Sides:
    """Connections of the purposes and of the twin, what is asked for, and the baseline's statements."""

    service: Connection
    marketing: Connection
    plain: Connection
    people: Iterator[int]
    points: Iterator[int]
    prefixes: list[str]
    kept: dict[str, str]
    letters: int
    asked: dict[str, str]


@contextmanager
def sides(at: Register) -> Iterator[Sides]:
    """This will connect both sides, and choose people whom customer service sees."""
    with ExitStack() as stack:
        service, marketing = (stack.enter_context(at.login(name)) for name in (SERVICE, MARKETING))
        plain = stack.enter_context(at.plain())
        people, points = (
            [key for (key,) in service.execute(query, [MOST]).fetchall()]
            for query in (
                "SELECT id FROM register.subject WHERE kind = 'person' ORDER BY id LIMIT %s",
                "SELECT id FROM register.contact_point ORDER BY id LIMIT %s",
            )
        )
        phones = service.execute(
            "SELECT DISTINCT left(value, -2) FROM register.contact_point WHERE category = 'phone' ORDER BY 1 LIMIT 500"
        ).fetchall()
        with at.administrator() as admin:
            kept = {name: by_hand(admin, name) for name in (SERVICE, MARKETING)}
            query = "SELECT bit_or(bit1) FROM policy.key WHERE login = %s AND state = 'in_force' AND channel = 'letter'"
            [(letters,)] = admin.execute(query, [MARKETING]).fetchall()
        prefixes = [prefix for (prefix,) in phones]
        yield Sides(service, marketing, plain, spread(people), spread(points), prefixes, kept, letters, {})


def by_hand(admin: Connection, login: str) -> str:
    """The test of the answer that the policy makes for a login, as the baseline has to write it.

    With the days on which keys lapse as a whole; without a session's longest duration, which is ours alone.
    """
    rows = admin.execute(
        "SELECT closes_at::text, bit_or(bit1), bit_or(bit2) FROM policy.key WHERE login = %s AND state = 'in_force'"
        " GROUP BY closes_at ORDER BY closes_at NULLS FIRST",
        [login],
    ).fetchall()
    every = [reduce(or_, masks) for masks in zip(*(masks for _, *masks in rows), strict=True)]
    arms = [
        _any_of(masks) + (f" AND statement_timestamp() < '{closes}'::timestamptz" if closes else "")
        for closes, *masks in rows
    ]
    test = _any_of(every) + (f" AND ({' OR '.join(arms)})" if len(arms) > 1 else "")
    return f"{test} AND decided_until > statement_timestamp()"


def _any_of(masks: list[int]) -> str:
    tests = [f"(bits{n} & {mask}) <> 0" for n, mask in enumerate(masks, 1) if mask]
    return tests[0] if len(tests) == 1 else f"({' OR '.join(tests)})"


def cases(on: Sides) -> Iterator[Case]:
    """This will yield the cases in an order in which one prepares another: bans are set, then superseded."""

    def person() -> list[int]:
        return [next(on.people)]

    columns = "s.id, s.kind, s.given_names, s.family_name, s.language"
    yield _case(
        on,
        "point lookup",
        on.service,
        f"SELECT {columns} FROM register.subject s WHERE s.id = %s",
        person,
        times=600,
    )
    yield _case(
        on,
        "join",
        on.service,
        f"SELECT {columns}, c.value FROM register.subject s JOIN register.contact_point c ON c.subject_id = s.id"
        " WHERE s.id = %s ORDER BY c.id",
        person,
        times=500,
    )
    yield _case(
        on,
        "audience count",
        on.marketing,
        "SELECT count(*) FROM register.subject",
        list,
        times=1,
        by_hand=f" WHERE {on.kept[MARKETING]}",
    )
    reads = "c.category IN ('email', 'phone') AND "
    for name, child, holds in (("", "address", ""), (" with categories", "contact_point", reads)):
        yield _case(
            on,
            f"full scan of a child{name}",
            on.service,
            f"SELECT count(c.valid_from) FROM register.{child} c",
            list,
            times=1,
            by_hand=f" WHERE {holds}{on.kept[SERVICE]}",
        )
    turn = spread(list(range(len(on.prefixes))))
    yield _case(
        on,
        "prefix search",
        on.service,
        # a range and not ^@: a statement prepared for any prefix could not use its index
        "SELECT c.id, c.value FROM register.contact_point c WHERE c.category = 'phone' AND c.value >= %s AND c.value < %s",
        lambda: _range(on.prefixes[next(turn)]),
        times=150,
        by_hand=f" AND {on.kept[SERVICE]}",
        after=" ORDER BY c.value LIMIT 50",
    )
    yield _case(
        on,
        "update of what decides nothing",
        on.service,
        "UPDATE register.contact_point SET as_given = %s WHERE id = %s",
        lambda: ["as given", next(on.points)],
        times=150,
    )
    yield from _deciding(on)


def _range(prefix: str) -> list[str]:
    """What begins with a prefix lies between these."""
    return [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)]


BAN = "INSERT INTO {}.ban (subject_id, channel, valid_from, notice_hash) VALUES (%s, 'letter', now(), 'h')"


def _flagged(on: Sides, person: list[int]) -> None:
    """What a plain register has to do beside the insert, since its own audience count asks the flag."""
    with on.plain.transaction():
        on.plain.execute(BAN.format("plain"), person)
        on.plain.execute(f"UPDATE plain.subject SET bits1 = bits1 & {~on.letters} WHERE id = %s", person)
        on.plain.execute(
            f"UPDATE plain.address SET bits1 = bits1 & {~on.letters} WHERE subject_id = %s", person
        )


def _deciding(on: Sides) -> Iterator[Case]:
    """A ban closes the letters of marketing, a consent opens a whole purpose with its agreements."""

    def person() -> list[int]:
        return [next(on.people)]

    yield _case(
        on,
        "insert of what decides (a ban)",
        on.service,
        BAN.format("register"),
        person,
        times=90,
    )
    yield Case(
        "insert of what decides (a ban), flags kept by hand",
        lambda: on.service.execute(BAN.format("register"), person()),
        lambda: _flagged(on, person()),
        90,
    )
    yield _case(
        on,
        "insert of what decides (a consent)",
        on.service,
        "INSERT INTO register.consent (subject_id, purpose, wording, given_at, proof, notice_hash)"
        " VALUES (%s, 'profiling', 'profiling_2026', now(), 'p', 'h')",
        person,
        times=90,
    )
    query = "SELECT id FROM {}.ban WHERE notice_hash = 'h' ORDER BY id"
    ours, theirs = (
        iter([key for (key,) in connection.execute(query.format(schema)).fetchall()])
        for connection, schema in ((on.service, "register"), (on.plain, "plain"))
    )
    supersede = "UPDATE {}.ban SET superseded_at = now() WHERE id = %s"
    on.asked["update of what decides (a ban)"] = supersede.format("plain")
    yield Case(
        "update of what decides (a ban)",
        lambda: on.service.execute(supersede.format("register"), [next(ours)]),
        lambda: on.plain.execute(supersede.format("plain"), [next(theirs)]),
        80,
    )


def _case(
    on: Sides,
    name: str,
    login: Connection,
    sql: str,
    choose: Callable[[], list[Any]],
    *,
    times: int,
    by_hand: str = "",
    after: str = "",
) -> Case:
    """One statement on both sides, after a look whether they answer the same.

    Raises: Differs.
    """
    ours, theirs = sql + after, sql.replace("register.", "plain.") + by_hand + after
    on.asked[name] = theirs
    arguments = choose()
    found, expected = login.execute(ours, arguments), on.plain.execute(theirs, arguments)
    same = (
        found.fetchall() == expected.fetchall() if found.description else found.rowcount == expected.rowcount
    )
    if not same:
        raise Differs(f"{name}: the two sides answer {found.rowcount} and {expected.rowcount} rows")
    fetch = bool(found.description)

    def once(connection: Connection, statement: str) -> None:
        cursor = connection.execute(statement, choose())
        if fetch:
            cursor.fetchall()

    return Case(name, lambda: once(login, ours), lambda: once(on.plain, theirs), times)


def plans(on: Sides) -> dict[str, list[str]]:
    """This will show how the baseline's reads were planned: that it had its indexes."""
    told = {}
    for name, sql in on.asked.items():
        if sql.startswith("SELECT"):
            searched = [f"'{end}'" for end in _range(on.prefixes[0])] if name == "prefix search" else ["1"]
            asked = sql.replace("%s", "$1", 1).replace("%s", "$2")
            on.plain.execute(f"PREPARE asked AS {asked}")
            arguments = f"({', '.join(searched)})" if "$1" in asked else ""
            told[name] = [
                line for (line,) in on.plain.execute(f"EXPLAIN EXECUTE asked{arguments}").fetchall()
            ]
            on.plain.execute("DEALLOCATE asked")
    return told
