"""By what of their own subjects are found: name, key, number, address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel import folding
from seloste.kernel.folding import Asked, Token

from .port import Findable

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED = "(given_names IS NOT NULL OR family_name IS NOT NULL OR organisation_name IS NOT NULL)"
"""Nobody whose names are erased is found by the key that stays."""


def name(given: str | None, family: str | None, organisation: str | None) -> list[Token]:
    """This will write whichever name there is."""
    return folding.organisation(organisation) if organisation else folding.person(given, family)


def plain(value: str) -> list[Token]:
    """This will write what has one spelling."""
    return [Token(value, value)]


def number(value: str) -> list[Token]:
    """This will write a number without spaces and leading zeros."""
    return plain(told) if (told := folding.number(value)) else []


def phone(value: str) -> list[Token]:
    """This will write a telephone number without its plus."""
    return plain(value.removeprefix("+"))


def asked_email(text: str) -> Iterable[Asked]:
    """This will read the beginning of an e-mail address, in which a mark stands and no space."""
    told = text.strip().lower()
    if " " not in told and ("@" in told or "." in told.strip(".")):
        yield Asked(told, told)


WAYS = (
    Findable(
        "customer",
        "name",
        "subject",
        f"SELECT id, '', id::text FROM register.subject WHERE id = ANY(%(ids)s) AND {NAMED}",
        number,
        folding.asked_number,
        rank=0,
    ),
    Findable(
        "source_number",
        "customer_numbers",
        "source_identity",
        "SELECT subject_id, '', source_key FROM register.source_identity WHERE subject_id = ANY(%(ids)s)",
        number,
        folding.asked_number,
        rank=0,
    ),
    Findable(
        "name",
        "name",
        "subject",
        "SELECT id, '', given_names, family_name, organisation_name FROM register.subject"
        f" WHERE id = ANY(%(ids)s) AND {NAMED}"
        " UNION ALL SELECT subject_id, '', given_names, family_name, organisation_name FROM register.previous_name"
        " WHERE subject_id = ANY(%(ids)s)",
        name,
        folding.asked_name,
        rank=2,
    ),
    Findable(
        "business_id",
        "business_id",
        "business_id",
        "SELECT subject_id, '', value FROM register.business_id WHERE subject_id = ANY(%(ids)s)",
        plain,
        folding.asked_business_id,
        rank=0,
    ),
    Findable(
        "phone",
        "phone",
        "contact_point",
        "SELECT subject_id, '', value FROM register.contact_point"
        " WHERE subject_id = ANY(%(ids)s) AND category = 'phone'",
        phone,
        folding.asked_phone,
        rank=1,
    ),
    Findable(
        "email",
        "email",
        "contact_point",
        "SELECT subject_id, '', value FROM register.contact_point"
        " WHERE subject_id = ANY(%(ids)s) AND category = 'email'",
        plain,
        asked_email,
        rank=1,
    ),
    Findable(
        "address",
        "address",
        "address",
        "SELECT subject_id, '', street, postcode, city FROM register.address WHERE subject_id = ANY(%(ids)s)",
        folding.street,
        folding.asked_street,
        rank=3,
    ),
)
"""Ways in which subjects are found by what this folder keeps."""
