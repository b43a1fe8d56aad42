"""What is held about one human: all that the notice claims, of every record of theirs, and of nobody else."""

import io
import itertools
import json
import re
import zipfile
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from seloste.kernel.addresses import postal
from seloste.kernel.names import person
from seloste.notice import read_notice

from .conftest import DAY, GRID, NOTICE, NOW, SELLER

SECRET = postal("Salattu kuja 9", "33900", "Tampere")


def gathered(register, subject, **how):
    from seloste.register.subjects.exporting import export

    with register.rights():
        return export(subject, at=NOW, **how)


def rows(export, category, subject=None):
    return [
        row.values
        for record in export.records
        if subject in (None, record.subject_id)
        for kept in record.categories
        if kept.category == category
        for row in kept.rows
    ]


def named(export):
    """Every key of a subject that stands in it."""
    from seloste.register.protection.held import whom

    kept = [row for record in export.records for each in record.categories for row in each.rows]
    return {row.values[column] for row in kept for column in whom(row.table) & row.values.keys()}


@pytest.fixture(scope="module")
def two(register):
    """A couple that held an agreement together, and parted: one lives under turvakielto now."""
    from seloste.register.subjects.changing import change_address, change_name
    from seloste.register.subjects.operations import add_contact_point, record_hetu, set_turvakielto
    from seloste.register.subjects.ties import join_household

    left, stayed = register.customer(given="Lähtijä"), register.customer(given="Jäävä")
    agreement = register.agreed(stayed, kind="heat")
    register.admin.execute(
        "INSERT INTO register.agreement_party (agreement_id, subject_id, controller, valid_from) VALUES (%s, %s, 'vera', %s)",
        [agreement, left, NOW - 200 * DAY],
    )
    with register.acting("agreements"):
        join_household(left, stayed, at=NOW - 200 * DAY)
        change_address(stayed, "home", postal("Yhteinen 1", "33100", "Tampere"), valid_from=NOW - 300 * DAY)
        change_address(left, "home", SECRET, valid_from=NOW - DAY)
        change_name(left, person("Lähtijä", "Uusinimi"), at=NOW)
    with register.acting("service"):
        add_contact_point(left, "phone", "048 900 0011", at=NOW - DAY)
        set_turvakielto(left, at=NOW - DAY)
    with register.acting("identification"):
        record_hetu(left, register.hetu())
    return left, stayed


def test_a_human_is_given_what_is_theirs_with_how_it_is_kept(register, two):
    left, _ = two
    found = gathered(register, left)
    kept = {each.category: each for each in found.records[0].categories}
    assert (kept["name"].retention, kept["name"].period, kept["name"].name["fi"]) == (
        "bookkeeping",
        "P6Y",
        "Nimi ja kieli",
    )
    assert rows(found, "previous_names")[0]["family_name"] == "Esimerkki"
    assert rows(found, "address")[0]["street"] == SECRET.street
    assert rows(found, "hetu")[0]["hetu"].startswith("0101")
    assert rows(found, "turvakielto")
    assert found.records[0].lookups
    assert found.unread == ()
    assert {each.category for each in found.elsewhere} >= {"metering_data", "voice"}


def test_the_other_of_a_couple_is_told_nothing_of_the_one_who_left(register, two):
    """Not the address, not the new name, not even the key; what they hold together is there."""
    left, stayed = two
    found = gathered(register, stayed)
    from seloste.register.subjects.handing_out import as_json, as_page

    for told in (json.dumps(as_json(found), ensure_ascii=False), as_page(found)):
        assert SECRET.street not in told
        assert "Uusinimi" not in told
        assert "489000011" not in told.replace(" ", "")
    assert left not in named(found)


def test_what_is_held_together_is_there_without_whose_else_it_is(register, two):
    from seloste.register.subjects.exporting import SOMEBODY_ELSE

    left, stayed = two
    found = gathered(register, left)
    held = [row for row in rows(found, "agreements") if row.get("kind") == "heat"]
    assert {row["subject_id"] for row in held} == {SOMEBODY_ELSE}
    assert rows(found, "households")[0]["head_id"] == SOMEBODY_ELSE
    assert stayed not in named(found)


def test_it_is_recorded_as_an_opening(register, two):
    left, _ = two
    before = register.one(
        "SELECT count(*) FROM register.event WHERE kind = 'subjects.read' AND way = 'opened'"
    )[0]
    gathered(register, left)
    opened = register.all(
        "SELECT e.login, e.categories FROM register.event e JOIN register.event_subject s ON s.event_id = e.id"
        " WHERE s.subject_id = %s AND e.kind = 'subjects.read' AND e.way = 'opened' ORDER BY e.at DESC, e.id DESC LIMIT 4",
        left,
    )
    assert any({"address", "hetu", "previous_names"} <= set(categories) for _, categories in opened)
    assert {login for login, _ in opened} == {"rights@all"}
    after = register.one(
        "SELECT count(*) FROM register.event WHERE kind = 'subjects.read' AND way = 'opened'"
    )[0]
    assert after > before
    assert register.last_event()[0] == "subjects.export"


