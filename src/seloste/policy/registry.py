"""The policy's own tables: which number a key has, what a place opens, who may log in for what.

Everything in them but the numbers follows from the notice; `verify` compares it all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from .keys import midnight
from .rows import WORD, bit, masks, opened, word
from .schema import claims
from .statements import Statement as AnyStatement
from .statements import literal, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from seloste.notice import Notice

    from .grants import Reach
    from .keys import Key, Login
    from .rows import Opened
    from .rules import Condition

Statement = partial(AnyStatement, by="engine")

WORDS = 2
"""Bigints of an answer. A third is a new constant here: the columns are added by `prepare`."""


class TooManyKeys(Exception):
    """The notices so far have used every number that the answer has bits for."""


CATEGORIES = 63
"""Categories that a bigint has a bit for: the shift of the next would begin anew at the first."""


class TooManyCategories(Exception):
    """The notices so far have used every bit that a category may have."""


def tables(words: int = WORDS) -> list[str]:
    """The statements that make the policy's tables, as the engine."""
    numbers = range(1, words + 1)
    return [
        """CREATE TABLE IF NOT EXISTS policy.notice (
  hash text PRIMARY KEY, body text NOT NULL, as_published boolean NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(), replaced_at timestamptz)""",
        """CREATE TABLE IF NOT EXISTS policy.key (
  number integer PRIMARY KEY, name text NOT NULL, rule text NOT NULL, state text NOT NULL,
  login text NOT NULL, role text NOT NULL, purpose text NOT NULL, scope text NOT NULL, channel text,
  basis integer NOT NULL, opens_at timestamptz, closes_at timestamptz, lapse text NOT NULL, """
        + ", ".join(f"bit{n} bigint NOT NULL" for n in numbers)
        + ")",
        """CREATE TABLE IF NOT EXISTS policy.category (
  category text PRIMARY KEY, number integer NOT NULL UNIQUE, bit bigint NOT NULL, retention text)""",
        """CREATE TABLE IF NOT EXISTS policy.mask (
  place text, controller text, category text NOT NULL, bit bigint NOT NULL, gone bigint NOT NULL, address_bearing boolean NOT NULL, """
        + ", ".join(
            f"{name}{n} bigint NOT NULL" for name in ("open", "unrestricted", "guardian") for n in numbers
        )
        + ", PRIMARY KEY (place, controller))",
        """CREATE TABLE IF NOT EXISTS policy.login (
  login text PRIMARY KEY, role text NOT NULL, purpose text NOT NULL, scope text NOT NULL,
  controllers text[] NOT NULL, sides text[] NOT NULL, channels text[] NOT NULL, categories text[] NOT NULL,
  columns jsonb NOT NULL, claims jsonb NOT NULL, works_on text NOT NULL, session_minutes integer NOT NULL,
  roles text[] NOT NULL, reasons text[] NOT NULL, across_walls boolean NOT NULL)""",
        """CREATE TABLE IF NOT EXISTS policy.newcomer (
  side text, kind text, """
        + ", ".join(f"bits{n} bigint NOT NULL" for n in numbers)
        + ", PRIMARY KEY (side, kind))",
        """CREATE TABLE IF NOT EXISTS policy.progress (
  target text PRIMARY KEY, upto bigint NOT NULL)""",
    ]


@dataclass(frozen=True)
class Known:
    """A key that the database has given a number."""

    number: int
    name: str
    rule: str


def rule_of(notice: Notice, key: Key, told: list[Condition]) -> str:
    """This will digest all that a key's bit means: its conditions and what it opens in each place."""
    places = [
        (o.place, o.controller, o.category, bool(o.unrestricted), bool(o.guardians), o.address_bearing)
        for o in opened(notice, {key: 0})
        if o.keys
    ]
    kept = {name: category.retention for name, category in notice.categories.items()}
    meaning = json.dumps([told, places, kept], sort_keys=True)
    return sha256(meaning.encode()).hexdigest()[:16]


def number(
    notice: Notice, conditions: Mapping[Key, list[Condition]], known: list[Known], words: int = WORDS
) -> tuple[dict[Key, int], dict[Key, str]]:
    """This will give each key its number: the one it has, or the next that was never used.

    Shape: key to number, key to the digest of its rule. A key whose rule changed is a new key.
    Raises: TooManyKeys.
    """
    had = {(k.name, k.rule): k.number for k in known}
    free = max((k.number for k in known), default=-1) + 1
    numbers: dict[Key, int] = {}
    rules: dict[Key, str] = {}
    for key, told in conditions.items():
        rules[key] = rule_of(notice, key, told)
        found = had.get((key.name, rules[key]))
        if found is None:
            found, free = free, free + 1
        numbers[key] = found
    if free > words * WORD:
        raise TooManyKeys(
            f"the notices so far need {free} keys and an answer has {words * WORD} bits: raise registry.WORDS"
            " by one and apply again"
        )
    return numbers, rules


