"""What is sealed opens for the purposes that use it, survives its keys' rotation, and is gone with its class."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator, login
from seloste.notice import read_notice
from seloste.project import populate, wiring
from seloste.project.people.numbers import hetu
from seloste.register.protection.keys import FileKeys, KeysMissing, WrongKey, index, kek, provide, provided
from seloste.register.protection.sealing import NotReadable, Place, opened, seal

SOURCE = EXAMPLES.parent / "src"
NOW = datetime.now(UTC)
SEALED = '"data_key[account]": [id, subject_id, category, wrapped, kek_version]'
PEOPLE = 25


def notice(folder):
    """The notice of the operations, with a second sealed category under another class and a purpose that keeps it."""
    text = (Path(__file__).parent / "operations" / "notice.yaml").read_text()
    for old, new in (
        (
            "  business_id: {name",
            f"  account: {{name: {{fi: tilinumero}}, retention: bookkeeping, held_in: {{{SEALED}}}}}\n  business_id: {{name",
        ),
        (
            "categories: [name, hetu, merges], writes: [name,",
            "categories: [name, hetu, merges], writes: [name, account,",
        ),
        (
            "  personnel: {",
            (
                "  accounts: {name: {fi: Kirjanpito}, controllers: [seller, lights], bases: [{kind: legal_obligation, while: always}],"
                " categories: [name, account], writes: [account], subject_groups: [person], roles: [contact], reasons: [task]}\n  personnel: {"
            ),
        ),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "notice.yaml").write_text(text)
    return read_notice(folder / "notice.yaml")


class Sealed:
    """A register in which every person has a hetu."""

    def __init__(self, cluster, admin, declared):
        self.cluster, self.admin, self.notice = cluster, admin, declared
        [(key,)] = admin.execute(
            "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('interaction', 'task', now()) RETURNING id"
        ).fetchall()
        self.reason = f"task:{key}"
        self.codes = {}

    def acting(self, purpose="upkeep", role="engineer", company="seller"):
        from seloste.register.protection.session import acting

        return acting(f"{role}.{company}", purpose, self.reason)

    def person(self, side="seller"):
        return self.one(
            "INSERT INTO register.subject (side, kind, family_name) VALUES (%s, 'person', 'E') RETURNING id",
            side,
        )

    def fill(self):
        from seloste.register.subjects.operations import record_hetu

        self.codes = {self.person(): code(number) for number in range(PEOPLE)}
        with self.acting():
            for person, told in self.codes.items():
                record_hetu(person, told)

    def one(self, sql, *values):
        return self.admin.execute(sql, values).fetchone()[0]

    def all(self, sql, *values):
        return self.admin.execute(sql, values).fetchall()

    def rotation(self, side="seller"):
        from seloste.register.protection.rotation import Rotation

        return Rotation(self.admin, provided(), side, lambda: self.acting(company=side))

    def everybody_is_found_and_opened(self):
        from seloste.register.subjects.queries import find_by_hetu, hetu_of

        with self.acting():
            for subject, code in self.codes.items():
                assert find_by_hetu(code, "seller").pk == subject
                assert hetu_of(subject) == code


def code(number):
    return hetu(
        NOW.date().replace(year=1990, month=1, day=1 + number % 28), number // 28, man=bool(number % 2)
    )


@pytest.fixture(scope="module")
def made(one_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notice")
    declared = notice(folder)
    with governed(one_server, declared, "keys") as cluster:
        wiring.configure(cluster)
        with administrator(cluster) as admin:
            populate.hire(admin, declared, NOW.date())
            yield Sealed(cluster, admin, declared)


@pytest.fixture
def register(made, monkeypatch):
    """A register in which nothing was sealed before, with people in it."""
    from seloste.register.protection import data_keys, key_versions
    from seloste.register.subjects import operations

    monkeypatch.setattr(data_keys, "REWRAPPED_AT_ONCE", 10)
    monkeypatch.setattr(operations, "REWRAPPED_AT_ONCE", 10)
    made.cluster.key_file.unlink(missing_ok=True)
    made.admin.execute(
        "TRUNCATE register.national_identifier, register.data_key, register.key_version, register.event, register.event_subject CASCADE"
    )
    key_versions.make(made.admin, provided(), made.notice.sides())
    made.fill()
    return made


def test_a_hetu_is_sealed_found_replaced_and_kept_once(register):
    from django.db import IntegrityError

    from seloste.register.subjects.operations import record_hetu
    from seloste.register.subjects.queries import find_by_hetu, hetu_of

    register.everybody_is_found_and_opened()
    [first, second, *_] = register.codes
    with pytest.raises(IntegrityError), register.acting():
        record_hetu(second, register.codes[first])
    with register.acting():
        record_hetu(second, code(400))
        assert hetu_of(second) == code(400)
        assert find_by_hetu(register.codes[second], "seller") is None
    across = register.person("grid")
    with register.acting(company="grid"):
        record_hetu(across, register.codes[first])
        assert find_by_hetu(register.codes[first], "grid").pk == across
    keys = register.one("SELECT count(DISTINCT wrapped) FROM register.data_key")
    assert keys == PEOPLE + 1, "a key a subject"
    values = register.all("SELECT ciphertext, blind_index FROM register.national_identifier")
    assert not any(
        told.encode() in part for row in values for part in row for told in register.codes.values()
    )


def test_who_may_read_a_wrapped_key_is_who_may_read_what_it_opens(register):
    """On the login's own connection: no column for those who use nothing sealed, else the rows of their category."""
    from seloste.register.protection.data_keys import data_key

    person = next(iter(register.codes))
    with register.acting("accounts", "contact"):
        data_key(person, "account", "seller")
    seen = {}
    for (name,) in register.all("SELECT login FROM policy.login ORDER BY 1"):
        with login(register.cluster, name) as connection:
            try:
                rows = connection.execute("SELECT DISTINCT category FROM data_key").fetchall()
            except psycopg.errors.InsufficientPrivilege:
                continue
        seen[name] = {category for (category,) in rows}
    assert seen == {
        "accounts@seller": {"account"},
        "rights@seller": {"hetu"},
        "rights@grid": set(),
        "upkeep@seller": {"hetu"},
        "upkeep@grid": set(),
    }


