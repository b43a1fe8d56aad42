"""Bad files are refused with what is wrong and where, and never with what stood there; bad rows wait alone."""

from __future__ import annotations

import zipfile

import pytest
import xlsxwriter

from conftest import EXAMPLES
from seloste.project.declared import declared_tables

declared_tables()

from seloste.connectors.files.mapping import UnreadableMapping, read_mapping  # noqa: E402 - models want Django
from seloste.connectors.files.source import FileSource, NoSuchFeed  # noqa: E402
from seloste.kernel.neutral import harmless  # noqa: E402
from seloste.register.agreements.sink import TAKES as AGREEMENTS  # noqa: E402
from seloste.register.billing.sink import TAKES as BILLING  # noqa: E402
from seloste.register.lawfulness.sink import TAKES as BANS  # noqa: E402
from seloste.register.sources.port import (  # noqa: E402
    CannotBeWritten,
    Correction,
    NotReadableSource,
    Record,
    Refused,
    takes,
)
from seloste.register.subjects.sink import TAKES as SUBJECTS  # noqa: E402

TAKES = {**takes(), **SUBJECTS, **AGREEMENTS, **BILLING, **BANS}
MAPPING = """
system: generis
controller: vera
feeds:
  people:
    name: {{fi: Ihmiset, en: People}}
    format: {format}
    encoding: {encoding}
    delimiter: "{delimiter}"
    key_column: Nro
    columns:
      Sukunimi: {{category: name, field: family_name, required: yes}}
      Puhelin: {{category: phone, field: value}}
      Hetu: {{category: hetu, field: value}}
      Alkaa: {{category: agreements, field: valid_from}}
      Sopimus: {{category: agreements, field: number}}
      Summa: {{category: receivables, field: amount}}
      Lasku: {{category: receivables, field: number}}
      Erä: {{category: receivables, field: due}}
    constants:
      - {{category: name, field: kind, value: person}}
      - {{category: agreements, field: kind, value: sale}}
    ignored: [Muistio]
"""
COLUMNS = ["Nro", "Sukunimi", "Puhelin", "Hetu", "Alkaa", "Sopimus", "Summa", "Lasku", "Erä", "Muistio"]
HEADER = ";".join(COLUMNS)
GOOD = "7;Mäkelä;040 123 4567;;1.2.2026;S1;1 234,50;L1;31.3.2026;hei"
CANARY = "Salainen-Sukunimi"


@pytest.fixture
def source(tmp_path):
    def made(content, *, form="csv", encoding="utf-8", delimiter=";"):
        mapping, file = tmp_path / "generis.yaml", tmp_path / "people"
        mapping.write_text(MAPPING.format(format=form, encoding=encoding, delimiter=delimiter))
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return FileSource(read_mapping(mapping, TAKES), TAKES, {"people": file})

    return made


def rows(source, after=None):
    return [row for row, _ in source.pull("people", after)]


def test_a_row_is_read_whole_each_value_as_kept_and_as_given(source):
    [row] = rows(source(f"{HEADER}\n{GOOD}\n"))
    assert isinstance(row, Record)
    assert (row.number, row.key) == (2, "7")
    told = {value.category: (dict(value.fields), dict(value.as_given)) for value in row.values}
    assert told == {
        "name": ({"family_name": "Mäkelä", "kind": "person"}, {}),
        "phone": ({"value": "+358401234567"}, {"value": "040 123 4567"}),
        "agreements": (
            {"number": "S1", "kind": "sale", "valid_from": "2026-01-31T22:00:00+00:00", "controller": "vera"},
            {"valid_from": "1.2.2026"},
        ),
        "receivables": (
            {"number": "L1", "amount": 123450, "due": "2026-03-30T21:00:00+00:00", "controller": "vera"},
            {"amount": "1 234,50", "due": "31.3.2026"},
        ),
    }


