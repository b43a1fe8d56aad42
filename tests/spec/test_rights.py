"""Rights: how each is used, by which ways, and on what the notice makes it depend (GDPR 12-22, 7(3)).

Objection depends on nothing but one's own situation, and for marketing on nothing at all. Every consent
can be withdrawn, and in more than one way.
"""

from spec.telling import found, refused

NEWS = "purposes: {news: {name: {en: News}, marketing: yes, bases: [{kind: contract}]}}\n"


def test_objection_depends_on_nothing():
    assert found("rights: {each: {objection: {ways: [desk]}}}") == []
    assert found("rights: {each: {objection: {conditional_on: [unlawfulness]}}}") == ["OBJECTION_CONDITIONAL"]


def test_objection_to_marketing_is_absolute():
    assert found(NEWS + "rights: {each: {objection: {absolute_for_marketing: yes}}}") == []
    for answer in ("", "absolute_for_marketing: no"):
        assert found(NEWS + f"rights: {{each: {{objection: {{{answer}}}}}}}") == ["OBJECTION_CONDITIONAL"]


def test_every_consent_can_be_withdrawn_in_more_than_one_way():
    bases = "bases: {listed: [consent]}\n"
    assert found(bases + "rights: {each: {withdrawal: {ways: [desk, page]}}}") == []
    assert found(bases + "rights: {each: {withdrawal: {ways: [desk]}}}") == ["WITHDRAWAL_LIMITED"]
    assert found(
        bases
        + NEWS
        + "rights: {each: {withdrawal: {ways: [desk, page], covers: [news]}, objection: {absolute_for_marketing: yes}}}"
    ) == ["WITHDRAWAL_LIMITED"]
    assert found(bases) == ["WITHDRAWAL_LIMITED"]


def test_a_right_is_one_that_the_law_knows():
    refused("rights: {each: {applause: {}}}", "access")
