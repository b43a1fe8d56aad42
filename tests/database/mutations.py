"""What somebody with too many rights may do to a governed database, one change at a time, with its inverse.

Here: rights, roles and tables. `listed` adds the rest, at least one for every kind of thing that
`policy verify` compares; `drawn` takes them by seed from whatever the live catalogue holds.
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


def granted(what: str, on: str, to: str, found: str) -> Mutation:
    return Mutation(f"GRANT {what} ON {on} TO {to}", f"REVOKE {what} ON {on} FROM {to}", found)


def revoked(what: str, on: str, of: str, found: str) -> Mutation:
    return Mutation(f"REVOKE {what} ON {on} FROM {of}", f"GRANT {what} ON {on} TO {of}", found)


def made(what: str, name: str, rest: str, found: str) -> Mutation:
    return Mutation(f"CREATE {what} {name} {rest}", f"DROP {what} {name}", found)


def grants(it: Catalogue) -> Iterator[Mutation]:
    service, books = it.role("service@sahkolaitos"), it.role("bookkeeping@sahkolaitos")
    subject, point = "register.subject", "register.contact_point"
    yield granted("SELECT (value)", point, books, f"column {point}.value")
    yield granted("SELECT (value)", "register.business_id", "PUBLIC", "column register.business_id.value")
    yield granted("UPDATE (family_name)", subject, service, f"column {subject}.family_name")
    yield granted("SELECT (bits1)", subject, service, f"column {subject}.bits1")
    yield granted("REFERENCES (id)", subject, "PUBLIC", f"column {subject}.id")
    yield revoked("SELECT (side)", subject, service, f"column {subject}.side")
    yield granted("SELECT (stavalues1)", "pg_statistic", "PUBLIC", "column pg_statistic.stavalues1")
    yield granted("SELECT", "register.ban", "PUBLIC", "relation register.ban")
    yield granted("TRUNCATE", "register.event", it.role("housekeeping"), "relation register.event")
    yield granted("SELECT", "policy.mask", service, "relation policy.mask")
    yield granted("SELECT", "policy.progress", it.role("lookups"), "relation policy.progress")
    yield granted("SELECT", "pg_stat_activity", service, "relation pg_stat_activity")
    yield granted("SELECT", "pg_stats", "PUBLIC", "relation pg_stats")
    yield granted("SELECT", "pg_authid", it.role("owner"), "relation pg_authid")
    yield Mutation(
        f"GRANT SELECT (form) ON register.housing_form TO {service} WITH GRANT OPTION",
        f"REVOKE GRANT OPTION FOR SELECT (form) ON register.housing_form FROM {service}",
        "column register.housing_form.form",
    )
    if it.version >= 170000:
        yield granted("MAINTAIN", "register.training", service, "relation register.training")
    yield granted("USAGE", "SEQUENCE register.subject_id_seq", service, "relation register.subject_id_seq")
    yield granted("SELECT", "SEQUENCE register.address_id_seq", "PUBLIC", "relation register.address_id_seq")
    decide = "policy.decide(bigint[],timestamp with time zone,timestamp with time zone)"
    yield granted("EXECUTE", f"FUNCTION {decide}", service, f"function {decide}")
    yield granted(
        "EXECUTE",
        "FUNCTION policy.reason(text,bigint,text)",
        "PUBLIC",
        "function policy.reason(text,bigint,text)",
    )
    yield revoked("EXECUTE", "FUNCTION policy.enter(text)", service, "function policy.enter(text)")
    yield granted("EXECUTE", "FUNCTION pg_notify(text,text)", "PUBLIC", "function pg_notify(text,text)")
    yield granted("EXECUTE", "FUNCTION lo_export(oid,text)", service, "function lo_export(oid,text)")
    yield granted("EXECUTE", "FUNCTION pg_read_file(text)", "PUBLIC", "function pg_read_file(text)")
    yield granted("CREATE", "SCHEMA register", service, "schema register")
    yield granted("USAGE", "SCHEMA policy", "PUBLIC", "schema policy")
    yield granted("CREATE", "SCHEMA public", "PUBLIC", "schema public")
    yield granted("USAGE", "SCHEMA extensions", service, "schema extensions")
    yield granted("CREATE", "SCHEMA pg_catalog", it.role("owner"), "schema pg_catalog")
    yield granted("TEMPORARY", f'DATABASE "{it.database}"', "PUBLIC", "database database")
    yield granted("CONNECT", f'DATABASE "{it.database}"', it.role("engine"), "database database")
    yield revoked("CONNECT", f'DATABASE "{it.database}"', service, "database database")
    yield granted("USAGE", "LANGUAGE plpgsql", "PUBLIC", "language plpgsql")
    yield granted("USAGE", "LANGUAGE sql", service, "language sql")
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


def roles(it: Catalogue) -> Iterator[Mutation]:
    service, owner, engine = it.role("service@sahkolaitos"), it.role("owner"), it.role("engine")
    for group, to in (
        ("pg_read_all_data", service),
        ("pg_monitor", it.role("lookups")),
        (engine, service),
        (owner, service),
    ):
        yield Mutation(f"GRANT {group} TO {to}", f"REVOKE {group} FROM {to}", f"membership {group} to {to}")
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
    yield made("ROLE", it.role("intruder"), "LOGIN", f"role {it.bare('intruder')}")
    yield made("ROLE", f'"{it.database}-outsider"', "BYPASSRLS", f"powerful role {it.database}-outsider")
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
    yield granted("SET", "PARAMETER session_replication_role", service, "parameter session_replication_role")
    yield granted("ALTER SYSTEM", "PARAMETER log_statement", "PUBLIC", "parameter log_statement")


def tables(it: Catalogue) -> Iterator[Mutation]:
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
    yield made("VIEW", "public.leak", "AS SELECT value FROM register.business_id", "relation leak")
    yield made("MATERIALIZED VIEW", "policy.leak", "AS SELECT * FROM policy.key", "relation policy.leak")
    yield made("TABLE", "register.child", "() INHERITS (register.restriction)", "inheritance register.child")
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
