"""Whoever types a name finds it, on any keyboard: spellings made by the rules, of two thousand names."""

from __future__ import annotations

import re
from itertools import islice, product

import pytest

from conftest import SOAK
from seloste.kernel import folding
from seloste.kernel.folding import Asked, Token
from seloste.project.people.names import FAMILY, MEN, SWEDISH_FAMILY, SWEDISH_MEN, SWEDISH_WOMEN, WOMEN

PARTICLES = [
    "von Essen",
    "af Ursin",
    "de la Gardie",
    "Yli-Hukkala",
    "Mäki-Petäjä",
    "O'Brien",
    "Wäänänen",
    "Wikström-Åberg",
]
SAMI = [("Áile", "Näkkäläjärvi"), ("Máret Ánne", "Đurrá"), ("Čáhppe", "Ŋuorát"), ("Biret", "Guttorm-Šoalta"), ("Sœren", "Ǥuoǥaš"),
        ("Ǩeʹdd", "Sverloff"), ("Øystein", "Kåven")]  # fmt: skip


def two_thousand() -> list[tuple[str, str]]:
    """Given and family names of Finland, every family name among them."""
    givens = [*WOMEN, *MEN, "Anna-Liisa", "Ann-Marie", *SWEDISH_WOMEN, *SWEDISH_MEN]
    families = [*FAMILY, *SWEDISH_FAMILY, *PARTICLES]
    made = [
        (f"{givens[n * 7 % len(givens)]} {givens[(n * 13 + 5) % len(givens)]}", family)
        for n, family in enumerate(families)
    ]
    rest = ((f"{given}", family) for given, family in product(givens, families))
    return list(dict.fromkeys([*SAMI, *made, *islice(rest, 0, 40_000, 25)]))[:2_000]


NAMES = two_thousand()


def finds(asked: Asked, token: Token) -> bool:
    """What the database asks of a row."""
    return asked.folded <= token.folded < asked.until and all(
        f" {word}" in f"{token.folded} " for word in asked.others
    )


def found(text: str, tokens: list[Token]) -> bool:
    return any(finds(asked, token) for asked in folding.asked_name(text) for token in tokens)


def cases(family: str) -> list[str]:
    """How a name in -nen is said in a sentence."""
    if not re.search(r"[aeiouyäö]nen$", family):
        return []
    return [
        family[:-3] + ending for ending in ("sen", "sta", "selle", "selta", "set", "sella", "seen", "sessa")
    ]


def keyboards(name: str) -> list[str]:
    """A name as it is typed where letters are missing, or where others stand."""
    plain = str.maketrans("åäöÅÄÖ", "aaoAAO")
    dotted = str.maketrans("aoAO", "äöÄÖ")
    ring = str.maketrans("äaÄA", "ååÅÅ")
    return [
        name.upper(), name.lower(), name.translate(plain), name.translate(dotted), name.translate(ring),
        name.replace("v", "w").replace("V", "W"), name.replace("w", "v").replace("W", "V"),
        re.sub(r"([^\W\d_])\1", r"\1", name), re.sub(r"([^\W\d_])", r"\1\1", name),
        re.sub("[-‐]", " ", name), re.sub("-", "", name), re.sub("-", "‐", name), re.sub("-", " - ", name),
        re.sub("'", "’", name), re.sub("'", "", name), f"  {name} ", name.replace(" ", "  "),
    ]  # fmt: skip


def spellings(given: str, family: str) -> set[str]:
    first = given.split(maxsplit=1)[0]
    whole = {
        f"{given} {family}",
        f"{family} {given}",
        f"{family}, {given}",
        f"{first} {family}",
        f"{family} {first}",
    }
    whole |= {family, *given.split(), *(re.split(r"[ -]", family)), f"{first[0]}. {family}"}
    whole |= {f"{case} {first}" for case in cases(family)} | set(cases(family))
    return {typed for name in whole if len(name) > 1 for typed in [name, *keyboards(name)]}


EACH = 1 if SOAK else 13
"""Of so many spellings one is tried, another of each name."""


def test_there_are_two_thousand():
    assert len(NAMES) == len(set(NAMES)) == 2_000
    assert {family for _, family in NAMES} >= {*FAMILY, *SWEDISH_FAMILY}


def test_every_spelling_finds_its_name():
    tried, missed = 0, []
    for number, (given, family) in enumerate(NAMES):
        tokens = folding.person(given, family)
        for typed in sorted(spellings(given, family))[number % EACH :: EACH]:
            tried += 1
            if not found(typed, tokens):
                missed.append((typed, given, family))
    assert tried > 15_000 * (1 + 10 * SOAK)
    assert missed == []


def test_every_beginning_of_a_part_finds_its_name():
    for given, family in NAMES[::4]:
        tokens = folding.person(given, family)
        for part in re.split(r"[ -]", f"{given} {family}"):
            for length in range(2, len(part) + 1):
                if len(folding.spelt(part[:length])) > 1:
                    assert found(part[:length], tokens), (part[:length], given, family)
        beginnings = (f"{family[:4]} {given[:2]}", f"{given[:2]} {family[:4]}")
        assert all(found(each, tokens) for each in beginnings), (given, family)


