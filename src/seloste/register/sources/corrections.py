"""Corrections made here of values whose master is elsewhere: asked for there, and waited for until it brings them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seloste.register.protection.data_keys import sealed_categories
from seloste.register.protection.many import Asked
from seloste.register.protection.operations import acted, declared, note, reads

from . import outbound
from .claimed import SourceClaim, SourceCorrection
from .models import SourceIdentity
from .port import TOO_LONG, CannotBeWritten, Correction
from .precedence import OURS, agrees
from .standings import Key, Said, Sealed, standings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from .outbound import Signs
    from .port import SourceSystem

TOLD_AT_ONCE = 500
COLUMNS = (
    "subject_id", "side", "category", "kind", "system", "source_key",
    "value", "before", "ciphertext", "requested_at", "state",
)  # fmt: skip


def correct(subject_id: int, category: str, kind: str, value: Mapping[str, Any], *, at: datetime) -> bool:
    """This will have a value that was corrected here wait, if its master is elsewhere; tells whether it does.

    The value itself is written by whoever calls this. What the master said last is what no pull brings back
    meanwhile. A correction of the same value that waits already is replaced; the same one is left as it is.
    Writes: source_correction, source_claim. Raises: NotInPurpose, KeysMissing, WrongKey.
    Law: GDPR 5(1)(d), 16, 19. Notice: categories, systems.
    """
    master = declared("categories").get(category, {}).get("master") or OURS
    if master == OURS:
        return False
    side, key = _side(subject_id), Key.of(subject_id, category, kind, value)
    standing = standings([Said(key, value)], side, at=at, lock=True)[key]
    said = [
        (who[1], claim) for who, claims in standing.claims.items() if who[0] == master for claim in claims
    ]
    if said and all(agrees(claim.value, value) for _, claim in said):
        drop(standing.waiting.key if standing.waiting else None, at=at)
        return False
    if standing.waiting:
        if dict(standing.waiting.value) == dict(value):
            return True
        drop(standing.waiting.key, at=at)
    before = said[0][1].value if said else standing.waiting.before if standing.waiting else None
    asked = SourceCorrection(
        subject_id=subject_id,
        side=side,
        category=category,
        kind=kind,
        system=master,
        source_key=said[0][0] if said else None,
        requested_at=at,
        state="waiting",
    )
    _load(
        asked,
        {"value": dict(value), "before": before and {k: before[k] for k in before.keys() & value.keys()}},
    )
    SourceClaim.objects.filter(pk__in=[claim.key for _, claim in said]).update(state="pending")
    note("sources.correction.request", subject_id)
    return True


def contradict(
    subject_id: int, category: str, kind: str, value: Mapping[str, str | None], *, at: datetime
) -> bool:
    """This will have a change that was made here wait at the master, where that has said otherwise; tells whether it does.

    Only what the master speaks of is asked of it, and an end, since to tell none says that there is none. Under a
    purpose that keeps no corrections of the category nothing waits: what the master says next is work for upkeep.
    Writes: source_correction, source_claim. Raises: KeysMissing, WrongKey.
    Law: GDPR 5(1)(d), 16, 19. Notice: categories, systems.
    """
    session = acted()
    master = declared("categories").get(category, {}).get("master") or OURS
    kept = f"source_correction[{category}]" in session.in_force.claims.get(category, ())
    may = session.login.may("insert", "source_correction") and reads("source_claim", "value")
    if master == OURS or not (kept and may):
        return False
    claims = SourceClaim.objects.filter(
        subject_id=subject_id, category=category, kind=kind, system=master, ended_at__isnull=True
    )
    said = claims.order_by("-pk").first()
    if said is None or said.value is None:
        return False
    told = {name: part for name, part in value.items() if name in said.value or name == "valid_until"}
    return correct(subject_id, category, kind, told, at=at)


def drop(key: int | None, *, at: datetime) -> None:
    """This will end that a correction waits, because another one or nothing is right by now."""
    if key is not None:
        SourceCorrection.objects.filter(pk=key, ended_at__isnull=True).update(state="dropped", ended_at=at)


def _side(subject_id: int) -> str:
    [rows] = acted().rows([subject_id], [Asked("subject", ("side",))])
    return str(rows[0][1]) if rows else ""


def _load(asked: SourceCorrection, told: Mapping[str, Any]) -> None:
    """Written without being read back: whoever corrects a category may not read it."""
    if asked.category in sealed_categories():
        sealing = Sealed(asked.side, (), ())
        sealing.make([asked.subject_id], asked.category)
        asked.ciphertext = sealing.seal(asked.subject_id, asked.category, told, "source_correction")
        texts: dict[str, str | None] = {}
    else:
        texts = {
            k: None if part is None else json.dumps(part, ensure_ascii=False) for k, part in told.items()
        }
    row = [texts.get(name, getattr(asked, name)) for name in COLUMNS]
    acted().load("source_correction", COLUMNS, [[part] for part in row])


@dataclass(frozen=True)
class Told:
    """A correction that a system was told of: its receipt, and the signed task where nobody else could write it."""

    correction: int
    subject: int
    state: str
    receipt: str
    task: str | None = None


def push(system: str, way: SourceSystem | None, signer: Signs, *, at: datetime) -> list[Told]:
    """This will tell a system of the next corrections that wait for it, and keep its receipts.

    One that cannot be written to gets a signed task for each, for whoever keeps it. Only what the notice
    lets go there leaves: one that does not holds back all. To a system that took it in before a session was
    lost it is told again, under the same number.
    Writes: source_correction. Raises: NotDeclaredOutbound, NotInPurpose. Law: GDPR 5(1)(d), 19.
    Notice: systems, recipients, processors.
    """
    waiting = list(
        SourceCorrection.objects.filter(system=system, state="waiting").order_by("id")[:TOLD_AT_ONCE]
    )
    for category in sorted({each.category for each in waiting}):
        outbound.require_declared(system, category, at=at)
    whose = {each.subject_id for each in waiting}
    keys, protected = _keys(system, whose), _protected(whose, at)
    told = []
    for side in sorted({each.side for each in waiting}):
        of_side = [each for each in waiting if each.side == side]
        sealed = Sealed(side, whose, sealed_categories() & {each.category for each in of_side})
        for each in of_side:
            said = sealed.opened(
                each.subject_id,
                each.category,
                each.value,
                each.ciphertext,
                "source_correction",
                before=each.before,
            )
            masked = each.subject_id in protected and _bears_address(each.category)
            source_key = each.source_key or keys.get(each.subject_id)
            told.append(_tell(each, source_key, said, way, signer, masked=masked, at=at))
    for done in told:
        SourceCorrection.objects.filter(pk=done.correction).update(
            state=done.state, told_at=at, receipt=done.receipt
        )
    if told:
        note("sources.correction.send", *sorted(whose))
    return told


def _tell(
    each: SourceCorrection,
    source_key: str | None,
    said: Mapping[str, Any],
    way: SourceSystem | None,
    signer: Signs,
    *,
    masked: bool,
    at: datetime,
) -> Told:
    # a protected address leaves by no machine: whoever keeps the system asks for it
    if way is not None and source_key is not None and not masked:
        try:
            receipt = way.push(Correction(source_key, each.category, each.kind, said["value"]))
        except CannotBeWritten:
            pass
        else:
            return Told(each.pk, each.subject_id, "sent", receipt.reference)
    task = outbound.Task(
        each.pk, each.system, source_key, each.category, each.kind, said["before"], said["value"], masked
    ).signed(signer, at=at)
    return Told(each.pk, each.subject_id, "tasked", outbound.digest(task), task)


def _keys(system: str, subjects: Collection[int]) -> dict[int, str]:
    known = SourceIdentity.objects.filter(system=system, subject_id__in=sorted(subjects))
    return {each.subject_id: each.source_key for each in known}


def _bears_address(category: str) -> bool:
    return bool(declared("categories").get(category, {}).get("address_bearing"))


def _protected(subjects: Collection[int], at: datetime) -> frozenset[int]:
    """Whose address may not leave; everybody's, where the purpose does not see whose."""
    session = acted()
    if not {"subject_id", "valid_from", "valid_until"} <= session.login.may("select", "turvakielto"):
        return frozenset(subjects)
    [rows] = session.rows(subjects, [Asked("turvakielto", ("valid_from",), at=at)])
    return frozenset(row[0] for row in rows)


@dataclass(frozen=True)
class Waits:
    """A correction that its master has not brought yet."""

    correction: int
    subject: int
    category: str
    kind: str
    system: str
    state: str
    requested_at: datetime
    told_at: datetime | None
    receipt: str | None
    is_late: bool


def waiting(system: str | None, *, at: datetime, longer_than: timedelta = TOO_LONG) -> Sequence[Waits]:
    """This will list corrections that wait, the oldest first, and tell which of them wait too long.

    Law: GDPR 5(1)(d), 19. Notice: systems.
    """
    rows = SourceCorrection.objects.filter(ended_at__isnull=True).order_by("requested_at", "id")
    if system:
        rows = rows.filter(system=system)
    return [
        Waits(
            each.pk,
            each.subject_id,
            each.category,
            each.kind,
            each.system,
            each.state,
            each.requested_at,
            each.told_at,
            each.receipt,
            at - each.requested_at > longer_than,
        )
        for each in rows.defer("value", "before", "ciphertext")
    ]