def test_erasing_a_class_shuts_its_copies_too_and_leaves_the_other_class_open(register):
    """What was copied before the erasure, row and key, opens with nothing that is left in the register."""
    from seloste.register.protection.data_keys import data_key, opened_key
    from seloste.register.protection.models import DataKey
    from seloste.register.retention.operations import erase
    from seloste.register.subjects.queries import hetu_of, hetu_place

    [person, other, *_] = register.codes
    place = Place("account", "iban", person)
    with register.acting("accounts", "contact"):
        _, key = data_key(person, "account", "seller")
        account = seal(b"FI21 1234 5600 0007 85", key, place)
    copied = bytes(
        register.one("SELECT ciphertext FROM register.national_identifier WHERE subject_id = %s", person)
    )
    with register.acting("rights", "contact"):
        assert hetu_of(person)
        places = {
            place: columns
            for category in register.notice.categories.values()
            if category.retention == "relation"
            for place, columns in (category.held_in or {}).items()
        }
        erased = erase(person, "relation", places, at=NOW)
    assert (erased["data_key"], erased["national_identifier"]) == (1, 1)
    assert register.all("SELECT category FROM register.data_key WHERE subject_id = %s", person) == [
        ("account",)
    ]
    with register.acting("accounts", "contact"):
        row = DataKey.objects.get(subject_id=person)
        assert opened(account, opened_key(row, "seller"), place) == b"FI21 1234 5600 0007 85"
    left = register.all("SELECT kek_version, wrapped, subject_id FROM register.data_key")
    assert len(left) == PEOPLE
    for version, wrapped, owner in left:
        key = provided().unwrap(kek("seller"), version, bytes(wrapped))
        for whom in (person, owner):
            with pytest.raises(NotReadable):
                opened(copied, key, hetu_place(whom))
    with register.acting():
        assert hetu_of(other) == register.codes[other]


def test_a_ciphertext_in_another_subjects_row_does_not_open(register):
    from seloste.register.subjects.queries import hetu_of

    [first, second, *_] = register.codes
    register.admin.execute(
        "UPDATE register.national_identifier n SET ciphertext = o.ciphertext, data_key_id = o.data_key_id"
        " FROM register.national_identifier o WHERE n.subject_id = %s AND o.subject_id = %s",
        [first, second],
    )
    with register.acting(), pytest.raises(NotReadable):
        hetu_of(first)


def versions(register):
    return dict(register.all("SELECT kek_version, count(*) FROM register.data_key GROUP BY 1"))


