"""Made-up people: the same again, valid in every identifier, nobody's, and whole."""

from collections import Counter
from datetime import date
from itertools import pairwise

import phonenumbers
import pytest

from seloste.kernel.identifiers import business_id, gsrn, hetu
from seloste.project.people import numbers
from seloste.project.people.batches import KINDS, LEAST, make, sizes
from seloste.project.people.named import demo_names
from seloste.project.people.names import FAMILY, MEN, WOMEN
from seloste.project.people.tables import KEYS, TABLES, Words

DAY = date(2026, 11, 24)
WORDS = Words(
    retail="seller",
    services="lights",
    network="grid",
    retail_side="seller",
    network_side="grid",
    consents=(("marketing", "newsletter", ("email", "sms")), ("profiling", "profile", ())),
    objectable=("marketing", "development"),
    categories=("phone", "address"),
    relation_class="relation",
    notice_hash="0" * 64,
)


@pytest.fixture(scope="module")
def batch():
    return make(1, 0, 3_000, DAY, WORDS)


@pytest.fixture(scope="module")
def rows(batch):
    """Rows as dictionaries, by side and table."""
    return {
        side.key: {
            table: [dict(zip(TABLES[table], row, strict=True)) for row in found]
            for table, found in side.rows.items()
        }
        for side in batch.sides
    }


def test_the_same_seed_makes_the_same_people(batch):
    again = make(1, 0, 3_000, DAY, WORDS)
    assert [side.rows for side in again.sides] == [side.rows for side in batch.sides]
    assert make(2, 0, 3_000, DAY, WORDS).retail.rows != batch.retail.rows


def test_batches_split_the_people_that_were_asked_for():
    assert list(sizes(12_000)) == [5_000, 5_000, 2_000]
    for impossible in (LEAST - 1, 2_000_000):
        with pytest.raises(ValueError, match="can be made"):
            list(sizes(impossible))


def test_so_many_people_as_were_asked_for(rows):
    people = Counter(subject["kind"] for subject in rows["seller"]["subject"])
    assert people["person"] == 3_000
    assert people["organisation"] > 100


def test_identifiers_are_valid_and_nobodys(rows):
    for side in rows.values():
        for each in side["national_identifier"]:
            assert hetu(each["hetu"], DAY) == each["hetu"]
            assert 900 <= int(each["hetu"][7:10]) <= 999
        for each in side["business_id"]:
            assert business_id(each["value"]) == each["value"]
            assert each["value"] > "9"
        for each in side["metering_point"]:
            assert (each["gsrn"] is None) == (each["kind"] == "heat")
            assert (each["number"] is None) != (each["gsrn"] is None)
            assert each["gsrn"] is None or gsrn(each["gsrn"]) == each["gsrn"]
        for each in side["contact_point"]:
            if each["category"] == "phone":
                assert phonenumbers.is_valid_number(phonenumbers.parse(each["value"]))
                assert each["value"].startswith("+35848")
                assert phonenumbers.parse(each["as_given"], "FI") == phonenumbers.parse(each["value"])
            else:
                assert each["value"].endswith(".example")
                assert each["value"].isascii()


def test_no_identifier_is_given_twice_in_any_batch():
    codes, points, agreements = Counter(), Counter(), Counter()
    for number in (0, 1, 49, 50, 299):
        side = make(1, number, 1_000, DAY, WORDS).retail.rows
        codes.update(row[3] for row in side["national_identifier"])
        points.update((row[2], row[3]) for row in side["metering_point"])
        agreements.update(row[1] for row in side["agreement"])
    assert {*codes.values(), *points.values(), *agreements.values()} == {1}


def test_every_running_number_makes_a_valid_business_id():
    for number in range(0, numbers.BUSINESS_SPAN, 997):
        assert business_id(numbers.business_id(number))


def test_every_key_leads_to_a_row(rows):
    for side in rows.values():
        for table, found in side.items():
            for column in KEYS.keys() & set(TABLES[table]):
                target = side[KEYS[column]]
                assert all(row[column] is None or 0 <= row[column] < len(target) for row in found), table


def test_no_two_hold_a_point_at_once(rows):
    for side in rows.values():
        held = {}
        for period in side["agreement_period"]:
            since, until = period["valid_from"], period["valid_until"]
            assert period["requested_at"] <= since
            if period["metering_point_id"] is not None and (until is None or until > since):
                held.setdefault((period["metering_point_id"], period["kind"]), []).append((since, until))
        for periods in held.values():
            periods.sort()
            for (_, until), (since, _) in pairwise(periods):
                assert until is not None
                assert until <= since


def test_some_points_have_had_another_holder(rows):
    held = Counter(
        (p["metering_point_id"], p["kind"])
        for p in rows["seller"]["agreement_period"]
        if p["metering_point_id"] is not None
    )
    assert max(held.values()) > 1


def test_everything_that_decides_occurs(rows):
    seller = rows["seller"]
    assert {r["status"] for r in seller["subject_status"]} == {"minor", "estate"}
    assert {r["state"] for r in seller["receivable"]} == {
        "open",
        "paid",
        "disputed",
        "in_collection",
        "written_off",
    }
    assert {r["outcome"] for r in seller["objection"]} == {None, "upheld", "rejected"}
    assert {r["end_reason"] for r in seller["agreement_period"]} >= {None, "move_out", "notice", "cancelled"}
    assert {r["channel"] for r in seller["ban"]} >= {"all", "phone", "email"}
    assert any(r["withdrawn_at"] for r in seller["consent"])
    for table in ("agreement_party", "turvakielto", "restriction", "representation", "case_file", "erasure"):
        assert seller[table], table


def test_the_same_human_stands_on_both_sides_of_the_wall(rows):
    shared = {r["hetu"] for r in rows["seller"]["national_identifier"]} & {
        r["hetu"] for r in rows["grid"]["national_identifier"]
    }
    assert len(shared) > 100
    assert {r["gsrn"] for r in rows["grid"]["metering_point"]} & {
        r["gsrn"] for r in rows["seller"]["metering_point"]
    }


def test_without_a_wall_nobody_is_two_subjects():
    from dataclasses import replace

    batch = make(1, 0, 500, DAY, replace(WORDS, network_side="seller"))
    assert not batch.network.rows["subject"]
    assert "aino@network" not in batch.named


def test_those_with_a_name_to_try_are_who_they_are_said_to_be(batch, rows):
    assert batch.named.keys() == demo_names().keys()
    side, key = batch.named["aino"]
    other, twin = batch.named["aino@network"]
    assert rows[side]["subject"][key]["family_name"] == rows[other]["subject"][twin]["family_name"]
    assert side != other
    assert [r["subject_id"] for r in rows["seller"]["turvakielto"]].count(batch.named["saara"][1]) == 1
    named = {name: key for name, (where, key) in batch.named.items() if where == "seller"}
    assert any(r["subject_id"] == named["liisa"] for r in rows["seller"]["agreement_party"])
    assert any(
        (r["subject_id"], r["organisation_id"]) == (named["pekka"], named["putkityo"])
        for r in rows["seller"]["representation"]
    )


def test_names_are_many_and_each_once():
    assert len(set(WOMEN + MEN)) >= 150
    assert len(set(FAMILY)) == len(FAMILY) >= 300
    assert sum(KINDS.values()) == 100