def key_rows(
    notice: Notice, numbers: Mapping[Key, int], rules: Mapping[Key, str], database: str, words: int
) -> Iterator[AnyStatement]:
    """This will register the keys of a notice as being prepared; those in force stay so."""
    bits = [f"bit{n}" for n in range(1, words + 1)]
    for key, value in numbers.items():
        values = [
            literal(value),
            literal(key.name),
            literal(rules[key]),
            "'preparing'",
            literal(key.login.name),
            literal(f"{database}.{key.login.name}"),
            literal(key.login.purpose),
            literal(key.login.scope),
            literal(key.channel),
            literal(key.basis),
            literal(key.opens_at),
            literal(key.closes_at),
            literal(lapse_of(notice, key)),
            *(str(bit(value) if word(value) == n else 0) for n in range(1, words + 1)),
        ]
        yield Statement(
            "INSERT INTO policy.key (number, name, rule, state, login, role, purpose, scope, channel, basis,"
            f" opens_at, closes_at, lapse, {', '.join(bits)})\n  VALUES ({', '.join(values)})\n"
            "  ON CONFLICT (number) DO UPDATE SET state = 'preparing' WHERE policy.key.state <> 'in_force'",
            f"key {key.name}",
            key.login.line,
        )


def switch_rows(
    notice: Notice,
    numbers: Mapping[Key, int],
    body: str,
    *,
    as_published: bool,
    applied_at: datetime | None = None,
) -> Iterator[AnyStatement]:
    """This will put the keys and the notice in force, and retire what the notice no longer says."""
    for key, value in numbers.items():
        yield Statement(
            f"UPDATE policy.key SET state = 'in_force', opens_at = {literal(key.opens_at)},"
            f" closes_at = {literal(key.closes_at)}, lapse = {literal(lapse_of(notice, key))}\n"
            f"  WHERE number = {value}",
            f"key {key.name} is in force",
            key.login.line,
        )
    for name, category in sorted(notice.categories.items()):
        yield Statement(
            f"UPDATE policy.category SET retention = {literal(category.retention)}\n"
            f"  WHERE category = {literal(name)} AND retention IS DISTINCT FROM {literal(category.retention)}",
            f"category {name}",
            category.line,
        )
    now = ", ".join(map(str, sorted(numbers.values()))) or "-1"
    yield Statement(
        f"UPDATE policy.key SET state = 'retired' WHERE number NOT IN ({now})",
        "a key that the notice no longer declares keeps its number and opens nothing",
    )
    yield Statement(
        f"UPDATE policy.notice SET replaced_at = now() WHERE replaced_at IS NULL AND hash <> {literal(notice.hash)}",
        "the notice before this one stays answerable",
    )
    yield Statement(
        "INSERT INTO policy.notice (hash, body, as_published, applied_at) VALUES ("
        f"{literal(notice.hash)}, {literal(body)}, {str(as_published).lower()}, {literal(applied_at) if applied_at else 'now()'})\n"
        "  ON CONFLICT (hash) DO UPDATE SET replaced_at = NULL, as_published = EXCLUDED.as_published",
        "the notice in force",
    )


def lapse_of(notice: Notice, key: Key) -> str:
    """Why a key closes as a whole: its interest's balancing test lapses first, or it is not in force."""
    basis = notice.purposes[key.login.purpose].bases[key.basis]
    interest = notice.interests.get(basis.interest or "") if basis.kind == "legitimate_interest" else None
    lapses = interest.balancing_test.lapses_on() if interest and interest.balancing_test else None
    return "interest_lapsed" if lapses and midnight(lapses) == key.closes_at else "not_in_force"