def test_superseded_facts_are_held_too(register):
    from seloste.register.lawfulness.operations import lift_ban, set_ban

    subject = register.customer()
    with register.acting("service"):
        set_ban(subject, "email", at=NOW - DAY)
        lift_ban(subject, "email", at=NOW)
    assert [row["superseded_at"] is None for row in rows(gathered(register, subject), "bans")] == [
        False,
        True,
    ]


def test_all_capacities_and_both_sides_are_one_human_under_rights_alone(register):
    from seloste.register.subjects.exporting import export
    from seloste.register.subjects.operations import record_hetu
    from seloste.register.subjects.ties import tie_persona

    code = register.hetu()
    consumer, contact, beyond = register.customer(), register.customer(), register.customer(GRID, GRID)
    for subject, company in ((consumer, "vera"), (beyond, GRID)):
        with register.acting("identification", company=company):
            record_hetu(subject, code)
    with register.acting("agreements"):
        tie_persona(contact, consumer, "representative", at=NOW - DAY)
    found = gathered(register, contact)
    assert {(each.subject_id, each.side) for each in found.records} == {
        (consumer, SELLER), (contact, SELLER), (beyond, GRID),
    }  # fmt: skip
    with register.acting("agreements"):
        assert {each.subject_id for each in export(contact, at=NOW).records} == {consumer, contact}


def test_what_would_tip_somebody_off_is_withheld_and_says_so_to_everybody(register):
    from seloste.register.subjects.handing_out import as_page

    watched, other = register.customer(), register.customer()
    register.admin.execute(
        "INSERT INTO register.case_file (subject_id, category, kind, opened_at) VALUES (%s, 'misuse_case', 'case', now())",
        [watched],
    )
    told = [
        {
            each.category: (each.withheld, each.rows)
            for each in gathered(register, subject).records[0].categories
        }
        for subject in (watched, other)
    ]
    for each in told:
        assert each["misuse_cases"] == ("Tietosuojalaki 34 §", ())
    assert rows(gathered(register, watched, whole=True), "misuse_cases")
    assert "Tietosuojalaki 34 §" in as_page(gathered(register, watched), "sv")


# everything


COUNT = itertools.count(1)
UNTOLD = {
    "search_token": "made of values that are told",
    "data_key": "what is sealed under it is told opened",
    "event_subject": "told as look-ups, without the names of staff",
}
"""Tables of which no row is told, and why."""
NO_VALUES = {"ciphertext", "blind_index", "blind_index_even", "data_key_id", "document"}
"""Columns that are told opened, or by which one is found."""
NEVER = {"superseded_at", "agreement_invoicing.contact_point_id"}
"""What the database lets nobody write of a row that is added, or not beside the other columns."""
SPELT = {
    "side": SELLER,
    "controller": "vera",
    "country": "FI",
    "language": "fi",
    "business_id.value": "{:07}-1",
    "contact_point[phone].value": "+358489000999",
    "contact_point[email].value": "kanaria@posti.example",
    "confirmed_reason": "call:1",
    "receivable.reference": "1{:06}",
    "restriction.purposes": "{{}}",
    "idempotency.key": "kanaria-{}",
    "source_row.state": "refused",
    "source_row.reason": "wrong_value",
    "source_correction.state": "confirmed",
    "source_claim.state": "settled",
}
"""Values of columns and of single places that are not spelt freely."""


def filled(register, subject):
    """A row of each place that the notice claims of a subject, with a value of its own in each column that takes one.

    What is sealed is kept by the operations; the other rows are the administrator's, without keys to other rows
    being asked. Shape: place to its key and values.
    """
    sealed = kept_sealed(register, subject)
    made = {"subject": (subject, row_of(register, "subject", subject))}
    register.admin.execute("SET session_replication_role = replica")
    try:
        for category in read_notice(NOTICE).categories.values():
            for place, columns in (category.held_in or {}).items():
                table = place.partition("[")[0]
                if "data_key_id" in columns:
                    [key] = register.one(
                        f"SELECT max(id) FROM register.{table} WHERE subject_id = %s", subject
                    )
                    made[place] = key, row_of(register, table, key)
                elif "subject_id" in columns and table not in UNTOLD:
                    made[place] = planted(register, place, subject, sealed.get(place))
    finally:
        register.admin.execute("RESET session_replication_role")
    return made


