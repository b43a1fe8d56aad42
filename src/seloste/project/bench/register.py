"""A register of made-up people in a database of its own, with a plain twin of its tables beside it."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.notice import read_notice
from seloste.policy.statements import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seloste.project.database import Cluster

NOTICE = Path(__file__).parents[4] / "examples" / "tampereen-sahkolaitos" / "2026.yaml"
TABLES = (
    "subject", "contact_point", "address", "agreement", "ban", "consent", "event", "event_subject", "search_token", "national_identifier", "subject_merge",
)  # fmt: skip
PATH = "-c search_path=register,pg_temp"

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Register:
    """Where both stand: the register under its policy, and its twin in schema `plain`."""

    cluster: Cluster

    def administrator(self) -> Connection:
        """A connection that sees everything, to choose what is asked for; nothing is measured on it."""
        return psycopg.connect(
            make_conninfo(self.cluster.admin_dsn(), dbname=self.cluster.database), autocommit=True
        )

    def login(self, name: str, **how: Any) -> Connection:
        """A connection of a role of this register; every statement is prepared."""
        return psycopg.connect(
            self.cluster.dsn(self.cluster.role(name)), autocommit=True, prepare_threshold=0, **how
        )

    def plain(self) -> Connection:
        """A connection to the twin as its owner: an ordinary role like the purposes' logins."""
        return self.login("owner")


@contextmanager
def register(home: Cluster, persons: int, say: Callable[[str], None]) -> Iterator[Register]:
    """This will make a register of so many people, and drop it after the block."""
    from seloste.policy.apply import apply
    from seloste.policy.bootstrap import bootstrap
    from seloste.project import made_up, wiring
    from seloste.register.protection.backend.pool import pool

    cluster = replace(home, database=f"bench{secrets.token_hex(3)}")
    made = Register(cluster)
    try:
        say("making a register for the measurement")
        bootstrap(cluster)
        wiring.migrate(cluster.dsn(cluster.role("owner")))
        apply(cluster, read_notice(NOTICE))
        wiring.configure(cluster)
        made_up.fill(cluster, persons, 1, _now_and_then(say))
        say("making plain tables with the same rows, keys and indexes")
        with made.administrator() as admin:
            _twin(admin, cluster.role("owner"))
            # both sides as compact as the other: loading has left dead rows in ours alone
            admin.execute("VACUUM (FULL, ANALYZE)")
            admin.execute("VACUUM")
        yield made
    finally:
        pool().close()
        _drop(home, cluster.database)
        for left in cluster.key_file.parent.glob(f"*{cluster.key_file.name}*"):
            left.unlink()


def _now_and_then(say: Callable[[str], None]) -> Callable[[int, int], None]:
    """Tells of every twentieth of the people."""
    told = set[int]()

    def loaded(done: int, of: int) -> None:
        if (part := 20 * done // of) not in told:
            told.add(part)
            say(f"loading people: {done:,} of {of:,}")

    return loaded


def _twin(admin: Connection, owner: str) -> None:
    """The same rows, indexes, checks and foreign keys, without policies, triggers and grants of columns.

    The answers stay in the rows as columns, since a query of the baseline has to find the same rows:
    where the register's policy tests them, it tests them by hand.
    """
    admin.execute(f"CREATE SCHEMA plain AUTHORIZATION {identifier(owner)}")
    for table in TABLES:
        admin.execute(f"CREATE TABLE plain.{table} (LIKE register.{table} INCLUDING ALL)")
        admin.execute(f"INSERT INTO plain.{table} SELECT * FROM register.{table}")
        admin.execute(f"ALTER TABLE plain.{table} OWNER TO {identifier(owner)}")
        if not table.startswith("event"):
            admin.execute(
                f"SELECT setval(pg_get_serial_sequence('plain.{table}', 'id'), (SELECT max(id) + 1 FROM plain.{table}))"
            )
    keys = admin.execute(
        "SELECT c.relname, replace(pg_get_constraintdef(k.oid), 'register.', 'plain.') FROM pg_constraint k"
        " JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid WHERE k.contype = 'f'"
        " AND c.relnamespace = 'register'::regnamespace AND c.relname = ANY(%(t)s) AND f.relname = ANY(%(t)s)",
        {"t": list(TABLES)},
    ).fetchall()
    for table, definition in keys:
        admin.execute(f"ALTER TABLE plain.{table} ADD {definition}")


def _drop(home: Cluster, name: str) -> None:
    with psycopg.connect(make_conninfo(home.admin_dsn(), dbname="postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        roles = admin.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"{name}."])
        for (role,) in roles.fetchall():
            admin.execute(f"DROP ROLE {identifier(role)}")
