"""What free text must not hold, marked where it stands: identity codes, cards, accounts, health, addresses.

A mark tells the writer; nothing is blocked by it. Words are told by their beginnings, as Finnish bends their ends.
Law: GDPR 5(1)(c), 9, 87; Tietosuojalaki 1050/2018 29 §.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from stdnum import iban, luhn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Kind = Literal["hetu", "card", "iban", "health", "address"]

HEALTH = {
    "fi": (
        "aids", "alkoholis", "allergi", "astma", "autis", "dementi", "diabee", "diagnoos", "dialyys", "epilep",
        "happirikast", "happivii", "hengityskone", "itsemurh", "kehitysvamm", "lääkäri", "lääkity", "lääkkee",
        "masennu", "masentu", "mielentervey", "muistisair", "narkomaan", "parkinson", "päihde",
        "psykias", "psykoo", "pyörätuol", "raskaana", "sairaala", "sairas", "sairau", "skitsofren",
        "sokeritau", "syöpä", "syövä", "sydänvi", "vammai", "vammau",
    ),
    "sv": (
        "allergi", "autis", "cancer", "demens", "depression", "diabet", "diagnos", "dialys", "funktionsneds",
        "funktionshind", "gravid", "läkar", "läkemed", "missbrukare", "psykisk", "psykos", "respirator", "rullstol",
        "schizofren", "sjukdom", "sjukhus", "självmord", "syrgas",
    ),
    "en": (
        "addict", "alcoholi", "asthma", "cancer", "dement", "depress", "diabet", "diagnos", "dialysis", "disabilit",
        "disease", "hiv", "hospital", "illness", "medicat", "mental health", "oxygen concentrat", "pregnan",
        "psychos", "schizophren", "suicid", "wheelchair",
    ),
}  # fmt: skip
"""Beginnings of words that tell of somebody's health; what is protected for it has a flag without a diagnosis."""

STREETS = (
    "katu", "kadu", "tie", "tiellä", "kuja", "kujal", "polku", "polul", "kaari", "kaarel", "raitti", "raiti", "väylä", "väyläl",
    "aukio", "tori", "rinne", "rintee", "ranta", "ranna", "penger", "bulevardi", "esplanadi", "gata", "gatan", "väg", "vägen",
    "gränd", "gränden", "stig", "stigen",
)  # fmt: skip
"""How names of streets end, before their case."""

BENT, SHORTEST_STEM = 3, 5
"""Letters at the end of a name that may be others in another case, and letters that are looked for at least."""


@dataclass(frozen=True, order=True)
class Mark:
    """Something that should not be written, from one character to before another."""

    start: int
    end: int
    kind: Kind


def marks(text: str, streets: Iterable[str] = ()) -> tuple[Mark, ...]:
    """This will mark what a text should not hold, in the order in which it stands.

    `streets`: names of streets that are known to be somebody's, whatever they look like.
    """
    found: list[Mark] = []
    # addresses first: a street named after a hospital is where somebody lives, and closes with that
    for mark in (*_addresses(text, streets), *_hetus(text), *_ibans(text), *_cards(text), *_health(text)):
        if not any(mark.start < other.end and other.start < mark.end for other in found):
            found.append(mark)
    return tuple(sorted(found))


def has_address(told: Iterable[Mark]) -> bool:
    """Whether an address is among the marks."""
    return any(mark.kind == "address" for mark in told)


def _hetus(text: str) -> Iterator[Mark]:
    """By its form alone: one that was mistyped still gives somebody away."""
    day = r"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])[0-9]{2}"
    for found in re.finditer(
        rf"(?<![0-9A-Za-z]){day} ?[-+YXWVUABCDEF\u2010-\u2013\u2212] ?[0-9]{{3}}[0-9A-Y](?![0-9A-Za-z])",
        text,
        re.IGNORECASE,
    ):
        yield Mark(*found.span(), "hetu")


def _ibans(text: str) -> Iterator[Mark]:
    for found in re.finditer(r"(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]){11,30}", text, re.IGNORECASE):
        # words after it look like more of it: the longest beginning that passes is the account
        for end in range(found.end(), found.start() + 14, -1):
            if not text[end : end + 1].isalnum() and iban.is_valid(text[found.start() : end]):
                yield Mark(found.start(), end, "iban")
                break


def _cards(text: str) -> Iterator[Mark]:
    """The lengths of cards that are in use: a GSRN has 18 digits and is none."""
    for found in re.finditer(r"(?<![0-9])[2-6](?:[ -]?[0-9]){13,18}(?![0-9])", text):
        digits = re.sub(r"[ -]", "", found[0])
        if len(digits) in {14, 15, 16, 19} and luhn.is_valid(digits):
            yield Mark(*found.span(), "card")


def _health(text: str) -> Iterator[Mark]:
    for found in _health_words().finditer(text):
        yield Mark(*found.span(), "health")


@cache
def _health_words() -> re.Pattern[str]:
    begun = sorted({re.escape(word) for words in HEALTH.values() for word in words}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(begun)})\w*", re.IGNORECASE)


def _addresses(text: str, streets: Iterable[str]) -> Iterator[Mark]:
    for pattern in (_street_numbers(), _postcodes(), *map(_known, streets)):
        for found in pattern.finditer(text):
            yield Mark(*found.span(), "address")


@cache
def _street_numbers() -> re.Pattern[str]:
    """A name that ends as streets do, in any case, and a number: Esimerkkikadulla 5 B 12."""
    ends = "|".join(sorted(STREETS, key=len, reverse=True))
    return re.compile(
        rf"(?<!\w)[^\W\d_][\w'-]*(?:{ends})\w{{0,4}} {{1,2}}[0-9]{{1,4}}(?: ?[a-z]\b)?(?: [0-9]{{1,3}}\b)?",
        re.IGNORECASE,
    )


@cache
def _postcodes() -> re.Pattern[str]:
    """Five digits and a place with a capital: 33100 Tampere."""
    return re.compile(r"(?<![0-9])[0-9]{5} {1,2}[A-ZÅÄÖ][A-Za-zåäöÅÄÖ-]+")


def _known(street: str) -> re.Pattern[str]:
    """A street of somebody's, without its number, wherever it is named: Piilokoto, also when Piilokodossa."""
    told = re.sub(r"\s+[0-9].*$", "", street.strip())
    begun = re.escape(told[: max(SHORTEST_STEM, len(told) - BENT)])
    return re.compile(
        rf"(?<!\w){begun}\w*(?: [0-9]\w*)*" if re.search(r"[^\W\d_]", told) else r"(?!)", re.IGNORECASE
    )