@pytest.mark.parametrize(
    "raw",
    [
        f"{HEADER}\n{GOOD}\n".encode("utf-8-sig"),
        f"{HEADER}\r\n{GOOD}\r\n".encode(),
        f"{HEADER}\n{GOOD}".encode(),
        f"\n{HEADER}\n\n{GOOD}\n\n".encode(),
        (HEADER + "\n" + GOOD.replace("Mäkelä", '"Mäkelä"') + "\n").encode(),
    ],
    ids=["byte order mark", "CRLF", "no end of line", "empty lines", "quotes"],
)
def test_what_is_only_written_otherwise_is_read_alike(source, raw):
    [row] = rows(source(raw))
    assert isinstance(row, Record)
    assert row.values[0].fields["family_name"] == "Mäkelä"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_a_declared_encoding_is_read(source, encoding):
    [row] = rows(source(f"{HEADER}\n{GOOD}\n", encoding=encoding))
    assert row.values[0].fields["family_name"] == "Mäkelä"


BAD = {
    "Latin-1 read as UTF-8": (f"{HEADER}\n{GOOD}\n".encode("latin-1"), "is not utf-8", {}),
    "Latin-1 in the 5,000th line": (
        (f"{HEADER}\n" + "1;A;;;;;;;;\n" * 5000).encode() + GOOD.encode("latin-1"),
        "is not utf-8",
        {},
    ),
    "UTF-16 read as UTF-8": (f"{HEADER}\n{GOOD}\n".encode("utf-16"), "in utf-16 and its mapping says utf-8", {}),
    "UTF-16 without its mark": (f"{HEADER}\n{GOOD}\n".encode("utf-16-le"), "NUL characters", {}),
    "UTF-8 read as UTF-16": (f"{HEADER}\n{GOOD}\n".encode(), "does not begin as UTF-16", {"encoding": "utf-16"}),
    "UTF-8 read as Latin-1": (f"{HEADER}\n{GOOD}\n".encode(), "in utf-8 and its mapping says latin-1", {"encoding": "latin-1"}),
    "commas read as semicolons": (
        ",".join(COLUMNS) + "\n" + GOOD.replace(";", ",") + "\n",
        "parted by ',' and the mapping says ';'",
        {},
    ),
    "tabs read as semicolons": ("\t".join(COLUMNS) + "\n", "parted by 'tab'", {}),
    "no header": (f"{GOOD.replace('Mäkelä', CANARY)}\n{GOOD}\n", "header is missing", {}),
    "a column that is not known": (f"{HEADER.replace('Sukunimi', 'Sukunimet')}\n", "did you mean 'Sukunimi'", {}),
    "a column that is missing": (f"{HEADER.replace(';Erä', '')}\n", "the column 'Erä' is missing", {}),
    "a column twice": (f"{HEADER};Nro\n", "names Nro twice", {}),
    "nothing": ("", "the file is empty", {}),
    "a quote that is not closed": (f'{HEADER}\n1;"{CANARY};;;;;;;;\n' + f"{GOOD}\n" * 30, "quote that opens on line 2", {}),
    "the end within a quote": (f'{HEADER}\n1;"{CANARY};;;;', "it was cut", {}),
    "a quote within a cell": (f'{HEADER}\n1;"{CANARY}"x;;;;;;;;\n', "a quote stands within a cell", {}),
    "a cell without end": (f"{HEADER}\n1;{'x' * 30_000};;;;;;;;\n", "more than 20000 characters", {}),
    "a workbook": (b"PK\x03\x04" + bytes(100), "is a workbook", {}),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_with_what_is_wrong_and_where(source, what):
    content, told, how = BAD[what]
    with pytest.raises(NotReadableSource, match=told.replace("(", r"\(")) as refused:
        rows(source(content, **how))
    assert CANARY not in str(refused.value)


ROWS = {
    "a row that was cut": (GOOD[:20], "too_few_cells", None),
    "a row with a cell too many": (GOOD + ";x", "too_many_cells", None),
    "no key": (GOOD[1:], "cell_missing", "Nro"),
    "no name": (GOOD.replace("Mäkelä", " "), "cell_missing", "Sukunimi"),
    "a formula": (GOOD.replace("Mäkelä", "=HYPERLINK(1)"), "formula", "Sukunimi"),
    "a formula that begins with a plus": (GOOD.replace("Mäkelä", "+A1"), "formula", "Sukunimi"),
    "a formula where a date stands": (GOOD.replace("1.2.2026", "=TODAY()"), "formula", "Alkaa"),
    "a number that is none": (GOOD.replace("040 123 4567", "soita"), "not_a_phone_number", "Puhelin"),
    "a day that is none": (GOOD.replace("1.2.2026", "30.2.2026"), "not_a_day", "Alkaa"),
    "a day written otherwise": (GOOD.replace("1.2.2026", "2026-02-01"), "not_a_day", "Alkaa"),
    "an amount written otherwise": (GOOD.replace("1 234,50", "1,234.50"), "not_an_amount", "Summa"),
    "an agreement without a start": (GOOD.replace("1.2.2026", ""), "cell_missing", "Alkaa"),
    "a code that fails": (GOOD.replace("4567;", "4567;010190-9000"), "not_a_hetu", "Hetu"),
}


@pytest.mark.parametrize("what", ROWS)
def test_a_bad_row_is_refused_alone_with_its_line_and_column(source, what):
    line, reason, column = ROWS[what]
    good, bad, _ = rows(source(f"{HEADER}\n{GOOD}\n{line}\n{GOOD}\n"))
    assert isinstance(good, Record)
    assert isinstance(bad, Refused)
    assert (bad.number, bad.reason, bad.field) == (3, reason, column)


def test_of_which_category_each_cell_is_is_told_when_a_row_is_refused(source):
    """So that what the notice keeps sealed waits sealed, whichever category that is."""
    read = source(f"{HEADER}\n{GOOD.replace('4567;', '4567;010190-9000')}\n{GOOD[:20]}\n")
    told, cut = rows(read)
    assert told.categories["Hetu"] == "hetu"
    assert cut.categories is None, "cells of a row that was cut may stand under another name"


def test_reading_goes_on_after_a_line(source):
    read = source(f"{HEADER}\n" + "\n".join(f"{n};A;;;;;;;;" for n in range(5)) + "\n")
    assert [row.key for row in rows(read, after="4")] == ["3", "4"]


def test_a_row_is_read_anew_from_its_cells(source):
    read = source(f"{HEADER}\n{GOOD.replace('1.2.2026', '30.2.2026')}\n{GOOD[:20]}\n")
    wrong, cut = rows(read)
    assert isinstance(read.reread("people", 2, wrong.given), Refused)
    mended = read.reread("people", 2, {**wrong.given, "Alkaa": "28.2.2026"})
    assert isinstance(mended, Record)
    assert isinstance(read.reread("people", 3, cut.given), Refused), (
        "a cut row is not made whole by reading it again"
    )


def workbook(path, *lines, sheet="Taul1", **options):
    with xlsxwriter.Workbook(path, options) as book:
        page = book.add_worksheet(sheet)
        for number, line in enumerate(lines):
            page.write_row(number, 0, line)
    return path.read_bytes()


CELLS = [7, "Mäkelä", "040 123 4567", "", "1.2.2026", "S1", 1234.5, "L1", "31.3.2026", True]


def test_a_workbook_is_read_as_the_same_csv(source, tmp_path):
    [row] = rows(source(workbook(tmp_path / "x", COLUMNS, CELLS), form="xlsx"))
    [same] = rows(source(f"{HEADER}\n{GOOD.replace('1 234,50', '1234,5')}\n"))
    assert row == same


def test_dates_of_a_workbook_are_days(source, tmp_path):
    from datetime import date

    path = tmp_path / "x"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, COLUMNS)
        page.write_row(1, 0, CELLS)
        page.write_datetime(1, 4, date(2026, 2, 1), book.add_format({"num_format": "dd.mm.yyyy"}))
    [row] = rows(source(path.read_bytes(), form="xlsx"))
    [agreement] = [value for value in row.values if value.category == "agreements"]
    assert agreement.fields["valid_from"] == "2026-01-31T22:00:00+00:00"


