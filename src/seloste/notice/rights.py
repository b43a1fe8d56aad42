"""The rights of the data subject, and what a notice must say beside them.

Law: GDPR 12-22, 7(3), 13(2). Notice: rights, cookies, provision, profiling.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Answer, Declared, Key, Span, Text, Texts
from .terms import Kind

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
    channels: tuple[Literal["letter", "phone", "email", "sms", "web"], ...] = ()
    authority: Text | None = None
    authority_contact: Text | None = None


class Identification(Declared):
    """How whoever uses a right is identified. Law: GDPR 12(2), 12(6)."""

    everybody: bool | None = None
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
    office_contact_given: bool | None = None
    recipients_told: Answer | None = None


class Provision(Declared):
    """Whether giving data is required, and what follows if not. Law: GDPR 13(2)(e)."""

    required: Literal["by_law", "by_contract", "to_enter_contract", "voluntary"]
    categories: tuple[Key, ...] = ()
    consequence: Texts | None = None


class Cookie(Declared):
    """A kind of cookies. Law: SVPL 205."""

    name: Texts
    necessary: Answer | None = None
    consent: Key | None = None
    lifetime: Span | None = None
    third_parties: tuple[Text, ...] = ()


class Profiling(Declared):
    """What the notice says of profiling and automated decisions as a whole. Law: GDPR 22, 35."""

    automated_processing: Answer | None = None
    automated_decisions: Answer | None = None
    profiling: Answer | None = None
    aims: tuple[Text, ...] = ()
    risk_denied: bool = False
    assessment: Text | None = Field(None, description="Reference of the impact assessment.")


class Bases(Declared):
    """The bases that the notice lists as a whole, whether or not it maps them to purposes."""

    listed: tuple[Kind, ...] = ()
    interest_assessed: bool | None = None
    parts: tuple[Text, ...] = Field((), description="Parts of the form, such as A).")
