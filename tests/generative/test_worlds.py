"""The reference evaluator and PostgreSQL agree, on made-up worlds, about every key at every boundary.

A long campaign of 5,000 worlds runs with SELOSTE_SOAK=1; the same code runs 200 here.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from conftest import NOTICES, SOAK, governed
from generative.worlds import AROUND, Maker, insert, remove
from seloste.notice import read_notice
from seloste.policy.apply import in_force
from seloste.policy.compile import deciding
from seloste.policy.merges import MERGE_RULES
from seloste.policy.reference import Judge
from seloste.policy.rows import ROW_RULES
from seloste.policy.rules import RULES
from seloste.policy.verdict import Reason

WORLDS = int(os.environ.get("SELOSTE_WORLDS", "5000" if SOAK else "200"))
AT_ONCE = min(WORLDS, 200)
SECOND = timedelta(seconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)
NOTICE = read_notice(NOTICES / "worlds.yaml")
WINDOWS = ("not_in_force", "interest_lapsed")
"""Rules that close a key as a whole, whoever is asked about: its window stands in the registry."""


def administrator(cluster):
    connection = psycopg.connect(make_conninfo(cluster.admin_dsn(), dbname=cluster.database), autocommit=True)
    connection.execute(
        "SET TimeZone = 'Pacific/Kiritimati'"
    )  # months are counted in UTC, whatever a caller sets
    return connection


@dataclass
class Met:
    """What was met while two opinions were compared."""

    wrong: list = field(default_factory=list)
    asked: Counter = field(default_factory=Counter)
    opened: Counter = field(default_factory=Counter)
    reasons: Counter = field(default_factory=Counter)

    def __add__(self, other):
        return Met(*(getattr(self, name) + getattr(other, name) for name in vars(self)))


class Compared:
    """Worlds in a database, and both opinions about them."""

    def __init__(self, cluster, worlds) -> None:
        self.cluster, self.worlds = cluster, worlds
        self.judge = Judge(NOTICE)
        self.admin = administrator(cluster)
        self.read_keys()

    def read_keys(self) -> None:
        rows = self.admin.execute(
            "SELECT name, number, bit1, bit2, opens_at, closes_at FROM policy.key WHERE state = 'in_force'"
        )
        self.keys = {row[0]: row[1:] for row in rows.fetchall()}

    def answers(self, ids, moment, known):
        """What PostgreSQL says: each subject to the names of its open keys, its answer, and until when it holds."""
        rows = self.admin.execute(
            "SELECT subject_id, bits1, bits2, closed, gone, guarded, nullif(decided_until, 'infinity')"
            " FROM policy.decide(%s, %s, %s)",
            [ids, moment, known or "infinity"],
        ).fetchall()
        awake = [
            (name, bit1, bit2)
            for name, (_, bit1, bit2, opens, closes) in self.keys.items()
            if (opens is None or opens <= moment) and (closes is None or moment < closes)
        ]
        return {
            subject: (
                {name for name, bit1, bit2 in awake if bits1 & bit1 or bits2 & bit2},
                (bits1, bits2, *more),
                until or NEVER,
            )
            for subject, bits1, bits2, *more, until in rows
        }

    def moments(self, every):
        """Moments in order, each with the subjects that it is a boundary of, or a second from one."""
        found = defaultdict(list)
        for world in self.worlds:
            for subject in world.subjects:
                for boundary in self.judge.boundaries(world.around(subject.id)):
                    for moment in (boundary - SECOND, boundary, boundary + SECOND):
                        found[moment].append((world, subject))
        return sorted(found.items(), key=lambda item: item[0])[::every]

    def differences(self, *, most=5, known=None, every=1) -> Met:
        """Where the two differ, at most `most`, and what was met on the way."""
        met, before = Met(), {}
        for moment, subjects in self.moments(every):
            answers = self.answers([subject.id for _, subject in subjects], moment, known)
            for world, subject in subjects:
                opened, bits, until = answers[subject.id]
                for question in self.judge.questions:
                    reason = self.judge.reason(world, question, subject.id, moment, known)
                    met.reasons[reason] += 1
                    if subject.side in question.sides:
                        met.asked[question.name] += 1
                        met.opened[question.name] += reason is Reason.OPEN
                    if (question.name in opened) != (reason is Reason.OPEN):
                        met.wrong.append((question.name, subject.id, moment, reason))
                if not until > moment:
                    met.wrong.append(("an answer that had run out", subject.id, moment, until))
                if subject.id in before and before[subject.id][1] > moment and before[subject.id][0] != bits:
                    met.wrong.append(("an answer that outlived its moment", subject.id, moment, until))
                before[subject.id] = (bits, until)
            if len(met.wrong) >= most:
                break
        return met


@pytest.fixture(scope="module")
def cluster(one_server):
    with governed(one_server, NOTICE, "worlds") as cluster:
        yield cluster


@contextmanager
def worlds_of(cluster, seed, number):
    """Some worlds in a database, for a while."""
    maker = Maker(NOTICE, AROUND, seed)
    compared = Compared(cluster, [maker.world() for _ in range(number)])
    insert(compared.admin, compared.worlds)
    yield compared
    remove(compared.admin, compared.worlds)
    assert compared.admin.execute("SELECT count(*) FROM register.subject").fetchone() == (0,)
    compared.admin.close()


@pytest.fixture(scope="module")
def compared(cluster):
    with worlds_of(cluster, 1, min(WORLDS, 40)) as compared:
        yield compared


def test_both_declare_the_same_keys(compared):
    assert {question.name for question in compared.judge.questions} == set(compared.keys)


@pytest.fixture(scope="module")
def met(one_server):
    """All worlds compared, some at a time."""
    met = Met()
    with governed(one_server, NOTICE, "many") as cluster:
        for seed in range(1, WORLDS // AT_ONCE + 1):
            with worlds_of(cluster, seed, AT_ONCE) as compared:
                met += compared.differences()
    return met


def test_they_agree_on_every_key_at_every_boundary(met, capsys):
    with capsys.disabled():
        print(
            f"\n{met.asked.total():,} questions about {WORLDS} worlds: subjects on the side of a key, at their boundaries"
        )
        for name, asked in sorted(met.asked.items()):
            print(f"  {name:28} open {met.opened[name] / asked:6.1%} of {asked:8,}")
        print("verdicts, by their reason")
        for reason in Reason:
            print(f"  {reason:28} {met.reasons[reason]:9,}")
    assert met.wrong == []
    for name, asked in met.asked.items():
        assert 0.05 <= met.opened[name] / asked <= 0.95, name
    for reason in Reason:
        assert met.reasons[reason] >= 50, reason


@pytest.mark.parametrize("days", [-300, -100, -30, 5, 40])
def test_they_agree_about_what_was_known_then(compared, days):
    assert compared.differences(known=AROUND + timedelta(days=days), every=17).wrong == []


def test_what_is_known_changes_at_the_second(compared):
    for recorded in (AROUND - timedelta(days=62), AROUND):
        for known in (recorded - SECOND, recorded, recorded + SECOND):
            assert compared.differences(known=known, every=83).wrong == []


def test_reasons_are_the_same(compared):
    """Told for subjects; that a key is closed as a whole is told by its window."""
    names = {number: name for name, (number, *_) in compared.keys.items()}
    questions = {question.name: question for question in compared.judge.questions}
    for moment, subjects in compared.moments(every=41):
        worlds = {subject.id: world for world, subject in subjects}
        for subject, number, told in compared.admin.execute(
            "SELECT subject_id, number, reason FROM policy.reasons(%s, %s, 'infinity')",
            [list(worlds), moment],
        ).fetchall():
            reason = compared.judge.reason(worlds[subject], questions[names[number]], subject, moment)
            if reason is Reason.INTEREST_LAPSED:
                reason = Reason.OPEN
            if reason is not Reason.NOT_IN_FORCE:
                assert told == reason, (names[number], subject, moment)


@pytest.mark.parametrize("rule", [*RULES, *MERGE_RULES])
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
        assert compared.differences(most=1).wrong, f"nobody noticed that {rule} is gone"


@pytest.mark.parametrize("rule", WINDOWS)
def test_a_window_left_open_is_noticed(compared, rule):
    with compared.admin.transaction(force_rollback=True):
        compared.admin.execute(
            "UPDATE policy.key SET opens_at = NULL, closes_at = NULL WHERE lapse = %s", [rule]
        )
        compared.read_keys()
        assert compared.differences(most=1).wrong, f"nobody noticed that {rule} is gone"
    compared.read_keys()


@pytest.fixture(scope="module")
def living(one_server):
    """Worlds around this very day, some hours off every boundary, seen by the logins themselves."""
    with governed(one_server, NOTICE, "living") as cluster:
        living = lived(cluster, 40)
        yield living
        living.admin.close()


def lived(cluster, number):
    maker = Maker(NOTICE, datetime.now(tz=UTC) - timedelta(hours=7), seed=7)
    living = Compared(cluster, [maker.world() for _ in range(number)])
    insert(living.admin, living.worlds)
    return living


def logins(compared):
    return sorted({question.login for question in compared.judge.questions})


def unlike(living):
    """Connected as each login: where the ids that it can read are not the evaluator's, table by table."""
    by_table = defaultdict(list)
    for world in living.worlds:
        for row in world.rows:
            by_table[row.table].append((world, row))
    for login in logins(living):
        reads = set(NOTICE.purposes[login.partition("@")[0]].categories)
        with psycopg.connect(living.cluster.dsn(living.cluster.role(login)), autocommit=True) as connection:
            for table, rows in by_table.items():
                now = connection.execute("SELECT statement_timestamp()").fetchone()[0]
                expected = {
                    row.id
                    for world, row in rows
                    if ("points" if table == "metering_point" else row.category) in reads
                    and living.judge.row_open(world, login, row, now)
                }
                try:
                    seen = {
                        row[0] for row in connection.execute(f"SELECT id FROM register.{table}").fetchall()
                    }
                except psycopg.errors.InsufficientPrivilege:
                    seen = set()
                if seen != expected:
                    yield login, table, sorted(seen - expected)[:5], sorted(expected - seen)[:5]


