"""What is no notice is refused, with its place and what to write instead, soon and in little memory."""

import os
import time
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES, NOTICES
from seloste.notice import Notice, UnreadableNotice, read_notice
from seloste.notice import reader as bounds

HEAD = "notice: {key: a, title: {fi: A}}\n"
SMALL = (NOTICES / "small.yaml").read_text()
SEED = (EXAMPLES / "tampereen-sahkolaitos" / "2018.yaml").read_text()


def refused(source):
    with pytest.raises(UnreadableNotice) as error:
        read_notice(source if isinstance(source, bytes) else source.encode())
    return error.value


def read(text):
    return read_notice(text.encode())


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        # words that are not known, and the nearest that is
        ("notice: {key: a, titel: {fi: A}}", 1, 18, "unknown key 'titel'; did you mean 'title'?"),
        (HEAD + "purpose: {}", 2, 1, "did you mean 'purposes'?"),
        (HEAD + "roles:\n  r:\n    name: {fi: R}\n    trainigs: []", 5, 5, "did you mean 'trainings'?"),
        (HEAD + "xyzzy: {}", 2, 1, "known here: arrangement, bases"),
        (HEAD + "k" * 1000 + ": {}", 2, 1, f"unknown key '{'k' * 40}…'; known here"),
        (
            HEAD + "purposes: {p: {name: {fi: P}, works_on: set}}",
            2,
            31,
            "purposes.p.works_on: write 'one' or 'sets'",
        ),
        (HEAD + "purposes: {p: {}}", 2, 12, "purposes.p: 'name' is missing here"),
        ("controllers: {}", 1, 1, "the notice: 'notice' is missing here"),
        (HEAD + "controllers: {Big-Name: {name: A}}", 2, 15, "a name is at most 31 small letters"),
        (HEAD + "controllers: {" + "a" * 32 + ": {name: A}}", 2, 15, "a name is at most 31 small letters"),
        # shapes
        (HEAD + "controllers:\n", 2, 1, "write a mapping here, or leave the key out"),
        (HEAD + "controllers: [a]", 2, 1, "write a mapping here, or leave the key out"),
        (HEAD + "controllers: {a: word}", 2, 15, "write a mapping here"),
        (HEAD + "arrangement: joint", 2, 1, "write a list here"),
        (HEAD + "controllers: {a: {name: [x]}}", 2, 19, "write words here"),
        (HEAD + "arrangement: [{kind: joint, members: []}]", 2, 29, "members"),
        # yes, no, days, durations, numbers
        (HEAD + "purposes: {p: {name: {fi: P}, marketing: 1}}", 2, 31, "write yes or no"),
        (HEAD + "purposes: {p: {name: {fi: P}, marketing: on}}", 2, 31, "write yes or no"),
        (HEAD + "paper: {kept: maybe}", 2, 9, "write 'yes', 'no' or 'unresolved'"),
        (HEAD + "paper: {kept: [yes]}", 2, 9, "write a mapping here"),
        ("notice: {key: a, title: {fi: A}, in_force_from: 20260101}", 1, 34, "write a day as 2026-01-31"),
        ("notice: {key: a, title: {fi: A}, in_force_until: 1767225600}", 1, 34, "write a day as 2026-01-31"),
        ("notice: {key: a, title: {fi: A}, in_force_from: 2026-01-01T00:00:00}", 1, 34, "write a day"),
        ("notice: {key: a, title: {fi: A}, in_force_from: 2026-02-29}", 1, 34, "notice.in_force_from"),
        (HEAD + "retention: {r: {period: 6 years}}", 2, 17, "write a duration as P6Y"),
        (HEAD + "retention: {r: {period: P٦Y}}", 2, 17, "write a duration as P6Y"),
        (HEAD + "purposes: {p: {name: {fi: P}, session_minutes: 999}}", 2, 31, "240"),
        (HEAD + f"purposes: {{p: {{name: {{fi: P}}, session_minutes: {'9' * 5000}}}}}", 2, 31, "integer"),
        # doubled
        (
            HEAD + "roles:\n  r: {name: {fi: R}}\n  r: {name: {fi: S}}",
            4,
            3,
            "'r' stands here twice, first on line 3",
        ),
        (HEAD + "notice: {key: b, title: {fi: B}}", 2, 1, "'notice' stands here twice, first on line 1"),
        (HEAD + 'categories: {c: {name: {fi: C}, held_in: {"ä": [id], "a\u0308": [id]}}}', 2, 54, "twice"),
        # what YAML could do besides
        ("notice: &a {key: a, title: {fi: A}}", 1, 9, "anchors and aliases are not read"),
        (HEAD + "roles: *a", 2, 8, "anchors and aliases are not read"),
        ("notice: !!python/object:os.system {key: a}", 1, 9, "tags are not read"),
        ("notice: {key: !!str a, title: {fi: A}}", 1, 15, "tags are not read"),
        ("notice: {key: ! a, title: {fi: A}}", 1, 15, "tags are not read"),
        (HEAD + "---\n" + HEAD, 2, 1, "a file holds one notice"),
        (HEAD + "? [a]\n: b\n", 2, 3, "a key is a word"),
        (HEAD + "roles:\n\tr: {name: {fi: R}}", 3, 1, "this is not YAML"),
        ("notice: [", 1, 10, "this is not YAML"),
        ("notice: {key: 'a", 1, 17, "this is not YAML"),
        ("word", 1, 1, "a notice is a mapping that begins with `notice:`"),
        ("- a", 1, 1, "a notice is a mapping that begins with `notice:`"),
        ("# nothing but a comment\n", 1, 1, "a notice is a mapping that begins with `notice:`"),
        ("---\n...\n", 1, 1, "a notice is a mapping that begins with `notice:`"),
        # characters that nobody sees
        ("notice: {key: a, title: {fi: A\x01}}", 1, 31, "U+0001"),
        ("notice: {key: a, title: {fi: A\u202eB}}", 1, 31, "U+202E"),
        ('notice: {key: a, title: {fi: "A\\0"}}', 1, 30, "U+0000"),
        ('notice: {key: a, title: {fi: "A\\uD800"}}', 1, 30, "U+D800"),
        ('"\\uD800": b', 1, 1, "U+D800"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text, line, column, says):
    error = refused(text)
    assert says in error.message
    assert (error.line, error.column) == (line, column)
    assert str(error) == f"line {line}, column {column}: {error.message}"
    assert len(error.message) < 600


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (HEAD.encode("utf-16"), "UTF-16"),
        (HEAD.encode("utf-16-le"), "UTF-16"),
        (HEAD.encode("utf-16-be"), "UTF-16"),
        (HEAD.encode("utf-32"), "UTF-16 or UTF-32"),
        (
            (HEAD + "controllers: {a: {name: Sähkö}}").encode("latin-1"),
            "line 2, column 26: the file is not UTF-8",
        ),
        (b"PK\x03\x04\x14\0\0\0", "U+0003"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not UTF-8"),
        (b"%PDF-1.7\n\0\1\2", "U+0000"),
        (b"\x80\x04\x95", "not UTF-8"),
    ],
)
def test_what_is_no_text_in_utf8_is_refused(raw, says):
    assert says in str(refused(raw))


