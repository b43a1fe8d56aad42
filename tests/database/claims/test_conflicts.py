"""Contradictions are work: listed, kept, taken or asked about, each an event; and every value has its origin."""

from __future__ import annotations

import pytest

from .conftest import NOW, brought, pull
from .test_corrections import correct

OLD, NEW, THIRD = "+358401000001", "+358401000002", "+358401000003"


@pytest.fixture
def contradicted(register):
    """Somebody of whom Generis, the master, says one number and Enerity another; and the claim that differs."""
    person = register.person()
    with register.acting():
        pull([brought(person, OLD, batch=register.batch())])
        pull([brought(person, NEW, system="enerity", batch=register.batch())])
    return person, listed(register, person)[0].claim


def listed(register, person, **of):
    from seloste.register.sources.conflicts import conflicts

    with register.acting():
        return conflicts(at=NOW, subject_id=person, **of)


def test_a_contradiction_is_listed_with_both_sides(register, contradicted):
    person, claim = contradicted
    [conflict] = listed(register, person)
    assert (conflict.system, conflict.master, conflict.category) == ("enerity", "generis", "phone")
    assert (conflict.theirs, conflict.ours) == ({"value": NEW}, [{"value": OLD}])
    assert conflict.as_given == {"value": f" {NEW} "}
    assert listed(register, person, system="enerity", category="phone")[0].claim == claim
    assert listed(register, person, system="generis") == []
    assert listed(register, person, category="email") == []


def test_keeping_ours_settles_it_until_they_say_something_else(register, contradicted):
    from seloste.register.sources.conflicts import UnknownConflict, keep_ours

    person, claim = contradicted
    with register.acting():
        keep_ours(claim, at=NOW)
        with pytest.raises(UnknownConflict):
            keep_ours(claim, at=NOW)
    assert listed(register, person) == []
    with register.acting():
        assert pull([brought(person, NEW, system="enerity", batch=register.batch())]) == ["different"]
    assert listed(register, person) == []
    with register.acting():
        assert pull([brought(person, THIRD, system="enerity", batch=register.batch())]) == ["different"]
    assert [each.theirs for each in listed(register, person)] == [{"value": THIRD}]
    assert register.held(person) == [OLD]
    assert register.events(person) == ["sources.conflict.keep"]


def test_keeping_ours_against_the_master_asks_it_to_correct_its_own(register):
    from seloste.register.sources.conflicts import keep_ours

    person = register.person()
    with register.acting():
        pull([brought(person, OLD, batch=register.batch())])
        correct(register, person, NEW)
        assert pull([brought(person, THIRD, batch=register.batch())]) == ["different"]
    [conflict] = listed(register, person)
    with register.acting():
        keep_ours(conflict.claim, at=NOW)
        assert pull([brought(person, THIRD, batch=register.batch())]) == ["pending"]
    assert register.held(person) == [NEW]
    with register.acting():
        assert pull([brought(person, NEW, batch=register.batch())]) == ["held"]
    assert register.correction(person)[1] == "confirmed"


def test_taking_theirs_writes_it_and_asks_the_master(register, contradicted):
    from seloste.register.sources.conflicts import take_theirs

    person, claim = contradicted
    with register.acting():
        take_theirs(claim, at=NOW)
    assert register.held(person) == [NEW]
    assert register.claims(person) == [
        ("enerity", {"value": NEW}, "held"),
        ("generis", {"value": OLD}, "pending"),
    ]
    assert register.correction(person)[:2] == ("generis", "waiting")
    assert listed(register, person) == []
    with register.acting():
        assert pull([brought(person, OLD, batch=register.batch())]) == ["pending"]
    assert register.held(person) == [NEW]
    assert "sources.conflict.take" in register.events(person)


def test_taking_the_masters_word_ends_the_correction(register):
    from seloste.register.sources.conflicts import take_theirs

    person = register.person()
    with register.acting():
        pull([brought(person, OLD, batch=register.batch())])
        correct(register, person, NEW)
        pull([brought(person, THIRD, batch=register.batch())])
    [conflict] = listed(register, person)
    with register.acting():
        take_theirs(conflict.claim, at=NOW)
    assert register.held(person) == [THIRD]
    assert register.correction(person)[1] == "dropped"
    assert register.claims(person) == [("generis", {"value": THIRD}, "held")]


