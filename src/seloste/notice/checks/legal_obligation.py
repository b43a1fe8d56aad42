"""What retention rests on must be listed among the bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    if notice.bases is None or not notice.bases.listed:
        yield NotSaid("bases")
        return
    if "legal_obligation" in notice.bases.listed:
        return
    for kept in notice.retention.values():
        if kept.basis == "legal_obligation":
            yield Fault(kept, "basis")
    for purpose in notice.purposes.values():
        for basis in purpose.bases:
            if basis.kind == "legal_obligation":
                yield Fault(basis, "kind")


CHECK = Check(
    name="LEGAL_OBLIGATION_NOT_LISTED",
    severity="error",
    article="6(1)(c)",
    title={
        "fi": "Lakisääteistä velvoitetta ei ole perusteissa",
        "sv": "Rättslig förpliktelse saknas bland grunderna",
        "en": "Legal obligation is not among the bases",
    },
    messages={
        "default": {
            "fi": "Tietoja säilytetään tai käsitellään lakisääteisen velvoitteen nojalla, mutta sitä ei luetella käsittelyn perusteissa. Lisää se ja nimeä laki.",
            "sv": "Uppgifter bevaras eller behandlas på grund av en rättslig förpliktelse som inte finns bland grunderna. Lägg till den och ange lagen.",
            "en": "Data are kept or used under a legal obligation that the bases do not list. Add it and name the law.",
        },
    },
    judge=_judge,
)
