"""Whatever is merged, undone and said about one of a few people in whatever order: the answers that rows keep are
those of the evaluator, rows are seen as it says, and what is undone is as if it had never been.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import get_args, get_type_hints

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES, SOAK, governed
from database.people import administrator, login
from generative.worlds import FACTS
from seloste.notice import read_notice
from seloste.policy.deep import verify_deep
from seloste.policy.reference import Judge
from seloste.policy.reference import world as w

NOTICE = read_notice(EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml")
SIDE = "sahkolaitos"
KINDS = {name: get_args(kind)[0] for name, kind in get_type_hints(w.World, vars(w)).items() if name in FACTS}
"""What each fact of a world is."""
READERS = (f"direct_marketing@{SIDE}", f"service@{SIDE}", f"misuse_prevention@{SIDE}")
RECORDS = 4

steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["merge", "merge", "merge", "unmerge", "unmerge", "ban", "ban lifted", "consent", "consent taken back",
             "restriction", "restriction lifted", "turvakielto", "turvakielto lifted", "objection", "minor"]
        ),
        st.integers(0, RECORDS - 1),
        st.integers(0, RECORDS - 1),
    ),
    min_size=4, max_size=12,
)  # fmt: skip


class Register:
    """The register, whoever answers rights in it, and the evaluator's view of some people in it."""

    def __init__(self, cluster, admin) -> None:
        self.cluster, self.admin, self.judge = cluster, admin, Judge(NOTICE)
        self.keys = {
            name: masks
            for name, *masks in admin.execute(
                "SELECT name, bit1, bit2 FROM policy.key WHERE state = 'in_force'"
                " AND (opens_at IS NULL OR opens_at <= now()) AND (closes_at IS NULL OR closes_at > now())"
            )
        }
        self.readers = {name: login(cluster, name) for name in READERS}
        [(request,)] = admin.execute(
            "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('rights_request', 'request', now()) RETURNING id"
        ).fetchall()
        self.reason = f"request:{request}"

    def people(self) -> list[int]:
        """So many customers with an agreement, an address, a phone and an e-mail."""
        people = []
        for _ in range(RECORDS):
            [(key,)] = self.admin.execute(
                "INSERT INTO register.subject (side, kind) VALUES (%s, 'person') RETURNING id", [SIDE]
            ).fetchall()
            people.append(key)
            for sql in (
                "INSERT INTO register.agreement (number, subject_id, side, controller, kind) VALUES (%(k)s::bigint::text, %(k)s, 'sahkolaitos', 'sahkolaitos', 'heat')",
                (
                    "INSERT INTO register.agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from)"
                    " SELECT id, subject_id, controller, kind, '2026-01-01', '2026-01-01' FROM register.agreement WHERE subject_id = %(k)s"
                ),
                "INSERT INTO register.address (subject_id, kind, street, postcode, city, valid_from) VALUES (%(k)s, 'home', 'x', '33100', 'x', '2026-01-01')",
                (
                    "INSERT INTO register.contact_point (subject_id, category, value, as_given, valid_from)"
                    " VALUES (%(k)s, 'phone', '+35840' || lpad(%(k)s::bigint::text, 7, '0'), 'x', '2026-01-01'), (%(k)s, 'email', %(k)s::bigint || '@posti.example', 'x', '2026-01-01')"
                ),
            ):
                self.admin.execute(sql, {"k": key})
        return people

    def world(self, people: list[int]) -> w.World:
        """What the database knows about some people, as plain facts."""
        found = {}
        for name, (table, _) in FACTS.items():
            columns = [one.name for one in fields(KINDS[name])]
            rows = self.admin.execute(
                f"SELECT {', '.join(columns)} FROM register.{table} WHERE subject_id = ANY(%s)", [people]
            )
            found[name] = tuple(KINDS[name](**dict(zip(columns, row, strict=True))) for row in rows)
        rows = self.admin.execute(
            "SELECT 'address', id, subject_id, 'address' FROM register.address WHERE subject_id = ANY(%(p)s)"
            " UNION ALL SELECT 'contact_point', id, subject_id, category FROM register.contact_point WHERE subject_id = ANY(%(p)s)",
            {"p": people},
        )
        subjects = tuple(w.Subject(key, SIDE, "person") for key in people)
        return w.World(subjects=subjects, rows=tuple(w.Row(*row) for row in rows), **found)

    def bits(self, people: list[int]) -> dict[int, tuple]:
        """What is kept in the subjects' own rows."""
        rows = self.admin.execute(
            "SELECT id, bits1, bits2, closed, gone, guarded FROM register.subject WHERE id = ANY(%s)", [people]
        )  # fmt: skip
        return {key: tuple(kept) for key, *kept in rows}

    def compare(self, people: list[int]) -> None:
        """Rows keep what the evaluator answers."""
        now, world = datetime.now(UTC), self.world(people)
        for key, (bits1, bits2, *_) in self.bits(people).items():
            opened = {name for name, (bit1, bit2) in self.keys.items() if bits1 & bit1 or bits2 & bit2}
            expected = {
                q.name for q in self.judge.questions if self.judge.reason(world, q, key, now) == "open"
            }
            assert opened == expected & set(self.keys)

    def compare_sight(self, people: list[int]) -> None:
        """Each login sees the rows that the evaluator opens."""
        now, world = datetime.now(UTC), self.world(people)
        for name, connection in self.readers.items():
            reads = set(NOTICE.purposes[name.partition("@")[0]].categories)
            for table in ("address", "contact_point"):
                expected = {
                    row.id
                    for row in world.rows
                    if row.table == table
                    and row.category in reads
                    and self.judge.row_open(world, name, row, now)
                }
                try:
                    rows = connection.execute(
                        f"SELECT id FROM register.{table} WHERE subject_id = ANY(%s)", [people]
                    ).fetchall()
                except psycopg.errors.InsufficientPrivilege:
                    rows = []
                assert {key for (key,) in rows} == expected, (name, table)

    def do(self, step: str, one: int, other: int, at: datetime) -> None:
        """One step, by whoever answers rights; what cannot be done just now leaves nothing behind."""
        from seloste.register.lawfulness import operations as lawful
        from seloste.register.protection.session import acting
        from seloste.register.subjects import merging
        from seloste.register.subjects import operations as subjects

        wording = lawful.Wording("direct_marketing", "marketing_2026", "form:1")
        does = {
            "merge": lambda: merging.merge(one, other, at=at),
            "unmerge": lambda: merging.unmerge(one, at=at),
            "ban": lambda: lawful.set_ban(one, "all", at=at),
            "ban lifted": lambda: lawful.lift_ban(one, "all", at=at),
            "consent": lambda: lawful.give_consent(one, wording, at=at),
            "consent taken back": lambda: lawful.withdraw_consent(one, "direct_marketing", at=at),
            "restriction": lambda: lawful.set_restriction(one, at=at, categories=["phone"]),
            "restriction lifted": lambda: lawful.lift_restriction(one, at=at, categories=["phone"]),
            "turvakielto": lambda: subjects.set_turvakielto(one, at=at),
            "turvakielto lifted": lambda: subjects.lift_turvakielto(one, at=at),
            "objection": lambda: lawful.receive_objection(one, "direct_marketing", at=at),
            "minor": lambda: subjects.claim_status(one, "minor", at=at, valid_from=at),
        }
        cannot = (
            merging.NotOneHuman, merging.MergedElsewhere, merging.OthersMergedInto, merging.NotMerged, lawful.NoBan,
            lawful.NoConsent, lawful.NoRestriction, subjects.NotProtected,
        )  # fmt: skip
        with acting(f"register_contact.{SIDE}", "rights", self.reason) as session:
            try:
                with session.atomic():
                    does[step]()
            except cannot:
                return

    def merged(self, people: list[int]) -> list[int]:
        rows = self.admin.execute(
            "SELECT subject_id FROM register.subject_merge WHERE subject_id = ANY(%s) AND superseded_at IS NULL"
            " AND valid_until IS NULL",
            [people],
        ).fetchall()
        return [key for (key,) in rows]


