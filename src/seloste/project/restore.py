"""Restoring the register: an empty database and an empty folder in, a register that obeys its notice out.

Rows are loaded before there is any policy, so that no trigger has to be turned off; then the notice
that was in force is applied, which decides every answer anew. From its first step until its last a
restore is marked, in the folder and on the database: whatever finds the mark takes neither for whole,
and the same command begins anew.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from seloste.interfaces.cli.house import NotDone, NotUsable
from seloste.notice import Notice
from seloste.policy import registry
from seloste.policy.apply import apply
from seloste.policy.bootstrap import bootstrap
from seloste.policy.deep import verify_deep
from seloste.policy.statements import identifier, literal
from seloste.policy.verify import verify

from . import erasures
from .backup import identity, key_file, mark, open_files, secret_files
from .backup_file import Backup, opened, put, sync_folder
from .erase_again import erase_again
from .wiring import AFTER_RESTORE, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .database import Cluster

GAP = 1_000_000
"""Keys that are skipped: those given away between the backup and the loss stand in logs and
checkpoints, and shall never mean somebody else."""

UNFINISHED = "restore.unfinished"
MARK = "a restore is unfinished"


class RestoreUnfinished(NotDone):
    """A restore was begun here and did not end; the message says how to go on."""


@dataclass
class Restored:
    """What a restore did, and what it found."""

    backup: str
    taken_at: str
    notice: str | None
    rows: int = 0
    drift: list[str] = field(default_factory=list)
    keys: str = "restored"
    unreadable: list[str] = field(default_factory=list)
    erased_again: list[dict[str, Any]] = field(default_factory=list)
    not_erased: list[dict[str, Any]] = field(default_factory=list)
    checked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether everything is as it must be before anybody works with it."""
        return not self.drift and not self.not_erased and all(each["ok"] for each in self.checked)


def refuse_unfinished(home: Path) -> None:
    """This will refuse a folder in which a restore was begun and did not end.

    Raises: RestoreUnfinished.
    """
    if (home / UNFINISHED).exists():
        raise RestoreUnfinished(
            f"a restore was begun in {home} and did not end: run the same `seloste restore` again, it begins anew"
        )


def is_half(cluster: Cluster) -> bool:
    """Whether the database carries the mark of a restore that did not end, wherever that was begun."""
    with _maintenance(cluster) as admin:
        row = admin.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [cluster.database],
        ).fetchone()
    return bool(row and row[0] and row[0].startswith(f'{{"{MARK}"'))


def restore(
    cluster: Cluster,
    source: Path,
    *,
    journals: Iterable[Path],
    keys: Path | None,
    tell: Callable[[str], None],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Restored:
    """This will restore a backup into a database and a folder that hold nothing yet.

    `journals`: erasures made since, to be made again; `keys`: a key file that was kept apart.
    `tell` is told what is being done, `progress` how far the deciding is.
    Raises: NotUsable, DamagedBackup, NotDone. Law: GDPR 17, 32(1)(c).
    """
    with opened(source) as backup:
        backup.check(lambda name: tell(f"checking {name}"))
        later = [each for path in journals for each in _journal(path)]
        kept = _home(cluster, backup, keys)
        token = _make_room(cluster, kept, tell)
        done = Restored(identity(backup.manifest), backup.manifest["taken_at"], backup.manifest["notice"])
        for path, content in kept.items():
            put(path, content)
        _told_of_keys(cluster, backup, keys, done)
        _passwords(cluster, backup)
        tell("making the database and its roles")
        bootstrap(cluster)
        _comment(cluster, json.dumps({MARK: token}))
        _load(cluster, backup, done, tell)
        _bring_into_force(cluster, backup, tell, progress)
        erasures.add(erasures.journal(cluster), later)
        _aftermath(cluster, backup, done, tell, progress)
        _comment(cluster, backup.manifest.get("comment"))
        (cluster.home / UNFINISHED).unlink()
        sync_folder(cluster.home)
        return done


def _journal(path: Path) -> list[erasures.Erased]:
    if not path.exists():
        raise NotUsable(f"{path}: no such file; nothing was done")
    return erasures.read(path)


def _home(cluster: Cluster, backup: Backup, keys: Path | None) -> dict[Path, bytes]:
    """The files of the folder and what they will hold; the passwords come later."""
    kept = {erasures.journal(cluster): backup.read(f"home/{erasures.NAME}")}
    for name, path in {**secret_files(cluster), **open_files(cluster)}.items():
        if name in backup.parts:
            kept[path] = backup.read(name)
    if keys is not None:
        try:
            kept[key_file(cluster)] = keys.read_bytes()
        except OSError as wrong:
            raise NotUsable(f"{keys}: {(wrong.strerror or str(wrong)).lower()}; nothing was done") from None
    return kept


def _make_room(cluster: Cluster, kept: dict[Path, bytes], tell: Callable[[str], None]) -> str:
    """Nothing is overwritten but what an unfinished restore of ours has left behind.

    Shape: the token of this restore's mark. Raises: NotDone.
    """
    unfinished = cluster.home / UNFINISHED
    if unfinished.exists():
        tell("removing what an unfinished restore has left")
        told = json.loads(unfinished.read_text())
        _drop(cluster, told["token"])
        for name in told["files"]:
            (cluster.home / name).unlink(missing_ok=True)
        cluster.passwords.forget(cluster.role(""))
        unfinished.unlink()
    with _maintenance(cluster) as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [cluster.database]).fetchone():
            raise NotDone(
                f"database {cluster.database!r} is there already and was left as it is: a backup is restored where"
                " there is none. Name another with SELOSTE_DATABASE, or drop it first if nobody needs it"
            )
    there = [path for path, content in kept.items() if path.exists() and path.read_bytes() != content]
    if any(role.startswith(cluster.role("")) for role in cluster.passwords.roles()):
        there.append(cluster.passwords.path)
    if there:
        raise NotDone(
            f"{there[0]} is there already and was left as it is: a backup is restored into an empty folder."
            " Name another with SELOSTE_HOME, or move the file away first"
        )
    token = secrets.token_hex(8)
    files = [str(path.relative_to(cluster.home)) for path in kept if not path.exists()]
    put(unfinished, json.dumps({"token": token, "files": files}).encode())
    return token


