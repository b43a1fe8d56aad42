"""Legal bases, and those that a notice lists as a whole.

Law: GDPR 6(1). Notice: bases.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Declared, Flag, Text

Kind = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interest",
    "public_interest",
    "legitimate_interest",
]
"""A legal basis. Law: GDPR 6(1)(a)-(f)."""


class Bases(Declared):
    """The bases that the notice lists as a whole, whether or not it maps them to purposes."""

    listed: tuple[Kind, ...] = ()
    interest_assessed: Flag | None = None
    parts: tuple[Text, ...] = Field((), description="Parts of the form, such as A).")
