"""Wordings of consent, how it is given, proven and withdrawn.

Law: GDPR 4(11), 7. Notice: consents.
"""

from __future__ import annotations

from pydantic import Field

from .parts import Channel, Declared, Key, Text, Texts


class Wording(Declared):
    """A wording of consent: for what, over which channels, how it is given and proven. Law: GDPR 7."""

    purpose: Key = Field(description="The purpose consented to.")
    channels: tuple[Channel, ...] = Field((), description="Channels consented to.")
    wording: Texts | None = Field(None, description="The words themselves.")
    given: Texts | None = Field(None, description="How consent is given.")
    proof: Texts | None = Field(None, description="How it is proven that it was given, 7(1).")
    withdrawal: tuple[Text, ...] = Field((), description="Ways to withdraw it, 7(3).")