def _drop(cluster: Cluster, token: str) -> None:
    """Drops the database of an unfinished restore, if it is that one: it carries the mark, or is bare."""
    with _maintenance(cluster) as admin:
        row = admin.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [cluster.database],
        ).fetchone()
        if row and row[0] != json.dumps({MARK: token}) and not (row[0] is None and _is_bare(cluster)):
            raise NotDone(
                f"database {cluster.database!r} is not the one that the unfinished restore in {cluster.home} made: it was"
                f" left as it is. Remove {cluster.home / UNFINISHED} if you know why"
            )
        for name in (cluster.database, f"{cluster.database}.pristine"):
            admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        for (role,) in admin.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [cluster.role("")]
        ).fetchall():
            admin.execute(f"DROP ROLE {identifier(role)}")


def _is_bare(cluster: Cluster) -> bool:
    with _inside(cluster) as admin:
        return admin.execute("SELECT to_regclass('register.subject') IS NULL").fetchone() == (True,)


def _maintenance(cluster: Cluster) -> psycopg.Connection[Any]:
    return psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname="postgres"), autocommit=True)


def _inside(cluster: Cluster) -> psycopg.Connection[Any]:
    return psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database))


def _comment(cluster: Cluster, told: str | None) -> None:
    with _maintenance(cluster) as admin:
        text = "NULL" if told is None else literal(told)
        admin.execute(f"COMMENT ON DATABASE {identifier(cluster.database)} IS {text}")


def _told_of_keys(cluster: Cluster, backup: Backup, given: Path | None, done: Restored) -> None:
    wanted = backup.manifest["keys"]["mark"]
    path = key_file(cluster)
    there = mark(path.read_bytes()) if path.exists() else None
    if wanted is None:
        done.keys = "none were in use"
    elif there is None:
        done.keys = "missing"
        done.unreadable = list(backup.manifest["sealed"])
    elif there == wanted:
        done.keys = "given" if given else "restored"
    else:
        done.keys = "other than those of the backup"
        done.unreadable = list(backup.manifest["sealed"])


def _passwords(cluster: Cluster, backup: Backup) -> None:
    """Those of the backup, under the name that the database has here; without them new ones are made."""
    if "home/passwords.json" in backup.parts:
        for name, password in json.loads(backup.read("home/passwords.json")).items():
            cluster.passwords.put(cluster.role(name), password)


