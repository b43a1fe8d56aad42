"""Grounds of disclosure must be bases that the notice has, and each recipient needs its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    if notice.recipients is None or not (notice.recipients.to or notice.recipients.grounds):
        yield NotSaid("recipients")
        return
    recipients = notice.recipients
    if notice.bases and notice.bases.listed:
        for ground in recipients.grounds:
            if ground not in notice.bases.listed:
                yield Fault(recipients, "grounds", "unlisted", {"value": ground})
    for recipient in recipients.to.values():
        if not recipient.ground and len(recipients.grounds) != 1:
            yield Fault(recipient, "ground", "own")


CHECK = Check(
    name="DISCLOSURE_WITHOUT_GROUND",
    severity="error",
    article="13(1)(c)",
    title={
        "fi": "Luovutuksen peruste puuttuu",
        "sv": "Grund för utlämnande saknas",
        "en": "Disclosure lacks its ground",
    },
    messages={
        "unlisted": {
            "fi": "Luovutus nojaa perusteeseen, jota käsittelyn perusteissa ei ole: {value}. Lisää se niihin tai poista se.",
            "sv": "Utlämnandet vilar på en grund som inte finns bland grunderna: {value}. Lägg till den eller ta bort den.",
            "en": "Disclosure rests on a ground that the bases do not list: {value}. Add it there, or remove it here.",
        },
        "own": {
            "fi": "Vastaanottajalle {at} ei kerrota omaa perustetta, ja yhteiset perusteet eivät kaikki voi kantaa sitä. Kirjoita sen oma peruste.",
            "sv": "Ingen egen grund anges för mottagaren {at}, och de gemensamma grunderna kan inte alla bära den. Skriv dess egen grund.",
            "en": "The recipient {at} has no ground of its own, and not all of the common grounds can carry it. Write its own.",
        },
    },
    judge=_judge,
)
