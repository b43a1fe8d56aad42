"""What is asked twice under a key is done once, and what somebody else changed is not overwritten."""

import threading

import pytest

from .conftest import DAY, NOW


@pytest.fixture
def keys():
    import secrets

    return lambda: secrets.token_urlsafe(16)


def booked(register, person):
    return register.one("SELECT count(*) FROM register.receivable WHERE subject_id = %s", person)[0]


def book(person, key, number="K1", side="seller", subject=None):
    """An operation that doubles when it is done again, under a key."""
    from seloste.register.billing.models import Receivable
    from seloste.register.billing.operations import Claim, book_receivable
    from seloste.register.protection.once import once

    return once("test.book", key, side=side, at=NOW).about(
        subject or person,
        lambda: book_receivable(person, Claim(number, "seller", 100, NOW), at=NOW - DAY),
        lambda pk: Receivable.objects.get(pk=pk),
    )


def test_asked_again_it_tells_what_came_of_it_the_first_time(register, keys):
    person, key = register.person(), keys()
    with register.rights():
        first = book(person, key)
    with register.rights():
        assert book(person, key).pk == first.pk
    assert booked(register, person) == 1
    with register.rights():
        assert book(person, keys(), "K2").pk != first.pk
        book(person, None, "K3")
        book(person, None, "K4")
    assert booked(register, person) == 4


def test_a_key_stands_for_one_operation_about_one_subject_on_one_side(register, keys):
    from seloste.register.protection.once import KeyUsedOtherwise, once

    person, other, key = register.person(), register.person(), keys()
    with register.rights():
        first = book(person, key)
        with pytest.raises(KeyUsedOtherwise, match="make a new key up"):
            book(other, key)
        done = once("test.other", key, side="seller", at=NOW).about(person, lambda: first, lambda _: None)
        assert done is first, "another operation under the same key"
    stranger = register.person("grid")
    with register.acting("rights", company="grid"):
        once("test.book", key, side="grid", at=NOW).about(stranger, lambda: first, lambda _: None)
    assert booked(register, other) == 0
    rows = register.all("SELECT side, operation, subject_id FROM register.idempotency WHERE key = %s", key)
    assert sorted(rows) == [
        ("grid", "test.book", stranger), ("seller", "test.book", person), ("seller", "test.other", person),
    ]  # fmt: skip


def test_what_failed_can_be_tried_again_under_the_same_key(register, keys):
    from seloste.register.protection.once import once

    person, key = register.person(), keys()

    class Failed(Exception):
        pass

    def fail():
        book(person, None)
        raise Failed

    with register.rights():
        with pytest.raises(Failed):
            once("test.book", key, side="seller", at=NOW).about(person, fail, lambda _: None)
        assert book(person, key).subject_id == person
    assert booked(register, person) == 1, "nor has the failed one left anything"


def test_of_two_at_once_one_does_it_and_the_other_is_told(register, keys):
    """With the constraint taken out of the table both booked."""
    from seloste.register.protection.backend.gate import current

    person, key, entered, told = register.person(), keys(), threading.Event(), []

    def second():
        entered.wait(10)
        with register.rights():
            told.append(book(person, key).pk)

    thread = threading.Thread(target=second)
    thread.start()
    with register.rights():
        first = book(person, key)
        assert current() is not None
        entered.set()
        waited(register, thread)
    thread.join(20)
    assert told == [first.pk]
    assert booked(register, person) == 1


def waited(register, thread):
    """Until the other waits for us in the database, or is through."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while thread.is_alive() and register.one(waiting) == (0,):
        pass


def test_whom_it_makes_is_made_once_too(register, keys):
    from seloste.register.protection.once import once
    from seloste.register.subjects.models import Subject

    def make(key):
        return once("test.make", key, side="seller", at=NOW).making(
            lambda: Subject.objects.create(side="seller", kind="person", given_names="Uuno", family_name=key),
            lambda pk: Subject.objects.get(pk=pk),
        )

    key = keys()
    with register.rights():
        first = make(key)
    with register.rights():
        assert make(key).pk == first.pk
        assert make(keys()).pk != first.pk
    assert register.one("SELECT count(*) FROM register.subject WHERE family_name = %s", key) == (1,)


def test_of_two_who_make_somebody_at_once_the_second_is_undone(register, keys):
    """With the constraint taken out of the table both were made."""
    from seloste.register.protection.once import once
    from seloste.register.subjects.models import Subject

    key, entered, told = keys(), threading.Event(), []

    def make():
        return once("test.make", key, side="seller", at=NOW).making(
            lambda: Subject.objects.create(side="seller", kind="person", given_names="Uuno", family_name=key),
            lambda pk: Subject.objects.get(pk=pk),
        )

    def second():
        entered.wait(10)
        with register.rights():
            told.append(make().pk)

    thread = threading.Thread(target=second)
    thread.start()
    with register.rights():
        first = make()
        entered.set()
        waited(register, thread)
    thread.join(20)
    assert told == [first.pk]
    assert register.one("SELECT count(*) FROM register.subject WHERE family_name = %s", key) == (1,)


def test_a_key_is_seen_and_erased_with_its_subject(register, keys):
    """Who restricts or erases somebody takes the keys along; a key of another side is nobody's here."""
    from seloste.register.protection.models import Idempotency

    person, key = register.person(), keys()
    with register.rights():
        book(person, key)
        assert Idempotency.objects.get(key=key).subject_id == person
    with register.acting("rights", company="grid"):
        assert Idempotency.objects.filter(key=key).first() is None
    with pytest.raises(Exception, match="idempotency_same_side"):
        register.admin.execute(
            "INSERT INTO register.idempotency (subject_id, side, operation, key, at) VALUES (%s, 'grid', 'x', 'x', now())",
            [person],
        )


def test_a_key_is_signs_that_say_nothing_of_anybody(register):
    from psycopg.errors import CheckViolation

    from seloste.register.protection.once import NoIdempotencyKey

    person = register.person()
    for key in ("", "a b", "Äijälä", "x" * 201):
        with pytest.raises(NoIdempotencyKey), register.rights():
            book(person, key)
        with pytest.raises(CheckViolation, match="idempotency_key"):
            register.admin.execute(
                "INSERT INTO register.idempotency (subject_id, side, operation, key, at) VALUES (%s, 'seller', 'x', %s, now())",
                [person, key],
            )
    with register.rights():
        assert book(person, "x" * 200).subject_id == person


def test_who_read_it_before_it_was_changed_is_told_when(register):
    from seloste.register.protection.once import ChangedMeanwhile, require_unchanged

    require_unchanged("task", None, NOW)
    require_unchanged("task", NOW, NOW)
    with pytest.raises(ChangedMeanwhile, match=r"changed this task on 20\d\d-\d\d-\d\d at \d\d:\d\d:\d\d"):
        require_unchanged("task", NOW - DAY, NOW)