def test_each_login_sees_the_rows_that_the_evaluator_opens(living):
    assert list(unlike(living)) == []


def test_each_login_is_told_what_the_evaluator_tells_it(living):
    """`why` answers for the session's own login; what is beyond a wall or restricted is like what does not exist."""
    hidden = {Reason.UNKNOWN, Reason.RESTRICTED}
    subjects = {subject.id: world for world in living.worlds[:12] for subject in world.subjects}
    for login in logins(living):
        questions = {(q.channel, q.basis): q for q in living.judge.questions if q.login == login}
        lapsed = living.admin.execute(
            "SELECT channel, basis FROM policy.key WHERE login = %s AND state = 'in_force' AND closes_at <= now()",
            [login],
        ).fetchall()
        with psycopg.connect(living.cluster.dsn(living.cluster.role(login)), autocommit=True) as connection:
            now = connection.execute("SELECT statement_timestamp()").fetchone()[0]
            nobody = connection.execute("SELECT * FROM policy.why(-1, %s, 'infinity')", [now]).fetchall()
            told = connection.execute(
                "SELECT s, w.* FROM unnest(%s::bigint[]) s, LATERAL policy.why(s, %s, 'infinity') w",
                [list(subjects), now],
            ).fetchall()
        assert {row[:2] for row in nobody} == set(questions)
        assert len(told) == len(subjects) * len(questions)
        for subject, *answer in told:
            channel, basis, allowed, _, until = answer
            question = questions[channel, basis]
            verdict = living.judge.judge(subjects[subject], question, subject, now)
            assert allowed == verdict.allowed, (login, channel, basis, subject, verdict.reason)
            # under a restriction also where another reason is told first
            purpose = living.judge.notice.purposes[question.purpose]
            restricted = not purpose.despite_restriction and any(
                question.purpose in each.purposes
                or not (each.purposes or each.categories)
                or "name" in each.categories
                for each in subjects[subject].together(subject, now).restrictions
                if each.valid(now)
            )
            if restricted or verdict.reason in hidden:
                assert tuple(answer) in nobody, (login, channel, basis, subject)
            elif verdict.until is not None and not ((channel, basis) in lapsed and until is None):
                # of a key that closed for good PostgreSQL leaves out the days on which others close
                assert until is not None, (login, channel, basis, subject, verdict)
                assert until <= verdict.until, (login, channel, basis, subject, verdict)


@pytest.mark.parametrize("rule", ROW_RULES)
def test_a_rule_on_rows_left_out_of_the_compiler_is_noticed(one_server, rule):
    with governed(one_server, NOTICE, "rows", without=frozenset({rule})) as cluster:
        living = lived(cluster, 15)
        assert next(unlike(living), None), f"nobody noticed that {rule} is gone"
        living.admin.close()
