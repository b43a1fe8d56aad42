"""A verdict is never a bare boolean."""

from __future__ import annotations

import pytest

from seloste.policy.verdict import ARTICLES, STANDINGS, Reason, Verdict


def told(reason: Reason, kind: str = "contract") -> Verdict:
    return Verdict.told(reason, kind, notice="h", until=None, basis=0, channel=None)


def test_a_verdict_is_not_a_boolean():
    with pytest.raises(TypeError, match="allowed"):
        bool(told(Reason.OPEN))


def test_only_open_allows():
    assert [reason for reason in Reason if told(reason).allowed] == [Reason.OPEN]


def test_every_reason_stands_on_a_term_and_says_what_would_change_it():
    assert set(STANDINGS) == set(Reason)
    for reason in Reason:
        verdict = told(reason)
        assert verdict.term
        assert len({verdict.words("fi"), verdict.words("en")}) == 2
        assert verdict.article or reason is Reason.UNKNOWN


@pytest.mark.parametrize("kind", ARTICLES)
def test_the_article_of_a_basis_is_that_of_its_kind(kind):
    assert told(Reason.OPEN, kind).article == told(Reason.NOT_WHILE, kind).article == ARTICLES[kind]
    assert told(Reason.BAN, kind).article == "GDPR 21(3); SVPL 200"
