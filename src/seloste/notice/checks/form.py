"""A form answer that was left open answers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.notice.parts import Answered

from .engine import Check, Fault, NotSaid
from .reading import parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    answers = [told for told in parts(notice) if isinstance(told[2], Answered)]
    if not answers:
        yield NotSaid("answers")
    for part, field, value in answers:
        if value.answer == "unresolved":
            yield Fault(part, field, values={"value": field})


CHECK = Check(
    name="ANSWER_LEFT_OPEN",
    severity="info",
    article=None,
    title={
        "fi": "Lomakkeen vastaus auki",
        "sv": "Svar i blanketten öppet",
        "en": "An answer of the form is open",
    },
    messages={
        "default": {
            "fi": "Kysymykseen {value} ei ole valittu vastausta. Valitse yes tai no; avoin vastaus ei avaa mitään.",
            "sv": "Frågan {value} saknar svar. Välj yes eller no; ett öppet svar öppnar inget.",
            "en": "The question {value} has no answer chosen. Choose yes or no; an open answer opens nothing.",
        },
    },
    judge=_judge,
)
