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
        except NotAnIdentifier:
            yield Fault(controller, "business_id", values={"value": controller.business_id or ""})


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
            "fi": "Y-tunnus {value} ei täsmää: siinä on seitsemän numeroa, yhdysmerkki ja niistä laskettu tarkistusnumero. Tarkista se YTJ:stä.",
            "sv": "FO-numret {value} stämmer inte: det har sju siffror, ett bindestreck och en kontrollsiffra som räknas av dem. Kontrollera det i FODS.",
            "en": "The Business ID {value} fails: it has seven digits, a hyphen and a check digit made of them. Look it up in the business register.",
        },
    },
    judge=_judge,
)
