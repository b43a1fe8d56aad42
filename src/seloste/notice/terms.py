"""The terms of a notice that stand on their own: who, where, with what and whereto.

Notice: notice, controllers, contact, systems, paper, sources, protection, recipients, processors, transfers.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from .parts import Answer, Declared, Key, OnLapse, Part, Span, Text, Texts

Kind = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interest",
    "public_interest",
    "legitimate_interest",
]
"""A legal basis. Law: GDPR 6(1)(a)-(f)."""


class Head(Declared):
    """The register itself: its name and since when its notice is in force."""

    key_: Key = Field(alias="key")
    title: Texts
    in_force_from: date | Literal["unknown"] | None = None
    in_force_until: date | None = None
    version: Text | None = None
    languages: tuple[Literal["fi", "sv", "en"], ...] = ("fi",)


class Controller(Declared):
    """A company that decides why and how. Law: GDPR 4(7), 24."""

    name: Text
    business_id: Text | None = None
    activities: tuple[
        Literal["electricity_network", "electricity_sale", "district_heat", "cooling", "services", "water"], ...
    ] = Field((), description="What it does; a network company is unbundled from a seller.")
    street: Text | None = None
    postcode: Text | None = None
    city: Text | None = None
    email: Text | None = None
    phone: Text | None = None


class Arrangement(Declared):
    """Who acts with whom: alone, jointly, or separately behind a wall. Law: GDPR 26; SML 60."""

    kind: Literal["single", "joint", "separate"]
    members: tuple[Key, ...] = Field(min_length=1)
    essence: Texts | None = Field(None, description="The essence of the arrangement, 26(2).")
    contact: Text | None = None


class Contact(Declared):
    """Where the data subject turns. Law: GDPR 13(1)(a)-(b)."""

    function: Texts | None = None
    person: Text | None = None
    organisation: Text | None = None
    street: Text | None = None
    postcode: Text | None = None
    city: Text | None = None
    phone: Text | None = None
    email: Text | None = None


class Officer(Contact):
    """The data protection officer, or why there is none. Law: GDPR 37."""

    designated: Answer | None = None


class Group(Declared):
    """A group of data subjects; `kinds` are the subjects of the register that belong to it."""

    name: Texts
    kinds: tuple[Literal["person", "organisation"], ...] = ()


class Retention(Declared):
    """A retention class: what starts the clock, for how long, on what ground, and what then."""

    name: Texts | None = None
    starts_at: Text | None = Field(None, description="The event that starts the clock.")
    period: Span | None = None
    until: Texts | None = Field(None, description="A criterion where no period can be given.")
    ground: Text | None = Field(None, description="The law or the reason of the period.")
    basis: Kind | None = Field(None, description="The basis that keeping rests on, where one is told.")
    at_end: Literal["erase", "anonymise", "review"] | None = None
    internal_plan: bool = Field(False, description="Only a plan that the reader cannot see says.")
    open_list: bool = Field(False, description="Criteria are named as examples only.")
    ends_relation: bool = Field(
        False, description="Erasing it closes the subject to all but legal obligation."
    )


class Category(Declared):
    """A category of personal data: how long, whose master, and where it is held."""

    name: Texts
    subject_groups: tuple[Key, ...] = ()
    contents: tuple[Text, ...] = Field((), description="The data of the category, as named.")
    retention: Key | None = None
    master: Key | None = Field(None, description="The system whose value decides.")
    channels: tuple[Literal["letter", "phone", "email", "sms", "web"], ...] = ()
    address_bearing: bool = False
    special: Literal["none", "biometric", "health", "national_identifier"] | None = None
    ground: Text | None = Field(None, description="The ground of an identifier or special category.")
    origin: tuple[
        Literal["given", "metered", "recorded", "tracked", "from_organisation", "from_market", "inferred"], ...
    ] = Field((), description="How its data arise.")
    source: tuple[Key, ...] = Field((), description="Sources it comes from.")
    held_in: dict[Text, tuple[Key, ...]] = Field(
        default_factory=dict,
        description="Columns it claims: `table` or `table[category]` to its columns.",
    )


class BalancingTest(Declared):
    """The weighing of a legitimate interest: when, where it can be read, when again."""

    date_: date | None = Field(None, alias="date")
    reference: Text | None = None
    review_by: date | None = None
    on_lapse: OnLapse | None = None
    grace_days: int = Field(0, ge=0, le=365)

    def lapses_on(self) -> date | None:
        """The first day on which the test no longer carries its interest; None if never declared."""
        if self.review_by and self.on_lapse == "alarm_with_grace":
            return self.review_by + timedelta(days=self.grace_days)
        return self.review_by


class Interest(Declared):
    """A legitimate interest, named. Law: GDPR 6(1)(f), 13(1)(d)."""

    name: Texts
    balancing_test: BalancingTest | None = None


class Wording(Declared):
    """A wording of consent: for what, over which channels, how it is given and proven. Law: GDPR 7."""

    purpose: Key
    channels: tuple[Literal["letter", "phone", "email", "sms", "web"], ...] = ()
    wording: Texts | None = None
    given: Texts | None = Field(None, description="How consent is given.")
    proof: Texts | None = Field(None, description="How it is proven that it was given, 7(1).")
    withdrawal: tuple[Text, ...] = Field((), description="Ways to withdraw it, 7(3).")


class Role(Declared):
    """A role of the staff, and the trainings it takes."""

    name: Texts
    trainings: tuple[Key, ...] = ()


class Training(Declared):
    """A training: how long it is valid and what follows when it lapses."""

    name: Texts | None = None
    valid_months: int | None = Field(None, ge=1, le=120)
    on_lapse: OnLapse | None = None


class Protection(Declared):
    """How data are protected. Law: GDPR 32."""

    need_to_know: Answer | None = None
    measures: tuple[Literal["technical", "organisational", "encryption", "look_up_log"], ...] = ()
    trained: Answer | None = None


class System(Declared):
    """A system in which data are kept, and for what."""

    name: Text
    used_for: tuple[Text, ...] = ()
    service_specific: bool = False
    provider: Text | None = None
    parent_country: Text | None = Field(None, description="ISO country of the provider's parent.")


class Paper(Declared):
    """The paper archive. Law: GDPR 2(1), 30."""

    kept: Answer | None = None
    contents: tuple[Text, ...] = ()
    ground: Text | None = None
    place: Text | None = None
    retention: Key | None = None
    retrieval: Texts | None = None


class Source(Declared):
    """Where data come from. Law: GDPR 14(2)(f)."""

    name: Texts
    kind: Literal[
        "data_subject", "employer", "market", "meter", "camera", "telephony", "website", "register", "other"
    ]
    as_given: bool = Field(False, description="Data are kept as they were given.")
    only: bool = Field(False, description="The notice says that there is no other source.")


class Recipient(Declared):
    """Whom data are disclosed to, on what ground and with what evidence. Law: GDPR 13(1)(e)."""

    name: Text | None = None
    kind: Literal[
        "estate_agent", "property_manager", "police", "debt_collection", "loyalty_programme",
        "service_partner", "market_hub", "supplier", "network_company", "bank", "authority", "other",
    ]  # fmt: skip
    ground: tuple[Kind, ...] = ()
    law: Text | None = None
    evidence_needed: Literal["mandate", "request", "assignment", "authorisation", "contract"] | None = None
    regular: bool | None = None
    examples_only: bool = Field(False, description="Named as an example of an open list.")
    categories: tuple[Key, ...] = ()
    purposes: tuple[Key, ...] = ()
    channel: Text | None = None


class Recipients(Declared):
    """Regular disclosure, its grounds, and to whom."""

    regular: Answer | None = None
    grounds: tuple[Kind, ...] = ()
    to: dict[Key, Recipient] = Field(default_factory=dict)


class Processor(Declared):
    """Who processes on the controller's behalf. Law: GDPR 28."""

    name: Text | None = None
    task: Texts | None = None
    systems: tuple[Key, ...] = ()
    country: Text | None = None
    contract_until: date | None = None
    training_attested: date | None = None
    on_lapse: OnLapse | None = None