def test_the_wrapping_key_is_rotated_and_nothing_sealed_is_touched(register):
    from seloste.register.protection import key_versions
    from seloste.register.protection.rotation import rotate_kek

    before = register.all("SELECT id, ciphertext, xmin::text FROM register.national_identifier ORDER BY 1")
    [kept, *_] = register.all("SELECT wrapped FROM register.data_key ORDER BY id")
    done = rotate_kek(register.rotation())
    assert (done.version, done.changed, done.left) == (2, PEOPLE, 0)
    assert versions(register) == {2: PEOPLE}
    assert (
        register.all("SELECT id, ciphertext, xmin::text FROM register.national_identifier ORDER BY 1")
        == before
    )
    with pytest.raises(key_versions.StillUsed, match="the current one"):
        key_versions.retire(register.admin, provided(), kek("seller"), 2)
    key_versions.retire(register.admin, provided(), kek("seller"), 1)
    register.everybody_is_found_and_opened()
    for version in provided().versions(kek("seller")):
        with pytest.raises(WrongKey):
            provided().unwrap(kek("seller"), version, bytes(kept[0]))
    assert [each.is_well for each in key_versions.check(register.admin, provided())] == [True] * 6
    recorded = register.one(
        "SELECT count(*) FROM register.event WHERE kind = 'subjects.read' AND way = 'listed' AND login = 'upkeep@seller'"
    )
    assert recorded >= PEOPLE // 10, "keys are read under a purpose, and that is recorded"


def test_a_version_in_use_is_not_retired(register):
    from seloste.register.protection import key_versions

    keys = provided()
    keys.promote(kek("seller"), keys.add(kek("seller")))
    with pytest.raises(key_versions.StillUsed, match=f"still used, by {PEOPLE}"):
        key_versions.retire(register.admin, keys, kek("seller"), 1)
    register.everybody_is_found_and_opened()


def test_the_index_key_is_rotated_and_everybody_is_found_at_every_moment(register, monkeypatch):
    """Between any two batches, and as the next version becomes current: all are found, nobody is kept twice.

    When codes were indexed under the current version alone, it failed.
    """
    from django.db import IntegrityError

    from seloste.register.protection.rotation import Rotation, rotate_index
    from seloste.register.subjects.operations import drop_index, record_hetu, reindex

    moments = []
    somebody = register.person()

    def looked_at(step):
        def between(side, after, version):
            done = step(side, after, version)
            moments.append(step.__name__)
            return done

        return between

    class Watched:
        def __enter__(self):
            register.everybody_is_found_and_opened()
            with pytest.raises(IntegrityError), register.acting():
                record_hetu(somebody, register.codes[next(iter(register.codes))])
            self.inside = register.acting()
            return self.inside.__enter__()

        def __exit__(self, *error):
            self.inside.__exit__(*error)
            fresh = register.person()
            with register.acting():
                register.codes[fresh] = code(100 + len(register.codes))
                record_hetu(fresh, register.codes[fresh])

    really = FileKeys.promote

    def promote(keys, name, version):
        late = register.person()
        with register.acting():
            register.codes[late] = code(100 + len(register.codes))
            record_hetu(late, register.codes[late])
        really(keys, name, version)
        register.everybody_is_found_and_opened()
        with pytest.raises(IntegrityError), register.acting():
            record_hetu(somebody, register.codes[late])

    monkeypatch.setattr(FileKeys, "promote", promote)
    for version in (2, 3):
        if version == 3:
            # newcomers of the first round fill it for ever: the second is not watched
            rotate_index(register.rotation(), reindex, drop_index)
        else:
            limited = Rotation(register.admin, provided(), "seller", Once(Watched, register.acting, 7))
            rotate_index(limited, looked_at(reindex), looked_at(drop_index))
        assert provided().versions(index("seller")) == (version,)
        column, other = ("blind_index", "blind_index_even")[:: 1 if version % 2 else -1]
        assert register.one(f"SELECT count(*) FROM register.national_identifier WHERE {column} IS NULL") == 0
        assert register.one(f"SELECT count({other}) FROM register.national_identifier") == 0
        register.everybody_is_found_and_opened()
    assert {"reindex", "drop_index"} == set(moments)


class Once:
    """Opens watched sessions so many times, and plain ones after."""

    def __init__(self, watched, plain, times):
        self.watched, self.plain, self.times = watched, plain, times

    def __call__(self):
        self.times -= 1
        return self.watched() if self.times >= 0 else self.plain()


KILLED = """
import os, signal, sys
from pathlib import Path
import psycopg
from seloste.project import wiring
from seloste.project.database import Cluster, Passwords

what, point, admin, database, passwords, reason = sys.argv[1:]
cluster = Cluster(admin, Passwords(Path(passwords)), database)
wiring.configure(cluster)
from seloste.register.protection import data_keys, key_versions, keys, rotation
from seloste.register.protection.session import acting
from seloste.register.subjects import operations

data_keys.REWRAPPED_AT_ONCE = operations.REWRAPPED_AT_ONCE = 10
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
opened = []

def counted():
    opened.append(1)
    if point.isdigit() and len(opened) > int(point):
        die()
    return acting("engineer.seller", "upkeep", reason)

def dying(name, module, after):
    was = getattr(module, name)
    def once(*given):
        if after:
            was(*given)
        die()
    setattr(module, name, once)

if point in {"introduce", "forget"}:
    dying(point, key_versions, False)
if point in {"add", "promote", "retire"}:
    dying(point, keys.FileKeys, True)
with psycopg.connect(admin, dbname=database, autocommit=True) as connection:
    by = rotation.Rotation(connection, keys.provided(), "seller", counted)
    if what == "kek":
        rotation.rotate_kek(by)
    else:
        rotation.rotate_index(by, operations.reindex, operations.drop_index)
"""

