"""A company's new contact person: the old one leaves, the new one calls, and each is reached as what they are."""

import pytest

from journeys.office import DAY, NOW


@pytest.fixture(scope="module")
def firm(office):
    return office.company("Esimerkki Oy")


@pytest.fixture(scope="module")
def old(office, firm):
    """Olli, who has spoken for the company until now; he has no agreement of his own."""
    [olli] = office.one(
        "INSERT INTO register.subject (side, kind, given_names, family_name) VALUES ('sahkolaitos', 'person', 'Olli', 'Lähtijä') RETURNING id"
    )
    office.admin.execute(
        "INSERT INTO register.representation (subject_id, organisation_id, role, valid_from) VALUES (%s, %s, 'contact', %s)",
        [olli, firm, NOW - 100 * DAY],
    )
    return olli


@pytest.fixture(scope="module")
def new(office):
    [uusi] = office.one(
        "INSERT INTO register.subject (side, kind, given_names, family_name) VALUES ('sahkolaitos', 'person', 'Nea', 'Tulija') RETURNING id"
    )
    return uusi


def test_the_company_writes_that_nea_speaks_for_it_now(office, firm, old, new):
    from seloste.register.interactions.operations import Contact, Todo, add_task, record

    # The letter is about the company; whoever opens it may look at the company, and at who stands for it.
    with office.acting("customer_service", "service"):
        letter = record(
            firm,
            Contact("letter", "in", "contact_details", spoken_with="representative"),
            at=NOW - 2 * DAY,
            text="Yhteyshenkilö vaihtuu: Olli Lähtijän tilalle Nea Tulija.",
        )
    assert letter.reason.startswith("case:")
    # Who makes such changes is the team of agreements: it gets a task, with the letter behind it.
    with office.acting("customer_service", "service", letter.reason):
        task = add_task(
            firm,
            Todo("correction", "customer_service", NOW.date() + DAY, origin=letter.case_id),
            at=NOW - 2 * DAY,
        )
    assert task.origin_id == letter.case_id


def test_the_change_is_made_from_a_day_on(office, firm, old, new):
    from seloste.register.subjects.operations import end_representation, represent
    from seloste.register.subjects.queries import UnknownSubject

    # Nea is nobody's yet: a purpose that lives by agreements does not see her, and cannot bring her in by itself.
    with office.acting("customer_service", "agreements", company="vera"), pytest.raises(UnknownSubject):
        represent(new, firm, "contact", at=NOW - DAY)
    office.admin.execute(
        "INSERT INTO register.representation (subject_id, organisation_id, role, valid_from) VALUES (%s, %s, 'contact', %s)",
        [new, firm, NOW - DAY],
    )
    with office.acting("customer_service", "agreements", company="vera"):
        end_representation(old, firm, at=NOW - DAY)


def test_nea_calls_and_is_answered_about_the_company(office, firm, old, new):
    from seloste.register.interactions.operations import Contact, record
    from seloste.register.protection.actors import ReasonElsewhere
    from seloste.register.subjects.models import Subject

    stranger = office.person("Aino", "Esimerkki")
    with office.acting("customer_service", "service"):
        call = record(firm, Contact("phone", "in", "invoice", spoken_with="representative"), at=NOW)
    with office.acting("customer_service", "service", call.reason):
        assert Subject.objects.get(pk=new).given_names == "Nea", (
            "who stands for it is what the call is about too"
        )
        assert Subject.objects.get(pk=firm).organisation_name == "Esimerkki Oy"
    with office.acting("customer_service", "service", call.reason), pytest.raises(ReasonElsewhere):
        Subject.objects.get(pk=stranger)


def test_neas_own_affairs_are_no_part_of_it(office, firm, new):
    """What is taken down about the company stands under the company: Nea's own contacts are empty."""
    from seloste.register.interactions.queries import contacts

    with office.acting("customer_service", "service"):
        assert contacts(new) == []
        assert [each.spoken_with for each in contacts(firm)] == ["representative", "representative"]


def test_olli_who_left_is_seen_no_more_and_the_letter_that_names_him_stays_with_the_company(
    office, firm, old
):
    from seloste.register.interactions.queries import contacts
    from seloste.register.subjects.models import Subject

    with office.acting("customer_service", "service"):
        assert Subject.objects.filter(pk=old).first() is None
        assert "Olli Lähtijän tilalle" in contacts(firm)[1].texts[0].text
    assert "Lähtijä" not in office.everything_logged()
