"""Who acts with whom: a wall stands between those who act separately.

Law: GDPR 26; SML 60. Notice: arrangement.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Declared, Key, Text, Texts


class Arrangement(Declared):
    """Who acts with whom: alone, jointly, or separately behind a wall. Law: GDPR 26; SML 60."""

    kind: Literal["single", "joint", "separate"] = Field(
        description="`separate` puts each member behind a wall of its own."
    )
    members: tuple[Key, ...] = Field(min_length=1)
    essence: Texts | None = Field(None, description="The essence of the arrangement, 26(2).")
    contact: Text | None = None
