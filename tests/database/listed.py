"""A mutation of every kind that `policy verify` compares: policies, functions, what is foreign, what decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from database.mutations import Mutation, granted, grants, made, roles, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database.mutations import Catalogue


def listed(it: Catalogue) -> Iterator[Mutation]:
    """At least one mutation of every kind."""
    yield from grants(it)
    yield from roles(it)
    yield from tables(it)
    yield from _policies_and_triggers(it)
    yield from _functions(it)
    yield from _structure(it)
    yield from _foreign_and_other(it)
    yield from _contents(it)


def _policies_and_triggers(it: Catalogue) -> Iterator[Mutation]:
    service = "service@sahkolaitos"
    tables = (
        "register.subject",
        "register.address",
        "register.contact_point",
        "register.agreement",
        "register.turvakielto",
    )
    named = dict.fromkeys(tables, f"{service} select")
    text, dropped, others, restrictive, renamed = named.items()
    was = it.one(
        "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = %s::regclass AND polname = %s",
        *text,
    )
    change = f'ALTER POLICY "{text[1]}" ON {text[0]} USING'
    yield Mutation(f"{change} (true)", f"{change} ({was})", f"policy {text[0]}: {text[1]}")
    drop = 'DROP POLICY "{1}" ON {0}'
    yield Mutation(drop.format(*dropped), it.policy(*dropped), f"policy {dropped[0]}: {dropped[1]}")
    change = f'ALTER POLICY "{others[1]}" ON {others[0]} TO'
    yield Mutation(f"{change} PUBLIC", f"{change} {it.role(service)}", f"policy {others[0]}: {others[1]}")
    as_made = it.policy(*restrictive)
    yield Mutation(
        f"{drop.format(*restrictive)}; {as_made.replace('AS PERMISSIVE', 'AS RESTRICTIVE')}",
        f"{drop.format(*restrictive)}; {as_made}", f"policy {restrictive[0]}: {restrictive[1]}",
    )  # fmt: skip
    change = 'ALTER POLICY "{}" ON ' + renamed[0] + ' RENAME TO "{}"'
    yield Mutation(
        change.format(renamed[1], "x"), change.format("x", renamed[1]), f"policy {renamed[0]}: {renamed[1]}"
    )
    yield Mutation(
        f"CREATE POLICY intruder ON register.receivable TO {it.role(service)} USING (true)",
        "DROP POLICY intruder ON register.receivable", "policy register.receivable: intruder",
    )  # fmt: skip
    change = 'ALTER POLICY "engine select" ON register.erasure TO'
    yield Mutation(
        f"{change} {it.role('engine')}, {it.role(service)}",
        f"{change} {it.role('engine')}",
        "policy register.erasure: engine select",
    )

    found = "trigger register.{}: {}"
    always = "ALTER TABLE register.{0} ENABLE ALWAYS TRIGGER {1}"
    for table, trigger, how in (
        ("ban", "policy_insert", "DISABLE"), ("objection", "policy_delete", "ENABLE REPLICA"), ("consent", "policy_answer", "ENABLE"),
    ):  # fmt: skip
        yield Mutation(
            f"ALTER TABLE register.{table} {how} TRIGGER {trigger}",
            always.format(table, trigger),
            found.format(table, trigger),
        )
    definition = it.one(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'register.erasure'::regclass AND tgname = 'policy_insert'"
    )
    yield Mutation(
        "DROP TRIGGER policy_insert ON register.erasure", f"{definition}; {always.format('erasure', 'policy_insert')}",
        found.format("erasure", "policy_insert"),
    )  # fmt: skip
    yield Mutation(
        "CREATE TRIGGER spy AFTER UPDATE ON register.subject FOR EACH ROW EXECUTE FUNCTION policy.immutable()",
        "DROP TRIGGER spy ON register.subject", found.format("subject", "spy"),
    )  # fmt: skip
    key = it.one(
        "SELECT min(tgname) FROM pg_trigger WHERE tgrelid = 'register.address'::regclass AND tgisinternal"
    )
    change = f'ALTER TABLE register.address {{}} TRIGGER "{key}"'
    yield Mutation(
        change.format("DISABLE"),
        change.format("ENABLE"),
        f"disabled constraint trigger register.address: {key}",
    )
    yield Mutation(
        "CREATE RULE forget AS ON INSERT TO register.restriction DO INSTEAD NOTHING",
        "DROP RULE forget ON register.restriction", "rule register.restriction: forget",
    )  # fmt: skip
    yield Mutation(
        "CREATE RULE copy AS ON UPDATE TO policy.key DO ALSO NOTIFY x",
        "DROP RULE copy ON policy.key",
        "rule policy.key: copy",
    )


def _structure(it: Catalogue) -> Iterator[Mutation]:
    """What the migrations say of the register's own tables, and databases beside the register's."""
    for table, name in (
        ("register.contact_point", "contact_point_value"),
        ("register.business_id", "business_id_same_side"),
        ("register.business_id", "business_id_found"),
    ):
        kept = it.one(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s",
            table,
            name,
        )
        change = f"ALTER TABLE {table}"
        yield Mutation(
            f"{change} DROP CONSTRAINT {name}",
            f"{change} ADD CONSTRAINT {name} {kept}",
            f"constraint {table}: {name}",
        )
    yield Mutation(
        "ALTER TABLE register.ban ADD CONSTRAINT none CHECK (false) NOT VALID",
        "ALTER TABLE register.ban DROP CONSTRAINT none",
        "constraint register.ban: none",
    )
    for table, column, change, undo in (
        ("register.subject", "kind", "DROP NOT NULL", "SET NOT NULL"),
        ("register.subject", "language", "SET DEFAULT 'sv'", "SET DEFAULT 'fi'"),
        ("register.consent", "recorded_at", "DROP DEFAULT", "SET DEFAULT statement_timestamp()"),
        ("register.staff", "name", "TYPE varchar(200)", "TYPE text"),
    ):
        yield Mutation(
            f"ALTER TABLE {table} ALTER {column} {change}",
            f"ALTER TABLE {table} ALTER {column} {undo}",
            f"declared column {table}.{column}",
        )
    service = it.role("service@sahkolaitos")
    yield granted("CONNECT", "DATABASE postgres", service, f"other database postgres: {service}")


def _functions(it: Catalogue) -> Iterator[Mutation]:
    why = "policy.why(bigint,timestamp with time zone,timestamp with time zone)"
    for name, change in (
        (why, "RESET search_path"), ("policy.sees_subject(bigint)", "SECURITY INVOKER"), ("policy.sees(bigint,text,text)", "LEAKPROOF"),
        ("policy.reserve(text,integer)", "SET search_path = public"),
    ):  # fmt: skip
        yield Mutation(f"ALTER FUNCTION {name} {change}", it.function(name), f"function {name}")
    agreement = "policy.sees_agreement(bigint,text,text)"
    body = it.function(agreement)
    yield Mutation(body.replace("RETURN EXISTS", "RETURN true OR EXISTS"), body, f"function {agreement}")
    refresh = "policy.refresh(bigint[],bigint[])"
    body = it.function(refresh)
    yield Mutation(body.replace("'{}'::bigint[]", "'{1}'::bigint[]", 1), body, f"function {refresh}")
    for schema, named, definer in (
        ("policy", "policy.leak()", "SECURITY DEFINER"), ("register", "register.leak()", ""), ("extensions", "extensions.leak()", ""),
        ("public", "leak_out()", "SECURITY DEFINER"), ("pg_catalog", "leak_in()", ""),
    ):  # fmt: skip
        spelt = named if "." in named else f"{schema}.{named}"
        yield made(
            "FUNCTION",
            spelt,
            f"RETURNS bigint LANGUAGE sql {definer} AS 'SELECT 1::bigint'",
            f"function {named}",
        )
    for name, change, inverse in (
        ("textlike(text,text)", "LEAKPROOF", "NOT LEAKPROOF"), ("pg_ls_dir(text)", "SECURITY DEFINER", "SECURITY INVOKER"),
    ):  # fmt: skip
        yield Mutation(
            f"ALTER FUNCTION {name} {change}", f"ALTER FUNCTION {name} {inverse}", f"function {name}"
        )
    pi = "CREATE OR REPLACE FUNCTION pg_catalog.pi() RETURNS float8 LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS '{}'"
    yield Mutation(pi.format("drandom"), pi.format("dpi"), "function pi()")
    yield made("PROCEDURE", "public.carry_out()", "LANGUAGE sql AS 'SELECT 1'", "function carry_out()")
    yield made(
        "AGGREGATE", "public.most(bigint)", "(SFUNC = int8larger, STYPE = bigint)", "function most(bigint)"
    )


def _foreign_and_other(it: Catalogue) -> Iterator[Mutation]:
    service = it.role("service@sahkolaitos")
    yield made("FOREIGN DATA WRAPPER", "elsewhere", "", "foreign data wrapper elsewhere")
    wrapper = "CREATE FOREIGN DATA WRAPPER away; CREATE SERVER away FOREIGN DATA WRAPPER away"
    gone = "DROP FOREIGN DATA WRAPPER away CASCADE"
    yield Mutation(wrapper, gone, "foreign server away", alone=True)
    yield Mutation(
        f"{wrapper}; CREATE FOREIGN TABLE register.away (id bigint) SERVER away",
        gone,
        "relation register.away",
        alone=True,
    )
    yield Mutation(
        f"{wrapper}; CREATE USER MAPPING FOR {service} SERVER away", gone, "foreign server away", alone=True
    )
    yield made("PUBLICATION", "everything", "FOR ALL TABLES", "publication everything")
    yield Mutation(
        "CREATE PUBLICATION subjects FOR TABLE register.subject",
        "DROP PUBLICATION subjects",
        "published table register.subject",
    )
    yield Mutation(
        "CREATE SUBSCRIPTION inwards CONNECTION '' PUBLICATION x WITH (connect = false, slot_name = NONE)",
        "DROP SUBSCRIPTION inwards", "subscription inwards",
    )  # fmt: skip
    yield Mutation(
        "CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';"
        "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.watch()",
        "DROP EVENT TRIGGER watch; DROP FUNCTION public.watch()", "event trigger watch", alone=True,
    )  # fmt: skip
    extension = it.rows(
        "SELECT name FROM pg_available_extensions WHERE name IN ('pg_trgm', 'citext', 'hstore', 'pg_prewarm', 'amcheck')"
    )
    yield made("EXTENSION", extension[0][0], "", f"extension {extension[0][0]}")
    yield made("SCHEMA", "hideout", "", "schema hideout")
    yield made("DOMAIN", "register.word", "AS text", "type register.word")
    yield made("TYPE", "public.mood", "AS ENUM ('good')", "type mood")
    yield made(
        "STATISTICS", "register.told_too", "ON side, kind FROM register.subject", "statistics object told_too"
    )
    yield made("CAST", "(bigint AS uuid)", "WITH INOUT", "cast bigint to uuid")
    yield Mutation(
        "CREATE OPERATOR public.### (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = pg_catalog.int8eq)",
        "DROP OPERATOR public.### (bigint, bigint)", "operator ###(bigint,bigint)",
    )  # fmt: skip
    yield Mutation(
        "CREATE OPERATOR CLASS public.odd FOR TYPE bigint USING hash AS FUNCTION 1 pg_catalog.hashint8(bigint)",
        "DROP OPERATOR FAMILY public.odd USING hash", "operator class public.odd 405",
    )  # fmt: skip
    yield made("LANGUAGE", "likesql", "HANDLER plpgsql_call_handler", "language likesql")
    yield Mutation("SELECT lo_create(777777)", "SELECT lo_unlink(777777)", "large object 777777")


def _contents(it: Catalogue) -> Iterator[Mutation]:
    named = [name for (name,) in it.rows("SELECT name FROM policy.key WHERE state = 'in_force'")]
    for name, column, value in zip(
        named, ("role", "closes_at", "state", "bit1", "lapse"), ("'x'", "'2999-01-01Z'", "'retired'", "bit1 | 1024", "'open'"), strict=False
    ):  # fmt: skip
        yield it.updated(
            "key", f"name = '{name}' AND state IN ('in_force', 'retired')", column, value, f"key {name}"
        )
    for place, column, value in (
        ("address", "open1", "-1"),
        ("subject", "bit", "0"),
        ("contact_point[phone]", "category", "'email'"),
    ):
        yield it.updated("mask", f"place = '{place}' AND controller = ''", column, value, f"mask {place}/")
    yield Mutation(
        "INSERT INTO policy.mask (SELECT (jsonb_populate_record(m, '{\"place\": \"elsewhere\"}')).* FROM policy.mask m"
        " WHERE place = 'address' AND controller = '')",
        "DELETE FROM policy.mask WHERE place = 'elsewhere'", "mask elsewhere/",
    )  # fmt: skip
    for category, column, value in (
        ("phone", "bit", "0"),
        ("email", "retention", "'nothing'"),
        ("hetu", "number", "62"),
    ):
        yield it.updated("category", f"category = '{category}'", column, value, f"category {category}")
    yield Mutation(
        "INSERT INTO policy.category VALUES ('made_up', 60, 0, NULL)", "DELETE FROM policy.category WHERE category = 'made_up'",
        "category made_up",
    )  # fmt: skip
    for login, column, value in (
        ("billing@sahkolaitos", "session_minutes", "9999"), ("upkeep@sahkolaitos", "roles", "'{anybody}'"), ("service@sahkoverkko", "columns", "'{}'"),
    ):  # fmt: skip
        yield it.updated("login", f"login = '{login}'", column, value, f"login {login}")
    yield it.updated(
        "newcomer", "kind = 'person' AND side = 'sahkoverkko'", "bits1", "-1", "newcomer sahkoverkko/person"
    )
    yield it.updated("notice", "replaced_at IS NULL", "hash", "reverse(hash)", "notice in force", alone=True)
    for body in (
        "body::jsonb #- '{purposes,website}'",
        "jsonb_set(body::jsonb, '{purposes,service,session_minutes}', '600')",
    ):
        yield it.updated(
            "notice", "replaced_at IS NULL", "body", f"({body})::text", "notice in force", alone=True
        )
    yield Mutation(
        "ALTER TABLE policy.key RENAME TO lost",
        "ALTER TABLE policy.lost RENAME TO key",
        "notice in force",
        alone=True,
    )
