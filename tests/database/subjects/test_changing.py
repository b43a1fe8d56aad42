"""What is known of a subject changes: what was stays, two at once do not undo each other, ties tell no values."""

import threading

import pytest

from seloste.kernel.addresses import postal
from seloste.kernel.names import Name, person

from .conftest import DAY, NOW, SELLER

HOME = postal("Voimakatu 1 A 2", "33100", "Tampere")
BOX = postal("PL 17", "33101", "Tampere")
ABROAD = postal("Storgatan 5", "11122", "Stockholm", "SE")


def addresses(register, subject, table="address"):
    sql = f"SELECT street, valid_from, valid_until FROM register.{table} WHERE subject_id = %s ORDER BY valid_from"
    return register.all(sql, subject)


def seen(register, subject, category, purpose="service", **how):
    with register.acting(purpose, **how) as session:
        return session.see(subject)["visible"].get(category, [])


# names


def test_a_previous_name_is_kept_to_be_found_by_and_shown_to_nobody_who_serves(register):
    from seloste.register.subjects.changing import change_name

    subject = register.customer(given="Áile", family="Guhkesjohka")
    with register.acting("agreements"):
        change_name(subject, person("Áile Máret", "Čuđegiella", "Máret"), at=NOW)
    kept = "SELECT given_names, family_name, valid_until FROM register.previous_name WHERE subject_id = %s"
    assert register.all(kept, subject) == [("Áile", "Guhkesjohka", NOW)]
    for purpose in ("service", "agreements"):
        with register.acting(purpose) as session:
            told = session.see(subject)
            assert told["visible"]["name"][0]["family_name"] == "Čuđegiella"
            assert "Guhkesjohka" not in str(told)
    with register.rights() as session:
        assert session.see(subject)["visible"]["previous_names"][0]["family_name"] == "Guhkesjohka"


def test_a_misspelling_was_nobodys_name(register):
    from seloste.register.subjects.changing import change_name

    subject = register.customer(family="Esimrekki")
    with register.acting("agreements"):
        change_name(subject, person("Aino", "Esimerkki"), at=NOW, was_borne=False)
    before = register.last_event()
    with register.acting("agreements"):
        change_name(subject, Name("Aino", "Esimerkki"), at=NOW)  # nothing changes, so nothing is noted
    assert register.last_event() == before
    assert register.all("SELECT 1 FROM register.previous_name WHERE subject_id = %s", subject) == []


def test_a_name_that_was_read_before_another_changed_it_is_not_written(register):
    from seloste.register.protection.once import ChangedMeanwhile
    from seloste.register.subjects.changing import change_language, change_name
    from seloste.register.subjects.queries import require_subject

    subject = register.customer()
    with register.acting("agreements"):
        read = require_subject(subject).changed_at
    with register.acting("agreements", company="vera"):
        change_language(subject, "sv", expected=read)
    with register.acting("agreements"), pytest.raises(ChangedMeanwhile):
        change_name(subject, person("Eino", "Esimerkki"), at=NOW, expected=read)
    assert register.one("SELECT given_names, language FROM register.subject WHERE id = %s", subject) == (
        "Aino",
        "sv",
    )