def test_what_is_another_name_is_not_found():
    """A name finds few others: the fold makes alike what people confuse, and not everything."""
    names = [folding.person(given, family) for given, family in NAMES[:400]]
    for given, family in NAMES[400:440]:
        asked = folding.asked_name(f"{given} {family}")
        alike = [t for tokens in names for t in tokens if any(finds(each, t) for each in asked)]
        assert len(alike) <= 4, (given, family)
    assert not found("Korhonen Aino", folding.person("Aino", "Korpela"))
    assert not found("horhonen", folding.person("Aino", "Korhonen"))
    assert not found("korhosen", folding.person("Aino", "Korhola"))
    assert not found("a", folding.person("Aino", "Korhonen"))
    assert found("e", folding.person("E", "Korhonen"))


@pytest.mark.parametrize(
    "text", ["Korhonen", "Ŋuorát", "ẞarden", "wäänänen", "Æ ø å", "Kiss-Szabó", "ﬁnn", "Ǧiõll"]
)
def test_what_begins_a_word_begins_its_folding(text: str):
    for length in range(len(text) + 1):
        assert folding.folded(text).startswith(folding.folded(text[:length])), text[:length]


@pytest.mark.parametrize(
    "typed",
    ["040 123 4567", "0401234567", "+358 40 123 4567", "+358401234567", "00358401234567", "(040) 123-4567", "+358 (0)40 1234567",
     "358401234567", "401234567", "040-1234", "040/123 45 67", "04012"],
)  # fmt: skip
def test_a_telephone_number_is_found_in_any_spelling(typed: str):
    token = "358401234567"
    assert any(asked.folded <= token < asked.until for asked in folding.asked_phone(typed))


@pytest.mark.parametrize("typed", ["0401", "Korhonen", "", "04O1234567", "33100 Tampere"])
def test_what_is_no_telephone_number_asks_for_none(typed: str):
    assert folding.asked_phone(typed) == []


@pytest.mark.parametrize(
    "typed", ["0153791-8", "01537918", "153791-8", "FI01537918", "fi 0153791-8", "0153791 - 8"]
)
def test_a_business_id_is_found_in_any_spelling(typed: str):
    assert [asked.folded for asked in folding.asked_business_id(typed)] == ["0153791-8"]


@pytest.mark.parametrize("typed", ["0153791-9", "123", "0401234567", ""])
def test_what_is_no_business_id_asks_for_none(typed: str):
    assert folding.asked_business_id(typed) == []


@pytest.mark.parametrize(
    "typed", ["12345", "00000 12345", "0000012345", "12 345", "RF33 0012 345", "rf330012345"]
)
def test_an_invoice_is_found_with_spaces_and_zeros(typed: str):
    [asked] = folding.asked_number(typed)
    assert asked.folded <= folding.number("0000012345") < asked.until
    assert not asked.folded <= "123456" < asked.until


@pytest.mark.parametrize(
    "typed",
    ["Hämeenkatu 5", "hameenkatu 5 b", "Hämeenkatu 5 B 12", "HÄMEENKATU 5B12", "Hämeenk", "Hämeenkatu 5, 33100 Tampere",
     "hämenkatu 5 Tampere"],
)  # fmt: skip
def test_a_street_address_is_found(typed: str):
    [token] = folding.street("Hämeenkatu 5 B 12", "33100", "Tampere")
    [asked] = folding.asked_street(typed)
    assert finds(asked, token)


def test_another_house_is_not_found():
    [token] = folding.street("Hämeenkatu 5 B 12", "33100", "Tampere")
    for typed in ("Hämeenkatu 6", "Hämeenkatu 5 C", "Hämeenkatu 5 Turku", "33100"):
        assert not any(finds(asked, token) for asked in folding.asked_street(typed))


@pytest.mark.parametrize(
    "typed", ["As Oy Kaupin Putki", "kaupin putki", "Putki Kaupin", "KAUPIN", "Asunto-osakeyhtiö Kaupin"]
)
def test_an_organisation_is_found_by_any_of_its_words(typed: str):
    tokens = folding.organisation(
        "As Oy Kaupin Putki" if "osake" not in typed else "Asunto-osakeyhtiö Kaupin Putki"
    )
    assert found(typed, tokens)


def test_a_form_alone_is_nobodys_name():
    assert [token.folded.split()[0] for token in folding.organisation("Kahvila Oy")] == ["kahvila"]
    assert folding.organisation("Oy") == [Token("oy", "oy")]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("010190-999W", True),
        (" 010190a999w ", True),
        ("010190+9991", True),
        ("0101909999", False),
        ("Aino", False),
    ],
)
def test_a_personal_identity_code_is_known_by_its_form(text: str, is_one: bool):
    assert folding.is_hetu(text) is is_one


def test_nothing_asks_for_everything():
    for text in ("", " ", "-", "'", ".", "́", "_"):
        assert folding.asked_name(text) == folding.asked_street(text) == folding.asked_number(text) == []
