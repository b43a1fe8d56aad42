"""A login without the category phone finds, filters, counts and lists nobody by phone, in no table, by raw SQL."""

from __future__ import annotations

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator, login, person, restrict
from seloste.policy.statements import literal

FINDING = (
    "{0} = {1}", "{0} IN ({1}, 'x')", "{0} = ANY (ARRAY[{1}])", "{0} IS NOT DISTINCT FROM {1}", "{0} ^@ {1}", "{0} >= {1} AND {0} <= {1}",
    "{0} BETWEEN {1} AND {1} || '0'", "{0} LIKE {1}", "{0} ILIKE '%' || {1} || '%'", "{0} ~ ('^\\' || {1})", "{0} SIMILAR TO '\\' || {1}",
    "strpos({0}, {1}) > 0", "position({1} IN {0}) > 0", "starts_with({0}, {1})", "replace({0}, {1}, '') = ''", "md5({0}) = md5({1})",
    "left({0}, 9) = left({1}, 9)", "substr({0}, 2) = substr({1}, 2)", "reverse({0}) = reverse({1})", "to_tsvector('simple', {0}) @@ phraseto_tsquery('simple', {1})",
    "({0}, 1) = ({1}, 1)", '{0} COLLATE "C" = {1}', "nullif({0}, {1}) IS NULL AND {0} IS NOT NULL",
    "EXISTS (SELECT 1 FROM (VALUES ({1})) v(x) WHERE v.x = {0})", "convert_to({0}, 'UTF8') = convert_to({1}, 'UTF8')",
)  # fmt: skip
"""Conditions that hold of a row in which a column is the number."""

LISTING = (
    "SELECT {0} FROM {1} ORDER BY {0} LIMIT 50", "SELECT {0} FROM {1} ORDER BY ({0} = {2}) DESC LIMIT 1", "SELECT min({0}), max({0}) FROM {1}",
    "SELECT string_agg({0}, ' ' ORDER BY {0} DESC) FROM {1}", "SELECT CASE WHEN {0} LIKE '+%' THEN {0} END FROM {1}", "SELECT DISTINCT {0} FROM {1}",
    "SELECT {0}, count(*) FROM {1} GROUP BY GROUPING SETS (({0}), ())", "SELECT first_value({0}) OVER (ORDER BY {0}) FROM {1}", "SELECT {0}::bigint FROM {1}",
    "SELECT ({0} || 'x')::date FROM {1}", "SELECT 1 / CASE WHEN {0} = {2} THEN 0 ELSE 1 END FROM {1}", "SELECT jsonb_agg({0}) FROM {1}",
    "SELECT {0} FROM {1} EXCEPT SELECT 'x'", "SELECT mode() WITHIN GROUP (ORDER BY {0}) FROM {1}", "SELECT encode(convert_to({0}, 'UTF8'), 'escape') FROM {1}",
)  # fmt: skip


@pytest.fixture(scope="module")
def cluster(server):
    with governed(server, EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml", "phone") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def people(cluster):
    made = [
        person(cluster, side, tag)
        for side, tag in (("sahkolaitos", "Nakyva"), ("sahkolaitos", "Rajattu"), ("sahkoverkko", "Muualla"))
    ]
    restrict(cluster, made[1])
    return made


@pytest.fixture(scope="module")
def without(cluster):
    """Logins that do not read telephone numbers."""
    with login(cluster, "housekeeping") as keeper:
        names = [
            name
            for (name,) in keeper.execute(
                "SELECT login FROM policy.login WHERE NOT 'phone' = ANY (categories) ORDER BY 1"
            )
        ]
    assert {"billing@sahkolaitos", "archive@sahkolaitos", "product_development@sahkolaitos"} <= set(names)
    return names


def readable(connection):
    """Columns of text that a login reads: table, column."""
    return connection.execute(
        """SELECT c.oid::regclass::text, quote_ident(a.attname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'register'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND a.atttypid = 'text'::regtype AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY 1, 2"""
    ).fetchall()


def counted(connection, table, column, condition, someone):
    """How many rows of a table a condition on somebody's number finds."""
    where = condition.format(column, literal(someone.phone))
    return connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]