def kept_sealed(register, subject):
    """Keeps a code, an address of e-invoices and a confirmation; gives what systems say of the code, sealed."""
    from seloste.register.agreements.operations import Terms, open_agreement, record_e_invoice_address
    from seloste.register.sources.standings import Sealed
    from seloste.register.subjects.operations import record_hetu

    with register.acting("identification"):
        record_hetu(subject, register.hetu())
    with register.acting("agreements"):
        record_e_invoice_address(subject, "FI37 1590 3000 0007 76", "DABAFIHH")
        open_agreement(subject, Terms(None, "vera", "service"), requested_at=NOW, valid_from=NOW)
    with register.acting("upkeep", role="data_engineer"):
        sealing = Sealed(SELLER, (), ())
        sealing.make([subject], "hetu")
        return {
            f"{table}[hetu]": sealing.seal(subject, "hetu", {"value": f"kanaria {table}"}, table)
            for table in ("source_claim", "source_correction")
        }


def row_of(register, table, key):
    return register.one(f"SELECT to_jsonb(t) FROM register.{table} t WHERE id = %s", key)[0]


def planted(register, place, subject, sealed=None):
    table, _, row = place.rstrip("]").partition("[")
    known = register.all(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum",
        f"register.{table}",
    )
    checks = " ".join(
        text
        for (text,) in register.all(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
            f"register.{table}",
        )
    )
    told = {}
    for number, (column, kind) in enumerate(known):
        words = re.search(rf"\(?{column} = ANY \(ARRAY\['([^']*)'::text", checks)
        at = NOW - timedelta(days=90) + timedelta(hours=number)
        if column == "subject_id":
            told[column] = subject
        elif column == "category":
            told[column] = row
        elif column == "ciphertext" and sealed:
            told[column] = sealed
        elif (
            {column, f"{table}.{column}"} & NEVER
            or column in NO_VALUES
            or (sealed and column in {"value", "as_given", "before"})
        ):
            continue
        elif spelt := next(
            (SPELT[s] for s in (f"{place}.{column}", f"{table}.{column}", column) if s in SPELT), None
        ):
            told[column] = spelt.format(next(COUNT))
        elif words:
            told[column] = words[1]
        elif kind != "bit":
            told[column] = CANARIES[kind](next(COUNT), at)
    columns, values = ", ".join(f'"{c}"' for c in told), ", ".join(["%s"] * len(told))
    [key] = register.one(
        f"INSERT INTO register.{table} ({columns}) VALUES ({values}) RETURNING id", *told.values()
    )
    return key, row_of(register, table, key)


SEALED_CLAIMS = {"source_claim[hetu]", "source_correction[hetu]"}
CANARIES = {
    "text": lambda number, _: f"kanaria {number}",
    "uuid": lambda *_: uuid4(),
    "text[]": lambda number, _: [f"kanaria {number}"],
    "jsonb": lambda number, _: Jsonb({"kanaria": number}),
    "boolean": lambda _number, _at: True,
    "bigint": lambda number, _: 7_000_000 + number,
    "integer": lambda number, _: 7_000_000 + number,
    "smallint": lambda number, _: number,
    "date": lambda _, at: at.date(),
    "timestamp with time zone": lambda _, at: at,
}
"""A value that stands nowhere else, of each type."""


def test_whatever_the_notice_claims_of_somebody_is_in_it(register):
    """A canary in each claimed column: one that the file lacks, or that was planted nowhere, is named.

    Sealed values of what systems say were left out of the export: this failed then.
    """
    from seloste.register.protection.held import whom
    from seloste.register.protection.see import CANNOT_BE_OPENED
    from seloste.register.subjects.exporting import SOMEBODY_ELSE

    subject = register.customer(given="Kanaria")
    made = filled(register, subject)
    found = gathered(register, subject, whole=True)
    told = {
        (kept.category, row.table, row.values["id"]): row.values
        for record in found.records
        for kept in record.categories
        for row in kept.rows
    }
    missing, unplanted = [], []
    for name, category in read_notice(NOTICE).categories.items():
        claimed = (category.held_in or {}) if name not in found.unread else {}
        for place in claimed.keys() & made.keys():
            table = place.partition("[")[0]
            key, values = made[place]
            row = told.get((name, table, key), {})
            for column in set(claimed[place]) - NO_VALUES - {"superseded_at"}:
                if (
                    values[column] is None
                    and f"{table}.{column}" not in NEVER
                    and place not in SEALED_CLAIMS
                    and place != "subject"
                ):
                    unplanted.append(f"{place}.{column}")
                if row.get(column) != values[column] and not (
                    row.get(column) == SOMEBODY_ELSE and column in whom(table)
                ):
                    missing.append(f"{name}: {place}.{column}")
            if "data_key_id" in values or place in SEALED_CLAIMS:
                assert row.get(name) not in {None, "", CANNOT_BE_OPENED}, place
    assert (missing, unplanted) == ([], [])


