"""A backup of a register that runs, restored where there is nothing: whole, or not taken for whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import EXAMPLES, NOTICES, governed
from database.people import administrator, login
from seloste.interfaces.cli.house import NotDone
from seloste.notice import read_notice
from seloste.policy.deep import verify_deep
from seloste.policy.schema import snapshot
from seloste.policy.verify import verify
from seloste.project import erasures, made_up, wiring
from seloste.project.backup import back_up, key_file
from seloste.project.backup_file import DamagedBackup, opened
from seloste.project.restore import GAP, UNFINISHED, RestoreUnfinished, is_half, refuse_unfinished, restore
from seloste.register.protection import key_versions
from seloste.register.protection.keys import FileKeys, new_data_keys
from seloste.register.protection.sealing import Place, seal

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
SOURCE = EXAMPLES.parent / "src"


def silent(_step: str) -> None:
    pass


@pytest.fixture(scope="module")
def living(server):
    """A register of made-up people, in use."""
    with governed(server, NOTICE, "backup") as cluster:
        wiring.configure(cluster)
        cluster.made = made_up.fill(cluster, 60, 1, lambda _done, _all: None)
        yield cluster


@pytest.fixture
def taken(living, tmp_path):
    wiring.configure(living)
    return taken_of(living, tmp_path / "one.backup")


def taken_of(cluster, path: Path, **how: Any) -> Path:
    back_up(cluster, path, **{"keys": True, "tell": silent, **how})
    return path


def restored_in(cluster, path: Path, **how: Any):
    return restore(cluster, path, **{"journals": (), "keys": None, "tell": silent, **how})


def contents(cluster) -> dict[str, tuple[int, str]]:
    """Every row of every table, but for what the policy keeps in it."""
    with administrator(cluster) as admin:
        admin.execute("SET TimeZone = 'UTC'")
        found = {}
        for name, table in snapshot(admin).items():
            if name == "django_migrations":
                continue
            row = f"ROW({', '.join(table.columns)})::text"
            found[name] = admin.execute(
                f"SELECT count(*), md5(coalesce(string_agg({row}, '' ORDER BY {row}), '')) FROM register.{name}"
            ).fetchone()
        for name, what in (
            ("notice", "hash, body, as_published, applied_at"),
            ("key", "number, name, rule"),
            ("category", "category, number"),
        ):
            found[f"policy.{name}"] = admin.execute(
                f"SELECT count(*), md5(string_agg(ROW({what})::text, '' ORDER BY ROW({what})::text)) FROM policy.{name}"
            ).fetchone()
    return found


def test_what_was_backed_up_stands_again(server, living, taken):
    with server.database("restored") as cluster:
        done = restored_in(cluster, taken)
        assert done.is_whole
        assert done.keys == "restored"
        with opened(taken) as backup:
            assert done.rows == sum(part.get("rows", 0) for part in backup.parts.values())
        assert contents(cluster) == contents(living)
        assert key_file(cluster).read_bytes() == key_file(living).read_bytes()
        assert cluster.password(cluster.role("lookups")) == living.password(living.role("lookups"))
        assert made_up.known(cluster) == made_up.known(living)
        refuse_unfinished(cluster.home)
        assert verify(cluster).drift == ()
        assert verify_deep(cluster) == []
        modes = {path.stat().st_mode & 0o077 for path in cluster.home.rglob("*.json*")}
        assert modes == {0}


def test_a_key_that_was_given_away_is_never_given_again(server, living, taken):
    with administrator(living) as admin:
        lost = admin.execute("SELECT policy.reserve('subject', 1)").fetchone()[0]
    with server.database("restored") as cluster:
        restored_in(cluster, taken)
        with login(cluster, "upkeep@sahkolaitos") as upkeep:
            assert upkeep.execute("SELECT policy.reserve('subject', 1)").fetchone()[0] > lost + GAP - 1000


def test_a_backup_under_load_is_one_moment(server, living, tmp_path):
    """Three people write without pause, and between any two parts somebody commits.

    With READ COMMITTED in place of the snapshot it fails at the foreign keys.
    """
    wiring.configure(living)
    notice = read_notice(NOTICE)
    loading = made_up.Loading(living, notice, living.made["reasons"][""][0])
    stop, turn, wrong = threading.Event(), threading.Condition(), []
    committed = 0

    def write(number: int) -> None:
        nonlocal committed
        from django.db import connections

        try:
            for count in iter(lambda: 0 if stop.is_set() else 1, 0):
                with loading.session("sahkolaitos") as side:
                    person, agreement = side.reserve("subject", count), side.reserve("agreement", count)
                    side.load(
                        "subject",
                        ["id", "side", "kind", "family_name"],
                        [[person], ["sahkolaitos"], ["person"], ["Kuorma"]],
                    )
                    side.load("contact_point", ["subject_id", "category", "value", "as_given", "valid_from"],
                              [[person], ["phone"], [f"+358400{number}{person:06}"], ["x"], ["2025-01-01Z"]])  # fmt: skip
                    side.load("agreement", ["id", "number", "subject_id", "side", "controller", "kind"],
                              [[agreement], [f"K{agreement}"], [person], ["sahkolaitos"], ["sahkolaitos"], ["sale"]])  # fmt: skip
                    side.load("agreement_period", ["agreement_id", "subject_id", "controller", "kind", "requested_at", "valid_from"],
                              [[agreement], [person], ["sahkolaitos"], ["sale"], ["2025-01-01Z"], ["2025-01-01Z"]])  # fmt: skip
                with turn:
                    committed += 1
                    turn.notify_all()
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    def between(_part: str) -> None:
        with turn:
            seen = committed
            assert turn.wait_for(lambda: committed > seen or wrong, 30)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for writer in writers:
        writer.start()
    try:
        between("before the first")
        path = taken_of(living, tmp_path / "load.backup", tell=between)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert wrong == []
    with server.database("restored") as cluster:
        done = restored_in(cluster, path)
        assert done.is_whole
        with administrator(cluster) as admin:
            halves = admin.execute(
                """SELECT count(*), count(*) FILTER (WHERE (SELECT count(*) FROM register.contact_point p WHERE p.subject_id = s.id) <> 1
                     OR (SELECT count(*) FROM register.agreement_period p WHERE p.subject_id = s.id) <> 1)
                   FROM register.subject s WHERE family_name = 'Kuorma'"""
            ).fetchone()
        assert halves[1] == 0
        assert 0 < halves[0] < committed


def erase(cluster, subject: int, retention_class: str, reason: str):
    from seloste.project.erase_again import _erase

    moment = "2026-02-03T04:05:06+00:00"
    one = erasures.Erased(moment, subject, retention_class)
    return _erase(one, reason, "register_contact.sahkolaitos")


def test_what_was_erased_since_is_erased_again(server, living, taken):
    wiring.configure(living)
    subject = living.made["names"]["aino"]
    reason = next(r for r in living.made["reasons"][""] if r.startswith("request:"))
    with administrator(living) as admin:
        before = set(admin.execute("SELECT subject_id FROM register.contact_point").fetchall())
    assert (subject,) in before
    classes = sorted(read_notice(NOTICE).retention)
    erased = {
        name: erase(living, subject, name, reason)
        for name in classes
        if name in {"customership", "marketing"}
    }
    assert erased
    assert erasures.catch_up(living, subject) == len(erased)
    assert erasures.catch_up(living) == 0
    outside = erasures.journal(living).read_bytes()
    with server.database("restored") as cluster:
        journal = cluster.home / "from-the-safe.jsonl"
        journal.write_bytes(outside + erasures_line(subject=10**9))
        done = restored_in(cluster, taken, journals=[journal])
        assert done.not_erased == []
        assert {(each["subject"], each["class"]) for each in done.erased_again} == {
            (subject, c) for c in erased
        }
        assert {each["class"]: each["rows"] for each in done.erased_again} == erased
        assert done.is_whole
        with administrator(cluster) as admin, administrator(living) as source:
            query = "SELECT subject_id, retention_class, erased_at FROM register.erasure ORDER BY 1, 2"
            assert admin.execute(query).fetchall() == source.execute(query).fetchall()
            [(by,)] = admin.execute(
                "SELECT DISTINCT login FROM register.event WHERE kind = 'retention.erase' AND at > now() - interval '1 hour'"
                " AND actor = (SELECT id::text FROM register.staff WHERE username = 'job.restore')"
            ).fetchall()
            assert by == "rights@all"
            assert admin.execute(
                "SELECT count(*) FROM register.staff_role r JOIN register.staff s ON s.id = r.staff_id"
                " WHERE s.username = 'job.restore' AND r.valid_until > now()"
            ).fetchone() == (0,)
        assert len(erasures.read(erasures.journal(cluster))) == len(erased) + 1


def erasures_line(*, subject: int) -> bytes:
    return (
        b'{"at": "2026-02-03T04:05:06+00:00", "subject": %d, "retention_class": "customership"}\n' % subject
    )


# nothing is overwritten, nothing half is taken for whole


def test_what_is_there_is_left_as_it_is(server, living, taken, tmp_path):
    with pytest.raises(NotDone, match="is there already"):
        taken_of(living, taken)
    before = contents(living)
    with pytest.raises(NotDone, match="is there already"):
        restored_in(living, taken)
    assert contents(living) == before
    with server.database("restored") as cluster:
        key_file(cluster).write_text("somebody's")
        with pytest.raises(NotDone, match=r"keys-\S+ is there already"):
            restored_in(cluster, taken)
        assert key_file(cluster).read_text() == "somebody's"
        with pytest.raises(psycopg.OperationalError):
            administrator(cluster)


def test_a_damaged_part_is_named_and_nothing_is_done(server, taken, tmp_path):
    with zipfile.ZipFile(taken) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    phone = parts["register/contact_point"].replace(b"+358", b"+359", 1)
    less = {name: content for name, content in parts.items() if name != "register/consent"}
    more = {**parts, "register/ban": parts["register/ban"] + b"x", "home/other": b""}
    cut = tmp_path / "cut"
    cut.write_bytes(taken.read_bytes()[:-1000])
    flipped = bytearray(taken.read_bytes())
    with zipfile.ZipFile(taken) as whole:
        at = whole.getinfo("register/subject")
        flipped[at.header_offset + 60 + at.compress_size // 2] ^= 0xFF
    (tmp_path / "flipped").write_bytes(flipped)
    for number, (content, said) in enumerate(
        (
            ({**parts, "register/contact_point": phone}, "register/contact_point"),
            (less, "register/consent"),
            (more, "home/other"),
            ({n: c for n, c in parts.items() if n != "manifest.json"}, "manifest.json"),
        )
    ):
        with zipfile.ZipFile(tmp_path / f"bad{number}", "w") as bad:
            for name, each in content.items():
                bad.writestr(name, each)
        refused(server, tmp_path / f"bad{number}", said)
    refused(server, tmp_path / "flipped", "register/subject")
    refused(server, cut, "cut off")


def refused(server, path: Path, said: str) -> None:
    with server.database("restored") as cluster:
        with pytest.raises(DamagedBackup, match=said):
            restored_in(cluster, path)
        assert list(cluster.home.iterdir()) == []
        with pytest.raises(psycopg.OperationalError):
            administrator(cluster)


def test_without_its_keys_a_backup_says_what_cannot_be_read(one_server, small, tmp_path):
    told = back_up(small, tmp_path / "bare.backup", keys=False, tell=silent)
    assert "national_identifier.ciphertext" in told["unreadable"]
    with opened(tmp_path / "bare.backup") as backup:
        assert not {"home/keys", "home/passwords.json"} & backup.parts.keys()
    with one_server.database("restored") as cluster:
        done = restored_in(cluster, tmp_path / "bare.backup")
        assert done.keys == "missing"
        assert "national_identifier.ciphertext" in done.unreadable
        assert done.is_whole
    with one_server.database("restored") as cluster:
        done = restored_in(cluster, tmp_path / "bare.backup", keys=key_file(small))
        assert (done.keys, done.unreadable) == ("given", [])
    other = tmp_path / "others"
    other.write_text("00" * 32)
    with one_server.database("restored") as cluster:
        assert restored_in(cluster, tmp_path / "bare.backup", keys=other).unreadable


KILLED = """
import os, signal, sys
from pathlib import Path
from seloste.project.database import Cluster, Passwords
from seloste.project.backup import back_up
from seloste.project.restore import restore
what, admin, name, home, path, last = sys.argv[1:]
cluster = Cluster(admin, Passwords(Path(home) / "passwords.json"), name, Path(home))
def tell(step):
    if step.startswith(last):
        os.kill(os.getpid(), signal.SIGKILL)
