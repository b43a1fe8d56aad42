"""One of two moves out: either the partner who is no holder, or the holder, and then the partner takes over."""

from __future__ import annotations

import pytest

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
    assert utility.supplied(partner) == [(agreement.metering_point_id, day(-200), day(5))]
    assert utility.supplied(holder) == [(agreement.metering_point_id, day(-200), None)]
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
    point = agreement.metering_point_id
    assert utility.supplied(holder) == [(point, day(-200), day(7))]
    assert utility.supplied(partner) == [(point, day(-200), None)]
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


@pytest.mark.parametrize("how", ["move_out", "notice", "cancel", "withdraw"])
def test_by_whatever_an_agreement_ends_nobody_has_its_address_any_more(utility, how):
    """Both holders leave, both are noted, and an end that moves takes their address with it."""
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import cancel_agreement, end_agreement, withdraw

    holder, partner = utility.customer("Helmi", "Haltija"), utility.customer("Pekka", "Puoliso")
    where, code = PostalAddress("Loppukatu 4", "33200", "Tampere"), utility.offers(f"LOPPU-{how}")
    begins = day(2) if how == "withdraw" else day(-200)
    agreement = utility.moves_in(
        holder, where, since=begins, parties=[partner], product=code, at_distance=True
    )
    point = agreement.metering_point_id
    with utility.clerk():
        if how == "cancel":
            cancel_agreement(agreement.pk, at=NOW)
        elif how == "withdraw":
            withdraw(agreement.pk, at=NOW)
        else:
            for ends in (day(5), day(9)):
                end_agreement(agreement.pk, at=NOW, valid_until=ends, reason=how)
    left = [] if how in {"cancel", "withdraw"} else [(point, day(-200), day(9))]
    assert utility.supplied(holder) == utility.supplied(partner) == left
    event = "agreements.cancel" if how in {"cancel", "withdraw"} else "agreements.end"
    assert utility.noted(event) == sorted([holder, partner])


def test_whoever_is_supplied_there_by_another_agreement_keeps_the_address(utility):
    """A new agreement at the same point, and an old one whose switch to another supplier moves nobody."""
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import cancel_agreement, end_agreement

    holder, gsrn = utility.customer("Jatkava", "Asukas"), utility.gsrn()
    where = PostalAddress("Samakatu 5", "33200", "Tampere")
    first = utility.moves_in(holder, where, since=day(-200), number=gsrn)
    with utility.clerk():
        end_agreement(first.pk, at=NOW, valid_until=day(9), reason="move_out")
    point = first.metering_point_id
    assert utility.supplied(holder) == [(point, day(-200), day(9))]
    second = utility.moves_in(holder, where, since=day(9), number=gsrn)
    assert utility.supplied(holder) == [(point, day(-200), None)]
    with utility.clerk():
        cancel_agreement(second.pk, at=NOW)
    assert utility.supplied(holder) == [(point, day(-200), day(9))]
    third = utility.moves_in(holder, where, since=day(20), number=gsrn)
    with utility.clerk():
        end_agreement(third.pk, at=NOW, valid_until=day(30), reason="switch")
    assert utility.supplied(holder) == [(point, day(-200), day(9)), (point, day(20), None)]


def test_an_address_of_a_point_that_is_told_anew_is_not_doubled(utility):
    """The same one goes on and begins no later; another one takes its place."""
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.subjects.at_point import begin_at_point

    holder = utility.customer("Tarkka", "Asukas")
    where = PostalAddress("Kirjavakatu 6", "33200", "Tampere")
    point = utility.moves_in(holder, where, since=day(-10)).metering_point_id
    with utility.clerk():
        for since in (day(-10), day(-5), day(-20)):
            begin_at_point(holder, point, where, since=since)
    assert utility.supplied(holder) == [(point, day(-20), None)]
    with utility.clerk():
        begin_at_point(holder, point, PostalAddress("Kirjavakatu 6 B", "33200", "Tampere"), since=day(-3))
    assert utility.supplied(holder) == [(point, day(-20), day(-3)), (point, day(-3), None)]