def test_two_clerks_change_a_person_at_once_and_one_is_told(register):
    """Both have read the same; of the two writes one waits for the other and finds another version.

    Without the version among the conditions of the write, both were done and one name was lost unsaid.
    """
    from seloste.register.protection.once import ChangedMeanwhile
    from seloste.register.subjects.changing import change_name
    from seloste.register.subjects.queries import require_subject

    subject = register.customer(family="Alku")
    with register.acting("agreements"):
        read = require_subject(subject).changed_at
    barrier, done, told = threading.Barrier(2), [], []

    def clerk(family):
        try:
            with register.acting("agreements"):
                require_subject(subject)
                barrier.wait()
                change_name(subject, person("Aino", family), at=NOW, expected=read)
            done.append(family)
        except ChangedMeanwhile as error:
            told.append(str(error))

    both = [threading.Thread(target=clerk, args=(family,)) for family in ("Ensin", "Sitten")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert (len(done), len(told)) == (1, 1)
    assert register.one("SELECT family_name FROM register.subject WHERE id = %s", subject) == (done[0],)
    previous = register.all("SELECT family_name FROM register.previous_name WHERE subject_id = %s", subject)
    assert previous == [("Alku",)]
    assert not any(name in told[0] for name in ("Ensin", "Sitten", "Alku"))


# addresses


def test_a_move_ends_one_address_and_begins_another(register):
    from seloste.register.subjects.changing import BeginsLater, change_address, end_address

    subject, moving = register.customer(), NOW + 10 * DAY
    with register.acting("agreements"):
        first = change_address(subject, "home", HOME, valid_from=NOW - 100 * DAY)
        assert change_address(subject, "home", HOME, valid_from=NOW).pk == first.pk
        second = change_address(subject, "home", ABROAD, valid_from=moving, expected=first.pk)
        with pytest.raises(BeginsLater):
            change_address(subject, "home", BOX, valid_from=NOW)
        change_address(subject, "billing", BOX, valid_from=NOW)
        end_address(subject, second.pk, at=moving + DAY)
    assert addresses(register, subject) == [
        (HOME.street, NOW - 100 * DAY, moving),
        (BOX.street, NOW, None),
        (ABROAD.street, moving, moving + DAY),
    ]


def test_two_clerks_move_a_person_at_once_and_one_is_told(register):
    """Without what was read among the conditions of the end, both ended it and the person lived in two homes."""
    from seloste.register.protection.once import ChangedMeanwhile
    from seloste.register.subjects.changing import change_address

    subject = register.customer()
    with register.acting("agreements"):
        change_address(subject, "home", HOME, valid_from=NOW - DAY)
    barrier, told = threading.Barrier(2), []

    def clerk(address):
        from seloste.register.subjects.models import Address

        try:
            with register.acting("agreements"):
                assert Address.objects.filter(subject_id=subject).count() == 1
                barrier.wait()
                change_address(subject, "home", address, valid_from=NOW)
        except ChangedMeanwhile as error:
            told.append(error)

    both = [threading.Thread(target=clerk, args=(address,)) for address in (BOX, ABROAD)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(told) == 1
    assert len([row for row in addresses(register, subject) if row[2] is None]) == 1


def test_an_address_that_another_ended_is_not_replaced(register):
    from seloste.register.protection.once import ChangedMeanwhile
    from seloste.register.subjects.changing import change_address

    subject = register.customer()
    with register.acting("agreements"):
        first = change_address(subject, "postal", HOME, valid_from=NOW - DAY)
        change_address(subject, "postal", BOX, valid_from=NOW)
        with pytest.raises(ChangedMeanwhile):
            change_address(subject, "postal", ABROAD, valid_from=NOW, expected=first.pk)


# turvakielto


def test_a_safe_address_stays_usable_where_the_home_is_hidden(register):
    from seloste.register.subjects.changing import change_address, change_safe_address
    from seloste.register.subjects.operations import set_turvakielto
    from seloste.register.subjects.ties import NoAddress, addressee

    subject = register.customer()
    point = register.one(
        "INSERT INTO register.metering_point (side, gsrn, kind) VALUES (%s, %s, 'sale') RETURNING id",
        SELLER,
        f"643{subject:015}",
    )[0]
    with register.acting("agreements"):
        change_address(subject, "home", HOME, valid_from=NOW - DAY)
        change_address(subject, "point", HOME, valid_from=NOW - DAY, metering_point_id=point)
    assert [row["kind"] for row in seen(register, subject, "address")] == ["home", "point"]
    with register.acting("service"):
        set_turvakielto(subject, at=NOW - DAY)
    with register.acting("service") as session:
        told = session.see(subject)
        assert HOME.street not in str(told)
        with pytest.raises(NoAddress) as nowhere:
            addressee(subject, NOW)
        assert HOME.street not in str(nowhere.value)
        change_safe_address(subject, BOX, valid_from=NOW - DAY)
        assert addressee(subject, NOW).address == BOX
    assert [row["street"] for row in seen(register, subject, "safe_address")] == [BOX.street]
    # and who sees the home writes to the safe one all the same
    with register.acting("agreements"):
        assert addressee(subject, NOW).address == BOX


# contact points


def test_a_contact_point_has_its_time_and_its_language(register):
    from seloste.register.protection.once import ChangedMeanwhile
    from seloste.register.subjects.changing import NotThere, change_contact_point, end_contact_point
    from seloste.register.subjects.operations import add_contact_point

    subject = register.customer()
    with register.acting("service"):
        first = add_contact_point(subject, "phone", "048 900 0001", at=NOW - DAY, language="sv")
        second = change_contact_point(subject, first.pk, "048 900 0002", at=NOW)
        with pytest.raises((NotThere, ChangedMeanwhile)):
            change_contact_point(subject, first.pk, "048 900 0003", at=NOW)
        end_contact_point(subject, second.pk, at=NOW + DAY)
    sql = "SELECT value, language, valid_until FROM register.contact_point WHERE subject_id = %s ORDER BY id"
    assert register.all(sql, subject) == [
        ("+358489000001", "sv", NOW),
        ("+358489000002", "sv", NOW + DAY),
    ]


# the identity code


def test_by_a_corrected_code_one_is_found_and_by_the_old_no_more(register):
    from seloste.register.subjects.changing import HetuTaken, NotThere, change_hetu
    from seloste.register.subjects.operations import record_hetu
    from seloste.register.subjects.queries import find_by_hetu

    subject, other = register.customer(), register.customer()
    old, new, taken = register.hetu(), register.hetu(), register.hetu()
    with register.acting("identification"):
        with pytest.raises(NotThere):
            change_hetu(subject, new)
        record_hetu(subject, old)
        record_hetu(other, taken)
        change_hetu(subject, new)
        assert find_by_hetu(old, SELLER) is None
        assert find_by_hetu(new, SELLER).pk == subject
        with pytest.raises(HetuTaken) as refused:
            change_hetu(subject, taken)
        assert taken not in str(refused.value)
        assert find_by_hetu(new, SELLER).pk == subject
    noted = register.all(
        "SELECT kind FROM register.event e JOIN register.event_subject s ON s.event_id = e.id"
        " WHERE s.subject_id = %s AND kind = 'subjects.hetu.change'",
        subject,
    )
    assert len(noted) == 1


# who stands for whom


def test_a_minors_letters_go_to_the_guardian_while_the_guardian_is_one(register):
    from seloste.register.subjects.changing import change_address
    from seloste.register.subjects.operations import WrongStanding, claim_status, represent
    from seloste.register.subjects.ties import NoGuardian, addressee

    minor, parent = register.customer(given="Onni"), register.customer(given="Liisa")
    with register.acting("agreements"):
        change_address(minor, "home", HOME, valid_from=NOW - DAY)
        change_address(parent, "home", BOX, valid_from=NOW - DAY)
        with pytest.raises(WrongStanding):
            represent(parent, minor, "parent", at=NOW - DAY)
        claim_status(minor, "minor", at=NOW, valid_from=NOW - 100 * DAY, valid_until=NOW + 100 * DAY)
        with pytest.raises(NoGuardian):
            addressee(minor, NOW)
        represent(parent, minor, "parent", at=NOW - DAY, until=NOW + 100 * DAY)
        reader = addressee(minor, NOW)
        assert (reader.subject_id, reader.address, reader.on_behalf_of) == (parent, BOX, minor)
        assert addressee(minor, NOW + 100 * DAY).subject_id == minor
        with pytest.raises(WrongStanding):
            represent(parent, minor, "signatory", at=NOW)


def test_a_guardian_who_is_no_customer_is_reached_through_the_ward(register):
    from seloste.register.subjects.operations import represent

    ward, guardian = register.customer(), register.person(given="Edun", family="Valvoja")
    assert seen(register, guardian, "name") == []
    with register.rights():
        represent(guardian, ward, "guardian", at=NOW - DAY)
    assert seen(register, guardian, "name")[0]["family_name"] == "Valvoja"


def test_an_estate_is_written_to_as_one_and_through_its_administrator(register):
    from seloste.register.subjects.changing import change_address
    from seloste.register.subjects.operations import claim_status, represent
    from seloste.register.subjects.ties import addressee

    dead, heir, administrator = (register.customer(given=name) for name in ("Eino", "Toivo", "Sirkka"))
    with register.acting("agreements"):
        for each in (dead, heir, administrator):
            change_address(each, "home", HOME, valid_from=NOW - DAY)
        claim_status(dead, "estate", at=NOW, valid_from=NOW - DAY)
        assert addressee(dead, NOW).name == "Eino Esimerkki (kuolinpesä)"
        represent(heir, dead, "shareholder", at=NOW - DAY)
        assert addressee(dead, NOW).subject_id == heir
        represent(administrator, dead, "administrator", at=NOW - DAY)
        assert addressee(dead, NOW).subject_id == administrator


# households and personas


def test_a_household_tells_who_is_in_it_as_far_as_each_is_seen_and_no_values(register):
    from seloste.register.subjects.ties import NotMember, household_of, join_household, leave_household

    head, partner = register.customer(), register.customer()
    elsewhere = register.customer("sahkolaitos")
    with register.acting("agreements"):
        join_household(partner, head, at=NOW - DAY)
        assert household_of(head, NOW) == household_of(partner, NOW) == [head, partner]
    with register.rights():
        join_household(elsewhere, head, at=NOW - DAY)
    with register.acting("agreements"):
        assert household_of(head, NOW) == [head, partner]
        leave_household(partner, at=NOW)
        with pytest.raises(NotMember):
            leave_household(partner, at=NOW)
        assert household_of(partner, NOW) == []
        assert household_of(head, NOW) == [head]
    with register.acting("service") as session:
        assert set(session.see(partner)["visible"]) == {"name", "agreements", "households"}


def test_one_human_in_several_capacities_bans_in_one_or_in_all(register):
    from seloste.register.lawfulness.operations import set_ban, set_ban_of_all_personas
    from seloste.register.subjects.ties import personas_of, tie_persona

    human, contact, trader = register.customer(), register.customer(), register.customer()
    company = register.organisation()
    with register.acting("agreements"):
        tie_persona(contact, human, "representative", at=NOW - DAY, organisation_id=company)
        # tied to a persona, one is tied to the human
        assert tie_persona(trader, contact, "trader", at=NOW - DAY).main_id == human
    with register.acting("service"):
        set_ban(contact, "email", at=NOW - DAY)
        assert personas_of(trader, NOW) == [human, contact, trader]
    sql = "SELECT subject_id FROM register.ban WHERE subject_id = ANY(%s) AND channel = %s ORDER BY 1"
    assert register.all(sql, [human, contact, trader], "email") == [(contact,)]
    with register.acting("service"):
        set_ban_of_all_personas(trader, "all", at=NOW - DAY)
    assert register.all(sql, [human, contact, trader], "all") == [(human,), (contact,), (trader,)]
