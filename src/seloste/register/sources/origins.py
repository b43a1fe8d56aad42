"""Where each value that is held comes from: which system, when, in which words, and who says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seloste.policy.schema import STRUCTURE
from seloste.register.protection.data_keys import sealed_categories
from seloste.register.protection.operations import acted, declared, records_of

from .claimed import SourceClaim
from .conflicts import key_of, like, said
from .precedence import OURS, Standing, agrees
from .standings import Key, Said, Sealed, standings


@dataclass(frozen=True)
class Origin:
    """Where a value that is held here comes from, and who says otherwise.

    `system` is the register itself where nobody brought it; `pending`: the system that has yet to correct it.
    """

    category: str
    kind: str
    value: Mapping[str, Any]
    system: str
    batch: int | None
    received_at: datetime | None
    as_given: Mapping[str, str]
    master: str
    pending: str | None
    different: Sequence[Mapping[str, Any]]


def origins(subject_id: int, *, at: datetime) -> list[Origin]:
    """This will tell the origin of each value of a subject that any system has spoken of, as far as the purpose sees.

    The records that are merged with the subject's are of the same human: what was said of them is told too.
    Raises: NotInPurpose. Law: GDPR 5(1)(d), 14(2)(f), 15(1)(g). Notice: categories, sources.
    """
    session = acted()
    if not session.login.may("select", "source_claim"):
        return []
    records = records_of(subject_id)
    claims = list(SourceClaim.objects.filter(subject_id__in=records, ended_at__isnull=True).order_by("id"))
    if not claims:
        return []
    side = claims[0].side
    sealed = Sealed(side, records, sealed_categories() & {claim.category for claim in claims})
    told = {claim.pk: said(claim, sealed) for claim in claims}
    keys: dict[Key, list[SourceClaim]] = {}
    for claim in claims:
        keys.setdefault(key_of(claim, told[claim.pk][0]), []).append(claim)
    stand = standings([Said(key, told[of[0].pk][0]) for key, of in keys.items()], side, at=at)
    return [
        origin
        for key, of in sorted(
            keys.items(), key=lambda each: (each[0].category, each[0].kind, each[0].identity)
        )
        for origin in _origins(key, of, told, stand[key])
    ]


def shown(
    subject_id: int, visible: Mapping[str, Sequence[Mapping[str, Any]]], *, at: datetime
) -> list[Origin]:
    """This will tell the origin of each value that a purpose sees; what nobody brought was written here.

    `visible`: what the session's `see` shows. Raises: NotInPurpose. Law: GDPR 14(2)(f), 15(1)(g).
    """
    known = origins(subject_id, at=at)
    masters = {name: category.get("master") or OURS for name, category in declared("categories").items()}
    said = {origin.category for origin in known}
    written = [
        Origin(
            category,
            str(row.get("kind") or ""),
            _without_keys(row),
            OURS,
            None,
            None,
            {},
            masters[category],
            None,
            [],
        )
        for category, rows in sorted(visible.items())
        for row in rows
        if not _is_over(row, at)
        if category not in said or not any(agrees(row, o.value) for o in known if o.category == category)
    ]
    return sorted([*known, *written], key=lambda each: (each.category, each.kind))


def _is_over(row: Mapping[str, Any], at: datetime) -> bool:
    until = row.get("valid_until")
    return until is not None and datetime.fromisoformat(until) <= at


def _without_keys(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in row.items() if name not in STRUCTURE}


def _origins(
    key: Key,
    claims: Sequence[SourceClaim],
    told: Mapping[int, tuple[dict[str, Any], dict[str, str]]],
    standing: Standing,
) -> list[Origin]:
    shown = []
    for held in standing.values:
        saying = [claim for claim in claims if standing.says(held, told[claim.pk][0])]
        first = saying[0] if saying else None
        shown.append(
            Origin(
                key.category,
                key.kind,
                like(told[(first or claims[0]).pk][0], held),
                first.system if first else OURS,
                first.batch_id if first else None,
                first.received_at if first else None,
                told[first.pk][1] if first else {},
                standing.master,
                standing.waiting.system if standing.waiting else None,
                [
                    {
                        "system": claim.system,
                        "value": told[claim.pk][0],
                        "as_given": told[claim.pk][1],
                        "batch": claim.batch_id,
                        "received_at": claim.received_at,
                        "state": claim.state,
                    }
                    for claim in claims
                    if not standing.holds(told[claim.pk][0])
                ],
            )
        )
    return shown
