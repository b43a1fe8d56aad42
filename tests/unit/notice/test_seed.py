"""The notice of 2018 holds every statement of the published text, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from pydantic import ValidationError

from conftest import SOAK
from seloste.notice import Notice, UnreadableNotice, read_notice
from seloste.notice.checks import check
from seloste.notice.parts import Answered
from seloste.notice.whole import refuse_dangling
from seloste.policy.compile import compile_policy, program
from seloste.policy.statements import literal
from seloste.project.declared import declared_tables
from unit.notice.seed import (
    EXAMPLES,
    FORM_WORDS,
    TEXT,
    fields,
    has_structure,
    headings,
    quoting,
    sentences,
    tree,
    walk,
    without,
)

DAY = date(2026, 1, 1)
EVERY = 1 if SOAK else 5
"""Of the fields that change the hash, each in the soak and one in five else is judged and compiled."""


@pytest.fixture(scope="module")
def seed():
    return read_notice(EXAMPLES / "2018.yaml")


def test_the_text_falls_into_sentences():
    told = sentences()
    assert len(told) > 60
    assert [s for s in told if s.endswith(("esim.", "(ml."))] == []
    assert len(set(told) & FORM_WORDS) == len(FORM_WORDS)
    assert sum(map(len, told)) / len(TEXT) > 0.8


def test_every_sentence_is_quoted(seed):
    quoted = {quote for _, part in quoting(seed) for quote in part.evidence}
    assert [sentence for sentence in sentences() if sentence not in quoted] == []


def test_a_quote_is_one_sentence_of_the_text(seed):
    known = {*sentences(), *headings()}
    assert [(at, q) for at, part in quoting(seed) for q in part.evidence if q not in known] == []


def test_every_sentence_stands_on_a_part_that_says_more_than_words(seed):
    structured = {quote for _, part in quoting(seed) if has_structure(part) for quote in part.evidence}
    prose = [sentence for sentence in sentences() if sentence not in structured]
    print(f"\nof {len(sentences())} sentences {len(prose)} stand on prose alone: {prose}")
    assert len(prose) <= len(sentences()) / 10


def test_form_words_are_evidence_of_answers(seed):
    answers = {quote for _, part in quoting(seed) if isinstance(part, Answered) for quote in part.evidence}
    assert answers >= FORM_WORDS - {"A)"}
    for at, part in quoting(seed):
        if not isinstance(part, Answered):
            assert not set(part.evidence) & (FORM_WORDS - {"A)"}), at
        elif {"Ei", "Kyllä"} <= set(part.evidence):
            assert part.answer == "unresolved", f"{at}: the form shows both choices and neither mark"


def test_nothing_is_invented(seed):
    assert [at for at, part in quoting(seed) if not part.evidence] == []


def test_names_and_numbers_stand_in_the_text(seed):
    """What is printed verbatim somewhere in the notice is printed in the text."""
    for controller in seed.controllers.values():
        assert controller.business_id in TEXT
    for field in ("person", "organisation", "street", "phone", "email"):
        assert getattr(seed.contact, field) in TEXT
    for system in seed.systems.values():
        assert system.name in TEXT
    for right in seed.rights.each.values():
        assert all(way in TEXT for way in right.ways)
    assert seed.notice.in_force_from == "unknown"


def test_the_employee_has_another_name(seed):
    assert seed.contact.person == "Maija Esimerkki"
    assert TEXT.count("Maija Esimerkki") == 1


def found(notice):
    """What is wrong with a notice, wherever it stands in the file."""
    return {(f.check, f.at, f.message("en")) for f in check(notice, DAY).findings}


def compiled(notice, tables):
    """What the database is told of a notice, its own text and hash apart."""
    sql = "".join(s.sql for s in program(compile_policy(notice, tables, "d", as_published=True)))
    return sql.replace(literal(notice.canonical()), "NOTICE").replace(notice.hash, "HASH")


def test_every_structured_field_means_something(seed):
    tables = declared_tables()
    whole, faults, sql = tree(EXAMPLES / "2018.yaml"), found(seed), compiled(seed, tables)
    refused = followed = 0
    silent, later = [], Counter()
    for number, path in enumerate(fields(whole)):
        try:
            less = Notice.model_validate(without(whole, path))
            refuse_dangling(less)
        except (UnreadableNotice, ValidationError):
            refused += 1
            continue
        if less.hash == seed.hash:
            silent.append(path)
        elif number % EVERY:
            continue
        elif found(less) != faults or compiled(less, tables) != sql:
            followed += 1
        else:
            later[path[0]] += 1
    print(f"\n{refused} fields cannot be left out, {followed} change findings or policy;")
    print(f"{later.total()} are for renderings of the notice: {dict(later)}")
    assert silent == []
    assert refused > 100
    assert followed * EVERY > 250


def test_the_walk_meets_every_part(seed):
    assert len(list(walk(seed))) > 150
