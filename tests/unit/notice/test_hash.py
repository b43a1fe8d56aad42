"""The hash is of what a notice says: not of its spelling, and of nothing that it leaves unsaid."""

import hashlib
import json
import random
import subprocess
import sys
import unicodedata

import pytest
from ruamel.yaml import YAML

from conftest import EXAMPLES
from seloste.notice import Notice, UnreadableNotice, read_notice

SEED = (EXAMPLES / "tampereen-sahkolaitos" / "2018.yaml").read_text()
MENDED = (EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml").read_text()
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


def changed(old, new):
    assert old in TEXT
    return hashed(TEXT.replace(old, new))


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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nnotice", "\n# a comment\nnotice"),
        ("P6M}]", "P6M}] # a comment"),
        ("{sahko: {name: Sähkö Oy}, vera: {name: Vera Oy}}", "{vera: {name: Vera Oy}, sahko: {name: Sähkö Oy}}"),
        ("{kind: contract, tail: P6M}", "{tail: P6M, kind: contract}"),
        ("[{kind: contract, tail: P6M}]", "\n      - kind: contract\n        tail: P6M"),
        ("Tarkoitus", '"Tarkoitus"'),
        ("Tarkoitus", "'Tarkoitus'"),
        ("Sähkö", unicodedata.normalize("NFD", "Sähkö")),
        ("Sähkö", '"S\\xe4hk\\xf6"'),
        ("Sähkö}", '"Sa\\u0308hko\\u0308"}'),
        ("kept: no", "kept: false"),
        ("kept: no", "kept: {answer: no}"),
        ("kept: no", "kept: no, place: , ground: null"),
    ],
)
def test_another_spelling_is_the_same_notice(old, new):
    if old == "Sähkö" and new.startswith('"'):
        old, new = "Sähkö Oy", '"S\\xe4hk\\xf6 Oy"'
    assert changed(old, new) == hashed(TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Tarkoitus", "Tarkoitukset"),
        ("{fi: Tarkoitus}", "{sv: Tarkoitus}"),
        ("P6M", "P7M"),
        (", tail: P6M", ""),
        ("2026-01-01", "2026-01-02"),
        ("[Yksi., Kaksi.]", "[Kaksi., Yksi.]"),
        ("[Yksi., Kaksi.]", "[Yksi.]"),
        ("[Yksi., Kaksi.]", "[Yksi.]\n    public: no"),
        ("kept: no", "kept: unresolved"),
        ("kept: no", "kept: {answer: no, evidence: [Ei]}"),
        ("paper: {kept: no}\n", ""),
        ("vera: {name: Vera Oy}", "vera: {name: Vera Oy, valid_until: 2030-01-01}"),
        ("paper:", "suppressions: [{check: X, reason: Y, expires: 2027-01-01}]\npaper:"),
    ],
)
def test_another_statement_is_another_notice(old, new):
    assert changed(old, new) != hashed(TEXT)


def test_what_is_said_aloud_counts_even_where_silence_means_the_same():
    """A default may change with the grammar; what a notice said may not."""
    assert changed("kept: no", "kept: no, public: yes") != hashed(TEXT)


def test_fields_that_nobody_uses_are_absent():
    told = json.loads(read_notice(TEXT.encode()).canonical())
    assert set(told) == {"notice", "controllers", "paper", "purposes"}
    assert set(told["purposes"]["p"]) == {"name", "controllers", "bases", "evidence"}


@pytest.mark.parametrize("text", [TEXT, SEED, MENDED], ids=["text", "2018", "2026"])
def test_a_notice_is_read_back_from_its_canonical_form(text):
    notice = read_notice(text.encode())
    back = Notice.from_canonical(notice.canonical())
    assert back.canonical() == notice.canonical()
    assert back.hash == notice.hash
    assert back.sides() == notice.sides()
    assert {p.key for p in back.purposes.values()} == set(notice.purposes)
    assert all(p.line == 0 for p in back.purposes.values())


@pytest.mark.parametrize("told", ["{}", '{"notice":{"key":"a","title":{},"gone":1}}', '{"purposes":{}}'])
def test_a_canonical_form_of_another_grammar_is_refused(told):
    with pytest.raises(UnreadableNotice):
        Notice.from_canonical(told)


def shuffled(value, order):
    """The same tree with the keys of its mappings in another order."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(inner, order) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", [SEED, MENDED], ids=["2018", "2026"])
def test_the_order_of_keys_is_no_statement(text):
    tree = YAML(typ="safe", pure=True).load(text)
    for seed in range(3):
        told = json.dumps(shuffled(tree, random.Random(seed)), default=str, ensure_ascii=False)
        # One line of JSON is YAML too, but longer than a line may be.
        assert hashed(told.replace(", ", ",\n ")) == hashed(text) or '", "' in told


def test_the_hash_is_the_same_in_every_process():
    code = "import sys; from seloste.notice import read_notice; print(read_notice(sys.stdin.buffer.read()).hash)"
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code], input=TEXT.encode(), capture_output=True, check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert done.stdout.decode().strip() == hashed(TEXT)
