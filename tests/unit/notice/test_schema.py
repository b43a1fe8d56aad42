"""The JSON Schema sees in an editor what the reader sees, no less and no more."""

from __future__ import annotations

import copy
import datetime

import jsonschema
import pytest
from ruamel.yaml import YAML

from conftest import EXAMPLES, NOTICES
from seloste.notice import UnreadableNotice, read_notice
from seloste.notice.schema import json_schema

FOLDER = EXAMPLES / "tampereen-sahkolaitos"
FILES = [FOLDER / "2018.yaml", FOLDER / "2026.yaml", *sorted((NOTICES / "checks").glob("*/*.yaml"))]
SMALL = """\
notice: {key: small, title: {fi: Pieni}, in_force_from: 2026-01-01}
controllers: {water: {name: Lakeside Water}}
dpo: {designated: yes}
retention: {bills: {period: P6Y, open_list: no}}
purposes: {supply: {name: {fi: toimitus}, controllers: [water], bases: [{kind: contract, while: agreement}], session_minutes: 15}}
"""


@pytest.fixture(scope="module")
def schema():
    made = json_schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def as_an_editor(text, version):
    """The file as an editor's YAML reads it before it asks the schema: days are words there."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version

    def plain(value):
        if isinstance(value, dict):
            return {str(key): plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, datetime.date) else value

    return plain(yaml.load(text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_editor_accepts_what_the_reader_accepts(schema, path):
    wrong = list(schema.iter_errors(as_an_editor(path.read_text(), (1, 2))))
    assert [f"{error.json_path}: {error.message[:200]}" for error in wrong] == []


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
def test_yes_and_no_are_read_in_old_editors_too(schema, version):
    schema.validate(as_an_editor(SMALL, version))
    schema.validate(as_an_editor(SMALL.replace("designated: yes", "designated: unresolved"), version))
    schema.validate(
        as_an_editor(
            SMALL.replace("designated: yes", "designated: {answer: unresolved, evidence: [Ei]}"), version
        )
    )


BOTH_REFUSE = {
    "an unknown key": ("controllers: [water]", "controlers: [water]"),
    "an unknown key at the top": ("dpo:", "officer:"),
    "a list for a mapping": ("{water: {name: Lakeside Water}}", "[water]"),
    "words for a list": ("controllers: [water]", "controllers: water"),
    "a word that is not of the list": ("kind: contract", "kind: agreement"),
    "an answer that is none": ("designated: yes", "designated: perhaps"),
    "a flag that is none": ("open_list: no", "open_list: perhaps"),
    "a duration that is none": ("P6Y", "6 years"),
    "a number beyond its bounds": ("session_minutes: 15", "session_minutes: 1500"),
    "what must be there": ("{name: Lakeside Water}", "{}"),
    "a key with capitals": ("{supply: {name", "{Supply: {name"),
    "a name that only Python knows": ("while:", "while_:"),
}


@pytest.mark.parametrize("wrong", BOTH_REFUSE)
def test_an_editor_refuses_what_the_reader_refuses(schema, wrong):
    was, becomes = BOTH_REFUSE[wrong]
    assert was in SMALL
    text = SMALL.replace(was, becomes)
    assert not schema.is_valid(as_an_editor(text, (1, 2)))
    with pytest.raises(UnreadableNotice):
        read_notice(text.encode())


def test_every_term_and_field_of_a_purpose_is_described(schema):
    definitions = schema.schema["$defs"]
    assert {"Purpose", "Basis", "Category", "Retention", "Right", "Recipient", "Transfer"} <= set(definitions)
    assert [
        name
        for name, made in definitions.items()
        if made.get("type") == "object" and not made.get("description")
    ] == []


def test_the_schema_is_of_one_piece(schema):
    """No two calls differ, and nothing of it is shared with the models."""
    first = json_schema()
    changed = copy.deepcopy(first)
    changed["properties"].clear()
    assert json_schema() == first