def test_what_is_no_file_is_refused(tmp_path):
    for path, says in [
        (tmp_path, "directory"),
        (tmp_path / "none.yaml", "No such file"),
        ("a\0b", "not the name"),
    ]:
        with pytest.raises(UnreadableNotice, match=says) as error:
            read_notice(path)
        assert (error.value.line, error.value.column) == (0, 0)


def test_a_file_without_end_is_not_read_to_its_end():
    with pytest.raises(UnreadableNotice, match="larger than 500 kB"):
        read_notice("/dev/zero")


def test_a_pipe_is_read():
    there, here = os.pipe()
    os.write(here, HEAD.encode())
    os.close(here)
    assert read_notice(f"/dev/fd/{there}").notice.key_ == "a"
    os.close(there)


def test_utf8_with_a_mark_and_lines_of_windows_are_read():
    plain = read(SEED)
    assert read_notice(b"\xef\xbb\xbf" + SEED.replace("\n", "\r\n").encode()).hash == plain.hash
    assert read("\n\n" + SEED).contact.line == plain.contact.line + 2


LINE = bounds.MOST_IN_A_LINE - 10
WORST = {
    "larger than any": b"#" * 3_000_000,
    "laughs": b"a: &a [x,x]\n"
    + b"".join(b"%c: &%c [*%c,*%c]\n" % (98 + i, 98 + i, 97 + i, 97 + i) for i in range(20)),
    "lists in lists": b"[" * LINE,
    "lists in lists, by lines": b"[\n" * 19_000,
    "mappings in mappings": b"{a: " * (LINE // 4),
    "dashes": b"- " * (LINE // 2),
    "keys in keys": b"".join(b" " * i + b"k:\n" for i in range(900)),
    "questions": b"? " * (LINE // 2),
    "exclamation marks": b"!" * LINE,
    "escaped tag": b"a: !<" + b"%41" * 6_600,
    "ampersands": b"&" * LINE,
    "many lines": b"a\n" * 200_000,
    "one line": b"a: " + b"x " * 200_000,
    "many keys": b"".join(b"k%d: v\n" % i for i in range(19_500)),
    "many words": b"a: [" + b"\n".join([b" a," * 6_000] * 25) + b"]",
    "many empty lists": b"a:\n" + b" - []\n" * 19_000,
    "plain words over lines": b"a: x\n" + b"  y\n" * 19_000,
    "quoted words over lines": b'a: "' + b"\n".join([b"x " * 9_000] * 25) + b'"',
    "escapes": b'a: "' + b"\n".join([b"\\n" * 9_000] * 25) + b'"',
    "plain words over long lines": b"a: " + b"\n ".join([b"x y " * 4_500] * 25),
    "a block": b"a: |\n" + b"  x\n" * 19_000,
    "shorthands of tags": b"".join(b"%%TAG !a%d! tag:x,2000:\n" % i for i in range(15_000)) + b"---\nx",
    "comments": b"\n".join([b"#" + b" x" * 9_000] * 25) + b"\nx",
}


@pytest.mark.parametrize("raw", WORST.values(), ids=WORST)
def test_the_worst_file_is_refused_soon(raw):
    begun = time.process_time()
    refused(raw)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("name", ["larger than any", "laughs", "lists in lists", "keys in keys", "many keys"])
def test_the_worst_file_is_refused_in_little_memory(name):
    tracemalloc.start()
    refused(WORST[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000


def large(categories, purposes):
    yield "notice: {key: big, title: {fi: Iso}, in_force_from: 2026-01-01}"
    yield "categories:"
    for n in range(categories):
        yield f"  c{n}:"
        yield f"    name: {{fi: Luokka {n}, sv: Kategori {n}, en: Category {n}}}"
        yield f"    held_in: {{table_{n}: [id, subject_id, value]}}"
        yield f'    evidence: ["Lause numero {n}, jossa on sanoja."]'
    yield "purposes:"
    for n in range(purposes):
        yield f"  p{n}:"
        yield f"    name: {{fi: Tarkoitus {n}, sv: Ändamål {n}, en: Purpose {n}}}"
        yield "    bases: [{kind: contract, tail: P6M}]"
        yield f"    categories: [c{n}, c{n + 1}, c{n + 2}]"
        yield "    reasons: [call, case]"
        yield "    evidence:"
        yield f"      - Lause {n}, yksi."
        yield f"      - Lause {n}, toinen."


def test_two_thousand_lines_are_read_in_well_under_a_second():
    lines = list(large(300, 100))
    assert len(lines) > 2000
    begun = time.process_time()
    notice = read("\n".join(lines))
    assert time.process_time() - begun < 1
    assert len(notice.purposes) == 100


# references


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("arrangement: [{kind: single, members: [b]}]", 3, 40, "controller 'b' is not declared"),
        (
            "purposes: {p: {name: {fi: P}, controllers: [sahko, vera]}}",
            3,
            52,
            "'vera' is not declared; did you mean 'vira'?",
        ),
        (
            "purposes:\n  p:\n    name: {fi: P}\n    categories:\n      - nimi\n      - nimo\n",
            8,
            9,
            "did you mean 'nimi'?",
        ),
        ("purposes: {p: {name: {fi: P}, writes: [x]}}", 3, 40, "category 'x'"),
        ("purposes: {p: {name: {fi: P}, erases: [x]}}", 3, 40, "category 'x'"),
        (
            "purposes: {p: {name: {fi: P}, subject_groups: [x]}}",
            3,
            48,
            "subject group 'x' is not declared; none is",
        ),
        ("purposes: {p: {name: {fi: P}, roles: [x]}}", 3, 39, "role 'x'"),
        ("purposes: {p: {name: {fi: P}, objections: [q]}}", 3, 44, "purpose 'q'"),
        (
            "purposes: {p: {name: {fi: P}, bases: [{kind: consent, consents: [x]}]}}",
            3,
            66,
            "wording of consent 'x'",
        ),
        (
            "purposes: {p: {name: {fi: P}, bases: [{kind: legitimate_interest, interest: x}]}}",
            3,
            67,
            "interest 'x'",
        ),
        (
            "purposes: {p: {name: {fi: P}, bases: [{kind: contract, subject_groups: [x]}]}}",
            3,
            73,
            "subject group 'x'",
        ),
        ("consents: {w: {purpose: p}}", 3, 16, "purpose 'p'"),
        ("categories: {c: {name: {fi: C}, retention: x}}", 3, 33, "retention class 'x'"),
        ("categories: {c: {name: {fi: C}, master: x}}", 3, 33, "system 'x'"),
        ("categories: {c: {name: {fi: C}, source: [x]}}", 3, 42, "source 'x'"),
        ("categories: {c: {name: {fi: C}, subject_groups: [x]}}", 3, 50, "subject group 'x'"),
        ("roles: {r: {name: {fi: R}, trainings: [x]}}", 3, 40, "training 'x'"),
        ("paper: {retention: x}", 3, 9, "retention class 'x'"),
        ("recipients: {to: {r: {kind: bank, categories: [x]}}}", 3, 48, "category 'x'"),
        ("recipients: {to: {r: {kind: bank, purposes: [x]}}}", 3, 46, "purpose 'x'"),
        ("processors: {to: {r: {systems: [x]}}}", 3, 33, "system 'x'"),
        ("transfers: {to: {r: {country: US, categories: [x]}}}", 3, 48, "category 'x'"),
        ("provision: [{required: by_law, categories: [x]}]", 3, 45, "category 'x'"),
        ("cookies: {c: {name: {fi: C}, consent: x}}", 3, 30, "wording of consent 'x'"),
        ("rights: {each: {withdrawal: {covers: [x]}}}", 3, 39, "purpose or consent 'x'"),
    ],
)
def test_a_name_that_is_declared_nowhere_is_refused(text, line, column, says):
    known = "controllers: {sahko: {name: S}, vira: {name: V}}\n"
    known = known if "categories:\n" not in text else "categories: {nimi: {name: {fi: N}}}\n"
    error = refused(HEAD + known + text)
    assert says in error.message
    assert (error.line, error.column) == (line, column)


def test_a_controller_on_two_sides_of_a_wall_is_refused():
    text = HEAD + "controllers: {a: {name: A}, b: {name: B}}\narrangement:\n"
    error = refused(text + "  - {kind: joint, members: [a, b]}\n  - {kind: separate, members: [b]}\n")
    assert error.message == "controller 'b' stands in an arrangement already, on line 4"
    assert (error.line, error.column) == (5, 32)
    refused(text + "  - {kind: joint, members: [a, a]}\n")


# whatever a file holds


def survives(raw):
    """A notice, or a refusal at a place inside the file; never anything else."""
    try:
        notice = read_notice(raw)
    except UnreadableNotice as wrong:
        assert wrong.message
        assert len(wrong.message) < 1000
        assert (
            0
            <= wrong.line
            <= raw.count(b"\n")
            + raw.count(b"\r")
            + 2
            + sum(raw.count(c.encode()) for c in "\x85\u2028\u2029")
        )
        return
    assert len(notice.hash) == 64
    assert Notice.from_canonical(notice.canonical()).hash == notice.hash


@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00n")
@example(b"notice: {key: a, title: {fi: A}}\xe2\x80\xa8")
def test_any_bytes_are_read_or_refused(raw):
    survives(raw)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    survives(text.encode("utf-8", "surrogatepass"))


PIECES = st.sampled_from(
    [
        *"{}[]:,-?!&*|>'\"%@`#\n\t ~\0ä\u0308",
        "\n  ",
        ": ",
        "- ",
        "---\n",
        "yes",
        "no",
        "null",
        "<<: ",
        "!!binary ",
        "9" * 30,
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([SMALL, HEAD, SEED[2000:6000]]), st.data())
def test_a_broken_notice_is_read_or_refused(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 40))
        text = text[:at] + data.draw(PIECES) + text[at + gone :]
    survives(text.encode())


WORDS = st.sampled_from(
    [
        "notice",
        "controllers",
        "purposes",
        "categories",
        "rights",
        "each",
        "access",
        "bases",
        "kind",
        "contract",
        "name",
        "fi",
        "key",
        "title",
        "a",
        "b",
        "yes",
        "no",
        "1",
        "P6M",
        "2026-01-01",
        "unresolved",
        "paper",
        "kept",
        "transfers",
        "to",
        "recipients",
        "members",
        "arrangement",
        "joint",
        "null",
        "held_in",
        "subject",
    ]
)
TREES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(WORDS, inner, max_size=4).map(
            lambda m: "{" + ", ".join(f"{k}: {v}" for k, v in m.items()) + "}"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(WORDS, TREES, max_size=4))
def test_any_tree_of_known_words_is_read_or_refused(tree):
    survives((HEAD + "".join(f"{k}: {v}\n" for k, v in tree.items() if k != "notice")).encode())
