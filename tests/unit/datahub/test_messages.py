"""Messages of the market: what is written is in the publisher's form and is read back as it was."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import schemas
from seloste.connectors.datahub.document import Rejected
from seloste.connectors.datahub.reading import read_message
from seloste.connectors.datahub.wire import Midnight, Misfit, NotWritable
from seloste.connectors.datahub.writing import write_message
from seloste.kernel.periods import finnish_midnight
from unit.datahub.made_up import AGREEMENT, AINO, CUSTOMER, EVENTS, MESSAGES, hetu, message, messages

DOCUMENTS = sorted(MESSAGES)
DRAWN = settings(max_examples=30, deadline=None, derandomize=True)


forms = cache(schemas.datahub)


@pytest.fixture(scope="module")
def published():
    return forms()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_message_is_read_back_as_it_was_written(document):
    assert read_message(write_message(MESSAGES[document])) == MESSAGES[document]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_message_is_in_the_publishers_form(published, document):
    published[document].assertValid(etree.fromstring(write_message(MESSAGES[document])))


@pytest.mark.parametrize("document", DOCUMENTS)
@DRAWN
@given(data=st.data())
def test_any_message_is_read_back_and_is_in_the_publishers_form(document, data):
    """Without the schemas only the first of the two is asked; that the second was not is told by the tests above."""
    drawn = data.draw(messages(document))
    written = write_message(drawn)
    assert read_message(written) == drawn
    if os.environ.get("SELOSTE_SCHEMAS"):
        forms()[document].assertValid(etree.fromstring(written))


def test_schemas_that_are_named_are_there(monkeypatch, tmp_path):
    monkeypatch.setenv("SELOSTE_SCHEMAS", str(tmp_path))
    with pytest.raises(
        pytest.fail.Exception, match=r"lacks datahub/masterdata/F01_MasterDataCustomerEvent\.xsd"
    ):
        schemas.datahub()
    monkeypatch.delenv("SELOSTE_SCHEMAS")
    with pytest.raises(pytest.skip.Exception, match="Fingrid Datahub Oy publishes them"):
        schemas.datahub()


def test_the_publishers_form_is_really_asked(published):
    """A message that lacks what it must have is not in it."""
    tree = etree.fromstring(write_message(MESSAGES["F01"]))
    kind = tree.find(".//{*}CustomerType")
    kind.getparent().remove(kind)
    assert not published["F01"].validate(tree)


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2026, 1, 15), datetime(2026, 1, 14, 22, tzinfo=UTC)),
        (date(2026, 7, 15), datetime(2026, 7, 14, 21, tzinfo=UTC)),
        # the two nights in which the clock is moved: the day begins before, the next one after
        (date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 29, 21, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 21, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 25, 22, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_finnish_midnight_in_utc(day, utc):
    assert Midnight().write(finnish_midnight(day)) == utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert Midnight().read(utc.isoformat()) == utc
    for hour in {20, 21, 22, 23} - {utc.hour}:
        with pytest.raises(Misfit, match="beginning of a Finnish day"):
            Midnight().read(utc.replace(hour=hour).isoformat())


def test_an_offset_is_as_good_as_utc():
    assert Midnight().read("2026-03-02T00:00:00+02:00") == datetime(2026, 3, 1, 22, tzinfo=UTC)


def rejected(document: str, old: str, new: str) -> dict[str, str]:
    """The reasons against a message in which something was replaced: path to code."""
    text = write_message(MESSAGES[document]).decode()
    assert old in text
    with pytest.raises(Rejected) as caught:
        read_message(text.replace(old, new, 1).encode())
    return {reason.path: reason.code for reason in caught.value.reasons}


PARTY = "/MasterDataCustomerEvent/Transaction/ConsumerInvolvedCustomerParty"


@pytest.mark.parametrize(
    ("document", "old", "new", "path", "code"),
    [
        ("F01", ">AB02<", ">AB07<", f"{PARTY}/CustomerType", "code"),
        ("F01", ">AA03<", ">AA01<", f"{PARTY}/IdentificationType", "contradiction"),
        ("F01", f">{AINO.identification}<", ">140580-9001<", f"{PARTY}/Identification", "identifier"),
        ("F01", ">0</elm:InformationRestriction>", ">no</elm:InformationRestriction>", f"{PARTY}/InformationRestriction", "flag"),
        ("F01", 'schemeAgencyIdentifier="260"', 'schemeAgencyIdentifier="9"', f"{PARTY}/Identification", "attribute"),
        ("F01", ">AD02<", ">AD03<", f"{PARTY}/Communication[2]/CommunicationChannel", "code"),
        ("F01", ">Aino<", f">{'A' * 51}<", f"{PARTY}/GivenName", "too_long"),
        ("F01", ">Aino<", ">Ai&#10;no<", f"{PARTY}/GivenName", "control_character"),
        ("F01", ">Aino<", "><b>Aino</b><", f"{PARTY}/GivenName/*[1]", "unexpected"),
        ("F01", "<hdr:DocumentType>F01<", "<hdr:DocumentType>F04<", "/MasterDataCustomerEvent/Header/DocumentType", "contradiction"),
        ("F01", "T22:00:00Z", "T21:00:00Z", "/MasterDataCustomerEvent/Transaction/StartOfOccurrence", "not_midnight"),
        ("F01", "6430000000009", "6430000000008", "/MasterDataCustomerEvent/Header/JuridicalRecipientEnergyParty/Identification", "identifier"),
        ("F04", ">AI02<", ">AI99<", "/MasterDataContractEvent/Transaction/MasterDataContract/InvoicingChannel", "code"),
        ("F06", ">AN01<", ">AN09<", "/MasterDataContractEvent/Transaction/Reason", "code"),
        ("F18", '<elm:ReasonForCancel listAgencyIdentifier="NFI">AR01</elm:ReasonForCancel>', "", "/MasterDataContractEvent/Transaction/ReasonForCancel", "missing"),
        ("E58", ">643006000000000126<", ">643006000000000127<", "/MasterDataMPEvent/Transaction/MeteringPointUsedDomainLocation/Identification", "identifier"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place(document, old, new, path, code):
    assert rejected(document, old, new).get(path) == code


def test_every_reason_is_told_at_once():
    text = write_message(MESSAGES["F01"]).decode()
    wrong = text.replace(">AB02<", ">AB07<").replace(">AD02<", ">AD03<").replace(">fi<", ">ru<")
    with pytest.raises(Rejected) as caught:
        read_message(wrong.encode())
    assert [reason.code for reason in caught.value.reasons] == ["code", "code", "code"]


def test_what_the_register_has_no_use_for_is_passed_over_and_not_kept(published):
    text = write_message(MESSAGES["F04"]).decode()
    note = "<elm:CustomerNote>canary</elm:CustomerNote>"
    contact = '<elm:Contact><elm:ContactType listAgencyIdentifier="NFI">AL01</elm:ContactType><elm:GivenName>Canary</elm:GivenName></elm:Contact>'
    told = text.replace("<elm:InvoicingAddress>", f"{note}{contact}<elm:InvoicingAddress>")
    published["F04"].assertValid(etree.fromstring(told.encode()))
    assert read_message(told.encode()) == MESSAGES["F04"]


def test_a_later_code_of_the_publisher_is_understood():
    """AR07 is on the publisher's page of F18 and not in the schemas of this version."""
    text = write_message(MESSAGES["F18"]).decode().replace(">AR01<", ">AR07<")
    assert read_message(text.encode()).event.reason == "supplier_stopped"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (replace(EVENTS["F01"], customer=replace(CUSTOMER, given_name="A" * 51)), "too_long at .*GivenName"),
        (replace(EVENTS["F01"], customer=replace(CUSTOMER, given_name="Ai\nno")), "control_character at .*GivenName"),
        (replace(EVENTS["F01"], customer=replace(CUSTOMER, given_name=" Aino")), "white_space at .*GivenName"),
        (replace(EVENTS["F01"], customer=replace(CUSTOMER, standing="wealthy")), "code at .*CustomerSubType"),
        (replace(EVENTS["F01"], customer=replace(CUSTOMER, identified_by="business_id")), "contradiction at .*IdentificationType"),
        (replace(EVENTS["F01"], valid_from=datetime(2026, 3, 1, tzinfo=UTC)), "not_midnight at .*StartOfOccurrence"),
        (replace(EVENTS["F04"], agreement=replace(AGREEMENT, holders=(AINO, AINO))), "twice at .*ConsumerInvolvedCustomerParty"),
        (replace(EVENTS["F04"], valid_until=EVENTS["F04"].valid_from), "ends_before_start at .*EndOfOccurrence"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_not_written(event, said):
    with pytest.raises(NotWritable, match=said) as caught:
        write_message(message(event))
    assert "Aino" not in str(caught.value)


def test_a_message_says_what_it_is():
    with pytest.raises(NotWritable, match="this is F01"):
        write_message(message(EVENTS["F01"], document="F04"))


def test_a_made_up_code_is_a_code():
    assert hetu(date(1980, 5, 14)).startswith("140580-900")
