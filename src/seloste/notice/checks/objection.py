"""The right to object does not depend on unlawfulness, and for marketing it is absolute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    right = notice.rights.each.get("objection") if notice.rights else None
    if right is None:
        yield NotSaid("rights.objection")
        return
    if right.conditional_on:
        yield Fault(right, "conditional_on", "conditional", {"value": ", ".join(right.conditional_on)})
    absolute = right.absolute_for_marketing
    if _markets(notice) and (absolute is None or absolute.answer != "yes"):
        yield Fault(right, "absolute_for_marketing", "marketing")


def _markets(notice: Notice) -> bool:
    return any(purpose.marketing for purpose in notice.purposes.values())


CHECK = Check(
    name="OBJECTION_CONDITIONAL",
    severity="error",
    article="21(1)-(4)",
    title={
        "fi": "Vastustamisoikeus ehdollinen",
        "sv": "Rätten att invända villkorlig",
        "en": "The right to object is conditional",
    },
    messages={
        "conditional": {
            "fi": "Vastustamisoikeus sidotaan ehtoon ({value}), jota laissa ei ole. Kirjoita, että käsittelyä voi vastustaa omaan tilanteeseensa liittyvällä perusteella.",
            "sv": "Rätten att invända görs beroende av ett villkor ({value}) som lagen inte har. Skriv att man kan invända av skäl som hänför sig till ens situation.",
            "en": "The right to object is made to depend on {value}, which the law does not. Write that one may object on grounds of one's own situation.",
        },
        "marketing": {
            "fi": "Ei kerrota, että suoramarkkinointia ja sen profilointia voi vastustaa aina. Kirjoita se erikseen ja selvästi.",
            "sv": "Det sägs inte att man alltid kan invända mot direktmarknadsföring och dess profilering. Skriv det separat och tydligt.",
            "en": "It is not said that direct marketing and its profiling can always be objected to. Write it apart and clearly.",
        },
    },
    judge=_judge,
)
