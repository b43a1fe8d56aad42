"""Bases: the legal bases that the notice lists as a whole (GDPR 6(1)).

What is kept or used under a legal obligation must be among them.
"""

from spec.telling import found, notice, refused


def test_bases_are_those_of_article_six():
    assert notice("bases: {listed: [contract, consent]}").bases.listed == ("contract", "consent")
    refused("bases: {listed: [habit]}", "legitimate_interest")


def test_an_obligation_that_is_not_listed_is_found():
    kept = "retention: {ledger: {period: P6Y, basis: legal_obligation}}"
    assert found("bases: {listed: [contract]}\n" + kept) == ["LEGAL_OBLIGATION_NOT_LISTED"]
    assert found("bases: {listed: [contract, legal_obligation]}\n" + kept) == []
