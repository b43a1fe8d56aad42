"""Whose data the register holds.

Law: GDPR 30(1)(c). Notice: subject_groups.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Declared, Texts


class Group(Declared):
    """A group of data subjects; `kinds` are the subjects of the register that belong to it."""

    name: Texts
    kinds: tuple[Literal["person", "organisation"], ...] = Field(
        (), description="None where the register holds no subjects of the group."
    )
