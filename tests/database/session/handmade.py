"""A small policy written by hand, so that purpose sessions are tested apart from the compiler.

It has the shape that the compiler gives: a login per purpose, grants on columns, forced row
security, the functions a session calls, and the tables that describe the logins.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

import psycopg
from psycopg import sql

NOTICE = "a" * 64
SAHKO = ["sahkolaitos", "vera"]
SUBJECT = ["id", "side", "kind", "given_names", "family_name", "organisation_name", "language"]
CONTACT = ["id", "subject_id", "category", "value", "as_given", "valid_from", "valid_until"]
CLAIMS: dict[str, dict[str, list[str]]] = {
    "name": {"subject": SUBJECT},
    "address": {"address": ["id", "subject_id", "kind", "street", "postcode", "city", "valid_from", "valid_until"]},
    "phone": {"contact_point[phone]": CONTACT},
    "email": {"contact_point[email]": CONTACT},
    "housing": {"housing_form": ["id", "subject_id", "form"]},
    "agreement": {
        "agreement": ["id", "number", "subject_id", "side", "controller", "kind", "metering_point_id"],
        "agreement_party": ["id", "agreement_id", "subject_id", "controller", "valid_from", "valid_until"],
    },
    "metering": {"metering_point": ["id", "side", "gsrn", "kind"]},
    "representation": {"representation": ["id", "subject_id", "organisation_id", "role", "valid_from", "valid_until"]},
    "ban": {"ban": ["id", "subject_id", "channel", "valid_from", "valid_until", "notice_hash", "superseded_at"]},
    "receivable": {"receivable": ["id", "subject_id", "controller", "amount_cents", "state"]},
    "case": {"case_file": ["id", "subject_id", "category", "kind", "opened_at", "closed_at"]},
    "staff": {"staff": ["id", "username", "name", "employer"]},
    "lookup_log": {
        "event_subject": ["subject_id", "event_id"],
        "event": ["id", "at", "kind", "login", "way", "count", "categories", "break_glass"],
    },
}
SERVICE = ["name", "address", "phone", "email", "agreement", "metering", "ban", "representation", "case", "staff"]
PURPOSES: dict[str, dict[str, Any]] = {
    "service@sahkolaitos": {
        "controllers": SAHKO,
        "categories": SERVICE,
        "writes": ["name", "address", "ban", "phone"],
        "erases": ["address"],
        "roles": ["clerk", "senior"],
        "reasons": ["call", "case"],
        "channels": ["phone", "email", "letter"],
    },
    "service@sahkoverkko": {
        "controllers": ["sahkoverkko"],
        "categories": SERVICE,
        "roles": ["clerk", "senior"],
        "reasons": ["call", "case"],
    },
    "marketing@sahkolaitos": {
        "controllers": SAHKO,
        "categories": ["name", "email"],
        "writes": ["ban"],
        "roles": ["marketer"],
        "reasons": ["campaign"],
        "works_on": "sets",
        "channels": ["email", "letter"],
        "hides": "family_name = 'Banned'",
    },
    "collection@vera": {"controllers": ["vera"], "categories": ["name", "receivable"], "roles": ["clerk"], "reasons": ["case"]},
    "collection@sahkolaitos": {
        "controllers": ["sahkolaitos"], "categories": ["name", "receivable"], "roles": ["clerk"], "reasons": ["case"],
    },
    "supervision@all": {
        "controllers": [*SAHKO, "sahkoverkko"],
        "categories": ["name", "lookup_log"],
        "roles": ["contact"],
        "reasons": ["request"],
        "across_walls": True,
    },
}
BODY = {
    "roles": {"clerk": {"trainings": ["privacy"]}, "senior": {"trainings": ["privacy", "law"]}, "marketer": {}, "contact": {}},
    "trainings": {"privacy": {"valid_months": 12}, "law": {"on_lapse": "alarm_with_grace(30)"}},
    "purposes": {"supervision": {"break_glass": {"minutes": 60}}},
    "categories": {"phone": {"channels": ["phone"]}, "email": {"channels": ["email"]}, "address": {"channels": ["letter"]}},
}
FIXED = ("owner", "engine", "housekeeping", "lookups")

FUNCTIONS = """
CREATE TABLE policy.notice (hash text PRIMARY KEY, body text NOT NULL, replaced_at timestamptz);
CREATE TABLE policy.login (login text PRIMARY KEY, role text NOT NULL, purpose text NOT NULL, scope text NOT NULL,
  controllers text[] NOT NULL, sides text[] NOT NULL, channels text[] NOT NULL, categories text[] NOT NULL,
  columns jsonb NOT NULL, claims jsonb NOT NULL, works_on text NOT NULL, session_minutes integer NOT NULL,
  roles text[] NOT NULL, reasons text[] NOT NULL, across_walls boolean NOT NULL);
