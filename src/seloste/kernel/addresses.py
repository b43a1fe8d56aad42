"""Postal addresses, Finnish and foreign: what can be checked of them without a directory.

The forms of postcodes are those of the Universal Postal Union's member pages, for the countries that our
customers move to most; elsewhere any short code will do, as many countries have none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

FINLAND = "FI"

_ALPHA_2 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY"
    " BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK"
    " FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR"
    " IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK"
    " ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM"
    " PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF"
    " TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_ALPHA_2.split())
"""ISO 3166-1 alpha-2, and XK, which post is sent to by."""

_CODES = {
    "FI": (r"[0-9]{5}", "five digits"),
    "SE": (r"[0-9]{3} [0-9]{2}", "three digits, a space and two"),
    "NO": (r"[0-9]{4}", "four digits"),
    "DK": (r"[0-9]{4}", "four digits"),
    "EE": (r"[0-9]{5}", "five digits"),
    "LV": (r"LV-[0-9]{4}", "LV, a hyphen and four digits"),
    "LT": (r"(LT-)?[0-9]{5}", "five digits"),
    "DE": (r"[0-9]{5}", "five digits"),
    "FR": (r"[0-9]{5}", "five digits"),
    "ES": (r"[0-9]{5}", "five digits"),
    "IT": (r"[0-9]{5}", "five digits"),
    "NL": (r"[1-9][0-9]{3} [A-Z]{2}", "four digits, a space and two letters"),
    "BE": (r"[1-9][0-9]{3}", "four digits"),
    "AT": (r"[1-9][0-9]{3}", "four digits"),
    "CH": (r"[1-9][0-9]{3}", "four digits"),
    "PL": (r"[0-9]{2}-[0-9]{3}", "two digits, a hyphen and three"),
    "GB": (r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}", "an outward and an inward code"),
    "US": (r"[0-9]{5}(-[0-9]{4})?", "five digits, or nine with a hyphen"),
}
"""The form of a postcode, and how it is told to somebody who wrote another."""
_ANY_CODE = r"[A-Z0-9]([A-Z0-9 -]{0,10}[A-Z0-9])?"
AT_MOST = 200


class NotAnAddress(ValueError):
    """The words are not written as an address is; the message names the rule, never the words."""


@dataclass(frozen=True)
class PostalAddress:
    """Where a letter goes."""

    street: str
    postcode: str
    city: str
    country: str = FINLAND
    care_of: str | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """As they stand on an envelope, under the name; the country is told where it is another."""
        care_of = f"c/o {self.care_of}" if self.care_of else ""
        place = " ".join(part for part in (self.postcode, self.city) if part)
        abroad = "" if self.country == FINLAND else self.country
        return tuple(line for line in (care_of, self.street, place, abroad) if line)


def postal(
    street: str, postcode: str, city: str, country: str = FINLAND, care_of: str | None = None
) -> PostalAddress:
    """This will check an address and write it as it is written in its country.

    Raises: NotAnAddress.
    """
    land = country.strip().upper()
    # the post of Åland is Finland's, by codes that begin with 22
    land = FINLAND if land == "AX" else land
    if land not in COUNTRIES:
        raise NotAnAddress("a country is the two letters of ISO 3166, as FI or SE")
    return PostalAddress(
        _words(street, "a street, or a post office box"),
        _code(postcode, land),
        _words(city, "a city"),
        land,
        _words(care_of, "in whose care") if (care_of or "").strip() else None,
    )


def _code(postcode: str, land: str) -> str:
    told = " ".join(postcode.upper().split())
    told = told.removeprefix(f"{land}-") if land != "LV" else told
    if land == "SE" and re.fullmatch(r"[0-9]{5}", told):
        told = f"{told[:3]} {told[3:]}"
    if land == "NL" and re.fullmatch(r"[0-9]{4}[A-Z]{2}", told):
        told = f"{told[:4]} {told[4:]}"
    if land not in _CODES:
        if told and not re.fullmatch(_ANY_CODE, told):
            raise NotAnAddress("a postcode is at most 12 letters, digits, spaces and hyphens")
        return told
    form, spelled = _CODES[land]
    if not re.fullmatch(form, told) or (land == FINLAND and told == "00000"):
        raise NotAnAddress(f"a postcode of {land} is {spelled}")
    return told


def _words(words: str | None, what: str) -> str:
    told = " ".join(unicodedata.normalize("NFC", words or "").split())
    if not told or len(told) > AT_MOST:
        raise NotAnAddress(f"{what} is missing, or has more than {AT_MOST} characters")
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} for letter in told):
        raise NotAnAddress(f"{what} is printable")
    return told
