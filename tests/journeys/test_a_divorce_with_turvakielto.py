"""Two part, one under turvakielto: the new address is in nothing that the other, or a clerk for the other, can be shown."""

from __future__ import annotations

import pytest

from journeys.utility import NOW, TODAY, day

SECRET = "Salatupolku 13"


@pytest.fixture(scope="module")
def parted(utility):
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import end_party

    ex, fled = utility.customer("Entinen", "Puoliso"), utility.customer("Turvattu", "Asukas")
    old = utility.moves_in(
        ex, PostalAddress("Yhteinenkatu 2", "33500", "Tampere"), since=day(-300), parties=[fled]
    )
    utility.admin.execute(
        "INSERT INTO register.turvakielto (subject_id, valid_from) VALUES (%s, %s)", [fled, day(-3)]
    )
    with utility.clerk():
        end_party(old.pk, fled, at=NOW, valid_until=day(-1))
    new = utility.moves_in(fled, PostalAddress(SECRET, "90100", "Oulu"), since=day(-1))
    return ex, fled, old, new


def test_each_gets_a_confirmation_and_only_their_own_names_the_new_home(utility, parted):
    ex, fled, old, new = parted
    assert {to for about, to, _ in utility.letters(old.pk) if about == "left"} == {ex, fled}
    assert [text for _, to, text in utility.letters(old.pk) if to == ex and SECRET in text] == []
    [(about, to, text)] = utility.letters(new.pk)
    assert (about, to) == ("moved_in", fled)
    assert SECRET in text
    assert "Entinen" not in text


def test_what_the_ex_is_told_later_names_it_neither(utility, parted):
    from seloste.register.agreements.operations import change_product

    ex, _, old, _ = parted
    utility.offers("YKSIN")
    with utility.clerk():
        change_product(old.pk, "YKSIN", at=NOW, valid_from=day(3))
    about, to, text = utility.letters(old.pk)[-1]
    assert (about, to) == ("changed", ex)
    assert SECRET not in text
    assert "Turvattu" not in text


def test_a_clerk_who_serves_either_is_not_shown_the_new_home(utility, parted):
    ex, fled, _, _ = parted
    with utility.acting("service", company="sahkolaitos") as session:
        shown, guarded = session.see(ex), session.see(fled)
    assert "Entinen" in str(shown)
    assert SECRET not in str(shown)
    assert guarded["visible"].get("address", []) == []
    assert SECRET not in str(guarded)


def test_a_call_with_the_ex_opens_nothing_of_the_one_who_fled(utility, parted):
    """Not their record, and none of the letters that went to them: what was theirs together does not reach so far."""
    from seloste.register.agreements.operations import (
        UnknownConfirmation,
        confirmations,
        open_confirmation,
        require_agreement,
    )
    from seloste.register.protection.actors import ReasonElsewhere

    ex, fled, old, new = parted
    theirs = [
        row[0] for row in utility.all("SELECT id FROM register.confirmation WHERE subject_id = %s", fled)
    ]
    assert len(theirs) >= 3
    for purpose in ("agreements", "service"):
        with utility.acting(purpose, reason=utility.call_about(ex)) as session:
            with pytest.raises(ReasonElsewhere):
                session.see(fled)
            assert {each.subject_id for each in confirmations(old.pk)} == {ex}
            assert confirmations(new.pk) == []
            assert require_agreement(old.pk).subject_id == ex
            for each in theirs:
                with pytest.raises(UnknownConfirmation):
                    open_confirmation(each)
    with utility.acting("agreements", reason=utility.call_about(fled)) as session:
        assert {each.subject_id for each in confirmations(old.pk)} == {fled}
        with pytest.raises(ReasonElsewhere):
            session.see(ex)


def test_a_third_who_holds_it_too_is_not_told_where_a_protected_partner_lives(utility):
    """The holder is not protected and sees their own address; who holds it with them from elsewhere sees none."""
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import add_party

    holder, guarded, third = (
        utility.customer(name, "Kolmikko") for name in ("Haltija", "Suojattu", "Kolmas")
    )
    utility.admin.execute(
        "INSERT INTO register.turvakielto (subject_id, valid_from) VALUES (%s, %s)", [guarded, day(-30)]
    )
    where = PostalAddress("Kolmikontie 3", "90100", "Oulu")
    agreement = utility.moves_in(holder, where, since=day(4), parties=[guarded])
    with utility.clerk():
        add_party(agreement.pk, third, valid_from=day(4), at=NOW)
    told = {to: text for about, to, text in utility.letters(agreement.pk) if about == "joined"}
    assert {to: where.street in text for to, text in told.items()} == {
        holder: True,
        guarded: True,
        third: False,
    }


def test_whoever_holds_an_agreement_with_a_protected_person_is_not_told_where(utility):
    """The holder is protected; a joint holder elsewhere gets a confirmation without the point's address."""
    from seloste.kernel.addresses import PostalAddress

    protected, other = utility.customer("Suojattu", "Haltija"), utility.customer("Muualla", "Asuva")
    utility.admin.execute(
        "INSERT INTO register.turvakielto (subject_id, valid_from) VALUES (%s, %s)", [protected, day(-30)]
    )
    agreement = utility.moves_in(protected, PostalAddress(SECRET, "90100", "Oulu"), since=day(4))
    with utility.clerk():
        from seloste.register.agreements.operations import add_party

        add_party(agreement.pk, other, valid_from=day(4), at=NOW)
    letters = {(about, to): text for about, to, text in utility.letters(agreement.pk)}
    assert SECRET in letters["moved_in", protected]
    assert SECRET in letters["joined", protected]
    assert SECRET not in letters["joined", other]
    assert "ei näytetä (turvakielto)" in letters["joined", other]


def test_when_the_protection_is_over_the_address_is_told_again(utility):
    """Both sides of the boundary: a turvakielto that ended yesterday hides nothing, one that ends tomorrow does."""
    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.operations import add_party

    for until, told in ((-1, True), (1, False)):
        holder, other = utility.customer("Ennen", "Suojattu"), utility.customer("Toinen", "Haltija")
        utility.admin.execute(
            "INSERT INTO register.turvakielto (subject_id, valid_from, valid_until) VALUES (%s, %s, %s)",
            [holder, day(-30), day(until)],
        )
        agreement = utility.moves_in(
            holder, PostalAddress(f"Rajakatu {until + 2}", "90100", "Oulu"), since=day(4)
        )
        with utility.clerk():
            add_party(agreement.pk, other, valid_from=day(4), at=NOW)
        [text] = [
            text for about, to, text in utility.letters(agreement.pk) if (about, to) == ("joined", other)
        ]
        assert (f"Rajakatu {until + 2}" in text) is told, TODAY
