"""`status` and `serve`: what stopped, why, what to run; every check is seen in every state it has."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import servers

from .conftest import NEW, SOURCE, Commands

EVENT = """INSERT INTO register.event (id, at, kind, actor, role, login, reason, categories, way, count, notice_hash)
VALUES (gen_random_uuid(), now() - interval '1 hour', 'subjects.read', '1', 'clerk', 'service', 'call:1', '{name}', 'listed', 0, 'x')"""
OPENED = (
    "INSERT INTO register.staff (id, username, name, employer) OVERRIDING SYSTEM VALUE VALUES (1, 'a', 'A', 'sahkolaitos'), (2, 'b', 'B', 'sahkolaitos')",
    """INSERT INTO register.break_glass (id, staff_id, controller, login, ground, reason, notice_hash, review_by)
    VALUES ('11111111-1111-4111-8111-111111111111', 1, 'sahkolaitos', 'emergency@all', 'danger_to_life', 'call:1', 'x', now() + interval '1 day')""",
)


class Place:
    """A register of its own, the commands on it, and the administrator's hand in it."""

    def __init__(self, seloste: Commands, admin: str, name: str) -> None:
        self.seloste, self.admin, self.name = seloste, admin, name

    def run(self, *statements: str) -> Any:
        with psycopg.connect(make_conninfo(self.admin, dbname=self.name), autocommit=True) as inside:
            for statement in statements:
                cursor = inside.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def states(self) -> dict[str, str]:
        answer = self.seloste("status", "--format", "json")
        states = {each["check"]: each["state"] for each in answer.json["checks"]}
        assert answer.code == (0 if set(states.values()) == {"ok"} else 1)
        for each in answer.json["checks"]:
            assert each["state"] != "ok" or each["run"] is None
        return states

    def told(self, check: str) -> Any:
        """What one check tells, the others left alone."""
        from seloste.project import status
        from seloste.project.database import open_cluster

        with open_cluster(self.home) as cluster, pytest.MonkeyPatch.context() as patch:
            [only] = [each for each in status.checks() if each.name == check]
            patch.setattr(status, "checks", lambda: [only])
            [(_, told)] = status.status(cluster, self.home)
        return told

    @property
    def cluster(self) -> Any:
        """Where its files are."""
        from seloste.project.database import open_cluster

        with open_cluster(self.home) as cluster:
            return cluster

    @property
    def home(self) -> Path:
        return self.seloste.home


