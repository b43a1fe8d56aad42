"""Protected addresses, claims of status and representation: claimed, decided, ended."""

import pytest

from .conftest import DAY, NOW


def test_turvakielto_is_set_prolonged_and_lifted(register):
    from seloste.register.subjects.operations import NotProtected, lift_turvakielto, set_turvakielto

    person = register.person()
    with register.rights():
        first = set_turvakielto(person, at=NOW - DAY, until=NOW + DAY)
        assert set_turvakielto(person, at=NOW, until=NOW + DAY).pk == first.pk
        set_turvakielto(person, at=NOW, until=NOW + 2 * DAY)
        lift_turvakielto(person, at=NOW)
        with pytest.raises(NotProtected):
            lift_turvakielto(person, at=NOW)
    rows = register.all(
        "SELECT valid_until, superseded_at IS NULL FROM register.turvakielto WHERE subject_id = %s ORDER BY id",
        person,
    )
    assert rows == [(NOW + DAY, False), (NOW + 2 * DAY, False), (NOW, True)]


def test_a_claim_counts_at_once_and_is_decided_once(register):
    from seloste.register.subjects.operations import NothingClaimed, claim_status, decide_status

    person = register.person()
    with register.rights():
        first = claim_status(person, "estate", at=NOW - DAY, valid_from=NOW - 9 * DAY)
        assert claim_status(person, "estate", at=NOW, valid_from=NOW - 9 * DAY).pk == first.pk
        assert decide_status(person, "estate", "rejected", at=NOW).decided_at == NOW
        with pytest.raises(NothingClaimed):
            decide_status(person, "estate", "confirmed", at=NOW)
        assert claim_status(person, "estate", at=NOW, valid_from=NOW - 9 * DAY).pk != first.pk


def test_a_person_stands_for_an_organisation_until_it_ends(register):
    from seloste.register.subjects.operations import NotRepresenting, end_representation, represent

    person, organisation = register.person(), register.organisation()
    with register.rights():
        first = represent(person, organisation, "contact", at=NOW - DAY)
        assert represent(person, organisation, "contact", at=NOW).pk == first.pk
        end_representation(person, organisation, at=NOW)
        with pytest.raises(NotRepresenting):
            end_representation(person, organisation, at=NOW)
    assert register.last_event()[0] == "subjects.representation.end"
