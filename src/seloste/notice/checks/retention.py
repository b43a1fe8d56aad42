"""A retention period, or the criteria for it, must be readable by those it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    if not notice.retention:
        yield NotSaid("retention")
    for kept in notice.retention.values():
        if kept.internal_plan and not kept.period:
            yield Fault(kept, "internal_plan", "plan")
        if kept.open_list and not kept.period:
            yield Fault(kept, "open_list", "open")
        if not (kept.period or kept.until or kept.internal_plan or kept.open_list):
            yield Fault(kept, "period", "nothing")


CHECK = Check(
    name="RETENTION_NOT_TOLD",
    severity="error",
    article="13(2)(a)",
    title={
        "fi": "Säilytysaikaa ei kerrota",
        "sv": "Bevarandetiden anges inte",
        "en": "Retention is not told",
    },
    messages={
        "plan": {
            "fi": "Säilytysaika on vain sisäisessä suunnitelmassa. Kirjoita aika tai peruste, josta sen voi laskea.",
            "sv": "Bevarandetiden finns bara i en intern plan. Skriv tiden eller kriterier som den kan räknas ut av.",
            "en": "The period stands only in an internal plan. Write the period, or criteria it can be worked out from.",
        },
        "open": {
            "fi": "Säilytysajan perusteista annetaan vain esimerkkejä. Luettele kaikki perusteet.",
            "sv": "Endast exempel ges på kriterierna. Räkna upp alla.",
            "en": "Only examples of the criteria are given. List them all.",
        },
        "nothing": {
            "fi": "Säilytysluokalla ei ole aikaa eikä perustetta. Kirjoita jompikumpi.",
            "sv": "Bevarandeklassen har varken tid eller kriterier. Skriv endera.",
            "en": "The retention class has neither period nor criteria. Write one of them.",
        },
    },
    judge=_judge,
)
