"""What is wrong with a file is told at its line and column, whatever was done to its bytes."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES, SOAK
from seloste.notice import Notice, UnreadableNotice, read_notice
from seloste.notice.reader import MOST_BYTES

NEW = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
HEAD = "notice: {key: small, title: {fi: Pieni}}\n"
NOTICE = (
    HEAD
    + """\
controllers:
  water: {name: Lakeside Water}
subject_groups:
  household: {name: {en: Household}, kinds: [person]}
purposes:
  supply:
    name: {en: Supply of water}
    controllers: [water]
    subject_groups: [household]
    bases:
      - {kind: contract, tail: P6M}
"""
)
TWO_SIDES = "arrangement: [{kind: single, members: [water]}, {kind: separate, members: [water]}]"
LAUGHS = "a: &a [lol, lol]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

WRONG = {
    "an unknown key": (NOTICE.replace("controllers: [", "controlers: ["), 9, 5, "'controllers'"),
    "an unknown key at the top": (NOTICE + "purpose: {}\n", 13, 1, "'purposes'"),
    "an unknown key like no other": (HEAD + "xyzzy: {}\n", 2, 1, "known here"),
    "a name that only Python knows": (NOTICE.replace("tail: P6M", "while_: always"), 12, 26, "'while'"),
    "a duplicate key": (NOTICE + "controllers: {}\n", 13, 1, "first on line 2"),
    "a duplicate in a flow": (HEAD + "controllers: {a: {name: x, name: y}}\n", 2, 28, "twice"),
    "a duplicate decomposed": (
        HEAD + "categories: {a: {name: {fi: a}, held_in: {\u00e4: [], a\u0308: []}}}\n", 2, 50, "twice",
    ),
    "an anchor": (HEAD + "controllers: &all {}\n", 2, 14, "anchors"),
    "an alias": (HEAD + "controllers: *all\n", 2, 14, "anchors"),
    "billion laughs": (LAUGHS, 1, 4, "anchors"),
    "a merge key": (HEAD + "controllers: {<<: {name: x}}\n", 2, 15, "a name is"),
    "a tag": (HEAD + "controllers: !!python/object:os.system {}\n", 2, 14, "tags"),
    "a tag of a scalar": (HEAD + "dpo: {designated: !!bool yes}\n", 2, 19, "tags"),
    "nesting in a flow": (HEAD + "dpo: " + "[" * 500 + "]" * 500, 2, 17, "deeper"),
    "nesting in a mapping": (HEAD + "dpo: " + "{a: " * 500 + "}" * 500, 2, 50, "deeper"),
    "nesting in dashes": (HEAD + "dpo:\n  " + "- " * 5000, 3, 25, "deeper"),
    "a second document": (NOTICE + "---\nnotice: {}\n", 13, 1, "one notice"),
    "a key that is no word": (HEAD + "? [a, b]\n: c\n", 2, 3, "a key is a word"),
    "a key with capitals": (NOTICE.replace("  water: {", "  Water: {"), 3, 3, "small letters"),
    "a key that is too long": (HEAD + f"controllers: {{{'a' * 32}: {{name: x}}}}", 2, 15, "31"),
    "a key that is SQL": (HEAD + "controllers: {\"a'; drop\": {name: x}}", 2, 15, "small letters"),
    "a list for a mapping": (HEAD + "controllers: [water]\n", 2, 1, "mapping"),
    "a mapping for a list": (HEAD + "arrangement: {a: b}\n", 2, 1, "list"),
    "a list for words": (HEAD + "controllers: {water: {name: [a]}}\n", 2, 23, "words"),
    "an answer that is none": (HEAD + "dpo: {designated: perhaps}\n", 2, 7, "unresolved"),
    "a word not of the list": (NOTICE.replace("kind: contract", "kind: agreement"), 12, 10, "contract"),
    "a day that is none": (HEAD.replace("}}", "}, in_force_from: 2026-02-30}"), 1, 42, "in_force_from"),
    "a year for a day": (HEAD.replace("}}", "}, in_force_from: 2026}"), 1, 42, "in_force_from"),
    "seconds for a day": (HEAD.replace("}}", "}, valid_from: 86400}"), 1, 42, "valid_from"),
    "a moment for a day": (HEAD.replace("}}", "}, valid_from: 2026-01-01T00:00:00}"), 1, 42, "valid_from"),
    "a duration that is none": (NOTICE.replace("P6M", "6 months"), 12, 26, "P6Y"),
    "a number too large": (HEAD + "trainings: {t: {valid_months: 1000}}\n", 2, 17, "120"),
    "what must be there": (HEAD + "controllers: {water: {city: Lakeside}}\n", 2, 15, "'name' is missing"),
    "no head at all": ("controllers: {}\n", 1, 1, "'notice' is missing"),
    "a purpose of nobody": (NOTICE.replace("[water]", "[watre]"), 9, 19, "'water'"),
    "a purpose about nobody": (NOTICE.replace("[household]", "[hosehold]"), 10, 22, "'household'"),
    "a category of nothing": (NOTICE + "    categories: [name]\n", 13, 18, "none is"),
    "a consent to nothing": (NOTICE + "consents: {tips: {purpose: tips}}\n", 13, 19, "'tips'"),
    "a controller on two sides": (NOTICE + TWO_SIDES, 13, 76, "already"),
    "broken YAML": (HEAD + "controllers: {water: [}\n", 2, 23, "not YAML"),
    "a tab": (HEAD + "controllers:\n\twater: {}\n", 3, 1, "not YAML"),
    "a scalar alone": ("notice", 1, 1, "mapping"),
    "an empty file": ("", 1, 1, "empty"),
    "comments alone": ("# nothing\n", 1, 1, "mapping"),
    "UTF-16": (NOTICE.encode("utf-16"), 1, 1, "UTF-16"),
    "UTF-16 without its mark": (NOTICE.encode("utf-16-le"), 1, 1, "UTF-16"),
    "Latin-1": ("notice:\n  title: {fi: S\u00e4hk\u00f6}\n".encode("latin-1"), 2, 16, "UTF-8"),
    "a NUL": (HEAD + "dpo: {note: {fi: a\0b}}\n", 2, 19, "U+0000"),
    "an escaped NUL": (HEAD + 'dpo: {note: {fi: "a\\0b"}}\n', 2, 18, "U+0000"),
    "half a character": (HEAD + 'dpo: {note: {fi: "\\ud800"}}\n', 2, 18, "U+D800"),
    "a text that turns around": (HEAD + "dpo: {note: {fi: a\u202eb}}\n", 2, 19, "U+202E"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 1, 1, "UTF-8"),
}  # fmt: skip


def refusal(source):
    began = time.process_time()
    with pytest.raises(UnreadableNotice) as refused:
        read_notice(source.encode() if isinstance(source, str) else source)
    assert time.process_time() - began < 2
    return refused.value


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told_at_its_place(wrong):
    source, line, column, told = WRONG[wrong]
    refused = refusal(source)
    assert (refused.line, refused.column) == (line, column), str(refused)
    assert told in refused.message
    assert len(str(refused)) < 500
    assert str(refused).startswith(f"line {line}, column {column}: ")


def test_two_megabytes_are_no_notice():
    assert f"{MOST_BYTES // 1000} kB" in refusal(NOTICE.encode() + b"#" * 2_000_000).message


MEMORY = """
import resource, sys
from seloste.notice import UnreadableNotice, read_notice
read_notice(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for source in (b"a: [" + b"b,\\n" * 19_000, b"[" * 499_000, b"a: &a [" + b"*a, " * 4_000, b"#" * 3_000_000):
    try:
        read_notice(source)
    except UnreadableNotice:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_refusing_takes_little_memory():
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, NEW],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PYTHONPATH": str(EXAMPLES.parent / "src")},
    )
    print(f"\nrefusing four attacks grew the process by {int(done.stdout)} kB")
    assert int(done.stdout) < 60_000