def category_rows(notice: Notice) -> Iterator[AnyStatement]:
    """This will number the categories; a number stays, as restrictions are kept by it.

    Beyond the last bit the database refuses the row: earlier notices have used numbers too.
    Raises: TooManyCategories.
    """
    if len(notice.categories) > CATEGORIES:
        raise TooManyCategories(
            f"the notice declares {len(notice.categories)} categories and an answer has bits for {CATEGORIES}: join"
            " categories that are kept equally long and read by the same purposes"
        )
    for name, category in sorted(notice.categories.items()):
        yield Statement(
            "INSERT INTO policy.category (category, number, bit, retention)\n"
            f"  SELECT {literal(name)}, free.number, CASE WHEN free.number < {CATEGORIES} THEN 1::bigint << free.number END,"
            f" {literal(category.retention)}\n"
            "  FROM (SELECT coalesce(max(c.number), -1) + 1 AS number FROM policy.category c) free\n"
            "  ON CONFLICT (category) DO NOTHING",
            f"category {name}",
            category.line,
        )


def mask_rows(
    notices: list[tuple[Notice, Mapping[Key, int]]], words: int, without: frozenset[str]
) -> Iterator[AnyStatement]:
    """This will write what every place opens, for the keys in force and those being prepared."""
    merged: dict[tuple[str, str], list[Opened]] = {}
    for notice, numbers in notices:
        for one in opened(notice, numbers, without):
            merged.setdefault((one.place, one.controller), []).append(one)
    names = [f"{name}{n}" for name in ("open", "unrestricted", "guardian") for n in range(1, words + 1)]
    yield Statement("DELETE FROM policy.mask", "what each place opens is written anew")
    for (place, controller), each in merged.items():
        gone = "0" if "category_erased" in without else "c.bit"
        values = [
            *masks([n for o in each for n in o.keys], words),
            *masks([n for o in each for n in o.unrestricted], words),
            *masks([n for o in each for n in o.guardians], words),
        ]
        last = each[-1]
        yield Statement(
            f"INSERT INTO policy.mask (place, controller, category, bit, gone, address_bearing, {', '.join(names)})\n"
            f"  SELECT {literal(place)}, {literal(controller)}, c.category, c.bit, {gone}, {str(last.address_bearing).lower()},"
            f" {', '.join(map(str, values))}\n"
            f"  FROM policy.category c WHERE c.category = {literal(last.category)}",
            f"rows of {place}{' of ' + controller if controller else ''}",
        )


def newcomer_rows(notice: Notice, words: int) -> Iterator[AnyStatement]:
    """This will keep the answer of a subject without facts, which depends on its side and kind alone.

    Deciding it anew for each row took a third of a load.
    """
    bits = ", ".join(f"bits{n}" for n in range(1, words + 1))
    sides = ", ".join(f"({literal(side)})" for side in sorted(notice.sides()))
    yield Statement("DELETE FROM policy.newcomer", "answers of subjects without facts are decided anew")
    yield Statement(
        f"INSERT INTO policy.newcomer (side, kind, {bits})\n  SELECT side, kind, {bits}\n"
        f"  FROM (VALUES {sides}) s(side), (VALUES ('person'), ('organisation')) k(kind),\n"
        "  LATERAL policy.decide_new(side, kind)",
        "the answer of a subject without facts",
    )


def login_rows(
    notice: Notice, logins: list[Login], reached: Mapping[str, Mapping[str, Reach]], database: str
) -> Iterator[AnyStatement]:
    """This will describe the logins for the application, which makes its aliases from them."""
    yield Statement("DELETE FROM policy.login", "the logins are those of this notice")
    held: dict[str, dict[str, list[str]]] = {}
    for claim in claims(notice):
        held.setdefault(claim.category, {})[claim.place] = list(claim.columns)
    for login in logins:
        purpose = notice.purposes[login.purpose]
        columns = {
            table: {
                "select": what.select,
                "insert": what.insert,
                "update": what.update,
                "delete": what.delete,
            }
            for table, what in reached[login.name].items()
        }
        claimed = {name: held.get(name, {}) for name in purpose.categories or ()}
        values = [
            literal(login.name),
            literal(f"{database}.{login.name}"),
            literal(login.purpose),
            literal(login.scope),
            texts(login.controllers),
            texts(login.sides),
            texts(purpose.channels or ()),
            texts(purpose.categories or ()),
            literal(json.dumps(columns)) + "::jsonb",
            literal(json.dumps(claimed)) + "::jsonb",
            literal(purpose.works_on or "one"),
            literal(purpose.session_minutes or 15),
            texts(purpose.roles or ()),
            texts(purpose.reasons or ()),
            str(bool(purpose.across_walls)).lower(),
        ]
        yield Statement(
            "INSERT INTO policy.login (login, role, purpose, scope, controllers, sides, channels, categories, columns,"
            f" claims, works_on, session_minutes, roles, reasons, across_walls)\n  VALUES ({', '.join(values)})",
            f"login {login.name}",
            login.line,
        )
