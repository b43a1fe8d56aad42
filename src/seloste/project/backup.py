"""Backing the register up: its data in one moment, its keys, its logins, its checkpoints, together.

Data are copied out as rows, in one snapshot, as the administrator. Roles, grants, policies and
triggers are not: restoring compiles them from the notice, which is among the data. So a backup can
be restored on any server that Seloste runs on, and what it opens there is what the notice says.
"""

from __future__ import annotations

import importlib.metadata
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from seloste.interfaces.cli.house import NotDone
from seloste.policy.schema import snapshot

from . import erasures
from .backup_file import Draft, drafted, put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .database import Cluster

REGISTRY = {
    "notice": ("hash", "body", "as_published", "applied_at", "replaced_at"),
    "category": ("category", "number", "bit", "retention"),
}
"""What the policy remembers that no notice says: what was in force when, and which number means what."""

MIGRATIONS = "django_migrations"


class ChangedMeanwhile(NotDone):
    """The keys were changed while the backup ran: it could hold data that its keys do not open."""


def back_up(cluster: Cluster, to: Path, *, keys: bool, tell: Callable[[str], None]) -> dict[str, Any]:
    """This will back the register up into a file, or into a folder under a name of its own.

    Everybody may go on working. `keys`: whether the key file and the passwords are in it too.
    Shape: {"file", "manifest", "notice", "rows", "keys", "unreadable"}.
    Raises: NotDone, ChangedMeanwhile.
    """
    taken_at = datetime.now(UTC)
    if to.is_dir():
        to = to / f"{cluster.database}-{taken_at:%Y%m%dT%H%M%SZ}.backup"
    to.parent.mkdir(parents=True, exist_ok=True)
    before = {name: _read(path) for name, path in secret_files(cluster).items()}
    # before the data: what was exported after them the rows would not hold, and sealing exports it again
    exported = _read(cluster.checkpoints)
    with drafted(to, tell) as draft:
        told = _data(cluster, draft)
        secrets = {name: _read(path) for name, path in secret_files(cluster).items()}
        if secrets != before:
            raise ChangedMeanwhile("keys were changed while the backup ran: nothing was kept; run it again")
        if keys:
            _secrets(cluster, draft, secrets)
        erasures.catch_up(cluster)
        draft.add(f"home/{erasures.NAME}", _read(erasures.journal(cluster)) or b"")
        for name, content in (
            ("home/checkpoints", exported),
            ("home/ledger.pub", _read(open_files(cluster)["home/ledger.pub"])),
        ):
            if content is not None:
                draft.add(name, content)
        manifest = draft.finish(
            {
                "seloste": importlib.metadata.version("seloste") if _is_installed() else None,
                "database": cluster.database,
                "taken_at": taken_at.isoformat(),
                "keys": {"included": keys, "mark": mark(secrets["home/keys"])},
                **told,
            }
        )
    put(last_file(cluster), json.dumps({"file": str(to), "taken_at": manifest["taken_at"]}).encode())
    return {
        "file": str(to),
        "manifest": identity(manifest),
        "notice": manifest["notice"],
        "rows": sum(part.get("rows", 0) for part in manifest["parts"].values()),
        "keys": keys,
        "unreadable": [] if keys or secrets["home/keys"] is None else manifest["sealed"],
    }


def key_file(cluster: Cluster) -> Path:
    """Where the keys of a register's sealed values are."""
    return cluster.key_file


def secret_files(cluster: Cluster) -> dict[str, Path]:
    """What a backup calls the keys of a register, and where they are: of sealed values, and of the ledger."""
    signing = cluster.ledger_key
    return {
        "home/keys": key_file(cluster),
        "home/ledger.key": signing,
        "home/ledger.next": signing.with_suffix(".next"),
    }


def open_files(cluster: Cluster) -> dict[str, Path]:
    """What a backup calls the files that anybody may read, and where they are."""
    return {
        "home/checkpoints": cluster.checkpoints,
        "home/ledger.pub": cluster.ledger_key.with_suffix(".pub"),
    }


def last_file(cluster: Cluster) -> Path:
    """Where it is remembered when the last backup was taken."""
    return cluster.home / f"{cluster.database}.last-backup.json"


def mark(held: bytes | None) -> str | None:
    """This will tell key files apart without telling a key: the secret in them cannot be guessed."""
    return sha256(b"keys of a backup\n" + held).hexdigest() if held else None


