"""Where the register's database is: DATABASE_URL first, else the embedded server."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from .embedded import ServerDidNotStart, embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

OLDEST = 150000
"""PostgreSQL 15."""


class NoDatabase(Exception):
    """There is no database to work on; the message says what to do about it."""


Known = dict[str, tuple[str, ...]]
"""Role to its password; while passwords are being changed, to the new one and the one before it."""


class Passwords:
    """Passwords of this register's roles, in a file that its owner alone can read."""

    def __init__(self, path: Path) -> None:
        """The store at `path`; it need not exist yet."""
        self.path = path
        self._known = self._read()

    def get(self, role: str) -> str:
        """This will give a role's password, made and kept when it has none yet."""
        if role not in self._known:
            with self._alone():
                self._known = self._read()
                if role not in self._known:
                    self._keep({**self._known, role: (secrets.token_urlsafe(24),)})
        return self._known[role][0]

    def put(self, role: str, password: str) -> None:
        """This will keep a password."""
        with self._alone():
            self._keep({**self._read(), role: (password,)})

    def forget(self, prefix: str) -> None:
        """This will forget the passwords of all roles whose names begin so."""
        with self._alone():
            kept = self._read()
            self._keep({role: told for role, told in kept.items() if not role.startswith(prefix)})

    def again(self, role: str) -> tuple[str, ...]:
        """This will read the file again: the passwords that may be a role's now, the likeliest first."""
        self._known = self._read()
        return self._known.get(role, ())

    def roles(self) -> list[str]:
        """The roles that have a password."""
        return sorted(self._known)

    @contextmanager
    def changing(self, roles: Iterable[str]) -> Iterator[dict[str, str]]:
        """This will lend a new password for each role, to be set in the database within the block.

        The file holds the old ones too until the block has ended well: whoever connects meanwhile
        finds the one that holds. When the block fails, or is killed, both stay, as either may hold.
        """
        with self._alone():
            before = self._read()
            new = {role: secrets.token_urlsafe(24) for role in roles}
            both = {role: (password, *before.get(role, ())) for role, password in new.items()}
            self._keep({**before, **both})
            yield new
            self._keep({**before, **{role: (password,) for role, password in new.items()}})

    def _read(self) -> Known:
        if not self.path.exists():
            return {}
        told = json.loads(self.path.read_text())
        return {role: (each,) if isinstance(each, str) else tuple(each) for role, each in told.items()}

    def _keep(self, known: Known) -> None:
        """The file is replaced whole, so that a kill loses nothing."""
        handle, name = tempfile.mkstemp(dir=self.path.parent)
        with os.fdopen(handle, "w") as file:
            told = {role: each[0] if len(each) == 1 else each for role, each in known.items()}
            json.dump(told, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.path)
        self._known = known

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two processes that make passwords at once would otherwise lose each other's."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@dataclass
class Cluster:
    """A server and the register's database on it."""

    administrator: str
    passwords: Passwords
    database: str = "seloste"
    home: Path = field(default_factory=Path)
    is_embedded: bool = False

    @property
    def key_file(self) -> Path:
        """The file of this register's keys, beside its passwords: one a database."""
        return self.kept(f"keys-{self.database}", ".json")

    @property
    def ledger_key(self) -> Path:
        """The file of the key that signs this register's ledger; its public key lies beside it."""
        return self.kept("ledger") / f"{self.database}.key"

    @property
    def checkpoints(self) -> Path:
        """The file that this register's checkpoints are exported to, if nobody says another."""
        return self.kept("checkpoints") / f"{self.database}.txt"

    def kept(self, name: str, suffix: str = "") -> Path:
        """Where files of that name are kept beside the passwords of this server."""
        which = self.passwords.path.stem.removeprefix("passwords")
        return self.passwords.path.with_name(f"{name}{which}{suffix}")

    def admin_dsn(self) -> str:
        """Connection string of the administrator, to the maintenance database."""
        return self.administrator

    def role(self, name: str) -> str:
        """The cluster-wide name of a role of this register: it carries the database's name."""
        return f"{self.database}.{name}"

    def password(self, role: str) -> str:
        """The password of a role, made when it has none yet."""
        return self.passwords.get(role)

    def dsn(self, role: str) -> str:
        """Connection string of a role, by its cluster-wide name, to the register's database."""
        return self._dsn(role, self.password(role))

    def again(self, role: str) -> list[str]:
        """Connection strings to try when the password was refused: the file is read again."""
        return [self._dsn(role, password) for password in self.passwords.again(role)]

    def _dsn(self, role: str, password: str) -> str:
        parts = conninfo_to_dict(self.administrator)
        kept = {k: v for k, v in parts.items() if k in {"host", "hostaddr", "port", "sslmode", "sslrootcert"}}
        return make_conninfo("", **kept, user=role, password=password, dbname=self.database)

    @property
    def migrate(self) -> Callable[[str], None]:
        """What makes the register's tables where a connection string leads."""
        from .wiring import migrate

        return migrate


@contextmanager
def open_cluster(home: Path, database: str | None = None) -> Iterator[Cluster]:
    """This will find the server for the length of a block: DATABASE_URL, else the embedded one.

    `DATABASE_URL` names the administrator, a superuser. The register's database is `database`, else
    what SELOSTE_DATABASE says, else `seloste`.
    Raises: NoDatabase.
    """
    name = database or os.environ.get("SELOSTE_DATABASE") or "seloste"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise NoDatabase(
            f"{home}: {(wrong.strerror or str(wrong)).lower()}; set SELOSTE_HOME to a folder of your own"
        ) from None
    if url := os.environ.get("DATABASE_URL"):
        _usable(url)
        yield Cluster(url, Passwords(home / f"passwords-{_which(url)}.json"), name, home)
        return
    try:
        with embedded(home).running() as server:
            yield Cluster(server.dsn, Passwords(home / "passwords.json"), name, home, is_embedded=True)
    except ServerDidNotStart as wrong:
        raise NoDatabase(str(wrong)) from None


def _usable(url: str) -> None:
    try:
        with psycopg.connect(url, dbname="postgres", connect_timeout=10) as connection:
            version = connection.info.server_version
            row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    except psycopg.ProgrammingError:
        # libpq quotes what it could not read, and with it the password
        raise NoDatabase(
            "DATABASE_URL cannot be read: it looks like postgresql://user:password@host/"
        ) from None
    except psycopg.OperationalError as wrong:
        told = str(wrong).strip().splitlines() or [type(wrong).__name__]
        raise NoDatabase(f"DATABASE_URL does not lead to a server: {told[0]}") from None
    if version < OLDEST:
        raise NoDatabase(f"the server is PostgreSQL {version // 10000}; Seloste needs 15 or newer")
    if not row or not row[0]:
        raise NoDatabase("DATABASE_URL must name a superuser: it makes the roles that everybody else uses")


def _which(url: str) -> str:
    parts = conninfo_to_dict(url)
    told = "|".join(str(parts.get(name, "")) for name in ("host", "hostaddr", "port"))
    return hashlib.sha256(told.encode()).hexdigest()[:8]
