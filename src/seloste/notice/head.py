"""The register itself: its name, its version, and since when its notice is in force.

Notice: notice.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seloste.kernel.languages import Language

from .parts import Day, Declared, Key, Text, Texts


class Head(Declared):
    """The register itself: its name and since when its notice is in force."""

    key_: Key = Field(alias="key")
    title: Texts = Field(description="The register's name.")
    in_force_from: Day | Literal["unknown"] | None = Field(
        None, description="The first day; `unknown` where the notice has no date."
    )
    in_force_until: Day | None = Field(None, description="The day from which it no longer holds.")
    version: Text | None = None
    languages: tuple[Language, ...] = Field(("fi",), description="Languages it is published in.")
