"""Names and addresses as people have them."""

import unicodedata

import pytest

from seloste.kernel.addresses import NotAnAddress, postal
from seloste.kernel.names import NotAName, organisation, person


@pytest.mark.parametrize(
    "name",
    [
        ("Máret Áile", "Guhkesjohka", "Áile"),
        ("Anna-Liisa Kaarina", "Esimerkki-Virtanen", "Liisa"),
        ("Anna-Liisa", "af Ursin", "Anna-Liisa"),
        ("Anna Maria Kaarina", "von Esimerkki", "Anna Maria"),
        ("Đuro", "O’Esimerkki", None),
        ("Sukarno", None, None),
        (None, "Esimerkki", None),
        ("J. P.", "d'Esimerkki", None),
        ("Čáhcelieđđi", "Ŋiđđa Ŧoŋká", None),
    ],
)
def test_a_name_is_written_as_it_is_borne(name):
    told = person(name[0], name[1], name[2])
    assert (told.given, told.family, told.call) == name


def test_a_name_is_composed_and_its_spaces_are_single():
    apart = unicodedata.normalize("NFD", "Märit  Åsa ")
    assert person(apart, " Öhman\t").whole == "Märit Åsa Öhman"
    assert person("Aino Maria", "Esimerkki", "Maria").used == "Maria Esimerkki"
    assert person("Aino Maria", "Esimerkki").used == "Aino Esimerkki"


@pytest.mark.parametrize(
    "wrong",
    [
        ("", " ", None),
        ("Aino1", "Esimerkki", None),
        ("Aino", "<b>", None),
        ("Aino", "Esi\x00merkki", None),
        ("Aino", "-", None),
        ("Aino", "E" * 201, None),
        ("Aino", "Esimerkki", "Maria"),
        (None, "Esimerkki", "Aino"),
    ],
)
def test_what_is_no_name_is_refused_without_being_told(wrong):
    with pytest.raises(NotAName) as refused:
        person(*wrong)
    assert "Esi" not in str(refused.value)


def test_an_organisation_may_be_called_almost_anything():
    assert organisation(" 3M & Pojat  Oy ") == "3M & Pojat Oy"
    with pytest.raises(NotAName):
        organisation("Oy\u202e")


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (("Voimakatu 17", "33100", "Tampere"), ("Voimakatu 17", "33100 Tampere")),
        (("PL 1", "FI-33101", "TAMPERE"), ("PL 1", "33101 TAMPERE")),
        (("Storgatan 5", "11122", "Stockholm", "se"), ("Storgatan 5", "111 22 Stockholm", "SE")),
        (("Damrak 1", "1012lg", "Amsterdam", "NL"), ("Damrak 1", "1012 LG Amsterdam", "NL")),
        (("10 Made-up St", "SW1A 2AA", "London", "GB"), ("10 Made-up St", "SW1A 2AA London", "GB")),
        (("Sheikh Zayed Rd", "", "Dubai", "AE"), ("Sheikh Zayed Rd", "Dubai", "AE")),
        (("Katu 1", "33100", "Tampere", "FI", "Liisa Esimerkki"), ("c/o Liisa Esimerkki", "Katu 1", "33100 Tampere")),
    ],
)  # fmt: skip
def test_an_address_is_written_as_in_its_country(given, lines):
    assert postal(*given).lines == lines


@pytest.mark.parametrize(
    "wrong",
    [
        ("Katu 1", "3310", "Tampere"),
        ("Katu 1", "00000", "Tampere"),
        ("Katu 1", "33100", ""),
        ("", "33100", "Tampere"),
        ("Storgatan 5", "1112", "Stockholm", "SE"),
        ("Katu 1", "33100", "Tampere", "QQ"),
        ("Katu 1", "33100", "Tampere", "Suomi"),
        ("Katu\x001", "33100", "Tampere"),
    ],
)
def test_what_no_letter_reaches_is_refused_without_being_told(wrong):
    with pytest.raises(NotAnAddress) as refused:
        postal(*wrong)
    assert "Katu" not in str(refused.value)
