"""What the tables themselves refuse, whoever asks."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from seloste.policy.bootstrap import bootstrap
from seloste.project.wiring import migrate


@pytest.fixture(scope="module")
def admin(server):
    with server.database("schema") as cluster:
        bootstrap(cluster)
        for _ in range(2):
            migrate(cluster.dsn(cluster.role("owner")))
        dsn = psycopg.conninfo.make_conninfo(
            cluster.admin_dsn(), dbname=cluster.database, options="-c search_path=register"
        )
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(PEOPLE)
            yield connection


PEOPLE = """
INSERT INTO subject (id, side, kind, family_name) VALUES (1, 'seller', 'person', 'A'), (2, 'grid', 'person', 'A'), (4, 'seller', 'person', 'B');
INSERT INTO subject (id, side, kind, organisation_name) VALUES (3, 'seller', 'organisation', 'Oy');
INSERT INTO metering_point (id, side, gsrn, kind) VALUES (1, 'seller', '643000000000000001', 'sale'), (2, 'grid', '643000000000000001', 'network');
INSERT INTO agreement (id, number, subject_id, side, controller, kind, metering_point_id) VALUES
  (1, '1', 1, 'seller', 'seller', 'sale', 1), (2, '2', 4, 'seller', 'seller', 'sale', 1);
INSERT INTO data_key (id, subject_id, category, wrapped, kek_version) VALUES (1, 1, 'hetu', 'k', 1);
INSERT INTO product (id, controller, kind, code, name_fi, name_sv, name_en, valid_from) VALUES
  (1, 'lights', 'sale', 'P1', 'a', 'b', 'c', now()), (2, 'seller', 'sale', 'P2', 'a', 'b', 'c', now());
