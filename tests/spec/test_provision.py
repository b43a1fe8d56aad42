"""Provision: whether data must be given, and what follows if they are not (GDPR 13(2)(e))."""

from seloste.notice.checks import check
from spec.telling import DAY, notice


def judged(text):
    return [finding.check for finding in check(notice(text), DAY).findings]


def test_a_notice_says_what_must_be_given():
    assert judged("") == ["PROVISION_NOT_TOLD"]
    assert judged("provision: [{required: voluntary}]") == []


def test_what_must_be_given_has_its_consequence():
    assert judged("provision: [{required: by_law}]") == ["PROVISION_NOT_TOLD"]
    assert judged("provision: [{required: by_law, consequence: {en: no supply}}]") == []
