"""Findings that are known and borne for a while.

Notice: suppressions.
"""

from __future__ import annotations

from pydantic import Field

from .parts import Day, Part, Text


class Suppression(Part):
    """A finding that is known and borne for a while: by name, with a reason and an end."""

    check: Text
    reason: Text
    expires: Day
    at: Text | None = Field(None, description="Key of the part; every finding of the check if absent.")