def test_taking_theirs_of_an_address_keeps_what_they_do_not_speak_of(register):
    from seloste.register.sources.conflicts import take_theirs

    person = register.person()
    register.admin.execute(
        "INSERT INTO register.address (subject_id, kind, street, postcode, city, valid_from) VALUES (%s, 'home', 'Vanhatie 1', '33100', 'Tampere', now() - interval '1 day')",
        [person],
    )
    told = {"street": "Uusitie 2"}
    with register.acting():
        offer = brought(
            person, told, category="address", kind="home", system="enerity", batch=register.batch()
        )
        assert pull([offer]) == ["different"]
    [conflict] = listed(register, person)
    assert conflict.ours == [{"street": "Vanhatie 1"}]
    with register.acting():
        take_theirs(conflict.claim, at=NOW)
    assert register.held(person, "address") == ["Uusitie 2"]
    assert register.one(
        "SELECT postcode, city FROM register.address WHERE subject_id = %s AND valid_until IS NULL", person
    ) == ("33100", "Tampere")


def test_by_the_name_before_one_taken_from_a_system_somebody_is_found_still(register):
    from seloste.register.sources.conflicts import take_theirs

    person = register.person()
    register.admin.execute("UPDATE register.subject SET call_name = 'Aino' WHERE id = %s", [person])
    with register.acting():
        told = {"kind": "person", "family_name": "Toinen"}
        pull([brought(person, told, category="name", batch=register.batch())])
    [conflict] = listed(register, person)
    with register.acting():
        take_theirs(conflict.claim, at=NOW)
    names = "given_names, call_name, family_name"
    assert register.one(f"SELECT {names} FROM register.subject WHERE id = %s", person) == (
        "Aino",
        "Aino",
        "Toinen",
    )
    borne = register.all(f"SELECT {names} FROM register.previous_name WHERE subject_id = %s", person)
    assert borne == [("Aino", "Aino", "Esimerkki")]


def test_taking_what_nobody_here_writes_is_refused_and_changes_nothing(register):
    from seloste.register.sources.conflicts import take_theirs
    from seloste.register.sources.resolving import NobodyWrites

    person = register.person()
    register.admin.execute(
        "INSERT INTO register.receivable (number, subject_id, controller, amount_cents, due_at, state, valid_from)"
        " VALUES (%s, %s, 'seller', 100, now(), 'open', now() - interval '1 day')",
        [f"L{person}", person],
    )
    told = {"number": f"L{person}", "amount_cents": 250}
    with register.acting():
        offers = [brought(person, told, category="receivables", system="enerity", batch=register.batch())]
        assert pull(offers) == ["different"]
    [conflict] = listed(register, person)
    with register.acting() as session, pytest.raises(NobodyWrites, match="receivable pay"), session.atomic():
        take_theirs(conflict.claim, at=NOW)
    assert [each.claim for each in listed(register, person)] == [conflict.claim]
    assert register.events(person) == []


def test_two_of_two_numbers_do_not_contradict(register):
    """Two invoices are two values; one of them said otherwise is one contradiction."""
    from seloste.register.sources.claims import offer

    person = register.person()
    with register.acting():
        two = [
            brought(
                person,
                {"number": f"{n}-{person}", "amount_cents": 100},
                category="receivables",
                system="ax",
                batch=1,
            )
            for n in "AB"
        ]
        assert offer(two, at=NOW) == ["take", "take"]
    assert listed(register, person) == []
    assert len(register.claims(person)) == 2


def test_asking_the_customer_is_a_task(register, contradicted):
    from seloste.register.sources.conflicts import ask_customer

    person, claim = contradicted
    with register.acting():
        task = ask_customer(claim, at=NOW)
        assert ask_customer(claim, at=NOW) == task
    kind, _, key = task.partition(":")
    assert kind == "task"
    assert register.one(
        "SELECT kind, subject_id, closed_at FROM register.case_file WHERE id = %s", int(key)
    ) == (
        "task",
        person,
        None,
    )
    [conflict] = listed(register, person)
    assert conflict.asked == task
    assert register.events(person) == ["sources.conflict.ask"]


