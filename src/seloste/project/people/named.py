"""People with a name to try: always the first of the first batch, with the same lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.project.people import numbers
from seloste.project.people.companies import organise
from seloste.project.people.lives import Term

if TYPE_CHECKING:
    from seloste.project.people.humans import Home, Human, Humans
    from seloste.project.people.lives import Lives
    from seloste.project.people.tables import Side

PEOPLE = {
    "aino": ("Aino Maria", "Kuusilampi", False, "a customer for years, with much to see"),
    "eero": ("Eero Juhani", "Honkasaari", True, "holds an agreement together with Liisa"),
    "liisa": ("Liisa Anneli", "Honkasaari", False, "co-holder of Eero's agreement"),
    "kalervo": ("Kalervo Olavi", "Rantaharju", True, "has died: the estate holds the agreement"),
    "onni": ("Onni Elias", "Peltokangas", True, "a minor who was met at an event"),
    "saara": ("Saara Sofia", "Lehtovuori", False, "under turvakielto: the address may not leave"),
    "pekka": ("Pekka Antero", "Rautasalo", True, "stands for Pirkan Putkityö Oy"),
    "ville": ("Ville Tapio", "Koivuranta", True, "a former customer"),
    "maria": ("Maria Helena", "Suvilahti", False, "a prospect who said yes at an event"),
    "tauno": (
        "Tauno Ilmari",
        "Hiekkaniemi",
        True,
        "has an overdue bill and has banned all marketing",
    ),
}
"""Name to try: given names, family name, whether a man, and who that is."""

OTHERS = {
    "aino@network": "Aino again, as the network company knows her",
    "putkityo": "Pirkan Putkityö Oy, a company that Pekka stands for",
}


def demo_names() -> dict[str, str]:
    """This will list the names to try and who they are; all are invented."""
    return {name: who for name, (_, _, _, who) in PEOPLE.items()} | OTHERS


def add_named(humans: Humans, lives: Lives) -> None:
    """This will add the people with a name to try, with their lives."""
    retail, network = lives.batch.sides
    words = lives.words
    known: dict[str, int] = {}

    def meet(name: str, since: int) -> tuple[Human, int]:
        given, family, man, _ = PEOPLE[name]
        human = humans.named(given, family, "fi", man=man, minor=name == "onni")
        known[name] = lives.known(retail, human, since)
        return human, known[name]

    def reach(human: Human, subject: int, since: int, side: Side = retail) -> None:
        lives.phone(side, subject, human.phone, lives.moments(since))
        lives.email(side, subject, human.email, lives.moments(since))

    def holds(name: str, term: Term) -> tuple[Human, int, Home, int]:
        (human, subject), home = meet(name, term.asked), humans.home()
        reach(human, subject, term.asked)
        lives.lives(retail, subject, home, term.since)
        lives.identified(retail, subject, human)
        point = retail.point(numbers.gsrn(home.point), "sale")
        agreement = lives.agreement(retail, subject, words.retail, "sale", point, term)
        return human, subject, home, agreement

    aino, subject, home, agreement = holds("aino", Term(-1_900, -1_880))
    lives.agreement(retail, subject, words.services, "service", None, Term(-400, -390))
    for state in ("paid", "fresh"):
        lives.owes(retail, subject, agreement, state)
    for purpose, wording, channels in words.consents:
        for channel in channels or (None,):
            given = (lives.moments(-200, 600), None, None, "form:aino", words.notice_hash)
            retail.add("consent", subject, purpose, channel, wording, *given)
    lives.is_called(retail, subject, is_open=True)
    retail.case(subject, "misuse_case", "case", lives.moments(-20), None)
    twin = lives.known(network, aino, -1_900)
    point = network.point(numbers.gsrn(home.point), "network")
    reach(aino, twin, -1_900, network)
    lives.address(network, twin, "point", home, point, -1_880)
    lives.agreement(network, twin, words.network, "network", point, Term(-1_900, -1_880))
    lives.is_called(network, twin, is_open=True)

    _, _, home, agreement = holds("eero", Term(-820, -800))
    liisa, subject = meet("liisa", -800)
    reach(liisa, subject, -800)
    lives.lives(retail, subject, home, -800)
    lives.party(retail, agreement, subject, -800)

    _, subject, _, agreement = holds("kalervo", Term(-3_100, -3_080))
    died = (lives.moments(-58, 600), lives.moments(-40, 600), "confirmed", lives.moments(-60), None)
    retail.add("subject_status", subject, "estate", *died)
    lives.owes(retail, subject, agreement, "open")

    onni, subject = meet("onni", -90)
    lives.email(retail, subject, onni.email, lives.moments(-90))
    young = (lives.moments(-90, 600), None, None, lives.moments(-90), lives.moments(390))
    retail.add("subject_status", subject, "minor", *young)

    _, subject, _, _ = holds("saara", Term(-700, -690))
    lives.protected(retail, subject, -600)

    pekka, subject = meet("pekka", -1_000)
    reach(pekka, subject, -1_000)
    firm = humans.home()
    known["putkityo"] = organise(
        lives, humans.batch, 1, "Pirkan Putkityö Oy", firm, "contact", subject
    )

    holds("ville", Term(-2_000, -1_990, -100, "move_out"))

    maria, subject = meet("maria", -60)
    reach(maria, subject, -60)
    for purpose, wording, _ in words.consents:
        said = (lives.moments(-60, 600), None, None, "form:maria", words.notice_hash)
        retail.add("consent", subject, purpose, None, wording, *said)

    _, subject, _, agreement = holds("tauno", Term(-1_500, -1_490))
    lives.owes(retail, subject, agreement, "open")
    retail.add("ban", subject, "all", lives.moments(-300, 700), None, words.notice_hash)

    lives.batch.named.update({name: (retail.key, key) for name, key in known.items()})
    lives.batch.named["aino@network"] = (network.key, twin)
