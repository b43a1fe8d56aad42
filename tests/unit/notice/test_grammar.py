"""What a notice may say, how its parts know their place, and what follows from its arrangement."""

from datetime import date

import pytest
from pydantic import BaseModel, ValidationError

from conftest import EXAMPLES
from seloste.kernel.periods import Duration
from seloste.notice import read_notice
from seloste.notice.parts import Part
from seloste.notice.whole import Notice

HEAD = "notice: {key: a, title: {fi: A}}\n"
MODULES = {"notice": "head", "dpo": "contact", "roles": "protection", "trainings": "protection"}
"""Terms that are told in the module of another."""


def read(text):
    return read_notice((HEAD + text).encode())


def part_of(annotation):
    """The part that a field holds, through its mapping, list, answer or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(part_of, getattr(annotation, "__args__", ()))), None)


def test_each_term_has_a_module_of_its_name():
    for term, field in Notice.model_fields.items():
        assert part_of(field.annotation).__module__ == f"seloste.notice.{MODULES.get(term, term)}"


def test_nearly_everything_may_be_missing():
    notice = read("")
    assert (notice.controllers, notice.purposes, notice.contact, notice.rights) == ({}, {}, None, None)
    assert notice.notice.in_force_from is None
    assert read("purposes: {p: {name: {en: P}}}").purposes["p"].bases == ()


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("unresolved", "unresolved"),
        ("true", "yes"),
        ("false", "no"),
        ("'no'", "no"),
    ],
)
def test_a_question_is_answered_in_one_word_or_with_its_evidence(word, answer):
    short = read(f"paper: {{kept: {word}}}").paper.kept
    long = read(f"paper:\n  kept:\n    answer: {word}\n    evidence: [Ei, Kyllä]\n").paper.kept
    assert (short.answer, short.evidence) == (answer, ())
    assert (long.answer, long.evidence) == (answer, ("Ei", "Kyllä"))
    assert (short.line, short.key) == (2, "kept")
    assert (long.line, long.line_of("answer"), long.line_of("evidence", 1)) == (3, 4, 5)


def test_an_answer_that_is_not_given_is_nobodys_yes():
    assert read("paper: {contents: [x]}").paper.kept is None
    assert read("paper: {kept: }").paper.kept is None


def test_yamls_own_ideas_never_meet_a_notice():
    notice = read(
        "controllers: {no: {name: no, business_id: 0153791-8, postcode: 00100, phone: 0x10, city: 1e3}}"
    )
    told = notice.controllers["no"]
    assert (told.name, told.business_id, told.postcode, told.phone, told.city) == (
        "no",
        "0153791-8",
        "00100",
        "0x10",
        "1e3",
    )


def test_a_wrong_check_digit_is_no_matter_of_reading():
    assert (
        read("controllers: {a: {name: A, business_id: 0153791-9}}").controllers["a"].business_id
        == "0153791-9"
    )


def test_values_are_read_as_what_they_are():
    notice = read(
        "retention: {r: {period: P6Y}}\n"
        "interests: {i: {name: {fi: I}, balancing_test: {date: 2025-01-31, review_by: 2027-01-31,"
        " on_lapse: alarm_with_grace, grace_days: 30}}}\n"
        "purposes: {p: {name: {fi: P}, marketing: yes, shared: no, session_minutes: 60,"
        " bases: [{kind: legal_obligation, while: receivable, tail: P6M}]}}\n"
    )
    assert notice.retention["r"].period == Duration(years=6)
    test = notice.interests["i"].balancing_test
    assert (test.date_, test.lapses_on()) == (date(2025, 1, 31), date(2027, 3, 2))
    purpose = notice.purposes["p"]
    assert (purpose.marketing, purpose.shared, purpose.session_minutes) == (True, False, 60)
    assert (purpose.bases[0].while_, purpose.bases[0].tail.sql) == ("receivable", "interval '6 months'")
    assert purpose.name.say("sv") is None


def test_a_test_lapses_when_it_should_be_reviewed():
    for on_lapse in ("stop", "stop_new"):
        text = f"interests: {{i: {{name: {{fi: I}}, balancing_test: {{review_by: 2027-01-31, on_lapse: {on_lapse}}}}}}}"
        assert read(text).interests["i"].balancing_test.lapses_on() == date(2027, 1, 31)
    assert (
        read("interests: {i: {name: {fi: I}, balancing_test: {}}}").interests["i"].balancing_test.lapses_on()
        is None
    )


def test_a_notice_is_frozen():
    notice = read("controllers: {a: {name: A}}")
    with pytest.raises(ValidationError, match="frozen"):
        notice.controllers["a"].name = "B"


def test_every_value_knows_its_line():
    notice = read(
        "categories:\n"  # 2
        "  c:\n"
        "    name: {fi: C}\n"
        "    held_in:\n"  # 5
        "      address: [id,\n"
        "        street]\n"
        "purposes:\n"  # 8
        "  p:\n"
        "    name:\n"
        "      fi: P\n"
        "    bases:\n"  # 12
        "      - kind: contract\n"
        "        tail: P6M\n"
        "      - {kind: consent}\n"
        "    categories: [c]\n"
    )
    category, purpose = notice.categories["c"], notice.purposes["p"]
    assert (category.key, category.line) == ("c", 3)
    assert category.line_of("held_in", "address", 1) == 7
    assert (purpose.line, purpose.name.line, purpose.name.line_of("fi")) == (9, 10, 11)
    assert [basis.line for basis in purpose.bases] == [13, 15]
    assert purpose.bases[0].line_of("tail") == 14
    assert purpose.line_of("bases", 0, "tail") == 14
    assert purpose.place_of("categories", 0) == (16, 18)
    # What is not given stands where the part does; what is given by halves, as far as it goes.
    assert (purpose.line_of("roles"), purpose.line_of("categories", 7)) == (9, 16)
    assert notice.line_of("purposes", "p", "name") == 10


@pytest.mark.parametrize("name", ["2018", "2026"])
def test_every_part_of_the_examples_knows_its_line(name):
    def walk(value):
        if isinstance(value, Part):
            yield value
            for field in type(value).model_fields:
                yield from walk(getattr(value, field))
        elif isinstance(value, dict | tuple):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from walk(inner)

    path = EXAMPLES / "tampereen-sahkolaitos" / f"{name}.yaml"
    notice = read_notice(path)
    parts = list(walk(notice))
    assert len(parts) > 100
    assert all(part.line for part in parts)
    lines = path.read_text().splitlines()
    for key, purpose in notice.purposes.items():
        assert lines[purpose.line - 1].strip().startswith(f"{key}:")
        assert (
            "controllers" not in purpose.model_fields_set
            or "controllers" in lines[purpose.line_of("controllers") - 1]
        )


# arrangement


THREE = "controllers: {sahko: {name: S}, vera: {name: V}, verkko: {name: N}}\n"


@pytest.mark.parametrize(
    ("arrangement", "sides"),
    [
        (
            "[{kind: joint, members: [sahko, vera]}, {kind: separate, members: [verkko]}]",
            {"sahko": ("sahko", "vera"), "verkko": ("verkko",)},
        ),
        ("[{kind: single, members: [sahko, verkko, vera]}]", {"sahko": ("sahko", "verkko", "vera")}),
        (
            "[{kind: separate, members: [sahko, vera, verkko]}]",
            {"sahko": ("sahko",), "vera": ("vera",), "verkko": ("verkko",)},
        ),
        # whom no arrangement names stands alone: silence joins nobody
        ("[{kind: joint, members: [vera, sahko]}]", {"vera": ("vera", "sahko"), "verkko": ("verkko",)}),
        ("[]", {"sahko": ("sahko",), "vera": ("vera",), "verkko": ("verkko",)}),
    ],
)
def test_the_arrangement_makes_the_sides(arrangement, sides):
    notice = read(THREE + f"arrangement: {arrangement}")
    assert notice.sides() == sides
    for side, members in sides.items():
        assert {notice.side_of(member) for member in members} == {side}


def test_a_controller_that_is_not_declared_stands_on_no_side():
    with pytest.raises(KeyError):
        read(THREE).side_of("other")
