"""Suppressions: findings that are known and borne for a while, by name, with a reason and an end.

From its last day on a suppression bears nothing, and says so; one that nothing needs says so too.
"""

from datetime import date

from spec.telling import found, refused

OPEN = "dpo: {designated: unresolved}\nsuppressions: [{check: ANSWER_LEFT_OPEN, reason: asked of the board, expires: 2026-07-01}]"


def test_a_finding_is_borne_until_the_end():
    assert found(OPEN, date(2026, 6, 30)) == []
    assert found(OPEN, date(2026, 7, 1)) == ["ANSWER_LEFT_OPEN", "SUPPRESSION_UNUSED"]


def test_a_suppression_that_nothing_needs_is_told():
    assert found(OPEN.replace("unresolved", "yes")) == ["SUPPRESSION_UNUSED"]


def test_a_suppression_has_a_reason_and_an_end():
    refused("suppressions: [{check: ANSWER_LEFT_OPEN, expires: 2026-07-01}]", "'reason' is missing")
    refused("suppressions: [{check: ANSWER_LEFT_OPEN, reason: asked}]", "'expires' is missing")
