"""Consents: wordings, each for one purpose, with how it is given, proven and withdrawn (GDPR 7).

A purpose that rests on consent needs a wording; a wording needs a way of giving and a proof.
"""

from spec.telling import found, refused

TIPS = "purposes: {tips: {name: {en: Tips}, bases: [{kind: consent, consents: [tips_2026]}]}}\n"
WAYS = "rights: {each: {withdrawal: {ways: [privacy@lakeside.example, the counter]}}}\n"


def test_a_consent_is_given_and_proven():
    told = "consents: {tips_2026: {purpose: tips, given: {en: a ticked box}, proof: {en: the form}}}"
    assert found(TIPS + WAYS + told) == []
    assert found(TIPS + WAYS + told.replace(", proof: {en: the form}", "")) == ["CONSENT_WITHOUT_PROOF"]


def test_a_purpose_on_consent_names_its_wording():
    assert found(TIPS.replace(", consents: [tips_2026]", "") + WAYS) == ["CONSENT_WITHOUT_PROOF"]


def test_a_wording_is_for_a_declared_purpose():
    refused("consents: {tips_2026: {purpose: tips}}", "'tips' is not declared")
