"""Every consent can be withdrawn as easily as it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    consent = "consent" in (notice.bases.listed if notice.bases else ()) or any(
        basis.kind == "consent" for purpose in notice.purposes.values() for basis in purpose.bases
    )
    if not consent:
        yield NotSaid("bases.consent")
        return
    right = notice.rights.each.get("withdrawal") if notice.rights else None
    if right is None:
        yield Fault(notice.rights or notice.notice, "each", "missing")
        return
    if right.covers:
        yield Fault(right, "covers", "covers", {"value": ", ".join(right.covers)})
    if len(right.ways) == 1:
        yield Fault(right, "ways", "one")


CHECK = Check(
    name="WITHDRAWAL_LIMITED",
    severity="error",
    article="7(3)",
    title={
        "fi": "Suostumuksen peruuttaminen rajattu",
        "sv": "Återkallande av samtycke begränsat",
        "en": "Withdrawal of consent is limited",
    },
    messages={
        "missing": {
            "fi": "Suostumus on perusteena, mutta sen peruuttamisesta ei kerrota. Kirjoita, miten jokaisen suostumuksen voi perua.",
            "sv": "Samtycke är en grund, men inget sägs om återkallande. Skriv hur varje samtycke kan återkallas.",
            "en": "Consent is a basis, but nothing is said of withdrawing it. Write how each consent can be withdrawn.",
        },
        "covers": {
            "fi": "Peruuttaminen koskee vain osaa suostumuksista: {value}. Kirjoita, että jokaisen suostumuksen voi perua.",
            "sv": "Återkallandet gäller bara en del av samtyckena: {value}. Skriv att varje samtycke kan återkallas.",
            "en": "Withdrawal covers only some consents: {value}. Write that each can be withdrawn.",
        },
        "one": {
            "fi": "Suostumuksen voi perua vain yhdellä tavalla. Salli sama tapa, jolla se annettiin.",
            "sv": "Samtycke kan återkallas på bara ett sätt. Tillåt samma sätt som det gavs på.",
            "en": "Consent can be withdrawn in one way only. Allow the way in which it was given.",
        },
    },
    judge=_judge,
)
