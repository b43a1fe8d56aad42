"""Recipients: whom data are disclosed to, on what ground, with what evidence (GDPR 13(1)(e), 13(1)(c)).

A ground of disclosure is one that the notice lists, and each recipient has its own where there are several.
"""

from spec.telling import found

BASES = "bases: {listed: [contract, legal_obligation]}\n"


def test_each_recipient_has_its_ground():
    to = "to: {bank: {kind: bank, ground: [contract]}, rescue: {kind: authority, ground: [legal_obligation]}}"
    assert found(BASES + f"recipients: {{grounds: [contract, legal_obligation], {to}}}") == []
    assert found(BASES + "recipients: {grounds: [contract, legal_obligation], to: {bank: {kind: bank}}}") == [
        "DISCLOSURE_WITHOUT_GROUND"
    ]


def test_one_ground_may_serve_all():
    assert found(BASES + "recipients: {grounds: [contract], to: {bank: {kind: bank}}}") == []


def test_a_ground_is_one_of_the_bases():
    assert found(BASES + "recipients: {grounds: [vital_interest]}") == ["DISCLOSURE_WITHOUT_GROUND"]