CREATE FUNCTION policy.enter(_notice text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF _notice IS DISTINCT FROM (SELECT hash FROM policy.notice WHERE replaced_at IS NULL) THEN
    RAISE EXCEPTION 'another notice is in force' USING ERRCODE = 'SEL01';
  END IF;
END $$;
CREATE FUNCTION policy.reason(_kind text, _id bigint) RETURNS TABLE(is_open boolean, subject_id bigint)
LANGUAGE sql SECURITY DEFINER STABLE SET search_path = pg_catalog AS $$
  SELECT c.closed_at IS NULL, c.subject_id FROM register.case_file c WHERE c.kind = _kind AND c.id = _id $$;
CREATE FUNCTION policy.why(_subject bigint, _at timestamptz, _known timestamptz)
RETURNS TABLE(channel text, basis integer, allowed boolean, reason text, until timestamptz)
LANGUAGE sql SECURITY DEFINER STABLE SET search_path = pg_catalog AS $$
  SELECT k.channel, 0, s.id IS NOT NULL AND k.channel <> 'email',
    CASE WHEN s.id IS NULL THEN 'unknown' WHEN k.channel = 'email' THEN 'ban' ELSE 'open' END, NULL::timestamptz
  FROM (VALUES ('letter'), ('email'), ('phone')) k(channel)
  LEFT JOIN register.subject s ON s.id = _subject AND s.side = split_part(session_user, '@', 2) $$;
CREATE FUNCTION policy.refresh_due(_most integer) RETURNS integer LANGUAGE sql SET search_path = pg_catalog AS 'SELECT 0';
"""


class Place:
    """A scratch database of its own on a server, with roles that carry its name."""

    def __init__(self, server: str) -> None:
        """`server`: the administrator's connection string."""
        self.server = server
        self.database = f"session_{secrets.token_hex(4)}"
        self.passwords: dict[str, str] = {}

    def role(self, name: str) -> str:
        """Full name of a role."""
        return f"{self.database}.{name}"

    def dsn(self, role: str) -> str:
        """Connection string of a role."""
        return psycopg.conninfo.make_conninfo(
            self.server, dbname=self.database, user=role, password=self.passwords[role]
        )

    def admin(self) -> psycopg.Connection:
        """The administrator, in the database; sees through row security."""
        return psycopg.connect(self.server, dbname=self.database, autocommit=True)

    def make(self) -> None:
        """The database and its roles; tables come by migration."""
        with psycopg.connect(self.server, dbname="postgres", autocommit=True) as admin:
            for name in (*FIXED, *PURPOSES):
                role = self.role(name)
                self.passwords[role] = secrets.token_hex(8)
                admin.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(self.passwords[role])
                    )
                )
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(self.database), sql.Identifier(self.role("owner"))
                )
            )
        with self.admin() as admin:
            admin.execute("CREATE EXTENSION btree_gist")
            admin.execute(sql.SQL("CREATE SCHEMA register AUTHORIZATION {}").format(sql.Identifier(self.role("owner"))))
            admin.execute("CREATE SCHEMA policy")

    def drop(self) -> None:
        """Leaves nothing behind."""
        with psycopg.connect(self.server, dbname="postgres", autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.database)))
            for role in self.passwords:
                admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))

    def apply(self) -> None:
        """The policy by hand."""
        with self.admin() as admin:
            admin.execute(FUNCTIONS)
            admin.execute("INSERT INTO policy.notice VALUES (%s, %s)", [NOTICE, json.dumps(BODY)])
            for (table,) in admin.execute("SELECT relname FROM pg_class WHERE relnamespace = 'register'::regnamespace AND relkind = 'r'").fetchall():
                admin.execute(f'ALTER TABLE register."{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
            for name, purpose in PURPOSES.items():
                self._login(admin, name, purpose)
            keeper, log = f'"{self.role("housekeeping")}"', f'"{self.role("lookups")}"'
            for role in (keeper, log):
                admin.execute(f"GRANT USAGE ON SCHEMA register, policy TO {role}")
            admin.execute(f"GRANT SELECT ON policy.login, policy.notice TO {keeper}")
            for table in ("staff", "staff_role", "training"):
                admin.execute(f"GRANT SELECT ON register.{table} TO {keeper}")
                admin.execute(f"CREATE POLICY keeper ON register.{table} FOR SELECT TO {keeper} USING (true)")
            for table in ("event", "event_subject"):
                admin.execute(f"GRANT INSERT ON register.{table} TO {log}")
                admin.execute(f"CREATE POLICY log ON register.{table} FOR INSERT TO {log} WITH CHECK (true)")

    def _login(self, admin: psycopg.Connection, name: str, purpose: dict[str, Any]) -> None:
        role = f'"{self.role(name)}"'
        claims = {category: CLAIMS[category] for category in purpose["categories"]}
        columns: dict[str, dict[str, list[str]]] = {}
        held: dict[str, list[str]] = {}
        for command, categories in (("select", purpose["categories"]), ("insert", purpose.get("writes", []))):
            for category in categories:
                for place, names in CLAIMS[category].items():
                    table, _, row = place.rstrip("]").partition("[")
                    told = columns.setdefault(table, {"select": [], "insert": [], "update": []})
                    told[command] += [n for n in names if n not in told[command] and (command, n) != ("insert", "superseded_at")]
                    if row and command == "select":
                        held.setdefault(table, []).append(row)
        for table, told in columns.items():
            told["update"] = [n for n in told["insert"] if n not in {"id", "subject_id", "side", "kind"}]
            if "superseded_at" in told["select"] and told["insert"]:
                told["update"] = ["superseded_at"]
        admin.execute(f"GRANT USAGE ON SCHEMA register, policy TO {role}")
        for table, told in columns.items():
            for command, names in told.items():
                if names:
                    admin.execute(f'GRANT {command} ({", ".join(names)}) ON register."{table}" TO {role}')
            admin.execute(f'CREATE POLICY "{name}" ON register."{table}" TO {role} USING ({self._rows(name, table, purpose, held)})')
        for category in purpose.get("erases", []):
            for place in CLAIMS[category]:
                admin.execute(f"GRANT DELETE ON register.{place} TO {role}")
        admin.execute(
            "INSERT INTO policy.login VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 15, %s, %s, %s)",
            [
                name, self.role(name), *name.split("@"), purpose["controllers"], [name.split("@")[1]],
                purpose.get("channels", []), purpose["categories"], json.dumps(columns), json.dumps(claims),
                purpose.get("works_on", "one"), purpose["roles"], purpose["reasons"], purpose.get("across_walls", False),
            ],
        )

    def _rows(self, name: str, table: str, purpose: dict[str, Any], held: dict[str, list[str]]) -> str:
        side = "" if purpose.get("across_walls") else f"side = '{'sahkoverkko' if 'sahkoverkko' in name else 'sahkolaitos'}'"
        if table == "subject":
            hides = purpose.get("hides")
            return " AND ".join(filter(None, [side, f"NOT coalesce({hides}, false)" if hides else ""])) or "true"
        if table in {"staff", "metering_point", "event", "event_subject"}:
            return "true"
        rows = "EXISTS (SELECT 1 FROM register.subject s WHERE s.id = subject_id)"
        if table == "case_file":
            rows = f"subject_id IS NULL OR {rows}"
        return f"category = ANY('{{{','.join(held[table])}}}') AND {rows}" if table in held else rows
