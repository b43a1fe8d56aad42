"""Messages of the market against the register: each applied whole, on the side it is to, or told why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from lxml import etree

import schemas
from database.sources.conftest import AT, gsrn
from seloste.connectors.datahub.market import Company, Market
from seloste.connectors.datahub.messages import (
    AgreementCancelled,
    AgreementEnded,
    AgreementOpened,
    CustomerTold,
    Ended,
    Point,
    PointTold,
    Process,
)
from seloste.connectors.datahub.reading import read_message
from seloste.connectors.datahub.writing import write_message
from seloste.kernel.periods import finnish_midnight
from unit.datahub.made_up import (
    AGREEMENT,
    AINO,
    CUSTOMER,
    GRID_AREA,
    HUB,
    MARCH,
    NETWORK,
    SUPPLIER,
    hetu,
    message,
)
from unit.datahub.mutations import spoiled

MARKET = Market(
    system="datahub",
    hub=HUB,
    companies={
        "vera": Company(gln=SUPPLIER, role="supplier"),
        "sahkoverkko": Company(gln=NETWORK, role="network_company", grid_area=GRID_AREA),
    },
)
TABLES = ("subject", "address", "contact_point", "national_identifier", "data_key", "turvakielto", "subject_status", "agreement",
          "agreement_period", "agreement_party", "metering_point", "source_batch", "source_row", "source_identity", "event")  # fmt: skip
SEPTEMBER = finnish_midnight(date(2026, 9, 1))
"""Whatever a message could write."""
GLN = {"vera": SUPPLIER, "sahkoverkko": NETWORK}


class Sending:
    """Sends messages into a register, as the hub would."""

    def __init__(self, register):
        from seloste.connectors.datahub.source import DatahubSource

        self.register, self.source, self.sent = register, DatahubSource(MARKET), 0

    def write(self, event, process, to="vera", **header):
        self.sent += 1
        ids = {"identification": f"message {self.sent}", "recipient": GLN[to], "physical_recipient": GLN[to]}
        told = replace(message(event, **{**ids, **header}), process=Process(process=process, role="supplier"))
        return self.file(write_message(told))

    def file(self, data):
        path = self.register.folder / f"message-{self.sent}.xml"
        path.write_bytes(data)
        return path

    def take(self, path, purpose="upkeep", role="data_engineer", at=AT):
        from seloste.register.protection.session import acting

        def act(company):
            return acting(f"{role}.{company}", purpose, self.register.task)

        return self.source.take(path, act, at=at)

    def tell(self, event, process, to="vera", at=AT, **header):
        return self.take(self.write(event, process, to, **header), at=at)

    def state(self):
        """How many rows each table has and what they say; that somebody was looked at is kept whatever becomes of it."""
        where = {"event": "WHERE way = 'operation'"}
        told = " UNION ALL ".join(
            f"SELECT '{table}', count(*), md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), ''))"
            f" FROM register.{table} t {where.get(table, '')}"
            for table in TABLES
        )
        return {table: (count, digest) for table, count, digest in self.register.all(told)}

    def opened(self, point, number, holders=(AINO,), to="vera", **said):
        kind = "sale" if to == "vera" else "network"
        told = replace(AGREEMENT, number=number, kind=kind, holders=holders, **said)
        event = AgreementOpened(
            valid_from=MARCH, reason="move_in", gsrn=gsrn(point), grid_area=GRID_AREA, agreement=told
        )
        return self.tell(event, "DH-311-2" if to == "vera" else "DH-312-2", to)


@pytest.fixture(scope="module")
def market(register):
    return Sending(register)


def somebody(number, given="Aino", **said):
    """A made-up person of their own."""
    born = date(1950, 1, 1) + timedelta(days=number)
    return replace(AINO, identification=hetu(born, 900 + number % 100), given_name=given, contacts=(), **said)


def test_an_agreement_is_opened_with_all_who_hold_it(market, register):
    one, other = somebody(1), somebody(2, "Veikko")
    taken = market.opened(101, "M-1", (one, other))
    assert not taken.reasons
    holder, partner = taken.done["subjects"]
    assert (taken.document, taken.done["did"]) == ("F04", "opened")
    assert register.all(
        "SELECT a.number, a.subject_id, a.controller, a.kind, m.gsrn, m.side, p.valid_from, p.valid_until, p.start_reason"
        " FROM register.agreement a JOIN register.metering_point m ON m.id = a.metering_point_id"
        " JOIN register.agreement_period p ON p.agreement_id = a.id WHERE a.id = %s",
        taken.done["agreement"],
    ) == [("M-1", holder, "vera", "sale", gsrn(101), "sahkolaitos", MARCH, None, "move_in")]
    assert register.all(
        "SELECT subject_id, valid_from FROM register.agreement_party WHERE agreement_id = %s",
        taken.done["agreement"],
    ) == [(partner, MARCH)]
    assert (
        register.one("SELECT given_names || ' ' || family_name FROM register.subject WHERE id = %s", partner)
        == "Veikko Ilona Sárá Esimerkki"
    )
    assert (
        register.one(
            "SELECT street || ', ' || city FROM register.address WHERE subject_id = %s AND kind = 'postal'",
            holder,
        )
        == "Keksittykatu 7 B 12, Tampere"
    )
    kept = [register.all(f"SELECT t::text FROM register.{table} t") for table in TABLES]
    assert one.identification not in str(kept)


def test_the_same_message_is_taken_once(market):
    path = market.write(
        AgreementOpened(
            valid_from=MARCH,
            gsrn=gsrn(102),
            grid_area=GRID_AREA,
            agreement=replace(AGREEMENT, number="M-2", holders=(somebody(3),)),
        ),
        "DH-311-2",
    )
    first, before = market.take(path), None
    before = market.state()
    again = market.take(path)
    assert (first.done["did"], again.done["did"], again.batch) == ("opened", "nothing", first.batch)
    assert {**market.state(), "event": before["event"]} == before


def test_a_customer_who_is_known_is_found_by_their_code_and_not_added(market, register):
    one = somebody(4)
    first = market.opened(103, "M-3", (one,))
    second = market.opened(104, "M-4", (one,))
    assert first.done["subjects"] == second.done["subjects"]


def test_an_end_ends_and_a_cancellation_undoes_it_all(market, register):
    opened = market.opened(105, "M-5", (somebody(5),))
    key = opened.done["agreement"]
    ended = market.tell(
        AgreementEnded(
            valid_until=SEPTEMBER,
            reason="move_out",
            agreement=Ended(number="M-5", kind="sale", gsrn=gsrn(105), grid_area=GRID_AREA),
        ),
        "DH-331-2",
    )
    assert (ended.done["did"], ended.done["agreement"]) == ("ended", key)
    assert register.all(
        "SELECT valid_until, end_reason FROM register.agreement_period WHERE agreement_id = %s AND superseded_at IS NULL",
        key,
    ) == [(SEPTEMBER, "move_out")]
    cancelled = market.tell(
        AgreementCancelled(valid_from=MARCH, reason="customer", gsrn=gsrn(105)), "DH-341-2"
    )
    assert (cancelled.done["did"], cancelled.done["agreement"]) == ("cancelled", key)
    assert register.one(
        "SELECT valid_until <= valid_from AND end_reason = 'cancelled' FROM register.agreement_period WHERE agreement_id = %s AND superseded_at IS NULL",
        key,
    )


def test_what_stood_on_a_cancelled_agreement_is_told(market, register):
    opened = market.opened(106, "M-6", (somebody(6), somebody(7)))
    key, (holder, partner) = opened.done["agreement"], opened.done["subjects"]
    register.admin.execute(
        "INSERT INTO register.receivable (number, subject_id, controller, agreement_id, amount_cents, due_at, state, valid_from)"
        " VALUES ('L-6', %s, 'vera', %s, 4200, '2026-04-01Z', 'open', '2026-03-20Z')",
        [holder, key],
    )
    cancelled = market.tell(
        AgreementCancelled(
            valid_from=MARCH, reason="disputed", number="M-6", gsrn=gsrn(106), begins_anew_from=MARCH
        ),
        "DH-341-2",
    )
    register.admin.execute("DELETE FROM register.receivable WHERE number = 'L-6'")
    assert {each["kind"] for each in cancelled.done["left_behind"]} == {"parties", "receivables"}
    assert {each["subject_id"] for each in cancelled.done["left_behind"]} == {holder, partner}
    assert cancelled.done["begins_anew_from"] == MARCH


def test_an_end_under_the_purpose_of_the_market_alone(market, register):
    """It keeps no batches and adds nobody, and ends what it sees."""
    opened = market.opened(107, "M-7", (somebody(8),))
    path = market.write(
        AgreementEnded(
            valid_until=SEPTEMBER,
            reason="notice",
            agreement=Ended(number="M-7", gsrn=gsrn(107), grid_area=GRID_AREA),
        ),
        "DH-331-2",
    )
    ended = market.take(path, "market_communication", "market_operator")
    assert (ended.done["did"], ended.done["agreement"], ended.batch) == (
        "ended",
        opened.done["agreement"],
        None,
    )


def test_each_side_takes_its_own(market, register):
    """The same human at the same point is another subject and another point beyond the wall."""
    one = somebody(9)
    sale, network = market.opened(108, "M-8", (one,)), market.opened(108, "V-8", (one,), "sahkoverkko")
    assert not network.reasons
    assert sale.done["subjects"] != network.done["subjects"]
    assert register.all("SELECT side, kind FROM register.metering_point WHERE gsrn = %s ORDER BY 1", gsrn(108)) == [
        ("sahkolaitos", "sale"), ("sahkoverkko", "network")
    ]  # fmt: skip


def told_of(one, **said):
    names = {
        name: getattr(one, name)
        for name in (
            "identification",
            "identified_by",
            "kind",
            "language",
            "given_name",
            "middle_names",
            "family_name",
            "contacts",
        )
    }
    return CustomerTold(
        valid_from=MARCH,
        customer=replace(
            CUSTOMER, **{**names, "turvakielto": False, "address": None, "own_number": None, **said}
        ),
    )


def test_a_protected_customer_is_protected_at_once_and_a_missing_mark_lifts_nothing(market, register):
    one = somebody(10)
    [subject] = market.opened(109, "M-9", (one,)).done["subjects"]
    protected = "SELECT count(*) FROM register.turvakielto WHERE subject_id = %s AND valid_until IS NULL AND superseded_at IS NULL"
    assert register.one(protected, subject) == 0
    assert market.tell(told_of(one, turvakielto=True), "DH-111-3").done["did"] == "told"
    assert register.one(protected, subject) == 1
    assert market.tell(told_of(one, turvakielto=False), "DH-111-3").done["did"] == "told"
    assert register.one(protected, subject) == 1


def test_the_market_is_no_master_of_a_name(market, register):
    """The notice says who is: what the market says otherwise overwrites nothing, and is kept as its claim."""
    one = somebody(11)
    [subject] = market.opened(110, "M-10", (one,)).done["subjects"]
    market.tell(told_of(one, family_name="Toinen"), "DH-111-3")
    assert register.one("SELECT family_name FROM register.subject WHERE id = %s", subject) == "Esimerkki"
    claims = "SELECT state, source_key FROM register.source_claim WHERE subject_id = %s AND value ->> 'family_name' = 'Toinen'"
    [key] = register.all("SELECT source_key FROM register.source_identity WHERE subject_id = %s", subject)
    assert register.all(claims, subject) == [("different", *key)], "by the one key it was known by"


def test_an_organisation_is_the_same_whichever_message_tells_of_it(market, register):
    firm = replace(
        somebody(27), identification="2617416-4", identified_by="business_id", kind="organisation",
        given_name=None, middle_names=None, family_name=None, name="Oy Markkina Ab", language="fi",
    )  # fmt: skip
    first = market.opened(125, "M-25", (firm,)).done["subjects"]
    assert market.opened(126, "M-26", (firm,)).done["subjects"] == first
    assert register.one("SELECT count(*) FROM register.source_identity WHERE subject_id = %s", *first) == 1
    who = "SELECT count(DISTINCT source_key) FROM register.source_claim WHERE subject_id = %s"
    assert register.one(who, *first) == 1


def test_an_address_that_the_market_tells_is_so_from_the_day_it_says(market, register):
    [subject] = market.opened(124, "M-24", (somebody(26),)).done["subjects"]
    register.admin.execute("DELETE FROM register.address WHERE subject_id = %s", [subject])
    register.admin.execute(
        "DELETE FROM register.search_token WHERE subject_id = %s AND kind = 'address'", [subject]
    )
    event = replace(told_of(somebody(26), address=AINO.address), valid_from=SEPTEMBER)
    assert market.tell(event, "DH-111-3").done["did"] == "told"
    since = "SELECT valid_from FROM register.address WHERE subject_id = %s AND kind = 'postal'"
    assert register.all(since, subject) == [(SEPTEMBER,)]


def test_an_address_that_is_none_changes_nothing(market):
    before = market.state()
    taken = market.opened(123, "M-23", (somebody(25, address=replace(AINO.address, postcode="3310")),))
    [reason] = taken.reasons
    assert (reason["code"], reason["path"].rsplit("/", 1)[1]) == (
        "address",
        "ConsumerInvolvedCustomerAddress",
    )
    assert market.state() == before


def test_an_estate_is_known_as_one(market, register):
    [subject] = market.opened(111, "M-11", (somebody(12, standing="estate"),)).done["subjects"]
    assert (
        register.one("SELECT status FROM register.subject_status WHERE subject_id = %s", subject) == "estate"
    )


def test_a_point_is_noted(market, register):
    taken = market.tell(
        PointTold(valid_from=MARCH, point=Point(gsrn=gsrn(112), grid_area=GRID_AREA)), "DH-121"
    )
    assert taken.done["did"] == "noted"
    assert register.one("SELECT kind FROM register.metering_point WHERE gsrn = %s", gsrn(112)) == "sale"


UNKNOWN = somebody(90)


@pytest.mark.parametrize(
    ("event", "process", "header", "code"),
    [
        (told_of(UNKNOWN), "DH-111-3", {}, "unknown_customer"),
        (told_of(UNKNOWN), "DH-112-2", {}, "asks"),
        (told_of(UNKNOWN), "DH-111-3", {"recipient": HUB}, "not_ours"),
        (told_of(UNKNOWN), "DH-111-3", {"sender": NETWORK}, "not_from_the_hub"),
        (AgreementCancelled(valid_from=MARCH, reason="customer", number="M-90", gsrn=gsrn(190)), "DH-341-2", {}, "unknown_agreement"),
        (
            AgreementEnded(valid_until=SEPTEMBER, reason="notice", agreement=Ended(number="M-90", gsrn=gsrn(190), grid_area=GRID_AREA)),
            "DH-351-2", {}, "asks",
        ),
        (AgreementEnded(valid_until=SEPTEMBER, reason="notice"), "DH-331-2", {}, "missing"),
        (AgreementOpened(valid_from=MARCH, gsrn=gsrn(190), grid_area=GRID_AREA), "DH-311-2", {}, "missing"),
        (
            AgreementOpened(valid_from=MARCH, gsrn=gsrn(190), grid_area=GRID_AREA, agreement=replace(AGREEMENT, kind="network", holders=(UNKNOWN,))),
            "DH-311-2", {}, "kind",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_told_and_changes_nothing(market, event, process, header, code):
    before = market.state()
    taken = market.tell(event, process, **header)
    assert [reason["code"] for reason in taken.reasons] == [code]
    assert taken.done is None
    assert market.state() == before


def test_a_second_holder_at_a_point_changes_nothing(market):
    """The database refuses at the commit, and then nothing of the message is there: no customer, no agreement."""
    market.opened(113, "M-13", (somebody(13),))
    before = market.state()
    taken = market.opened(113, "M-14", (somebody(14), somebody(15)))
    assert [reason["code"] for reason in taken.reasons] == ["point_of_another"]
    assert market.state() == before


def test_a_number_of_somebody_else_changes_nothing(market):
    market.opened(114, "M-15", (somebody(16),))
    before = market.state()
    taken = market.opened(115, "M-15", (somebody(17),))
    assert [reason["code"] for reason in taken.reasons] == ["number_of_another"]
    assert market.state() == before


def test_an_end_before_the_start_changes_nothing(market):
    market.opened(116, "M-16", (somebody(18),))
    before = market.state()
    taken = market.tell(
        AgreementEnded(
            valid_until=finnish_midnight(date(2026, 2, 1)),
            reason="notice",
            agreement=Ended(number="M-16", gsrn=gsrn(116), grid_area=GRID_AREA),
        ),
        "DH-331-2",
    )
    assert [reason["code"] for reason in taken.reasons] == ["ends_before_start"]
    assert market.state() == before


def test_the_market_alone_adds_nobody(market):
    """Its purpose writes no names."""
    path = market.write(
        AgreementOpened(
            valid_from=MARCH,
            gsrn=gsrn(117),
            grid_area=GRID_AREA,
            agreement=replace(AGREEMENT, number="M-17", holders=(somebody(19),)),
        ),
        "DH-311-2",
    )
    before = market.state()
    taken = market.take(path, "market_communication", "market_operator")
    assert [reason["code"] for reason in taken.reasons] == ["unknown_customer"]
    assert market.state()["subject"] == before["subject"]


def test_spoiled_messages_are_taken_whole_or_not_at_all(market):
    """A slice of what the reader is tried with: where there is a reason, no row of any table has changed.

    With what was done before the reason was found left to be committed, this failed.
    """
    one = somebody(20)
    market.opened(118, "M-18", (one,))
    written = [
        market.write(told_of(one), "DH-111-3").read_bytes(),
        market.write(AgreementOpened(valid_from=MARCH, gsrn=gsrn(119), grid_area=GRID_AREA, agreement=replace(AGREEMENT, number="M-19", holders=(one,))), "DH-311-2").read_bytes(),
        market.write(AgreementCancelled(valid_from=MARCH, reason="customer", number="M-18", gsrn=gsrn(118)), "DH-341-2").read_bytes(),
    ]  # fmt: skip
    outcomes = {"applied": 0, "rejected": 0}
    before = market.state()
    for number, data in enumerate(spoiled(written, 60)):
        market.sent += 1
        taken = market.take(market.file(data))
        if taken.reasons:
            outcomes["rejected"] += 1
            assert market.state() == before, number
        else:
            outcomes["applied"] += 1
            before = market.state()
    assert min(outcomes.values()) > 5, outcomes


# what is told to the hub


def acting(register, purpose="market_communication", role="market_operator", company="vera"):
    from seloste.register.protection.session import acting as act

    return act(f"{role}.{company}", purpose, register.task)


def test_the_hub_is_told_of_a_customer_and_an_agreement(market, register):
    one, other = somebody(21), somebody(22, "Veikko")
    opened = market.opened(120, "M-20", (one, other), invoice_channel="post", invoice_address=None)
    subject = opened.done["subjects"][0]
    today = finnish_midnight(date(2026, 3, 2))
    with acting(register) as session:
        f01 = market.source.write_customer(session, subject, today, at=AT, answers="a request")
        f04 = market.source.write_agreement(session, opened.done["agreement"], at=AT, grid_area=GRID_AREA)
    published = schemas.datahub()
    published["F01"].assertValid(etree.fromstring(f01))
    published["F04"].assertValid(etree.fromstring(f04))
    customer, agreement = read_message(f01).event.customer, read_message(f04).event.agreement
    assert (customer.identification, customer.given_name, customer.middle_names) == (
        one.identification,
        "Aino",
        "Ilona Sárá",
    )
    assert [each.identification for each in agreement.holders] == [one.identification, other.identification]
    assert (agreement.number, agreement.kind, agreement.supplier) == ("M-20", "sale", SUPPLIER)
    assert register.all("SELECT kind FROM register.event WHERE kind LIKE 'market.tell%%' ORDER BY 1") == [
        ("market.tell.agreement",),
        ("market.tell.customer",),
    ]


def test_the_hub_is_told_that_an_address_is_protected(market, register):
    """The purpose of the market has the right to it; what it tells says that nobody else has."""
    one = somebody(24)
    [subject] = market.opened(122, "M-22", (one,)).done["subjects"]
    market.tell(told_of(one, turvakielto=True), "DH-111-3")
    with acting(register) as session:
        told = market.source.write_customer(
            session, subject, finnish_midnight(date(2026, 3, 3)), at=AT + timedelta(days=1)
        )
    customer = read_message(told).event.customer
    assert (customer.turvakielto, customer.address.street) == (True, "Keksittykatu")


def test_for_another_purpose_the_hub_is_told_nothing(market, register):
    from seloste.connectors.datahub.telling import NoRecipient

    [subject] = market.opened(121, "M-21", (somebody(23),)).done["subjects"]
    with pytest.raises(NoRecipient), acting(register, "agreements", "market_operator") as session:
        market.source.write_customer(session, subject, finnish_midnight(date(2026, 3, 2)), at=AT)