@pytest.fixture
def place(one_server: Any, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    name = f"st{secrets.token_hex(4)}"
    monkeypatch.setenv("DATABASE_URL", one_server.admin)
    monkeypatch.setenv("SELOSTE_DATABASE", name)
    made = Place(Commands(tmp_path / "home", capsys), one_server.admin, name)
    yield made
    servers.drop(one_server.admin, name)


@pytest.fixture
def governed(place: Place) -> Place:
    assert place.seloste("policy", "bootstrap").code == 0
    assert place.seloste("policy", "apply", NEW).code == 0
    assert place.seloste("backup", place.home / "one.backup").code == 0
    return place


def test_from_nothing_to_all_is_well(place: Place) -> None:
    nothing = place.seloste("status")
    assert nothing.code == 4
    assert "policy bootstrap" in nothing.err
    assert place.seloste("policy", "bootstrap").code == 0
    assert place.states()["notice"] == "stopped"
    assert place.told("notice").run == "seloste policy apply FILE"
    place.seloste("policy", "apply", NEW)
    assert {name: state for name, state in place.states().items() if state != "ok"} == {"backup": "attention"}
    place.seloste("backup", place.home / "one.backup")
    assert set(place.states().values()) == {"ok"}
    assert place.seloste("status").code == 0


def test_each_check_tells_what_is_wrong_and_what_to_run(governed: Place) -> None:
    [passwords] = list(governed.home.glob("passwords*.json"))
    keys = governed.cluster.key_file
    opening = "11111111-1111-4111-8111-111111111111"
    exported = governed.cluster.checkpoints
    kept = governed.home / "kept.txt"
    cases = [
        ("passwords", "stopped", lambda: passwords.chmod(0o640), lambda: passwords.chmod(0o600)),
        ("keys", "stopped", lambda: keys.write_text("{}"), keys.unlink),
        ("key_versions", "stopped",
         lambda: governed.run("INSERT INTO register.key_version (name, version, check_value) VALUES ('kek:sahkolaitos', 7, 'x')"),
         lambda: governed.run("DELETE FROM register.key_version WHERE version = 7")),
        ("ledger", "attention", lambda: governed.run(EVENT), lambda: governed.seloste("ledger", "seal")),
        ("checkpoints", "attention", lambda: exported.rename(kept), lambda: governed.seloste("ledger", "seal")),
        ("checkpoints", "stopped", lambda: exported.write_text("other"), lambda: kept.rename(exported)),
        ("checkpoints", "stopped", lambda: governed.run("CREATE TABLE public.kept AS TABLE register.checkpoint", "TRUNCATE register.checkpoint"),
         lambda: governed.run("INSERT INTO register.checkpoint TABLE public.kept", "DROP TABLE public.kept")),
        ("alarms", "attention", lambda: governed.run(*OPENED), lambda: governed.run(f"INSERT INTO register.alarm (opening_id, sent) VALUES ('{opening}', true)")),
        ("reviews", "attention", lambda: governed.run(f"UPDATE register.break_glass SET review_by = now() - interval '1 hour' WHERE id = '{opening}'"),
         lambda: governed.run("UPDATE register.break_glass SET reviewed_at = now(), reviewed_by = 2, finding = 'justified'")),
        ("restore", "stopped", lambda: (governed.home / "restore.unfinished").write_text("{}"),
         (governed.home / "restore.unfinished").unlink),
        ("apply", "attention", lambda: governed.run("UPDATE policy.key SET state = 'preparing' WHERE number = 0"),
         lambda: governed.run("UPDATE policy.key SET state = 'in_force' WHERE number = 0")),
        ("verify", "stopped", lambda: governed.run("ALTER TABLE register.ban DISABLE ROW LEVEL SECURITY"),
         lambda: governed.run("ALTER TABLE register.ban ENABLE ROW LEVEL SECURITY")),
        ("erasures", "attention", lambda: governed.run(
            "INSERT INTO register.subject (id, side, kind) VALUES (7, 'sahkolaitos', 'person')",
            "INSERT INTO register.erasure (subject_id, retention_class, erased_at) VALUES (7, 'customership', now())"),
         lambda: governed.seloste("backup", governed.home / "two.backup")),
        ("answers", "attention", lambda: governed.run("UPDATE register.subject SET decided_until = now() - interval '1 day'"),
         lambda: governed.seloste("policy", "refresh")),
        ("backup", "attention", lambda: old_backup(governed), lambda: governed.seloste("backup", governed.home / "three.backup")),
        ("lapses", "attention", lambda: governed.run("UPDATE policy.key SET closes_at = now() + interval '3 days' WHERE number = 0"),
         lambda: governed.run("UPDATE policy.key SET closes_at = NULL WHERE number = 0")),
    ]  # fmt: skip
    for check, state, harm, mend in cases:
        harm()
        told = governed.told(check)
        assert told.state == state, (check, told)
        assert "could not be checked" not in told.why("en")
        assert told.run or check == "lapses"
        assert bool(told.twice) == bool(told.run)
        assert told.why("fi") != told.why("en")
        mend()
        assert governed.told(check).state == "ok", check
    assert set(governed.states().values()) == {"ok"}


def old_backup(place: Place) -> None:
    [path] = place.home.glob("*.last-backup.json")
    taken = (datetime.now(UTC) - timedelta(hours=40)).isoformat()
    path.write_text(json.dumps({**json.loads(path.read_text()), "taken_at": taken}))


def test_passwords_that_the_database_does_not_know_are_told(governed: Place) -> None:
    governed.run(f"ALTER ROLE \"{governed.name}.lookups\" PASSWORD 'another'")
    assert governed.told("passwords").state == "stopped"
    assert governed.seloste("policy", "rotate-passwords").code == 0
    assert governed.told("passwords").state == "ok"
    [passwords] = list(governed.home.glob("passwords*.json"))
    known = json.loads(passwords.read_text())
    name = next(iter(known))
    passwords.write_text(json.dumps({**known, name: [known[name], "before"]}))
    assert governed.told("passwords").state == "attention"
    assert governed.seloste("policy", "rotate-passwords").code == 0
    assert governed.told("passwords").state == "ok"


def test_a_check_that_fails_is_told_and_hides_no_other(
    governed: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seloste.project import status
    from seloste.project.status import told

    def broken(_site: told.Site) -> told.Told:
        raise RuntimeError("Virtanen")

    class Part:
        CHECKS = (told.Check("broken", told.Words("Rikki", "Broken"), broken),)

    monkeypatch.setattr(status, "PARTS", (Part, *status.PARTS))
    answer = governed.seloste("status", "--format", "json")
    assert answer.code == 1
    assert answer.json["checks"][0]["state"] == "stopped"
    assert "RuntimeError" in answer.json["checks"][0]["why"]
    assert "Virtanen" not in answer.out
    assert {each["state"] for each in answer.json["checks"][1:]} == {"ok"}


def test_an_unfinished_restore_is_told_where_there_is_no_database(place: Place) -> None:
    place.home.mkdir()
    (place.home / "restore.unfinished").write_text("{}")
    answer = place.seloste("status")
    assert answer.code == 1
    assert "seloste restore" in answer.err


# serve


@contextmanager
def served(place: Place, *arguments: str) -> Any:
    process = subprocess.Popen(
        [sys.executable, "-m", "seloste", "serve", "--port", "0", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "SELOSTE_HOME": str(place.home),
             "DATABASE_URL": place.admin, "SELOSTE_DATABASE": place.name, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        yield process, process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def asked(address: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_healthz_tells_states_and_no_value(governed: Place) -> None:
    with served(governed) as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/healthz", address), process.stderr.read()
        code, body = asked(address)
        assert code == 200
        told = json.loads(body)
        assert told["state"] == "ok"
        assert set(told["checks"].values()) == {"ok"}
        assert "verify" not in told["checks"], "it takes seconds"
        assert asked(address, Host="elsewhere.example")[0] == 400
        assert asked(address.replace("healthz", "other"))[0] == 404
        old_backup(governed)
        assert (asked(address)[0], json.loads(asked(address)[1])["state"]) == (200, "attention")
        governed.run("UPDATE policy.notice SET replaced_at = now()")
        code, body = asked(address)
        assert (code, json.loads(body)["checks"]["notice"]) == (503, "stopped")
        servers.drop(governed.admin, governed.name)
        code, body = asked(address)
        assert (code, json.loads(body)) == (503, {"state": "stopped", "checks": {"database": "stopped"}})


def test_serving_ends_when_it_is_told_to(governed: Place) -> None:
    with served(governed) as (process, _address):
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
