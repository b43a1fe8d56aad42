"""Mutations drawn by seed from whatever the live catalogue holds: a random object of a random kind."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from database.mutations import Mutation

if TYPE_CHECKING:
    from database.mutations import Catalogue

TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
COLUMN = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
ATTRIBUTES = ("SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS", "INHERIT")
OURS = "n.nspname IN ('register', 'policy')"
BUILT_IN = """SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.proname !~ '(in|out|recv|send|handler|support)$'"""


class Drawing:
    """One way after the other of changing one thing; each takes a random object."""

    def __init__(self, it: Catalogue, seed: int) -> None:
        self.it = it
        self.chance = random.Random(seed)
        self.kept: dict[str, list[tuple]] = {}
        self.number = 0

    def any(self, query: str) -> tuple:
        """A random row of a query, which is asked once."""
        if query not in self.kept:
            self.kept[query] = self.it.rows(query)
        return self.chance.choice(self.kept[query])

    def somebody(self) -> str:
        """A login, or everybody."""
        fixed = ("owner", "engine", "housekeeping", "lookups", "sealer")
        return self.chance.choice(["PUBLIC", *map(self.it.role, (*self.it.logins, *fixed))])

    def login(self) -> str:
        """The name of a purpose's login."""
        return self.chance.choice(self.it.logins)

    def new(self) -> str:
        """A name that was not used before."""
        self.number += 1
        return f"drawn_{self.number}"

    def column_granted(self) -> Mutation | None:
        table, column = self.any(
            f"""SELECT c.oid::regclass::text, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"""
        )
        right, who = self.chance.choice(COLUMN), self.somebody()
        held = self.it.one(
            "SELECT count(*) FROM pg_attribute, aclexplode(attacl) a WHERE attrelid = %s::regclass AND attname = %s"
            " AND a.privilege_type = %s AND (a.grantee = 0 OR quote_ident(pg_get_userbyid(a.grantee)) = %s)",
            table, column, right, who,
        )  # fmt: skip
        is_owner = who in {self.it.role("owner"), self.it.role("engine")}
        return (
            None
            if held or is_owner
            else self._grant(f'{right} ("{column}")', table, who, f"column {table}.{column}")
        )

    def column_revoked(self) -> Mutation:
        table, column, right, who = self.any(
            f"""SELECT c.oid::regclass::text, a.attname, x.privilege_type, x.grantee::regrole::text FROM pg_attribute a
            JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(a.attacl) x WHERE {OURS}"""
        )
        return self._revoke(f'{right} ("{column}")', table, who, f"column {table}.{column}")

    def table_granted(self) -> Mutation | None:
        # a REVOKE on the table takes its columns back too: only who has nothing there is granted something
        table, held = self.any(
            f"""SELECT c.oid::regclass::text, concat(c.relacl, (SELECT string_agg(a.attacl::text, '') FROM pg_attribute a
            WHERE a.attrelid = c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND c.relkind = 'r'"""
        )
        who = self.somebody()
        return (
            None
            if _named(who, held)
            else self._grant(self.chance.choice(TABLE), table, who, f"relation {table}")
        )

    def sequence_granted(self) -> Mutation | None:
        name, relacl = self.any(
            f"SELECT c.oid::regclass::text, coalesce(c.relacl::text, '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE {OURS} AND c.relkind = 'S'"
        )
        who = self.somebody()
        return (
            None if _named(who, relacl) else self._grant("USAGE", f"SEQUENCE {name}", who, f"relation {name}")
        )

    def function_granted(self) -> Mutation | None:
        name, acl = self.any(
            "SELECT oid::regprocedure::text, proacl::text FROM pg_proc WHERE pronamespace = 'policy'::regnamespace"
        )
        who = self.somebody()
        return (
            None if _named(who, acl) else self._grant("EXECUTE", f"FUNCTION {name}", who, f"function {name}")
        )

    def function_revoked(self) -> Mutation:
        name, who = self.any(
            "SELECT oid::regprocedure::text, grantee::regrole::text FROM pg_proc, aclexplode(proacl)"
            " WHERE pronamespace = 'policy'::regnamespace AND grantee <> proowner AND grantee <> 0"
        )
        return self._revoke("EXECUTE", f"FUNCTION {name}", who, f"function {name}")

    def catalogue_opened(self) -> Mutation:
        (name,) = self.any(
            BUILT_IN
            + " AND NOT EXISTS (SELECT 1 FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)"
        )
        return self._grant("EXECUTE", f"FUNCTION {name}", "PUBLIC", f"function {name}")

    def catalogue_shut(self) -> Mutation:
        (name,) = self.any(BUILT_IN + " AND proacl IS NULL")
        return self._revoke("EXECUTE", f"FUNCTION {name}", "PUBLIC", f"function {name}")

    def catalogue_shown(self) -> Mutation:
        (name,) = self.any(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')"
            " AND NOT EXISTS (SELECT 1 FROM aclexplode(coalesce(relacl, acldefault('r', relowner))) WHERE grantee = 0)"
        )
        return self._grant(
            "SELECT", name, self.chance.choice(["PUBLIC", self.it.role(self.login())]), f"relation {name}"
        )

    def built_in_changed(self) -> Mutation:
        (name,) = self.any(BUILT_IN + " AND proconfig IS NULL AND NOT proleakproof AND NOT prosecdef")
        change, inverse = self.chance.choice(
            [
                ("LEAKPROOF", "NOT LEAKPROOF"),
                ("SECURITY DEFINER", "SECURITY INVOKER"),
                ("SET search_path = public", "RESET search_path"),
            ]
        )
        return Mutation(
            f"ALTER FUNCTION {name} {change}", f"ALTER FUNCTION {name} {inverse}", f"function {name}"
        )

    def policy_dropped(self) -> Mutation:
        table, name = self._policy()
        return Mutation(
            f'DROP POLICY "{name}" ON {table}', self.it.policy(table, name), f"policy {table}: {name}"
        )

    def policy_changed(self) -> Mutation:
        table, name = self._policy()
        made, drop = self.it.policy(table, name), f'DROP POLICY "{name}" ON {table}'
        before, _, condition = made.partition(" USING " if " USING " in made else " WITH CHECK ")
        clause = " USING " if " USING " in made else " WITH CHECK "
        changed = self.chance.choice(
            [
                f"{before}{clause}(true OR {condition[1:]}",
                made.replace(" TO ", " TO PUBLIC, ", 1),
                made.replace("AS PERMISSIVE", "AS RESTRICTIVE"),
            ]
        )
        return Mutation(f"{drop}; {changed}", f"{drop}; {made}", f"policy {table}: {name}")

    def policy_added(self) -> Mutation:
        table, _ = self._policy()
        name = self.new()
        return Mutation(
            f"CREATE POLICY {name} ON {table} TO {self.somebody()} USING (true)",
            f"DROP POLICY {name} ON {table}",
            f"policy {table}: {name}",
        )

    def trigger_changed(self) -> Mutation:
        table, name, definition = self.any(
            "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ '^policy_'"
        )
        always = f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
        how = self.chance.choice(["DISABLE", "ENABLE REPLICA", "ENABLE", "DROP"])
        if how == "DROP":
            return Mutation(
                f"DROP TRIGGER {name} ON {table}", f"{definition}; {always}", f"trigger {table}: {name}"
            )
        return Mutation(f"ALTER TABLE {table} {how} TRIGGER {name}", always, f"trigger {table}: {name}")

    def constraint_trigger_disabled(self) -> Mutation:
        table, name = self.any(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgisinternal AND tgrelid IN"
            " (SELECT oid FROM pg_class WHERE relnamespace = 'register'::regnamespace)"
        )
        change = f'ALTER TABLE {table} {{}} TRIGGER "{name}"'
        return Mutation(
            change.format("DISABLE"), change.format("ENABLE"), f"disabled constraint trigger {table}: {name}"
        )

    def function_changed(self) -> Mutation:
        name, body = self.any(
            "SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'policy'::regnamespace AND prosecdef"
        )
        change = self.chance.choice(
            [
                "RESET search_path",
                "SECURITY INVOKER",
                "LEAKPROOF",
                "SET row_security = off",
                "RESET ALL",
                "body",
            ]
        )
        do = (
            body.replace("\nBEGIN\n", "\nBEGIN\n  NULL;\n", 1)
            if change == "body"
            else f"ALTER FUNCTION {name} {change}"
        )
        return Mutation(do, body, f"function {name}")

    def row_security_lifted(self) -> Mutation:
        (table,) = self.any(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'register'::regnamespace AND relforcerowsecurity"
        )
        off, on = self.chance.choice([("DISABLE", "ENABLE"), ("NO FORCE", "FORCE")])
        change = f"ALTER TABLE {table} {{}} ROW LEVEL SECURITY"
        return Mutation(change.format(off), change.format(on), f"relation {table}")

    def owner_changed(self) -> Mutation:
        kind, name, owner, found = self.any(
            f"""SELECT 'TABLE', c.oid::regclass::text, c.relowner::regrole::text, 'relation' FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND c.relkind = 'r' UNION ALL
            SELECT 'FUNCTION', oid::regprocedure::text, proowner::regrole::text, 'function' FROM pg_proc WHERE pronamespace = 'policy'::regnamespace"""
        )
        return Mutation(
            f"ALTER {kind} {name} OWNER TO CURRENT_USER",
            f"ALTER {kind} {name} OWNER TO {owner}",
            f"{found} {name}",
        )

    def statistics_kept(self) -> Mutation:
        table, column = self.any(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attstattarget = 0 AND attnum > 0"
            " AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'register'::regnamespace AND relkind = 'r')"
        )
        change = f'ALTER TABLE {table} ALTER "{column}" SET STATISTICS'
        return Mutation(
            f"{change} {self.chance.randint(1, 1000)}", f"{change} 0", f"statistics {table}.{column}"
        )

    def role_changed(self) -> Mutation:
        name, attribute = self.login(), self.chance.choice(ATTRIBUTES)
        change = f"ALTER ROLE {self.it.role(name)} {{}}{attribute}"
        return Mutation(change.format(""), change.format("NO"), f"role {self.it.bare(name)}")

    def role_set(self) -> Mutation:
        role = self.it.role(self.login())
        name, value = self.chance.choice(
            [
                ("search_path", "public"),
                ("work_mem", "'1GB'"),
                ("row_security", "off"),
                ("log_statement", "'all'"),
            ]
        )
        within, scope = self.chance.choice(
            [("", "every database"), (f' IN DATABASE "{self.it.database}"', "this database")]
        )
        change = f"ALTER ROLE {role}{within}"
        return Mutation(
            f"{change} SET {name} = {value}", f"{change} RESET {name}", f"setting {scope} {role} {name}"
        )

    def membership(self) -> Mutation:
        (granted,) = self.any(
            "SELECT quote_ident(rolname) FROM pg_roles WHERE oid < 16384 AND NOT rolsuper AND rolname <> 'pg_database_owner'"
        )
        granted, who = (
            self.chance.choice([granted, self.it.role("engine"), self.it.role(self.it.logins[0])]),
            self.it.role(self.chance.choice(self.it.logins[1:])),
        )
        return Mutation(
            f"GRANT {granted} TO {who}", f"REVOKE {granted} FROM {who}", f"membership {granted} to {who}"
        )

    def contents(self) -> Mutation:
        table, key, column, where = self.chance.choice(
            [
                (
                    "mask",
                    "place || '/' || controller",
                    self.chance.choice(["open1", "unrestricted1", "guardian1", "bit"]),
                    "true",
                ),
                ("key", "name", self.chance.choice(["bit1", "bit2"]), "state = 'in_force'"),
                ("login", "login", "session_minutes", "true"),
                ("newcomer", "side || '/' || kind", "bits2", "true"),
            ]
        )
        (name,) = self.any(f"SELECT {key} FROM policy.{table} WHERE {where}")
        return self.it.updated(
            table, f"{key} = '{name}' AND {where}", column, f"{column} # 4", f"{table} {name}"
        )

    def index_dropped(self) -> Mutation:
        name, definition = self.any(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid::regclass::text ~ '^register.policy_'"
        )
        return Mutation(f"DROP INDEX {name}", definition, f"index {name}")

    def something_new(self) -> Mutation:
        schema, name = self.chance.choice(["register", "policy", "public", "extensions"]), self.new()
        shown = name if schema == "public" else f"{schema}.{name}"
        what, rest, kind = self.chance.choice(
            [
                ("TABLE", "(id bigint)", "relation"), ("VIEW", "AS SELECT 1 AS one", "relation"), ("SEQUENCE", "", "relation"),
                ("MATERIALIZED VIEW", "AS SELECT 1 AS one", "relation"), ("DOMAIN", "AS text", "type"),
                ("FUNCTION", "() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "function"),
            ]
        )  # fmt: skip
        unread = what == "TABLE" and schema == "register"
        grant = f"; GRANT SELECT ON {schema}.{name} TO {self.it.role(self.login())}" if unread else ""
        shown += "()" if what == "FUNCTION" else ""
        return Mutation(
            f"CREATE {what} {schema}.{name} {rest}{grant}", f"DROP {what} {schema}.{name}", f"{kind} {shown}"
        )

    def place_opened(self) -> Mutation:
        who = self.it.role(self.login())
        what, on, found = self.chance.choice(
            [
                ("CREATE", "SCHEMA register", "schema register"), ("CREATE", "SCHEMA policy", "schema policy"), ("USAGE", "SCHEMA public", "schema public"),
                ("USAGE", "SCHEMA extensions", "schema extensions"), ("USAGE", "LANGUAGE sql", "language sql"), ("USAGE", "LANGUAGE plpgsql", "language plpgsql"),
                ("TEMPORARY", f'DATABASE "{self.it.database}"', "database database"), ("CREATE", f'DATABASE "{self.it.database}"', "database database"),
            ]
        )  # fmt: skip
        return self._grant(what, on, who, found)

    def default_changed(self) -> Mutation:
        maker, who = (
            self.it.role(self.chance.choice([*self.it.logins, "owner", "engine"])),
            self.it.role(self.login()),
        )
        what, kind = self.chance.choice(
            [
                ("SELECT ON TABLES", "r"),
                ("USAGE ON SEQUENCES", "S"),
                ("EXECUTE ON FUNCTIONS", "f"),
                ("USAGE ON TYPES", "T"),
            ]
        )
        change = f"ALTER DEFAULT PRIVILEGES FOR ROLE {maker} IN SCHEMA register"
        return Mutation(
            f"{change} GRANT {what} TO {who}",
            f"{change} REVOKE {what} FROM {who}",
            f"default privileges {maker} register {kind}",
        )

    def parameter_granted(self) -> Mutation:
        (name,) = self.any(
            "SELECT name FROM pg_settings WHERE context IN ('superuser', 'sighup') AND name !~ '\\.'"
        )
        return self._grant(
            self.chance.choice(["SET", "ALTER SYSTEM"]),
            f"PARAMETER {name}",
            self.it.role(self.login()),
            f"parameter {name}",
        )

    def _policy(self) -> tuple[str, str]:
        return self.any("SELECT polrelid::regclass::text, polname FROM pg_policy")

    def _grant(self, what: str, on: str, who: str, found: str) -> Mutation:
        return Mutation(f"GRANT {what} ON {on} TO {who}", f"REVOKE {what} ON {on} FROM {who}", found)

    def _revoke(self, what: str, on: str, who: str, found: str) -> Mutation:
        return Mutation(f"REVOKE {what} ON {on} FROM {who}", f"GRANT {what} ON {on} TO {who}", found)


def _named(who: str, acl: str) -> bool:
    """Whether an access list speaks of a role already."""
    text = acl.replace('\\"', '"')
    return ("{=" in acl or ",=" in acl or '"=' in acl) if who == "PUBLIC" else who in text


def drawn(it: Catalogue, seed: int, count: int) -> list[Mutation]:
    """So many different mutations; the same seed draws the same from the same catalogue."""
    drawing = Drawing(it, seed)
    ways = sorted(name for name, way in vars(Drawing).items() if not name.startswith("_") and callable(way))
    ways = [name for name in ways if name not in {"any", "somebody", "login", "new"}]
    found: dict[str, Mutation] = {}
    while len(found) < count:
        mutation = getattr(drawing, drawing.chance.choice(ways))()
        if mutation:
            found.setdefault(mutation.do, mutation)
    return list(found.values())
