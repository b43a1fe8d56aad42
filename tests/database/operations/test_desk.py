"""Contacts, texts and tasks: taken down, marked, promised, handed over, done; and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from .conftest import DAY, NOW

TODAY = date(2026, 6, 15)


def contact(**more):
    from seloste.register.interactions.operations import Contact

    return Contact(**{"channel": "phone", "direction": "in", "topic": "invoice", **more})


def todo(**more):
    from seloste.register.interactions.operations import Todo

    return Todo(**{"kind": "promise", "team": "contact", "due_date": TODAY, **more})


@pytest.fixture
def protected(register):
    """Somebody whose address is protected, with an agreement that lets service see them."""
    from seloste.register.agreements.operations import open_agreement
    from seloste.register.subjects.operations import set_turvakielto

    person = register.person()
    register.admin.execute(
        "INSERT INTO register.address (subject_id, kind, street, postcode, city, valid_from)"
        " VALUES (%s, 'home', 'Piilokoto 7', '33100', 'Tampere', now())",
        [person],
    )
    with register.rights():
        open_agreement(person, register.terms(), requested_at=NOW - DAY, valid_from=NOW - DAY)
        set_turvakielto(person, at=NOW - DAY)
    return person


def test_a_call_is_the_reason_of_what_is_looked_up_for_it(register):
    from seloste.register.interactions.operations import record
    from seloste.register.interactions.queries import contacts

    person = register.person()
    with register.rights():
        call = record(person, contact(), at=NOW - DAY, text="Laskusta kysyi, viite 12 34561.")
        letter = record(person, contact(channel="letter", topic="moving"), at=NOW)
        assert (call.reason, call.marks) == (f"call:{call.case_id}", ())
        assert letter.reason == f"case:{letter.case_id}"
        told = contacts(person)
    assert [(each.reason, each.topic, each.staff_id) for each in told] == [
        (letter.reason, "moving", told[0].staff_id), (call.reason, "invoice", told[0].staff_id),
    ]  # fmt: skip
    assert [said.text for said in told[1].texts] == ["Laskusta kysyi, viite 12 34561."]
    assert register.one(
        "SELECT subject_id, closed_at FROM register.case_file WHERE id = %s", call.case_id
    ) == (
        person,
        None,
    )


def test_a_second_contact_belongs_to_the_case_of_the_first(register):
    from seloste.register.interactions.operations import AlreadyClosed, UnknownCase, close_case, record

    person = register.person()
    with register.rights():
        call = record(person, contact(), at=NOW - DAY)
        answer = record(person, contact(channel="email", direction="out"), at=NOW, case_id=call.case_id)
        assert answer.case_id == call.case_id
        with pytest.raises(UnknownCase):
            record(register.person(), contact(), at=NOW, case_id=call.case_id)
        close_case(call.case_id, at=NOW)
        with pytest.raises(AlreadyClosed):
            record(person, contact(), at=NOW, case_id=call.case_id)


def test_taken_down_twice_under_a_key_it_is_there_once(register):
    from seloste.register.interactions.operations import record

    person = register.person()
    with register.rights():
        first = record(person, contact(), at=NOW, text="osoite Esimerkkikatu 5", key="k-1")
        again = record(person, contact(), at=NOW, text="osoite Esimerkkikatu 5", key="k-1")
    assert first == again
    assert register.one("SELECT count(*) FROM register.case_text WHERE subject_id = %s", person) == (1,)


def test_what_should_not_be_written_is_marked_and_kept_out_of_every_log(register):
    from seloste.kernel.identifiers import hetu_check
    from seloste.register.interactions.operations import record, write

    person, hetu = register.person(), f"010190-901{hetu_check('010190901')}"
    with register.rights():
        call = record(person, contact(), at=NOW, text=f"Sanoi olevansa {hetu}.")
        assert [(mark.kind, mark.start, mark.end) for mark in call.marks] == [("hetu", 15, 26)]
        assert write(call.case_id, "Ei muuta.", at=NOW) == ()
    told = register.all("SELECT row_to_json(e)::text FROM register.event e")
    assert not [each for (each,) in told if hetu in each or "olevansa" in each]
    assert register.one("SELECT count(*) FROM register.case_text WHERE subject_id = %s", person) == (2,)


def test_whoever_failed_to_say_who_they_are_leaves_no_reason_to_look(register):
    from seloste.register.interactions.operations import record
    from seloste.register.protection.actors import ReasonClosed
    from seloste.register.protection.session import acting

    person = register.person()
    with register.rights():
        call = record(person, contact(identified="failed", spoken_with="other"), at=NOW - DAY)
    assert register.last_event()[0] == "interactions.identification.failed"
    with pytest.raises(ReasonClosed), acting("contact.seller", "service", call.reason):
        pass


def test_a_text_with_an_address_closes_with_the_address(register, protected):
    """The rows are there; who has no right to protected addresses is shown neither and can write neither."""
    from seloste.register.interactions.operations import AddressProtected, record, write
    from seloste.register.interactions.queries import contacts

    with register.rights():
        call = record(protected, contact(), at=NOW, text="Nyt osoitteessa Piilokodossa 7.")
        write(call.case_id, "Laskusta puhuttiin.", at=NOW)
    assert [mark.kind for mark in call.marks] == ["address"]
    with register.rights():
        marked = write(call.case_id, "Asuu nyt: Piilokoto 7", at=NOW)
        write(call.case_id, "tai Esimerkkikatu 9, 33100 Tampere", at=NOW)
    assert [mark.kind for mark in marked] == ["address"]
    with register.acting("service"):
        texts = [said.text for each in contacts(protected) for said in each.texts]
        assert texts == ["Laskusta puhuttiin."]
        with pytest.raises(AddressProtected, match="characters 5-20"):
            write(call.case_id, "Nyt: Esimerkkikatu 5.", at=NOW)
        write(call.case_id, "Osoite muuttuu, ilmoittaa itse.", at=NOW)
    with register.rights():
        assert len([said for each in contacts(protected) for said in each.texts]) == 5


def test_of_somebody_who_is_not_protected_a_text_with_an_address_is_read(register):
    from seloste.register.agreements.operations import open_agreement
    from seloste.register.interactions.operations import record
    from seloste.register.interactions.queries import contacts
    from seloste.register.subjects.operations import lift_turvakielto, set_turvakielto

    person = register.person()
    with register.rights():
        open_agreement(person, register.terms(), requested_at=NOW - DAY, valid_from=NOW - DAY)
    with register.acting("service"):
        record(person, contact(), at=NOW, text="Muuttaa: Esimerkkikatu 5")
        assert [said.text for said in contacts(person)[0].texts] == ["Muuttaa: Esimerkkikatu 5"]
    with register.rights():
        set_turvakielto(person, at=NOW - DAY)
    with register.acting("service"):
        assert contacts(person)[0].texts == ()
    with register.rights():
        lift_turvakielto(person, at=datetime.now(UTC))
    with register.acting("service"):
        assert len(contacts(person)[0].texts) == 1


def test_a_text_says_something_about_somebody(register):
    from seloste.register.interactions.operations import NobodyNamed, NothingWritten, open_case, write

    with register.rights():
        case = open_case("task", "interaction", at=NOW - DAY)
        with pytest.raises(NobodyNamed, match="both sides of a wall"):
            write(case.pk, "Soita painotaloon.", at=NOW)
        call = open_case("call", "interaction", at=NOW, subject_id=register.person())
        with pytest.raises(NothingWritten):
            write(call.pk, " \n", at=NOW)


def test_whoever_adds_a_task_is_told_what_its_text_should_not_hold(register):
    from seloste.register.interactions.operations import add_task

    person = register.person()
    with register.rights():
        made = add_task(person, todo(), at=NOW, text="Soita Esimerkkikatu 5:een.", key="marks-1")
        assert [(mark.kind, mark.start) for mark in made.marks] == [("address", 6)]
        again = add_task(person, todo(), at=NOW, text="Soita Esimerkkikatu 5:een.", key="marks-1")
        assert (again.pk, again.marks) == (made.pk, made.marks)
        assert add_task(person, todo(), at=NOW).marks == ()


def test_a_list_of_tasks_says_that_there_are_more(register, monkeypatch):
    from seloste.register.interactions import queries
    from seloste.register.interactions.operations import add_task

    person = register.person()
    with register.rights():
        first, _ = (add_task(person, todo(), at=NOW) for _ in range(2))
        assert not queries.waiting(TODAY, subject_id=person).more
        monkeypatch.setattr(queries, "MOST", 2)
        assert not queries.waiting(TODAY, subject_id=person).more
        monkeypatch.setattr(queries, "MOST", 1)
        listed = queries.waiting(TODAY, subject_id=person)
        assert ([each.key for each in listed.found], listed.more) == ([first.pk], True)


def test_a_promise_is_late_from_the_day_after_its_own(register):
    from seloste.register.interactions.operations import add_task
    from seloste.register.interactions.queries import waiting

    person = register.person()
    with register.rights():
        made = add_task(person, todo(), at=NOW)

        def asked(day, **how):
            return [(each.key, each.is_late) for each in waiting(day, subject_id=person, **how).found]

        assert asked(TODAY) == [(made.pk, False)]
        assert asked(TODAY + DAY) == [(made.pk, True)]
        assert asked(TODAY, late=True) == []
        assert asked(TODAY + DAY, late=True) == [(made.pk, True)]
        assert asked(TODAY, due_by=TODAY) == [(made.pk, False)]
        assert asked(TODAY, due_by=TODAY - DAY) == []


def test_tasks_of_mine_and_of_my_team(register):
    from seloste.register.interactions.operations import NotOfTheTeam, add_task, hand_over
    from seloste.register.interactions.queries import waiting

    person = register.person()
    with register.rights():
        mine = add_task(person, todo(username="contact.seller", due_date=TODAY + DAY), at=NOW)
        ours = add_task(person, todo(), at=NOW)
        theirs = add_task(person, todo(team="marketer"), at=NOW)
        with pytest.raises(NotOfTheTeam, match="no role nurse"):
            add_task(person, todo(team="nurse"), at=NOW)
        with pytest.raises(NotOfTheTeam, match="nobody of this user name"):
            add_task(person, todo(username="marketer.seller"), at=NOW)

        def keys(**how):
            return [each.key for each in waiting(TODAY, subject_id=person, **how).found]

        assert keys() == [ours.pk, theirs.pk, mine.pk], "the first due first"
        assert keys(mine=True) == [mine.pk]
        assert keys(team="contact") == [ours.pk, mine.pk]
        hand_over(mine.pk, "marketer", username="marketer.seller")
        assert keys(mine=True) == []
        assert keys(team="marketer") == [theirs.pk, mine.pk]
    with register.rights("lights"):
        assert keys() == [], "another company's"


def test_a_task_is_done_once_and_is_no_reason_afterwards(register):
    from seloste.register.interactions.operations import AlreadyDone, UnknownTask, add_task, finish, hand_over
    from seloste.register.interactions.queries import task, waiting
    from seloste.register.protection.actors import ReasonClosed
    from seloste.register.protection.session import acting

    person = register.person()
    with register.rights():
        made = add_task(person, todo(), at=NOW - DAY, text="Soita takaisin.")
        opened = task(made.pk, TODAY)
        assert opened is not None
        assert [said.text for said in opened.texts] == ["Soita takaisin."]
    with acting("contact.seller", "rights", opened.reason):
        pass
    with register.rights():
        finish(made.pk, at=NOW)
        with pytest.raises(AlreadyDone):
            finish(made.pk, at=NOW)
        with pytest.raises(AlreadyDone):
            hand_over(made.pk, "marketer")
        with pytest.raises(UnknownTask):
            finish(999_999, at=NOW)
        assert waiting(TODAY, subject_id=person).found == ()
        assert task(made.pk, TODAY) is None
    with pytest.raises(ReasonClosed), acting("contact.seller", "rights", opened.reason):
        pass


def test_two_who_change_a_task_at_once_one_is_told(register):
    from seloste.register.interactions.operations import add_task, finish, hand_over, require_task
    from seloste.register.protection.once import ChangedMeanwhile

    with register.rights():
        read = add_task(register.person(), todo(), at=NOW)
        given = hand_over(read.pk, "marketer", expected=read.changed_at)
        with pytest.raises(ChangedMeanwhile):
            finish(read.pk, at=NOW, expected=read.changed_at)
        assert require_task(read.pk).done_at is None
        assert finish(read.pk, at=NOW, expected=given.changed_at).outcome == "done"


@pytest.mark.parametrize(
    ("taken", "due"),
    [
        (
            "2026-06-05T12:00+03:00",
            date(2026, 6, 22),
        ),  # Midsummer's eve, a Friday, and the Saturday lie between
        ("2026-06-05T23:59+03:00", date(2026, 6, 22)),
        ("2026-06-06T00:00+03:00", date(2026, 6, 22)),
        ("2026-06-08T00:00+03:00", date(2026, 6, 23)),
        ("2026-12-22T10:00+02:00", date(2027, 1, 11)),
    ],
)
def test_a_complaint_is_answered_in_ten_working_days(register, taken, due):
    from seloste.register.interactions.operations import answer_by

    assert answer_by(datetime.fromisoformat(taken)) == due


def test_what_was_asked_for_in_a_case_is_about_the_same_person(register):
    from seloste.register.interactions.operations import UnknownCase, add_task, record

    person, other = register.person(), register.person()
    with register.rights():
        call = record(person, contact(), at=NOW)
        assert add_task(person, todo(origin=call.case_id), at=NOW).origin_id == call.case_id
        with pytest.raises(UnknownCase):
            add_task(other, todo(origin=call.case_id), at=NOW)


def test_what_was_said_and_promised_of_an_agreement_is_left_behind_when_it_is_undone(register):
    from seloste.register.agreements.operations import open_agreement
    from seloste.register.agreements.queries import left_behind
    from seloste.register.interactions.operations import add_task, finish, record

    person = register.person()
    with register.rights():
        about = {
            "agreement_id": open_agreement(
                person, register.terms(), requested_at=NOW - DAY, valid_from=NOW - DAY
            ).pk
        }
        record(person, contact(**about), at=NOW - 2 * DAY)
        said = record(person, contact(topic="invoice", **about), at=NOW)
        done, waits = (add_task(person, todo(**about), at=NOW) for _ in range(2))
        finish(done.pk, at=NOW)
        left = left_behind(about["agreement_id"], since=NOW - DAY)
    assert [(each.kind, each.key, each.subject_id, each.state) for each in left.found] == [
        ("contacts", str(said.pk), person, "invoice"),
        ("tasks", str(waits.pk), person, "promise"),
    ]


def test_contacts_and_tasks_of_every_record_of_one_human_are_listed(register):
    from seloste.register.interactions.operations import add_task, record
    from seloste.register.interactions.queries import contacts, waiting
    from seloste.register.subjects.merging import merge, unmerge

    one, other = register.person(), register.person()
    with register.rights():
        record(one, contact(), at=NOW, text="Ensimmäinen.")
        task = add_task(other, todo(), at=NOW)
        merge(one, other, at=NOW)
        for each in (one, other):
            [told] = contacts(each)
            assert (told.subject_id, told.texts[0].text) == (one, "Ensimmäinen.")
            assert [each.key for each in waiting(TODAY, subject_id=each).found] == [task.pk]
        unmerge(one, at=NOW)
        assert (contacts(other), waiting(TODAY, subject_id=one).found) == ([], ())


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("interaction", "channel, direction, topic, spoken_with, identified, staff_id, at", "'phone', 'in', 'other', 'other', 'failed', 1, now()"),
        ("task", "controller, kind, team, due_date", "'seller', 'other', 'contact', now()"),
        ("case_text", "category, staff_id, written_at, text", "'interaction', 1, now(), 'x'"),
    ],
)  # fmt: skip
def test_no_row_of_a_case_is_about_somebody_else(register, table, columns, values):
    from psycopg.errors import ForeignKeyViolation

    case = register.one(
        "INSERT INTO register.case_file (subject_id, category, kind, opened_at) VALUES (%s, 'interaction', 'call', now()) RETURNING id",
        register.person(),
    )[0]
    with pytest.raises(ForeignKeyViolation, match=f"{table}_concerns"):
        register.admin.execute(
            f"INSERT INTO register.{table} (subject_id, case_id, {columns}) VALUES (%s, %s, {values})",
            [register.person(), case],
        )


def test_working_days_are_counted_from_the_day_after():
    from seloste.register.protection.working_days import working_days_after

    friday = date(2026, 6, 12)
    assert working_days_after(friday, 0) == friday
    assert working_days_after(friday, 1) == date(2026, 6, 15)
    assert working_days_after(friday + timedelta(days=1), 1) == date(2026, 6, 15)
    assert working_days_after(friday, 5) == date(2026, 6, 22), "the eve of Midsummer is none"