WHOLE = NEW.read_bytes()
SHORT = WHOLE[: WHOLE.index(b"\nretention:")]
PIECES = (
    b"&a |*a|!!int |\0|\xff|\xc3|\t|- |? |: |{|}|[|]|'|\"|>\n|---\n|...\n|%YAML 3.0\n|#|<<: |\r|\xe2\x80\xa8"
    b"|\xef\xbb\xbf|\\|999999999999999999999|null|@|`"
).split(b"|")


@settings(
    max_examples=2000 if SOAK else 150,
    deadline=None,
    derandomize=not SOAK,
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_whatever_is_done_to_the_bytes_they_are_read_or_refused(data):
    raw = WHOLE if SOAK else SHORT
    for _ in range(data.draw(st.integers(1, 4))):
        at, cut = data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, 40))
        put = data.draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)))
        raw = raw[:at] + put + raw[at + cut :]
    try:
        notice = read_notice(raw)
    except UnreadableNotice as refused:
        assert 0 <= refused.line <= len(raw)
    else:
        assert Notice.from_canonical(notice.canonical()).hash == notice.hash


def test_the_notice_of_2026_is_read_at_once():
    began = time.process_time()
    notice = read_notice(NEW)
    took = time.process_time() - began
    print(f"\n{NEW.name}: {len(WHOLE)} bytes, {len(notice.purposes)} purposes, read in {took:.3f} s")
