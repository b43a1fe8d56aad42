"""People with a name to try: always the first of the first batch, with the same lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.project.people import numbers
from seloste.project.people.companies import organise
from seloste.project.people.lives import Term

if TYPE_CHECKING:
    from seloste.project.people.humans import Home, Human, Humans
    from seloste.project.people.lives import Lives

PEOPLE = {
    "aino": ("Aino Maria", "Kuusilampi", False, "a customer for years, with much to see"),
    "eero": ("Eero Juhani", "Honkasaari", True, "holds an agreement together with Liisa"),
    "liisa": ("Liisa Anneli", "Honkasaari", False, "co-holder of Eero's agreement"),
    "kalervo": ("Kalervo Olavi", "Rantaharju", True, "has died: the estate holds the agreement"),
    "onni": ("Onni Elias", "Peltokangas", True, "a minor who was met at an event"),
    "saara": ("Saara Sofia", "Lehtovuori", False, "under turvakielto: the address may not leave"),
    "pekka": ("Pekka Antero", "Rautasalo", True, "stands for Pirkan Putkityö Oy"),
    "ville": ("Ville Tapio", "Koivuranta", True, "a former customer, who has paid every bill"),
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
    named = _Named(humans, lives)
    for add in (
        named.aino,
        named.eero_and_liisa,
        named.kalervo,
        named.onni,
        named.saara,
        named.pekka,
        named.ville,
        named.maria,
        named.tauno,
    ):
        add()


class _Named:
    """The people with a name to try, a method each."""

    def __init__(self, humans: Humans, lives: Lives) -> None:
        self.humans = humans
        self.lives = lives
        self.retail = lives.batch.retail

    def aino(self) -> None:
        lives, words, retail = self.lives, self.lives.words, self.retail
        aino, subject, home, agreement = self._holds("aino", Term(-1_900, -1_880))
        term = Term(-400, -390)
        lives.agreement(retail, subject, words.services, "service", None, term=term)
        for state in ("paid", "fresh"):
            lives.owes(retail, subject, agreement, state)
        for purpose, wording, channels in words.consents:
            for channel in channels or (None,):
                self._consents(subject, purpose, channel, wording, -200)
        lives.is_called(retail, subject, is_open=True)
        retail.case(subject, "misuse_case", "case", lives.moments(-20), None)
        if words.has_wall:
            _twin(lives, aino, home)

    def eero_and_liisa(self) -> None:
        _, _, home, agreement = self._holds("eero", Term(-820, -800))
        _, subject = self._meets("liisa", -800)
        self.lives.lives(self.retail, subject, home, -800)
        self.lives.party(self.retail, agreement, subject, -800)

    def kalervo(self) -> None:
        moments = self.lives.moments
        _, subject, _, agreement = self._holds("kalervo", Term(-3_100, -3_080))
        decided = (moments(-58, 600), moments(-40, 600), "confirmed", moments(-60), None)
        self.retail.add("subject_status", subject, "estate", *decided)
        self.lives.owes(self.retail, subject, agreement, "open")

    def onni(self) -> None:
        moments = self.lives.moments
        _, subject = self._meets("onni", -90)
        claimed = (moments(-90, 600), None, None, moments(-90), moments(390))
        self.retail.add("subject_status", subject, "minor", *claimed)

    def saara(self) -> None:
        _, subject, _, _ = self._holds("saara", Term(-700, -690))
        self.lives.protected(self.retail, subject, -600)

    def pekka(self) -> None:
        _, subject = self._meets("pekka", -1_000)
        firm, name = self.humans.home(), "Pirkan Putkityö Oy"
        organisation = organise(self.lives, self.humans, 1, name, firm, role="contact", person=subject)
        self._known("putkityo", organisation)

    def ville(self) -> None:
        _, subject, _, agreement = self._holds("ville", Term(-2_000, -1_990, -100, "move_out"))
        self.lives.owes(self.retail, subject, agreement, "paid")

    def maria(self) -> None:
        _, subject = self._meets("maria", -60)
        for purpose, wording, _ in self.lives.words.consents:
            self._consents(subject, purpose, None, wording, -60)

    def tauno(self) -> None:
        _, subject, _, agreement = self._holds("tauno", Term(-1_500, -1_490))
        self.lives.owes(self.retail, subject, agreement, "open")
        since = self.lives.moments(-300, 700)
        self.retail.add("ban", subject, "all", since, None, self.lives.words.notice_hash)

    def _known(self, name: str, subject: int) -> None:
        self.lives.batch.named[name] = (self.retail.key, subject)

    def _meets(self, name: str, since: int) -> tuple[Human, int]:
        """Somebody whom the company knows and can reach."""
        lives = self.lives
        given, family, man, _ = PEOPLE[name]
        human = self.humans.named(given, family, "fi", man=man, minor=name == "onni")
        subject = lives.known(self.retail, human, since)
        self._known(name, subject)
        lives.phone(self.retail, subject, human.phone, lives.moments(since))
        lives.email(self.retail, subject, human.email, lives.moments(since))
        return human, subject

    def _holds(self, name: str, term: Term) -> tuple[Human, int, Home, int]:
        """Somebody who holds, or held, an agreement of electricity."""
        lives, retail = self.lives, self.retail
        (human, subject), home = self._meets(name, term.asked), self.humans.home()
        lives.lives(retail, subject, home, term.since, until=term.until)
        lives.identified(retail, subject, human)
        point = retail.point(numbers.gsrn(home.point), "sale")
        agreement = lives.agreement(retail, subject, lives.words.retail, "sale", point, term=term)
        return human, subject, home, agreement

    def _consents(self, subject: int, purpose: str, channel: str | None, wording: str, since: int) -> None:
        said = (self.lives.moments(since, 600), None, None, f"form:{wording}")
        notice = self.lives.words.notice_hash
        self.retail.add("consent", subject, purpose, channel, wording, *said, notice)


def _twin(lives: Lives, human: Human, home: Home) -> None:
    """Aino's other record, on the network company's side."""
    network = lives.batch.network
    term = Term(-1_900, -1_880)
    subject = lives.known(network, human, term.asked)
    point = network.point(numbers.gsrn(home.point), "network")
    lives.phone(network, subject, human.phone, lives.moments(term.asked))
    lives.email(network, subject, human.email, lives.moments(term.asked))
    lives.address(network, subject, "point", home, since=term.since, point=point)
    lives.agreement(network, subject, lives.words.network, "network", point, term=term)
    lives.is_called(network, subject, is_open=True)
    lives.batch.named["aino@network"] = (network.key, subject)
