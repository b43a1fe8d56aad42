"""By what of their own subjects are found: name, key, number, address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel import folding
from seloste.kernel.folding import Asked, Token

from .port import Findable, Standing

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


def of(table: str, columns: str, *, only: str = "true", subject: str = "subject_id") -> Standing:
    """This will say that values are columns of a table of which each row names its subject."""
    return Standing(
        f"SELECT {subject}, '', {columns} FROM register.{table} WHERE {subject} = ANY(%(ids)s) AND {only}",
        (table,),
    )


NAMES = "given_names, family_name, organisation_name"
WAYS = (
    Findable(
        "customer",
        "name",
        (of("subject", "id::text", only=NAMED, subject="id"),),
        number,
        folding.asked_number,
        rank=0,
    ),
    Findable(
        "source_number",
        "customer_numbers",
        (of("source_identity", "source_key"),),
        number,
        folding.asked_number,
        rank=0,
    ),
    Findable(
        "name",
        "name",
        # by a name that was borne somebody is found, and shown by the one they bear
        (of("subject", NAMES, only=NAMED, subject="id"), of("previous_name", NAMES)),
        name,
        folding.asked_name,
        rank=2,
    ),
    Findable(
        "business_id",
        "business_id",
        (of("business_id", "value"),),
        plain,
        folding.asked_business_id,
        rank=0,
    ),
    Findable(
        "phone",
        "phone",
        (of("contact_point", "value", only="category = 'phone'"),),
        phone,
        folding.asked_phone,
        rank=1,
    ),
    Findable(
        "email",
        "email",
        (of("contact_point", "value", only="category = 'email'"),),
        plain,
        asked_email,
        rank=1,
    ),
    Findable(
        "address",
        "address",
        (of("address", "street, postcode, city"),),
        folding.street,
        folding.asked_street,
        rank=3,
    ),
)
"""Ways in which subjects are found by what this folder keeps."""
