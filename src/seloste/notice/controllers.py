"""Who decides why and how data are used.

Law: GDPR 4(7), 24. Notice: controllers.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Declared, Text


class Controller(Declared):
    """A company that decides why and how. Law: GDPR 4(7), 24."""

    name: Text
    business_id: Text | None = None
    activities: tuple[
        Literal["electricity_network", "electricity_sale", "district_heat", "cooling", "services", "water"],
        ...,
    ] = Field((), description="What it does; a network company is unbundled from a seller.")
    street: Text | None = None
    postcode: Text | None = None
    city: Text | None = None
    email: Text | None = None
    phone: Text | None = None