class Processors(Declared):
    """Whether processing is outsourced, and to whom."""

    outsourced: Answer | None = None
    by_contract: bool | None = None
    kinds: tuple[Text, ...] = Field((), description="Kinds of processors where none is named.")
    to: dict[Key, Processor] = Field(default_factory=dict)


class Transfer(Declared):
    """A transfer to a third country and what makes it lawful. Law: GDPR 44-49, 13(1)(f)."""

    country: Text
    service: Texts | None = None
    categories: tuple[Key, ...] = ()
    recipient: Text | None = Field(None, description="The importer by name.")
    mechanisms: tuple[Key, ...] = Field((), description="Keys of the table of dated facts.")
    copy_of_safeguards: Text | None = Field(None, description="Where a copy can be had.")
    checked_on: date | None = None
    on_lapse: OnLapse | None = None


class Transfers(Declared):
    """Whether data leave the European Economic Area, and which."""

    outside_eea: Answer | None = None
    mainly_within_eea: bool | None = None
    to: dict[Key, Transfer] = Field(default_factory=dict)


class Suppression(Part):
    """A finding that is known and borne for a while: by name, with a reason and an end."""

    check: Text
    reason: Text
    expires: date
    at: Text | None = Field(None, description="Key of the part; every finding of the check if absent.")
