"""A basis of consent needs a way of giving and proving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    resting = [
        (purpose, basis)
        for purpose in notice.purposes.values()
        for basis in purpose.bases
        if basis.kind == "consent"
    ]
    if not resting and not notice.consents:
        yield NotSaid("bases.consent")
    for purpose, basis in resting:
        if not basis.consents:
            yield Fault(purpose, "bases", "purpose")
    for wording in notice.consents.values():
        if wording.given is None or wording.proof is None:
            yield Fault(wording, "proof", "wording")


CHECK = Check(
    name="CONSENT_WITHOUT_PROOF",
    severity="error",
    article="7(1)",
    title={
        "fi": "Suostumuksen antamista ja näyttöä ei kerrota",
        "sv": "Samtyckets givande och bevis anges inte",
        "en": "Giving and proving consent is not declared",
    },
    messages={
        "purpose": {
            "fi": "Tarkoitus {at} nojaa suostumukseen, mutta sen antamista ja näyttöä ei kerrota. Nimeä sanamuoto, antamistapa ja näyttö.",
            "sv": "Ändamålet {at} vilar på samtycke, men inte hur det ges och bevisas. Ange ordalydelse, sätt och bevis.",
            "en": "The purpose {at} rests on consent, but not how it is given and proven. Name a wording, a way and its proof.",
        },
        "wording": {
            "fi": "Suostumuksen {at} antamistapaa tai näyttöä ei kerrota. Kirjoita molemmat.",
            "sv": "Sättet eller beviset för samtycket {at} saknas. Skriv bådadera.",
            "en": "How the consent {at} is given or proven is not said. Write both.",
        },
    },
    judge=_judge,
)
