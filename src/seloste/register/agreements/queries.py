"""Whose agreements are whose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .models import Agreement, AgreementParty

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Holding:
    """An agreement that a subject holds, or holds together with its holder."""

    agreement_id: int
    holder_id: int
    has_other_parties: bool


def numbered(controller: str, numbers: Iterable[str]) -> dict[str, int]:
    """This will find the agreements of a company by their numbers: number to key."""
    found = Agreement.objects.filter(controller=controller, number__in=sorted(set(numbers)))
    return {number: key for number, key, _ in found.values_list("number", "pk", "subject_id")}


def holdings(subject_id: int) -> list[Holding]:
    """This will list the agreements that a subject holds, alone or with others."""
    shared = AgreementParty.objects.filter(subject_id=subject_id)
    keys = {party.agreement_id for party in shared}
    held = Agreement.objects.filter(subject_id=subject_id)
    agreements = {each.pk: each for each in [*held, *Agreement.objects.filter(pk__in=keys)]}
    others = AgreementParty.objects.filter(agreement_id__in=agreements).exclude(subject_id=subject_id)
    joint = {party.agreement_id for party in others}
    return [Holding(key, each.subject_id, key in joint) for key, each in agreements.items()]
