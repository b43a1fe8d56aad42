"""A group is not a controller, and a network company is apart from a seller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    if not notice.arrangement:
        yield NotSaid("arrangement")
    for part in notice.arrangement:
        if part.kind == "separate" or len(part.members) == 1:
            continue
        network = any("electricity_network" in notice.controllers[name].activities for name in part.members)
        if network:
            yield Fault(part, "members", "network", severity="error")
        elif part.kind == "single":
            yield Fault(part, "members", "group")


CHECK = Check(
    name="GROUP_AS_ONE_CONTROLLER",
    severity="warning",
    article="26",
    title={
        "fi": "Konserni yhtenä rekisterinpitäjänä",
        "sv": "Koncern som en personuppgiftsansvarig",
        "en": "A group as one controller",
    },
    messages={
        "group": {
            "fi": "Useampi yhtiö ilmoitetaan yhdeksi rekisterinpitäjäksi. Kerro, mitkä niistä ovat yhteisrekisterinpitäjiä ja mitkä erillisiä.",
            "sv": "Flera bolag anges som en personuppgiftsansvarig. Ange vilka som är gemensamt ansvariga och vilka separata.",
            "en": "Several companies are declared one controller. Say which are joint controllers and which are separate.",
        },
        "network": {
            "fi": "Verkkoyhtiö on samassa rekisterissä sähkön myyjän tai muun toiminnan kanssa: eriyttäminen vaatii erillisen rekisterinpitäjän. Ilmoita se erilliseksi.",
            "sv": "Nätbolaget delar register med elförsäljning eller annan verksamhet: åtskillnaden kräver en separat ansvarig. Ange det separat.",
            "en": "A network company shares the register with sale or other business: unbundling needs a controller of its own. Declare it separate.",
        },
    },
    judge=_judge,
)
