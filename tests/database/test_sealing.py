"""Who may touch the ledger, sealers that meet, sealers that die, and bodies that end by rule."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest

from database.people import login, purposes
from database.sealed import AT, EVENT, TABLES, Ledger, ledger
from seloste.policy.evidence import LOCK
from seloste.policy.verify import verify as verify_policy
from seloste.register.ledger import disposal, sealing
from seloste.register.ledger.checkpoints import Exported
from seloste.register.ledger.signing import (
    FileSigner,
    SigningKeyDamaged,
    SigningKeyExposed,
    SigningKeyMissing,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(server, tmp_path_factory):
    with ledger(server, tmp_path_factory.mktemp("ledger")) as at:
        yield at


@pytest.fixture
def at(made: Ledger):
    with made.undone():
        yield made


@pytest.mark.parametrize(
    "role", ["sealer", "lookups", "housekeeping", "owner", "service@sahkolaitos", "upkeep@sahkolaitos"]
)
def test_nobody_changes_or_takes_away_what_was_sealed(at: Ledger, role):
    at.happen(5)
    at.seal()
    before = at.verify()
    adds = {
        "sealer": {"ledger_leaf", "checkpoint"},
        "lookups": {"event", "event_subject"},
    }.get(role, set())
    reads = set(TABLES) if role == "sealer" else set()
    with login(at.cluster, role) as connection:
        for table in TABLES:
            column = {"event": "actor", "checkpoint": "note"}.get(table, "event_id")
            tried = {
                "UPDATE": f"UPDATE register.{table} SET {column} = {column}",
                "DELETE": f"DELETE FROM register.{table}",
                "INSERT": f"INSERT INTO register.{table} SELECT * FROM register.{table}",
                "SELECT": f"SELECT {column} FROM register.{table}",
            }
            if role == "owner":
                # it has the rights and sees no rows: row security is forced on it too
                for sql in (tried["UPDATE"], tried["DELETE"], tried["SELECT"]):
                    assert connection.execute(sql).rowcount == 0
                continue
            tried["TRUNCATE"] = f"TRUNCATE register.{table}"
            allowed = {"SELECT"} & ({"SELECT"} if table in reads else set())
            for command, sql in tried.items():
                if command in allowed or (command == "INSERT" and table in adds and table in reads):
                    continue
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(sql)
    assert at.verify() == before
    assert before["intact"]


def test_the_policy_knows_the_sealer(made: Ledger):
    assert verify_policy(made.cluster).drift == ()
    role = made.cluster.role("sealer")
    for change, undo, thing in (
        (f'GRANT DELETE ON register.checkpoint TO "{role}"', f'REVOKE DELETE ON register.checkpoint FROM "{role}"', "register.checkpoint"),
        (f'GRANT UPDATE (actor) ON register.event TO "{role}"', f'REVOKE UPDATE (actor) ON register.event FROM "{role}"', "register.event.actor"),
    ):  # fmt: skip
        made.admin.execute(change)
        assert thing in {drift.object for drift in verify_policy(made.cluster).drift}
        made.admin.execute(undo)
    assert verify_policy(made.cluster).drift == ()


def test_order_is_given_to_what_is_committed(at: Ledger):
    """Who began first and commits last comes last, though its event says an earlier time."""
    with login(at.cluster, "lookups") as slow, slow.transaction():
        slow.execute("INSERT INTO register.event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
                     " VALUES ('00000000-0000-7000-8000-000000000001', '2020-01-01', 'k', '1', 'r', 'l', '{}', 'opened', 0, 'h')")  # fmt: skip
        at.happen(3)
        assert at.seal().events == 3
    assert at.verify()["unsealed"] == 1
    assert at.seal().events == 1
    assert at.leaves()[-1] == (3, "00000000-0000-7000-8000-000000000001")
    assert at.verify()["intact"]


def test_sealers_that_meet_give_no_place_twice(at: Ledger):
    """Six sealers in small batches while four writers go on: one place an event, one checkpoint a batch.

    With the lock taken out of `sealing._head` every run failed at once, on the key of the leaves.
    """
    writing = threading.Event()
    writing.set()

    def write(_: int) -> int:
        with login(at.cluster, "lookups") as log:
            for _n in range(60):
                log.execute(
                    "INSERT INTO register.event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
                    " VALUES (gen_random_uuid(), statement_timestamp(), 'k', '1', 'r', 'l', '{}', 'opened', 0, 'h')"
                )
        return 60

    def seal(_: int) -> int:
        done = 0
        with login(at.cluster, "sealer") as connection:
            while writing.is_set():
                done += sealing.seal(connection, at.signer, at.exported, at=AT, batch=7).events
        return done

    with ThreadPoolExecutor(10) as threads:
        sealers = [threads.submit(seal, n) for n in range(6)]
        written = sum(threads.map(write, range(4)))
        writing.clear()
        sealed = sum(each.result() for each in sealers)
    sealed += at.seal().events
    assert sealed == written == 240
    assert [index for index, _ in at.leaves()] == list(range(240))
    found = at.verify()
    assert found["intact"]
    assert [note.number for note in at.exported.read()] == list(range(found["checkpoints"]))
    assert at.audit() == found


DIES = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import psycopg
from seloste.register.ledger import sealing
from seloste.register.ledger.checkpoints import Exported
from seloste.register.ledger.signing import FileSigner

class Dies(FileSigner):
    def sign(self, note):
        if note.size > 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().sign(note)

with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    sealing.seal(connection, Dies(Path(sys.argv[2]), "seloste/test"), Exported(Path(sys.argv[3])), at=datetime.now(UTC), batch=10)
"""


