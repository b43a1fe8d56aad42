"""What systems bring: kept with its origin, judged by the master, the same whatever the order and however often."""

from __future__ import annotations

import random
import threading

import pytest
from psycopg import errors

from .conftest import DAY, NOW, brought, pull

OLD, NEW, THIRD = "+358401000001", "+358401000002", "+358401000003"


def test_a_value_knows_its_system_batch_and_time_and_the_words_it_came_in(register):
    person, batch = register.person(), register.batch()
    with register.acting():
        assert pull([brought(person, OLD, batch=batch)]) == ["take"]
    assert register.held(person) == [OLD]
    assert register.all(
        "SELECT system, batch_id, source_key, received_at, value, as_given, state FROM register.source_claim WHERE subject_id = %s",
        person,
    ) == [("generis", batch, f"generis-{person}", NOW, {"value": OLD}, {"value": f" {OLD} "}, "held")]


def test_from_elsewhere_nothing_is_overwritten(register):
    """Two systems contradict each other: the master's is held, the other's is kept and shown as different."""
    person, batch = register.person(), register.batch()
    with register.acting():
        assert pull([brought(person, OLD, batch=batch)]) == ["take"]
        assert pull([brought(person, NEW, system="enerity", batch=register.batch())]) == ["different"]
    assert register.held(person) == [OLD]
    assert register.claims(person) == [
        ("enerity", {"value": NEW}, "different"),
        ("generis", {"value": OLD}, "held"),
    ]


def test_the_master_comes_last_and_counts(register):
    """Taken from elsewhere while nothing was held; once the master speaks, that is what is different."""
    person = register.person()
    with register.acting():
        assert pull([brought(person, NEW, system="enerity", batch=register.batch())]) == ["take"]
        assert pull([brought(person, OLD, batch=register.batch())]) == ["take"]
    assert register.held(person) == [OLD]
    assert register.claims(person) == [
        ("enerity", {"value": NEW}, "different"),
        ("generis", {"value": OLD}, "held"),
    ]


def test_brought_again_nothing_is_kept_twice(register):
    people = [register.person() for _ in range(5)]
    offers = [
        brought(person, value, system=system, batch=register.batch())
        for person in people
        for system, value in (("generis", OLD), ("enerity", NEW))
    ]
    kept = "SELECT id, value, state, batch_id, received_at, ended_at FROM register.source_claim WHERE subject_id = ANY(%s) ORDER BY id"
    with register.acting():
        assert [outcome for each in offers for outcome in pull([each])] == ["take", "different"] * 5
    first = register.all(kept, people)
    assert len(first) == 10
    for _ in range(2):
        with register.acting():
            assert pull(offers) == ["held", "different"] * 5
    assert register.all(kept, people) == first


def test_a_newer_one_ends_what_the_system_said_before(register):
    person, first, second = register.person(), register.batch(), register.batch()
    with register.acting():
        pull([brought(person, OLD, batch=first)])
        assert pull([brought(person, NEW, batch=second)], at=NOW + DAY) == ["take"]
    assert register.all(
        "SELECT value ->> 'value', ended_at, ended_by FROM register.source_claim WHERE subject_id = %s ORDER BY id",
        person,
    ) == [(OLD, NOW + DAY, second), (NEW, None, None)]


def test_an_older_batch_that_comes_late_changes_nothing(register):
    """A refused row of an earlier batch is mended after a later one was applied."""
    person, first, second = register.person(), register.batch(), register.batch()
    with register.acting():
        pull([brought(person, NEW, batch=second)])
        assert pull([brought(person, OLD, batch=first)]) == ["held"]
    assert register.held(person) == [NEW]
    assert register.claims(person) == [("generis", {"value": NEW}, "held")]


@pytest.mark.parametrize("seed", range(3))
def test_a_chunk_is_as_its_values_one_by_one(register, seed):
    """The same news, as chunks and singly, come to the same outcomes, values and claims."""
    chosen, together, singly = random.Random(seed), [], []
    people = [(register.person(), register.person()) for _ in range(6)]
    batches = [register.batch() for _ in range(4)]
    told = {"together": [], "singly": []}
    for batch in batches:
        news = [
            (
                chosen.randrange(6),
                chosen.choice(["generis", "enerity", "ax"]),
                chosen.choice([OLD, NEW, THIRD]),
            )
            for _ in range(12)
        ]
        with register.acting():
            chunk = {(who, system): value for who, system, value in news}
            together = [brought(people[w][0], v, system=s, batch=batch, key=s) for (w, s), v in chunk.items()]
            singly = [brought(people[w][1], v, system=s, batch=batch, key=s) for (w, s), v in chunk.items()]
            told["together"] += pull(together)
            told["singly"] += [outcome for each in singly for outcome in pull([each])]
    assert told["together"] == told["singly"]
    for one, other in people:
        assert register.held(one) == register.held(other)
        assert register.claims(one) == register.claims(other)


