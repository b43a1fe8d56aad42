"""Contact and data protection officer: where the data subject turns (GDPR 13(1)(a)-(b), 37).

A function and an address; the officer is designated, or is not, or the notice left it open.
"""

from spec.telling import found, notice


def test_a_contact_is_a_function_and_an_address():
    told = notice("contact: {function: {en: Privacy desk}, email: privacy@lakeside.example}").contact
    assert told.function.say("en") == "Privacy desk"
    assert told.function.say("fi") is None


def test_an_officer_is_designated_or_not():
    assert notice("dpo: {designated: yes, email: dpo@lakeside.example}").dpo.designated.answer == "yes"
    assert notice("dpo: {designated: no}").dpo.designated.answer == "no"


def test_an_answer_left_open_is_found():
    assert found("dpo: {designated: {answer: unresolved, evidence: [Yes, No]}}") == ["ANSWER_LEFT_OPEN"]
