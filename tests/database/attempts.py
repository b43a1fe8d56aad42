"""What an injected statement may try on a purpose's own connection, and how PostgreSQL must refuse it.

A line is `version state statement`: from that PostgreSQL on, refused with that SQLSTATE. `ME`, `ANOTHER`,
`THE_ENGINE`, `THE_OWNER` stand for roles, `THE_DATABASE` for itself. A statement that is misspelt fails otherwise, and is noticed.
"""

from __future__ import annotations

from typing import NamedTuple


class Attempt(NamedTuple):
    """A statement and the SQLSTATE with which it is refused."""

    since: int
    state: str
    sql: str


DENIED = """
# what others do
15 42501 SELECT * FROM pg_stat_activity
15 42501 SELECT * FROM pg_stat_get_activity(NULL)
15 42501 SELECT * FROM pg_stat_user_tables
15 42501 SELECT * FROM pg_stat_all_indexes
15 42501 SELECT * FROM pg_statio_user_tables
15 42501 SELECT * FROM pg_stat_xact_user_tables
15 42501 SELECT * FROM pg_stat_user_functions
15 42501 SELECT * FROM pg_stat_database
15 42501 SELECT * FROM pg_stat_progress_analyze
15 42501 SELECT pg_stat_get_live_tuples('register.subject'::regclass)
15 42501 SELECT pg_stat_get_xact_tuples_fetched('register.subject'::regclass)
15 42501 SELECT pg_stat_get_tuples_inserted('register.restriction'::regclass)
15 42501 SELECT * FROM pg_locks
15 42501 SELECT * FROM pg_lock_status()
15 42501 SELECT pg_blocking_pids(1)
15 42501 SELECT pg_safe_snapshot_blocking_pids(1)
15 42501 SELECT pg_isolation_test_session_is_blocked(1, '{2}')
15 42501 SELECT * FROM pg_prepared_xacts
15 42501 SELECT * FROM pg_prepared_xact()
15 42501 SELECT * FROM pg_prepared_statements
15 42501 SELECT * FROM pg_cursors
15 42501 SELECT pg_get_multixact_members('1')
15 42501 SELECT pg_current_wal_lsn()
15 42501 SELECT pg_last_committed_xact()
15 42501 SELECT pg_xact_commit_timestamp('3')
15 42501 SELECT * FROM pg_control_checkpoint()
15 42501 SELECT pg_listening_channels()
15 42501 SELECT * FROM pg_backend_memory_contexts
15 42501 SELECT * FROM pg_shmem_allocations
15 42501 SELECT pg_log_backend_memory_contexts(1)
15 42501 SELECT pg_terminate_backend(1)
15 42501 SELECT pg_cancel_backend(1)
15 42501 SELECT pg_stat_reset()
16 42501 SELECT * FROM pg_stat_io
17 42501 SELECT * FROM pg_stat_checkpointer
17 42501 SELECT * FROM pg_wal_summary_contents(1, '0/1', '0/2')
17 42501 SELECT * FROM pg_available_wal_summaries()
17 42501 SELECT * FROM pg_get_wal_summarizer_state()
18 42501 SELECT * FROM pg_aios
18 42501 SELECT * FROM pg_get_aios()
18 42501 SELECT * FROM pg_shmem_allocations_numa
18 42501 SELECT pg_stat_get_backend_io(1)
# how values are spread, how much there is
15 42501 SELECT * FROM pg_stats
15 42501 SELECT * FROM pg_stats_ext
15 42501 SELECT stavalues1 FROM pg_statistic
15 42501 SELECT * FROM pg_statistic_ext
15 42501 SELECT * FROM pg_statistic_ext_data
15 42501 SELECT pg_relation_size('register.subject')
15 42501 SELECT pg_table_size('register.subject')
15 42501 SELECT pg_indexes_size('register.subject')
15 42501 SELECT pg_total_relation_size('register.subject')
15 42501 SELECT pg_database_size(current_database())
15 42501 SELECT pg_column_size(1)
15 42501 SELECT pg_relation_filepath('register.subject')
15 42501 SELECT pg_relation_filenode('register.subject')
15 42501 SELECT pg_filenode_relation(0, 1259)
15 42501 SELECT pg_tablespace_databases(1663)
15 42501 SELECT * FROM pg_sequences
15 42501 SELECT last_value FROM register.subject_id_seq
15 42501 SELECT pg_sequence_parameters('register.subject_id_seq'::regclass)
18 42501 SELECT pg_clear_relation_stats('register', 'subject')
18 42501 SELECT pg_clear_attribute_stats('register', 'subject', 'id', false)
18 42501 SELECT pg_restore_relation_stats('schemaname', 'register', 'relname', 'subject', 'reltuples', 1::real)
# the policy itself
15 42501 SELECT * FROM pg_policy
15 42501 SELECT * FROM pg_policies
15 42501 SELECT pg_get_functiondef('policy.enter(text)'::regprocedure)
15 42501 SELECT * FROM pg_db_role_setting
15 42501 SELECT * FROM policy.key
15 42501 SELECT * FROM policy.mask
15 42501 SELECT * FROM policy.login
15 42501 SELECT * FROM policy.notice
15 42501 SELECT * FROM policy.category
15 42501 SELECT * FROM policy.newcomer
15 42501 UPDATE policy.key SET state = 'in_force'
15 42501 INSERT INTO policy.login (login) VALUES ('x')
# another role
15 42501 SET ROLE THE_ENGINE
15 42501 SET ROLE THE_OWNER
15 42501 SET ROLE ANOTHER
15 42501 SET LOCAL ROLE THE_ENGINE
15 42501 SET SESSION AUTHORIZATION THE_ENGINE
15 42501 SET SESSION AUTHORIZATION ANOTHER
15 42501 SELECT set_config('role', 'THE_ENGINE', false)
15 42501 SELECT set_config('session_authorization', 'THE_OWNER', false)
15 42501 SET ROLE pg_read_all_data
15 42501 GRANT ME TO ANOTHER
15 42501 GRANT THE_ENGINE TO ME
15 42501 GRANT pg_read_all_data TO ME
15 42501 CREATE ROLE intruder LOGIN
15 42501 DROP ROLE ANOTHER
15 42501 ALTER ROLE ME SUPERUSER
15 42501 ALTER ROLE ME BYPASSRLS
15 42501 ALTER ROLE ME CREATEROLE
15 42501 ALTER ROLE ME VALID UNTIL 'infinity'
15 42501 ALTER ROLE ANOTHER PASSWORD 'x'
15 42501 ALTER ROLE ANOTHER SET work_mem = '1MB'
15 0A000 ALTER ROLE ME RENAME TO intruder
15 42501 ALTER DATABASE THE_DATABASE SET work_mem = '1MB'
15 42501 ALTER DATABASE THE_DATABASE OWNER TO ME
15 42501 ALTER DEFAULT PRIVILEGES FOR ROLE THE_OWNER GRANT SELECT ON TABLES TO ME
15 42501 REASSIGN OWNED BY ANOTHER TO ME
16 42501 SET ROLE pg_create_subscription
17 42501 SET ROLE pg_maintain
18 42501 SET ROLE pg_signal_autovacuum_worker
# settings that decide, tell or write
15 42501 SET session_replication_role = replica
15 42501 SET log_min_error_statement = error
15 42501 SET log_min_messages = error
15 42501 SET log_statement = 'all'
15 42501 SET log_min_duration_statement = 0
15 42501 SET log_error_verbosity = verbose
15 42501 SET log_executor_stats = on
15 42501 SET track_activities = off
15 42501 SET track_functions = 'all'
15 42501 SET allow_system_table_mods = on
15 42501 SET zero_damaged_pages = on
15 42501 SET session_preload_libraries = 'x'
15 42501 SET dynamic_library_path = '/tmp'
15 42501 SET commit_delay = 10
15 42501 SET temp_file_limit = -1
15 42501 ALTER SYSTEM SET log_statement = 'all'
15 42501 SELECT current_setting('data_directory')
15 42501 SELECT pg_reload_conf()
17 42501 SET event_triggers = off
# code
15 42501 DO $$ BEGIN NULL; END $$
15 42501 DO LANGUAGE sql 'SELECT 1'
15 42501 CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'
15 42501 CREATE FUNCTION pg_temp.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'
15 42501 CREATE FUNCTION register.f() RETURNS integer LANGUAGE internal AS 'int4in'
15 42501 CREATE FUNCTION policy.f() RETURNS integer LANGUAGE c AS '/tmp/x', 'f'
15 42501 CREATE PROCEDURE public.f() LANGUAGE sql AS 'SELECT 1'
15 42501 CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)
15 42501 CREATE AGGREGATE public.a(bigint) (SFUNC = int8larger, STYPE = bigint)
15 42501 CREATE CAST (text AS bigint) WITH INOUT
15 42501 CREATE EXTENSION pg_trgm
15 42501 CREATE LANGUAGE odd HANDLER plpgsql_call_handler
15 42501 LOAD 'auto_explain'
15 58P01 LOAD '$libdir/plugins/auto_explain'
15 42501 ALTER FUNCTION policy.enter(text) LEAKPROOF
15 42501 ALTER FUNCTION textlike(text, text) LEAKPROOF
15 42883 SELECT dblink('host=localhost', 'SELECT 1')
15 42501 SELECT query_to_xml('SELECT 1', true, true, '')
15 42501 SELECT query_to_xmlschema('SELECT 1', true, true, '')
15 42501 SELECT table_to_xml('register.subject', true, true, '')
15 42501 SELECT schema_to_xml('register', true, true, '')
15 42501 SELECT database_to_xml(true, true, '')
15 42501 SELECT cursor_to_xml('x', 1, true, true, '')
15 42501 SELECT ts_stat('SELECT ''a''::tsvector')
15 42501 SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery')
# objects of one's own
15 42501 CREATE TEMPORARY TABLE t (a integer)
15 42501 SELECT 1 AS a INTO TEMPORARY t
15 42501 CREATE TABLE public.t (a integer)
15 42501 CREATE TABLE register.t (a integer)
15 42501 CREATE TABLE register.t () INHERITS (register.subject)
15 42501 CREATE TEMPORARY VIEW v AS SELECT 1
15 42501 CREATE VIEW public.v AS SELECT 1
15 42501 CREATE MATERIALIZED VIEW public.v AS SELECT 1
15 42501 CREATE SCHEMA hideout
15 42501 CREATE SEQUENCE public.s
15 42501 CREATE TYPE public.mood AS ENUM ('good')
15 42501 CREATE DATABASE hideout
15 42501 CREATE TABLESPACE hideout LOCATION '/tmp'
15 42501 CREATE PUBLICATION p
15 42501 CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION policy.immutable()
15 42501 CREATE FOREIGN DATA WRAPPER w
15 42501 SELECT lo_creat(1)
15 42501 SELECT lo_create(1)
15 42501 SELECT lo_from_bytea(0, 'x')
15 42501 SELECT lo_import('/etc/passwd')
15 42501 SELECT lo_export(1, '/tmp/x')
15 42501 SELECT lo_get(1)
15 42501 SELECT loread(1, 1)
15 42501 SELECT * FROM pg_largeobject
15 42501 SELECT * FROM pg_largeobject_metadata
# the tables
15 42501 ALTER TABLE register.subject DISABLE ROW LEVEL SECURITY
15 42501 ALTER TABLE register.subject NO FORCE ROW LEVEL SECURITY
15 42501 ALTER TABLE register.subject OWNER TO ME
15 42501 ALTER TABLE register.subject ADD x integer
15 42501 ALTER TABLE register.subject DISABLE TRIGGER ALL
15 42501 CREATE POLICY p ON register.subject USING (true)
15 42501 DROP POLICY "engine select" ON register.subject
15 42501 CREATE TRIGGER t BEFORE INSERT ON register.subject FOR EACH ROW EXECUTE FUNCTION policy.immutable()
15 42501 CREATE RULE r AS ON INSERT TO register.subject DO INSTEAD NOTHING
15 42501 CREATE INDEX ON register.subject (id)
15 42501 CREATE STATISTICS register.s ON side, kind FROM register.subject
15 42501 COMMENT ON TABLE register.subject IS 'x'
15 42501 TRUNCATE register.subject
15 42501 DROP TABLE register.subject
15 42501 BEGIN; LOCK TABLE register.subject IN ACCESS SHARE MODE
15 42501 REINDEX TABLE register.subject
15 42501 CLUSTER register.subject USING subject_pkey
15 42501 DELETE FROM register.subject
15 42501 DELETE FROM register.event
15 42501 UPDATE register.event SET actor = 'x'
15 42501 UPDATE register.subject SET bits1 = -1
15 42501 UPDATE register.subject SET id = id
15 42501 INSERT INTO register.subject (side, kind, bits1) VALUES ('sahkolaitos', 'person', -1)
15 42501 INSERT INTO register.event (id) VALUES (gen_random_uuid())
15 42501 SELECT currtid2('register.subject', '(0,1)'::tid)
18 42501 ALTER TABLE register.subject ADD copy text GENERATED ALWAYS AS (family_name) VIRTUAL
18 42501 UPDATE register.contact_point SET value = 'x' RETURNING old.bits1
# the machine
15 42501 SELECT pg_read_file('/etc/passwd')
15 42501 SELECT pg_read_binary_file('/etc/passwd')
15 42501 SELECT pg_ls_dir('.')
15 42501 SELECT pg_ls_logdir()
15 42501 SELECT pg_ls_waldir()
15 42501 SELECT pg_stat_file('PG_VERSION')
15 42501 SELECT pg_current_logfile()
15 42501 COPY (SELECT 1) TO PROGRAM 'id'
15 42501 COPY (SELECT 1) TO '/tmp/x'
15 42501 COPY register.subject (id) FROM '/etc/passwd'
15 42501 SELECT * FROM pg_hba_file_rules
15 42501 SELECT * FROM pg_file_settings
15 42501 SELECT * FROM pg_config
15 42501 SELECT * FROM pg_authid
15 42501 SELECT * FROM pg_shadow
15 42501 SELECT * FROM pg_user_mapping
15 42501 SELECT * FROM pg_subscription
15 42501 SELECT pg_switch_wal()
15 42501 SELECT pg_create_restore_point('x')
15 42501 SELECT pg_rotate_logfile()
15 42501 SELECT pg_promote()
15 42501 SELECT pg_replication_origin_create('x')
15 42501 SELECT pg_create_logical_replication_slot('x', 'pgoutput')
15 42501 SELECT pg_create_physical_replication_slot('x')
15 42501 SELECT pg_logical_slot_peek_changes('x', NULL, NULL)
15 42501 SELECT pg_logical_emit_message(true, 'a', 'b')
15 42501 CHECKPOINT
# locks and signals
15 42501 SELECT pg_advisory_lock(1)
15 42501 SELECT pg_advisory_xact_lock(policy_lock) FROM (VALUES (7018236547011)) v(policy_lock)
15 42501 SELECT pg_try_advisory_lock_shared(1)
15 42501 SELECT pg_advisory_unlock_all()
15 42501 SELECT pg_notify('a', 'b')
15 42501 SELECT pg_export_snapshot()
"""