def progress(done, everybody):
    tell("deciding")
if what == "backup":
    back_up(cluster, Path(path), keys=True, tell=tell)
else:
    restore(cluster, Path(path), journals=(), keys=None, tell=tell, progress=progress)
"""


def killed(cluster, what: str, path: Path, step: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, what, cluster.admin_dsn(), cluster.database, str(cluster.home), str(path), step],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture(scope="module")
def small(one_server, tmp_path_factory):
    with governed(one_server, NOTICES / "small.yaml", "small") as cluster:
        with administrator(cluster) as admin:
            admin.execute(
                "INSERT INTO register.subject (side, kind, family_name) SELECT 'sahkolaitos', 'person', 'Pieni' || n FROM generate_series(1, 50) n"
            )
            provider, [key] = FileKeys(key_file(cluster)), new_data_keys(1)
            key_versions.make(admin, provider, ["sahkolaitos"])
            admin.execute(
                "INSERT INTO register.data_key (id, subject_id, category, wrapped, kek_version) VALUES (1, 1, 'hetu', %s, 1)",
                [provider.wrap("kek:sahkolaitos", 1, key)],
            )
            admin.execute(
                "INSERT INTO register.national_identifier (subject_id, side, data_key_id, ciphertext, blind_index)"
                " VALUES (1, 'sahkolaitos', 1, %s, %s)",
                [seal(b"010190-999X", key, Place("national_identifier", "ciphertext", 1)), b"x"],
            )
        cluster.backup = taken_of(cluster, tmp_path_factory.mktemp("small") / "small.backup")
        yield cluster


@pytest.mark.parametrize(
    "step", ["register/agreement", "policy/notice", "home/passwords.json", "home/erasures.jsonl"]
)
def test_a_backup_that_was_killed_is_no_backup(small, tmp_path, step):
    path = tmp_path / "killed.backup"
    killed(small, "backup", path, step)
    assert not path.exists()
    [draft] = tmp_path.iterdir()
    assert draft.stat().st_mode & 0o077 == 0
    with pytest.raises(DamagedBackup), opened(draft):
        pass
    taken_of(small, path)
    with opened(path) as backup:
        backup.check()


@pytest.mark.parametrize(
    "step",
    [
        "making the database",
        "making the tables",
        "loading subject",
        "bringing",
        "deciding",
        "erasing",
        "verifying",
    ],
)
def test_a_restore_that_was_killed_is_not_taken_for_whole_and_begins_anew(one_server, small, step):
    with one_server.database("restored") as cluster:
        killed(cluster, "restore", small.backup, step)
        with pytest.raises(RestoreUnfinished):
            refuse_unfinished(cluster.home)
        # another folder does not know of it, and finds the mark on the database
        assert is_half(cluster) or step == "making the database"
        cluster.passwords.again("x")
        done = restored_in(cluster, small.backup)
        assert done.is_whole
        refuse_unfinished(cluster.home)
        assert not is_half(cluster)
        assert contents(cluster) == contents(small)
        assert not (cluster.home / UNFINISHED).exists()


def test_a_mark_that_is_not_of_this_database_drops_nothing(one_server, small):
    with one_server.database("restored") as cluster:
        killed(cluster, "restore", small.backup, "verifying")
        with administrator(cluster) as admin:
            admin.execute(f"COMMENT ON DATABASE \"{cluster.database}\" IS 'another'")
        with pytest.raises(NotDone, match="not the one"):
            restored_in(cluster, small.backup)
        with administrator(cluster) as admin:
            assert admin.execute("SELECT count(*) FROM register.subject").fetchone() == (50,)


def test_what_else_is_asked_of_a_restored_register_counts(one_server, small, monkeypatch):
    monkeypatch.setitem(
        wiring.AFTER_RESTORE, "ledger", lambda _cluster: [(True, "intact"), (False, "event 3")]
    )
    with one_server.database("restored") as cluster:
        done = restored_in(cluster, small.backup)
        assert (done.drift, done.is_whole) == ([], False)
        assert done.checked[1] == {"what": "ledger", "ok": False, "told": "event 3"}


def test_whoever_sees_less_than_everything_backs_up_nothing(one_server, small, tmp_path):
    """The owner sees no rows: without `row_security = off` this would be a backup of nothing, in silence."""
    owner = replace(small, administrator=small.dsn(small.role("owner")))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        taken_of(owner, tmp_path / "empty.backup")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_erased_again_is_told(one_server, small):
    """The small notice declares no purpose `rights`: nobody may erase, so somebody must know."""
    with one_server.database("restored") as cluster:
        journal = cluster.home / "from-the-safe.jsonl"
        journal.write_bytes(erasures_line(subject=7))
        done = restored_in(cluster, small.backup, journals=[journal])
        assert [(each["subject"], each["class"]) for each in done.not_erased] == [(7, "customership")]
        assert "rights" in done.not_erased[0]["why"]
        assert not done.is_whole
