"""Verdicts: whether a purpose may touch a subject, and if not, which rule stands in the way.

A verdict is never a bare boolean. Law: GDPR 5(2). Notice: purposes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from datetime import datetime


class Reason(StrEnum):
    """Why a verdict is what it is. Refusals stand in the order in which they are judged: the first is told."""

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


ARTICLES = {
    "consent": "GDPR 6(1)(a)",
    "contract": "GDPR 6(1)(b)",
    "legal_obligation": "GDPR 6(1)(c)",
    "vital_interest": "GDPR 6(1)(d)",
    "public_interest": "GDPR 6(1)(e)",
    "legitimate_interest": "GDPR 6(1)(f)",
}
"""The kind of a basis to its article."""


class Standing(NamedTuple):
    """What a reason stands on, and in words what was decided and what would change it."""

    term: str
    article: str | None
    fi: str
    en: str


STANDINGS = {
    Reason.OPEN: Standing(
        "purposes.bases",
        None,
        "Sallittu. Kielto, vastustaminen, rajoittaminen, poisto tai perusteen päättyminen sulkisi sen.",
        "Allowed. A ban, an objection, a restriction, an erasure or the end of the basis would close it.",
    ),
    Reason.NOT_IN_FORCE: Standing(
        "notice",
        "GDPR 5(1)(b)",
        "Seloste, tarkoitus tai peruste ei ole silloin voimassa. Seloste, joka on voimassa ja sanoo sen, avaisi.",
        "The notice, the purpose or the basis is not in force then. A notice in force that says so would open it.",
    ),
    Reason.UNKNOWN: Standing(
        "subject_groups",
        None,
        "Tarkoitus ei tunne tällaista rekisteröityä.",
        "This purpose knows no such subject.",
    ),
    Reason.NOT_IN_GROUP: Standing(
        "purposes.subject_groups",
        "GDPR 5(1)(b)",
        "Rekisteröity ei kuulu ryhmiin, joita tarkoitus koskee. Seloste, joka nimeää ryhmän, avaisi.",
        "The subject is of no group that the purpose is for. A notice that names the group would open it.",
    ),
    Reason.ERASED: Standing(
        "retention",
        "GDPR 17",
        "Asiakkuus on poistettu: vain lakisääteinen velvoite jää. Palaava asiakas aloittaa uuden asiakkuuden.",
        "The relation is erased: only legal obligation is left. A customer who returns begins a new one.",
    ),
    Reason.RESTRICTED: Standing(
        "rights.restriction",
        "GDPR 18",
        "Käsittelyä on rajoitettu. Rajoituksen poistaminen avaisi.",
        "Processing is restricted. Lifting the restriction would open it.",
    ),
    Reason.MINOR: Standing(
        "purposes.minors",
        "GDPR 8; recital 38",
        "Rekisteröidyn tiedetään olevan alaikäinen. Täysi-ikäisyys tai tiedon hylkääminen avaisi.",
        "The subject is known to be a minor. Coming of age, or rejecting the claim, would open it.",
    ),
    Reason.ESTATE: Standing(
        "purposes.marketing",
        "GDPR 5(1)(a)",
        "Rekisteröity on kuolinpesä, jolle ei markkinoida. Tiedon hylkääminen avaisi.",
        "The subject is an estate, and nothing is marketed to it. Rejecting the claim would open it.",
    ),
    Reason.OBJECTION: Standing(
        "purposes.objections",
        "GDPR 21",
        "Rekisteröity on vastustanut käsittelyä. Hylkäävä päätös avaisi; suoramarkkinointia mikään päätös ei avaa.",
        "The subject objected. Rejecting the objection would open it; direct marketing no decision opens.",
    ),
    Reason.BAN: Standing(
        "purposes.channels",
        "GDPR 21(3); SVPL 200",
        "Rekisteröity on kieltänyt markkinoinnin tässä kanavassa. Vain hän itse voi perua kiellon.",
        "The subject banned marketing over this channel. Only the subject can lift the ban.",
    ),
    Reason.PROTECTED_ADDRESS: Standing(
        "categories.address_bearing",
        "661/2009 36; GDPR 32",
        "Osoitteella on turvakielto. Turvakiellon päättyminen avaisi.",
        "A turvakielto protects the address. Its end would open it.",
    ),
    Reason.NO_AGREEMENT: Standing(
        "purposes.bases",
        ARTICLES["contract"],
        "Tarkoitusta kantavaa sopimusta ei ole. Sopimus tai sen valmistelu avaisi.",
        "There is no agreement that carries the purpose. One, or the preparation of one, would open it.",
    ),
    Reason.NO_CONSENT: Standing(
        "consents",
        "GDPR 6(1)(a), 7",
        "Suostumusta tähän ja tässä kanavassa ei ole. Suostumus selosteen sanamuodolla avaisi.",
        "There is no consent to this over this channel. One in a wording of the notice would open it.",
    ),
    Reason.NOT_WHILE: Standing(
        "purposes.bases",
        None,
        "Se, minkä ajan peruste kestää, ei ole käsillä. Perusteen vaatima sopimus tai saatava avaisi.",
        "What the basis lasts for is not there. The agreement or the receivable that it asks for would open it.",
    ),
    Reason.INTEREST_LAPSED: Standing(
        "interests.balancing_test",
        ARTICLES["legitimate_interest"],
        "Edun tasapainotesti on vanhentunut. Uusi testi selosteessa avaisi.",
        "The balancing test of the interest has lapsed. A new one in the notice would open it.",
    ),
}
"""Reason to what it stands on; where no article is given it is that of the basis that was judged."""


@dataclass(frozen=True)
class Verdict:
    """Whether a purpose may touch a subject, by which rule of which notice, and for how long the answer holds.

    Shape: `basis` (its place among the purpose's bases) and `channel` say which key was judged;
    `until` is the first moment at which the reason is another, None when nothing known changes it.
    """

    allowed: bool
    reason: Reason
    term: str
    article: str | None
    notice: str
    until: datetime | None
    basis: int
    channel: str | None

    @classmethod
    def told(
        cls,
        reason: Reason,
        kind: str,
        *,
        notice: str,
        until: datetime | None,
        basis: int,
        channel: str | None,
    ) -> Verdict:
        """This will tell a reason with its term and article; `kind` is that of the basis that was judged."""
        standing = STANDINGS[reason]
        article = ARTICLES[kind] if reason in {Reason.OPEN, Reason.NOT_WHILE} else standing.article
        return cls(reason is Reason.OPEN, reason, standing.term, article, notice, until, basis, channel)

    def __bool__(self) -> NoReturn:
        """Raises: TypeError, because a verdict read as a boolean forgets its reason."""
        raise TypeError("a verdict is not a boolean: ask for `.allowed`, and keep the reason")

    def words(self, language: str = "fi") -> str:
        """This will say what was decided and what would change it. Shape: `language` is fi or en."""
        standing = STANDINGS[self.reason]
        return standing.fi if language == "fi" else standing.en
