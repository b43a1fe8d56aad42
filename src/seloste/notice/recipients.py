"""Whom data are disclosed to.

Law: GDPR 6, 13(1)(e), 19. Notice: recipients.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .bases import Kind
from .parts import Answer, Declared, Flag, Key, Text


class Recipient(Declared):
    """Whom data are disclosed to, on what ground and with what evidence. Law: GDPR 13(1)(e)."""

    name: Text | None = None
    kind: Literal[
        "estate_agent", "property_manager", "police", "debt_collection", "loyalty_programme",
        "service_partner", "market_hub", "supplier", "network_company", "bank", "authority", "other",
    ]  # fmt: skip
    ground: tuple[Kind, ...] = Field((), description="The basis of disclosing to it.")
    law: Text | None = None
    evidence_needed: Literal["mandate", "request", "assignment", "authorisation", "contract"] | None = Field(
        None, description="What it must show."
    )
    regular: Flag | None = Field(None, description="Whether data go to it as a rule.")
    examples_only: Flag = Field(False, description="Named as an example of an open list.")
    categories: tuple[Key, ...] = ()
    purposes: tuple[Key, ...] = ()
    channel: Text | None = None


class Recipients(Declared):
    """Regular disclosure, its grounds, and to whom."""

    regular: Answer | None = None
    grounds: tuple[Kind, ...] = ()
    to: dict[Key, Recipient] = Field(default_factory=dict)
