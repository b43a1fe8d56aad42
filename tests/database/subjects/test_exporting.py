"""What is held about one human: all that the notice claims, of every record of theirs, and of nobody else."""

import io
import json
import re
import zipfile

import psycopg
import pytest

from seloste.kernel.addresses import postal
from seloste.kernel.names import person

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
        assert "048" not in told
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


def test_a_page_shows_words_and_runs_nothing(register):
    from seloste.register.subjects.handing_out import as_page

    subject = register.customer(family="<script>alert(1)</script>")
    page = as_page(gathered(register, subject), "en")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page


def test_a_table_that_is_claimed_tomorrow_is_in_it(register):
    """Nothing of it is known to the program: the notice's line alone brings it in. One that is not read is named."""
    from seloste.notice import read_notice
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