SELECT setval('product_id_seq', 100);
SELECT setval('subject_id_seq', 100), setval('data_key_id_seq', 100), setval('metering_point_id_seq', 100), setval('agreement_id_seq', 100);
"""

PERIOD = (
    "INSERT INTO agreement_period (agreement_id, subject_id, controller, kind, metering_point_id, requested_at, valid_from, valid_until)"
    " VALUES "
)

PRODUCT = "INSERT INTO product (controller, kind, code, name_fi, name_sv, name_en, fixed_months, valid_from) VALUES "
AGREED = (
    "INSERT INTO agreement_product (agreement_id, subject_id, controller, kind, product_id, at_distance, agreed_at, valid_from, valid_until)"
    " VALUES "
)
INVOICED = "INSERT INTO agreement_invoicing (agreement_id, subject_id, controller, method, contact_point_id, valid_from) VALUES "
CONFIRMED = (
    "INSERT INTO confirmation (about, language, made_at, ciphertext, document, subject_id, side, controller, agreement_id, data_key_id)"
    " SELECT 'opened', 'fi', now(), 'c', 'd', s, w, c, a, 1 FROM (VALUES {0}) v(s, w, c, a)"
)

REFUSED = {
    "a person with an organisation's name": (
        "INSERT INTO subject (side, kind, organisation_name) VALUES ('seller', 'person', 'Oy')",
        "subject_names",
    ),
    "an organisation with a family name": (
        "INSERT INTO subject (side, kind, family_name) VALUES ('seller', 'organisation', 'A')",
        "subject_names",
    ),
    "a kind of subject that is none": (
        "INSERT INTO subject (side, kind) VALUES ('seller', 'dog')",
        "subject_kind",
    ),
    "a telephone number that is not normalised": (
        "INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) VALUES (1, 'phone', '048 1', '048 1', now())",
        "contact_point_value",
    ),
    "an e-mail address that is not normalised": (
        "INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) VALUES (1, 'email', 'A@b.example', 'A@b.example', now())",
        "contact_point_value",
    ),
    "an e-mail address that calls itself a telephone number": (
        "INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) VALUES (1, 'phone', 'a@b.example', 'a@b.example', now())",
        "contact_point_value",
    ),
    "a point's address without the point": (
        "INSERT INTO address (subject_id, kind, street, postcode, city, valid_from) VALUES (1, 'point', 'S', '1', 'C', now())",
        "address_point",
    ),
    "a hetu across the wall": (
        "INSERT INTO national_identifier (subject_id, side, data_key_id, ciphertext, blind_index) VALUES (1, 'grid', 1, 'c', 'i')",
        "national_identifier_same_side",
    ),
    "a hetu that nothing finds": (
        "INSERT INTO national_identifier (subject_id, side, data_key_id, ciphertext) VALUES (1, 'seller', 1, 'c')",
        "national_identifier_indexed",
    ),
    "a hetu under a key that there is not": (
        "INSERT INTO national_identifier (subject_id, side, data_key_id, ciphertext, blind_index) VALUES (1, 'seller', 9, 'c', 'j')",
        "national_identifier_data_key_id_3be8517f_fk_data_key_id",
    ),
    "a second key of a category": (
        "INSERT INTO data_key (subject_id, category, wrapped, kek_version) VALUES (1, 'hetu', 'k', 1)",
        "data_key_of",
    ),
    "a Y-tunnus across the wall": (
        "INSERT INTO business_id (subject_id, side, value) VALUES (3, 'grid', '1234567-1')",
        "business_id_same_side",
    ),
    "a Y-tunnus without its hyphen": (
        "INSERT INTO business_id (subject_id, side, value) VALUES (3, 'seller', '12345671')",
        "business_id_value",
    ),
    "an agreement of somebody across the wall": (
        "INSERT INTO agreement (number, subject_id, side, controller, kind) VALUES ('9', 2, 'seller', 'seller', 'sale')",
        "agreement_same_side",
    ),
    "an agreement at a point across the wall": (
        "INSERT INTO agreement (number, subject_id, side, controller, kind, metering_point_id) VALUES ('9', 1, 'seller', 'seller', 'sale', 2)",
        "agreement_point_same_side",
    ),
    "a number of an agreement given twice": (
        "INSERT INTO agreement (number, subject_id, side, controller, kind) VALUES ('1', 1, 'seller', 'seller', 'sale')",
        "agreement_found",
    ),
    "a point known twice on one side": (
        "INSERT INTO metering_point (side, gsrn, kind) VALUES ('seller', '643000000000000001', 'sale')",
        "metering_point_found",
    ),
    "a period of another holder than the agreement's": (
        PERIOD + "(1, 4, 'seller', 'sale', 1, now(), now(), NULL)",
        "agreement_period_copies",
    ),
    "a period of another company than the agreement's": (
        PERIOD + "(1, 1, 'lights', 'sale', 1, now(), now(), NULL)",
        "agreement_period_copies",
    ),
    "a period that began before it was asked for": (
        PERIOD + "(1, 1, 'seller', 'sale', 1, now(), now() - interval '1 day', NULL)",
        "agreement_period_requested",
    ),
    "two holders of a point at once": (
        (
            PERIOD + "(1, 1, 'seller', 'sale', 1, '2026-01-01', '2026-01-01', NULL),"
            " (2, 4, 'seller', 'sale', 1, '2026-02-01', '2026-02-01', '2026-03-01')"
        ),
        "agreement_period_one_holder",
    ),
    "a party under another company than the agreement's": (
        "INSERT INTO agreement_party (agreement_id, subject_id, controller, valid_from) VALUES (1, 4, 'lights', now())",
        "agreement_party_copies",
    ),
    "a point of heat with a GSRN": (
        "INSERT INTO metering_point (side, gsrn, kind) VALUES ('seller', '643000000000000009', 'heat')",
        "metering_point_gsrn",
    ),
    "a point of electricity with a number of our own": (
        "INSERT INTO metering_point (side, number, kind) VALUES ('seller', 'KL-1', 'sale')",
        "metering_point_gsrn",
    ),
    "a point with both": (
        "INSERT INTO metering_point (side, gsrn, number, kind) VALUES ('seller', '643000000000000009', 'KL-1', 'sale')",
        "metering_point_gsrn",
    ),
    "a number of a point given twice": (
        "INSERT INTO metering_point (side, number, kind) VALUES ('seller', 'KL-1', 'heat'), ('seller', 'KL-1', 'heat')",
        "metering_point_numbered",
    ),
    "a product's code given twice": (
        PRODUCT + "('lights', 'heat', 'P1', 'a', 'b', 'c', NULL, now())",
        "product_found",
    ),
    "a fixed term of no month": (
        PRODUCT + "('seller', 'sale', 'P9', 'a', 'b', 'c', 0, now())",
        "product_term",
    ),
    "a product of another company than the agreement's": (
        AGREED + "(1, 1, 'seller', 'sale', 1, false, now(), '2026-01-01', NULL)",
        "agreement_product_offered",
    ),
    "a product under another holder than the agreement's": (
        AGREED + "(1, 4, 'seller', 'sale', 2, false, now(), '2026-01-01', NULL)",
        "agreement_product_copies",
    ),
    "two products at once": (
        (
            AGREED + "(1, 1, 'seller', 'sale', 2, false, now(), '2026-01-01', NULL),"
            " (1, 1, 'seller', 'sale', 2, false, now(), '2026-02-01', '2026-03-01')"
        ),
        "agreement_product_one_at_a_time",
    ),
    "two ways of invoicing at once": (
        INVOICED
        + "(1, 1, 'seller', 'post', NULL, '2026-01-01'), (1, 1, 'seller', 'e_invoice', NULL, '2026-02-01')",
        "agreement_invoicing_one_at_a_time",
    ),
    "an invoice by e-mail to nowhere": (
        INVOICED + "(1, 1, 'seller', 'email', NULL, '2026-01-01')",
        "agreement_invoicing_way",
    ),
    "an invoice by post to an e-mail address": (
        INVOICED + "(1, 1, 'seller', 'post', 1, '2026-01-01')",
        "agreement_invoicing_way",
    ),
    "an invoice of another company than the agreement's": (
        INVOICED + "(1, 1, 'lights', 'post', NULL, '2026-01-01')",
        "agreement_invoicing_copies",
    ),
    "an e-invoice address across the wall": (
        "INSERT INTO e_invoice_address (subject_id, side, data_key_id, ciphertext, operator) VALUES (1, 'grid', 1, 'c', 'o')",
        "e_invoice_address_same_side",
    ),
    "a stop of disconnection with a cause": (
        "INSERT INTO disconnection_stop (subject_id, category, valid_from) VALUES (1, 'asthma', now())",
        "disconnection_stop_category",
    ),
    "a confirmation across the wall": (
        CONFIRMED.format("(1, 'grid', 'seller', 1)"),
        "confirmation_same_side",
    ),
    "a confirmation of another company than the agreement's": (
        CONFIRMED.format("(1, 'seller', 'lights', 1)"),
        "confirmation_copies",
    ),
    "somebody who stands for himself": (
        "INSERT INTO representation (subject_id, organisation_id, role, valid_from) VALUES (1, 1, 'contact', now())",
        "representation_two_subjects",
    ),
    "a decision without its moment": (
        "INSERT INTO subject_status (subject_id, status, claimed_at, decision, valid_from) VALUES (1, 'minor', now(), 'confirmed', now())",
        "subject_status_decided",
    ),
    "an outcome without its moment": (
        "INSERT INTO objection (subject_id, purpose, received_at, outcome, notice_hash) VALUES (1, 'p', now(), 'upheld', 'h')",
        "objection_decided",
    ),
    "a withdrawal before the consent": (
        (
            "INSERT INTO consent (subject_id, purpose, wording, given_at, withdrawn_at, proof, notice_hash)"
            " VALUES (1, 'p', 'w', now(), now() - interval '1 day', 'x', 'h')"
        ),
        "consent_withdrawal",
    ),
    "a ban on a channel that is none": (
        "INSERT INTO ban (subject_id, channel, valid_from, notice_hash) VALUES (1, 'fax', now(), 'h')",
        "ban_channel",
    ),
    "a restriction of two scopes": (
        "INSERT INTO restriction (subject_id, categories, purposes, valid_from) VALUES (1, '{phone}', '{service}', now())",
        "restriction_scope",
    ),
    "a receivable of nothing": (
        (
            "INSERT INTO receivable (number, subject_id, controller, amount_cents, due_at, state, valid_from)"
            " VALUES ('1', 1, 'seller', 0, now(), 'open', now())"
        ),
        "receivable_amount",
    ),
    "a ban that ends before it begins": (
        "INSERT INTO ban (subject_id, channel, valid_from, valid_until, notice_hash) VALUES (1, 'all', now(), now() - interval '1 day', 'h')",
        "ban_period",
    ),
    "a user name taken twice": (
        "INSERT INTO staff (username, name, employer) VALUES ('a', 'A', 'seller'), ('a', 'B', 'seller')",
        "staff_username",
    ),
    "an event met in a way that is none": (
        (
            "INSERT INTO event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
            " VALUES (gen_random_uuid(), now(), 'k', 'a', 'r', 'l', '{}', 'guessed', 0, 'h')"
        ),
        "event_way",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused(admin, what):
    sql, constraint = REFUSED[what]
    with pytest.raises(errors.IntegrityError) as refused, admin.transaction():
        admin.execute(sql)
    assert refused.value.diag.constraint_name == constraint


def test_a_hetu_is_found_once_on_a_side_and_may_be_known_to_both(admin):
    insert = "INSERT INTO national_identifier (subject_id, side, data_key_id, ciphertext, blind_index) VALUES (%s, %s, 1, 'c', 'i')"
    with admin.transaction(force_rollback=True):
        admin.execute(insert, [1, "seller"])
        admin.execute(insert, [2, "grid"])
        with pytest.raises(errors.UniqueViolation), admin.transaction():
            admin.execute(insert, [4, "seller"])


def test_what_keeps_nobody_else_from_a_point(admin):
    """A cancelled agreement, one that was superseded, and one that ends as the next begins."""
    with admin.transaction(force_rollback=True):
        admin.execute(PERIOD + "(1, 1, 'seller', 'sale', 1, '2026-01-01', '2026-01-01', NULL)")
        admin.execute("UPDATE agreement_period SET superseded_at = now()")
        admin.execute(
            PERIOD + "(1, 1, 'seller', 'sale', 1, '2026-01-01', '2026-02-01', '2026-01-15'),"
            " (1, 1, 'seller', 'sale', 1, '2026-01-01', '2026-01-01', '2026-01-01'),"
            " (1, 1, 'seller', 'sale', 1, '2025-01-01', '2025-01-01', '2026-01-01'),"
            " (2, 4, 'seller', 'sale', 1, '2026-01-01', '2026-01-01', NULL)"
        )
        admin.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_period_is_replaced_by_inserting_first_and_superseding_after(admin):
    with admin.transaction(force_rollback=True):
        admin.execute(PERIOD + "(1, 1, 'seller', 'sale', 1, '2026-01-01', '2026-01-01', NULL)")
        admin.execute(PERIOD + "(1, 1, 'seller', 'sale', 1, '2026-01-01', '2026-01-01', '2026-09-01')")
        admin.execute("UPDATE agreement_period SET superseded_at = now() WHERE valid_until IS NULL")
        admin.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_subject_that_something_points_at_cannot_go(admin):
    with pytest.raises(errors.ForeignKeyViolation), admin.transaction():
        admin.execute("DELETE FROM subject WHERE id = 1")


def test_a_receivable_outlives_its_agreement_and_an_event_its_subject(admin):
    with admin.transaction(force_rollback=True):
        admin.execute(
            "INSERT INTO receivable (number, subject_id, controller, agreement_id, amount_cents, due_at, state, valid_from)"
            " VALUES ('1', 1, 'seller', 999, 1, now(), 'open', now())"
        )
        admin.execute(
            "WITH e AS (INSERT INTO event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
            " VALUES (gen_random_uuid(), now(), 'k', 'a', 'r', 'l', '{}', 'opened', 1, 'h') RETURNING id)"
            " INSERT INTO event_subject (subject_id, event_id) SELECT 999, id FROM e"
        )
        admin.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_every_foreign_key_acts_on_nothing_and_has_a_full_index(admin):
    keys = admin.execute(
        """SELECT k.conname, k.confdeltype, k.confupdtype, k.condeferred, EXISTS (
             SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
               AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
           FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'register'::regnamespace
             AND k.conparentid = 0"""
    ).fetchall()
    assert len(keys) >= 25
    assert [key for key in keys if key[1:] != ("a", "a", True, True)] == []


def test_every_fact_has_its_two_moments_by_the_server_and_an_index_on_its_subject(admin):
    facts = admin.execute(
        """SELECT a.attrelid::regclass::text, pg_get_expr(d.adbin, d.adrelid),
             (SELECT count(*) FROM pg_attribute k WHERE k.attrelid = a.attrelid AND k.attname = 'superseded_at' AND NOT k.attnotnull)
           FROM pg_attribute a JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
           WHERE a.attname = 'recorded_at' ORDER BY 1"""
    ).fetchall()
    assert [name for name, _, _ in facts] == [
        "agreement_invoicing",
        "agreement_party",
        "agreement_period",
        "agreement_product",
        "ban",
        "consent",
        "disconnection_stop",
        "erasure",
        "household_member",
        "objection",
        "persona",
        "preparation",
        "receivable",
        "representation",
        "restriction",
        "subject_merge",
        "subject_status",
        "turvakielto",
    ]
    assert {fact[1:] for fact in facts} == {("statement_timestamp()", 1)}


def test_the_models_have_nothing_that_the_migrations_have_not(admin):
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(
        loader.graph
    )
    assert changes == {}, "the models have changed: run `make migration`, read what it wrote, commit both"
    assert len(loader.graph.leaf_nodes()) == 1


def test_the_owner_owns_the_tables_and_is_no_superuser(admin):
    owners = admin.execute(
        "SELECT DISTINCT r.rolname, r.rolsuper FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
        " WHERE c.relnamespace = 'register'::regnamespace"
    ).fetchall()
    assert [(name.rpartition(".")[2], is_super) for name, is_super in owners] == [("owner", False)]


def test_every_sealed_value_is_opened_after_a_restore(admin):
    """A table that keeps sealed values is asked whether they open, each column of them."""
    from seloste.project.after_restore import SEALED

    kept = admin.execute(
        """SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
           WHERE c.relnamespace = 'register'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
             AND a.atttypid = 'bytea'::regtype AND a.attname NOT LIKE 'blind_index%'
             AND EXISTS (SELECT 1 FROM pg_attribute k WHERE k.attrelid = c.oid AND k.attname = 'data_key_id')"""
    ).fetchall()
    assert sorted(kept) == sorted(SEALED)
