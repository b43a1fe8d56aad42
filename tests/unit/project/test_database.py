"""Where the database is found, and how the passwords of its roles are kept."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from seloste.project import database
from seloste.project.database import Cluster, NoDatabase, Passwords, open_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    import servers


def test_passwords_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "passwords.json"
    made = Passwords(path).get("d.owner")
    assert Passwords(path).get("d.owner") == made
    assert path.stat().st_mode & 0o777 == 0o600
    Passwords(path).put("d.owner", "another")
    assert Passwords(path).get("d.owner") == "another"
    assert len({Passwords(path).get(f"d.{n}") for n in range(3)}) == 3


def test_passwords_that_are_made_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "passwords.json"
    stores = [Passwords(path) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: (f"d.{n % 20}", stores[n % 8].get(f"d.{n % 20}")), range(160)))
    kept = Passwords(path)
    assert {kept.get(role) for role, _ in made} == {password for _, password in made}
    assert all(kept.get(role) == password for role, password in made)
    assert [left.name for left in tmp_path.glob("tmp*")] == []


def test_a_role_is_led_where_the_administrator_is(tmp_path: Path) -> None:
    passwords = Passwords(tmp_path / "passwords.json")
    passwords.put("d.owner", "it's \\ odd")
    url = "postgresql://admin:secret@[::1]:5433/postgres?sslmode=require&application_name=x"
    assert conninfo_to_dict(Cluster(url, passwords, "d").dsn("d.owner")) == {
        "host": "::1",
        "port": "5433",
        "sslmode": "require",
        "user": "d.owner",
        "password": "it's \\ odd",
        "dbname": "d",
    }


@pytest.fixture
def plain_role(server: servers.Server) -> Iterator[str]:
    """Connection string of a role that is no superuser."""
    name, password = f"plain{secrets.token_hex(4)}", secrets.token_hex()
    with psycopg.connect(server.admin, autocommit=True) as admin:
        admin.execute(SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(Identifier(name), password))
        try:
            yield make_conninfo(server.admin, user=name, password=password)
        finally:
            admin.execute(SQL("DROP ROLE {}").format(Identifier(name)))


def test_the_url_comes_first(server: servers.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", server.admin)
    monkeypatch.setenv("SELOSTE_DATABASE", "named")
    with open_cluster(tmp_path) as cluster:
        assert not cluster.is_embedded
        assert cluster.role("owner") == "named.owner"
        assert cluster.passwords.path.parent == tmp_path
    with open_cluster(tmp_path, "other") as cluster:
        assert cluster.database == "other"


def test_else_the_embedded_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("SELOSTE_DATABASE", raising=False)
    monkeypatch.setattr(database, "embedded", lambda home: _refuse("the wheel is missing"))
    with pytest.raises(NoDatabase, match="the wheel is missing"), open_cluster(tmp_path):
        pass


def _refuse(why: str) -> None:
    raise database.ServerDidNotStart(why)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://admin:topsecret@127.0.0.1:1/postgres", "does not lead to a server"),
        ("postgers://admin:topsecret@127.0.0.1/postgres", "cannot be read"),
        ("admin topsecret", "cannot be read"),
        ("postgresql://admin:topsecret@127.0.0.1/postgres?sslmod=require", "cannot be read"),
    ],
)
def test_a_url_that_leads_nowhere(
    url: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(NoDatabase, match=told) as refused, open_cluster(tmp_path):
        pass
    assert "topsecret" not in str(refused.value)


def test_a_url_must_name_a_superuser(
    plain_role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", plain_role)
    with pytest.raises(NoDatabase, match="superuser"), open_cluster(tmp_path):
        pass


def test_a_server_that_is_too_old(
    server: servers.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.admin)
    monkeypatch.setattr(database, "OLDEST", 990000)
    with pytest.raises(NoDatabase, match="needs 15 or newer"), open_cluster(tmp_path):
        pass


def test_a_home_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    (tmp_path / "file").touch()
    with pytest.raises(NoDatabase, match="SELOSTE_HOME"), open_cluster(tmp_path / "file" / "home"):
        pass
