"""References of payments: the Finnish viitenumero, and the international one that may carry it."""

from __future__ import annotations

import re

from stdnum import iso11649

from .identifiers import NotAnIdentifier

WEIGHTS = (7, 3, 1)
SHORTEST, LONGEST = 4, 20


def reference(value: str) -> str:
    """This will check a reference as it is printed and return the digits of its viitenumero.

    Spaces and leading zeros are a matter of print. An RF reference is unwrapped, so that both
    spellings of one reference are one.
    Raises: NotAnIdentifier. Law: ISO 11649.
    """
    told = re.sub(r"\s", "", value).upper()
    if told.startswith("RF"):
        if not iso11649.is_valid(told):
            raise NotAnIdentifier("the RF reference fails its check digits")
        told = told[4:]
    told = told.lstrip("0")
    if not re.fullmatch(rf"[0-9]{{{SHORTEST},{LONGEST}}}", told, re.ASCII):
        raise NotAnIdentifier(f"a viitenumero is {SHORTEST} to {LONGEST} digits, its leading zeros left out")
    if reference_check(told[:-1]) != told[-1]:
        raise NotAnIdentifier("the viitenumero fails its check digit")
    return told


def reference_check(digits: str) -> str:
    """This will compute the check digit of a viitenumero: weights 7, 3, 1 from the right."""
    total = sum(int(digit) * WEIGHTS[place % 3] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def as_rf(checked: str) -> str:
    """This will write a checked viitenumero as an RF reference: over all of it, its check digit too."""
    return f"RF{98 - int(f'{checked}271500') % 97:02}{checked}"


def in_groups(checked: str) -> str:
    """This will write a checked viitenumero in groups of five from the right, as it is printed."""
    return " ".join(re.findall(r".{1,5}", checked[::-1]))[::-1]
