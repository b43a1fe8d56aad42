"""Changing only what nobody else has changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel.periods import FINLAND

if TYPE_CHECKING:
    from datetime import datetime


class ChangedMeanwhile(Exception):
    """Somebody else has changed this since it was read."""


def require_unchanged(what: str, expected: datetime | None, changed_at: datetime) -> None:
    """This will make sure that what is to be changed is as it was when it was read.

    `expected` is the version that the caller read, `changed_at` the one that is there now: a fact's
    `recorded_at`, another row's `changed_at`. Who names no version does not mind.
    Raises: ChangedMeanwhile. Law: GDPR 5(1)(d).
    """
    if expected is None or expected == changed_at:
        return
    when = changed_at.astimezone(FINLAND)
    raise ChangedMeanwhile(
        f"somebody else changed this {what} on {when:%Y-%m-%d} at {when:%H:%M:%S}, after it was read: nothing was"
        " overwritten. Read it again and decide anew"
    )
