"""Messages that we send: in whose name, in which process, from which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from lxml import etree

import schemas
from seloste.connectors.datahub.market import Company, Market
from seloste.connectors.datahub.reading import read_message
from seloste.connectors.datahub.sending import Agreed, Sender
from seloste.connectors.datahub.telling import customer, holder
from seloste.connectors.datahub.wire import NotWritable
from seloste.connectors.datahub.writing import write_message
from seloste.kernel.periods import finnish_midnight
from unit.datahub.made_up import ADDRESS, AINO, GRID_AREA, GSRN, HUB, NETWORK, SUPPLIER, VEIKKO
from unit.datahub.test_telling import PROTECTED, SEEN

AT = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
"""Half past midnight in Finland, on the third."""
TODAY = finnish_midnight(date(2026, 3, 3))
MARKET = Market(
    system="datahub",
    hub=HUB,
    companies={
        "vera": Company(gln=SUPPLIER, role="supplier"),
        "sahkoverkko": Company(gln=NETWORK, role="network_company", grid_area=GRID_AREA),
    },
)
VERA = Sender(MARKET, MARKET.companies["vera"])
VERKKO = Sender(MARKET, MARKET.companies["sahkoverkko"])
AGREED = Agreed("MS-17", "sale", GSRN, TODAY, billing_address=ADDRESS)


@pytest.mark.parametrize("seen", [SEEN, PROTECTED, replace(PROTECTED, protected_addresses=False)])
@pytest.mark.parametrize(
    ("sender", "process", "role"), [(VERA, "DH-111-1", "supplier"), (VERKKO, "DH-112-1", "network_company")]
)
def test_a_customer_is_told_in_the_publishers_form(seen, sender, process, role):
    message = sender.customer(customer(seen, sender.own_number(17)), TODAY, at=AT, answers="a request")
    assert (message.process.process, message.process.role) == (process, role)
    assert (message.header.sender, message.header.recipient, message.event.answers) == (
        sender.company.gln,
        HUB,
        "a request",
    )
    written = write_message(message)
    assert read_message(written) == message
    schemas.datahub()["F01"].assertValid(etree.fromstring(written))


@pytest.mark.parametrize(
    ("sender", "agreed", "process"),
    [
        (VERA, AGREED, "DH-311-1"),
        (
            VERA,
            replace(AGREED, is_fixed_term=True, valid_until=finnish_midnight(date(2028, 3, 3))),
            "DH-311-1",
        ),
        (VERA, replace(AGREED, invoice="e_invoice", billing_address=None, is_electronic=True), "DH-311-1"),
        (VERKKO, replace(AGREED, kind="network"), "DH-312-1"),
    ],
)
def test_an_agreement_is_told_in_the_publishers_form(sender, agreed, process):
    message = sender.agreement(
        agreed, [holder(PROTECTED, sender.own_number(17)), VEIKKO], at=AT, grid_area=GRID_AREA
    )
    assert message.process.process == process
    assert message.event.confirmed is (True if sender is VERKKO else None)
    written = write_message(message)
    assert read_message(written) == message
    schemas.datahub()["F04"].assertValid(etree.fromstring(written))


def test_two_messages_are_two():
    one, other = (VERA.customer(customer(SEEN, "x"), TODAY, at=AT) for _ in range(2))
    assert one.header.identification != other.header.identification
    assert replace(one.header, identification="") == replace(other.header, identification="")


@pytest.mark.parametrize(("days", "allowed"), [(-1, False), (0, True), (90, True), (91, False)])
def test_a_customer_is_updated_from_today_to_ninety_days_ahead(days, allowed):
    day = finnish_midnight(date(2026, 3, 3) + timedelta(days=days))
    if allowed:
        assert VERA.customer(customer(SEEN, "x"), day, at=AT).event.valid_from == day
    else:
        with pytest.raises(NotWritable, match="90 days"):
            VERA.customer(customer(SEEN, "x"), day, at=AT)


def test_what_a_company_does_not_sell_it_does_not_tell():
    with pytest.raises(NotWritable, match="a supplier tells of agreements of sale"):
        VERA.agreement(replace(AGREED, kind="network"), [AINO], at=AT, grid_area=GRID_AREA)


def test_without_a_grid_area_nothing_is_told():
    with pytest.raises(NotWritable, match="in which grid area"):
        VERA.agreement(AGREED, [AINO], at=AT)
    assert VERKKO.agreement(replace(AGREED, kind="network"), [AINO], at=AT).event.grid_area == GRID_AREA


def test_an_invoice_by_email_has_no_code_that_is_known():
    with pytest.raises(NotWritable, match="InvoicingChannel: the market has no code"):
        write_message(VERA.agreement(replace(AGREED, invoice="email"), [AINO], at=AT, grid_area=GRID_AREA))
