"""A verdict: never a bare boolean, always with its reason and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Reason(StrEnum):
    """Why a key is open or closed, in the order in which refusals are judged."""

    OPEN = "open"
    NOT_IN_FORCE = "not_in_force"
    UNKNOWN = "unknown"
    NOT_IN_GROUP = "not_in_group"
    ERASED = "erased"
    RESTRICTED = "restricted"
    MINOR = "minor"
    ESTATE = "estate"
    OBJECTION = "objection"
    BAN = "ban"
    PROTECTED_ADDRESS = "protected_address"
    NO_AGREEMENT = "no_agreement"
    NO_CONSENT = "no_consent"
    NOT_WHILE = "not_while"
    INTEREST_LAPSED = "interest_lapsed"
    NOT_IN_PURPOSE = "not_in_purpose"


class Told(NamedTuple):
    """What a reason stands on, and what would change it."""

    term: str
    article: str
    fi: str
    en: str


TOLD = {
    Reason.OPEN: Told("purposes", "GDPR 6(1)", "Käsittely on sallittu.", "The use is allowed."),
    Reason.NOT_IN_FORCE: Told(
        "notice", "GDPR 5(1)(b)", "Seloste ei ole silloin voimassa.", "The notice is not in force then."
    ),
    Reason.UNKNOWN: Told(
        "subjects", "GDPR 5(1)(f)", "Rekisterissä ei ole tällaista henkilöä.", "The register has no such subject."
    ),
    Reason.NOT_IN_GROUP: Told(
        "subject_groups", "GDPR 13(1)(c)", "Tarkoitus ei koske tätä ryhmää.", "The purpose is not for this group."
    ),
    Reason.ERASED: Told("retention", "GDPR 17", "Tiedot on poistettu.", "The data were erased."),
    Reason.RESTRICTED: Told(
        "rights.restriction", "GDPR 18", "Käsittelyä on rajoitettu.", "The use is restricted; lift the restriction."
    ),
    Reason.MINOR: Told(
        "purposes.minors", "GDPR 8; recital 38", "Henkilö on alaikäinen.", "The subject is known to be a minor."
    ),
    Reason.ESTATE: Told("subject_groups.estate", "GDPR 5(1)(a)", "Henkilö on kuollut.", "The subject has died."),
    Reason.OBJECTION: Told(
        "rights.objection", "GDPR 21", "Henkilö vastustaa käsittelyä.", "The subject objects."
    ),
    Reason.BAN: Told(
        "rights.marketing_ban", "GDPR 21(3); SVPL 200", "Markkinointi on kielletty.", "Marketing is banned; only the subject lifts it."
    ),
    Reason.PROTECTED_ADDRESS: Told(
        "categories.address", "661/2009 36 §; GDPR 32", "Osoitteella on turvakielto.", "The address is protected."
    ),
    Reason.NO_AGREEMENT: Told(
        "purposes.bases", "GDPR 6(1)(b)", "Sopimusta ei ole.", "There is no agreement that carries the purpose."
    ),
    Reason.NO_CONSENT: Told(
        "consents", "GDPR 6(1)(a), 7", "Suostumusta ei ole.", "There is no consent in a wording of the notice."
    ),
    Reason.NOT_WHILE: Told(
        "purposes.bases", "GDPR 6(1)(c), (f)", "Peruste ei ole käsillä.", "What the basis lasts for is not there."
    ),
    Reason.INTEREST_LAPSED: Told(
        "interests", "GDPR 6(1)(f)", "Tasapainotesti on vanhentunut.", "The balancing test has lapsed; make it anew."
    ),
    Reason.NOT_IN_PURPOSE: Told(
        "purposes.categories", "GDPR 5(1)(c)", "Tieto ei kuulu tarkoitukseen.", "The category is not of this purpose."
    ),
}


@dataclass(frozen=True)
class Verdict:
    """Whether a purpose may touch a subject, and why.

    `until` is the moment from which the answer may be another; None when nothing is known to change it.
    """

    reason: Reason
    notice: str = ""
    until: datetime | None = None
    basis: int | None = None
    channel: str | None = None

    def __bool__(self) -> bool:
        """Refused: a verdict read as a boolean forgets its reason."""
        raise TypeError("a verdict is not a boolean: ask for `.allowed`, and keep the reason")

    @property
    def allowed(self) -> bool:
        """Whether the purpose may."""
        return self.reason is Reason.OPEN

    @property
    def term(self) -> str:
        """The term of the notice that the verdict stands on."""
        return TOLD[self.reason].term

    @property
    def article(self) -> str:
        """The article that the verdict stands on."""
        return TOLD[self.reason].article

    def words(self, language: str = "fi") -> str:
        """The verdict in words, Finnish or English."""
        return getattr(TOLD[self.reason], "fi" if language == "fi" else "en")
