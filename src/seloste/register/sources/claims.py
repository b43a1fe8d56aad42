"""What systems say, kept with its origin: each value that is brought is judged, and what was said stays beside.

Set-based: a chunk of thousands is a few statements. What follows from a chunk is what would follow from its
values one by one, in their order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from seloste.register.protection.data_keys import sealed_categories
from seloste.register.protection.operations import acted, note
from seloste.register.protection.refusals import NotInPurpose

from .claimed import SourceClaim, SourceCorrection
from .outbound import TASKED
from .precedence import Claim, Outcome, Standing, Who, agrees, judge
from .standings import Key, Said, Sealed, standings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from .port import Chunk, Record, Value

COLUMNS = (
    "subject_id", "side", "category", "kind", "value", "as_given", "ciphertext",
    "system", "batch_id", "source_key", "received_at", "state",
)  # fmt: skip


class NoPlaceForClaims(NotInPurpose):
    """The notice claims no place for what systems say of a category, so nothing of it may be brought."""


@dataclass(frozen=True)
class Offer:
    """A value that a system brings of a subject, as it is kept here and as it was given there."""

    subject_id: int
    side: str
    category: str
    kind: str
    value: Mapping[str, str | int | None]
    as_given: Mapping[str, str]
    system: str
    batch_id: int
    source_key: str
    is_first: bool = False
    """Nothing of the category and kind is held of the subject yet."""

    @property
    def key(self) -> Key:
        """Which value it is about."""
        return Key.of(self.subject_id, self.category, self.kind, self.value)

    @property
    def who(self) -> Who:
        """Who says it."""
        return self.system, self.source_key


@dataclass
class _Changes:
    """What a chunk changes of what was known before."""

    said: dict[tuple[Key, Who], list[Mapping[str, Any]]] = field(default_factory=dict)
    """All that each says of a value in this chunk: what it does not say any more is over."""
    new: list[tuple[Offer, Claim]] = field(default_factory=list)
    ended: dict[int, int] = field(default_factory=dict)
    """Claims that are over, and by which batch."""
    states: dict[int, str] = field(default_factory=dict)
    were: dict[int, str] = field(default_factory=dict)
    """What the states were that are changed."""
    confirmed: dict[int, Offer] = field(default_factory=dict)
    """Corrections that their master has brought."""


def brought(
    chunk: Chunk,
    said: Iterable[tuple[Record, Value, str, bool]],
    later: list[Callable[[], None]] | None = None,
) -> list[Outcome]:
    """This will offer what a chunk says, and let the chunk remember which claims it changed.

    `said`: a record and a value of it, which of its subject's values that is, and whether nothing of it is held.
    `later`: another list than the chunk's.
    Writes: source_claim, source_correction, data_key, when what is `later` is written. Raises: as `offer`.
    Law: GDPR 5(1)(d). Notice: categories, systems.
    """
    offers = [
        Offer(
            chunk.subjects[record.key], chunk.side, value.category, kind, dict(value.fields), value.given,
            chunk.system, chunk.batch_id, record.key, is_first=is_first,
        )
        for record, value, kind, is_first in said
    ]  # fmt: skip
    return offer(offers, at=chunk.at, later=chunk.later if later is None else later, were=chunk.claims)


def offer(
    offers: Sequence[Offer],
    *,
    at: datetime,
    later: list[Callable[[], None]] | None = None,
    were: dict[int, str] | None = None,
) -> list[Outcome]:
    """This will keep what a system says, with its origin, and tell for each value what is to be done here.

    `take`: to be written here, now. `held`: it is here already, or something newer is known. `different`:
    kept beside what is held, as work for somebody. `pending`: a correction waits at that system, which has
    not brought it yet. Brought again, nothing is kept twice; a value that is corrected at its master by
    now confirms the correction. Offers are of one side. `later`: where what is to be written is put instead, for
    who writes what decides in the same transaction: a row takes its subject's answer as it comes in, and once.
    `were`: where the states that claims had are put, so that they can be had again.
    Writes: source_claim, source_correction, data_key. Raises: NoPlaceForClaims, NotInPurpose, KeysMissing, WrongKey.
    Law: GDPR 5(1)(d), 5(2). Notice: categories, systems.
    """
    if not offers:
        return []
    _require_places({each.category for each in offers})
    side, keys = offers[0].side, [each.key for each in offers]
    said = [
        Said(key, each.value, each.is_first, not each.is_first)
        for key, each in zip(keys, offers, strict=True)
    ]
    found = standings(said, side, at=at, lock=True)
    changes = _Changes(were={} if were is None else were)
    for key, each in zip(keys, offers, strict=True):
        changes.said.setdefault((key, each.who), []).append(each.value)
    outcomes = [
        _consider(each, found[key], changes.said[key, each.who], changes)
        for key, each in zip(keys, offers, strict=True)
    ]
    if later is None:
        _write(changes, side, at)
    else:
        later.append(partial(_write, changes, side, at))
    return outcomes


def _consider(
    each: Offer, standing: Standing, together: Sequence[Mapping[str, Any]], changes: _Changes
) -> Outcome:
    """`together`: all that the same says of the same value in this chunk; what it does not say any more is over."""
    who = each.who
    if standing.is_new and any(part is not None for part in each.value.values()):
        # the most there is in a first import; what follows comes to the same (30 us a value, of which this spares 20)
        first = Claim(each.value, "held", each.batch_id)
        changes.new.append((each, first))
        standing.claims[who], standing.held = [first], [each.value]
        return "take"
    judged = judge(standing, who, each.value, each.batch_id)
    if judged.state is None:
        return judged.outcome
    claims = standing.claims.get(who, [])
    mine = next((claim for claim in claims if claim.value == each.value), None)
    if mine:
        _settle(mine, judged.state, changes)
    else:
        mine = Claim(each.value, judged.state, each.batch_id)
        changes.new.append((each, mine))
    kept = [mine]
    for claim in claims:
        if claim is mine:
            continue
        if claim.batch_id < each.batch_id and claim.value not in together:
            _end(claim, each.batch_id, changes)
        else:
            kept.append(claim)
    standing.claims[who] = kept
    if judged.outcome == "take":
        _take(each, standing, changes)
    if judged.confirms and standing.waiting:
        changes.confirmed[standing.waiting.key] = each
        standing.waiting = None
    return judged.outcome


def _take(each: Offer, standing: Standing, changes: _Changes) -> None:
    """What is taken is held by now, beside what else the same row says; what others said is different from it."""
    own = [claim.value for claim in standing.claims[each.who] if claim.state == "held"]
    if standing.held is not None:
        standing.held = own
    for who, claims in standing.claims.items():
        for claim in claims:
            if (
                who != each.who
                and claim.state == "held"
                and not any(agrees(held, claim.value) for held in own)
            ):
                _settle(claim, "different", changes)


def _settle(claim: Claim, state: Any, changes: _Changes) -> None:
    if claim.state == state:
        return
    if claim.key is not None:
        changes.were.setdefault(claim.key, claim.state)
        changes.states[claim.key] = state
    claim.state = state


def _end(claim: Claim, batch: int, changes: _Changes) -> None:
    if claim.key is not None:
        changes.ended[claim.key] = batch
        changes.states.pop(claim.key, None)


def _write(changes: _Changes, side: str, at: datetime) -> None:
    for batch in sorted(set(changes.ended.values())):
        _rows(key for key, by in changes.ended.items() if by == batch).update(ended_at=at, ended_by=batch)
    for state in sorted(set(changes.states.values())):
        _rows(key for key, told in changes.states.items() if told == state).update(state=state)
    if changes.new:
        sealing = _sealing(changes.new, side)
        rows = [_columns(each, claim, sealing, at) for each, claim in changes.new]
        acted().load("source_claim", COLUMNS, list(zip(*rows, strict=True)))
    if changes.confirmed:
        for batch in sorted({each.batch_id for each in changes.confirmed.values()}):
            keys = [key for key, each in changes.confirmed.items() if each.batch_id == batch]
            waiting = SourceCorrection.objects.filter(pk__in=keys, ended_at__isnull=True)
            waiting.update(state="confirmed", ended_at=at, ended_by=batch)
        note("sources.correction.confirm", *sorted({each.subject_id for each in changes.confirmed.values()}))


def _rows(keys: Iterable[int]) -> Any:
    return SourceClaim.objects.filter(pk__in=sorted(keys))


def _sealing(new: Iterable[tuple[Offer, Claim]], side: str) -> Sealed:
    sealed, secret = Sealed(side, (), ()), sealed_categories()
    whose: dict[str, set[int]] = {}
    for each, _ in new:
        if each.category in secret:
            whose.setdefault(each.category, set()).add(each.subject_id)
    for category in sorted(whose):
        sealed.make(whose[category], category)
    return sealed


def _columns(each: Offer, claim: Claim, sealing: Sealed, at: datetime) -> tuple[Any, ...]:
    clear: tuple[Any, ...]
    if each.category in sealing.keys:
        told = {"value": each.value, "as_given": each.as_given}
        clear = (None, None, sealing.seal(each.subject_id, each.category, told, "source_claim"))
    else:
        clear = (_words(each.value), _words(each.as_given), None)
    return (
        each.subject_id, each.side, each.category, each.kind, *clear,
        each.system, each.batch_id, each.source_key, at, claim.state,
    )  # fmt: skip


_words = json.JSONEncoder(ensure_ascii=False).encode


def _require_places(categories: Iterable[str]) -> None:
    claims = acted().in_force.claims
    for category in sorted(categories):
        if f"source_claim[{category}]" not in claims.get(category, ()):
            raise NoPlaceForClaims(
                f"the notice in force keeps nothing of what systems say of {category}, so nothing of it is brought in:"
                f' claim "source_claim[{category}]" and "source_correction[{category}]" under it, in `held_in`'
            )


def take_back(batch_id: int, subjects: Collection[int]) -> int:
    """This will take back what a batch said of some subjects: what it ended or confirmed is again as it was.

    For the last batch of its system. What it said goes altogether, since its subjects may go with it; what it
    wrote elsewhere is not undone here. Running it again changes nothing.
    Shape: how many claims went. Writes: source_claim, source_correction. Law: GDPR 5(1)(d).
    """
    whose = sorted(set(subjects))
    gone, _ = SourceClaim.objects.filter(batch_id=batch_id, subject_id__in=whose).delete()
    SourceClaim.objects.filter(ended_by=batch_id, subject_id__in=whose).update(ended_at=None, ended_by=None)
    confirmed = SourceCorrection.objects.filter(ended_by=batch_id, subject_id__in=whose, state="confirmed")
    was = (
        (confirmed.filter(told_at__isnull=True), "waiting"),
        (confirmed.filter(receipt__startswith=TASKED), "tasked"),
        (confirmed, "sent"),
    )
    for rows, state in was:
        rows.update(state=state, ended_at=None, ended_by=None)
    return int(gone)


def restore_states(were: Mapping[str, Sequence[int]]) -> None:
    """This will give claims the states again that they had before a batch changed them; `were`: which had which.

    Writes: source_claim. Law: GDPR 5(1)(d).
    """
    for state, keys in were.items():
        _rows(keys).update(state=state)


def spoken_of(batch_id: int, most: int) -> list[int]:
    """This will tell some of those of whom a batch said, ended or confirmed something."""
    found: set[int] = set()
    for rows in (
        SourceClaim.objects.filter(batch_id=batch_id),
        SourceClaim.objects.filter(ended_by=batch_id),
        SourceCorrection.objects.filter(ended_by=batch_id, state="confirmed"),
    ):
        found |= set(rows.values_list("subject_id", flat=True)[:most])
    return sorted(found)


def sealed_of(subjects: Collection[int]) -> list[int]:
    """This will tell of whom something is kept sealed that a system said, or that was corrected."""
    whose = sorted(set(subjects))
    found: set[int] = set()
    for model in (SourceClaim, SourceCorrection):
        rows = model._default_manager.filter(subject_id__in=whose, ciphertext__isnull=False)
        found |= set(rows.values_list("subject_id", flat=True))
    return sorted(found)
