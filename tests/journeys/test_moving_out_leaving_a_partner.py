"""One of two moves out: either the partner who is no holder, or the holder, and then the partner takes over."""

from __future__ import annotations

from journeys.utility import NOW, day
from seloste.kernel.periods import Period


def at_home(utility, street):
    from seloste.kernel.addresses import PostalAddress

    holder, partner = utility.customer("Helmi", "Haltija"), utility.customer("Pekka", "Puoliso")
    where = PostalAddress(street, "33200", "Tampere")
    return holder, partner, utility.moves_in(holder, where, since=day(-200), parties=[partner])


def test_the_partner_leaves_and_the_holder_stays(utility):
    from seloste.register.agreements.operations import end_party

    holder, partner, agreement = at_home(utility, "Jäävänkatu 1")
    with utility.clerk():
        end_party(agreement.pk, partner, at=NOW, valid_until=day(5))
        end_party(agreement.pk, partner, at=NOW, valid_until=day(5))
    assert utility.holders(agreement.metering_point_id) == [(holder, day(-200), None)]
    assert utility.one(
        "SELECT valid_until FROM register.agreement_party WHERE subject_id = %s AND superseded_at IS NULL",
        partner,
    ) == day(5)
    told = [(about, to) for about, to, _ in utility.letters(agreement.pk)]
    assert told[2:] == [("left", holder), ("left", partner)]


def test_the_holder_leaves_and_the_partner_goes_on_without_a_gap(utility):
    from seloste.register.agreements.operations import pass_on
    from seloste.register.agreements.queries import vacancies

    holder, partner, agreement = at_home(utility, "Jatkajankuja 2")
    with utility.clerk():
        opened = pass_on(agreement.pk, partner, at=NOW, valid_from=day(7))
        assert pass_on(agreement.pk, partner, at=NOW, valid_from=day(7)).pk == opened.pk
        free = vacancies(agreement.metering_point_id, since=day(-200), until=day(100))
    assert free == []
    assert utility.holders(agreement.metering_point_id) == [
        (holder, day(-200), day(7)),
        (partner, day(7), None),
    ]
    [(about, to, text)] = utility.letters(opened.pk)
    assert (about, to) == ("passed_on", partner)
    assert "Jatkajankuja 2" in text
    # whoever left is told that it ends, and nothing of who comes next
    about, to, text = utility.letters(agreement.pk)[-1]
    assert (about, to) == ("ended", holder)
    assert opened.number not in text
    assert "siirtynyt" not in text


def test_when_both_leave_the_point_is_nobodys_until_somebody_comes(utility):
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import move_out
    from seloste.register.agreements.queries import vacancies

    _, _, agreement = at_home(utility, "Tyhjäkatu 3")
    with utility.clerk():
        move_out([agreement.pk], at=NOW, valid_until=day(2))
    gsrn = utility.one("SELECT gsrn FROM register.metering_point WHERE id = %s", agreement.metering_point_id)
    next_one = utility.customer("Seuraava", "Asukas")
    utility.moves_in(next_one, PostalAddress("Tyhjäkatu 3", "33200", "Tampere"), since=day(9), number=gsrn)
    with utility.clerk():
        free = vacancies(agreement.metering_point_id, since=day(-10), until=day(30))
    assert free == [Period(day(2), day(9))]
