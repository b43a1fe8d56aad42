"""The reference evaluator and PostgreSQL agree, on made-up worlds, about every key at every boundary.

A long campaign of 5,000 worlds runs with SELOSTE_SOAK=1; the same code runs 200 here.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from conftest import NOTICES, SOAK, governed
from generative.worlds import Maker, insert
from psycopg.conninfo import make_conninfo

from seloste.notice import read_notice
from seloste.policy.apply import in_force
from seloste.policy.compile import deciding
from seloste.policy.reference import Judge
from seloste.policy.rows import ROW_RULES
from seloste.policy.rules import RULES
from seloste.policy.verdict import Reason

WORLDS = int(os.environ.get("SELOSTE_WORLDS", "5000" if SOAK else "200"))
SECOND = timedelta(seconds=1)


def notice_of_worlds(around: datetime):
    """The notice of worlds, its dated ends placed among the boundaries of the worlds."""
    text = (NOTICES / "worlds.yaml").read_text()
    text = text.replace("LAPSE", str((around + timedelta(days=15)).date()))
    return read_notice(text.replace("WORDING_ENDS", str((around + timedelta(days=40)).date())).encode())


class Compared:
    """Worlds in a database, and both opinions about them."""

    def __init__(self, cluster, notice, worlds) -> None:
        self.cluster, self.notice, self.worlds = cluster, notice, worlds
        self.judge = Judge(notice)
        self.about = {s.id: world.about(s.id) for world in worlds for s in world.subjects}
        self.admin = psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database), autocommit=True)
        self.admin.execute("SET TimeZone = 'UTC'")
        rows = self.admin.execute(
            "SELECT name, bit1, bit2, opens_at, closes_at, number FROM policy.key WHERE state = 'in_force'"
        )
        self.keys = {row[0]: row[1:] for row in rows.fetchall()}

    def moments(self):
        """Each moment to the subjects whose world has it: every boundary, a second before and after."""
        found = defaultdict(list)
        for world in self.worlds:
            for boundary in self.judge.boundaries(world):
                for moment in (boundary - SECOND, boundary, boundary + SECOND):
                    found[moment].append(world)
        return found

    def differences(self, *, most: int = 5, known=None, every: int = 1):
        """Where the two differ, at most `most`; and what was met on the way."""
        opened, reasons, asked, seen, wrong = Counter(), Counter(), 0, 0, []
        for number, (moment, worlds) in enumerate(sorted(self.moments().items(), key=lambda m: m[0])):
            if number % every:
                continue
            ids = [s.id for world in worlds for s in world.subjects]
            answers = {
                row[0]: row[1:]
                for row in self.admin.execute(
                    "SELECT subject_id, bits1, bits2 FROM policy.decide(%s, %s, %s)", [ids, moment, known or "infinity"]
                ).fetchall()
            }
            for world in worlds:
                met = set()
                for subject in world.subjects:
                    about = self.about[subject.id]
                    for question in self.judge.questions:
                        bit1, bit2, opens, closes, _ = self.keys[question.name]
                        bits = answers[subject.id]
                        says = bool(bits[0] & bit1 or bits[1] & bit2)
                        says = says and (opens is None or opens <= moment) and (closes is None or moment < closes)
                        reason = self.judge.reason(about, question, subject.id, moment, known)
                        asked += 1
                        if reason is Reason.OPEN:
                            met.add(question.name)
                        reasons[reason] += 1
                        if says != (reason is Reason.OPEN) and len(wrong) < most:
                            wrong.append((question.name, subject.id, moment, str(reason), says))
                opened.update(met)
                seen += 1
            if len(wrong) >= most:
                break
        return wrong, opened, reasons, asked, seen


@pytest.fixture(scope="module")
def around():
    return datetime.now(tz=UTC).replace(hour=9, minute=17, second=0, microsecond=0)


@pytest.fixture(scope="module")
def compared(one_server, around):
    notice = notice_of_worlds(around)
    maker = Maker(notice, around, seed=20260101)
    worlds = [maker.world() for _ in range(WORLDS)]
    with governed(one_server, notice, "worlds") as cluster:
        compared = Compared(cluster, notice, worlds)
        insert(compared.admin, worlds)
        yield compared
        compared.admin.close()


def test_both_declare_the_same_keys(compared):
    assert {q.name for q in compared.judge.questions} == set(compared.keys)


def test_they_agree_on_every_key_at_every_boundary(compared, capsys):
    wrong, opened, reasons, asked, seen = compared.differences()
    with capsys.disabled():
        print(f"\n{asked:,} questions about {WORLDS} worlds")
        print("share of worlds, at a moment, with somebody to whom a key is open; reasons of all verdicts")
        for name, count in sorted(opened.items()):
            print(f"  {name:40} open {count / seen:6.1%}")
        for reason in Reason:
            print(f"  {reason:40} {reasons[reason]:9,}")
    assert wrong == []
    for name in compared.keys:
        assert 0.05 <= opened[name] / seen <= 0.95, f"{name} is open in {opened[name] / seen:.1%}"
    for reason in Reason:
        assert reasons[reason] >= 50, reason


def test_they_agree_about_what_was_known_then(compared, around):
    for days in (-100, -30, -5):
        wrong, *_ = compared.differences(known=around + timedelta(days=days), every=7)
        assert wrong == []


def test_reasons_are_the_same(compared):
    moment = datetime.now(tz=UTC)
    told = {
        (row[0], row[1]): row[2]
        for world in compared.worlds[:150]
        for row in compared.admin.execute(
            "SELECT subject_id, number, reason FROM policy.reasons(%s, %s, 'infinity')",
            [[s.id for s in world.subjects], moment],
        ).fetchall()
    }
    numbers = {name: row[4] for name, row in compared.keys.items()}
    for world in compared.worlds[:150]:
        for subject in world.subjects:
            for question in compared.judge.questions:
                reason = compared.judge.reason(compared.about[subject.id], question, subject.id, moment)
                assert told[subject.id, numbers[question.name]] == reason, (question.name, subject.id)


def test_each_login_sees_the_rows_that_the_evaluator_opens(compared):
    """Connected as each login: the ids it can read are the evaluator's, table by table."""
    logins = {q.login for q in compared.judge.questions}
    rows = [(world, row) for world in compared.worlds for row in world.rows]
    by_table = defaultdict(list)
    for world, row in rows:
        by_table[row.table].append((world, row))
    for login in sorted(logins):
        with psycopg.connect(compared.cluster.dsn(compared.cluster.role(login))) as connection:
            purpose = compared.notice.purposes[login.partition("@")[0]]
            reads = set(purpose.categories)
            for table, about in by_table.items():
                now = connection.execute("SELECT statement_timestamp()").fetchone()[0]
                try:
                    with connection.transaction():
                        seen = {r[0] for r in connection.execute(f"SELECT id FROM register.{table}").fetchall()}
                except psycopg.errors.InsufficientPrivilege:
                    assert not reads & {row.category for _, row in about}, (login, table)
                    continue
                expected = {
                    row.id for world, row in about if row.category in reads and compared.judge.row_open(world, login, row, now)
                }
                assert seen == expected, (login, table, sorted(seen ^ expected)[:5])


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_left_out_of_the_compiler_is_noticed(compared, rule):
    """The compiler is run without one rule, and the two no longer agree."""
    with psycopg.connect(compared.cluster.dsn(compared.cluster.role("owner")), autocommit=True) as owner:
        policy = in_force(owner, compared.cluster)
    engine = compared.cluster.role("engine")
    with compared.admin.transaction(force_rollback=True):
        compared.admin.execute(f'SET LOCAL ROLE "{engine}"')
        for statement in deciding(replace(policy, without=frozenset({rule}))):
            compared.admin.execute(statement.sql)
        compared.admin.execute("RESET ROLE")
        wrong, *_ = compared.differences(most=1)
    assert wrong, f"nobody noticed that {rule} is gone"


@pytest.mark.parametrize("rule", ROW_RULES)
def test_a_rule_on_rows_left_out_of_the_compiler_is_noticed(one_server, around, rule):
    notice = notice_of_worlds(around)
    maker = Maker(notice, around, seed=7)
    worlds = [maker.world() for _ in range(25)]
    with governed(one_server, notice, "rows", without=frozenset({rule})) as cluster:
        compared = Compared(cluster, notice, worlds)
        insert(compared.admin, worlds)
        with pytest.raises(AssertionError):
            test_each_login_sees_the_rows_that_the_evaluator_opens(compared)
        compared.admin.close()
