"""Corrections made here of values whose master is elsewhere: pending there, not undone, confirmed with a receipt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .conftest import DAY, NOW, brought, notice_of, pull

OLD, NEW, THIRD = "+358401000001", "+358401000002", "+358401000003"


class Writable:
    """A system that takes corrections in and answers with a number."""

    def __init__(self):
        self.taken = []

    def push(self, correction):
        from seloste.register.sources.port import Receipt

        self.taken.append(correction)
        return Receipt(f"receipt {len(self.taken)}", NOW, True)


class Unwritable:
    """A system that has no way in."""

    def push(self, _correction):
        from seloste.register.sources.port import CannotBeWritten

        raise CannotBeWritten


@pytest.fixture
def signer(tmp_path):
    from seloste.register.ledger.signing import FileSigner

    made = FileSigner(tmp_path / "tasks.key", "seloste/test/tasks")
    made.begin()
    return made


def correct(register, person, value=NEW, *, at=NOW):
    """What a clerk does: writes the number, which is the master's to hold, and has it corrected there."""
    from seloste.register.sources.corrections import correct as have_corrected
    from seloste.register.subjects.taking import write

    write(person, "contact_point[phone]", "", {"value": value}, {}, at=at)
    return have_corrected(person, "phone", "", {"value": value}, at=at)


def test_a_correction_here_a_pull_with_the_old_a_pull_with_the_corrected(register, signer):
    """Pending at Generis, still corrected, confirmed with a receipt."""
    from seloste.register.sources.corrections import push, waiting

    person, generis = register.person(), Writable()
    with register.acting():
        assert pull([brought(person, OLD, batch=register.batch())]) == ["take"]
    with register.acting():
        assert correct(register, person)
    assert register.held(person) == [NEW]
    assert register.correction(person) == ("generis", "waiting", None, None)
    with register.acting():
        [told] = [each for each in push("generis", generis, signer, at=NOW) if each.subject == person]
        assert (told.state, told.task) == ("sent", None)
    assert (generis.taken[-1].source_key, generis.taken[-1].value) == (f"generis-{person}", {"value": NEW})
    assert register.correction(person)[1:3] == ("sent", told.receipt)

    for at in (NOW + DAY, NOW + 2 * DAY):
        with register.acting():
            assert pull([brought(person, OLD, batch=register.batch())], at=at) == ["pending"]
        assert register.held(person) == [NEW]
        assert register.claims(person) == [("generis", {"value": OLD}, "pending")]
    with register.acting():
        assert person in {each.subject for each in waiting("generis", at=NOW + DAY)}

    batch = register.batch()
    with register.acting():
        assert pull([brought(person, NEW, batch=batch)], at=NOW + 3 * DAY) == ["held"]
    assert register.held(person) == [NEW]
    assert register.correction(person) == ("generis", "confirmed", told.receipt, batch)
    assert register.claims(person) == [("generis", {"value": NEW}, "held")]
    with register.acting():
        assert person not in {each.subject for each in waiting("generis", at=NOW + 4 * DAY)}
        assert pull([brought(person, THIRD, batch=register.batch())], at=NOW + 4 * DAY) == ["take"]
    assert register.events(person) == [
        "sources.correction.request",
        "sources.correction.send",
        "sources.correction.confirm",
    ]


def test_what_is_ours_waits_for_nobody(register):
    from seloste.register.sources.corrections import correct as have_corrected

    person = register.person()
    with register.acting():
        assert not have_corrected(person, "email", "", {"value": "a@posti.example"}, at=NOW)
    assert register.correction(person) is None


def test_whoever_writes_a_category_corrects_it(register):
    """Customer service corrects a telephone number, for its own side, under its own purpose."""
    person = register.person()
    with register.acting():
        pull([brought(person, OLD, batch=register.batch())])
    with register.acting("service"):
        from seloste.register.sources.corrections import correct as have_corrected

        assert have_corrected(person, "phone", "", {"value": NEW}, at=NOW)
    assert register.correction(person)[:2] == ("generis", "waiting")
    assert register.claims(person) == [("generis", {"value": OLD}, "pending")]


def test_corrected_again_the_first_is_dropped(register):
    person = register.person()
    with register.acting():
        pull([brought(person, OLD, batch=register.batch())])
        assert correct(register, person, NEW)
        assert correct(register, person, NEW)
        assert correct(register, person, THIRD)
    rows = register.all(
        "SELECT value ->> 'value', before ->> 'value', state FROM register.source_correction WHERE subject_id = %s ORDER BY id",
        person,
    )
    assert rows == [(NEW, OLD, "dropped"), (THIRD, OLD, "waiting")]
    with register.acting():
        assert pull([brought(person, NEW, batch=register.batch())]) == ["different"]
        assert not correct(register, person, NEW)
    assert register.correction(person)[1] == "dropped"


def test_an_import_taken_back_lets_the_correction_wait_again(register):
    from seloste.register.sources.claims import take_back

    person, batch = register.person(), register.batch()
    with register.acting():
        pull([brought(person, OLD, batch=register.batch())])
        correct(register, person)
        pull([brought(person, NEW, batch=batch)])
        take_back(batch, [person])
    assert register.correction(person)[1] == "waiting"
    with register.acting():
        assert pull([brought(person, OLD, batch=register.batch())]) == ["pending"]


def test_what_waits_too_long_is_shown(register):
    from seloste.register.sources.corrections import waiting

    person = register.person()
    with register.acting():
        pull([brought(person, OLD, batch=register.batch())])
        correct(register, person)
        for later, late in ((timedelta(days=14), False), (timedelta(days=14, seconds=1), True)):
            [waits] = [each for each in waiting(None, at=NOW + later) if each.subject == person]
            assert (waits.state, waits.told_at, waits.is_late) == ("waiting", None, late)
        assert waiting("enerity", at=NOW) == []


