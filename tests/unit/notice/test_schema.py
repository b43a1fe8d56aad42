"""The published JSON Schema knows the keys, answers and bounds of the reader."""

import json

import pytest
from jsonschema import Draft202012Validator

from seloste.notice import UnreadableNotice, read_notice
from seloste.notice.schema import json_schema

SCHEMA = json_schema()
VALID = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_every_part_is_described():
    assert [name for name, part in SCHEMA["$defs"].items() if not part.get("description")] == []
    assert SCHEMA["description"]


def test_keys_are_spelled_as_in_the_file():
    keys = {key for part in [SCHEMA, *SCHEMA["$defs"].values()] for key in part["properties"]}
    assert {"while", "key", "date"} <= keys
    assert not [key for key in keys if key.endswith("_")]


@pytest.mark.parametrize(
    "told",
    [
        {"purpose": {}},
        {"controllers": {"Big-Name": {"name": "A"}}},
        {"purposes": {"p": {"name": {"fi": "P"}, "marketing": "maybe"}}},
        {"purposes": {"p": {"name": {"fi": "P"}, "works_on": "set"}}},
        {"purposes": {"p": {"name": {"fi": "P"}, "session_minutes": 999}}},
        {"purposes": {"p": {}}},
        {"paper": {"kept": "perhaps"}},
        {"retention": {"r": {"period": "6 years"}}},
        {"rights": {"each": {"flight": {}}}},
        {"controllers": ["a"]},
        {"controllers": {"a": {}}},
        {"purposes": {"p": {"name": {"fi": "P"}, "controllers": "a"}}},
        {"purposes": {"p": {"name": {"fi": "P"}, "bases": [{"kind": "agreement"}]}}},
        {"purposes": {"p": {"name": {"fi": "P"}, "bases": [{"kind": "contract", "while_": "always"}]}}},
    ],
)
def test_schema_and_reader_refuse_the_same(told):
    told = {"notice": {"key": "a", "title": {"fi": "A"}}, **told}
    assert not VALID.is_valid(told)
    with pytest.raises(UnreadableNotice):
        read_notice(json.dumps(told).encode())


@pytest.mark.parametrize(
    "answer", ["yes", "no", "unresolved", True, False, {"answer": "yes", "evidence": ["Kyllä"]}]
)
def test_schema_and_reader_read_the_same_answers(answer):
    told = {"notice": {"key": "a", "title": {"fi": "A"}}, "paper": {"kept": answer}}
    assert VALID.is_valid(told)
    assert read_notice(json.dumps(told).encode()).paper.kept
