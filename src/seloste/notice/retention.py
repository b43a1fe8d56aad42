"""How long data are kept.

Law: GDPR 5(1)(e), 13(2)(a). Notice: retention.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .bases import Kind
from .parts import Declared, Flag, Span, Text, Texts


class Retention(Declared):
    """A retention class: what starts the clock, for how long, on what ground, and what then."""

    name: Texts | None = None
    starts_at: Text | None = Field(None, description="The event that starts the clock.")
    period: Span | None = None
    until: Texts | None = Field(None, description="A criterion where no period can be given.")
    ground: Text | None = Field(None, description="The law or the reason of the period.")
    basis: Kind | None = Field(None, description="The basis that keeping rests on, where one is told.")
    at_end: Literal["erase", "anonymise", "review"] | None = None
    internal_plan: Flag = Field(False, description="Only a plan that the reader cannot see says.")
    open_list: Flag = Field(False, description="Criteria are named as examples only.")
    ends_relation: Flag = Field(
        False, description="Erasing it closes the subject to all but legal obligation."
    )
