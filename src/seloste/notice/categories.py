"""Which data the register holds, and where.

Law: GDPR 5(1)(c), 14(1)(d), 30(1)(c). Notice: categories.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Channel, Declared, Flag, Key, Text, Texts


class Category(Declared):
    """A category of personal data: how long, whose master, and where it is held."""

    name: Texts
    subject_groups: tuple[Key, ...] = ()
    contents: tuple[Text, ...] = Field((), description="The data of the category, as named.")
    retention: Key | None = None
    master: Key | None = Field(None, description="The system whose value decides.")
    channels: tuple[Channel, ...] = ()
    address_bearing: Flag = False
    special: Literal["none", "biometric", "health", "national_identifier"] | None = None
    ground: Text | None = Field(None, description="The ground of an identifier or special category.")
    withheld: Text | None = Field(
        None,
        description="The law under which it is left out of what a person is given of their own data.",
    )
    origin: tuple[
        Literal["given", "metered", "recorded", "tracked", "from_organisation", "from_market", "inferred"],
        ...,
    ] = Field((), description="How its data arise.")
    source: tuple[Key, ...] = Field((), description="Sources it comes from.")
    held_in: dict[Text, tuple[Key, ...]] = Field(
        default_factory=dict,
        description="Columns it claims: `table` or `table[category]` to its columns.",
    )
