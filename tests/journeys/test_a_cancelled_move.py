"""Somebody was to move and does not: the new home's agreement is undone, the old one goes on."""

from __future__ import annotations

import pytest

from journeys.utility import NOW, day


def test_the_move_is_called_off(utility):
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import cancel_agreement, move_out, stay

    meri = utility.customer("Meri", "Peruja")
    old = utility.moves_in(meri, PostalAddress("Vanhakatu 1", "33100", "Tampere"), since=day(-500))
    with utility.clerk():
        move_out([old.pk], at=NOW, valid_until=day(30))
    new = utility.moves_in(meri, PostalAddress("Uusikatu 99", "33100", "Tampere"), since=day(30))

    with utility.clerk():
        cancel_agreement(new.pk, at=NOW)
        stay([old.pk], at=NOW)
    assert utility.holders(old.metering_point_id) == [(meri, day(-500), None)]
    assert utility.holders(new.metering_point_id) == []
    assert [about for about, _, _ in utility.letters(old.pk)] == ["moved_in", "moved_out", "stays"]
    assert [about for about, _, _ in utility.letters(new.pk)] == ["moved_in", "cancelled"]
    assert utility.supplied(meri) == [(old.metering_point_id, day(-500), None)]


def test_whoever_took_the_old_home_keeps_it(utility):
    """The move cannot be called off where the next holder has an agreement already: the database refuses."""
    from django.db import IntegrityError

    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import move_out, stay

    meri, next_one = utility.customer("Mette", "Peruja"), utility.customer("Timo", "Ottaja")
    home = PostalAddress("Haluttukatu 1", "33100", "Tampere")
    gsrn = utility.gsrn()
    old = utility.moves_in(meri, home, since=day(-500), number=gsrn)
    with utility.clerk():
        move_out([old.pk], at=NOW, valid_until=day(30))
    utility.moves_in(next_one, home, since=day(40), number=gsrn)
    with pytest.raises(IntegrityError, match="agreement_period_one_holder"), utility.clerk():
        stay([old.pk], at=NOW)
    assert utility.holders(old.metering_point_id) == [
        (meri, day(-500), day(30)),
        (next_one, day(40), None),
    ]
