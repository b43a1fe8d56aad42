"""An editor that knows the JSON Schema accepts what the reader accepts, also with an older YAML."""

from __future__ import annotations

import datetime as dt

import jsonschema
import pytest
from ruamel.yaml import YAML

from conftest import EXAMPLES, NOTICES
from seloste.notice.schema import json_schema

FILES = [*EXAMPLES.glob("*/*.yaml"), *sorted((NOTICES / "checks").glob("*/*.yaml"))]
SMALL = """\
notice: {key: small, title: {fi: Pieni}, in_force_from: 2026-01-01}
dpo: {designated: yes}
paper: {kept: {answer: unresolved, evidence: [Ei, Kyllä]}}
retention: {bills: {period: P6Y, open_list: no, valid_from: 2026-01-01}}
"""


@pytest.fixture(scope="module")
def schema():
    made = json_schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def as_an_editor(text, version=(1, 2)):
    """The file as an editor's YAML reads it before it asks the schema: days are words there."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version

    def plain(value):
        if isinstance(value, dict):
            return {str(key): plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, dt.date) else value

    return plain(yaml.load(text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_editor_accepts_what_the_reader_accepts(schema, path):
    wrong = schema.iter_errors(as_an_editor(path.read_text()))
    assert [f"{error.json_path}: {error.message[:200]}" for error in wrong] == []


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
def test_yes_and_no_are_accepted_whatever_an_editor_makes_of_them(schema, version):
    schema.validate(as_an_editor(SMALL, version))
    assert not schema.is_valid(as_an_editor(SMALL.replace("designated: yes", "designated: perhaps"), version))
    assert not schema.is_valid(as_an_editor(SMALL.replace("open_list: no", "open_list: perhaps"), version))