POINTS = [
    *(("kek", point) for point in ("add", "introduce", "promote", "1", "2")),
    *(("index", point) for point in ("add", "introduce", "2", "promote", "forget", "retire", "10", "12")),
]


@pytest.mark.parametrize(("what", "point"), POINTS)
def test_killed_anywhere_and_run_again_it_is_done(register, what, point):
    """SIGKILL, as the machine would do it: at a change of the keys' file, or between two batches.

    When a rotation always began a new version, eight of them failed.
    """
    from seloste.register.protection import key_versions
    from seloste.register.protection.rotation import rotate_index, rotate_kek
    from seloste.register.subjects.operations import drop_index, reindex

    done = subprocess.run(
        [sys.executable, "-c", KILLED, what, point, register.cluster.administrator, register.cluster.database,
         str(register.cluster.passwords.path), register.reason],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    register.everybody_is_found_and_opened()
    if what == "kek":
        again = rotate_kek(register.rotation())
        assert versions(register) == {2: PEOPLE}
        key_versions.retire(register.admin, provided(), kek("seller"), 1)
    else:
        again = rotate_index(register.rotation(), reindex, drop_index)
        assert register.one("SELECT count(blind_index) FROM register.national_identifier") == 0
    assert (again.version, again.left) == (2, 0)
    register.everybody_is_found_and_opened()
    assert all(each.is_well for each in key_versions.check(register.admin, provided()))


def everything(register):
    return [
        register.all(f"SELECT t::text FROM register.{table} t ORDER BY id")
        for table in ("data_key", "national_identifier", "key_version")
    ]


def test_a_lost_key_is_told_and_never_made_anew(register):
    from seloste.register.protection import key_versions
    from seloste.register.subjects.operations import record_hetu
    from seloste.register.subjects.queries import find_by_hetu, hetu_of

    path, before = register.cluster.key_file, everything(register)
    kept = path.read_bytes()
    path.unlink()
    person = next(iter(register.codes))
    for use in (
        lambda: hetu_of(person),
        lambda: find_by_hetu(register.codes[person], "seller"),
        lambda: record_hetu(person, code(300)),
    ):
        with pytest.raises(KeysMissing, match="restore the file") as lost, register.acting():
            use()
        assert register.codes[person] not in str(lost.value)
    with pytest.raises(KeysMissing, match="none was made"):
        key_versions.make(register.admin, provided(), register.notice.sides())
    assert not path.exists()
    found = {(each.name, each.key, each.is_well) for each in key_versions.check(register.admin, provided())}
    assert (kek("seller"), "missing", False) in found
    assert everything(register) == before
    path.write_bytes(kept)
    path.chmod(0o600)
    register.everybody_is_found_and_opened()


def test_a_wrong_key_is_told_before_anything_is_made_under_it(register, tmp_path):
    from seloste.register.protection import key_versions
    from seloste.register.protection.rotation import rotate_index, rotate_kek
    from seloste.register.subjects.operations import drop_index, record_hetu, reindex
    from seloste.register.subjects.queries import hetu_of

    before, right = everything(register), provided()
    wrong = FileKeys(tmp_path / "wrong.json")
    wrong.make([name(side) for name in (kek, index) for side in ("seller", "grid")])
    person, newcomer = next(iter(register.codes)), register.person()
    provide(wrong)
    try:
        for use in (lambda: hetu_of(person), lambda: record_hetu(newcomer, code(300))):
            with pytest.raises(WrongKey, match="another key"), register.acting():
                use()
        for rotate in (rotate_kek, lambda by: rotate_index(by, reindex, drop_index)):
            with pytest.raises(WrongKey, match="another key"):
                rotate(register.rotation())
        with pytest.raises(WrongKey, match="is wrong"):
            key_versions.make(register.admin, wrong, register.notice.sides())
        assert {each.key for each in key_versions.check(register.admin, wrong)} == {"wrong", "missing"}
        assert wrong.versions(kek("seller")) == (1,)
    finally:
        provide(right)
    assert everything(register) == before
    register.everybody_is_found_and_opened()