def test_thousands_are_a_few_statements(register, monkeypatch):
    """An import of a million rows goes through here: the number of statements does not grow with the chunk."""
    from seloste.register.protection.backend.line import Line

    people = [
        key
        for (key,) in register.all(
            "INSERT INTO register.subject (side, kind, family_name) SELECT 'seller', 'person', 'Moni' FROM generate_series(1, 3000) RETURNING id"
        )
    ]
    run, counted = Line.run, []

    def counting(self, *told):
        counted.append(told[0])
        return run(self, *told)

    monkeypatch.setattr(Line, "run", counting)
    from seloste.register.sources.claims import offer

    sizes = []
    for chunk in (people[:10], people):
        with register.acting():
            del counted[:]
            assert set(offer([brought(p, OLD, batch=register.batch()) for p in chunk], at=NOW)) <= {
                "take",
                "different",
            }
            sizes.append(len(counted))
    assert sizes[0] < 10
    assert sizes[1] <= sizes[0] + 2


def test_what_was_said_cannot_be_rewritten(register):
    person, batch = register.person(), register.batch()
    with register.acting():
        pull([brought(person, OLD, batch=batch)])
    with register.login("upkeep@seller") as upkeep:
        for column in (
            "value",
            "as_given",
            "system",
            "batch_id",
            "source_key",
            "received_at",
            "category",
            "subject_id",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                upkeep.execute(f"UPDATE source_claim SET {column} = {column}")
        assert (
            upkeep.execute(
                "UPDATE source_claim SET state = 'settled' WHERE subject_id = %s", [person]
            ).rowcount
            == 1
        )


def test_a_login_meets_no_claim_of_a_category_it_does_not_read(register):
    """`billing` reads no telephone number, `service` no e-mail address; by whatever condition, on its own side alone."""
    here, there = register.person(), register.person("grid")
    with register.acting():
        pull([brought(here, OLD, batch=register.batch())])
        pull([brought(here, "aino@posti.example", category="email", batch=register.batch())])
    with register.acting(company="grid"):
        pull([brought(there, OLD, side="grid", batch=register.batch())])
    sides = {"seller": here, "grid": there}
    asked = "SELECT DISTINCT category, subject_id FROM source_claim WHERE subject_id = ANY(%s) AND {} ORDER BY 1, 2"
    for side, own in sides.items():
        for purpose, reads in (
            ("service", {"phone"}),
            ("billing", {"email"}),
            ("upkeep", {"phone", "email"}),
        ):
            with register.login(f"{purpose}@{side}") as login:
                for condition in (
                    "true",
                    "value ->> 'value' = '" + OLD + "' OR category = 'email'",
                    "category IN ('phone', 'email')",
                ):
                    met = login.execute(asked.format(condition), [[here, there]]).fetchall()
                    there_are = {"phone", "email"} if own == here else {"phone"}
                    assert met == [(category, own) for category in sorted(reads & there_are)], (purpose, side)


def test_where_the_notice_keeps_nothing_of_it_nothing_is_brought(register):
    from seloste.register.sources.claims import NoPlaceForClaims, offer

    with register.acting(), pytest.raises(NoPlaceForClaims, match=r"source_claim\[bans\]"):
        offer([brought(register.person(), "any", category="bans", batch=register.batch())], at=NOW)


def test_a_sealed_value_is_ciphertext_beside_too(register):
    person, hetu, other = register.person(), "010190-999W", "020290-998A"
    with register.acting():
        from seloste.register.sources.conflicts import conflicts, take_theirs
        from seloste.register.subjects.operations import record_hetu
        from seloste.register.subjects.queries import hetu_of

        record_hetu(person, hetu)
        assert pull([brought(person, hetu, category="hetu", batch=register.batch())]) == ["held"]
        assert pull([brought(person, other, system="enerity", category="hetu", batch=register.batch())]) == [
            "different"
        ]
        [conflict] = conflicts(at=NOW, subject_id=person)
        assert conflict.theirs == {"value": other}
        assert conflict.ours == [{"value": hetu}]
        assert conflict.as_given == {"value": f" {other} "}
        take_theirs(conflict.claim, at=NOW)
        assert hetu_of(person) == other
    [(text,), (again,)] = register.all(
        "SELECT c::text FROM register.source_claim c WHERE subject_id = %s ORDER BY id", person
    )
    assert hetu not in text
    assert other not in again


def test_two_imports_that_meet_keep_nothing_twice(register):
    """Without the lock on the subjects both find nothing and both write (tried: two live claims of one system)."""
    people = [register.person() for _ in range(20)]
    ready, failed = threading.Barrier(2), []

    def bring(batch, order):
        from seloste.register.protection.session import retried

        @retried
        def once():
            with register.acting():
                pull([brought(person, OLD, batch=batch) for person in order])

        try:
            ready.wait(10)
            once()
        except Exception as error:
            failed.append(error)

    threads = [
        threading.Thread(target=bring, args=(register.batch(), order)) for order in (people, people[::-1])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    for person in people:
        assert register.claims(person) == [("generis", {"value": OLD}, "held")]
        assert register.held(person) == [OLD]


def test_a_batch_is_taken_back(register):
    from seloste.register.sources.claims import take_back

    person, first, second = register.person(), register.batch(), register.batch()
    with register.acting():
        pull([brought(person, OLD, batch=first)])
        pull([brought(person, NEW, batch=second)])
        assert take_back(second, [person]) == 1
        assert take_back(second, [person]) == 0
    assert register.claims(person) == [("generis", {"value": OLD}, "held")]
    with register.acting():
        assert take_back(first, [person]) == 1
    assert register.all("SELECT 1 FROM register.source_claim WHERE subject_id = %s", person) == []
