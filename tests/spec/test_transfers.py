"""Transfers: what leaves the European Economic Area, and what makes it lawful (GDPR 44-49, 13(1)(f)).

A mechanism is one of a table of dated facts, and is judged as the world is on the day asked. The importer
has a name, and there is a way to a copy of the safeguards.
"""

from datetime import date

from spec.telling import found

TEXT = "transfers: {outside_eea: yes, to: {sms: {country: US, recipient: Ripple, mechanisms: [%s], copy_of_safeguards: privacy@lakeside.example}}}"
FAULT = ["TRANSFER_WITHOUT_SAFEGUARDS"]


def test_a_mechanism_holds_until_its_day():
    assert found(TEXT % "privacy_shield", date(2020, 7, 15)) == []
    assert found(TEXT % "privacy_shield", date(2020, 7, 16)) == FAULT
    assert found(TEXT % "standard_clauses_2010", date(2022, 12, 26)) == []
    assert found(TEXT % "standard_clauses_2010", date(2022, 12, 27)) == FAULT


def test_a_mechanism_holds_from_its_day():
    assert found(TEXT % "data_privacy_framework", date(2023, 7, 9)) == FAULT
    assert found(TEXT % "data_privacy_framework", date(2023, 7, 10)) == []


def test_one_mechanism_that_holds_is_enough():
    assert found(TEXT % "privacy_shield, standard_clauses_2021", date(2022, 1, 1)) == []


def test_a_mechanism_is_named_and_known():
    assert found(TEXT % "") == FAULT
    assert found(TEXT % "handshake") == FAULT


def test_importer_and_copy_are_told():
    assert found(TEXT.replace("recipient: Ripple, ", "") % "standard_clauses_2021") == FAULT
    assert (
        found(TEXT.replace(", copy_of_safeguards: privacy@lakeside.example", "") % "standard_clauses_2021")
        == FAULT
    )
