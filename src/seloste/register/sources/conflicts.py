"""Contradictions between what is held here and what systems say: listed as work, and resolved one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from seloste.policy.schema import parted
from seloste.register.protection.data_keys import sealed_categories
from seloste.register.protection.operations import declared, note
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.see import BESIDE

from . import corrections, resolving
from .claimed import SourceClaim
from .port import CONFLICTS_AT_ONCE
from .precedence import Standing, agrees
from .standings import Key, Said, Sealed, standings

if TYPE_CHECKING:
    from datetime import datetime

BLOCK = 500
"""Claims that are compared at once."""


class UnknownConflict(NotInPurpose):
    """For this purpose nothing of this number is different from what is held."""


@dataclass(frozen=True)
class Conflict:
    """What a system says that is not what is held here; `asked`: the task by which the customer is asked."""

    claim: int
    subject: int
    category: str
    kind: str
    master: str
    system: str
    batch: int
    received_at: datetime
    theirs: Mapping[str, Any]
    as_given: Mapping[str, str]
    ours: Sequence[Mapping[str, Any]]
    asked: str | None


def conflicts(
    *,
    at: datetime,
    system: str | None = None,
    category: str | None = None,
    subject_id: int | None = None,
    most: int = CONFLICTS_AT_ONCE,
) -> list[Conflict]:
    """This will list what systems say that is not what is held here, the oldest first.

    What agrees by now, since somebody has changed the value here, is left out.
    Raises: NotInPurpose. Law: GDPR 5(1)(d). Notice: categories, systems.
    """
    rows = SourceClaim.objects.filter(state="different", ended_at__isnull=True).order_by("id")
    chosen = {"system": system, "category": category, "subject_id": subject_id}
    rows = rows.filter(**{name: told for name, told in chosen.items() if told is not None})
    found: list[Conflict] = []
    after = 0
    # what agrees by now is dropped after it was read, and must not hide what stands behind it
    while len(found) < most and (block := list(rows.filter(pk__gt=after)[:BLOCK])):
        after = block[-1].pk
        found += _compared(block, at)
    return found[:most]


def _compared(claims: Sequence[SourceClaim], at: datetime) -> list[Conflict]:
    found: dict[int, Conflict] = {}
    for side in sorted({claim.side for claim in claims}):
        of_side = [claim for claim in claims if claim.side == side]
        sealed = Sealed(
            side,
            {claim.subject_id for claim in of_side},
            sealed_categories() & {claim.category for claim in of_side},
        )
        told = {claim.pk: said(claim, sealed) for claim in of_side}
        keys = {claim.pk: key_of(claim, told[claim.pk][0]) for claim in of_side}
        stand = standings([Said(keys[c.pk], told[c.pk][0]) for c in of_side], side, at=at)
        for claim in of_side:
            theirs, as_given = told[claim.pk]
            standing = stand[keys[claim.pk]]
            ours = [like(theirs, held) for held in standing.values]
            if not standing.holds(theirs):
                found[claim.pk] = Conflict(
                    claim.pk,
                    claim.subject_id,
                    claim.category,
                    claim.kind,
                    standing.master,
                    claim.system,
                    claim.batch_id,
                    claim.received_at,
                    theirs,
                    as_given,
                    ours,
                    claim.asked,
                )
    return [found[claim.pk] for claim in claims if claim.pk in found]


def said(claim: SourceClaim, sealed: Sealed) -> tuple[dict[str, Any], dict[str, str]]:
    """What a claim says, as it is written here and as it was given."""
    told = sealed.opened(claim.subject_id, claim.category, claim.value, claim.ciphertext, "source_claim")
    return told["value"], told.get("as_given") or claim.as_given or {}


def key_of(claim: SourceClaim, value: Mapping[str, Any]) -> Key:
    """Which value a claim speaks of."""
    return Key.of(claim.subject_id, claim.category, claim.kind, value)


def like(theirs: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """What is held, in the fields that they speak of."""
    return {name: _told(held.get(name)) for name in theirs}


def _told(held: Any) -> Any:
    return held.isoformat() if isinstance(held, date) else held


def keep_ours(claim_id: int, *, at: datetime) -> Conflict:
    """This will keep what is held here against what a system says; its master is asked to correct it.

    Said again by that system it is work no more, until it says something else.
    Writes: source_claim, source_correction. Raises: UnknownConflict. Law: GDPR 5(1)(d). Notice: categories.
    """
    conflict = _require(claim_id, at)
    SourceClaim.objects.filter(pk=claim_id).update(state="settled")
    if conflict.system == conflict.master and conflict.ours:
        corrections.correct(conflict.subject, conflict.category, conflict.kind, conflict.ours[0], at=at)
    note("sources.conflict.keep", conflict.subject)
    return conflict


def take_theirs(claim_id: int, *, at: datetime) -> Conflict:
    """This will write what a system says in place of what is held here; what others say is different then.

    Where another system is the master it is asked to correct its value.
    Writes: source_claim, source_correction, and the value's own table. Raises: UnknownConflict, NobodyWrites.
    Law: GDPR 5(1)(d). Notice: categories.
    """
    conflict = _require(claim_id, at)
    key = Key.of(conflict.subject, conflict.category, conflict.kind, conflict.theirs)
    standing = _standing(claim_id, key, conflict.theirs, at)
    resolving.write(
        conflict.subject,
        places_of(conflict.category),
        conflict.kind,
        conflict.theirs,
        conflict.as_given,
        at=at,
    )
    if standing.waiting and not agrees(conflict.theirs, standing.waiting.value):
        corrections.drop(standing.waiting.key, at=at)
    said_now = [claim for claims in standing.claims.values() for claim in claims]
    agreeing = {claim.key for claim in said_now if agrees(conflict.theirs, claim.value)}
    others = {claim.key for claim in said_now if claim.state in {"held", "pending"}} - agreeing
    SourceClaim.objects.filter(pk__in=sorted(filter(None, others))).update(state="different")
    SourceClaim.objects.filter(pk__in=sorted(filter(None, agreeing))).update(state="held")
    if conflict.system != conflict.master:
        corrections.correct(conflict.subject, conflict.category, conflict.kind, conflict.theirs, at=at)
    note("sources.conflict.take", conflict.subject)
    return conflict


def ask_customer(claim_id: int, *, at: datetime) -> str:
    """This will make it somebody's work to ask the customer which is right; tells by which task.

    One that is asked already is not asked twice.
    Writes: source_claim, and the task's own table. Raises: UnknownConflict. Law: GDPR 5(1)(d), 16.
    """
    conflict = _require(claim_id, at)
    if conflict.asked:
        return conflict.asked
    reason = resolving.ask(conflict.subject, at=at)
    SourceClaim.objects.filter(pk=claim_id).update(asked=reason)
    note("sources.conflict.ask", conflict.subject)
    return reason


def places_of(category: str) -> list[str]:
    """Where the notice in force holds a category's own values."""
    held = declared("categories").get(category, {}).get("held_in") or {}
    return [place for place in sorted(held) if parted(place)[0] not in BESIDE]


def _standing(claim_id: int, key: Key, value: Mapping[str, Any], at: datetime) -> Standing:
    claim = SourceClaim.objects.only("subject_id", "category", "side").get(pk=claim_id)
    return standings([Said(key, value)], claim.side, at=at, lock=True)[key]


def _require(claim_id: int, at: datetime) -> Conflict:
    claim = SourceClaim.objects.filter(pk=claim_id, ended_at__isnull=True, state="different").first()
    compared = _compared([claim], at) if claim else []
    if not compared:
        raise UnknownConflict(
            "for this purpose nothing of this number contradicts what is held: it is resolved, newer news came, or what"
            " is held was changed. `seloste source conflicts` lists what does"
        )
    return compared[0]