def test_somebody_unseen_and_nobody_are_answered_alike(register):
    from seloste.register.subjects.exporting import export
    from seloste.register.subjects.queries import UnknownSubject

    unseen, told = register.person(), []
    for subject in (unseen, 10**9):
        with register.acting("agreements"), pytest.raises(UnknownSubject) as refused:
            export(subject, at=NOW)
        told.append(str(refused.value))
    assert told[0] == told[1]


def test_every_category_about_subjects_is_read_for_whoever_asks(register):
    """Else what is handed out would lack it: the example's purpose of rights names every one."""
    assert gathered(register, register.customer()).unread == ()


def test_a_spreadsheet_works_nothing_out_and_links_nowhere(register):
    """Read as the XML that it is: no formula, no link, and a first character that a CSV of it would not obey."""
    from seloste.register.subjects.handing_out import as_workbook

    names = ("=1+1", "+SUM(A1)", "-2", "@x", '=HYPERLINK("http://a.example")')
    for name in names:
        book = zipfile.ZipFile(
            io.BytesIO(as_workbook(gathered(register, register.customer(family=name)), "en"))
        )
        sheet, strings = (
            book.read("xl/worksheets/sheet1.xml").decode(),
            book.read("xl/sharedStrings.xml").decode(),
        )
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert f">{name[0]}" not in strings
        assert ">'" + name[:2].replace('"', "&quot;") in strings


def test_a_person_reads_words_and_not_the_names_of_columns(register):
    """Every column that the notice claims of somebody has a name in each language; companies and purposes have their own."""
    from seloste.register.subjects.handing_out import INTERNAL, as_page, as_workbook
    from seloste.register.subjects.headings import FIELDS

    claimed = {
        column
        for category in read_notice(NOTICE).categories.values()
        for place, columns in (category.held_in or {}).items()
        if "subject_id" in columns and place.partition("[")[0] not in UNTOLD
        for column in columns
    }
    assert claimed - INTERNAL - NO_VALUES - set(FIELDS) == set()
    assert all(set(words) == {"fi", "sv", "en"} and all(words.values()) for words in FIELDS.values())
    found = gathered(register, register.customer())
    for lang, words in (
        ("fi", ("Sopimukset", "etunimet", "6 vuotta", "Säilytysluokka", "Vera Oy")),
        ("sv", ("Avtal", "förnamn", "6 år", "Bevarandeklass", "Vera Oy")),
    ):
        book = zipfile.ZipFile(io.BytesIO(as_workbook(found, lang)))
        for told in (book.read("xl/sharedStrings.xml").decode(), as_page(found, lang)):
            assert [word for word in words if word not in told] == []
            assert not {"given_names", "agreement_period", "P6Y", "valid_from"} & set(
                re.findall(r"\w+", told)
            )


def test_a_page_shows_words_and_runs_nothing(register):
    from seloste.register.subjects.handing_out import as_page

    subject = register.customer(family="<script>alert(1)</script>")
    page = as_page(gathered(register, subject), "en")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page


def test_a_table_that_is_claimed_tomorrow_is_in_it(register):
    """Nothing of it is known to the program: the notice's line alone brings it in. One that is not read is named."""
    from seloste.policy.apply import apply
    from seloste.register.protection.backend import logins

    new = "".join(
        f"  {name}:\n    name: {{fi: {name}}}\n    subject_groups: [consumer]\n    retention: customership\n"
        f"    held_in: {{{name}: [id, subject_id, size]}}\n"
        for name in ("shoe_size", "hat_size")
    )
    text = NOTICE.read_text().replace("  housing_form:\n", f"{new}  housing_form:\n", 1)
    text = re.sub(r"(  rights:\n(?:    .*\n)*?    categories: \[)", r"\1shoe_size, ", text)
    owner = register.cluster.dsn(register.cluster.role("owner"))
    with psycopg.connect(owner, autocommit=True) as connection:
        for name in ("shoe_size", "hat_size"):
            connection.execute(
                f"CREATE TABLE register.{name} (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
                " subject_id bigint NOT NULL, size integer)"
            )
    apply(register.cluster, read_notice(text.encode()))
    logins.forget()
    subject = register.customer()
    register.admin.execute("INSERT INTO register.shoe_size (subject_id, size) VALUES (%s, 43)", [subject])
    found = gathered(register, subject)
    assert [row["size"] for row in rows(found, "shoe_size")] == [43]
    assert found.unread == ("hat_size",)
