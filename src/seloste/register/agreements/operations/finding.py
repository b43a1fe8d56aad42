"""Whoever holds an agreement is found by its number and by that of its point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.subjects import tokens

from .knowing import point_of

if TYPE_CHECKING:
    from seloste.register.agreements.models import Agreement

GSRN = ("metering_point", "gsrn")


def be_found(agreement: Agreement, subject_id: int) -> None:
    """This will have a holder found by an agreement, where the purpose keeps such tokens.

    Writes: search_token. Notice: categories.
    """
    tokens.put(subject_id, "agreement", agreement.number, controller=agreement.controller)
    if not tokens.keeps("gsrn", GSRN):
        return
    point = point_of(agreement)
    if point and point.gsrn:
        tokens.put(subject_id, "gsrn", point.gsrn, controller=agreement.controller)
    elif point:
        tokens.put(subject_id, "point", point.number, controller=agreement.controller)
