"""Subject groups: whose data they are (GDPR 30(1)(c)).

A group says which subjects of the register belong to it: persons, organisations, or both. A group without
kinds is not held in the register, such as visitors whom only a camera sees.
"""

from spec.telling import notice, refused


def test_a_group_holds_kinds_of_subjects():
    told = notice(
        "subject_groups: {household: {name: {en: Household}, kinds: [person]}, visitor: {name: {en: Visitor}}}"
    )
    assert told.subject_groups["household"].kinds == ("person",)
    assert told.subject_groups["visitor"].kinds == ()


def test_there_are_two_kinds_of_subjects():
    refused("subject_groups: {cat: {name: {en: Cat}, kinds: [cat]}}", "'person' or 'organisation'")
