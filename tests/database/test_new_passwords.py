"""Passwords are changed while people work: nobody who reads is turned away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from conftest import EXAMPLES, NOTICES, governed
from seloste.policy.bootstrap import change_passwords, logins
from seloste.policy.verify import verify
from seloste.project.database import Cluster, Passwords
from seloste.project.wiring import configure

SOURCE = EXAMPLES.parent / "src"
SERVICE = "service@sahkolaitos"


@pytest.fixture(scope="module")
def cluster(server):
    with governed(server, NOTICES / "small.yaml", "passwords") as made:
        yield made


def another(cluster: Cluster) -> Cluster:
    """The same register, as another process knows it: its passwords were read before."""
    return Cluster(cluster.administrator, Passwords(cluster.passwords.path), cluster.database, cluster.home)


def rotate(cluster: Cluster) -> None:
    roles = logins(cluster)
    assert len(roles) > 8
    with cluster.passwords.changing(roles) as new:
        change_passwords(cluster, new)


def refused(cluster: Cluster, role: str, password: str) -> bool:
    parts = psycopg.conninfo.conninfo_to_dict(cluster.dsn(role))
    try:
        psycopg.connect(**{**parts, "password": password}).close()
    except psycopg.OperationalError:
        return True
    return False


def test_every_login_has_another_password_and_the_old_one_is_refused(cluster):
    roles = logins(cluster)
    before = {role: cluster.password(role) for role in roles}
    rotate(cluster)
    assert all(cluster.password(role) != before[role] for role in roles)
    assert all(refused(cluster, role, before[role]) for role in roles)
    assert not any(refused(cluster, role, cluster.password(role)) for role in roles)
    assert verify(cluster).drift == ()
    assert cluster.passwords.path.stat().st_mode & 0o777 == 0o600
    assert all(isinstance(each, str) for each in json.loads(cluster.passwords.path.read_text()).values())


def test_nobody_who_reads_is_turned_away(cluster):
    """Every read is on a connection of its own, through a pool that knew the passwords before.

    Without the second look at the file (`Place.again`) every reader fails.
    """
    configure(cluster)
    from seloste.register.protection.backend.pool import Pool

    stop, wrong, done = threading.Event(), [], [0] * 4
    turn = threading.Condition()

    def read(number: int) -> None:
        pool = Pool(another(cluster), idle=-1.0)
        role = cluster.role(SERVICE)
        while not stop.is_set():
            try:
                connection = pool.take(role)
                connection.execute("SELECT count(id) FROM register.subject")
                pool.give(role, connection)
            except Exception as error:
                wrong.append(error)
                return
            finally:
                with turn:
                    done[number] += 1
                    turn.notify_all()

    readers = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(12):
            with turn:
                seen = list(done)
                assert turn.wait_for(
                    lambda seen=seen: wrong or all(a > b for a, b in zip(done, seen, strict=True)), 30
                )
            rotate(cluster)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert wrong == []


def test_housekeeping_comes_back_with_the_new_password(cluster):
    """Django's own connection is closed and opened again by a process that was configured before.

    Without `get_new_connection` of the backend it is refused.
    """
    configure(another(cluster))
    from django.db import connection

    def who() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT session_user")
            return cursor.fetchone()[0]

    assert who() == cluster.role("housekeeping")
    for _ in range(2):
        rotate(cluster)
        connection.close()
        assert who() == cluster.role("housekeeping")
    connection.close()


def test_housekeeping_with_a_wrong_password_is_refused_as_before(cluster, tmp_path: Path):
    stranger = Passwords(tmp_path / "passwords.json")
    stranger.put(cluster.role("housekeeping"), "guessed")
    configure(Cluster(cluster.administrator, stranger, cluster.database, tmp_path))
    from django.db import OperationalError, connection

    with pytest.raises(OperationalError, match="connection to the database failed"):
        connection.ensure_connection()
    configure(cluster)


KILLED = """
import os, signal, sys
from pathlib import Path
from seloste.policy import bootstrap
from seloste.project.database import Cluster, Passwords
admin, name, path, where = sys.argv[1:]
cluster = Cluster(admin, Passwords(Path(path)), name, Path(path).parent)
with cluster.passwords.changing(bootstrap.logins(cluster)) as new:
    if where == "after":
        bootstrap.change_passwords(cluster, new)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_change_that_was_killed_locks_nobody_out_and_is_made_anew(cluster, where):
    """Killed before the database knew of the new passwords, or after and before the file forgot the old ones."""
    configure(cluster)
    from seloste.register.protection.backend.pool import Pool

    known_before = Pool(another(cluster))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, cluster.admin_dsn(), cluster.database, str(cluster.passwords.path), where],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    role = cluster.role(SERVICE)
    for pool in (known_before, Pool(another(cluster))):
        connection = pool.take(role)
        pool.give(role, connection)
        pool.close()
    rotate(another(cluster))
    assert verify(another(cluster)).drift == ()


def test_a_wrong_password_is_refused_as_before(cluster, tmp_path: Path):
    configure(cluster)
    from seloste.register.protection.backend.pool import Pool

    role = cluster.role(SERVICE)
    stranger = Passwords(tmp_path / "passwords.json")
    stranger.put(role, "guessed")
    pool = Pool(Cluster(cluster.administrator, stranger, cluster.database, tmp_path))
    with pytest.raises(Exception, match="connection to the database failed"):
        pool.take(role)
    assert pool.size == 0
