"""After a restore: the ledger is as it was signed, sealed values open, and two opinions still agree."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conftest import NOTICES, governed
from database.people import administrator, login
from database.sealed import EVENT
from database.test_restore import restored_in, small, taken_of
from generative.test_worlds import NOTICE as WORLDS
from generative.test_worlds import Compared
from generative.worlds import AROUND, Maker, insert
from seloste.policy.deep import verify_deep
from seloste.policy.schema import snapshot
from seloste.project.backup import key_file
from seloste.project.backup_file import opened
from seloste.register.ledger import sealing
from seloste.register.ledger.checkpoints import Exported
from seloste.register.ledger.signing import FileSigner

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
__all__ = ["small"]


def sealed_in(cluster) -> sealing.Sealed:
    with login(cluster, "sealer") as sealer:
        signer = FileSigner.at(cluster.ledger_key, f"seloste/{cluster.database}")
        return sealing.seal(sealer, signer, Exported(cluster.checkpoints), at=AT)


def happen(cluster, count: int) -> None:
    with administrator(cluster) as admin:
        for n in range(count):
            admin.execute(EVENT, [AT, "subjects.read", "listed", n % 3, list(range(n % 3))])


@pytest.fixture(scope="module")
def signed(one_server):
    """A register with a ledger of two checkpoints, and events that are not sealed yet."""
    with governed(one_server, NOTICES / "small.yaml", "signed") as cluster:
        for _ in range(2):
            happen(cluster, 5)
            sealed_in(cluster)
        happen(cluster, 2)
        yield cluster


def told_of(done, what: str) -> list[tuple[bool, str]]:
    return [(each["ok"], each["told"]) for each in done.checked if each["what"] == what]


@contextmanager
def tampered(cluster, harm: str, mend: str, *values: Any):
    with administrator(cluster) as admin:
        admin.execute(harm, values)
        try:
            yield
        finally:
            admin.execute(mend, values)


def test_a_ledger_that_was_sealed_is_intact_and_goes_on(one_server, signed, tmp_path):
    path = taken_of(signed, tmp_path / "sealed.backup")
    with one_server.database("restored") as cluster:
        done = restored_in(cluster, path)
        assert done.is_whole
        [(ok, said)] = told_of(done, "ledger")
        assert ok
        assert said == "10 events are as they were signed, and 2 are not sealed yet"
        assert cluster.checkpoints.read_bytes() == signed.checkpoints.read_bytes()
        assert cluster.ledger_key.stat().st_mode & 0o777 == 0o600
        # the same key goes on under another database's name, and the checkpoints with it
        after = sealed_in(cluster)
        assert (after.events, after.checkpoint.size) == (2, 12)
        assert cluster.checkpoints.read_bytes().startswith(signed.checkpoints.read_bytes())


def test_what_was_tampered_with_before_the_backup_is_told(one_server, signed, tmp_path):
    """The backup itself is undamaged: only what was signed outside the database can tell."""
    with administrator(signed) as admin:
        [(event,)] = admin.execute("SELECT event_id FROM register.ledger_leaf WHERE index = 3").fetchall()
    harm = "UPDATE register.event SET reason = 'call:1' WHERE id = %s"
    mend = "UPDATE register.event SET reason = 'call:4711' WHERE id = %s"
    with tampered(signed, harm, mend, event):
        path = taken_of(signed, tmp_path / "changed.backup")
    with one_server.database("restored") as cluster:
        done = restored_in(cluster, path)
        assert not done.is_whole
        assert done.drift == []
        [(ok, said)] = told_of(done, "ledger")
        assert (ok, said.partition(":")[0]) == (False, "changed")


def test_a_ledger_that_was_cut_off_is_told_by_its_checkpoints(one_server, signed, tmp_path):
    with administrator(signed) as admin:
        for table in ("ledger_leaf", "checkpoint"):
            admin.execute(f"CREATE TABLE public.kept_{table} AS TABLE register.{table}")
        admin.execute("DELETE FROM register.ledger_leaf WHERE index >= 5")
        admin.execute("DELETE FROM register.checkpoint WHERE number >= 1")
        try:
            path = taken_of(signed, tmp_path / "cut.backup")
        finally:
            for table in ("ledger_leaf", "checkpoint"):
                admin.execute(f"TRUNCATE register.{table}")
                admin.execute(f"INSERT INTO register.{table} TABLE public.kept_{table}")
                admin.execute(f"DROP TABLE public.kept_{table}")
    with one_server.database("restored") as cluster:
        done = restored_in(cluster, path)
        assert not done.is_whole
        assert [ok for ok, _ in told_of(done, "ledger")] != [True]


def test_the_key_of_the_ledger_stays_where_keys_are_kept(signed, tmp_path):
    path = taken_of(signed, tmp_path / "bare.backup", keys=False)
    with opened(path) as backup:
        assert {"home/checkpoints", "home/ledger.pub"} <= backup.parts.keys()
        assert not {"home/ledger.key", "home/ledger.next", "home/keys"} & backup.parts.keys()


def test_sealed_values_open_and_with_other_keys_they_are_told(one_server, small, tmp_path):
    with one_server.database("restored") as cluster:
        done = restored_in(cluster, small.backup)
        assert done.is_whole
        assert told_of(done, "keys") == [(True, "1 sealed values open")]
    other = tmp_path / "others.json"
    keys = json.loads(key_file(small).read_text())
    for each in keys.values():
        each["versions"] = dict.fromkeys(each["versions"], "00" * 32)
    other.write_text(json.dumps(keys))
    bare = taken_of(small, tmp_path / "bare.backup", keys=False)
    with one_server.database("restored") as cluster:
        done = restored_in(cluster, bare, keys=other)
        assert not done.is_whole
        assert {ok for ok, _ in told_of(done, "keys")} == {False}
        assert "1 sealed values do not open" in {said for _, said in told_of(done, "keys")}


def test_every_table_of_the_register_is_in_a_backup(small):
    with administrator(small) as admin, opened(Path(small.backup)) as backup:
        there = snapshot(admin).keys() - {"django_migrations"}
        assert {
            "ledger_leaf",
            "ledger_disposal",
            "checkpoint",
            "data_key",
            "key_version",
            "break_glass",
        } <= there
        assert {part.partition("/")[2] for part in backup.under("register")} == there


def test_two_opinions_agree_about_restored_rows(one_server, tmp_path):
    """What is stored is what `policy.decide` says, and that is what the reference evaluator says at every boundary."""
    with governed(one_server, WORLDS, "worlds") as source:
        maker = Maker(WORLDS, AROUND, 7)
        worlds = [maker.world() for _ in range(12)]
        with administrator(source) as admin:
            insert(admin, worlds)
        path = taken_of(source, tmp_path / "worlds.backup")
    with one_server.database("restored") as cluster:
        assert restored_in(cluster, path).is_whole
        assert verify_deep(cluster) == []
        compared = Compared(cluster, worlds)
        met = compared.differences(every=3)
        compared.admin.close()
        assert met.wrong == []
        assert 0 < met.opened.total() < met.asked.total()
