"""Rows about nobody: a task or a campaign is opened, read and closed by whoever writes its category."""

from __future__ import annotations

import re

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator
from seloste.notice import read_notice
from seloste.policy.apply import apply
from seloste.policy.deep import verify_deep

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
OPEN = "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('{}', 'task', now()) RETURNING id"
SEEN = "SELECT count(*) FROM register.case_file WHERE id = %s"
SERVICE, RIGHTS, MARKETING, INVESTIGATION = (
    "service@sahkolaitos",
    "rights@all",
    "direct_marketing@sahkolaitos",
    "misuse_investigation@sahkolaitos",
)


@pytest.fixture(scope="module")
def cluster(server):
    with governed(server, NOTICE, "nobody") as cluster:
        yield cluster


def acting(cluster, login):
    return psycopg.connect(cluster.dsn(cluster.role(login)))


def test_who_writes_a_category_opens_a_case_about_nobody_and_reads_it_back(cluster):
    with acting(cluster, SERVICE) as service:
        [(key,)] = service.execute(OPEN.format("interaction")).fetchall()
        assert service.execute(SEEN, [key]).fetchone() == (1,)
        service.commit()
        assert (
            service.execute("UPDATE register.case_file SET closed_at = now() WHERE id = %s", [key]).rowcount
            == 1
        )
    with acting(cluster, RIGHTS) as rights:
        assert rights.execute(SEEN, [key]).fetchone() == (1,), "it reads interactions"
    with acting(cluster, INVESTIGATION) as investigation:
        assert investigation.execute(SEEN, [key]).fetchone() == (0,), "it reads cases of misuse alone"
    assert verify_deep(cluster) == []


@pytest.mark.parametrize(
    ("login", "category"), [(SERVICE, "misuse_case"), (SERVICE, "rights_request"), (RIGHTS, "interaction")]
)
def test_nobody_else_opens_one(cluster, login, category):
    with acting(cluster, login) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(OPEN.format(category))


def test_a_row_about_nobody_is_nobodys_in_every_other_table(cluster):
    with administrator(cluster) as admin:
        admin.execute("ALTER TABLE register.housing_form ALTER subject_id DROP NOT NULL")
        try:
            admin.execute("INSERT INTO register.housing_form (form) VALUES ('flat')")
            with acting(cluster, SERVICE) as service:
                assert service.execute("SELECT count(*) FROM register.housing_form").fetchone() == (0,)
            assert verify_deep(cluster) == []
        finally:
            admin.execute("DELETE FROM register.housing_form WHERE subject_id IS NULL")
            admin.execute("ALTER TABLE register.housing_form ALTER subject_id SET NOT NULL")


def test_answers_about_nobody_follow_the_notice_and_are_verified(server):
    before, service, after = re.split(r"(\n  service:\n(?:    .*\n)+)", NOTICE.read_text(), maxsplit=1)
    assert service.count(", interactions") == 2
    less = before + service.replace(", interactions", "") + after
    with governed(server, read_notice(less.encode()), "nobodys") as cluster, administrator(cluster) as admin:
        [(key,)] = admin.execute(OPEN.format("interaction")).fetchall()
        apply(cluster, read_notice(NOTICE))
        assert verify_deep(cluster) == []
        with acting(cluster, SERVICE) as service:
            assert service.execute(SEEN, [key]).fetchone() == (1,)
        admin.execute("UPDATE register.case_file SET bits1 = 0, bits2 = 0")
        assert [each.object for each in verify_deep(cluster)] == [f"case_file {key}"]
