"""`check`, `notice schema`, `policy sql`: what needs no database."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from .conftest import NEW, OLD, Commands

FINDINGS = {
    "type": "object",
    "required": ["findings", "not_judged"],
    "properties": {
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["check", "severity", "article", "line", "message"],
                "additionalProperties": False,
                "properties": {
                    "check": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]+$"},
                    "severity": {"enum": ["error", "warning", "info"]},
                    "article": {"type": ["string", "null"]},
                    "line": {"type": "integer", "minimum": 1},
                    "message": {"type": "string", "minLength": 1},
                },
            },
        },
        "not_judged": {"type": "array"},
    },
}


def test_the_notice_of_2018_is_answered_with_its_faults(seloste: Commands) -> None:
    answer = seloste("check", OLD, "--format", "json")
    assert answer.code == 1
    jsonschema.validate(answer.json, FINDINGS)
    assert len({each["check"] for each in answer.json["findings"]}) >= 12


def test_the_notice_of_2026_is_clean(seloste: Commands) -> None:
    answer = seloste("check", NEW, "--format", "json")
    assert answer.code == 0
    jsonschema.validate(answer.json, FINDINGS)
    assert {each["severity"] for each in answer.json["findings"]} <= {"info"}


def test_one_day_makes_one_finding(seloste: Commands) -> None:
    before = seloste("check", OLD, "--at", "2020-07-15", "--format", "json").json["findings"]
    after = seloste("check", OLD, "--at", "2020-07-16", "--format", "json").json["findings"]
    more = [each for each in after if each not in before]
    assert len(more) == 1
    assert [each for each in before if each not in after] == []


@pytest.mark.parametrize(("lang", "word"), [("fi", "virhe"), ("sv", "fel"), ("en", "error")])
def test_findings_are_told_in_three_languages(seloste: Commands, lang: str, word: str) -> None:
    answer = seloste("check", OLD, "--lang", lang)
    assert word in answer.out
    assert max(map(len, answer.out.splitlines())) <= 100


def test_a_check_is_explained(seloste: Commands) -> None:
    name = seloste("check", OLD, "--format", "json").json["findings"][0]["check"]
    assert name in seloste("check", "--explain", name).out
    assert seloste("check", "--explain", "NO_SUCH").code == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00n", b"notice: [", b"notice:\n  kye: x\n", b"a: &a 1\nb: *a\n", bytes(range(256)) * 8],
    ids=["empty", "utf-16", "not yaml", "unknown key", "alias", "binary"],
)
def test_what_is_no_notice_is_refused_with_its_place(
    seloste: Commands, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    answer = seloste("check", file, "--format", "json")
    assert answer.code == 2
    assert answer.json["error"]["rule"] == "unreadable_notice"
    assert {"line", "column", "message"} <= answer.json["error"].keys()
    told = seloste("check", file)
    assert told.code == 2
    assert told.out == ""
    assert "Traceback" not in told.err


def test_a_missing_file_is_unreadable(seloste: Commands) -> None:
    assert seloste("check", "/no/such.yaml").code == 2
    assert seloste("check").code == 2
    assert seloste("check", OLD, "--at", "yesterday").code == 2


def test_the_schema_is_json_schema(seloste: Commands) -> None:
    answer = seloste("notice", "schema")
    assert answer.code == 0
    jsonschema.Draft202012Validator.check_schema(answer.json)
    assert seloste("notice", "schema", "--format", "json") == answer


def test_sql_needs_no_database_and_says_why_each_statement_is_there(seloste: Commands) -> None:
    answer = seloste("policy", "sql", NEW, "--database", "tables")
    assert answer.code == 0
    blocks = [block for block in answer.out.split("\n\n") if not block.strip().startswith("SET ROLE")]
    assert all(block.strip().startswith("--") for block in blocks)
    line = next(
        n for n, text in enumerate(NEW.read_text().splitlines(), 1) if text.strip() == "direct_marketing:"
    )
    assert f"(line {line})" in answer.out
    assert 'CREATE POLICY "direct_marketing@sahkolaitos select" ON register.contact_point' in answer.out
    assert 'SET ROLE "tables.engine"' in answer.out


def test_sql_is_told_to_programs_statement_by_statement(seloste: Commands) -> None:
    told = seloste("policy", "sql", NEW, "--database", "tables")
    answer = seloste("policy", "sql", NEW, "--database", "tables", "--format", "json")
    assert answer.code == 0
    assert answer.json.keys() == {"notice", "database", "statements"}
    assert answer.json["notice"] in told.out
    statements = answer.json["statements"]
    assert all(each.keys() == {"sql", "because", "line", "role"} for each in statements)
    assert {each["role"] for each in statements} == {"tables.owner", "tables.engine"}
    place = 0
    for each in statements:
        place = told.out.index(each["sql"] + ";\n", place) + len(each["sql"])


def test_a_faulty_notice_is_not_applied_and_says_why(seloste: Commands) -> None:
    answer = seloste("policy", "apply", OLD, "--format", "json")
    assert answer.code == 1
    assert answer.json["applied"] is False
    jsonschema.validate(answer.json, FINDINGS)
