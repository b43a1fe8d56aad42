"""Retention: how long data are kept, from when, on what ground, and what then (GDPR 13(2)(a), 5(1)(e)).

A period, or a criterion from which it can be worked out. A plan that only the house can see is neither,
and nor is a list of examples.
"""

from seloste.kernel.periods import Duration
from spec.telling import found, notice, refused


def test_a_period_is_kept_by_the_calendar():
    assert notice("retention: {books: {period: P6Y}}").retention["books"].period == Duration(years=6)
    refused("retention: {books: {period: six years}}", "P6Y")


def test_a_period_or_a_criterion_is_told():
    assert found("retention: {books: {period: P6Y}}") == []
    assert found("retention: {leak: {until: {en: until the pipe is mended}}}") == []
    assert found("retention: {books: {name: {en: Books}}}") == ["RETENTION_NOT_TOLD"]


def test_a_plan_or_examples_tell_nothing():
    assert found("retention: {books: {internal_plan: yes}}") == ["RETENTION_NOT_TOLD"]
    assert found("retention: {books: {open_list: yes}}") == ["RETENTION_NOT_TOLD"]
    assert found("retention: {books: {internal_plan: yes, period: P6Y}}") == []
