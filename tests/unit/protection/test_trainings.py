"""Until when a training counts, as the notice says: both sides of every boundary."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from seloste.notice import read_notice
from seloste.register.protection.actors import Staff, TrainingExpired, fit_role
from seloste.register.protection.backend.logins import InForce, Login

HEAD = "notice: {key: n, title: {fi: N}, in_force_from: 2020-01-01}\n"
LAPSES = datetime(2026, 3, 27, 10, tzinfo=UTC)
"""Noon in Finland, two days before its clocks go forward."""
MOMENT = timedelta(microseconds=1)


def admitted(training: str, now: datetime, *, held: bool = True) -> bool:
    """Whether somebody acts at a moment whose only training, declared so, lapses at LAPSES."""
    text = f"{HEAD}roles: {{clerk: {{name: {{fi: R}}, trainings: [law]}}}}\ntrainings: {{law: {training}}}\n"
    body = json.loads(read_notice(text.encode()).canonical())
    login = Login("p@s", "d.p@s", "p", "s", (), (), (), "one", 15, ("clerk",), (), False, {}, {})
    known = Staff(1, "sahkolaitos", frozenset({"clerk"}), {"law": LAPSES} if held else {}, now)
    try:
        return fit_role(login, known, InForce("hash", body, (), {})) == "clerk"
    except TrainingExpired:
        return False


@pytest.mark.parametrize(
    ("training", "ends"),
    [
        ("{valid_months: 12}", LAPSES),
        ("{on_lapse: stop}", LAPSES),
        ("{on_lapse: stop, grace_days: 30}", LAPSES),
        ("{on_lapse: stop_new, grace_days: 30}", LAPSES),
        ("{on_lapse: alarm_with_grace}", LAPSES),
        ("{on_lapse: alarm_with_grace, grace_days: 0}", LAPSES),
        ("{on_lapse: alarm_with_grace, grace_days: 1}", datetime(2026, 3, 28, 10, tzinfo=UTC)),
        ("{on_lapse: alarm_with_grace, grace_days: 2}", datetime(2026, 3, 29, 9, tzinfo=UTC)),
        ("{on_lapse: alarm_with_grace, grace_days: 365}", datetime(2027, 3, 27, 10, tzinfo=UTC)),
    ],
)
def test_a_training_counts_until_it_lapses_and_its_grace_is_over(training: str, ends: datetime) -> None:
    assert admitted(training, ends - MOMENT)
    assert not admitted(training, ends)


def test_no_grace_is_given_to_a_training_that_was_never_had() -> None:
    assert not admitted("{on_lapse: alarm_with_grace, grace_days: 365}", LAPSES, held=False)
