"""Finnish identifiers and those of the energy market, checked by their check digits.

python-stdnum does the arithmetic; here are the rules that it lacks.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from stdnum import ean
from stdnum.eu import eic as stdnum_eic
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu as stdnum_hetu
from stdnum.fi import ytunnus

from .periods import FINLAND

CENTURIES = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}


class NotAnIdentifier(ValueError):
    """The value is not an identifier of its kind; the message names the rule, never the value."""


def hetu(value: str, today: date | None = None) -> str:
    """This will check a henkilötunnus and return all its 11 characters, upper case.

    The separator distinguishes people since 2023 (decree 690/2022), so nothing is ever keyed on
    the ten characters without it. An individual number of 900-999 is artificial. `today` is a day
    in Finland: nobody is born after it.
    Raises: NotAnIdentifier.
    """
    told = value.strip().upper()
    if not re.fullmatch(r"[0-9]{6}[-+YXWVUABCDEF][0-9]{3}[0-9A-Y]", told):
        raise NotAnIdentifier("a henkilötunnus is DDMMYY, a separator, three digits and a check character")
    try:
        stdnum_hetu.validate(told, allow_temporary=True)
    except ValidationError as wrong:
        raise NotAnIdentifier(f"the henkilötunnus fails its {wrong.__class__.__name__}") from None
    if birth_date(told) > (today or datetime.now(tz=FINLAND).date()):
        raise NotAnIdentifier("the henkilötunnus tells a birth in the future")
    return told


def birth_date(checked: str) -> date:
    """This will derive the date of birth from a checked henkilötunnus."""
    year = CENTURIES[checked[6]] + int(checked[4:6])
    return date(year, int(checked[2:4]), int(checked[0:2]))


def hetu_check(digits: str) -> str:
    """This will compute the check character over DDMMYY and the individual number."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31]


def business_id(value: str) -> str:
    """This will check a Y-tunnus and return it as `1234567-8`.

    An old one of six digits gets its leading zero.
    Raises: NotAnIdentifier.
    """
    told = value.strip()
    if not re.fullmatch(r"[0-9]{6,7}-[0-9]", told):
        raise NotAnIdentifier("a Y-tunnus is seven digits, a hyphen and a check digit")
    told = told.zfill(9)
    try:
        ytunnus.validate(told)
    except ValidationError:
        raise NotAnIdentifier("the Y-tunnus fails its check digit") from None
    return told


def business_id_check(digits: str) -> str | None:
    """This will compute the check digit over seven digits, or None where none exists."""
    rest = sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return None if rest == 1 else str((11 - rest) % 11)


def phone(value: str) -> str:
    """This will write a telephone number as E.164; one without a country is Finnish.

    Raises: NotAnIdentifier.
    """
    told = re.sub(r"[\s().-]", "", value)
    told = re.sub(r"^00", "+", told)
    told = re.sub(r"^0", "+358", told)
    if not re.fullmatch(r"\+[1-9][0-9]{4,14}", told, re.ASCII):
        raise NotAnIdentifier(
            "a telephone number is a plus sign and 5 to 15 digits, or a Finnish one from its 0"
        )
    return told


def email(value: str) -> str:
    """This will write an e-mail address in lower case.

    Raises: NotAnIdentifier.
    """
    told = value.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", told):
        raise NotAnIdentifier("an e-mail address is something, an @ and something, without spaces")
    return told


def gsrn(value: str) -> str:
    """This will check the 18 digits of an accounting point's GSRN.

    Raises: NotAnIdentifier. Law: GS1 General Specifications 7.9.1.
    """
    return _gs1(value, 18, "a GSRN")


def gln(value: str) -> str:
    """This will check the 13 digits of a market party's GLN.

    Raises: NotAnIdentifier.
    """
    return _gs1(value, 13, "a GLN")


def eic(value: str) -> str:
    """This will check the 16 characters of an energy identification code, as a metering grid area has one.

    Raises: NotAnIdentifier.
    """
    told = value.strip().upper()
    if not re.fullmatch(r"[0-9A-Z-]{16}", told):
        raise NotAnIdentifier("an EIC is 16 digits, capitals and hyphens")
    try:
        stdnum_eic.validate(told)
    except ValidationError:
        raise NotAnIdentifier("the EIC fails its check character") from None
    return told


def _gs1(value: str, length: int, what: str) -> str:
    told = value.strip()
    if not re.fullmatch(rf"[0-9]{{{length}}}", told):
        raise NotAnIdentifier(f"{what} is {length} digits")
    if ean.calc_check_digit(told[:-1]) != told[-1]:
        raise NotAnIdentifier(f"{what} fails its check digit")
    return told
