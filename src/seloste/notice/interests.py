"""Legitimate interests and their balancing tests.

Law: GDPR 6(1)(f), 13(1)(d). Notice: interests.
"""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field

from .parts import Day, Declared, OnLapse, Text, Texts


class BalancingTest(Declared):
    """The weighing of a legitimate interest: when, where it can be read, when again."""

    date_: Day | None = Field(None, alias="date")
    reference: Text | None = Field(None, description="Where the test can be read.")
    review_by: Day | None = Field(None, description="The day on which it lapses.")
    on_lapse: OnLapse | None = Field(None, description="What follows when it lapses.")
    grace_days: int = Field(0, ge=0, le=365)

    def lapses_on(self) -> date | None:
        """The first day on which the test no longer carries its interest; None if never declared."""
        if self.review_by and self.on_lapse == "alarm_with_grace":
            return self.review_by + timedelta(days=self.grace_days)
        return self.review_by


class Interest(Declared):
    """A legitimate interest, named. Law: GDPR 6(1)(f), 13(1)(d)."""

    name: Texts
    balancing_test: BalancingTest | None = None
