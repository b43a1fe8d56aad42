"""A caller who is not who they say: nothing is told, the attempt is taken down, and the next clerk sees it."""

import pytest

from journeys.office import DAY, NOW


@pytest.fixture(scope="module")
def aino(office):
    return office.person("Aino", "Esimerkki", street="Esimerkkikatu 5")


def called(**more):
    from seloste.register.interactions.operations import Contact

    return Contact(**{"channel": "phone", "direction": "in", "topic": "contact_details", **more})


def test_somebody_calls_as_aino_and_cannot_say_who_they_are(office, aino):
    from seloste.register.interactions.operations import record
    from seloste.register.protection.actors import ReasonClosed
    from seloste.register.subjects.models import Subject

    # A call comes in. The clerk opens it about Aino, as that is who the caller says to be.
    with office.acting("customer_service", "service"):
        call = record(aino, called(), at=NOW - DAY)
    # With the call as reason the clerk sees Aino, to ask what only she would know.
    with office.acting("customer_service", "service", call.reason):
        assert Subject.objects.get(pk=aino).given_names == "Aino"
        # The caller answers wrong. That is taken down in the same call.
        record(
            aino,
            called(spoken_with="other", identified="failed"),
            at=NOW - DAY,
            case_id=call.case_id,
            text="Ei tiennyt sopimuksen alkamispäivää, kysyi osoitetta.",
        )
    # From now on that call is no reason to look at Aino, for nobody.
    with pytest.raises(ReasonClosed), office.acting("customer_service", "service", call.reason):
        pass


def test_when_aino_herself_calls_the_next_clerk_sees_that_somebody_tried(office, aino):
    from seloste.register.interactions.operations import record
    from seloste.register.interactions.queries import contacts

    with office.acting("customer_service", "service", company="vera"):
        call = record(aino, called(identified="strongly"), at=NOW)
    with office.acting("customer_service", "service", call.reason, company="vera"):
        told = [(each.identified, each.spoken_with) for each in contacts(aino)]
    assert told == [("strongly", "subject"), ("failed", "other"), ("not_asked", "subject")]


def test_a_call_about_aino_opens_nobody_else(office, aino):
    from seloste.register.interactions.operations import record
    from seloste.register.protection.actors import ReasonElsewhere
    from seloste.register.subjects.models import Subject

    ville = office.person("Ville", "Toinen")
    with office.acting("customer_service", "service"):
        call = record(aino, called(), at=NOW)
    with (
        pytest.raises(ReasonElsewhere),
        office.acting("customer_service", "service", call.reason),
    ):
        Subject.objects.get(pk=ville)


def test_beyond_the_wall_there_is_no_such_call(office, aino):
    from seloste.register.interactions.operations import UnknownCase, record, write
    from seloste.register.interactions.queries import contacts
    from seloste.register.protection.actors import ReasonMissing
    from seloste.register.subjects.queries import UnknownSubject

    with office.acting("customer_service", "service"):
        call = record(aino, called(), at=NOW)
    with pytest.raises(ReasonMissing):
        office.acting("customer_service", "service", call.reason, company="sahkoverkko").__enter__()
    with office.acting("customer_service", "service", company="sahkoverkko"):
        with pytest.raises(UnknownSubject):
            contacts(aino)
        with pytest.raises(UnknownCase):
            write(call.case_id, "x", at=NOW)


def test_what_was_said_is_in_no_log_and_aino_can_read_that_somebody_tried(office, aino):
    assert "alkamispäivää" not in office.everything_logged()
    with office.acting("register_contact", "rights") as rights:
        seen = rights.see(aino)["visible"]["interactions"]
    assert "failed" in [each.get("identified") for each in seen]
    assert any("alkamispäivää" in (each.get("text") or "") for each in seen)
