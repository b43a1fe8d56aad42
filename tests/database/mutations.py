"""What somebody with too many rights may do to a governed database, one change at a time, with its inverse.

`listed` has at least one for every kind of thing that `policy verify` compares; `drawn` takes them
by seed from whatever the live catalogue holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from seloste.project.database import Cluster


@dataclass(frozen=True)
class Mutation:
    """One change: what makes it, what undoes it, and the kind and object that must be named."""

    do: str
    undo: str
    found: str
    alone: bool = False


class Catalogue:
    """The live catalogue, as the administrator sees it before anything is changed."""

    def __init__(self, admin: psycopg.Connection, cluster: Cluster) -> None:
        self.admin = admin
        self.database = cluster.database
        self.version = admin.info.server_version
        self.logins = [name for (name,) in admin.execute("SELECT login FROM policy.login ORDER BY 1")]

    def rows(self, query: str, *arguments: object) -> list[tuple]:
        """Every row, in an order that does not depend on the server."""
        return sorted(self.admin.execute(query, arguments or None).fetchall(), key=str)

    def one(self, query: str, *arguments: object) -> object:
        """The only value."""
        ((value,),) = self.rows(query, *arguments)
        return value

    def role(self, name: str) -> str:
        """A role's name, quoted."""
        return f'"{self.database}.{name}"'

    def bare(self, name: str) -> str:
        """A role's name, as it is."""
        return f"{self.database}.{name}"

    def function(self, name: str) -> str:
        """The statement that makes a function as it is now."""
        return self.one("SELECT pg_get_functiondef(%s::regprocedure)", name)

    def policy(self, table: str, name: str) -> str:
        """The statement that makes a policy as it is now."""
        command, permissive, roles, using, check = self.rows(
            """SELECT CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' ELSE 'DELETE' END,
               polpermissive, (SELECT string_agg(r::regrole::text, ', ') FROM unnest(polroles) r),
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
               FROM pg_policy WHERE polrelid = %s::regclass AND polname = %s""",
            table, name,
        )[0]  # fmt: skip
        made = f'CREATE POLICY "{name}" ON {table} AS {"PERMISSIVE" if permissive else "RESTRICTIVE"} FOR {command} TO {roles}'
        return made + (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")

    def updated(
        self, table: str, where: str, column: str, value: str, found: str, *, alone: bool = False
    ) -> Mutation:
        """A change in one of the policy's own tables."""
        was = self.one(f"SELECT {column}::text FROM policy.{table} WHERE {where}")
        literal = "NULL" if was is None else "'" + was.replace("'", "''") + "'"
        change = f"UPDATE policy.{table} SET {column} = {{}} WHERE {where}"
        return Mutation(change.replace("{}", value, 1), change.replace("{}", literal, 1), found, alone)


def _granted(what: str, on: str, to: str, found: str) -> Mutation:
    return Mutation(f"GRANT {what} ON {on} TO {to}", f"REVOKE {what} ON {on} FROM {to}", found)


def _revoked(what: str, on: str, of: str, found: str) -> Mutation:
    return Mutation(f"REVOKE {what} ON {on} FROM {of}", f"GRANT {what} ON {on} TO {of}", found)


def _made(what: str, name: str, rest: str, found: str) -> Mutation:
    return Mutation(f"CREATE {what} {name} {rest}", f"DROP {what} {name}", found)


def listed(it: Catalogue) -> Iterator[Mutation]:
    """At least one mutation of every kind."""
    yield from _grants(it)
    yield from _roles(it)
    yield from _tables(it)
    yield from _policies_and_triggers(it)
    yield from _functions(it)
    yield from _foreign_and_other(it)
    yield from _contents(it)


def _grants(it: Catalogue) -> Iterator[Mutation]:
    service, books = it.role("service@sahkolaitos"), it.role("bookkeeping@sahkolaitos")
    subject, point = "register.subject", "register.contact_point"
    yield _granted("SELECT (value)", point, books, f"column {point}.value")
    yield _granted("SELECT (value)", "register.business_id", "PUBLIC", "column register.business_id.value")
    yield _granted("UPDATE (family_name)", subject, service, f"column {subject}.family_name")
    yield _granted("SELECT (bits1)", subject, service, f"column {subject}.bits1")
    yield _granted("REFERENCES (id)", subject, "PUBLIC", f"column {subject}.id")
    yield _revoked("SELECT (side)", subject, service, f"column {subject}.side")
    yield _granted("SELECT (stavalues1)", "pg_statistic", "PUBLIC", "column pg_statistic.stavalues1")
    yield _granted("SELECT", "register.ban", "PUBLIC", "relation register.ban")
    yield _granted("TRUNCATE", "register.event", it.role("housekeeping"), "relation register.event")
    yield _granted("SELECT", "policy.mask", service, "relation policy.mask")
    yield _granted("SELECT", "policy.progress", it.role("lookups"), "relation policy.progress")
    yield _granted("SELECT", "pg_stat_activity", service, "relation pg_stat_activity")
    yield _granted("SELECT", "pg_stats", "PUBLIC", "relation pg_stats")
    yield _granted("SELECT", "pg_authid", it.role("owner"), "relation pg_authid")
    yield Mutation(
        f"GRANT SELECT (form) ON register.housing_form TO {service} WITH GRANT OPTION",
        f"REVOKE GRANT OPTION FOR SELECT (form) ON register.housing_form FROM {service}",
        "column register.housing_form.form",
    )
    if it.version >= 170000:
        yield _granted("MAINTAIN", "register.training", service, "relation register.training")
    yield _granted("USAGE", "SEQUENCE register.subject_id_seq", service, "relation register.subject_id_seq")
    yield _granted("SELECT", "SEQUENCE register.address_id_seq", "PUBLIC", "relation register.address_id_seq")
    decide = "policy.decide(bigint[],timestamp with time zone,timestamp with time zone)"
    yield _granted("EXECUTE", f"FUNCTION {decide}", service, f"function {decide}")
    yield _granted(
        "EXECUTE", "FUNCTION policy.reason(text,bigint)", "PUBLIC", "function policy.reason(text,bigint)"
    )
    yield _revoked("EXECUTE", "FUNCTION policy.enter(text)", service, "function policy.enter(text)")
    yield _granted("EXECUTE", "FUNCTION pg_notify(text,text)", "PUBLIC", "function pg_notify(text,text)")
    yield _granted("EXECUTE", "FUNCTION lo_export(oid,text)", service, "function lo_export(oid,text)")
    yield _granted("EXECUTE", "FUNCTION pg_read_file(text)", "PUBLIC", "function pg_read_file(text)")
    yield _granted("CREATE", "SCHEMA register", service, "schema register")
    yield _granted("USAGE", "SCHEMA policy", "PUBLIC", "schema policy")
    yield _granted("CREATE", "SCHEMA public", "PUBLIC", "schema public")
    yield _granted("USAGE", "SCHEMA extensions", service, "schema extensions")
    yield _granted("CREATE", "SCHEMA pg_catalog", it.role("owner"), "schema pg_catalog")
    yield _granted("TEMPORARY", f'DATABASE "{it.database}"', "PUBLIC", "database database")
    yield _granted("CONNECT", f'DATABASE "{it.database}"', it.role("engine"), "database database")
    yield _revoked("CONNECT", f'DATABASE "{it.database}"', service, "database database")
    yield _granted("USAGE", "LANGUAGE plpgsql", "PUBLIC", "language plpgsql")
    yield _granted("USAGE", "LANGUAGE sql", service, "language sql")
    for role, where, what, to, found in (
        ("owner", "", "SELECT ON TABLES", service, "- r"),
        ("owner", "IN SCHEMA register", "SELECT ON TABLES", "PUBLIC", "register r"),
        ("engine", "", "EXECUTE ON FUNCTIONS", service, "- f"),
        ("service@sahkolaitos", "", "USAGE ON SEQUENCES", "PUBLIC", "- S"),
    ):
        change = f"ALTER DEFAULT PRIVILEGES FOR ROLE {it.role(role)} {where}"
        yield Mutation(
            f"{change} GRANT {what} TO {to}", f"{change} REVOKE {what} FROM {to}",
            f"default privileges {it.role(role)} {found}",
        )  # fmt: skip


def _roles(it: Catalogue) -> Iterator[Mutation]:
    service, owner, engine = it.role("service@sahkolaitos"), it.role("owner"), it.role("engine")
    for granted, to in (
        ("pg_read_all_data", service),
        ("pg_monitor", it.role("lookups")),
        (engine, service),
        (owner, service),
    ):
        yield Mutation(
            f"GRANT {granted} TO {to}", f"REVOKE {granted} FROM {to}", f"membership {granted} to {to}"
        )
    yield Mutation(
        f"GRANT {engine} TO {owner} WITH ADMIN OPTION", f"REVOKE ADMIN OPTION FOR {engine} FROM {owner}",
        f"membership {engine} to {owner}",
    )  # fmt: skip
    logins = iter(it.logins)
    for attribute, inverse in (
        ("SUPERUSER", "NOSUPERUSER"), ("BYPASSRLS", "NOBYPASSRLS"), ("CREATEROLE", "NOCREATEROLE"),
        ("CREATEDB", "NOCREATEDB"), ("REPLICATION", "NOREPLICATION"), ("INHERIT", "NOINHERIT"),
        ("CONNECTION LIMIT 1", "CONNECTION LIMIT -1"), ("VALID UNTIL '2030-01-01'", "VALID UNTIL 'infinity'"), ("NOLOGIN", "LOGIN"),
    ):  # fmt: skip
        name = next(logins)
        yield Mutation(
            f"ALTER ROLE {it.role(name)} {attribute}",
            f"ALTER ROLE {it.role(name)} {inverse}",
            f"role {it.bare(name)}",
        )
    yield Mutation(f"ALTER ROLE {engine} LOGIN", f"ALTER ROLE {engine} NOLOGIN", f"role {it.bare('engine')}")
    for password in ("'another'", "NULL"):
        name = next(logins)
        verifier = it.one("SELECT rolpassword FROM pg_authid WHERE rolname = %s", it.bare(name))
        change = f"ALTER ROLE {it.role(name)} PASSWORD"
        yield Mutation(f"{change} {password}", f"{change} '{verifier}'", f"role {it.bare(name)}")
    yield _made("ROLE", it.role("intruder"), "LOGIN", f"role {it.bare('intruder')}")
    yield _made("ROLE", f'"{it.database}-outsider"', "BYPASSRLS", f"powerful role {it.database}-outsider")
    setting, where = "SET work_mem = '1GB'", f'IN DATABASE "{it.database}"'
    for role, within, scope in (
        (service, "", "every database"),
        (it.role("housekeeping"), where, "this database"),
    ):
        yield Mutation(
            f"ALTER ROLE {role} {within} {setting}",
            f"ALTER ROLE {role} {within} RESET work_mem",
            f"setting {scope} {role} work_mem",
        )
    yield Mutation(
        f"ALTER ROLE {service} SET row_security = off", f"ALTER ROLE {service} RESET row_security",
        f"setting every database {service} row_security",
    )  # fmt: skip
    database = f'ALTER DATABASE "{it.database}"'
    for name, value, was in (
        ("log_statement", "'all'", "'none'"),
        ("log_min_messages", "'error'", "'fatal'"),
    ):
        yield Mutation(
            f"{database} SET {name} = {value}",
            f"{database} SET {name} = {was}",
            f"setting this database everybody {name}",
        )
    yield Mutation(
        f"{database} RESET log_min_error_statement", f"{database} SET log_min_error_statement = 'panic'",
        "setting this database everybody log_min_error_statement",
    )  # fmt: skip
    yield Mutation(
        f"{database} SET session_replication_role = 'replica'", f"{database} RESET session_replication_role",
        "setting this database everybody session_replication_role",
    )  # fmt: skip
    yield Mutation(f"{database} CONNECTION LIMIT 7", f"{database} CONNECTION LIMIT -1", "database database")
    yield _granted("SET", "PARAMETER session_replication_role", service, "parameter session_replication_role")
    yield _granted("ALTER SYSTEM", "PARAMETER log_statement", "PUBLIC", "parameter log_statement")


def _tables(it: Catalogue) -> Iterator[Mutation]:
    owner, engine, service = it.role("owner"), it.role("engine"), it.role("service@sahkolaitos")
    for what, is_owned, found in (
        ("TABLE register.objection", owner, "relation register.objection"), ("TABLE policy.notice", engine, "relation policy.notice"),
        ("FUNCTION policy.enter(text)", engine, "function policy.enter(text)"), ("SCHEMA register", owner, "schema register"),
        ("SCHEMA policy", engine, "schema policy"), (f'DATABASE "{it.database}"', owner, "database database"),
    ):  # fmt: skip
        yield Mutation(f"ALTER {what} OWNER TO CURRENT_USER", f"ALTER {what} OWNER TO {is_owned}", found)
    for table, off, on in (
        ("register.subject", "DISABLE", "ENABLE"), ("register.staff", "DISABLE", "ENABLE"), ("register.consent", "NO FORCE", "FORCE"),
    ):  # fmt: skip
        change = "ALTER TABLE {} {} ROW LEVEL SECURITY"
        yield Mutation(change.format(table, off), change.format(table, on), f"relation {table}")
    yield Mutation(
        f"CREATE TABLE register.unclaimed (secret text); GRANT SELECT ON register.unclaimed TO {service}",
        "DROP TABLE register.unclaimed", "relation register.unclaimed",
    )  # fmt: skip
    yield Mutation(
        "CREATE TABLE register.parted (id bigint) PARTITION BY LIST (id)",
        "DROP TABLE register.parted",
        "relation register.parted",
    )
    yield Mutation(
        f"CREATE TABLE public.copied AS SELECT * FROM register.subject; GRANT SELECT ON public.copied TO {service}",
        "DROP TABLE public.copied", "relation copied",
    )  # fmt: skip
    yield Mutation(
        f"CREATE VIEW register.leak AS SELECT * FROM register.representation; GRANT SELECT ON register.leak TO {service}",
        "DROP VIEW register.leak", "relation register.leak",
    )  # fmt: skip
    yield _made("VIEW", "public.leak", "AS SELECT value FROM register.business_id", "relation leak")
    yield _made("MATERIALIZED VIEW", "policy.leak", "AS SELECT * FROM policy.key", "relation policy.leak")
    yield _made("TABLE", "register.child", "() INHERITS (register.restriction)", "inheritance register.child")
    yield Mutation(
        "CREATE TABLE public.parent (street text NOT NULL); ALTER TABLE register.address INHERIT public.parent",
        "ALTER TABLE register.address NO INHERIT public.parent; DROP TABLE public.parent", "inheritance register.address",
    )  # fmt: skip
    change = "ALTER TABLE register.subject ALTER"
    yield Mutation(
        f"{change} family_name SET STATISTICS 100",
        f"{change} family_name SET STATISTICS 0",
        "statistics register.subject.family_name",
    )
    yield Mutation(
        f"{change} bits2 SET DEFAULT -1",
        f"{change} bits2 SET DEFAULT 0",
        "answer column register.subject.bits2",
    )
    yield Mutation(
        f"{change} closed DROP NOT NULL",
        f"{change} closed SET NOT NULL",
        "answer column register.subject.closed",
    )
    for name, on in (
        ("only_one", "register.subject (id) WHERE family_name = 'x'"),
        ("told", "register.contact_point (md5(value))"),
    ):
        yield Mutation(
            f"CREATE INDEX {name} ON {on}", f"DROP INDEX register.{name}", f"index register.{name}"
        )
    for name, definition in it.rows(
        "SELECT c.oid::regclass::text, pg_get_indexdef(c.oid) FROM pg_class c WHERE c.relname ~ '^policy_' AND c.relkind = 'i'"
    )[:2]:
        yield Mutation(f"DROP INDEX {name}", definition, f"index {name}")


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
        made = named if "." in named else f"{schema}.{named}"
        yield _made(
            "FUNCTION",
            made,
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
    yield _made("PROCEDURE", "public.carry_out()", "LANGUAGE sql AS 'SELECT 1'", "function carry_out()")
    yield _made(
        "AGGREGATE", "public.most(bigint)", "(SFUNC = int8larger, STYPE = bigint)", "function most(bigint)"
    )


def _foreign_and_other(it: Catalogue) -> Iterator[Mutation]:
    service = it.role("service@sahkolaitos")
    yield _made("FOREIGN DATA WRAPPER", "elsewhere", "", "foreign data wrapper elsewhere")
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
    yield _made("PUBLICATION", "everything", "FOR ALL TABLES", "publication everything")
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
    yield _made("EXTENSION", extension[0][0], "", f"extension {extension[0][0]}")
    yield _made("SCHEMA", "hideout", "", "schema hideout")
    yield _made("DOMAIN", "register.word", "AS text", "type register.word")
    yield _made("TYPE", "public.mood", "AS ENUM ('good')", "type mood")
    yield _made(
        "STATISTICS", "register.told_too", "ON side, kind FROM register.subject", "statistics object told_too"
    )
    yield _made("CAST", "(bigint AS uuid)", "WITH INOUT", "cast bigint to uuid")
    yield Mutation(
        "CREATE OPERATOR public.### (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = pg_catalog.int8eq)",
        "DROP OPERATOR public.### (bigint, bigint)", "operator ###(bigint,bigint)",
    )  # fmt: skip
    yield Mutation(
        "CREATE OPERATOR CLASS public.odd FOR TYPE bigint USING hash AS FUNCTION 1 pg_catalog.hashint8(bigint)",
        "DROP OPERATOR FAMILY public.odd USING hash", "operator class public.odd 405",
    )  # fmt: skip
    yield _made("LANGUAGE", "likesql", "HANDLER plpgsql_call_handler", "language likesql")
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
    without = "(body::jsonb #- '{purposes,website}')::text"
    yield it.updated("notice", "replaced_at IS NULL", "body", without, "notice in force", alone=True)