def test_a_formula_in_a_workbook_is_refused_with_its_cell(source, tmp_path):
    path = tmp_path / "x"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, COLUMNS)
        page.write_row(1, 0, CELLS)
        page.write_formula(1, 6, "=1+1", None, 2)
    with pytest.raises(NotReadableSource, match="cell G2 is a formula"):
        rows(source(path.read_bytes(), form="xlsx"))


def bomb(path, claimed=None):
    """A workbook whose sheet is 300 MB of one byte; `claimed`: what its directory says it is."""
    workbook(path, COLUMNS)
    packed = path.with_suffix(".bomb")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for part in book.infolist():
            if part.filename == "xl/worksheets/sheet1.xml":
                with made.open(part.filename, "w", force_zip64=True) as sheet:
                    for _ in range(300):
                        sheet.write(b" " * 1_000_000)
            else:
                made.writestr(part.filename, book.read(part.filename))
    raw = bytearray(packed.read_bytes())
    if claimed is not None:
        size = (300_000_000).to_bytes(4, "little")
        while (place := raw.find(size)) >= 0:
            raw[place : place + 4] = claimed.to_bytes(4, "little")
    return bytes(raw)


@pytest.mark.parametrize("claimed", [None, 1000], ids=["that says so", "that lies"])
def test_a_zip_bomb_is_not_unpacked(source, tmp_path, claimed):
    with pytest.raises(NotReadableSource, match=r"unpacks to more than 200 MB|is damaged"):
        rows(source(bomb(tmp_path / "x", claimed), form="xlsx"))


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 cut", b"Nro;Sukunimi\n", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_workbook_is_refused(source, raw):
    with pytest.raises(NotReadableSource, match="no xlsx workbook"):
        rows(source(raw, form="xlsx"))


