"""What only the administrator can do: roles, extensions, revokes on the catalogue.

By anyone else a REVOKE there is a mere WARNING; here a WARNING is an error.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from .statements import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SIXTEEN, SEVENTEEN = 160000, 170000
"""Versions as the server counts them, where it matters which it is."""

FIXED = ("owner", "engine", "housekeeping", "lookups", "sealer")

LOG_SETTINGS = {
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_duration": "off",
    "log_transaction_sample_rate": "0",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
}
"""Failing statements and `DETAIL: Key (...)=(...)` would carry values into the server's log."""

DATABASE_SETTINGS = {**LOG_SETTINGS, "log_min_messages": "fatal"}
"""In the register's database the first line of an error stays out of the log too: `invalid input
syntax for type bigint: "Virtanen"`. LOG as well, since whoever may SET debug_print_plan may write there."""

CLOSED_FUNCTIONS = (
    r"^lo_",
    r"^loread$|^lowrite$",
    r"^pg_notify$",
    r"^pg_(terminate|cancel)_backend$",
    r"^pg_export_snapshot$",
    r"^pg_logical_emit_message$",
    r"^(query|table|cursor|schema|database)_to_xml",
    r"^pg_(relation|table|indexes|total_relation|database|tablespace|column)_size$|^pg_column_size$",
    r"^pg_relation_file",
    r"^pg_(try_)?advisory_",
    r"^pg_stat_get_",
    r"^pg_lock_status$|^pg_blocking_pids$|^pg_safe_snapshot_blocking_pids$",
    r"^pg_prepared_xact$|^pg_prepared_statement$|^pg_cursor$",
    r"^pg_get_(functiondef|function_sqlbody)$",
    r"^pg_stats?_",
    r"^ts_(stat|rewrite)$",
    r"^pg_(current|last|get)_wal|^pg_(available_)?wal_summar|^pg_control_|^pg_get_multixact",
    r"^pg_(xact_commit_timestamp|last_committed_xact|isolation_test|tablespace_databases|filenode_relation)",
    r"^pg_(listening_channels|notification_queue_usage)$",
)
"""Catalogue functions that a purpose login has no use for and that tell, lock or carry out."""

CLOSED_VIEWS = (
    r"^pg_stat",
    r"^pg_statio",
    r"^pg_stats",
    r"^pg_polic(y|ies)$",
    r"^pg_locks$",
    r"^pg_prepared_",
    r"^pg_cursors$",
    r"^pg_seclabel",
    r"^pg_largeobject",
    r"^pg_db_role_setting$",
    r"^pg_sequences?$",
)


class AdministratorWarned(Exception):
    """The server answered an administrator's statement with a WARNING: it was not carried out."""


class Place(Protocol):
    """Where a register's database is, as `seloste.project.database.Cluster` gives it."""

    database: str
    is_embedded: bool
    """Whether the server is ours alone."""

    def admin_dsn(self) -> str:
        """Connection string of the administrator, to whatever database."""

    def dsn(self, role: str) -> str:
        """Connection string of a role of this database, its password included."""

    def role(self, name: str) -> str:
        """Cluster-wide name of a role."""

    def password(self, role: str) -> str:
        """The role's password, made when it has none yet."""

    @property
    def migrate(self) -> Callable[[str], None]:
        """What makes the register's tables, or brings them up to date, where a connection string leads."""


def bootstrap(place: Place, logins: Iterable[str] = ()) -> None:
    """This will make the database, its roles and revokes; running it twice changes nothing.

    `logins`: purpose logins to make as well.
    Raises: AdministratorWarned.
    """
    with StrictConnection.connect(
        make_conninfo(place.admin_dsn(), dbname="postgres"), autocommit=True
    ) as admin:
        for name in (*FIXED, *logins):
            _role(admin, place, name)
        _engine_of_owner(admin, place)
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [place.database]).fetchone():
            admin.execute(
                sql.SQL(
                    "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
                ).format(sql.Identifier(place.database), sql.Identifier(place.role("owner")))
            )
    with StrictConnection.connect(make_conninfo(place.admin_dsn(), dbname=place.database)) as admin:
        roles = {name: place.role(name) for name in (*FIXED, *logins)}
        for statement in in_database(admin, place.database, roles):
            admin.carry_out(statement)


def retire(place: Place, roles: Iterable[str]) -> None:
    """This will drop logins that no notice in force declares; they hold nothing but CONNECT any more."""
    with StrictConnection.connect(
        make_conninfo(place.admin_dsn(), dbname=place.database), autocommit=True
    ) as admin:
        for role in roles:
            admin.carry_out(f"REVOKE ALL ON DATABASE {identifier(place.database)} FROM {identifier(role)}")
            admin.carry_out(f"DROP ROLE {identifier(role)}")


def change_passwords(place: Place, new: Mapping[str, str]) -> None:
    """This will give roles, by their cluster-wide names, new passwords, all of them or none.

    Open sessions go on; a new one needs the new password.
    """
    with StrictConnection.connect(make_conninfo(place.admin_dsn(), dbname="postgres")) as admin:
        for role, password in new.items():
            _set_password(admin, role, password)


def logins(place: Place) -> list[str]:
    """This will list the roles of this database that may log in, by their cluster-wide names."""
    with psycopg.connect(make_conninfo(place.admin_dsn(), dbname="postgres")) as admin:
        rows = admin.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s) AND rolcanlogin ORDER BY rolname",
            [place.role("")],
        )
        return [name for (name,) in rows.fetchall()]


class StrictConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection on which every WARNING is an error: what warned was not carried out."""

    def carry_out(self, statement: str) -> None:
        """This will execute a statement.

        Raises: AdministratorWarned.
        """
        warned: list[str] = []

        def hear(notice: psycopg.errors.Diagnostic) -> None:
            if notice.severity_nonlocalized == "WARNING":
                warned.append(notice.message_primary or "")

        self.add_notice_handler(hear)
        try:
            self.execute(statement)
        finally:
            self.remove_notice_handler(hear)
        if warned:
            raise AdministratorWarned(warned[0])


def _role(admin: StrictConnection, place: Place, name: str) -> None:
    """A role as it must be, without what it has set for itself; its password goes as a SCRAM verifier."""
    role = place.role(name)
    attributes = (
        "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT CONNECTION LIMIT -1 "
        + ("NOLOGIN" if name == "engine" else "LOGIN")
    )
    exists = admin.execute(
        "SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = %s", [role]
    ).fetchone()
    command = "ALTER" if exists else "CREATE"
    admin.carry_out(f"{command} ROLE {identifier(role)} {attributes} VALID UNTIL 'infinity'")
    if name != "engine" and not password_is(admin, role, place.password(role)):
        _set_password(admin, role, place.password(role))
    for (database,) in admin.execute(
        "SELECT d.datname FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase"
        " WHERE s.setrole = %s::regrole",
        [identifier(role)],
    ).fetchall():
        where = f" IN DATABASE {identifier(database)}" if database else ""
        admin.carry_out(f"ALTER ROLE {identifier(role)}{where} RESET ALL")


def _set_password(admin: StrictConnection, role: str, password: str) -> None:
    """The server is given a verifier alone: a password would stand in its log."""
    verifier = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    admin.carry_out(f"ALTER ROLE {identifier(role)} PASSWORD {literal(verifier)}")


def password_is(admin: psycopg.Connection, role: str, password: str) -> bool:
    """This will say whether a role's stored verifier is of this password."""
    import base64
    import hashlib
    import hmac

    row = admin.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]).fetchone()
    if not row or not row[0] or not row[0].startswith("SCRAM-SHA-256$"):
        return False
    head, _, tail = row[0].removeprefix("SCRAM-SHA-256$").partition("$")
    rounds, _, salt = head.partition(":")
    stored = base64.b64decode(tail.partition(":")[0])
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return secrets.compare_digest(hashlib.sha256(client).digest(), stored)


def _engine_of_owner(admin: StrictConnection, place: Place) -> None:
    """The owner may become the engine, to keep its functions; it inherits nothing from it."""
    options = " WITH ADMIN FALSE, INHERIT FALSE, SET TRUE" if admin.info.server_version >= SIXTEEN else ""
    has = admin.execute(
        "SELECT 1 FROM pg_auth_members WHERE roleid = %s::regrole AND member = %s::regrole",
        [identifier(place.role("engine")), identifier(place.role("owner"))],
    ).fetchone()
    if not has:
        admin.execute(
            f"GRANT {identifier(place.role('engine'))} TO {identifier(place.role('owner'))}{options}"
        )


def default_privileges(*makers: str) -> Iterator[str]:
    """This will yield what keeps PUBLIC from what these roles will make; they are named quoted."""
    for role in makers:
        yield f"ALTER DEFAULT PRIVILEGES FOR ROLE {role} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"
        yield f"ALTER DEFAULT PRIVILEGES FOR ROLE {role} REVOKE USAGE ON TYPES FROM PUBLIC"


def in_database(admin: psycopg.Connection, name: str, roles: dict[str, str]) -> Iterator[str]:
    """This will yield what the administrator does inside a database named `name`.

    `roles`: short name to cluster-wide name, the fixed ones and the purpose logins.
    """
    database = identifier(name)
    owner, engine = identifier(roles["owner"]), identifier(roles["engine"])
    for setting, value in DATABASE_SETTINGS.items():
        yield f"ALTER DATABASE {database} SET {setting} = {literal(value)}"
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    connecting = ", ".join(identifier(role) for key, role in roles.items() if key != "engine")
    yield f"GRANT CONNECT ON DATABASE {database} TO {connecting}"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield "REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC"
    yield f"GRANT USAGE ON LANGUAGE plpgsql, sql TO {owner}, {engine}"
    yield "CREATE SCHEMA IF NOT EXISTS extensions"
    yield f"GRANT USAGE ON SCHEMA extensions TO {owner}"
    yield "CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA extensions"
    yield "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA extensions FROM PUBLIC"
    yield f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA extensions TO {owner}"
    yield f"CREATE SCHEMA IF NOT EXISTS register AUTHORIZATION {owner}"
    yield f"CREATE SCHEMA IF NOT EXISTS policy AUTHORIZATION {engine}"
    yield f"GRANT USAGE ON SCHEMA policy TO {owner}"
    yield from default_privileges(owner, engine)
    for (function,) in admin.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace"
        " AND p.proname ~ ANY(%s) ORDER BY 1",
        [list(CLOSED_FUNCTIONS)],
    ).fetchall():
        yield f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC"
    for (view,) in admin.execute(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace"
        " AND c.relkind IN ('r', 'v') AND c.relname ~ ANY(%s) ORDER BY 1",
        [list(CLOSED_VIEWS)],
    ).fetchall():
        yield f"REVOKE ALL ON {view} FROM PUBLIC"
    yield f"GRANT SELECT ON pg_policy TO {owner}"
    for lock in ("pg_advisory_xact_lock(bigint)", "pg_advisory_xact_lock_shared(bigint)"):
        yield f"GRANT EXECUTE ON FUNCTION {lock} TO {owner}, {engine}"
    sealer = identifier(roles["sealer"])
    yield f"GRANT EXECUTE ON FUNCTION pg_advisory_xact_lock(bigint) TO {sealer}"
