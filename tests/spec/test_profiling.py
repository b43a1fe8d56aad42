"""Profiling: what the notice says of profiling and automated decisions as a whole (GDPR 22, 35).

Each is a question of the form: yes, no, or left open, with the words that answered it.
"""

from spec.telling import found, notice


def test_each_question_has_its_own_answer_and_its_words():
    told = notice(
        "profiling: {profiling: {answer: yes, evidence: [We profile.]}, automated_decisions: no}"
    ).profiling
    assert (told.profiling.answer, told.profiling.evidence) == ("yes", ("We profile.",))
    assert told.automated_decisions.answer == "no"
    assert told.automated_processing is None


def test_two_open_answers_are_two_findings():
    assert (
        found("profiling: {profiling: unresolved, automated_decisions: unresolved}")
        == ["ANSWER_LEFT_OPEN"] * 2
    )
