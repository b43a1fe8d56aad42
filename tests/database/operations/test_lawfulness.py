"""Consents, bans, objections and restrictions are taken down, and never overwritten."""

import pytest

from .conftest import DAY, NOW


def test_a_consent_is_given_withdrawn_and_known_as_it_was(register):
    from seloste.register.lawfulness.operations import NoConsent, Wording, give_consent, withdraw_consent

    person = register.person()
    wording = Wording("marketing", "newsletter", "form:1", "email")
    with register.rights():
        give_consent(person, wording, at=NOW - 2 * DAY)
    assert register.last_event() == ("lawfulness.consent.give", "operation", [person])
    with register.rights():
        withdraw_consent(person, "marketing", at=NOW - DAY)
    rows = register.all(
        "SELECT withdrawn_at, superseded_at IS NULL, notice_hash FROM register.consent WHERE subject_id = %s ORDER BY id",
        person,
    )
    assert rows == [(None, False, register.notice.hash), (NOW - DAY, True, register.notice.hash)]
    with register.rights(), pytest.raises(NoConsent, match="withdrawn"):
        withdraw_consent(person, "marketing", at=NOW)


def test_the_same_words_with_the_same_proof_are_one_consent(register):
    from seloste.register.lawfulness.operations import Wording, give_consent

    person = register.person()
    with register.rights():
        first = give_consent(person, Wording("marketing", "newsletter", "form:1"), at=NOW - DAY)
        assert give_consent(person, Wording("marketing", "newsletter", "form:1"), at=NOW).pk == first.pk
        assert give_consent(person, Wording("marketing", "newsletter", "form:2"), at=NOW).pk != first.pk


def test_a_withdrawal_over_one_channel_takes_the_consent_over_all_but_not_another(register):
    from seloste.register.lawfulness.operations import Wording, give_consent, withdraw_consent

    person = register.person()
    with register.rights():
        for channel in (None, "email", "sms"):
            give_consent(person, Wording("marketing", "newsletter", "form:1", channel), at=NOW - DAY)
        withdrawn = withdraw_consent(person, "marketing", at=NOW, channel="email")
    assert {consent.channel for consent in withdrawn} == {None, "email"}


def test_the_purpose_that_loses_a_subject_by_it_can_still_take_a_withdrawal_down(register):
    from seloste.register.lawfulness.operations import Wording, give_consent, withdraw_consent
    from seloste.register.subjects.models import Subject

    person = register.person()
    with register.rights():
        give_consent(person, Wording("marketing", "newsletter", "form:1"), at=NOW - DAY)
    with register.acting("marketing", "marketer"):
        assert len(withdraw_consent(person, "marketing", at=NOW)) == 1
    with register.acting("marketing", "marketer"):
        assert Subject.objects.filter(pk=person).first() is None


def test_a_ban_is_set_once_and_lifted_once(register):
    from seloste.register.lawfulness.operations import NoBan, lift_ban, set_ban

    person = register.person()
    with register.rights():
        first = set_ban(person, "all", at=NOW - DAY)
        assert set_ban(person, "all", at=NOW).pk == first.pk
        lift_ban(person, "all", at=NOW)
        with pytest.raises(NoBan):
            lift_ban(person, "all", at=NOW)
    rows = register.all(
        "SELECT valid_until, superseded_at IS NULL FROM register.ban WHERE subject_id = %s ORDER BY id",
        person,
    )
    assert rows == [(None, False), (NOW, True)]


def test_an_objection_is_received_and_decided_once(register):
    from seloste.register.lawfulness.operations import NoObjection, decide_objection, receive_objection

    person = register.person()
    with register.rights():
        first = receive_objection(person, "service", at=NOW - DAY)
        assert receive_objection(person, "service", at=NOW).pk == first.pk
        assert decide_objection(person, "service", "rejected", at=NOW).decided_at == NOW
        with pytest.raises(NoObjection):
            decide_objection(person, "service", "upheld", at=NOW)


def test_a_restriction_is_lifted_in_the_scope_in_which_it_was_set(register):
    from seloste.register.lawfulness.operations import (
        NoRestriction,
        TwoScopes,
        lift_restriction,
        set_restriction,
    )

    person = register.person()
    with register.rights():
        first = set_restriction(person, at=NOW - DAY, categories=["phone"])
        assert set_restriction(person, at=NOW, categories=["phone"]).pk == first.pk
        with pytest.raises(NoRestriction):
            lift_restriction(person, at=NOW)
        with pytest.raises(TwoScopes):
            set_restriction(person, at=NOW, categories=["phone"], purposes=["service"])
        lift_restriction(person, at=NOW, categories=["phone"])


def test_nobody_and_somebody_across_the_wall_are_answered_alike(register):
    from seloste.register.lawfulness.operations import set_ban
    from seloste.register.subjects.queries import UnknownSubject

    across, told = register.person("grid"), set()
    for nobody in (999_999, across):
        with register.rights(), pytest.raises(UnknownSubject) as refused:
            set_ban(nobody, "all", at=NOW)
        told.add(str(refused.value))
    assert len(told) == 1
    with register.rights("grid"):
        set_ban(across, "all", at=NOW)
