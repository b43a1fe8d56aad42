"""People are loaded as the purpose that keeps the register, side by side, the same again for a seed."""

import psycopg
import pytest

from conftest import governed
from seloste.notice import read_notice
from seloste.project import populate, wiring
from seloste.project.made_up import Loading
from seloste.register.protection import key_versions, keys

from .conftest import NOTICE, NOW, open_task

PERSONS = 300


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def populated(register, told):
    return populate.populate(
        register.notice,
        PERSONS,
        7,
        day=NOW.date(),
        session_of=Loading(register.cluster, register.notice, register.reason).session,
        progress=lambda done, everybody: told.append((done, everybody)),
    )


def test_all_is_loaded_and_nothing_left_out(register, populated, told):
    assert populated.persons == PERSONS
    assert populated.left_out == set()
    assert told[-1] == (PERSONS, PERSONS)
    for table, count in populated.rows.items():
        assert register.one(f"SELECT count(*) FROM register.{table}")[0] >= count, table
    sides = dict(register.all("SELECT side, count(*) FROM register.subject GROUP BY side"))
    assert sides["seller"] > sides["grid"] > 0


def test_those_with_a_name_to_try_are_found_by_their_keys(register, populated):
    name = "SELECT given_names, family_name, side FROM register.subject WHERE id = %s"
    assert register.one(name, populated.named["aino"]) == ("Aino Maria", "Kuusilampi", "seller")
    assert register.one(name, populated.named["aino@network"]) == ("Aino Maria", "Kuusilampi", "grid")
    with register.rights() as session:
        seen = session.see(populated.named["aino"])
    assert {"name", "phone", "email", "agreements", "consents"} <= seen["visible"].keys()


def test_a_hetu_stands_nowhere_in_the_clear(register, populated):
    sealed = register.all(
        "SELECT subject_id, ciphertext, blind_index FROM register.national_identifier WHERE subject_id = %s",
        populated.named["aino"],
    )
    assert len(sealed) == 1
    assert all(len(row[1]) == 40 and len(row[2]) == 32 for row in sealed)


def test_every_answer_that_was_kept_while_loading_is_right(register, populated):
    from seloste.policy.deep import verify_deep

    assert populated.rows["subject"]
    assert verify_deep(register.cluster) == []


def test_a_purpose_that_may_write_less_loads_less_and_says_so(one_server, tmp_path):
    less = NOTICE.read_text().replace(
        "writes: [name, status, representation, turvakielto, ", "writes: [name, "
    )
    assert less != NOTICE.read_text()
    (tmp_path / "less.yaml").write_text(less)
    notice = read_notice(tmp_path / "less.yaml")
    with governed(one_server, notice, "less") as cluster:
        wiring.configure(cluster)
        dsn = psycopg.conninfo.make_conninfo(cluster.admin_dsn(), dbname=cluster.database)
        with psycopg.connect(dsn, autocommit=True) as admin:
            key_versions.make(admin, keys.provided(), notice.sides())
            populate.hire(admin, notice, NOW.date())
            sessions = Loading(cluster, notice, open_task(admin)).session
            done = populate.populate(notice, 60, 1, day=NOW.date(), session_of=sessions)
            rows = admin.execute("SELECT count(*) FROM register.turvakielto").fetchone()
    assert done.left_out == {"representation", "subject_status", "turvakielto"}
    assert rows == (0,)
