"""Messages of the market that are made up: one of each kind, and any number that Hypothesis draws."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from seloste.connectors.datahub import codes
from seloste.connectors.datahub.messages import (
    Address,
    Agreement,
    AgreementCancelled,
    AgreementEnded,
    AgreementOpened,
    Contact,
    Customer,
    CustomerTold,
    Ended,
    Event,
    FullAddress,
    Header,
    Holder,
    InvoiceAddress,
    Message,
    Point,
    PointAddress,
    PointTold,
    Process,
)
from seloste.kernel.identifiers import business_id_check, hetu_check
from seloste.kernel.periods import finnish_midnight

HUB, SUPPLIER, NETWORK = "6410000000001", "6430000000009", "6430000000016"
GSRN, GRID_AREA = "643006000000000126", "44Y-KEKSITTY--1R"
DOCUMENTS = {
    CustomerTold: "F01",
    AgreementOpened: "F04",
    AgreementEnded: "F06",
    AgreementCancelled: "F18",
    PointTold: "E58",
}


def hetu(born: date, number: int = 900) -> str:
    """A henkilötunnus of nobody: individual numbers from 900 on are artificial."""
    sign = "A" if born.year >= 2000 else "-"
    return f"{born:%d%m%y}{sign}{number}{hetu_check(f'{born:%d%m%y}{number}')}"


def message(event: Event, **header: object) -> Message:
    document = DOCUMENTS[type(event)]
    head = Header(
        identification="00000000-0000-4000-8000-000000000001",
        document=document,
        created_at=datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
        physical_sender=HUB,
        sender=HUB,
        recipient=SUPPLIER,
        physical_recipient=SUPPLIER,
    )
    return Message(replace(head, **header), Process(process="DH-111-3", role="supplier"), event)


MARCH = finnish_midnight(date(2026, 3, 1))
ADDRESS = FullAddress(
    street="Keksittykatu",
    building="7",
    stairwell="B",
    room="12",
    postcode="33100",
    city="TAMPERE",
    country="FI",
)
AINO = Holder(
    identification=hetu(date(1980, 5, 14)),
    identified_by="hetu",
    kind="person",
    standing="normal",
    turvakielto=False,
    language="fi",
    given_name="Aino",
    middle_names="Ilona Sárá",
    family_name="Esimerkki",
    contacts=(
        Contact(channel="phone", value="+358401234567"),
        Contact(channel="email", value="aino@esimerkki.example"),
    ),
    address=ADDRESS,
)
VEIKKO = replace(
    AINO, identification=hetu(date(1979, 1, 2), 901), given_name="Veikko", middle_names=None, contacts=()
)
CUSTOMER = Customer(
    **{each.name: getattr(AINO, each.name) for each in fields(Holder) if each.name != "address"},
    own_number="VERA_1001",
    address=Address(**{each.name: getattr(ADDRESS, each.name) for each in fields(Address)}),
)
AGREEMENT = Agreement(
    contact="electronic",
    number="MS-2026-17",
    kind="sale",
    delivery=False,
    fixed_term=False,
    invoiced_by="each",
    priority=False,
    invoice_channel="e_invoice",
    billing_address=ADDRESS,
    invoice_address=InvoiceAddress(address="FI2112345600000785", operator="NDEAFIHH"),
    supplier=SUPPLIER,
    holders=(AINO, VEIKKO),
)
EVENTS: dict[str, Event] = {
    "F01": CustomerTold(valid_from=MARCH, answers="an earlier one", customer=CUSTOMER),
    "F04": AgreementOpened(
        valid_from=MARCH, reason="move_in", gsrn=GSRN, grid_area=GRID_AREA, agreement=AGREEMENT
    ),
    "F06": AgreementEnded(
        valid_until=finnish_midnight(date(2026, 9, 1)),
        reason="move_out",
        agreement=Ended(number="MS-2026-17", kind="sale", gsrn=GSRN, grid_area=GRID_AREA),
    ),
    "F18": AgreementCancelled(valid_from=MARCH, reason="customer", number="MS-2026-17", gsrn=GSRN),
    "E58": PointTold(
        valid_from=MARCH,
        point=Point(
            gsrn=GSRN,
            state="AE02",
            type="AG01",
            grid_area=GRID_AREA,
            addresses=(
                PointAddress(
                    type="AF01",
                    street="Keksittykatu",
                    building="7",
                    postcode="33100",
                    city="TAMPERE",
                    country="FI",
                    language="fi",
                ),
                PointAddress(
                    type="AF01",
                    street="Påhittsgatan",
                    building="7",
                    postcode="33100",
                    city="TAMMERFORS",
                    country="FI",
                    language="sv",
                ),
            ),
        ),
    ),
}
"""One of each kind."""
MESSAGES = {document: message(event) for document, event in EVENTS.items()}


# any number of them

DAYS = st.dates(date(2015, 1, 1), date(2060, 12, 31))
MIDNIGHTS = DAYS.map(finnish_midnight)
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2060, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
GLNS = st.sampled_from([HUB, SUPPLIER, NETWORK])


def texts(longest: int) -> st.SearchStrategy[str]:
    """Any words that XML may hold: of every script, and what must be escaped."""
    letters = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
    return st.text(letters, min_size=1, max_size=longest).map(str.strip).filter(bool)


def maybe(what: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | what


def words(of: codes.Codes) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(of.words.values()))


def addresses(kind: type, country: st.SearchStrategy | None = None) -> st.SearchStrategy:
    whole = {
        "postcode": texts(10),
        "city": texts(50),
        "country": country or words(codes.COUNTRY),
    }
    parts = {
        "care_of": maybe(texts(150)),
        "street": maybe(texts(90)),
        "building": maybe(texts(10)),
        "stairwell": maybe(texts(10)),
        "room": maybe(texts(10)),
        "po_box": maybe(texts(15)),
    }
    asked = {name: part if kind is FullAddress else maybe(part) for name, part in whole.items()}
    return st.builds(kind, **parts, **asked)


@st.composite
def identified(draw) -> dict[str, str]:
    kind = draw(words(codes.KIND))
    by = draw(st.sampled_from(["own_number", "hetu" if kind == "person" else "business_id"]))
    if by == "own_number":
        return {"kind": kind, "identified_by": by, "identification": draw(texts(50))}
    if by == "hetu":
        born = draw(st.dates(date(1900, 1, 1), date(2020, 12, 31)))
        return {"kind": kind, "identified_by": by, "identification": hetu(born, draw(st.integers(900, 999)))}
    digits = draw(st.integers(0, 9_999_999).map(lambda number: f"{number:07}").filter(business_id_check))
    return {"kind": kind, "identified_by": by, "identification": f"{digits}-{business_id_check(digits)}"}


@st.composite
def customers(draw, of: type = Customer) -> Customer | Holder:
    must = (lambda what: what) if of is Holder else maybe
    values = {
        "standing": must(words(codes.STANDING)),
        "turvakielto": must(st.booleans()),
        "language": must(words(codes.LANGUAGE)),
        "name": maybe(texts(200)),
        "given_name": maybe(texts(50)),
        "middle_names": maybe(texts(50)),
        "family_name": maybe(texts(50)),
        "born": maybe(st.dates(date(1900, 1, 1), date(2026, 1, 1))),
        "contacts": st.lists(st.builds(Contact, channel=words(codes.CHANNEL), value=texts(90)), max_size=2,
                             unique_by=lambda contact: contact.channel).map(tuple),
        "address": addresses(FullAddress) if of is Holder else maybe(addresses(Address)),
    }  # fmt: skip
    if of is Customer:
        values["own_number"] = maybe(texts(50))
    return of(**draw(identified()), **{name: draw(value) for name, value in values.items()})


@st.composite
def agreements(draw) -> Agreement:
    start, days = draw(DAYS), draw(st.integers(1, 2_000))
    return Agreement(
        contact=draw(words(codes.CONTACT)),
        number=draw(texts(50)),
        kind=draw(words(codes.AGREEMENT_KIND)),
        delivery=draw(maybe(st.booleans())),
        fixed_term=draw(maybe(st.booleans())),
        fixed_from=draw(maybe(st.just(finnish_midnight(start)))),
        fixed_until=draw(maybe(st.just(finnish_midnight(start + timedelta(days=days))))),
        invoiced_by=draw(words(codes.INVOICED_BY)),
        priority=draw(st.booleans()),
        invoice_channel=draw(words(codes.INVOICE_CHANNEL)),
        billing_address=draw(maybe(addresses(FullAddress))),
        invoice_address=draw(
            maybe(st.builds(InvoiceAddress, target=maybe(texts(50)), address=texts(50), operator=texts(50)))
        ),
        supplier=draw(maybe(GLNS)),
        holders=tuple(
            draw(st.lists(customers(Holder), max_size=3, unique_by=lambda one: one.identification))
        ),
    )


@st.composite
def openings(draw) -> AgreementOpened:
    start, days = draw(DAYS), draw(st.integers(1, 2_000))
    return AgreementOpened(
        valid_from=draw(maybe(st.just(finnish_midnight(start)))),
        valid_until=draw(maybe(st.just(finnish_midnight(start + timedelta(days=days))))),
        answers=draw(maybe(texts(36))),
        needs_network_agreement=draw(maybe(st.booleans())),
        reason=draw(maybe(words(codes.OPENING))),
        confirmed=draw(maybe(st.booleans())),
        gsrn=GSRN,
        grid_area=GRID_AREA,
        agreement=draw(maybe(agreements())),
    )


ANSWERS = maybe(texts(36))
CANCELLED_BECAUSE = st.sampled_from(sorted(set(codes.CANCELLING.words.values()) - {"supplier_stopped"}))
"""AR07 is on the publisher's page and not in the schemas of this version."""
EVENT: dict[str, st.SearchStrategy[Event]] = {
    "F01": st.builds(CustomerTold, valid_from=MIDNIGHTS, answers=ANSWERS, customer=customers()),
    "F04": openings(),
    "F06": st.builds(
        AgreementEnded,
        valid_until=MIDNIGHTS,
        answers=ANSWERS,
        reason=words(codes.ENDING),
        agreement=maybe(
            st.builds(
                Ended,
                number=maybe(texts(50)),
                kind=maybe(words(codes.AGREEMENT_KIND)),
                gsrn=st.just(GSRN),
                grid_area=st.just(GRID_AREA),
            )
        ),
    ),
    "F18": st.builds(
        AgreementCancelled,
        valid_from=MIDNIGHTS,
        answers=ANSWERS,
        reason=CANCELLED_BECAUSE,
        number=maybe(texts(50)),
        begins_anew_from=maybe(MIDNIGHTS),
        gsrn=st.just(GSRN),
    ),
    "E58": st.builds(
        PointTold,
        valid_from=MIDNIGHTS,
        answers=ANSWERS,
        point=st.builds(
            Point,
            gsrn=st.just(GSRN),
            state=maybe(words(codes.POINT_STATE)),
            type=maybe(words(codes.POINT_TYPE)),
            grid_area=st.just(GRID_AREA),
            addresses=st.lists(
                st.builds(
                    PointAddress,
                    type=words(codes.POINT_ADDRESS),
                    street=maybe(texts(90)),
                    building=maybe(texts(10)),
                    stairwell=maybe(texts(10)),
                    room=maybe(texts(10)),
                    postcode=maybe(texts(10)),
                    city=maybe(texts(50)),
                    country=maybe(st.sampled_from(["FI", "SE", "AX", "NO"])),
                    language=maybe(st.sampled_from(["fi", "sv"])),
                ),
                max_size=3,
            ).map(tuple),
        ),
    ),
}


@st.composite
def messages(draw, document: str) -> Message:
    return replace(
        message(
            draw(EVENT[document]),
            identification=draw(texts(36)),
            created_at=draw(MOMENTS),
            physical_sender=draw(GLNS),
            sender=draw(GLNS),
            recipient=draw(GLNS),
            physical_recipient=draw(GLNS),
            answers=draw(maybe(texts(36))),
        ),
        process=Process(
            process=draw(st.sampled_from(["DH-111-1", "DH-311-1", "DH-121"])), role=draw(words(codes.ROLE))
        ),
    )