def denied(version: int) -> list[Attempt]:
    """What a server of a version must refuse."""
    lines = [line.split(" ", 2) for line in DENIED.splitlines() if line and not line.startswith("#")]
    attempts = [Attempt(int(since), state, sql) for since, state, sql in lines]
    return [attempt for attempt in attempts if attempt.since <= version // 10000]


CATALOGUE = """
SELECT * FROM pg_class
SELECT * FROM pg_attribute
SELECT * FROM pg_attrdef
SELECT * FROM pg_proc
SELECT * FROM pg_constraint
SELECT pg_get_constraintdef(oid) FROM pg_constraint
SELECT pg_get_indexdef(indexrelid) FROM pg_index
SELECT pg_get_triggerdef(oid) FROM pg_trigger
SELECT pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v'
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
SELECT * FROM pg_description
SELECT * FROM pg_shdescription
SELECT * FROM pg_roles
SELECT * FROM pg_database
SELECT * FROM pg_settings
SELECT * FROM pg_default_acl
SELECT * FROM pg_tables
SELECT * FROM pg_indexes
SELECT * FROM pg_extension
SELECT * FROM pg_replication_slots
SELECT * FROM information_schema.columns
SELECT * FROM information_schema.column_privileges
SELECT * FROM information_schema.routines
SELECT * FROM information_schema.triggers
SELECT * FROM information_schema.check_constraints
SELECT * FROM information_schema.sequences
"""
"""What everybody may read of the catalogue; it speaks of nobody."""

HARMLESS = """
COPY_OUT register.subject (id, side, given_names, family_name)
COPY_OUT register.contact_point (value)
COPY_OUT register.address (street, city)
COPY_OUT register.national_identifier (ciphertext, blind_index)
COPY_OUT (SELECT value FROM register.contact_point)
COPY_OUT (SELECT * FROM register.subject)
SELECT id, given_names, family_name FROM register.subject
SELECT id, family_name FROM ONLY register.subject
SELECT family_name FROM register.subject TABLESAMPLE system (100)
SELECT family_name FROM register.subject FOR UPDATE
SELECT family_name FROM register.subject FOR KEY SHARE SKIP LOCKED
SELECT string_agg(family_name, ',') FROM register.subject
SELECT min(family_name), max(family_name) FROM register.subject
SELECT DISTINCT family_name FROM register.subject
SELECT family_name FROM register.subject ORDER BY family_name DESC LIMIT 1
SELECT family_name, row_number() OVER (ORDER BY family_name) FROM register.subject
SELECT a.family_name, b.family_name FROM register.subject a, register.subject b
SELECT s.id, c.value FROM register.subject s LEFT JOIN register.contact_point c ON c.subject_id = s.id
SELECT value FROM register.contact_point
SELECT value, as_given, category FROM register.contact_point WHERE category = 'phone'
SELECT street, postcode, city FROM register.address
SELECT ciphertext, blind_index FROM register.national_identifier
SELECT number FROM register.agreement
SELECT number, amount_cents FROM register.receivable
SELECT gsrn FROM register.metering_point
SELECT proof FROM register.consent
SELECT form FROM register.housing_form
WITH RECURSIVE r AS (SELECT family_name FROM register.subject UNION SELECT family_name FROM r) SELECT * FROM r
WITH t AS MATERIALIZED (SELECT family_name FROM register.subject) SELECT * FROM t
SELECT family_name FROM register.subject UNION ALL SELECT value FROM register.contact_point
SELECT (SELECT string_agg(value, ',') FROM register.contact_point c WHERE c.subject_id = s.id) FROM register.subject s
SELECT 1 / (length(family_name) - length(family_name)) FROM register.subject
SELECT family_name::bigint FROM register.subject
SELECT value::xml FROM register.contact_point
SELECT id FROM register.subject WHERE family_name::bigint = 1
SELECT id FROM register.contact_point WHERE (value || 'x')::bigint > 0
SELECT id FROM register.address WHERE 1 / (CASE WHEN street LIKE 'Katu%' THEN 0 ELSE 1 END) = 1
SELECT pg_input_is_valid(family_name, 'bigint') FROM register.subject
SELECT row_security_active('register.subject')
SELECT xmlparse(DOCUMENT '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')
SELECT * FROM pg_toast.pg_toast_2619
SELECT * FROM register.subject_pkey
UPDATE register.contact_point SET valid_until = now()
UPDATE register.contact_point SET as_given = 'x' RETURNING value
UPDATE register.subject SET family_name = family_name RETURNING family_name
UPDATE register.address SET street = 'x' RETURNING id, street
UPDATE register.agreement SET number = 'x' RETURNING number
UPDATE register.ban SET superseded_at = now() RETURNING id
DELETE FROM register.contact_point RETURNING value
DELETE FROM register.address RETURNING street
DELETE FROM register.receivable RETURNING number
MERGE INTO register.contact_point c USING (VALUES (1)) v(x) ON true WHEN MATCHED THEN UPDATE SET as_given = 'x'
MERGE INTO register.subject s USING (VALUES (1)) v(x) ON true WHEN MATCHED THEN UPDATE SET language = 'sv'
MERGE INTO register.contact_point c USING (VALUES (1)) v(x) ON true WHEN MATCHED THEN UPDATE SET as_given = 'x' RETURNING c.value
UPDATE register.contact_point SET as_given = 'x' RETURNING old.value, old.as_given, new.value
DELETE FROM register.address RETURNING old.street, old.bits1
EXPLAIN SELECT family_name FROM register.subject
EXPLAIN (ANALYZE, VERBOSE) SELECT value FROM register.contact_point
EXPLAIN (GENERIC_PLAN) SELECT value FROM register.contact_point WHERE value = $1
PREPARE p AS SELECT family_name FROM register.subject
DECLARE c SCROLL CURSOR FOR SELECT family_name FROM register.subject
SET row_security = off
SET search_path = public, pg_temp
SET client_min_messages = debug5
SET debug_print_plan = on
SET plpgsql.extra_errors = 'all'
SET log_parameter_max_length_on_error = -1
SET transform_null_equals = on
GRANT SELECT (id) ON register.subject TO PUBLIC
REVOKE ALL ON register.subject FROM ME
RESET ROLE
RESET SESSION AUTHORIZATION
SET ROLE NONE
DISCARD PLANS
"""
"""What may be answered or refused, by what a login reads; of hidden people it tells nothing either way."""


def harmless() -> list[str]:
    """Statements that must tell nothing of anybody hidden."""
    return HARMLESS.split("\n")[1:-1]


def catalogue() -> list[str]:
    """Statements that must tell nothing of anybody at all."""
    return CATALOGUE.split("\n")[1:-1]
