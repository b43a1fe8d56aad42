"""The hash is that of the meaning: the same for another spelling, another for another meaning."""

from __future__ import annotations

import json
import unicodedata

import pytest
from ruamel.yaml import YAML

from conftest import EXAMPLES
from seloste.notice import Notice, read_notice

FOLDER = EXAMPLES / "tampereen-sahkolaitos"
NEW = FOLDER / "2026.yaml"
NOTICE = """\
notice: {key: small, title: {fi: Sähköt}, in_force_from: 2026-01-01}
controllers:
  water: {name: Lakeside Water}
  pipes: {name: Lakeside Pipes}
dpo: {designated: no}
retention:
  bills: {period: P1Y6M, ground: accounting act}
categories:
  flow: {name: {fi: virtaama}, retention: bills}
  name: {name: {fi: nimi}}
purposes:
  supply:
    name: {fi: toimitus}
    controllers: [water, pipes]
    categories: [flow, name]
    bases:
      - {kind: contract, while: agreement, tail: P6M}
suppressions:
  - {check: PROVISION_NOT_TOLD, reason: being written, expires: 2026-06-01}
"""


def hash_of(text):
    return read_notice(text.encode()).hash


SAME = {
    "a comment": ("dpo:", "# a thought\ndpo:"),
    "a comment at the end of a line": ("designated: no}", "designated: no}  # a thought"),
    "empty lines": ("dpo:", "\n\n  \ndpo:"),
    "block for flow": ("dpo: {designated: no}", "dpo:\n  designated: no"),
    "an answer with its mapping": ("designated: no", "designated: {answer: no}"),
    "false for no": ("designated: no", "designated: false"),
    "double quotes": ("name: Lakeside Water", 'name: "Lakeside Water"'),
    "single quotes": ("name: Lakeside Water", "name: 'Lakeside Water'"),
    "quotes around a key": ("retention: bills", '"retention": bills'),
    "a folded text": ("{name: Lakeside Water}", "\n    name: >-\n      Lakeside\n      Water"),
    "quotes around a day": ("in_force_from: 2026-01-01", 'in_force_from: "2026-01-01"'),
    "an escape": ("Sähköt", '"S\\u00e4hk\\u00f6t"'),
    "decomposed letters": ("Sähköt", unicodedata.normalize("NFD", "Sähköt")),
    "keyed parts in another order": (
        "  water: {name: Lakeside Water}\n  pipes: {name: Lakeside Pipes}",
        "  pipes: {name: Lakeside Pipes}\n  water: {name: Lakeside Water}",
    ),
    "keys of a part in another order": (
        "period: P1Y6M, ground: accounting act",
        "ground: accounting act, period: P1Y6M",
    ),
    "weeks for days": ("tail: P6M", "tail: P6M0D"),
    "an explicit nothing": ("period: P1Y6M", "at_end: null, basis: ~, period: P1Y6M"),
    "carriage returns": ("\n", "\r\n"),
    "a byte order mark": ("notice: {key", "\ufeffnotice: {key"),
}

