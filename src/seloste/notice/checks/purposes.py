"""Every purpose needs its basis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    if not notice.purposes:
        yield NotSaid("purposes")
    for purpose in notice.purposes.values():
        if not purpose.bases:
            yield Fault(purpose, "bases")


CHECK = Check(
    name="PURPOSE_WITHOUT_BASIS",
    severity="error",
    article="13(1)(c)",
    title={
        "fi": "Tarkoituksella ei ole perustetta",
        "sv": "Ändamålet saknar grund",
        "en": "A purpose has no basis",
    },
    messages={
        "default": {
            "fi": "Käyttötarkoitukselle {at} ei kerrota oikeusperustetta. Kirjoita, mikä 6 artiklan peruste sillä on.",
            "sv": "Ingen rättslig grund anges för ändamålet {at}. Skriv vilken grund i artikel 6 det har.",
            "en": "No basis is told for the purpose {at}. Write which basis of article 6 it has.",
        },
    },
    judge=_judge,
)
