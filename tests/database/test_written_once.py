"""What a login may reserve, and what is written once: by the logins of the register's own notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import login

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.project.database import Cluster

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
RESERVE = "SELECT policy.reserve(%s, 5)"


@pytest.fixture(scope="module")
def cluster(server) -> Iterator[Cluster]:
    with governed(server, NOTICE, "once") as made:
        yield made


@pytest.mark.parametrize("table", ["staff", "training", "receivable", "agreement"])
def test_keys_are_reserved_by_who_inserts_the_rows(cluster: Cluster, table: str) -> None:
    with login(cluster, "rights@all") as rights:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="who may insert the rows"):
            rights.execute(RESERVE, [table])
        assert rights.execute(RESERVE, ["subject"]).fetchone()


def test_a_login_reserves_keys_of_the_tables_that_it_loads(cluster: Cluster) -> None:
    with login(cluster, "upkeep@sahkolaitos") as upkeep:
        for table in ("subject", "agreement", "metering_point", "data_key"):
            first, after = (upkeep.execute(RESERVE, [table]).fetchone()[0] for _ in range(2))
            assert after == first + 5


def test_what_a_key_is_known_by_is_written_once(cluster: Cluster) -> None:
    """An update of the check values made every key look wrong, of both sides."""
    with login(cluster, "access_administration@all") as keeper:
        add = "INSERT INTO key_version (name, version, check_value) VALUES ('kek-x', %s, %s)"
        keeper.execute(add, [1, b"known"])
        for change in (
            "UPDATE key_version SET check_value = 'x'",
            "UPDATE key_version SET version = 2",
            "UPDATE key_version SET name = 'kek-y'",
            (
                "INSERT INTO key_version (name, version, check_value) VALUES ('kek-x', 1, 'x')"
                " ON CONFLICT (name, version) DO UPDATE SET check_value = EXCLUDED.check_value"
            ),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                keeper.execute(change)
        with pytest.raises(psycopg.errors.UniqueViolation):
            keeper.execute(add, [1, b"x"])
        keeper.execute(add, [2, b"next"])
        kept = keeper.execute("SELECT version, check_value FROM key_version ORDER BY 1").fetchall()
        assert kept == [(1, b"known"), (2, b"next")]