@pytest.fixture(scope="module")
def register(one_server):
    from seloste.project import populate, wiring

    with governed(one_server, NOTICE, "merging") as cluster:
        wiring.configure(cluster)
        with administrator(cluster) as admin:
            populate.hire(admin, NOTICE, datetime.now(UTC).date())
            yield Register(cluster, admin)


@settings(
    max_examples=400 if SOAK else 25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_after_any_sequence_rows_keep_what_the_evaluator_answers(register, taken):
    people = register.people()
    began = datetime.now(UTC) - timedelta(hours=1)
    for number, (step, one, other) in enumerate(taken):
        register.do(step, people[one], people[other], began + timedelta(seconds=number))
        register.compare(people)
    register.compare_sight(people)
    for key in register.merged(people):
        register.do("unmerge", key, key, began + timedelta(minutes=1))
    assert register.merged(people) == []
    register.compare(people)
    undone = register.bits(people)
    register.admin.execute("DELETE FROM register.subject_merge WHERE subject_id = ANY(%s)", [people])
    assert register.bits(people) == undone
    register.compare_sight(people)


def test_and_every_answer_decided_anew_is_the_same(register):
    """After the sequences above, whose people are all still there."""
    assert verify_deep(register.cluster) == []


def test_a_merge_that_decided_nobody_would_be_noticed(register):
    """Its trigger is taken away for once."""
    one, other, *_ = people = register.people()
    now = datetime.now(UTC) - timedelta(minutes=1)
    register.do("ban", one, one, now)
    register.admin.execute("ALTER TABLE register.subject_merge DISABLE TRIGGER policy_insert")
    register.do("merge", one, other, now)
    register.admin.execute("ALTER TABLE register.subject_merge ENABLE ALWAYS TRIGGER policy_insert")
    with pytest.raises(AssertionError):
        register.compare(people)
    assert {drift.object for drift in verify_deep(register.cluster)} >= {f"subject {other}"}
    register.admin.execute("SELECT policy.refresh(%s)", [people])
    register.compare(people)