OTHER = {
    "what holds anyway, said aloud": (
        "    name: {fi: toimitus}",
        "    name: {fi: toimitus}\n    shared: yes\n    session_minutes: 15",
    ),
    "what holds anyway, said aloud of a part": (
        "period: P1Y6M",
        "public: yes, evidence: [], open_list: no, period: P1Y6M",
    ),
    "a list of none, said aloud": ("dpo:", "systems: {}\ndpo:"),
    "a name": ("Lakeside Water", "Seaside Water"),
    "a key": ("key: small", "key: little"),
    "another day": ("2026-01-01", "2026-01-02"),
    "an answer": ("designated: no", "designated: yes"),
    "an answer left open": ("designated: no", "designated: unresolved"),
    "no answer": ("dpo: {designated: no}", "dpo: {}"),
    "evidence": ("designated: no", "designated: {answer: no, evidence: [Ei]}"),
    "a period": ("P1Y6M", "P1Y7M"),
    "months for a year, as the file says it": ("P1Y6M", "P18M"),
    "a tail gone": (", tail: P6M", ""),
    "a basis": ("kind: contract", "kind: vital_interest"),
    "a category more": ("categories: [flow, name]", "categories: [flow, name]\n    writes: [name]"),
    "prose in another order": ("[water, pipes]", "[pipes, water]"),
    "not shared": ("    name: {fi: toimitus}", "    name: {fi: toimitus}\n    shared: no"),
    "another language": ("{fi: toimitus}", "{en: toimitus}"),
    "a suppression's reason": ("being written", "borne"),
    "no suppression": (
        "suppressions:\n  - {check: PROVISION_NOT_TOLD, reason: being written, expires: 2026-06-01}\n",
        "",
    ),
    "white space in words": ("Lakeside Water", '"Lakeside  Water"'),
    "a letter like another": ("Sähköt", "S\u0430hköt"),
}


@pytest.mark.parametrize("spelling", SAME)
def test_another_spelling_is_the_same_notice(spelling):
    was, becomes = SAME[spelling]
    assert was in NOTICE
    assert hash_of(NOTICE.replace(was, becomes)) == hash_of(NOTICE)


@pytest.mark.parametrize("meaning", OTHER)
def test_another_meaning_is_another_notice(meaning):
    was, becomes = OTHER[meaning]
    assert was in NOTICE
    assert hash_of(NOTICE.replace(was, becomes)) != hash_of(NOTICE)


def test_no_two_meanings_meet():
    hashes = [hash_of(NOTICE.replace(*change)) for change in OTHER.values()]
    assert len(set(hashes)) == len(OTHER)


def test_the_hash_is_stable():
    """Consents and look-ups remember it: where this fails, say so to those who keep them."""
    assert read_notice(NOTICE.encode()).canonical() == (
        '{"categories":{"flow":{"name":{"fi":"virtaama"},"retention":"bills"},"name":{"name":{"fi":"nimi"}}},'
        '"controllers":{"pipes":{"name":"Lakeside Pipes"},"water":{"name":"Lakeside Water"}},'
        '"dpo":{"designated":{"answer":"no"}},'
        '"notice":{"in_force_from":"2026-01-01","key":"small","title":{"fi":"Sähköt"}},'
        '"purposes":{"supply":{"bases":[{"kind":"contract","tail":"P6M","while":"agreement"}],'
        '"categories":["flow","name"],"controllers":["water","pipes"],"name":{"fi":"toimitus"}}},'
        '"retention":{"bills":{"ground":"accounting act","period":"P1Y6M"}},'
        '"suppressions":[{"check":"PROVISION_NOT_TOLD","expires":"2026-06-01","reason":"being written"}]}'
    )


@pytest.mark.parametrize("path", [NEW, FOLDER / "2018.yaml"], ids=lambda path: path.name)
def test_the_canonical_text_reads_back(path):
    notice = read_notice(path)
    again = Notice.from_canonical(notice.canonical())
    assert again.model_dump() == notice.model_dump()
    assert again.hash == notice.hash
    assert again.canonical() == notice.canonical()
    assert {name: part.key for name, part in again.purposes.items()} == {
        name: name for name in notice.purposes
    }


def test_the_canonical_text_is_sorted_and_bare():
    text = read_notice(NEW).canonical()
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False) == text
    assert unicodedata.normalize("NFC", text) == text
    assert ":null" not in text


def test_what_a_yaml_writer_makes_of_it_is_the_same(tmp_path):
    yaml, written = YAML(), tmp_path / "again.yaml"
    yaml.indent(mapping=4, sequence=6, offset=3)
    yaml.dump(yaml.load(NEW.read_text()), written)
    assert written.read_text() != NEW.read_text()
    assert read_notice(written).hash == read_notice(NEW).hash
