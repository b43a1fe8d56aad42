"""The canonical form that the hash is of: what it holds, and that it outlives a process and a grammar."""

import hashlib
import json
import random
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from conftest import EXAMPLES
from seloste.notice import Notice, UnreadableNotice, read_notice

MENDED = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
TEXT = """
notice: {key: a, title: {fi: Sähkö}, in_force_from: 2026-01-01}
controllers: {sahko: {name: Sähkö Oy}, vera: {name: Vera Oy}}
paper: {kept: no}
purposes:
  p:
    name: {fi: Tarkoitus}
    controllers: [sahko, vera]
    bases: [{kind: contract, tail: P6M}]
    evidence: [Yksi., Kaksi.]
"""


def hashed(text):
    return read_notice(text.encode()).hash


def test_the_canonical_form_and_its_hash_are_these():
    notice = read_notice(TEXT.encode())
    assert notice.canonical() == (
        '{"controllers":{"sahko":{"name":"Sähkö Oy"},"vera":{"name":"Vera Oy"}},'
        '"notice":{"in_force_from":"2026-01-01","key":"a","title":{"fi":"Sähkö"}},'
        '"paper":{"kept":{"answer":"no"}},'
        '"purposes":{"p":{"bases":[{"kind":"contract","tail":"P6M"}],"controllers":["sahko","vera"],'
        '"evidence":["Yksi.","Kaksi."],"name":{"fi":"Tarkoitus"}}}}'
    )
    assert notice.hash == hashlib.sha256(notice.canonical().encode()).hexdigest()


def test_fields_that_nobody_uses_are_absent():
    told = json.loads(read_notice(TEXT.encode()).canonical())
    assert set(told) == {"notice", "controllers", "paper", "purposes"}
    assert set(told["purposes"]["p"]) == {"name", "controllers", "bases", "evidence"}


def test_what_was_read_back_stands_on_the_same_sides_and_in_no_file():
    notice = read_notice(MENDED)
    back = Notice.from_canonical(notice.canonical())
    assert back.sides() == notice.sides()
    assert {part.line for part in back.purposes.values()} == {0}


@pytest.mark.parametrize("told", ["{}", '{"notice":{"key":"a","title":{},"gone":1}}', '{"purposes":{}}'])
def test_a_canonical_form_of_another_grammar_is_refused(told):
    with pytest.raises(UnreadableNotice):
        Notice.from_canonical(told)


def shuffled(value, order):
    """The same tree with the keys of its mappings in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], order) for key in order.sample(list(value), len(value))}
    return [shuffled(inner, order) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["2018", "2026"])
def test_the_order_of_keys_is_no_statement(name):
    path = MENDED.with_name(f"{name}.yaml")
    tree = YAML(typ="safe", pure=True).load(path.read_text())
    for seed in range(3):
        mixed = shuffled(tree, random.Random(seed))
        # JSON is YAML too, and its indented lines are not too long.
        told = json.dumps(mixed, default=str, ensure_ascii=False, indent=1)
        assert read_notice(told.encode()).hash == read_notice(path).hash


def test_the_hash_is_the_same_in_every_process():
    code = (
        "import sys; from seloste.notice import read_notice; print(read_notice(sys.stdin.buffer.read()).hash)"
    )
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code], input=TEXT.encode(), capture_output=True, check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert done.stdout.decode().strip() == hashed(TEXT)
