"""Whose agreements are whose, when nobody held a point, and what stands on an agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.kernel.periods import Period
from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.operations import acted

from .models import Agreement, AgreementParty, AgreementPeriod
from .port import Dependent, asked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


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


@dataclass(frozen=True)
class Held:
    """An agreement at a point, and when it holds as is known now."""

    agreement_id: int
    valid_from: datetime
    valid_until: datetime | None

    @property
    def is_undone(self) -> bool:
        """Whether it never was in force."""
        return self.valid_until is not None and self.valid_until <= self.valid_from

    def holds_before(self, moment: datetime) -> bool:
        """Whether it is in force up to a moment."""
        return self.valid_from < moment and (self.valid_until is None or self.valid_until >= moment)


def gsrn_of(agreement_id: int) -> str | None:
    """This will tell the GSRN of the point of an agreement; none for one of another kind than electricity."""
    found = Agreement.objects.select_related("metering_point").filter(pk=agreement_id).first()
    return found.metering_point.gsrn if found and found.metering_point else None


def at_point(controller: str, metering_point_id: int) -> list[Held]:
    """This will list the agreements of a company at a point, in order, with those that were undone."""
    known = AgreementPeriod.objects.filter(KNOWN, controller=controller, metering_point_id=metering_point_id)
    return [
        Held(each.agreement_id, each.valid_from, each.valid_until)
        for each in known.order_by("valid_from", "id")
    ]


@dataclass(frozen=True)
class LeftBehind:
    """What stood on an agreement that was undone; `unasked`: what the purpose does not read, so that somebody else must look."""

    found: tuple[Dependent, ...]
    unasked: tuple[str, ...]


def left_behind(agreement_id: int, *, since: datetime) -> LeftBehind:
    """This will list what stands on an agreement from a moment on: what was billed, who held it too, what was said.

    Law: GDPR 5(1)(d), 19. Notice: retention.
    """
    login = acted().login
    found: list[Dependent] = []
    unasked = []
    for each in (Parties(), *asked()):
        if login.may("select", each.table):
            found += each.of(agreement_id, since=since)
        else:
            unasked.append(each.kind)
    return LeftBehind(tuple(found), tuple(unasked))


class Parties:
    """Who held an agreement together with its holder."""

    kind = "parties"
    table = "agreement_party"

    def of(self, agreement_id: int, *, since: datetime) -> list[Dependent]:
        """This will list who was a party after a moment, as it is known now."""
        parties = AgreementParty.objects.filter(KNOWN, agreement_id=agreement_id).order_by("id")
        return [
            Dependent(self.kind, str(each.pk), each.subject_id, "held")
            for each in parties
            if each.valid_until is None or each.valid_until > since
        ]


def vacancies(metering_point_id: int, *, since: datetime, until: datetime) -> list[Period]:
    """This will list when nobody held a point, within `[since, until)`, as far as the purpose sees who did.

    What is used then is nobody's: it is attributed to no customer, past or next. Law: GDPR 5(1)(d).
    """
    held = AgreementPeriod.objects.filter(
        KNOWN, metering_point_id=metering_point_id, valid_from__lt=until
    ).order_by("valid_from")
    found, free = [], since
    for each in held:
        if each.valid_until is not None and each.valid_until <= max(each.valid_from, free):
            continue
        if each.valid_from > free:
            found.append(Period(free, each.valid_from))
        if each.valid_until is None or each.valid_until >= until:
            return found
        free = max(free, each.valid_until)
    return [*found, Period(free, until)]