def test_what_somebody_changed_here_meanwhile_is_no_contradiction_any_more(register, contradicted):
    from seloste.register.sources.conflicts import UnknownConflict, take_theirs

    person, claim = contradicted
    with register.acting():
        correct(register, person, NEW)
    assert listed(register, person) == []
    with register.acting(), pytest.raises(UnknownConflict):
        take_theirs(claim, at=NOW)


def test_a_purpose_without_the_category_knows_of_no_contradiction(register, contradicted):
    """Nor may it resolve one: by its number it is unknown, as one that does not exist."""
    from seloste.register.sources.conflicts import UnknownConflict, conflicts, keep_ours

    person, claim = contradicted
    with register.acting("billing"):
        assert conflicts(at=NOW, subject_id=person) == []
        for number in (claim, 10**9):
            with pytest.raises(UnknownConflict, match="for this purpose nothing of this number"):
                keep_ours(number, at=NOW)


def test_every_value_has_its_origin(register, contradicted):
    from seloste.register.sources.origins import shown
    from seloste.register.subjects.operations import add_contact_point

    person, _ = contradicted
    with register.acting():
        add_contact_point(person, "email", "aino@posti.example", at=NOW)
    with register.acting() as session:
        told = {each.category: each for each in shown(person, session.see(person)["visible"], at=NOW)}
    assert (told["phone"].system, told["phone"].value, told["phone"].pending) == (
        "generis",
        {"value": OLD},
        None,
    )
    assert told["phone"].received_at == NOW
    assert told["phone"].as_given == {"value": f" {OLD} "}
    assert [(each["system"], each["value"], each["state"]) for each in told["phone"].different] == [
        ("enerity", {"value": NEW}, "different")
    ]
    assert (told["email"].system, told["email"].batch) == ("seloste", None)
    assert told["name"].system == "seloste"
    with register.acting("billing") as session:
        seen = shown(person, session.see(person)["visible"], at=NOW)
        assert {each.category for each in seen} == {"name", "email"}
    with register.acting():
        correct(register, person, THIRD)
    with register.acting() as session:
        told = {each.category: each for each in shown(person, session.see(person)["visible"], at=NOW)}
    assert (told["phone"].system, told["phone"].pending) == ("seloste", "generis")


def test_erasing_a_class_erases_what_was_said_of_it(register, contradicted):
    """Claims, their history and corrections go with the values; those of another class stay."""
    from seloste.register.retention.operations import erase
    from seloste.register.sources.claims import offer

    person, _ = contradicted
    with register.acting():
        correct(register, person, THIRD)
        pull([brought(person, "aino@posti.example", category="email", batch=register.batch())])
        pull([brought(person, {"family_name": "Toinen"}, category="name", batch=register.batch())])
        offer([brought(person, "010190-999W", category="hetu", system="ax", batch=register.batch())], at=NOW)
    with register.acting("rights") as session:
        places = {
            place: columns
            for category in ("name", "phone", "address", "hetu")
            for place, columns in session.in_force.claims[category].items()
        }
        erased = erase(person, "relation", places, at=NOW)
    assert erased["source_claim"] == 4
    assert erased["source_correction"] == 1
    assert register.all("SELECT category FROM register.source_claim WHERE subject_id = %s", person) == [
        ("email",)
    ]
    assert register.all("SELECT 1 FROM register.source_correction WHERE subject_id = %s", person) == []


def test_the_example_erases_claims_with_every_class():
    """Whatever keeps claims in the example is erased by its purpose of rights, and read by upkeep."""
    from conftest import EXAMPLES
    from seloste.notice import read_notice

    notice = read_notice(EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml")
    keeping = {
        name
        for name, category in notice.categories.items()
        if f"source_claim[{name}]" in category.held_in and f"source_correction[{name}]" in category.held_in
    }
    assert len(keeping) > 12
    assert keeping <= set(notice.purposes["rights"].erases or ())
    assert keeping <= set(notice.purposes["upkeep"].categories or ()) & set(
        notice.purposes["upkeep"].writes or ()
    )
