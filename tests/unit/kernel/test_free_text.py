"""What free text should not hold is marked where it stands, and what may stand there is not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seloste.kernel.free_text import HEALTH, has_address, marks
from seloste.kernel.identifiers import hetu_check

HETU = f"010190-900{hetu_check('010190900')}"
CARD = "4111 1111 1111 1111"
IBAN = "FI21 1234 5600 0007 85"


def found(text, *streets):
    return [(mark.kind, text[mark.start : mark.end]) for mark in marks(text, streets)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"tunnus on {HETU}, soittaa", [("hetu", HETU)]),
        (f"{HETU.lower()}", [("hetu", HETU.lower())]),
        (HETU.replace("-", "–"), [("hetu", HETU.replace("-", "–"))]),
        ("010190A900X kirjoitti väärin", [("hetu", "010190A900X")]),  # mistyped, and gives away as much
        (f"kortti {CARD}.", [("card", CARD)]),
        ("kortti 4111111111111111", [("card", "4111111111111111")]),
        ("Amex 3782-822463-10005", [("card", "3782-822463-10005")]),
        (f"tili {IBAN} Nordea", [("iban", IBAN)]),
        ("tili FI2112345600000785", [("iban", "FI2112345600000785")]),
        (f"{HETU} / {IBAN}", [("hetu", HETU), ("iban", IBAN)]),
    ],
)
def test_numbers_that_give_somebody_away(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("on ollut masentunut keväästä", "masentunut"),
        ("Diabeetikko, ei voi olla ilman", "Diabeetikko"),
        ("hengityskoneen varassa", "hengityskoneen"),
        ("syövän vuoksi", "syövän"),
        ("ligger på sjukhuset", "sjukhuset"),
        ("har cancer", "cancer"),
        ("he is in a wheelchair", "wheelchair"),
        ("her mental health", "mental health"),
    ],
)
def test_words_of_health_in_three_languages_and_any_case(text, word):
    assert found(text) == [("health", word)]


@pytest.mark.parametrize(
    "address",
    [
        "Esimerkkikatu 5",
        "Esimerkkikadulla 5 B 12",
        "Mallitiellä 12",
        "33100 Tampere",
        "Provvägen 3",
        "Koskikuja 1a",
        # named after what is a word of health
        "Sairaalakatu 5 B 12",
        "Lääkärinkatu 3",
        "Sjukhusvägen 4",
    ],
)
def test_addresses_as_they_are_said(address):
    text = f"muutti, nyt {address}, ilmoitti itse"
    assert [kind for kind, _ in found(text)] == ["address"]
    assert has_address(marks(text))


def test_a_street_that_is_known_is_found_whatever_it_looks_like_and_however_it_is_bent():
    assert found("asuu Pispalassa, Ylä-Voimalla") == []
    assert found("tavattavissa Ylä-Voimalla 4", "Ylä-Voima 4") == [("address", "Ylä-Voimalla 4")]
    assert found("tavattavissa Haulitehtaalla 4 B", "Haulitehdas 4") == [("address", "Haulitehtaalla 4")]
    assert found("nyt Piilokodossa", "Piilokoto 7 A") == [("address", "Piilokodossa")]
    assert found("muutti, 3. linjan kulmalle", "3. linja 12") == [("address", "3. linjan")]
    assert found("soitti 5 kertaa", "5", "", "  ") == []


@pytest.mark.parametrize(
    "text",
    [
        "Soitti laskusta 1234561 ja pyysi maksuaikaa 3 viikkoa.",
        "Käyttöpaikka 643007000000000001, lukema 12345 kWh",  # a GSRN is 18 digits
        "viite 12 34561, summa 123,45, eräpäivä 15.6.2026",
        "puhelin 040 123 4567, soitto klo 12-14",
        "Y-tunnus 0153791-8",
        "sopimus FI-2026-00012345",
        "mittari vaihdettiin, tie auki",
        "suojeltava asiakas: sähköä ei katkaista",
        "4111 1111 1111 1112",
        "",
    ],
)
def test_the_words_of_a_clerks_day_are_left_alone(text):
    assert found(text) == []


@given(st.text(max_size=400))
def test_any_text_is_read_and_marks_stand_in_it_in_order(text):
    told = marks(text)
    assert list(told) == sorted(told)
    assert all(0 <= mark.start < mark.end <= len(text) for mark in told)
    assert all(one.end <= other.start for one, other in pairwise(told))


@given(st.text(alphabet="0123456789 -ABCFI", max_size=4_000))
def test_a_long_row_of_digits_is_read_at_once(text):
    """Patterns that look back and forth would take minutes here."""
    marks(text)


def test_no_beginning_of_a_word_makes_another_needless():
    for language, words in HEALTH.items():
        needless = [word for word in words if any(word.startswith(other) for other in words if other != word)]
        assert (len(set(words)), needless) == (len(words), []), language
