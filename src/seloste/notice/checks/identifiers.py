"""An identifier that a notice prints must pass its own check digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel.identifiers import NotAnIdentifier, business_id

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    told = [c for c in notice.controllers.values() if c.business_id]
    if not told:
        yield NotSaid("controllers.business_id")
    for controller in told:
        try:
            business_id(controller.business_id or "")
        except NotAnIdentifier as wrong:
            values = {"value": controller.business_id or "", "rule": str(wrong)}
            yield Fault(controller, "business_id", values=values)


CHECK = Check(
    name="IDENTIFIER_FAILS",
    severity="error",
    article=None,
    title={
        "fi": "Tunnus ei täsmää",
        "sv": "Beteckningen stämmer inte",
        "en": "An identifier fails its check",
    },
    messages={
        "default": {
            "fi": "Y-tunnus {value} ei ole oikein: {rule}. Tarkista se YTJ:stä.",
            "sv": "FO-numret {value} är fel: {rule}. Kontrollera det i FODS.",
            "en": "The Business ID {value} is wrong: {rule}. Look it up in the business register.",
        },
    },
    judge=_judge,
)
