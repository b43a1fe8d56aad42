"""`policy bootstrap|apply|verify` on a database of their own."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import servers

from .conftest import NEW, OLD, Commands


@pytest.fixture
def database(one_server: Any, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The commands, and the name of a database that is not there yet."""
    name = f"p{secrets.token_hex(4)}"
    monkeypatch.setenv("DATABASE_URL", one_server.admin)
    monkeypatch.setenv("SELOSTE_DATABASE", name)
    yield Commands(tmp_path, capsys), name, one_server.admin
    servers.drop(one_server.admin, name)


def test_from_nothing_to_a_policy_that_verifies(database: Any) -> None:
    seloste, name, admin = database
    nothing = seloste("policy", "verify")
    assert nothing.code == 4
    assert "policy bootstrap" in nothing.err
    look = ("see", "1", "--purpose", "service", "--as", "anybody", "--reason", "call:1")
    assert seloste(*look).code == 4
    made = seloste("policy", "bootstrap", "--format", "json")
    assert made.code == 0
    assert made.json["database"] == name
    assert seloste("policy", "bootstrap").code == 0, "twice is once"
    unruled = seloste("policy", "verify")
    assert unruled.code == 1
    assert "policy apply" in unruled.err
    assert seloste("populate", "--persons", "60").code == 1

    applied = seloste("policy", "apply", NEW, "--format", "json")
    assert applied.code == 0
    assert applied.json["changed"] is True
    again = seloste("policy", "apply", NEW, "--format", "json")
    assert (again.code, again.json["changed"], again.json["new_keys"]) == (0, False, 0)

    clean = seloste("policy", "verify", "--deep", "--format", "json")
    assert clean.json["drift"] == []
    assert clean.code == 0
    assert "metering_data" in clean.json["not_held"]
    assert clean.json["notice"] == applied.json["notice"]

    with psycopg.connect(make_conninfo(admin, dbname=name)) as inside:
        inside.execute(f'GRANT SELECT ON register.receivable TO "{name}.direct_marketing@sahkolaitos"')
    drifted = seloste("policy", "verify", "--format", "json")
    assert drifted.code == 1
    assert any("receivable" in each["object"] for each in drifted.json["drift"])
    assert all(each.keys() == {"kind", "object", "expected", "found"} for each in drifted.json["drift"])
    told = seloste("policy", "verify")
    assert told.code == 1
    assert "receivable" in told.out


def test_what_a_role_may_not_do_is_refused_by_name(database: Any) -> None:
    seloste, name, admin = database
    assert seloste("policy", "bootstrap").code == 0
    with psycopg.connect(make_conninfo(admin, dbname=name)) as inside:
        inside.execute("ALTER TABLE register.subject OWNER TO CURRENT_USER")
    told = seloste("policy", "apply", NEW)
    assert told.code == 3
    assert "table subject" in told.err
    assert "policy verify" in told.err
    answer = seloste("policy", "apply", NEW, "--format", "json")
    assert answer.code == 3
    assert answer.json["error"]["rule"] == answer.json["verdict"]["reason"] == "insufficient_privilege"
    assert answer.json["verdict"]["allowed"] is False


def test_a_faulty_notice_opens_what_it_supports_when_asked_as_published(database: Any) -> None:
    seloste, _, _ = database
    assert seloste("policy", "bootstrap").code == 0
    assert seloste("policy", "apply", OLD).code == 1
    published = seloste("policy", "apply", OLD, "--as-published", "--format", "json")
    assert published.code == 0, published.out + published.err
    assert published.json["as_published"] is True
    assert seloste("policy", "verify", "--format", "json").json["drift"] == []