def _load(cluster: Cluster, backup: Backup, done: Restored, tell: Callable[[str], None]) -> None:
    """The tables as they were, their rows, and then what newer versions of the program add to them."""
    tell("making the tables")
    owner = cluster.dsn(cluster.role("owner"))
    try:
        migrate(owner, [(app, name) for app, name in backup.manifest["migrations"]])
    except KeyError as strange:
        raise NotDone(
            f"the backup was made by a newer Seloste, whose {strange} is not known here: restore it with that version"
        ) from None
    with _inside(cluster) as admin:
        for table in _in_order(admin, backup.under("register")):
            tell(f"loading {table}")
            done.rows += _copy(admin, backup, "register", table)
        for sequence, last in backup.manifest["sequences"].items():
            admin.execute("SELECT setval(%s::regclass, %s)", [f'register."{sequence}"', last + GAP])
    migrate(owner)
    if not backup.under("policy"):
        return
    with _inside(cluster) as admin:
        admin.execute(f"SET LOCAL ROLE {identifier(cluster.role('engine'))}")
        for statement in registry.tables():
            admin.execute(statement)
        admin.execute("RESET ROLE")
        for name in backup.under("policy"):
            done.rows += _copy(admin, backup, "policy", name.partition("/")[2])
        # numbers keep their meaning; that nothing is in force yet makes every answer be decided anew
        admin.execute("UPDATE policy.notice SET replaced_at = now() WHERE replaced_at IS NULL")
        admin.execute("UPDATE policy.key SET state = 'retired', role = %s || login", [cluster.role("")])


def _in_order(admin: psycopg.Connection[Any], parts: list[str]) -> list[str]:
    """Tables after those that their foreign keys name; most are deferred to the commit anyway.

    No statistics of values may be gathered before the policy forbids it.
    """
    before: dict[str, set[str]] = {part.partition("/")[2]: set() for part in parts}
    for table, target in admin.execute(
        "SELECT c.conrelid::regclass::text, c.confrelid::regclass::text FROM pg_constraint c"
        " WHERE c.contype = 'f' AND NOT c.condeferrable AND c.conrelid <> c.confrelid"
        " AND c.connamespace = 'register'::regnamespace"
    ).fetchall():
        before[table.removeprefix("register.")].add(target.removeprefix("register."))
    for table in before:
        admin.execute(f"ALTER TABLE register.{identifier(table)} SET (autovacuum_enabled = false)")
    return list(TopologicalSorter(before).static_order())


def _copy(admin: psycopg.Connection[Any], backup: Backup, schema: str, table: str) -> int:
    name = f"{schema}/{table}"
    told = backup.parts[name]
    columns = sql.SQL(", ").join(map(sql.Identifier, told["columns"]))
    cursor = admin.cursor()
    with cursor.copy(
        sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(schema, table), columns)
    ) as copy:
        for piece in backup.chunks(name):
            copy.write(piece)
    if cursor.rowcount != told["rows"]:
        raise NotDone(f"{name} has {told['rows']} rows in the backup and {cursor.rowcount} were loaded")
    return cursor.rowcount


def _bring_into_force(
    cluster: Cluster, backup: Backup, tell: Callable[[str], None], progress: Callable[[int, int], None]
) -> None:
    if backup.manifest["notice"] is None:
        return
    tell("bringing the notice into force")
    with _inside(cluster) as admin:
        [(body, as_published)] = admin.execute(
            "SELECT body, as_published FROM policy.notice WHERE hash = %s", [backup.manifest["notice"]]
        ).fetchall()
    apply(cluster, Notice.from_canonical(body), as_published=as_published, progress=progress)
    with _inside(cluster) as admin:
        for name in backup.under("register"):
            table = identifier(name.partition("/")[2])
            admin.execute(f"ALTER TABLE register.{table} RESET (autovacuum_enabled)")
        admin.execute("ANALYZE")


def _aftermath(
    cluster: Cluster,
    backup: Backup,
    done: Restored,
    tell: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> None:
    """Erasures made since are made again; then everything is compared, as after any change."""
    if backup.manifest["notice"] is not None:
        tell("erasing again what was erased since")
        done.erased_again, done.not_erased = erase_again(cluster)
        tell("verifying the policy")
        done.drift = [str(each) for each in verify(cluster).drift]
        done.drift += [str(each) for each in verify_deep(cluster, progress)]
    for name, check in AFTER_RESTORE.items():
        tell(f"checking {name}")
        done.checked += [{"what": name, "ok": ok, "told": told} for ok, told in check(cluster)]
