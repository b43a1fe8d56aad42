"""What a confirmation says, in each language; that a name is never markup; that a screen reader can read the PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pypdfium2
import pytest

from seloste.kernel.languages import LANGUAGES
from seloste.kernel.periods import finnish_midnight
from seloste.register.agreements.confirmations import Matter, Party, Sender, as_pdf, as_text, compose, words

AT = datetime(2026, 3, 20, 9, tzinfo=UTC)
SENDER = Sender("Yhtiö Oy", ("Katu 1", "33100 Tampere"), ("palvelu@yhtio.example",))
MATTER = Matter(
    about="opened",
    kind="sale",
    number="S0000000001",
    holder="Áile Ŋálgu",
    parties=("Matti Meikäläinen",),
    valid_from=finnish_midnight(date(2026, 3, 29)),
    valid_until=finnish_midnight(date(2026, 10, 26)),
    point="643006000000000126",
    point_address=("Kotikatu 2", "33200 Tampere"),
    product={"fi": "Vakaa", "sv": "Stabil", "en": "Steady"},
    withdrawal_until=finnish_midnight(date(2026, 4, 8)),
)


def letter(lang="fi", **changes):
    return compose(replace(MATTER, **changes), SENDER, Party("Áile Ŋálgu", lang, ("Postikuja 3",)), at=AT)


def read(pdf):
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    return document, " ".join(text.split())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("about", sorted(words.TITLE))
def test_whatever_is_confirmed_is_said_in_each_language(lang, about):
    assert words.TITLE.keys() == words.SAID.keys()
    for kind in words.KIND:
        told = as_text(letter(lang, about=about, kind=kind))
        assert words.KIND[kind][lang] in told
        assert words.TITLE[about][lang].upper() in told
        assert "{" not in told


@pytest.mark.parametrize(
    ("lang", "begins", "last", "withdraw"),
    [
        ("fi", "29.3.2026", "25.10.2026", "viimeistään 7.4.2026"),
        ("sv", "29.3.2026", "25.10.2026", "senast 7.4.2026"),
        ("en", "29 March 2026", "25 October 2026", "by 7 April 2026"),
    ],
)
def test_days_are_finnish_days_and_the_last_is_the_one_before_the_midnight(lang, begins, last, withdraw):
    """The clocks change on both: 21:00 and 22:00 UTC are midnights of the same kind."""
    told = " ".join(as_text(letter(lang)).split())
    assert begins in told
    assert last in told
    assert withdraw in told


def test_without_the_right_of_withdrawal_nothing_is_said_of_it():
    assert "Peruuttamisoikeus" not in as_text(letter(withdrawal_until=None))


def test_what_was_undone_has_no_last_day_and_what_goes_on_says_so():
    begins = MATTER.valid_from
    assert "Viimeinen päivä" not in as_text(letter(about="cancelled", valid_until=begins - timedelta(days=3)))
    assert "Voimassa:" in as_text(letter(valid_until=None))
    assert "Viimeinen päivä" in as_text(letter(valid_until=begins + timedelta(days=1)))


def test_a_hidden_address_is_in_neither_form():
    hidden = letter(address_hidden=True)
    _, told = read(as_pdf(hidden))
    for form in (as_text(hidden), told):
        assert "Kotikatu" not in form
        assert "turvakielto" in form


def test_a_name_that_looks_like_markup_stays_a_name():
    name = "Matti *Meikäläinen* #pagebreak() {{ letter }} <b>"
    told = letter(holder=name)
    assert name in as_text(told)
    document, text = read(as_pdf(told))
    assert name in text
    assert len(document) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_document_is_tagged_and_says_what_the_text_says(lang):
    made = as_pdf(letter(lang))
    document, told = read(made)
    assert pypdfium2.raw.FPDFCatalog_IsTagged(document.raw)
    assert document.get_metadata_dict()["Title"] == words.TITLE["opened"][lang]
    said = letter(lang)
    for part in (said.title, said.addressee[0], *(line.value for line in said.lines)):
        assert part in told
    assert b"pdfuaid" in made
