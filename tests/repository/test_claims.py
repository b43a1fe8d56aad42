"""Every column is claimed by a category of the notice, or readable by nobody: the test prints the line to paste."""

from collections import Counter

import pytest

from conftest import EXAMPLES
from seloste.notice import read_notice
from seloste.policy.compile import ColumnsDiffer, compile_policy
from seloste.policy.schema import Table, claims, unclaimed
from seloste.project.declared import declared_tables

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"


def line_to_paste(notice, table: str, column: str) -> str:
    """What to write in the notice so that the purposes of a category may use a column."""
    holding = Counter(claim for claim in claims(notice) if claim.table == table)
    told = f"register.{table}.{column} is claimed by no category, so nobody can read it."
    if not holding:
        return f"{told} Declare a category for it:\n  held_in: {{{table}: [id, subject_id, {column}]}}"
    lines = [
        f"  line {claim.line}, category {claim.category}:\n"
        f"    {claim.place}: [{', '.join([*claim.columns, column])}]"
        for claim in holding
    ]
    return f"{told} If it belongs to a category below, write there:\n" + "\n".join(lines)


def test_every_column_is_claimed():
    notice = read_notice(NOTICE)
    missing = list(unclaimed(notice, declared_tables()))
    assert not missing, "\n".join(line_to_paste(notice, *column) for column in missing)


def test_the_line_to_paste_is_told():
    notice = read_notice(NOTICE)
    tables = declared_tables()
    tables["housing_form"] = Table("housing_form", {**tables["housing_form"].columns, "made_up": "integer"})
    assert list(unclaimed(notice, tables)) == [("housing_form", "made_up")]
    assert "housing_form: [id, subject_id, form, made_up]" in line_to_paste(notice, "housing_form", "made_up")


def test_every_claim_names_a_column_that_there_is():
    tables = declared_tables()
    for claim in claims(read_notice(NOTICE)):
        for column in claim.columns:
            assert column in tables[claim.table].columns, (
                f"line {claim.line}: {claim.place} has no column {column}"
            )


def test_what_could_be_restricted_apart_lies_in_rows_of_its_own():
    """A second category on a table without `category` is refused, and the table named."""
    text = NOTICE.read_text().replace(
        "held_in: {housing_form: [id, subject_id, form]}", "held_in: {housing_form: [id, subject_id]}"
    )
    text = text.replace(
        "held_in: {business_id: [id, subject_id, side, value]}",
        "held_in: {business_id: [id, subject_id, side, value], housing_form: [form]}",
    )
    with pytest.raises(ColumnsDiffer, match="housing_form holds business_id, housing_form"):
        compile_policy(read_notice(text.encode()), declared_tables(), "x")
