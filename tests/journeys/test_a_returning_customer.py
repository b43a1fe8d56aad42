"""Somebody who left comes back: the same person within the time that data are kept, out of reach after it."""

from __future__ import annotations

import pytest

from journeys.utility import NOW, day


def test_within_three_years_the_clerk_finds_them_and_opens_anew(utility):
    from seloste.kernel.addresses import PostalAddress

    palaaja = utility.customer("Paula", "Palaaja")
    utility.offers("TERVETULOA", months=12)
    opened = utility.moves_in(
        palaaja, PostalAddress("Paluukatu 1", "33100", "Tampere"), since=day(1), product="TERVETULOA"
    )
    assert utility.holders(opened.metering_point_id)[0][0] == palaaja
    old = "SELECT count(*) FROM register.agreement WHERE subject_id = %s"
    assert utility.one(old, palaaja) == 2
    [(_, _, text)] = utility.letters(opened.pk)
    assert "12 kuukautta" in text


@pytest.mark.parametrize(("ended", "reached"), [(1094, True), (1097, False)])
def test_after_three_years_the_purpose_reaches_them_no_more(utility, ended, reached):
    """Both sides of the tail of the purpose; the register contact is whom to ask then."""
    from seloste.register.agreements.operations import Terms, open_agreement
    from seloste.register.subjects.queries import UnknownSubject

    gone = utility.one(
        "INSERT INTO register.subject (side, kind, given_names, family_name) VALUES ('sahkolaitos', 'person', 'Kauan', 'Poissa') RETURNING id"
    )
    agreement = utility.one(
        "INSERT INTO register.agreement (number, subject_id, side, controller, kind) VALUES (%s, %s, 'sahkolaitos', 'vera', 'service') RETURNING id",
        f"GONE-{ended}", gone,
    )  # fmt: skip
    utility.admin.execute(
        "INSERT INTO register.agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from, valid_until)"
        " VALUES (%s, %s, 'vera', 'service', %s, %s, %s)",
        [agreement, gone, day(-2000), day(-2000), day(-ended)],
    )
    terms = Terms(None, "vera", "service")
    with utility.clerk():
        if reached:
            open_agreement(gone, terms, requested_at=NOW, valid_from=day(1))
        else:
            with pytest.raises(UnknownSubject):
                open_agreement(gone, terms, requested_at=NOW, valid_from=day(1))
