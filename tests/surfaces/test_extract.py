"""`seloste extract`: a file that is there whole or not at all, and harmless to open."""

from __future__ import annotations

import csv
import stat

import pytest

from seloste.interfaces.cli import codes
from seloste.interfaces.cli.extracts import harmless, whole_file
from seloste.interfaces.cli.house import NotDone

LETTERS = ("extract", "marketing_letters", "--as", "marketer.sahkolaitos")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "letters.csv"


def test_letters_are_taken(register, reason, file):
    answer = register(*LETTERS, "--reason", reason("campaign"), "-o", file, "--format", "json")
    assert answer.code == 0, answer.err
    with file.open(newline="", encoding="utf-8") as opened:
        head, *lines = csv.reader(opened)
    assert head[:2] == ["subject_id", "subject.given_names"]
    assert answer.json == {
        "extract": "marketing_letters",
        "file": str(file),
        "subjects": len({line[0] for line in lines}),
        "lines": len(lines),
        "purpose": "direct_marketing",
    }
    assert len(lines) > 5
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_what_is_there_is_not_written_over(register, reason, file):
    file.write_text("mine")
    answer = register(*LETTERS, "--reason", reason("campaign"), "-o", file)
    assert answer.code == codes.NO
    assert file.read_text() == "mine"
    assert "is there already" in answer.err.replace(" \n", " ").replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("extract", "nothing", "--as", "marketer.sahkolaitos"), codes.REFUSED),
        (("extract", "marketing_letters", "--as", "customer_service.sahkolaitos"), codes.REFUSED),
    ],
)
def test_a_refused_extract_leaves_no_file(register, reason, file, arguments, code):
    answer = register(*arguments, "--reason", reason("campaign"), "-o", file)
    assert answer.code == code, answer.err
    assert list(file.parent.iterdir()) == []
    assert register(*LETTERS, "-o", file).code == codes.UNREADABLE, "no reason"


def test_a_part_of_a_file_never_has_its_name(file):
    """Whatever breaks off, and whoever else puts something there meanwhile."""
    with pytest.raises(ZeroDivisionError), whole_file(file) as out:
        out.write("half")
        assert not file.exists()
        raise ZeroDivisionError
    assert list(file.parent.iterdir()) == []
    with pytest.raises(NotDone), whole_file(file) as out:
        out.write("ours")
        file.write_text("theirs")
    assert [path.read_text() for path in file.parent.iterdir()] == ["theirs"]
    with pytest.raises(NotDone), whole_file(file.parent / "nowhere" / "x.csv"):
        pass


@pytest.mark.parametrize("cell", ["=1+1", "+358401234567", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_worked_out_by_a_spreadsheet(cell):
    assert harmless(cell) == "'" + cell


def test_other_cells_are_as_they_are():
    assert [harmless(value) for value in (None, 17, "Katu 1 = koti", "")] == ["", "17", "Katu 1 = koti", ""]