def test_nobody_is_found_or_counted_by_phone(cluster, people, without):
    found, asked = [], 0
    for name in without:
        with login(cluster, name) as connection:
            for number, (table, column) in enumerate(readable(connection)):
                for condition in FINDING if table.endswith("contact_point") else FINDING[number % 5 :: 5]:
                    for someone in people:
                        asked += 1
                        if counted(connection, table, column, condition, someone):
                            found.append((name, table, condition, someone.tag))
    assert found == []
    assert asked > 3_000


def test_whoever_may_finds_by_every_condition(cluster, people):
    """The conditions are right: a login with the category finds the one it may see, and that one only."""
    with login(cluster, "service@sahkolaitos") as service:
        for condition in FINDING:
            for someone, seen in zip(people, (1, 0, 0), strict=True):
                assert counted(service, "contact_point", "value", condition, someone) == seen, condition


def test_no_phone_is_listed(cluster, people, without):
    told = []
    for name in without:
        with login(cluster, name) as connection:
            for table, column in readable(connection):
                for listing in LISTING:
                    said = listing.format(column, table, literal(people[0].phone))
                    try:
                        answer = str(connection.execute(said).fetchall())
                    except psycopg.Error as error:
                        answer = f"{error} {error.diag.message_detail} {error.diag.context}"
                    told += [(name, said) for someone in people if someone.phone[1:] in answer]
    assert told == []


def test_rows_that_hold_a_phone_are_not_counted(cluster, people, without):
    for name in without:
        with login(cluster, name) as connection:
            if ("contact_point", "category") in readable(connection):
                assert connection.execute(
                    "SELECT count(*) FROM contact_point WHERE category = 'phone'"
                ).fetchone() == (0,)
                assert connection.execute("SELECT DISTINCT category FROM contact_point").fetchall() == [
                    ("email",)
                ]
                rows = "SELECT count(*) FROM contact_point WHERE subject_id = %s"
                assert connection.execute(rows, [people[0].id]).fetchone()[0] <= 1


PLANS = (
    "value = {0}", "value >= {0} AND value < {0} || '~'", "value ^@ {0}", "value = ANY (ARRAY[{0}, 'x'])", "value = {0} AND category = 'phone'",
    "value = {0} OR value = 'x'", "subject_id = {1} AND value = {0}", "category = 'phone' AND value > {0}",
)  # fmt: skip


def plan(connection, condition, number, subject):
    """How PostgreSQL went about a condition, the number itself left out."""
    where = condition.format(literal(number), subject)
    rows = connection.execute(
        f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id FROM contact_point WHERE {where}"
    )
    return "\n".join(line for (line,) in rows).replace(number, "number")


@pytest.mark.parametrize(
    "settings",
    [
        "",
        "SET enable_seqscan = off",
        "SET enable_seqscan = off; SET enable_indexscan = off",
        "SET enable_bitmapscan = off; SET enable_seqscan = off",
    ],
)
def test_a_plan_tells_nothing_of_phones(cluster, people, without, settings):
    """EXPLAIN shows how many rows an index met before row security: none of them holds a phone."""
    with administrator(cluster) as admin:
        admin.execute("ANALYZE register.contact_point")
    asked = 0
    for name in without:
        with login(cluster, name) as connection:
            if ("contact_point", "value") not in readable(connection):
                continue
            connection.execute(settings or "SELECT 1")
            for condition in PLANS:
                for someone in people:
                    with_it, without_it = (
                        plan(connection, condition, number, someone.id)
                        for number in (someone.phone, "+358990000001")
                    )
                    assert with_it == without_it, (name, condition)
                    asked += 1
    assert asked >= 2 * len(PLANS) * len(people)
