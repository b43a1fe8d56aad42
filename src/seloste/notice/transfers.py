"""Data that leave the European Economic Area.

Law: GDPR 13(1)(f), 44-49. Notice: transfers.
"""

from __future__ import annotations

from pydantic import Field

from .parts import Answer, Day, Declared, Flag, Key, OnLapse, Text, Texts


class Transfer(Declared):
    """A transfer to a third country and what makes it lawful. Law: GDPR 44-49, 13(1)(f)."""

    country: Text | None = Field(None, description="ISO country it goes to.")
    service: Texts | None = None
    categories: tuple[Key, ...] = ()
    recipient: Text | None = Field(None, description="The importer by name.")
    mechanisms: tuple[Key, ...] = Field((), description="Keys of the table of dated facts.")
    copy_of_safeguards: Text | None = Field(None, description="Where a copy can be had.")
    checked_on: Day | None = None
    on_lapse: OnLapse | None = None


class Transfers(Declared):
    """Whether data leave the European Economic Area, and which."""

    outside_eea: Answer | None = None
    mainly_within_eea: Flag | None = None
    to: dict[Key, Transfer] = Field(default_factory=dict)
