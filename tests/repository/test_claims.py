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
        "housing_form: [id, subject_id, form]", "housing_form: [id, subject_id]"
    )
    text = text.replace(
        "      business_id: [id, subject_id, side, value]\n",
        "      business_id: [id, subject_id, side, value]\n      housing_form: [form]\n",
    )
    with pytest.raises(ColumnsDiffer, match="housing_form holds business_id, housing_form"):
        compile_policy(read_notice(text.encode()), declared_tables(), "x")


NOT_BY_SUBJECT = {
    "subject": "its names are emptied, as what the law keeps points at the row",
    "metering_point": "a point is nobody's; who had it stands in agreements",
    "product": "what a company offers is about nobody",
    "event": "evidence: keys and no values, and it ends by its own clock",
    "event_subject": "evidence: keys and no values, and it ends by its own clock",
    "staff": "staff are no subjects of this register",
    "staff_role": "staff are no subjects of this register",
    "training": "staff are no subjects of this register",
    "ledger_leaf": "digests: an event's place stays when its body goes",
    "ledger_disposal": "which bodies went by rule",
    "checkpoint": "digests, signed",
    "break_glass": "staff are no subjects of this register; evidence, it ends by its own clock",
    "alarm": "that an opening was told of; evidence, it ends by its own clock",
    "erasure": "what was erased stays known, so that it is erased again after a restore and not twice",
    "suppression": "a keyed hash, kept because its subject was erased",
    "key_version": "says nothing of anybody",
    "source_batch": "which bytes were pulled, and how far; no value of anybody",
    "source_step": "keys of rows that an import wrote; it goes after its days",
}
"""Tables that an erasure does not reach by their subject, and why that is right."""


def test_an_erasure_reaches_whatever_a_category_holds():
    """Rows go by the notice's claims: what a later table holds is erased with its class, or is named here."""
    from seloste.register.retention.operations import EVIDENCE

    tables = declared_tables()
    for claim in claims(read_notice(NOTICE)):
        by_subject = "subject_id" in tables[claim.table].columns and claim.table not in EVIDENCE
        assert by_subject != (claim.table in NOT_BY_SUBJECT), (
            f"line {claim.line}: {claim.place} has no subject_id, so an erasure of its class does not reach it"
        )


def test_a_sealed_value_and_its_key_go_with_one_class():
    """A category that holds sealed values holds its data keys too: its class takes both."""
    tables = declared_tables()
    for claim in claims(read_notice(NOTICE)):
        if "data_key_id" in tables[claim.table].columns:
            held = read_notice(NOTICE).categories[claim.category].held_in or {}
            assert f"data_key[{claim.category}]" in held, f"line {claim.line}: {claim.category} holds no keys"