def test_a_system_that_cannot_be_written_gets_a_signed_task(register, signer):
    from seloste.register.ledger.signing import FileSigner, NotSigned, signed_text
    from seloste.register.sources.corrections import push

    person = register.person()
    with register.acting():
        pull([brought(person, OLD, batch=register.batch())])
        correct(register, person)
    for way in (Unwritable(), None):
        with register.acting() as session, session.atomic():
            [told] = [each for each in push("generis", way, signer, at=NOW) if each.subject == person]
            text = signed_text(told.task, signer.public)
            assert f'"generis-{person}"' in text
            assert OLD in text
            assert NEW in text
            with pytest.raises(NotSigned):
                signed_text(told.task.replace(NEW, THIRD), signer.public)
            with pytest.raises(NotSigned):
                signed_text("", signer.public)
            session.connection.set_rollback(True) if way else None
    stranger = FileSigner(signer.path.with_name("other.key"), signer.name)
    stranger.begin()
    with pytest.raises(NotSigned):
        signed_text(told.task, stranger.public)
    assert register.correction(person)[1] == "tasked"
    assert register.correction(person)[2] == told.receipt
    assert told.receipt.startswith("sha256:")
    with register.acting():
        assert person not in {each.subject for each in push("generis", None, signer, at=NOW)}
        assert pull([brought(person, NEW, batch=register.batch())]) == ["held"]
    assert register.correction(person)[1:3] == ("confirmed", told.receipt)


def test_under_another_notice_the_masters_are_others(register, signer):
    """Telephone numbers become the register's own, e-mail addresses Generis's.

    The same pull overwrites no number any more, and what waited at Generis does not leave.
    """
    from seloste.policy.apply import apply
    from seloste.register.protection.refusals import NotInPurpose
    from seloste.register.sources.corrections import push
    from seloste.register.sources.outbound import NotDeclaredOutbound

    person, other, generis = register.person(), register.person(), Writable()
    with register.acting():
        for each in (person, other):
            assert pull([brought(each, OLD, batch=register.batch())]) == ["take"]
        assert pull([brought(person, NEW, batch=register.batch())]) == ["take"]
        correct(register, person, THIRD)
    apply(register.cluster, notice_of(phone="seloste", email="generis"))
    try:
        with register.acting():
            assert pull([brought(other, NEW, batch=register.batch())]) == ["different"]
            mail = [
                brought(other, f"{n}@posti.example", category="email", batch=register.batch()) for n in "ab"
            ]
            assert [pull([each]) for each in mail] == [["take"], ["take"]]
        assert register.held(other) == [OLD]
        assert register.held(other, "email") == ["b@posti.example"]
        with (
            register.acting(),
            pytest.raises(NotDeclaredOutbound, match="nothing of phone goes to generis"),
        ):
            push("generis", generis, signer, at=NOW)
    finally:
        apply(register.cluster, notice_of())
    assert issubclass(NotDeclaredOutbound, NotInPurpose)
    assert generis.taken == []
    assert register.correction(person)[1] == "waiting"


def test_a_protected_address_is_not_in_a_task(register, signer):
    from seloste.register.sources.corrections import correct as have_corrected
    from seloste.register.sources.corrections import push
    from seloste.register.subjects.operations import set_turvakielto

    person, other = register.person(), register.person()
    with register.acting():
        set_turvakielto(person, at=NOW - DAY)
        for each in (person, other):
            have_corrected(each, "address", "home", {"street": "Salapolku 7"}, at=NOW)
        tasks = {each.subject: each.task for each in push("generis", None, signer, at=NOW)}
    assert "Salapolku" in tasks[other]
    assert "Salapolku" not in tasks[person]
    assert "protected address" in tasks[person]


def test_a_protected_address_leaves_by_no_machine(register, signer):
    from seloste.register.sources.corrections import correct as have_corrected
    from seloste.register.sources.corrections import push
    from seloste.register.subjects.operations import set_turvakielto

    person, other, generis = register.person(), register.person(), Writable()
    with register.acting():
        for each in (person, other):
            street = {"street": "Vanha polku 1"}
            pull([brought(each, street, category="address", kind="home", batch=register.batch())])
            have_corrected(each, "address", "home", {"street": "Salapolku 8"}, at=NOW)
        set_turvakielto(person, at=NOW - DAY)
        states = {each.subject: each.state for each in push("generis", generis, signer, at=NOW)}
    assert (states[person], states[other]) == ("tasked", "sent")
    assert [each.source_key for each in generis.taken if each.category == "address"] == [f"generis-{other}"]


def test_a_sealed_correction_is_ciphertext(register, signer):
    from seloste.register.sources.claims import offer
    from seloste.register.sources.corrections import correct as have_corrected
    from seloste.register.sources.corrections import push

    person, hetu, other = register.person(), "010190-999W", "020290-998A"
    with register.acting():
        assert have_corrected(person, "hetu", "", {"value": hetu}, at=NOW)
        assert hetu in {each.subject: each.task for each in push("generis", None, signer, at=NOW)}[person]
    [(text,)] = register.all("SELECT c::text FROM register.source_correction c WHERE subject_id = %s", person)
    assert hetu not in text
    with register.acting():
        for told, outcome in ((other, "pending"), (hetu, "take")):
            assert offer([brought(person, told, category="hetu", batch=register.batch())], at=NOW) == [
                outcome
            ]
    assert register.correction(person)[1] == "confirmed"