def test_a_sealer_that_is_killed_leaves_nothing_half_sealed(at: Ledger):
    """It dies in its third batch, when the leaves are written and the root is not signed."""
    at.happen(35)
    dsn = at.cluster.dsn(at.cluster.role("sealer"))
    arguments = [sys.executable, "-c", DIES, dsn, at.signer.path, at.exported.path]
    done = subprocess.run(
        list(map(str, arguments)), check=False, capture_output=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    found = at.verify()
    assert (found["intact"], found["size"], found["checkpoints"], found["unsealed"]) == (True, 20, 2, 15)
    assert at.exported.read() == [], "it died before it could export"
    assert at.seal().events == 15
    assert [note.size for note in at.exported.read()] == [10, 20, 35]
    assert at.verify()["intact"]


def test_what_was_sealed_and_not_exported_is_exported_the_next_time(at: Ledger):
    class Full(Exported):
        def extend(self, after):
            raise OSError

    at.happen(3)
    with pytest.raises(OSError):
        sealing.seal(at.sealer, at.signer, Full(at.exported.path), at=AT)
    assert at.verify()["size"] == 3
    done = at.seal()
    assert (done.events, done.exported) == (0, 1)


def test_the_key_is_its_owners_alone(at: Ledger, tmp_path):
    signer = FileSigner(tmp_path / "a" / "ledger.key", "seloste/test")
    with pytest.raises(SigningKeyMissing, match="ledger seal"):
        _ = signer.public
    assert not signer.path.parent.exists(), "who reads a key makes none"
    signer.begin()
    assert signer.public == FileSigner(signer.path, "seloste/test").public
    assert signer.path.stat().st_mode & 0o777 == 0o600
    signer.path.chmod(0o640)
    with pytest.raises(SigningKeyExposed):
        _ = signer.public
    signer.path.chmod(0o600)
    signer.path.write_text("zz")
    with pytest.raises(SigningKeyDamaged):
        _ = signer.public
    with pytest.raises(SigningKeyDamaged):
        FileSigner(tmp_path / "b.key", "two words").begin()
    at.happen()
    at.seal()
    other = FileSigner(tmp_path / "c.key", "seloste/test")
    with pytest.raises(SigningKeyMissing):
        sealing.seal(at.sealer, other, at.exported, at=AT)
    assert not other.path.exists(), "a ledger that was begun is never signed by a new key"
    assert not other.pinned.exists()
    other.begin()
    with pytest.raises(sealing.AnotherKey):
        sealing.seal(at.sealer, other, at.exported, at=AT)


def test_a_body_ends_by_rule_and_every_proof_still_holds(at: Ledger):
    ended = at.happen(5, LONG_AGO)
    at.happen(5)
    at.admin.execute("UPDATE register.event SET retention_class = NULL WHERE id = %s", [ended[0]])
    at.seal()
    before = at.leaves()
    done = disposal.dispose(at.sealer, at.signer, at.exported, at=AT, batch=3)
    assert (done.named, done.deleted) == (4, 4)
    left = {key for (key,) in at.admin.execute("SELECT id::text FROM register.event").fetchall()}
    assert left & set(ended) == {ended[0]}, "what has no class stays"
    members = at.admin.execute("SELECT DISTINCT event_id::text FROM register.event_subject").fetchall()
    assert not {key for (key,) in members} & set(ended[1:])
    assert at.leaves()[:10] == before
    found = at.verify()
    assert (found["intact"], found["size"]) == (True, 12)
    assert at.audit() == found
    assert disposal.dispose(at.sealer, at.signer, at.exported, at=AT) == disposal.Disposed(0, 0)
    named = at.admin.execute(
        "SELECT kind, reason, count, login FROM register.event WHERE kind = 'ledger.disposed' ORDER BY at"
    ).fetchall()
    assert named == [
        ("ledger.disposed", "retention:log", 3, "sealer"),
        ("ledger.disposed", "retention:log", 1, "sealer"),
    ]


def test_a_body_that_is_missing_without_a_sealed_disposal_is_found(at: Ledger):
    at.happen(3, LONG_AGO)
    at.seal()
    gone = "DELETE FROM register.event WHERE id IN (SELECT event_id FROM register.ledger_leaf WHERE index IN (1, 2))"
    at.admin.execute(gone)
    missing = [("removed", 1), ("removed", 2)]
    assert [(f["what"], f["index"]) for f in at.verify()["findings"]] == missing
    assert [(f["what"], f["index"]) for f in at.audit()["findings"]] == missing
    # named, but not sealed
    at.admin.execute(
        "INSERT INTO register.ledger_disposal SELECT i, gen_random_uuid() FROM generate_series(1, 2) i"
    )
    assert [(f["what"], f["index"]) for f in at.verify()["findings"]] == missing


@pytest.mark.parametrize("change", [
    "UPDATE register.ledger_disposal SET index = 3 WHERE index = 1",
    "DELETE FROM register.ledger_disposal WHERE index = 1",
    "INSERT INTO register.ledger_disposal SELECT 3, event_id FROM register.ledger_disposal WHERE index = 1",
    "DELETE FROM register.event WHERE kind = 'ledger.disposed'",
])  # fmt: skip
def test_what_a_disposal_names_cannot_be_changed(at: Ledger, change):
    at.happen(3, LONG_AGO)
    at.happen(2)
    at.seal()
    disposal.dispose(at.sealer, at.signer, at.exported, at=AT)
    at.admin.execute(
        "DELETE FROM register.event WHERE id = (SELECT event_id FROM register.ledger_leaf WHERE index = 3)"
    )
    at.admin.execute(change)
    found = at.verify()
    assert {f["index"] for f in found["findings"]} >= {1, 3}
    assert at.audit() == found


def test_a_disposal_is_sealed_before_a_body_goes(at: Ledger):
    at.happen(3, LONG_AGO)
    at.seal()
    assert at.sealer.execute("SELECT policy.dispose(10)").fetchone() == (3,)
    assert at.sealer.execute("SELECT policy.clear_disposed(10)").fetchone() == (0,)
    assert at.verify()["intact"]
    at.seal()
    assert at.sealer.execute("SELECT policy.clear_disposed(2)").fetchone() == (2,)
    assert at.verify()["intact"], "a kill in between is no tampering"
    assert disposal.dispose(at.sealer, at.signer, at.exported, at=AT) == disposal.Disposed(0, 1)


def test_only_the_sealer_ends_bodies(at: Ledger):
    at.happen(1, LONG_AGO)
    at.seal()
    for role in ("lookups", "housekeeping", *purposes(at.cluster)):
        with login(at.cluster, role) as connection:
            for call in ("policy.dispose(1)", "policy.clear_disposed(1)", f"pg_advisory_xact_lock({LOCK})"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT {call}")


def test_an_event_of_a_hundred_thousand_members_is_sealed(at: Ledger):
    at.admin.execute(EVENT, [AT, "subjects.read", "listed", 100_000, list(range(100_000))])
    assert at.seal().events == 1
    assert at.verify()["intact"]
    at.admin.execute("DELETE FROM register.event_subject WHERE subject_id = 54321")
    [finding] = at.verify()["findings"]
    assert (finding["what"], finding["index"]) == ("changed", 0)


def test_a_moment_before_our_era_is_sealed_too(at: Ledger):
    """Whoever may write the log could stop every seal with one row, if such a moment could not be read."""
    for moment in ("0044-03-15 12:00+00 BC", "294000-01-01"):
        at.admin.execute(EVENT, [moment, "k", "opened", 0, []])
    assert at.seal().events == 2
    assert at.verify()["intact"]


@pytest.mark.parametrize(("moment", "count"), [("infinity", 0), ("-infinity", 0), ("2026-01-01", -1)])
def test_the_log_itself_writes_no_moment_without_end_and_no_negative_count(at: Ledger, moment, count):
    """Such an event would never be disposed of, and a count below nothing hides others in a sum."""
    event = (
        "INSERT INTO register.event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
        " VALUES (gen_random_uuid(), %s, 'k', '1', '', 'l', '{}', 'opened', %s, '')"
    )
    with login(at.cluster, "lookups") as log:
        with pytest.raises(psycopg.errors.CheckViolation):
            log.execute(event, [moment, count])
        log.execute(event, ["2026-01-01", 0])


def test_a_seal_of_nothing_leaves_no_file(at: Ledger):
    at.seal()
    assert not at.exported.path.exists()


def test_exported_checkpoints_only_grow(at: Ledger):
    for count in (1, 2, 3):
        at.happen(count)
        before = at.exported.path.read_text() if at.exported.path.exists() else ""
        at.seal()
        assert at.exported.path.read_text().startswith(before)
    elsewhere = Exported(at.home / "elsewhere.txt")
    sealing.seal(at.sealer, at.signer, elsewhere, at=AT)
    assert elsewhere.path.read_text() == at.exported.path.read_text(), "a new file begins with all there were"
    elsewhere.path.unlink()
