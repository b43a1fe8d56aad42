"""Whatever clerks, market messages and imports do to a few people in whatever order: points have one holder at a time, what
systems said is kept as they said it, bans hold, merges come apart, and the ledger and the answers stay true.

That a newer claim is loaded without ending the one before, and that a merge decides nobody anew: each was
put into the register once, and found.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES, SOAK, governed
from database.people import administrator, login
from database.sealed import Ledger
from database.sources.conftest import Register as Files
from database.sources.conftest import gsrn, row
from generative.test_merging import Register as Answers
from seloste.kernel.periods import finnish_day, finnish_midnight
from seloste.notice import read_notice
from seloste.register.ledger.checkpoints import Exported
from seloste.register.ledger.signing import FileSigner

NOTICE = read_notice(EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml")
PEOPLE, POINTS = 3, 3
NOW = datetime.now(UTC)
DONE = ("open", "end", "cancel", "move", "merge", "unmerge", "ban", "ban lifted", "correct", "pull again")

steps = st.lists(
    st.tuples(st.sampled_from(DONE), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1), st.integers(0, 40)),
    min_size=5,
    max_size=14,
)  # fmt: skip
numbers = count(1)


def day(days: int) -> datetime:
    return finnish_midnight(finnish_day(NOW) + timedelta(days=days))


class Work:
    """A company of people who came by an import, and whoever works on them."""

    def __init__(self, cluster, admin, folder):
        [(task,)] = admin.execute(
            "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('interaction', 'task', now()) RETURNING id"
        ).fetchall()
        self.cluster, self.admin, self.answers = cluster, admin, Answers(cluster, admin)
        self.files = Files(cluster, admin, folder, f"task:{task}")
        self.said: dict[tuple[int, str], str] = {}
        self.refused = 0

    def begin(self):
        """New people, each with an agreement, and points where nobody is."""
        self.keys = [next(numbers) for _ in range(PEOPLE)]
        self.bring(*self.keys)
        self.people = [self.files.subject(key) for key in self.keys]
        self.points = [
            self.one(
                "INSERT INTO register.metering_point (side, gsrn, kind) VALUES ('sahkolaitos', %s, 'sale') RETURNING id",
                gsrn(10_000 + next(numbers)),
            )
            for _ in range(POINTS)
        ]

    def one(self, sql, *values):
        found = self.admin.execute(sql, values).fetchone()
        return found and found[0]

    def all(self, sql, *values):
        return self.admin.execute(sql, values).fetchall()

    def bring(self, *keys):
        """An export that tells each of them with a number that it never told before."""
        lines = []
        for key in keys:
            said = f"040 {next(numbers):07}"
            lines.append(row(key, Puhelin=said, Sopimus=f"D{key}", Alkaa="1.1.2026", GSRN=gsrn(key)))
            self.said[key, "phone"] = said
        batch = self.files.pull(*lines)
        assert (batch.state, batch.refused) == ("applied", 0)

    def agreement(self, person):
        """One of their agreements that goes on, the last opened first."""
        return self.one(
            "SELECT p.agreement_id FROM register.agreement_period p WHERE p.subject_id = %s AND p.superseded_at IS NULL"
            " AND (p.valid_until IS NULL OR p.valid_until > now()) AND p.end_reason IS DISTINCT FROM 'cancelled'"
            " ORDER BY p.agreement_id DESC LIMIT 1",
            person,
        )

    def do(self, step, one, other, days):
        """One step, whole or not at all; what cannot be done just now is refused."""
        from seloste.register.protection.refusals import NotInPurpose

        kept = self.rows()
        try:
            getattr(self, step.replace(" ", "_"))(one, other, days)
        except (NotInPurpose, *self.cannot()):
            self.refused += 1
            assert self.rows() == kept, f"{step} was refused and left something"

    def cannot(self):
        from django.db import IntegrityError

        from seloste.register.agreements import operations as agreements
        from seloste.register.lawfulness import operations as lawful
        from seloste.register.subjects import merging

        return (
            agreements.EndsBeforeStart, agreements.StillBound, agreements.NumberTaken, agreements.NotYetBegun, lawful.NoBan,
            merging.NotOneHuman, merging.MergedElsewhere, merging.OthersMergedInto, merging.NotMerged, Nothing, IntegrityError,
        )  # fmt: skip

    def rows(self):
        """How many rows of each kind there are of these people: what was refused adds none."""
        return [
            self.one(f"SELECT count(*) FROM register.{table} WHERE subject_id = ANY(%s)", self.people)
            for table in ("agreement", "agreement_period", "confirmation", "contact_point", "ban", "subject_merge", "address")
        ]  # fmt: skip

    def clerk(self, purpose, role="customer_service"):
        from seloste.register.protection.session import acting

        return acting(f"{role}.vera", purpose, self.files.task, controller="vera")

    def terms(self, point):
        from seloste.register.agreements.operations import Terms

        return Terms(None, "vera", "sale", self.points[point])

    def open(self, one, other, days):
        from seloste.register.agreements.operations import open_agreement

        with self.clerk("agreements"):
            open_agreement(
                self.people[one], self.terms(other), requested_at=NOW, valid_from=day(days - 20), valid_until=day(days)
            )  # fmt: skip

    def end(self, one, _other, days):
        from seloste.register.agreements.operations import end_agreement

        agreement = self.going_on(one)
        with self.clerk("agreements"):
            end_agreement(agreement, at=datetime.now(UTC), valid_until=day(days - 5), reason="notice")

    def cancel(self, one, _other, _days):
        from seloste.register.agreements.operations import cancel_agreement

        agreement = self.going_on(one)
        with self.clerk("agreements"):
            cancel_agreement(agreement, at=datetime.now(UTC))

    def move(self, one, other, days):
        from seloste.register.agreements.operations import move_in, move_out

        agreement = self.going_on(one)
        with self.clerk("agreements"):
            move_out([agreement], at=datetime.now(UTC), valid_until=day(days))
            move_in(self.people[one], [self.terms(other)], requested_at=NOW, valid_from=day(days))

    def going_on(self, one):
        agreement = self.agreement(self.people[one])
        if agreement is None:
            raise Nothing
        return agreement

    def merge(self, one, other, _days):
        self.answers.do("merge", self.people[one], self.people[other], datetime.now(UTC))

    def unmerge(self, one, _other, _days):
        self.answers.do("unmerge", self.people[one], self.people[one], datetime.now(UTC))

    def ban(self, one, _other, _days):
        self.answers.do("ban", self.people[one], self.people[one], datetime.now(UTC))

    def ban_lifted(self, one, _other, _days):
        self.answers.do("ban lifted", self.people[one], self.people[one], datetime.now(UTC))

    def correct(self, one, _other, _days):
        """A clerk adds a number that the caller told."""
        from seloste.register.subjects.operations import add_contact_point

        with self.clerk("service"):
            add_contact_point(self.people[one], "phone", f"050 {next(numbers):07}", at=datetime.now(UTC))

    def pull_again(self, one, _other, _days):
        self.bring(self.keys[one])

    def require(self):
        """What holds after every step."""
        assert self.overlaps() == []
        self.answers.compare(self.people)
        for person, key in zip(self.people, self.keys, strict=True):
            claims = self.all(
                "SELECT as_given->>'value' FROM register.source_claim WHERE subject_id = %s AND category = 'phone' AND ended_at IS NULL",
                person,
            )
            assert claims == [(self.said[key, "phone"],)]

    def overlaps(self):
        return self.all(
            "SELECT p.id, q.id FROM register.agreement_period p JOIN register.agreement_period q ON q.metering_point_id = p.metering_point_id"
            " AND q.kind = p.kind AND q.id > p.id AND p.superseded_at IS NULL AND q.superseded_at IS NULL"
            " AND coalesce(p.valid_until, 'infinity') > p.valid_from AND coalesce(q.valid_until, 'infinity') > q.valid_from"
            " AND p.valid_from < coalesce(q.valid_until, 'infinity') AND q.valid_from < coalesce(p.valid_until, 'infinity')"
        )

    def banned(self):
        """Contact points that marketing sees of somebody who banned it, or whose other record did."""
        groups = "SELECT m.subject_id, m.into_id FROM register.subject_merge m WHERE m.superseded_at IS NULL AND m.valid_until IS NULL"
        banned = self.all(
            f"WITH g AS ({groups}), root AS (SELECT s AS id, coalesce((SELECT into_id FROM g WHERE g.subject_id = s), s) AS root"
            " FROM unnest(%s::bigint[]) s) SELECT r.id FROM root r WHERE EXISTS (SELECT 1 FROM register.ban b JOIN root o ON o.id = b.subject_id"
            " WHERE o.root = r.root AND b.superseded_at IS NULL AND (b.valid_until IS NULL OR b.valid_until > now()))",
            self.people,
        )
        marketing = next(iter(self.answers.readers.values()))
        return marketing.execute(
            "SELECT id FROM register.contact_point WHERE subject_id = ANY(%s)", [[key for (key,) in banned]]
        ).fetchall()


class Nothing(Exception):
    """They have no agreement that goes on."""


@pytest.fixture(scope="module")
def work(one_server, tmp_path_factory):
    from seloste.project import populate, wiring
    from seloste.register.protection.key_versions import make
    from seloste.register.protection.keys import provided

    with governed(one_server, NOTICE, "daily") as cluster:
        wiring.configure(cluster)
        with administrator(cluster) as admin:
            make(admin, provided(), NOTICE.sides())
            populate.hire(admin, NOTICE, NOW.date())
            yield Work(cluster, admin, tmp_path_factory.mktemp("files"))


@settings(
    max_examples=300 if SOAK else 15,
    deadline=None,
    derandomize=True,
    database=None,
    # a failing sequence is told as it was drawn: to make it shorter takes minutes
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_after_any_sequence_of_work_the_register_is_true(work, taken):
    work.begin()
    work.require()
    for step, one, other, days in taken:
        work.do(step, one, other, days)
        work.require()
    work.answers.compare_sight(work.people)
    assert work.banned() == []
    for person in work.answers.merged(work.people):
        work.answers.do("unmerge", person, person, datetime.now(UTC))
    assert work.answers.merged(work.people) == []
    undone = work.answers.bits(work.people)
    work.admin.execute("DELETE FROM register.subject_merge WHERE subject_id = ANY(%s)", [work.people])
    assert work.answers.bits(work.people) == undone
    work.require()


def test_and_the_ledger_tells_all_of_it(work):
    """After the sequences above: sealed and verified, and something of each kind was done."""
    kinds = {kind for (kind,) in work.all("SELECT DISTINCT kind FROM register.event")}
    assert kinds >= {
        "agreements.open", "agreements.end", "agreements.cancel", "subjects.merge", "subjects.unmerge",
        "lawfulness.ban.set", "lawfulness.ban.lift", "subjects.contact.add",
    }  # fmt: skip
    assert work.refused


def test_and_the_ledger_verifies(work, tmp_path):
    """Sealed whole, and each event is in its place."""
    with login(work.cluster, "sealer") as sealer:
        ledger = Ledger(
            work.cluster,
            work.admin,
            sealer,
            FileSigner(tmp_path / "key", "seloste/test"),
            Exported(tmp_path / "checkpoints"),
            tmp_path,
        )
        ledger.signer.begin()
        sealed = ledger.seal()
        found = ledger.verify()
    assert sealed.events
    assert found["intact"]
