"""Whatever is changed behind the policy's back, `verify` names it; and it finds nothing where nothing is."""

from __future__ import annotations

import pytest

from conftest import EXAMPLES, SOAK, governed
from database.drawn import drawn
from database.listed import listed
from database.mutations import Catalogue
from database.people import administrator, person, restrict
from seloste.policy.deep import verify_deep
from seloste.policy.verify import verify

TOGETHER = 10 if SOAK else 40
"""So many mutations are made, verified and undone at once; each must be named for itself."""


@pytest.fixture(scope="module")
def cluster(server):
    with governed(server, EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml", "drift") as cluster:
        yield cluster


def batches(mutations, size):
    """Mutations that do not touch the same object, some at a time."""
    waiting = list(mutations)
    while waiting:
        batch, objects, left = [], set(), []
        for mutation in waiting:
            fits = (
                len(batch) < size
                and mutation.found not in objects
                and not (batch and (mutation.alone or batch[0].alone))
            )
            (batch if fits else left).append(mutation)
            objects.add(mutation.found)
        waiting = left
        yield batch


def missed(cluster, mutations, size=TOGETHER):
    """The mutations that verify did not name."""
    silent = []
    with administrator(cluster) as admin:
        for batch in batches(mutations, size):
            done = []
            try:
                for mutation in batch:
                    admin.execute(mutation.do)
                    done.append(mutation)
                found = verify(cluster)
                named = {f"{d.kind} {d.object}" for d in (*found.drift, *found.attested)}
            finally:
                for mutation in reversed(done):
                    admin.execute(mutation.undo)
            silent += [mutation for mutation in batch if mutation.found not in named]
    return silent


def test_every_kind_of_change_is_named(cluster):
    assert verify(cluster).drift == ()
    with administrator(cluster) as admin:
        mutations = list(listed(Catalogue(admin, cluster)))
    assert len(mutations) > 130
    assert missed(cluster, mutations) == []
    assert verify(cluster).drift == ()


def test_changes_drawn_from_the_catalogue_are_named(cluster):
    with administrator(cluster) as admin:
        mutations = drawn(Catalogue(admin, cluster), seed=2026, count=2_000 if SOAK else 200)
    assert missed(cluster, mutations) == []
    assert verify(cluster).drift == ()


def test_a_column_that_the_notice_does_not_claim_is_readable_by_nobody(cluster):
    with administrator(cluster) as admin:
        try:
            admin.execute("ALTER TABLE register.subject ADD shoe_size integer")
            assert verify(cluster).drift == ()
            admin.execute(
                f'GRANT SELECT (shoe_size) ON register.subject TO "{cluster.role("service@sahkolaitos")}"'
            )
            assert [(d.kind, d.object) for d in verify(cluster).drift] == [
                ("column", "register.subject.shoe_size")
            ]
        finally:
            admin.execute("ALTER TABLE register.subject DROP shoe_size")


@pytest.fixture(scope="module")
def people(cluster):
    made = [
        person(cluster, side, tag)
        for side, tag in (("sahkolaitos", "Aa"), ("sahkoverkko", "Bb"), ("sahkolaitos", "Cc"))
    ]
    restrict(cluster, made[2])
    assert verify_deep(cluster) == []
    return made


CHANGES = (
    "bits1 = bits1 # 1", "bits2 = bits2 | 4", "decided_until = decided_until + interval '1 day'",
    "decided_until = 'infinity', bits1 = -1",
)  # fmt: skip


def answers(admin):
    """What every row carries of its answer: (table, key) to bits and end."""
    tables = [
        table
        for (table,) in admin.execute(
            "SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'bits1'"
            " WHERE relnamespace = 'register'::regnamespace AND relkind = 'r' ORDER BY 1"
        )
    ]
    return {
        (table, key): rest
        for table in tables
        for key, *rest in admin.execute(f"SELECT id, bits1, bits2, decided_until::text FROM register.{table}")
    }


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("which", ["subject", "their rows"])
def test_answers_changed_by_hand_are_named(cluster, people, which, change):
    """In every subject, or in every row of every other table; as the administrator, past the triggers."""
    with administrator(cluster) as admin:
        before = answers(admin)
        assert len({table for table, _ in before}) > 8
        try:
            for table in {table for table, _ in before if (table == "subject") == (which == "subject")}:
                admin.execute(f"UPDATE register.{table} SET {change}")
            changed = {
                f"{table} {key}" for (table, key), row in answers(admin).items() if row != before[table, key]
            }
            assert len(changed) >= 3
            assert changed <= {drift.object for drift in verify_deep(cluster)}
        finally:
            for (table, key), row in before.items():
                admin.execute(
                    f"UPDATE register.{table} SET (bits1, bits2, decided_until) = (%s, %s, %s) WHERE id = %s",
                    [*row, key],
                )
    assert verify_deep(cluster) == []


def test_one_answer_changed_by_hand_is_named_alone(cluster, people):
    with administrator(cluster) as admin:
        row = admin.execute("SELECT max(id) FROM register.address").fetchone()[0]
        admin.execute("UPDATE register.address SET bits1 = bits1 | (1::bigint << 62) WHERE id = %s", [row])
        found = verify_deep(cluster)
        admin.execute("UPDATE register.address SET bits1 = bits1 & ~(1::bigint << 62) WHERE id = %s", [row])
    assert [drift.object for drift in found] == [f"address {row}"]


def test_answers_are_compared_whatever_was_done_to_the_roles_that_keep_them(cluster, people):
    with administrator(cluster) as admin:
        policy = Catalogue(admin, cluster).policy("register.subject", "engine select")
        admin.execute(
            'DROP POLICY "engine select" ON register.subject; UPDATE register.subject SET bits2 = bits2 | 4'
        )
        found = {drift.object for drift in verify_deep(cluster)}
        admin.execute(f"UPDATE register.subject SET bits2 = bits2 & ~4::bigint; {policy}")
    assert {f"subject {someone.id}" for someone in people} <= found
    assert verify_deep(cluster) == []
