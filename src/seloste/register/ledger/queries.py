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
    return KNOWN & begun(at, since) & (Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": at}))


def begun(at: datetime, since: str) -> Q:
    """This will select what had begun `at`."""
    return Q(**{f"{since}__lte": at})
