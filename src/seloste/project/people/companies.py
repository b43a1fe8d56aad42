"""Companies, housing companies, associations, and who stands for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.project.people import numbers
from seloste.project.people.lives import LONGEST, Term
from seloste.project.people.names import ASSOCIATION, COMPANY_FIRST, COMPANY_TRADE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seloste.project.people.humans import Home, Humans
    from seloste.project.people.lives import Lives

COMPANIES_A_BATCH = 500
SWITCHBOARD = 6_000_000
"""Telephone numbers of companies begin where those of people end."""
FORMS = ("Oy", "Oy", "Oy", "Ky", "Tmi", "Ay")


def company(lives: Lives, humans: Humans, number: int, people: Sequence[int]) -> int:
    """This will add a company with its agreements, and let one of `people` stand for it.

    `number`: which of the batch. Shape: its key on the retail side.
    """
    home = humans.home()
    name, role = _name(lives, home)
    person = lives.random.choice(people)
    return organise(lives, humans, number, name, home, role=role, person=person)


def organise(
    lives: Lives, humans: Humans, number: int, name: str, home: Home, *, role: str, person: int
) -> int:
    """This will add an organisation of that name; both sides know every third."""
    words, retail, network = lives.words, lives.batch.retail, lives.batch.network
    since = -lives.days(100, LONGEST)
    running = humans.batch * COMPANIES_A_BATCH + number
    subject = retail.organisation(name, "fi", lives.moments(since))
    code, at = numbers.business_id(running), lives.moments(since)
    retail.add("business_id", subject, retail.key, code)
    lives.address(retail, subject, "billing", home, since=since)
    lives.phone(retail, subject, numbers.phone(SWITCHBOARD + running), at)
    lives.email(retail, subject, f"laskut{running}@yritys.example", at)
    retail.add("representation", person, subject, role, at, None)
    term = Term(since - 20, since)
    gsrn = numbers.gsrn(home.point)
    kind = "heat" if role == "property_manager" else "sale"
    agreement = lives.agreement(retail, subject, words.retail, kind, retail.point(gsrn, kind), term=term)
    if lives.chance(0.5):
        lives.owes(retail, subject, agreement, lives.random.choice(("fresh", "open", "paid")))
    if words.has_wall and number % 3 == 0:
        other = network.organisation(name, "fi", at)
        network.add("business_id", other, network.key, code)
        point = network.point(gsrn, "network")
        lives.address(network, other, "point", home, since=since, point=point)
        lives.agreement(network, other, words.network, "network", point, term=term)
    return subject


def _name(lives: Lives, home: Home) -> tuple[str, str]:
    draw = lives.random
    if lives.chance(0.35):
        street = home.street.split(" ")
        return f"As Oy {home.city}n {street[0]} {street[-1]}", "property_manager"
    first = draw.choice(COMPANY_FIRST)
    if lives.chance(0.15):
        return f"{first} {draw.choice(ASSOCIATION)} ry", "signatory"
    role = draw.choice(("contact", "contact", "signatory"))
    return f"{first} {draw.choice(COMPANY_TRADE)} {draw.choice(FORMS)}", role
