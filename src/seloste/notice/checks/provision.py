"""People must be told whether they have to give data, and what follows if they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    if not notice.provision:
        yield Fault(notice.notice, "title")
    for part in notice.provision:
        if part.required != "voluntary" and part.consequence is None:
            yield Fault(part, "consequence", "consequence")


CHECK = Check(
    name="PROVISION_NOT_TOLD",
    severity="error",
    article="13(2)(e)",
    title={
        "fi": "Ei kerrota, onko tiedot pakko antaa",
        "sv": "Det sägs inte om uppgifterna måste ges",
        "en": "It is not told whether data must be given",
    },
    messages={
        "default": {
            "fi": "Ei kerrota, ovatko tiedot pakollisia ja mitä niiden antamatta jättämisestä seuraa. Kirjoita kumpikin.",
            "sv": "Det sägs inte om uppgifterna är obligatoriska eller vad som följer om de inte ges. Skriv bådadera.",
            "en": "It is not told whether giving the data is required, nor what follows if not. Write both.",
        },
        "consequence": {
            "fi": "Tiedot ovat pakollisia, mutta ei kerrota, mitä antamatta jättämisestä seuraa. Kirjoita se.",
            "sv": "Uppgifterna är obligatoriska, men inte vad som följer om de inte ges. Skriv det.",
            "en": "The data are required, but not what follows if they are not given. Write it.",
        },
    },
    judge=_judge,
)
