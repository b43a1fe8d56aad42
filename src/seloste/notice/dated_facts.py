"""What changes with the world, each with the days between which it holds and its source.

A fact holds on `since`, and on `until` no longer. `seloste check --at DATE` judges by the facts of that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DatedFact:
    """A mechanism of transfer that holds from one day to another."""

    key: str
    what: str
    since: date
    until: date | None
    source: str

    def __post_init__(self) -> None:
        """Refuse a fact that nobody can look up."""
        if not self.source.strip():
            raise ValueError(f"the dated fact {self.key!r} names no source")

    def holds(self, at: date) -> bool:
        """Whether it holds on a day."""
        return self.since <= at and (self.until is None or at < self.until)


MECHANISMS = {
    fact.key: fact
    for fact in (
        DatedFact(
            "safe_harbour",
            "Safe Harbour",
            date(2000, 7, 26),
            date(2015, 10, 6),
            "Decision 2000/520/EC; annulled by CJEU C-362/14 Schrems, 6.10.2015",
        ),
        DatedFact(
            "privacy_shield",
            "Privacy Shield",
            date(2016, 7, 12),
            date(2020, 7, 16),
            "Decision (EU) 2016/1250; annulled by CJEU C-311/18 Schrems II, 16.7.2020",
        ),
        DatedFact(
            "standard_clauses_2010",
            "Standard contractual clauses 2010/87/EU",
            date(2010, 5, 15),
            date(2022, 12, 27),
            "Decision 2010/87/EU; end of transition by Decision (EU) 2021/914 art. 4(4)",
        ),
        DatedFact(
            "standard_clauses_2021",
            "Standard contractual clauses (EU) 2021/914",
            date(2021, 6, 27),
            None,
            "Decision (EU) 2021/914, 4.6.2021",
        ),
        DatedFact(
            "data_privacy_framework",
            "EU-US Data Privacy Framework",
            date(2023, 7, 10),
            None,
            "Decision (EU) 2023/1795; General Court T-553/23, 3.9.2025; appeal C-703/25 P pending",
        ),
        DatedFact(
            "binding_corporate_rules",
            "Binding corporate rules",
            date(2018, 5, 25),
            None,
            "GDPR 47",
        ),
        DatedFact(
            "adequacy_uk",
            "Adequacy of the United Kingdom",
            date(2021, 6, 28),
            None,
            "Decision (EU) 2021/1772",
        ),
    )
}
"""Mechanisms of transfer, GDPR 45-47."""
