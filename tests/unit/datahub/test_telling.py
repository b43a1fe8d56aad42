"""What the hub is told of a customer: what the notice lets it have, and of a protected address what the purpose may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from seloste.connectors.datahub.messages import Contact, CustomerTold
from seloste.connectors.datahub.reading import read_message
from seloste.connectors.datahub.telling import Seen, customer, holder
from seloste.connectors.datahub.wire import NotWritable
from seloste.connectors.datahub.writing import write_message
from seloste.kernel.periods import finnish_midnight
from unit.datahub.made_up import hetu, message

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HETU = hetu(date(1980, 5, 14))
LASTS = {"valid_from": "2025-01-01T00:00:00+00:00", "valid_until": None}
HOME = {
    **LASTS,
    "kind": "home",
    "street": "Keksittykatu 7 B 12",
    "postcode": "33100",
    "city": "Tampere",
    "country": "FI",
}
SAFE = {**LASTS, "care_of": None, "street": "PL 15", "postcode": "33101", "city": "Tampere", "country": "FI"}
ROWS = {
    "name": [{"kind": "person", "given_names": "Aino Ilona Sárá", "family_name": "Esimerkki", "organisation_name": None, "language": "sv"}],
    "hetu": [{"hetu": HETU}],
    "phone": [{**LASTS, "value": "+358401234567"}],
    "email": [{**LASTS, "value": "aino@esimerkki.example"}, {"valid_from": "2026-02-01T00:00:00+00:00", "valid_until": None, "value": "uusi@esimerkki.example"}],
    "address": [HOME, {**HOME, "kind": "point", "street": "Mökkitie 1"}, {**HOME, "kind": "billing", "street": "Laskutie 1"}],
}  # fmt: skip
SEEN = Seen(17, ROWS, protected_addresses=True, at=AT)
PROTECTED = replace(SEEN, rows={**ROWS, "turvakielto": [LASTS]})


def without(seen: Seen, *categories: str) -> Seen:
    return replace(seen, rows={name: rows for name, rows in seen.rows.items() if name not in categories})


def test_a_customer_is_told_as_the_market_tells_of_one():
    told = customer(SEEN, "VERA_17")
    assert (told.identified_by, told.identification, told.kind, told.standing) == (
        "hetu",
        HETU,
        "person",
        "normal",
    )
    assert (told.given_name, told.middle_names, told.family_name, told.language) == (
        "Aino",
        "Ilona Sárá",
        "Esimerkki",
        "sv",
    )
    assert told.contacts == (
        Contact(channel="phone", value="+358401234567"),
        Contact(channel="email", value="uusi@esimerkki.example"),
    )
    assert (told.address.street, told.address.building, told.address.stairwell, told.address.room) == (
        "Keksittykatu",
        "7",
        "B",
        "12",
    )
    assert told.turvakielto is False


def test_what_the_hub_may_not_have_is_left_out():
    told = customer(without(SEEN, "hetu", "phone", "email", "address"), "VERA_17")
    assert (told.identified_by, told.identification) == ("own_number", "VERA_17")
    assert (told.contacts, told.address) == ((), None)


def test_a_protected_address_goes_only_with_the_right_and_says_so():
    told = customer(PROTECTED, "VERA_17")
    assert told.turvakielto is True
    assert told.address.street == "Keksittykatu"
    assert b"<elm:InformationRestriction>1<" in written(PROTECTED)


def test_without_the_right_a_protected_address_does_not_go():
    """Even where its row is seen, F01 leaves it out, and F04, which must have one, is not written."""
    seen = replace(PROTECTED, protected_addresses=False)
    assert customer(seen, "VERA_17").address is None
    assert b"Keksittykatu" not in written(seen)
    assert b"<elm:InformationRestriction>1<" in written(seen)
    with pytest.raises(NotWritable, match=r"none that may be told") as caught:
        holder(seen, "VERA_17")
    assert "Keksittykatu" not in str(caught.value)


@pytest.mark.parametrize("right", [True, False])
def test_where_letters_may_be_sent_is_told_in_place_of_the_home(right):
    seen = replace(PROTECTED, rows={**PROTECTED.rows, "safe_address": [SAFE]}, protected_addresses=right)
    for told in (customer(seen, "VERA_17"), holder(seen, "VERA_17")):
        assert (told.address.po_box, told.address.street, told.turvakielto) == ("PL 15", None, True)
    assert b"Keksittykatu" not in written(seen)


def test_a_protection_that_has_ended_does_not_restrict():
    ended = {"valid_from": "2024-01-01T00:00:00+00:00", "valid_until": AT.isoformat()}
    seen = replace(SEEN, rows={**ROWS, "turvakielto": [ended]}, protected_addresses=False)
    assert customer(seen, "VERA_17").turvakielto is False
    assert customer(seen, "VERA_17").address.street == "Keksittykatu"


def test_a_protection_that_begins_later_does_not_restrict_yet():
    later = {"valid_from": "2026-03-02T09:00:01+00:00", "valid_until": None}
    seen = replace(SEEN, rows={**ROWS, "turvakielto": [later]})
    assert customer(seen, "VERA_17").turvakielto is False
    assert (
        customer(replace(seen, at=datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)), "VERA_17").turvakielto is True
    )


def test_the_postal_address_goes_before_the_home():
    post = {**HOME, "kind": "postal", "street": "Box 7"}
    assert customer(replace(SEEN, rows={**ROWS, "address": [HOME, post]}), "x").address.po_box == "Box 7"


@pytest.mark.parametrize(
    ("decision", "standing"), [(None, "estate"), ("confirmed", "estate"), ("rejected", "normal")]
)
def test_an_estate_is_told_as_one(decision, standing):
    rows = {**ROWS, "status": [{**LASTS, "status": "estate", "decision": decision}]}
    assert customer(replace(SEEN, rows=rows), "x").standing == standing


def test_an_organisation_is_told_by_its_name_and_number():
    name = [
        {
            "kind": "organisation",
            "given_names": None,
            "family_name": None,
            "organisation_name": "Keksitty Oy",
            "language": "fi",
        }
    ]
    told = customer(
        replace(
            without(SEEN, "hetu"),
            rows={**without(SEEN, "hetu").rows, "name": name, "business_id": [{"value": "0153791-8"}]},
        ),
        "x",
    )
    assert (told.kind, told.identified_by, told.identification, told.name, told.given_name) == (
        "organisation",
        "business_id",
        "0153791-8",
        "Keksitty Oy",
        None,
    )


def written(seen: Seen) -> bytes:
    event = CustomerTold(valid_from=finnish_midnight(date(2026, 3, 3)), customer=customer(seen, "VERA_17"))
    data = write_message(message(event))
    assert read_message(data).event == event
    return data
