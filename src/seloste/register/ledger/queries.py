"""Which facts count: what is known now, and what of it holds at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from datetime import datetime

KNOWN = Q(superseded_at__isnull=True)
"""What is known now."""


def active(at: datetime, since: str = "valid_from", until: str = "valid_until") -> Q:
    """This will select the facts known now whose period `[since, until)` holds `at`."""
    return KNOWN & in_force(at, since, until)


def in_force(at: datetime, since: str = "valid_from", until: str = "valid_until") -> Q:
    """This will select what holds `at`, of rows that are no facts: its period is `[since, until)`."""
    return begun(at, since) & lasting(at, until)


def lasting(at: datetime, until: str = "valid_until") -> Q:
    """This will select what had not ended `at`."""
    return Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": at})


def begun(at: datetime, since: str) -> Q:
    """This will select what had begun `at`."""
    return Q(**{f"{since}__lte": at})
