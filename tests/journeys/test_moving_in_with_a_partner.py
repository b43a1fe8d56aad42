"""Two people move in together: one agreement a kind, both hold it, each gets a confirmation in their language."""

from __future__ import annotations

import pytest

from journeys.utility import NOW, day


@pytest.fixture(scope="module")
def home():
    from seloste.kernel.addresses import PostalAddress

    return PostalAddress("Uusikatu 4 B 12", "33100", "Tampere")


def test_a_couple_moves_in(utility, home):
    from seloste.register.agreements.operations import move_in

    aino = utility.customer("Aino", "Muuttaja", companies=("vera", "sahkolaitos"))
    anders = utility.customer("Anders", "Flyttare", companies=("vera", "sahkolaitos"), language="sv")
    utility.offers("PERUS")
    gsrn = utility.gsrn()

    # Aino calls: electricity from Vera from the first of next month, Anders holds it with her
    with utility.clerk("vera"):
        [sale] = move_in(
            aino,
            [utility.terms(aino, number=gsrn, product="PERUS", at_distance=True)],
            requested_at=NOW,
            valid_from=day(20),
            where=home,
            parties=[anders],
        )
    # heat and cooling come from the sister company, together in one call
    with utility.clerk("sahkolaitos"):
        heat, cooling = move_in(
            aino,
            [utility.terms(aino, kind, number=f"L-{kind}-7") for kind in ("heat", "cooling")],
            requested_at=NOW,
            valid_from=day(20),
            where=home,
            parties=[anders],
        )

    assert utility.holders(sale.metering_point_id) == [(aino, day(20), None)]
    assert {heat.kind, cooling.kind} == {"heat", "cooling"}
    joint = "SELECT count(*) FROM register.agreement_party WHERE subject_id = %s AND superseded_at IS NULL"
    assert utility.one(joint, anders) == 3

    [(about, to_aino, finnish), (_, to_anders, swedish)] = utility.letters(sale.pk)
    assert (about, to_aino, to_anders) == ("moved_in", aino, anders)
    assert "Vahvistus sisäänmuutosta".upper() in finnish
    assert "Tuote PERUS" in finnish
    assert "Muut haltijat: Anders Flyttare" in finnish
    assert "Uusikatu 4 B 12, 33100 Tampere" in finnish
    assert "Peruuttamisoikeus" in finnish
    assert "Bekräftelse av inflyttning".upper() in swedish
    assert gsrn in swedish
    assert "Uusikatu 4 B 12" in swedish
    assert "Ångerrätt" in swedish


def test_whoever_lives_there_still_keeps_them_out(utility, home):
    """The database refuses the overlap at the commit; with the former holder gone the day before, it does not."""
    from django.db import IntegrityError

    from seloste.register.agreements.operations import move_out

    before = utility.customer("Vanha", "Haltija")
    after = utility.customer("Uusi", "Haltija")
    gsrn = utility.gsrn()
    held = utility.moves_in(before, home, since=day(-100), number=gsrn)
    with pytest.raises(IntegrityError, match="agreement_period_one_holder"):
        utility.moves_in(after, home, since=day(10), number=gsrn)
    with utility.clerk():
        move_out([held.pk], at=NOW, valid_until=day(11))
    with pytest.raises(IntegrityError, match="agreement_period_one_holder"):
        utility.moves_in(after, home, since=day(10), number=gsrn)
    opened = utility.moves_in(after, home, since=day(11), number=gsrn)
    assert utility.holders(opened.metering_point_id) == [
        (before, day(-100), day(11)),
        (after, day(11), None),
    ]


def test_told_twice_they_moved_in_once(utility, home):
    """A clerk whose screen froze does it again: the same agreement, the same single confirmation."""
    aino = utility.customer("Kerran", "Muuttanut")
    gsrn = utility.gsrn()
    first = utility.moves_in(aino, home, since=day(3), number=gsrn)
    again = utility.moves_in(aino, home, since=day(3), number=gsrn)
    assert (again.pk, len(utility.letters(first.pk))) == (first.pk, 1)
    points = "SELECT count(*) FROM register.address WHERE subject_id = %s AND kind = 'point'"
    assert utility.one(points, aino) == 1


def test_whoever_moved_in_is_found_by_the_number_of_their_point(utility, home):
    """A GSRN, or the number of the company's own where the point is one of heat; both of the couple are found."""
    from seloste.register.agreements.operations import move_in
    from seloste.register.subjects.finding import find

    aino = utility.customer("Löydetty", "Lämmöstä", companies=("sahkolaitos",))
    other = utility.customer("Myös", "Löydetty", companies=("sahkolaitos",))
    with utility.clerk("sahkolaitos"):
        move_in(
            aino,
            [utility.terms(aino, "heat", number="KL-00815")],
            requested_at=NOW,
            valid_from=day(-1),
            where=home,
            parties=[other],
        )
    with utility.acting("service", company="sahkolaitos") as session:
        found = {
            told: {each.subject for each in find(session, told).found} for told in ("kl 00815", "KL-0081")
        }
    assert found == {"kl 00815": {aino, other}, "KL-0081": set()}