def identity(manifest: Mapping[str, Any]) -> str:
    """The digest of a manifest, which stands for the whole backup."""
    return sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _is_installed() -> bool:
    try:
        importlib.metadata.version("seloste")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _secrets(cluster: Cluster, draft: Draft, held: Mapping[str, bytes | None]) -> None:
    for name, content in held.items():
        if content is not None:
            draft.add(name, content)
    own = cluster.role("")
    told = {
        role.removeprefix(own): cluster.password(role)
        for role in cluster.passwords.roles()
        if role.startswith(own)
    }
    draft.add("home/passwords.json", json.dumps(told).encode())


def _data(cluster: Cluster, draft: Draft) -> dict[str, Any]:
    """Every table in one snapshot, and what is needed to make them anew.

    The tables are locked before the snapshot is taken, as a change of their columns in between would
    otherwise be met half; readers and writers do not notice, a notice waits to be applied.
    `row_security = off` makes the server refuse what it would leave out.
    """
    with psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database)) as admin:
        admin.execute("SET TimeZone = 'UTC'")
        admin.execute("SET row_security = off")
        tables = snapshot(admin)
        if "subject" not in tables:
            raise NotDone(f"there is no register in database {cluster.database!r}: nothing to back up")
        admin.commit()
        admin.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        admin.read_only = True
        ours = sorted(tables.keys() - {MIGRATIONS})
        names = [("register", name) for name in (*ours, MIGRATIONS)]
        applied = _exists(admin, "policy.notice")
        admin.rollback()
        registry = _registry(admin) if applied else {}
        admin.rollback()
        names += [("policy", name) for name in registry]
        admin.execute(
            sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(
                sql.SQL(", ").join(sql.Identifier(*name) for name in names)
            )
        )
        if {n: t.columns for n, t in snapshot(admin).items()} != {n: t.columns for n, t in tables.items()}:
            raise NotDone("the tables were changed just now: nothing was kept; run it again")
        for name in ours:
            _copy(admin, draft, "register", name, list(tables[name].columns))
        for name, columns in registry.items():
            _copy(admin, draft, "policy", name, columns)
        return {
            "server": admin.info.server_version,
            "migrations": [
                list(row)
                for row in admin.execute(
                    f"SELECT app, name FROM register.{MIGRATIONS} ORDER BY id"
                ).fetchall()
            ],
            "comment": _one(
                admin,
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                cluster.database,
            ),
            "notice": _one(admin, "SELECT hash FROM policy.notice WHERE replaced_at IS NULL")
            if applied
            else None,
            "sequences": _sequences(admin),
            "sealed": _sealed([name for name in ours if draft.rows(f"register/{name}")], tables),
        }


def _registry(admin: psycopg.Connection) -> dict[str, list[str]]:
    """The policy's tables to keep, with their columns; keys have one for each word of an answer."""
    columns = [
        name
        for (name,) in admin.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'policy.key'::regclass AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum"
        ).fetchall()
    ]
    return {**{name: list(told) for name, told in REGISTRY.items()}, "key": columns}


def _exists(admin: psycopg.Connection, table: str) -> bool:
    return _one(admin, "SELECT to_regclass(%s) IS NOT NULL", table) is True


def _one(admin: psycopg.Connection, query: str, *arguments: object) -> Any:
    row = admin.execute(query, arguments).fetchone()
    return row[0] if row else None


def _copy(admin: psycopg.Connection, draft: Draft, schema: str, table: str, columns: list[str]) -> None:
    """One table; that no row was left out is asked of the same snapshot."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    source = sql.Identifier(schema, table)
    with draft.part(f"{schema}/{table}") as (written, more):
        cursor = admin.cursor()
        with cursor.copy(sql.SQL("COPY {} ({}) TO STDOUT").format(source, names)) as copy:
            for piece in copy:
                written.write(piece)
        more |= {"rows": cursor.rowcount, "columns": columns}
    [(there,)] = admin.execute(sql.SQL("SELECT count(*) FROM {}").format(source)).fetchall()
    if there != cursor.rowcount:
        raise NotDone(
            f"{schema}.{table} holds {there} rows and {cursor.rowcount} were copied: nothing was kept"
        )


def _sequences(admin: psycopg.Connection) -> dict[str, int]:
    """The last key that each table has given away; asked last, so that no row copied has a later one."""
    found = {}
    for (name,) in admin.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'register'::regnamespace"
    ).fetchall():
        found[name] = _one(admin, f'SELECT last_value FROM register."{name}"')
    return found


def _sealed(filled: list[str], tables: Mapping[str, Any]) -> list[str]:
    """The columns that hold ciphertext, which nobody reads without the keys."""
    return [
        f"{name}.{column}"
        for name in filled
        for column, kind in tables[name].columns.items()
        if kind == "bytea"
    ]
