"""A transfer to a third country needs a mechanism that holds, a named importer and a copy of the safeguards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.notice.dated_facts import MECHANISMS

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    if notice.transfers is None or not notice.transfers.to:
        yield NotSaid("transfers")
        return
    for transfer in notice.transfers.to.values():
        known = [MECHANISMS[name] for name in transfer.mechanisms if name in MECHANISMS]
        for name in transfer.mechanisms:
            if name not in MECHANISMS:
                yield Fault(transfer, "mechanisms", "unknown", {"value": name})
        if not transfer.mechanisms:
            yield Fault(transfer, "mechanisms", "none")
        elif known and not any(fact.holds(at) for fact in known):
            told = {"value": known[0].what, "source": known[0].source}
            yield Fault(transfer, "mechanisms", "lapsed", told)
        if not transfer.recipient:
            yield Fault(transfer, "recipient", "recipient", article="13(1)(f)")
        if not transfer.copy_of_safeguards:
            yield Fault(transfer, "copy_of_safeguards", "copy", article="13(1)(f)")


CHECK = Check(
    name="TRANSFER_WITHOUT_SAFEGUARDS",
    severity="error",
    article="44-46",
    title={
        "fi": "Siirrolta kolmanteen maahan puuttuu peruste tai tieto",
        "sv": "Överföring till tredjeland saknar grund eller uppgift",
        "en": "Transfer to a third country lacks a safeguard",
    },
    messages={
        "lapsed": {
            "fi": "Siirto nojaa järjestelyyn, joka ei ole voimassa: {value} ({source}). Nimeä voimassa oleva siirtoperuste, esimerkiksi vakiolausekkeet 2021/914.",
            "sv": "Överföringen vilar på en mekanism som inte gäller: {value} ({source}). Ange en gällande grund, till exempel standardavtalsklausulerna 2021/914.",
            "en": "The transfer rests on a mechanism that does not hold: {value} ({source}). Name one that does, such as the standard clauses 2021/914.",
        },
        "none": {
            "fi": "Siirrolle ei ole nimetty siirtoperustetta. Kirjoita, mihin siirto nojaa.",
            "sv": "Ingen grund anges för överföringen. Skriv vad den vilar på.",
            "en": "No mechanism is named for the transfer. Write what it rests on.",
        },
        "unknown": {
            "fi": "Siirtoperustetta {value} ei tunneta. Käytä taulukon nimeä, esimerkiksi standard_clauses_2021.",
            "sv": "Mekanismen {value} är okänd. Använd ett namn ur tabellen, till exempel standard_clauses_2021.",
            "en": "The mechanism {value} is not known. Use a name of the table, such as standard_clauses_2021.",
        },
        "recipient": {
            "fi": "Siirron vastaanottajaa ei nimetä. Kirjoita vastaanottajan nimi.",
            "sv": "Mottagaren av överföringen nämns inte. Skriv mottagarens namn.",
            "en": "The recipient of the transfer is not named. Write the name of the importer.",
        },
        "copy": {
            "fi": "Ei kerrota, mistä suojatoimien jäljennöksen saa. Kirjoita osoite, josta sen voi pyytää.",
            "sv": "Det sägs inte hur en kopia av skyddsåtgärderna fås. Skriv en adress där den kan begäras.",
            "en": "It is not said how a copy of the safeguards is had. Write an address where it can be asked for.",
        },
    },
    judge=_judge,
)
