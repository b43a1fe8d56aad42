"""Protection: how data are protected, by which roles they are used, and which trainings those take (GDPR 32).

A training is valid for some months; the notice says what follows when it lapses.
"""

from spec.telling import notice, refused


def test_a_role_takes_its_trainings():
    told = notice(
        "trainings: {privacy: {valid_months: 12, on_lapse: stop}}\nroles: {clerk: {name: {en: Clerk}, trainings: [privacy]}}"
    )
    assert told.trainings[told.roles["clerk"].trainings[0]].valid_months == 12
    refused("roles: {clerk: {name: {en: Clerk}, trainings: [privacy]}}", "'privacy' is not declared")


def test_measures_are_told_by_kind():
    assert notice("protection: {need_to_know: yes, measures: [encryption]}").protection.measures == (
        "encryption",
    )
