"""Doors that PostgreSQL does not let us shut: each has its record, and a test of exactly what it gives away."""

from __future__ import annotations

import contextlib
import json

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from conftest import EXAMPLES, governed
from database.people import administrator, login, person, purposes, restrict
from seloste.policy.bootstrap import bootstrap
from seloste.policy.verify import verify


@pytest.fixture(scope="module")
def cluster(server):
    with governed(server, EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml", "doors") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def people(cluster):
    shown, beyond, hidden = (
        person(cluster, side, tag)
        for side, tag in (("sahkolaitos", "Nakyva"), ("sahkoverkko", "Muualla"), ("sahkolaitos", "Rajattu"))
    )
    restrict(cluster, hidden)
    with login(cluster, "upkeep@sahkoverkko") as upkeep:
        upkeep.execute(
            "INSERT INTO subject (side, kind, family_name) SELECT 'sahkoverkko', 'person', 'Yleinen' FROM generate_series(1, 300)"
        )
    with administrator(cluster) as admin:
        admin.execute("ANALYZE")
    return shown, beyond, hidden


def plan(connection, said, analyze=False):
    """The top of a plan, as PostgreSQL tells it."""
    how = "ANALYZE, TIMING OFF, SUMMARY OFF, " if analyze else ""
    told = connection.execute(f"EXPLAIN ({how}FORMAT JSON) {said}").fetchone()[0]
    return (told if isinstance(told, list) else json.loads(told))[0]["Plan"]


# what EXPLAIN tells


def test_estimates_tell_nothing_of_a_value(cluster, people):
    """Three hundred hidden people have a name; the planner expects of it what it expects of any other."""
    for name in ("service@sahkolaitos", "direct_marketing@sahkolaitos", "service@sahkoverkko"):
        with login(cluster, name) as connection:
            for condition in (
                "family_name = '{}'",
                "family_name >= '{0}' AND family_name < '{0}~'",
                "family_name LIKE '{}%'",
                "family_name IN ('{}', 'x')",
            ):
                expected = {
                    plan(connection, f"SELECT id FROM subject WHERE {condition.format(word)}")["Plan Rows"]
                    for word in ("Yleinen", "Harvinainen")
                }
                assert len(expected) == 1, condition


def test_explain_tells_how_many_rows_a_table_has(cluster, people):
    with login(cluster, "service@sahkolaitos") as service, administrator(cluster) as admin:
        (everybody,) = admin.execute("SELECT count(*) FROM register.subject").fetchone()
        node = plan(service, "SELECT id FROM subject", analyze=True)
        assert service.execute("SELECT count(*) FROM subject").fetchone() == (1,)
        assert node["Actual Rows"] + node["Rows Removed by Filter"] == everybody


def met(connection, said):
    """How many rows a plan's indexes met before row security."""
    node = plan(connection, said, analyze=True)
    return node["Actual Rows"] + node.get("Rows Removed by Filter", 0)


def test_explain_meets_a_hidden_value_of_ones_own_category(cluster, people):
    """A login that reads e-mail addresses learns that a hidden person has one, if it knows the address."""
    *_, hidden = people
    with login(cluster, "billing@sahkolaitos") as billing:
        billing.execute("SET enable_seqscan = off")
        known, other = (
            f"SELECT id FROM contact_point WHERE category = 'email' AND value = '{value}'"
            for value in (hidden.secrets["email"][0], "kukaan@posti.example")
        )
        assert billing.execute(known).fetchall() == []
        assert (met(billing, known), met(billing, other)) == (1, 0)


# what the catalogue tells


def test_the_catalogue_tells_how_many_rows_there_are(cluster, people):
    with login(cluster, "service@sahkolaitos") as service, administrator(cluster) as admin:
        (everybody,) = admin.execute("SELECT count(*) FROM register.subject").fetchone()
        assert service.execute(
            "SELECT reltuples FROM pg_class WHERE oid = 'register.subject'::regclass"
        ).fetchone() == (everybody,)


def test_bodies_of_functions_say_what_the_notice_says(cluster):
    """Whoever reads them reads what `seloste policy sql` prints, and no more."""
    from seloste.policy.apply import in_force
    from seloste.policy.compile import deciding, triggers

    with login(cluster, "owner") as owner, login(cluster, "service@sahkolaitos") as service:
        policy = in_force(owner, cluster)
        printed = "\n".join(
            statement.sql for statements in (deciding(policy), triggers(policy)) for statement in statements
        )
        bodies = service.execute(
            "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'policy'::regnamespace"
        ).fetchall()
    assert len(bodies) > 30
    assert [name for name, body in bodies if body.strip() not in printed] == []


# NOTIFY and LISTEN


def test_only_who_says_something_is_heard(cluster, people):
    """Two logins that want to can pass a message; nothing of ours says anything."""
    with (
        login(cluster, "service@sahkolaitos") as service,
        login(cluster, "direct_marketing@sahkolaitos") as marketing,
    ):
        marketing.execute("LISTEN anything")
        person(cluster, "sahkolaitos", "Kuulumaton")
        with contextlib.suppress(psycopg.Error):
            service.execute("SELECT pg_notify('anything', 'x')")
        assert list(marketing.notifies(timeout=0.1)) == []
        service.execute("NOTIFY anything, 'said on purpose'")
        assert [heard.payload for heard in marketing.notifies(timeout=1, stop_after=1)] == ["said on purpose"]


# what a login may do to itself


OWN = (
    ("ALTER ROLE {} SET statement_timeout = 1", "setting every database {} statement_timeout"),
    (
        'ALTER ROLE {} IN DATABASE "{}" SET default_transaction_read_only = on',
        "setting this database {} default_transaction_read_only",
    ),
    ("ALTER ROLE {} SET TimeZone = 'Pacific/Kiritimati'", "setting every database {} TimeZone"),
    ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", "default privileges {} - r"),
    ("ALTER ROLE {} PASSWORD 'another'", "role {}"),
    ("SET password_encryption = 'md5'; ALTER ROLE {} PASSWORD 'weak'", "role {}"),
)


def test_what_a_login_does_to_itself_is_named_and_undone(cluster):
    """Each by a login of its own; `policy bootstrap` takes all back but default privileges, which an administrator does."""
    expected = []
    for name, (said, found) in zip(purposes(cluster), OWN, strict=False):
        role = f'"{cluster.role(name)}"'
        with login(cluster, name) as connection:
            connection.execute(said.format(role, cluster.database))
        expected.append(found.format(cluster.role(name) if found.startswith("role") else role))
        if "DEFAULT" in said:
            back = f"ALTER DEFAULT PRIVILEGES FOR ROLE {role} REVOKE SELECT ON TABLES FROM PUBLIC"
    assert sorted(f"{drift.kind} {drift.object}" for drift in verify(cluster).drift) == sorted(expected)
    bootstrap(cluster, purposes(cluster))
    with administrator(cluster) as admin:
        admin.execute(back)
    assert verify(cluster).drift == ()


def test_what_a_session_starts_with_beats_what_a_login_has_set(cluster):
    from seloste.register.protection.backend.pool import OPTIONS

    name = "billing@sahkolaitos"
    own = {"search_path": "public", "TimeZone": "Pacific/Kiritimati", "statement_timeout": "1", "default_transaction_read_only": "on",
           "default_transaction_isolation": "serializable", "row_security": "off", "DateStyle": "SQL"}  # fmt: skip
    assert set(own) <= set(OPTIONS)
    try:
        with login(cluster, name) as billing:
            for setting, value in own.items():
                billing.execute(f"ALTER ROLE CURRENT_USER SET {setting} = '{value}'")
        start = " ".join(f"-c {setting}={value}" for setting, value in OPTIONS.items())
        with login(cluster, name, options=start) as billing:
            told = dict(
                billing.execute(
                    "SELECT name, source FROM pg_settings WHERE name = ANY (%s)", [list(own)]
                ).fetchall()
            )
        assert told == dict.fromkeys(own, "client")
    finally:
        bootstrap(cluster, [name])
    assert verify(cluster).drift == ()


# getting in the way


def test_who_may_delete_rows_may_lock_their_table_and_nobody_else(cluster):
    with login(cluster, "housekeeping") as keeper:
        columns = dict(keeper.execute("SELECT login, columns FROM policy.login").fetchall())
    locking = {}
    for name in purposes(cluster):
        with login(cluster, name) as connection:
            for (table,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'register'::regnamespace AND relkind = 'r'"
            ).fetchall():
                for mode in ("ACCESS SHARE", "ACCESS EXCLUSIVE"):
                    with contextlib.suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
                        connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
                        locking.setdefault(name, set()).add(table)
    assert locking == {
        name: {t for t, may in tables.items() if may["delete"]}
        for name, tables in columns.items()
        if any(m["delete"] for m in tables.values())
    }
    assert set(locking) == {"rights@all"}


def test_a_login_takes_as_long_as_it_likes(cluster):
    with login(cluster, "service@sahkolaitos", options="-c statement_timeout=50") as service:
        with pytest.raises(psycopg.errors.QueryCanceled):
            service.execute("SELECT pg_sleep(0.2)")
        service.execute("SET statement_timeout = 0")
        service.execute("SELECT pg_sleep(0.2)")


def test_a_prepared_transaction_outlives_its_session_where_the_server_lets_it(cluster):
    """The administrator sees whose it is and ends it; a server that allows none refuses."""
    with administrator(cluster) as admin, login(cluster, "service@sahkolaitos") as service:
        (allowed,) = admin.execute("SELECT current_setting('max_prepared_transactions')::integer").fetchone()
        service.execute("BEGIN")
        if not allowed:
            with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
                service.execute("PREPARE TRANSACTION 'left'")
            return
        service.execute("PREPARE TRANSACTION 'left'")
        left = admin.execute(
            "SELECT gid, owner FROM pg_prepared_xacts WHERE database = current_database()"
        ).fetchall()
        assert left == [("left", cluster.role("service@sahkolaitos"))]
        admin.execute("ROLLBACK PREPARED 'left'")


# refusals that tell


def test_what_may_collide_is_known(cluster):
    """A unique constraint tells whoever may fill its columns that somebody has the value already."""
    with administrator(cluster) as admin:
        told = admin.execute(
            """SELECT l.purpose, c.relname, (SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k(num, n)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num)
               FROM policy.login l, pg_index i JOIN pg_class c ON c.oid = i.indrelid
               WHERE c.relnamespace = 'register'::regnamespace AND (i.indisunique OR i.indisexclusion) AND NOT EXISTS (
                 SELECT 1 FROM unnest(i.indkey) num WHERE num > 0 AND NOT has_column_privilege(l.role, c.oid, num, 'INSERT'))"""
        ).fetchall()
    found = {}
    for purpose, table, columns in told:
        if columns.split(", ")[0] != "id":
            found.setdefault(f"{table} ({columns})", set()).add(purpose)
    assert found == COLLIDING


COLLIDING = {
    "agreement (controller, number)": {"agreements", "market_communication", "upkeep"},
    # at overlapping times
    "agreement_invoicing (agreement_id)": {"agreements", "market_communication", "upkeep"},
    "agreement_period (metering_point_id, kind)": {"agreements", "market_communication", "upkeep"},
    "agreement_product (agreement_id)": {"agreements", "market_communication", "upkeep"},
    "business_id (side, value)": {"agreements", "rights", "upkeep"},
    "data_key (subject_id, category)": {
        "agreements",
        "identification",
        "market_communication",
        "rights",
        "upkeep",
    },
    "e_invoice_address (subject_id)": {"agreements", "upkeep"},
    # by a random key, among those of one side
    "idempotency (side, operation, key)": {
        "agreements",
        "billing",
        "collection",
        "market_communication",
        "rights",
        "service",
        "upkeep",
    },
    "key_version (name, version)": {"access_administration"},
    "metering_point (side, gsrn, kind)": {"agreements", "market_communication", "upkeep"},
    "metering_point (side, number, kind)": {"agreements", "market_communication", "upkeep"},
    "national_identifier (side, blind_index)": {"identification", "rights", "upkeep"},
    "national_identifier (side, blind_index_even)": {"identification", "rights", "upkeep"},
    "product (controller, code)": {"agreements", "upkeep"},
    # the purposes that read them; of a subject they do not see, the row is refused before it can collide
    "own_record (subject_id)": {"misuse_prevention"},
    "review_finding (subject_id, rule, event_id)": {"misuse_investigation", "misuse_prevention"},
    # the bank's own mark of a payment, at one company
    "payment (controller, archive_id)": {"billing", "collection", "upkeep"},
    # a subject's own, which whoever writes it sees
    "receivable (subject_id, controller, number)": {"billing", "collection", "upkeep"},
    "staff (username)": {"access_administration"},
    # at overlapping times; of a subject they do not see, the row is refused before it can collide
    "subject_merge (subject_id)": {"rights", "upkeep"},
}


def test_a_collision_tells_one_bit_on_ones_own_side(cluster, people):
    """Identification learns that a full identifier is in the register; never of whom, and not beyond the wall."""
    shown, beyond, hidden = people

    def tried(someone):
        with (
            login(cluster, "identification@sahkolaitos") as connection,
            connection.transaction(force_rollback=True),
        ):
            try:
                connection.execute(
                    "INSERT INTO national_identifier (subject_id, side, data_key_id, ciphertext, blind_index) VALUES (%s, 'sahkolaitos', 1, 'x', %s)",
                    [shown.id, someone.secrets["hetu"][2].encode()],
                )
            except psycopg.errors.UniqueViolation as error:
                assert error.diag.message_detail is None
                return str(error)
            return None

    assert tried(hidden) == 'duplicate key value violates unique constraint "national_identifier_found"'
    assert tried(beyond) is None


# why


def test_why_tells_the_first_rule_that_closes_each_key(cluster):
    """About anybody on one's own side that is not restricted: which rule, and no value."""
    facts = {
        "ban": "INSERT INTO ban (subject_id, channel, valid_from, notice_hash) VALUES (%s, 'all', now(), 'x')",
        "minor": "INSERT INTO subject_status (subject_id, status, claimed_at, valid_from) VALUES (%s, 'minor', now(), now())",
        "estate": "INSERT INTO subject_status (subject_id, status, claimed_at, valid_from) VALUES (%s, 'estate', now(), now())",
        "objection": "INSERT INTO objection (subject_id, purpose, received_at, notice_hash) VALUES (%s, 'direct_marketing', now(), 'x')",
        "protected_address": "INSERT INTO turvakielto (subject_id, valid_from) VALUES (%s, now())",
        "erased": "INSERT INTO erasure (subject_id, retention_class, erased_at) VALUES (%s, 'customership', now())",
    }
    told = {}
    for number, (reason, fact) in enumerate(facts.items()):
        someone = person(cluster, "sahkolaitos", f"Miksi{number}")
        with login(cluster, "rights@all") as rights:
            rights.execute(fact, [someone.id])
        with login(cluster, "direct_marketing@sahkolaitos") as marketing:
            told[reason] = {
                r
                for (r,) in marketing.execute(
                    "SELECT reason FROM policy.why(%s, now(), 'infinity')", [someone.id]
                )
            } - {"open", "no_consent"}
        with login(cluster, "service@sahkoverkko") as beyond:
            assert {
                r
                for (r,) in beyond.execute(
                    "SELECT reason FROM policy.why(%s, now(), 'infinity')", [someone.id]
                )
            } == {"unknown"}
    assert told == {reason: {reason} for reason in facts}


# what stands still


def test_a_message_has_one_moment(cluster, people):
    """Statements stacked in one message are judged by when it came; the next message by its own."""
    someone = person(cluster, "sahkolaitos", "Hetkinen")
    with administrator(cluster) as admin, login(cluster, "product_development@sahkolaitos") as sets:
        seen = f"SELECT id FROM register.subject WHERE id = {someone.id}"
        assert sets.execute(seen).fetchall() == [(someone.id,)]
        admin.execute(
            "UPDATE register.subject SET decided_until = clock_timestamp() + interval '0.4 s' WHERE id = %s",
            [someone.id],
        )
        stacked = sets.execute(f"SELECT pg_sleep(0.6); {seen}")
        stacked.nextset()
        assert stacked.fetchall() == [(someone.id,)]
        assert sets.execute(seen).fetchall() == []
        admin.execute("SELECT policy.refresh(ARRAY[%s::bigint])", [someone.id])


def test_a_snapshot_keeps_what_was_open_until_the_session_is_over(cluster):
    someone = person(cluster, "sahkolaitos", "Pysahtynyt")
    with login(cluster, "service@sahkolaitos") as service:
        service.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        seen = f"SELECT id FROM register.subject WHERE id = {someone.id}"
        assert service.execute(seen).fetchall() == [(someone.id,)]
        restrict(cluster, someone)
        assert service.execute(seen).fetchall() == [(someone.id,)]
        service.execute("COMMIT")
        assert service.execute(seen).fetchall() == []


def test_a_cursor_that_is_held_keeps_what_was_read_until_it_is_discarded(cluster):
    """What a session could read at its commit, and no more; the pool's DISCARD ALL ends it."""
    someone = person(cluster, "sahkolaitos", "Pidetty")
    with login(cluster, "service@sahkolaitos") as service:
        service.execute(
            f"BEGIN; DECLARE held CURSOR WITH HOLD FOR SELECT id FROM register.subject WHERE id >= {someone.id}; COMMIT"
        )
        restrict(cluster, someone)
        later = person(cluster, "sahkolaitos", "Myohempi")
        assert service.execute("FETCH ALL FROM held").fetchall() == [(someone.id,)]
        assert service.execute("SELECT id FROM register.subject WHERE id >= %s", [someone.id]).fetchall() == [
            (later.id,)
        ]
        service.execute("DISCARD ALL", prepare=False)
        with pytest.raises(psycopg.errors.InvalidCursorName):
            service.execute("FETCH ALL FROM held", prepare=False)


# other databases of the server


def test_in_another_database_a_login_sees_who_is_there_and_its_own_statements(cluster, people):
    """Where PUBLIC may connect; the embedded server lets nobody."""
    name = "service@sahkolaitos"
    with login(cluster, name) as own, login(cluster, "billing@sahkolaitos") as other:
        own.execute("SELECT id FROM subject WHERE family_name = %s", ["Salainen"])
        other.execute("SELECT id FROM subject WHERE family_name = 'Salainen'")
        dsn = make_conninfo(cluster.dsn(cluster.role(name)), dbname="postgres")
        try:
            elsewhere = psycopg.connect(dsn, autocommit=True)
        except psycopg.OperationalError:
            return
        with elsewhere:
            told = dict(
                elsewhere.execute(
                    "SELECT usename, query FROM pg_stat_activity WHERE datname = %s", [cluster.database]
                ).fetchall()
            )
            assert told == {
                cluster.role(name): "SELECT id FROM subject WHERE family_name = $1",
                cluster.role("billing@sahkolaitos"): "<insufficient privilege>",
            }
            assert elsewhere.execute("SELECT to_regclass('register.subject')").fetchone() == (None,)