WRONG = {
    "Sukunimi: {{category: name, field": (
        "Sukunimi: {{category: nimi, field",
        "line 12.*no 'nimi' can be brought",
    ),
    "field: family_name": ("field: family_names", "line 12.*did you mean 'family_name'"),
    "key_column: Nro": ("key_colum: Nro", "line 10.*did you mean 'key_column'"),
    "value: person": ("value: persona", "did you mean 'person'"),
    "      Alkaa: {{category: agreements, field: valid_from}}\n": ("", "never brought without valid_from"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_mapping_is_read_as_strictly_as_a_notice(tmp_path, what):
    text, told = WRONG[what]
    path = tmp_path / "generis.yaml"
    made = MAPPING.replace(what, text)
    assert made != MAPPING
    path.write_text(made.format(format="csv", encoding="utf-8", delimiter=";"))
    with pytest.raises(UnreadableMapping, match=told):
        read_mapping(path, TAKES)


def test_another_mapping_is_another_fingerprint_and_its_names_are_none(source, tmp_path):
    first = source(HEADER).fingerprint("people")
    assert source(HEADER).fingerprint("people") == first
    assert source(HEADER, delimiter=",").fingerprint("people")[1] != first[1]
    assert source(HEADER + "\n").fingerprint("people")[0] != first[0]
    with pytest.raises(NoSuchFeed, match="it has people"):
        source(HEADER).fingerprint("persons")


def test_an_export_cannot_be_written_to_and_says_so(source):
    described = source(HEADER).describe()
    assert "push" in described.cannot
    assert "push" not in described.can
    with pytest.raises(CannotBeWritten):
        source(HEADER).push(Correction("7", "name", "", {}))


@pytest.mark.parametrize(
    "path",
    # the hub speaks in messages, which need no mapping
    [
        each
        for each in sorted((EXAMPLES / "tampereen-sahkolaitos" / "sources").glob("*.yaml"))
        if each.stem != "datahub"
    ],
    ids=lambda p: p.stem,
)
def test_the_mappings_of_the_example_can_be_read_and_say_that_their_files_are_made_up(path):
    from seloste.notice import read_notice

    mapping = read_mapping(path, TAKES)
    notice = read_notice(EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml")
    assert mapping.system == path.stem
    assert mapping.system in notice.systems
    assert mapping.controller in notice.controllers
    assert "made up" in path.read_text()[:400]
    assert {
        c.category for feed in mapping.feeds.values() for c in feed.columns.values()
    } <= notice.categories.keys()


@pytest.mark.parametrize("cell", ["=1+1", "+358401", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_that_a_spreadsheet_would_work_out_is_shown(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(("cell", "shown"), [("Mäkelä", "Mäkelä"), (None, ""), (12, "12"), ("a=b", "a=b")])
def test_any_other_cell_is_as_it_is(cell, shown):
    assert harmless(cell) == shown
