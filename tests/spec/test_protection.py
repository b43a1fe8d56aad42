"""Protection: how data are protected, by which roles they are used, and which trainings those take (GDPR 32).

A training is valid for some months; the notice says what follows when it lapses: whoever has it may act no more
from that moment, or only some days of grace later where lapsing raises an alarm first.
"""

from spec.telling import notice, refused


def test_a_role_takes_its_trainings():
    told = notice(
        "trainings: {privacy: {valid_months: 12, on_lapse: stop}}\nroles: {clerk: {name: {en: Clerk}, trainings: [privacy]}}"
    )
    assert told.trainings[told.roles["clerk"].trainings[0]].valid_months == 12
    refused("roles: {clerk: {name: {en: Clerk}, trainings: [privacy]}}", "'privacy' is not declared")


def test_a_lapsed_training_counts_for_its_days_of_grace_where_they_are_said():
    told = notice(
        "trainings: {privacy: {valid_months: 12, on_lapse: alarm_with_grace, grace_days: 14}, law: {}}"
    )
    assert told.trainings["privacy"].grace_days == 14
    assert told.trainings["law"].grace_days == 0
    refused("trainings: {privacy: {on_lapse: alarm_with_grace, grace_days: 366}}", "grace_days")
    refused("trainings: {privacy: {on_lapse: alarm_with_grace, grace_days: -1}}", "grace_days")


def test_measures_are_told_by_kind():
    assert notice("protection: {need_to_know: yes, measures: [encryption]}").protection.measures == (
        "encryption",
    )
