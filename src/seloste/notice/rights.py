"""The rights of the data subject, and how they are used.

Law: GDPR 7(3), 12-22, 77. Notice: rights.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Answer, Channel, Declared, Flag, Key, Span, Text

RightName = Literal[
    "access",
    "rectification",
    "erasure",
    "restriction",
    "portability",
    "objection",
    "complaint",
    "marketing_ban",
    "withdrawal",
    "no_automated_decision",
]


class Right(Declared):
    """One right as the notice words it: how it is used, and on what it is made to depend."""

    ways: tuple[Text, ...] = Field((), description="Addresses, offices and pages where it is used.")
    covers: tuple[Key, ...] = Field((), description="Consents or purposes it is limited to.")
    conditional_on: tuple[
        Literal["unlawfulness", "wrong_purpose", "need", "no_ground_to_keep", "other"], ...
    ] = Field((), description="What the notice makes it depend on.")
    absolute_for_marketing: Answer | None = None
    channels: tuple[Channel, ...] = ()
    authority: Text | None = None
    authority_contact: Text | None = None


class Identification(Declared):
    """How whoever uses a right is identified. Law: GDPR 12(2), 12(6)."""

    everybody: Flag | None = None
    means: tuple[Literal["identity_document", "strong_identification", "known_facts", "other"], ...] = ()
    offices: tuple[Text, ...] = ()
    remote: Answer | None = None


class Fee(Declared):
    """The rule by which a fee is taken. Law: GDPR 12(5), 15(3)."""

    charged_when: tuple[
        Literal["more_than_once_a_year", "manifestly_unfounded", "excessive", "further_copies", "always"], ...
    ] = ()


class Rights(Declared):
    """All rights, with identification, deadline, fee and office."""

    each: dict[RightName, Right] = Field(default_factory=dict)
    available: Text | None = Field(None, description="When they can be used.")
    identification: Identification | None = None
    deadline: Span | None = Field(None, description="How soon a request is answered, 12(3).")
    fee: Fee | None = None
    office: Text | None = None
    office_contact_given: Flag | None = None
    recipients_told: Answer | None = None
