"""A customer dies: the agreement goes on for the estate, is passed on to an heir, and nobody writes to the dead."""

from __future__ import annotations

import pytest

from journeys.utility import NOW, day


def test_the_estate_goes_on_and_an_heir_takes_over(utility):
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import go_on_for_estate, pass_on

    aune, heir = utility.customer("Aune", "Edesmennyt"), utility.customer("Olli", "Perillinen")
    agreement = utility.moves_in(aune, PostalAddress("Muistokatu 5", "33300", "Tampere"), since=day(-400))
    with utility.clerk():
        assert [each.pk for each in go_on_for_estate(aune, at=NOW, died_at=day(-6))] == [agreement.pk]
    status = "SELECT status, valid_from FROM register.subject_status WHERE subject_id = %s AND superseded_at IS NULL"
    assert utility.one(status, aune) == ("estate", day(-6))
    about, to, text = utility.letters(agreement.pk)[-1]
    assert (about, to) == ("estate", aune)
    assert "Aune Edesmennyt, kuolinpesä" in text
    assert "Otamme osaa" in text

    with utility.clerk():
        opened = pass_on(agreement.pk, heir, at=NOW, valid_from=day(15), reason="death")
    assert utility.holders(agreement.metering_point_id) == [
        (aune, day(-400), day(15)),
        (heir, day(15), None),
    ]
    # the last letter of the old agreement is still the one to the estate: the dead are not told that it ends
    assert utility.letters(agreement.pk)[-1][0] == "estate"
    assert [(about, to) for about, to, _ in utility.letters(opened.pk)] == [("passed_on", heir)]
    period = (
        "SELECT end_reason FROM register.agreement_period WHERE agreement_id = %s AND superseded_at IS NULL"
    )
    assert utility.one(period, agreement.pk) == "death"


def test_marketing_does_not_write_to_an_estate(utility):
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import go_on_for_estate

    known = utility.customer("Martta", "Poistunut")
    utility.moves_in(known, PostalAddress("Hiljainen 1", "33300", "Tampere"), since=day(-400))
    reach = (
        "SELECT (s.bits1 & k.bit1) <> 0 FROM register.subject s, policy.key k WHERE s.id = %s"
        " AND k.purpose = 'direct_marketing' AND k.channel = 'letter' AND k.state = 'in_force' ORDER BY 1 DESC LIMIT 1"
    )
    assert utility.one(reach, known) is True
    with utility.clerk():
        go_on_for_estate(known, at=NOW, died_at=day(-1))
    assert utility.one(reach, known) is False


def test_an_estate_without_agreements_has_nothing_to_go_on(utility):
    from seloste.register.agreements.operations import NothingGoesOn, go_on_for_estate

    gone = utility.customer("Irma", "Lopettanut")
    with utility.clerk(), pytest.raises(NothingGoesOn, match="nothing to go on"):
        go_on_for_estate(gone, at=NOW, died_at=day(-1))
