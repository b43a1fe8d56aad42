"""Raw SQL on every purpose's own connection: nothing leaves its purpose."""

from __future__ import annotations

import re

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database import looked_at
from database.attempts import catalogue, denied, harmless
from database.people import administrator, login, person, purposes, restrict
from seloste.policy.schema import LOADED


class World:
    """A governed database with somebody to be seen and others hidden, and who hides from whom."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.shown = person(cluster, "sahkolaitos", "Nakyva")
        self.beyond = person(cluster, "sahkoverkko", "Vastapuoli")
        self.restricted = person(cluster, "sahkolaitos", "Rajattu")
        restrict(cluster, self.restricted)
        self.people = [self.shown, self.beyond, self.restricted]
        self.logins = purposes(cluster)
        with administrator(cluster) as admin:
            self.version = admin.info.server_version
            told = admin.execute(
                "SELECT login, sides, categories, (SELECT body::jsonb FROM policy.notice WHERE replaced_at IS NULL) -> 'purposes' -> purpose FROM policy.login"
            )
            self.described = {name: rest for name, *rest in told}

    def secrets(self, name):
        """What a login must never be told: whole people, and the categories it does not read."""
        sides, categories, purpose = self.described[name]
        for someone in self.people:
            hidden = someone.side not in sides or (
                someone is self.restricted and not purpose.get("despite_restriction")
            )
            for category, words in someone.secrets.items():
                if hidden or category not in categories:
                    yield from words

    def named(self, sql, name):
        """A statement with its roles spelt out."""
        another = next(other for other in self.logins if other != name)
        roles = {"ME": name, "ANOTHER": another, "THE_ENGINE": "engine", "THE_OWNER": "owner"}
        names = {word: self.cluster.role(role) for word, role in roles.items()} | {
            "THE_DATABASE": self.cluster.database
        }
        spelt = re.sub(rf"'({'|'.join(names)})'", lambda found: f"'{names[found[1]]}'", sql)
        return re.sub(rf"\b({'|'.join(names)})\b", lambda found: f'"{names[found[1]]}"', spelt)


@pytest.fixture(scope="module")
def world(server):
    with governed(server, EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml", "inject") as cluster:
        yield World(cluster)


def outcome(connection, sql):
    """The SQLSTATE of a refusal or None, and everything that was told: rows, notices, errors."""
    told = []

    def hear(notice):
        told.append(str(notice.message_primary) + str(notice.message_detail))

    connection.add_notice_handler(hear)
    state = None
    try:
        if sql.startswith("COPY_OUT "):
            with connection.cursor().copy(f"COPY {sql.removeprefix('COPY_OUT ')} TO STDOUT") as rows:
                told += [bytes(row).decode() for row in rows]
        else:
            cursor = connection.execute(sql)
            told += [str(row) for row in cursor.fetchall()] if cursor.description else []
    except psycopg.Error as error:
        state = error.sqlstate
        told.append(f"{error} {error.diag.message_detail} {error.diag.message_hint} {error.diag.context}")
    finally:
        connection.remove_notice_handler(hear)
    return state, "\n".join(told)


def test_what_must_be_refused_is_refused(world):
    attempts = denied(world.version)
    assert len(attempts) > 200
    passed = []
    for name in world.logins:
        secrets = list(world.secrets(name))
        with login(world.cluster, name) as connection:
            for attempt in attempts:
                state, told = outcome(connection, world.named(attempt.sql, name))
                connection.rollback()
                known = WHO_DELETES.get((name.partition("@")[0], attempt.sql), attempt.state)
                if state not in {attempt.state, known} or any(word in told for word in secrets):
                    passed.append((name, attempt.sql, state, told[:100]))
    assert passed == []


WHO_DELETES = {
    (purpose, sql): state
    for purpose in ("upkeep", "rights")
    for sql, state in (
        ("DELETE FROM register.subject", "23503"),
        ("BEGIN; LOCK TABLE register.subject IN ACCESS SHARE MODE", None),
    )
}
"""Upkeep takes back whom an import added, rights erases what systems call somebody: whom anything refers to stays. Who may
delete rows may lock their table: docs/decisions/0010."""


TOLD = {
    "housekeeping": {"SELECT * FROM policy.key", "SELECT * FROM policy.login", "SELECT * FROM policy.notice"},
    "lookups": {"INSERT INTO register.event (id) VALUES (gen_random_uuid())"},
}
"""What the two fixed logins are for."""


@pytest.mark.parametrize("name", sorted(TOLD))
def test_the_fixed_logins_are_refused_alike_and_read_nothing_about_anybody(world, name):
    with login(world.cluster, name) as connection:
        passed = []
        for attempt in denied(world.version):
            state, _ = outcome(connection, world.named(attempt.sql, name))
            connection.rollback()
            if (state == attempt.state) == (attempt.sql in TOLD[name]):
                passed.append((attempt.sql, state))
        assert passed == []
        read = {table for table, _, reads, _ in columns(connection) if reads}
        judged_by = {"staff", "staff_role", "training", "key_version", "break_glass", "alarm"}
        assert read == (judged_by if name == "housekeeping" else set())


def test_what_is_answered_tells_nothing_of_the_hidden(world):
    passed = []
    for name in world.logins:
        secrets = list(world.secrets(name))
        with login(world.cluster, name) as connection:
            for sql in harmless():
                connection.execute("BEGIN")
                _, told = outcome(connection, world.named(sql, name))
                connection.execute("ROLLBACK")
                passed += [(name, sql, word) for word in secrets if word in told]
    assert passed == []


def test_the_catalogue_tells_nothing_of_anybody(world):
    with login(world.cluster, "service@sahkolaitos") as connection:
        told = {sql: outcome(connection, sql) for sql in catalogue()}
    assert [sql for sql, (state, _) in told.items() if state] == []
    everything = "\n".join(text for _, text in told.values())
    assert len(everything) > 100_000
    assert [
        word
        for someone in world.people
        for words in someone.secrets.values()
        for word in words
        if word in everything
    ] == []


def test_the_detector_sees(world):
    """The same statements, as the administrator: nearly everything is told."""
    told = ""
    with administrator(world.cluster) as admin:
        for sql in harmless():
            admin.execute("BEGIN")
            told += outcome(admin, world.named(sql, world.logins[0]))[1]
            admin.execute("ROLLBACK")
    words = {word for someone in world.people for words in someone.secrets.values() for word in words}
    assert {word for word in words if word not in told} <= {
        word for word in words if word.startswith(("hetu-", "bi-"))
    }


def test_nothing_is_open_that_nobody_looked_at(world):
    """A PostgreSQL newer than those tried may bring functions and views of its own."""
    with login(world.cluster, world.logins[0]) as connection:
        functions = connection.execute(
            "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
            " AND has_function_privilege(oid, 'EXECUTE') AND proname ~ %s AND proname !~ %s",
            [looked_at.WATCHED, looked_at.PLAIN],
        ).fetchall()
        relations = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace"
            " AND relkind IN ('r', 'v') AND has_any_column_privilege(oid, 'SELECT')"
        ).fetchall()
    assert {name for (name,) in functions} - set(looked_at.FUNCTIONS.split()) == set()
    assert {name for (name,) in relations} - set(looked_at.RELATIONS.split()) == set()


def columns(connection):
    """Every column of the register: table, column, and what this login may do with it."""
    return connection.execute(
        """SELECT c.relname, a.attname, has_column_privilege(c.oid, a.attnum, 'SELECT'), has_column_privilege(c.oid, a.attnum, 'UPDATE')
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'register'::regnamespace AND c.relkind = 'r' ORDER BY 1, 2"""
    ).fetchall()


WAYS = (
    "SELECT {column} FROM {table}", "SELECT 1 FROM {table} WHERE {column} IS NULL", "SELECT 1 FROM {table} ORDER BY {column}",
    "SELECT count({column}) FROM {table}", "SELECT 1 FROM {table} GROUP BY {column}", "SELECT CASE WHEN {column} IS NULL THEN 1 END FROM {table}",
    "SELECT 1 FROM {table} a JOIN {table} b USING ({column})", "SELECT max(({column})::text) FROM {table}", "COPY_OUT {table} ({column})",
    "UPDATE {table} SET {column} = DEFAULT RETURNING {column}", "DELETE FROM {table} WHERE {column} IS NULL", "SELECT (t).{column} FROM {table} t",
)  # fmt: skip


def test_a_column_that_is_not_granted_is_refused_however_it_is_named(world):
    passed, tried = [], 0
    for turn, name in enumerate(world.logins):
        with login(world.cluster, name) as connection:
            for number, (table, column, reads, _) in enumerate(columns(connection)):
                if reads:
                    continue
                way = WAYS[(number + turn) % len(WAYS)]
                state, _ = outcome(connection, way.format(table=f"register.{table}", column=f'"{column}"'))
                tried += 1
                if state != "42501":
                    passed.append((name, way, table, column, state))
    assert passed == []
    assert tried > 5_000


WHOLE = (
    "SELECT t FROM {0} t", "SELECT * FROM {0}", "TABLE {0}", "SELECT to_jsonb(t) FROM {0} t", "SELECT t IS NULL FROM {0} t", "SELECT count(t) FROM {0} t",
    "SELECT ctid FROM {0}", "SELECT xmin FROM {0}", "SELECT tableoid FROM {0}", "SELECT a FROM {0} a NATURAL JOIN {0} b", "SELECT ROW(t.*) FROM {0} t",
    "SELECT decided_until FROM {0}", "SELECT 1 FROM {0} WHERE bits1 = 0", "SELECT hashtext(t::text) FROM {0} t",
)  # fmt: skip


def test_a_row_is_never_had_whole(world):
    passed = []
    for turn, name in enumerate(world.logins):
        with login(world.cluster, name) as connection:
            for table in sorted({table for table, column, *_ in columns(connection) if column == "bits1"}):
                for way in WHOLE[turn % 4 :: 4]:
                    state, _ = outcome(connection, way.format(f"register.{table}"))
                    if state != "42501":
                        passed.append((name, way, table, state))
    assert passed == []


CALLABLE = {"enter", "sees_subject", "sees", "sees_agreement", "why"}


def test_functions_of_the_policy_are_called_by_whom_they_are_for(world):
    passed = []
    for name in world.logins:
        purpose = world.described[name][2]
        allowed = CALLABLE | (
            {"refresh_due"} if purpose.get("works_on") == "sets" or purpose.get("finds") else set()
        )
        allowed |= {"opened"} if purpose.get("break_glass") else set()
        allowed |= {"looked"} if "lookups" in purpose["categories"] else set()
        writes = set(purpose.get("writes") or ())
        # that health hangs on supply stands in a table that its writer reads: no key is needed in advance
        unread = writes - set(purpose["categories"]) - {"medical_need"}
        allowed |= {"reserve"} if "name" in writes or unread else set()
        allowed |= {"point_key"} if "metering_points" in writes else set()
        allowed |= {f"load_{table}" for table in LOADED} if "source_batches" in writes else set()
        with login(world.cluster, name) as connection:
            functions = connection.execute(
                "SELECT proname, format('SELECT policy.%I(%s)', proname, (SELECT string_agg('NULL::' || t::regtype, ',') FROM unnest(proargtypes) t))"
                " FROM pg_proc WHERE pronamespace = 'policy'::regnamespace"
            ).fetchall()
            assert len(functions) > 30
            for function, call in functions:
                state, _ = outcome(connection, call)
                if (state == "42501") == (function in allowed):
                    passed.append((name, call, state))
    assert passed == []


@pytest.fixture(scope="module")
def places(world):
    """Every place whose rows the policy judges."""
    with administrator(world.cluster) as admin:
        return [place for (place,) in admin.execute("SELECT DISTINCT place FROM policy.mask ORDER BY 1")]


def hidden_from(world, name):
    """Who is on no side of a login, or restricted for it."""
    sides, _, purpose = world.described[name]
    restricted = [] if purpose.get("despite_restriction") else [world.restricted]
    return [someone for someone in world.people if someone.side not in sides] + [
        s for s in restricted if s.side in sides
    ]


def test_nobody_hidden_is_seen_by_asking_the_policy(world, places):
    asked = 0
    for name in world.logins:
        with login(world.cluster, name) as connection:
            for someone in hidden_from(world, name):
                answers = connection.execute("SELECT policy.sees_subject(%s)", [someone.id]).fetchall()
                answers += connection.execute(
                    "SELECT policy.sees(%s, place, controller), policy.sees_agreement(%s, place, controller)"
                    " FROM unnest(%s::text[]) place, (VALUES (''), (%s)) c(controller)",
                    [someone.id, someone.agreement, places, someone.side],
                ).fetchall()
                asked += len(answers)
                assert not any(any(answer) for answer in answers), (name, someone.tag)
    assert asked > 1_500


def asked_why(connection, subject, at="now()", known="'infinity'"):
    """What `why` answers, as the client gets it."""
    return connection.execute(f"SELECT w::text FROM policy.why(%s, {at}, {known}) w", [subject]).fetchall()


def test_beyond_a_wall_there_is_nobody(world):
    for name in world.logins:
        with login(world.cluster, name) as connection:
            nobody = asked_why(connection, 999_999_999)
            assert nobody
            for someone in hidden_from(world, name):
                if someone.side not in world.described[name][0]:
                    assert asked_why(connection, someone.id) == nobody, (name, someone.tag)


def test_rows_about_somebody_hidden_are_written_by_nobody(world):
    """The refusal is the one for a person that does not exist, on inserting, on conflict and by MERGE."""
    rows = {
        "contact_point": "category, value, as_given, valid_from) VALUES ({}, 'phone', '+358401234567', 'x', now()",
        "address": "kind, street, postcode, city, valid_from) VALUES ({}, 'home', 'x', 'x', 'x', now()",
        "ban": "channel, valid_from, notice_hash) VALUES ({}, 'all', now(), 'x'",
        "housing_form": "form) VALUES ({}, 'flat'",
        "turvakielto": "valid_from) VALUES ({}, now()",
        "case_file": "category, kind, opened_at) VALUES ({}, 'interaction', 'call', now()",
        "receivable": "number, controller, amount_cents, due_at, state, valid_from) VALUES ({}, 'x', 'sahkolaitos', 1, now(), 'open', now()",
        "agreement": "number, side, controller, kind) VALUES ({}, 'x', 'sahkolaitos', 'sahkolaitos', 'sale'",
        "data_key": "category, wrapped, kek_version) VALUES ({}, 'hetu', 'x', 1",
        "national_identifier": "side, data_key_id, ciphertext, blind_index) VALUES ({}, 'sahkolaitos', 1, 'x', 'x'",
        "restriction": "categories, purposes, valid_from) VALUES ({}, '{{}}', '{{}}', now()",
    }
    written = set()
    for name in world.logins:
        sides, _, purpose = world.described[name]
        hidden = [world.beyond] if "sahkoverkko" not in sides else []
        hidden += [world.restricted] if not purpose.get("despite_restriction") else []
        with login(world.cluster, name) as connection:
            for table, row in rows.items():
                insert = f"INSERT INTO {table} (subject_id, {row})"
                state, nobody = outcome(connection, insert.format(999_999_999))
                assert state == "42501"
                if "row-level security" in nobody:
                    written.add(table)
                for someone in hidden:
                    assert outcome(connection, insert.format(someone.id)) == (state, nobody), (name, table)
                    assert outcome(connection, insert.format(someone.id) + " ON CONFLICT DO NOTHING") == (
                        state,
                        nobody,
                    ), (name, table)
    assert written == set(rows)
