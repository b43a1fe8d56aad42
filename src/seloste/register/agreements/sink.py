"""What source systems bring about agreements: who holds which, at which point, since when and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.operations import keys_of, load, reserve
from seloste.register.sources.claims import brought
from seloste.register.sources.port import Field, Form, WithoutChanges

from .models import ELECTRICITY, ENDS, KINDS, STARTS, Agreement, AgreementPeriod

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seloste.register.sources.port import Chunk, Judged, Record, Takes, Value

TAKES: Takes = {
    "agreements": {
        "number": Field(Form.TEXT, required=True),
        "kind": Field(Form.WORD, KINDS, required=True),
        "controller": Field(Form.TEXT, required=True),
        "valid_from": Field(Form.DAY, required=True),
        "valid_until": Field(Form.DAY),
        "requested": Field(Form.DAY),
        "start_reason": Field(Form.WORD, STARTS),
        "end_reason": Field(Form.WORD, ENDS),
    },
    "metering_points": {"gsrn": Field(Form.GSRN), "number": Field(Form.TEXT)},
}
PERIOD = ("agreement_id", "subject_id", "controller", "kind", "metering_point_id", "requested_at", "valid_from", "valid_until", "start_reason", "end_reason")  # fmt: skip


@dataclass(frozen=True)
class Told:
    """An agreement as a row tells of it; `at_point`: its point's GSRN or number, where the row names one."""

    record: Record
    value: Value
    number: str
    controller: str
    kind: str
    at_point: str | None
    valid_from: datetime
    valid_until: datetime | None
    requested_at: datetime
    start_reason: str | None
    end_reason: str | None


class AgreementSink(WithoutChanges):
    """Takes in agreements, their points and periods."""

    places: tuple[str, ...] = ("metering_point", "agreement", "agreement_period")

    def takes(self) -> Takes:
        """What can be brought of an agreement."""
        return TAKES

    def judge(self, chunk: Chunk) -> Iterator[Judged]:
        """This will refuse rows that contradict themselves, or an agreement that there is."""
        told = list(_told(chunk))
        known = _agreements(told)
        named = {record.number: "gsrn" in value.fields for record, value in chunk.of("metering_points")}
        holders: dict[tuple[str, str], int | str] = {}
        for each in told:
            there = known.get((each.controller, each.number))
            holder = chunk.meant(each.record)
            if each.valid_until and each.valid_until <= each.valid_from:
                yield each.record.number, "ends_before_it_begins", "agreements"
            elif each.at_point and named[each.record.number] != (each.kind in ELECTRICITY):
                yield each.record.number, "point_of_another_kind", "metering_points"
            elif holders.setdefault((each.controller, each.number), holder) != holder:
                yield each.record.number, "number_of_two", "agreements"
            elif there and there[1] != chunk.subjects.get(each.record.key):
                yield each.record.number, "number_of_another", "agreements"
            elif there and there[2] != each.kind:
                yield each.record.number, "kind_differs", "agreements"
        yield from _overlapping(told, known)

    def write(self, chunk: Chunk) -> None:
        """This will open agreements that are new, and tell anew when the others hold.

        Writes: metering_point, agreement, agreement_period. Law: GDPR 5(1)(d), 6(1)(b). Notice: categories.
        """
        told = {(each.controller, each.number): each for each in _told(chunk)}
        if not told:
            return
        points = _points(chunk, told.values())
        known = _agreements(list(told.values()))
        taken = _taken(chunk, list(told.values()), set(known))
        new = [each for each in taken if (each.controller, each.number) not in known]
        keys = reserve("agreement", len(new)) if new else range(0)
        opened = {
            (each.controller, each.number): (
                key,
                chunk.subjects[each.record.key],
                each.kind,
                _at(points, each),
            )
            for key, each in zip(keys, new, strict=True)
        }
        if new:
            load(
                "agreement",
                {
                    "id": keys,
                    "number": [each.number for each in new],
                    "subject_id": [chunk.subjects[each.record.key] for each in new],
                    "side": [chunk.side] * len(new),
                    "controller": [each.controller for each in new],
                    "kind": [each.kind for each in new],
                    "metering_point_id": [_at(points, each) for each in new],
                },
            )
            chunk.did("agreement", "added", keys)
        _periods(chunk, taken, known | opened)

    def undo(self, place: str, did: str, keys: Sequence[int], _at: datetime) -> None:
        """This will take back rows that a chunk added or superseded; points stay, as they are nobody's."""
        if place == "agreement_period":
            undo_facts(AgreementPeriod, PERIOD, did, keys)
        elif place == "agreement":
            Agreement.objects.filter(pk__in=list(keys)).delete()


def undo_facts(model: Any, columns: Sequence[str], did: str, keys: Sequence[int]) -> None:
    """This will delete facts that were added, and record again as known now those that were superseded.

    Writes: the table of the model. Law: GDPR 5(1)(d).
    """
    rows = model._default_manager.filter(pk__in=list(keys))
    if did == "added":
        rows.delete()
    elif did == "superseded":
        known = list(rows.values_list(*columns))
        if known:
            load(model._meta.db_table, dict(zip(columns, zip(*known, strict=True), strict=True)))


def _told(chunk: Chunk) -> Iterator[Told]:
    points = {
        record.number: str(value.fields.get("gsrn") or value.fields.get("number"))
        for record, value in chunk.of("metering_points")
    }
    for record, value in chunk.of("agreements"):
        fields = value.fields
        begins = datetime.fromisoformat(str(fields["valid_from"]))
        ends, asked = fields.get("valid_until"), fields.get("requested")
        requested = datetime.fromisoformat(str(asked)) if asked else begins
        yield Told(
            record,
            value,
            str(fields["number"]),
            str(fields["controller"]),
            str(fields["kind"]),
            points.get(record.number),
            begins,
            datetime.fromisoformat(str(ends)) if ends else None,
            min(requested, begins),
            str(fields["start_reason"]) if fields.get("start_reason") else None,
            str(fields["end_reason"]) if fields.get("end_reason") else None,
        )


Known = dict[tuple[str, str], tuple[int, int, str, int | None]]
"""Agreements by company and number: key, holder, kind and point."""


def _agreements(told: Sequence[Told]) -> Known:
    if not told:
        return {}
    found = Agreement.objects.filter(
        controller__in=sorted({each.controller for each in told}),
        number__in=sorted({each.number for each in told}),
    )
    rows = found.values_list("controller", "number", "pk", "subject_id", "kind", "metering_point_id")
    return {(controller, number): (key, *rest) for controller, number, key, *rest in rows}  # type: ignore[misc]


def _points(chunk: Chunk, told: Any) -> dict[tuple[str, str], int]:
    """Points by GSRN and kind; those that the side does not know yet are added."""
    wanted = {(each.at_point, each.kind) for each in told if each.at_point}
    if not wanted:
        return {}
    known = _known_points(wanted)
    new = sorted(wanted - known.keys())
    if new:
        keys = reserve("metering_point", len(new))
        load(
            "metering_point",
            {
                "id": keys,
                "side": [chunk.side] * len(new),
                "gsrn": [named if kind in ELECTRICITY else None for named, kind in new],
                "number": [None if kind in ELECTRICITY else named for named, kind in new],
                "kind": [kind for _, kind in new],
            },
        )
        known |= dict(zip(new, keys, strict=True))
    return known


def _known_points(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Points of this side by GSRN or number, and kind; the policy shows no others."""
    found: dict[tuple[str, str], int] = {}
    for column in ("gsrn", "number"):
        names = sorted({named for named, kind in wanted if (kind in ELECTRICITY) == (column == "gsrn")})
        if names:
            rows = keys_of("metering_point", column, names, ["kind"])
            found |= {(named, kind): key for key, named, kind in rows if (named, kind) in wanted}
    return found


def _at(points: dict[tuple[str, str], int], each: Told) -> int | None:
    return points.get((each.at_point, each.kind)) if each.at_point else None


def _taken(chunk: Chunk, told: list[Told], known: set[tuple[str, str]]) -> list[Told]:
    said = [
        (each.record, each.value, each.number, (each.controller, each.number) not in known) for each in told
    ]
    outcomes = brought(chunk, said)
    return [each for each, outcome in zip(told, outcomes, strict=True) if outcome == "take"]


def _periods(chunk: Chunk, taken: list[Told], agreements: Known) -> None:
    """Adds when each agreement holds, and supersedes what was known before."""
    keys = sorted(key for key, *_ in agreements.values())
    known: dict[int, tuple[int, datetime, datetime | None, str | None]] = {}
    current = AgreementPeriod.objects.filter(KNOWN, agreement_id__in=keys)
    for row in current:
        known[row.agreement_id] = row.pk, row.valid_from, row.valid_until, row.end_reason
    new, old = [], []
    for each in taken:
        key, subject, kind, point = agreements[each.controller, each.number]
        there = known.get(key)
        if there and there[1:] in {
            (each.valid_from, each.valid_until, each.end_reason),
            # who tells no reason does not say that there was none
            (each.valid_from, each.valid_until, each.end_reason or there[3]),
        }:
            continue
        if there:
            old.append(there[0])
        new.append(
            (key, subject, each.controller, kind, point, each.requested_at, each.valid_from, each.valid_until, each.start_reason, each.end_reason)
        )  # fmt: skip
    if new:
        rows = reserve("agreement_period", len(new))
        told = {"id": rows, **dict(zip(PERIOD, zip(*new, strict=True), strict=True))}
        # what takes the place of something is there before that goes
        load("agreement_period", told) if old else chunk.facts.append(("agreement_period", told))
        chunk.did("agreement_period", "added", rows)
    if old:
        AgreementPeriod.objects.filter(pk__in=old).update(superseded_at=chunk.at)
        chunk.did("agreement_period", "superseded", old)


def _overlapping(told: list[Told], known: Known) -> Iterator[Judged]:
    """Refuses a holder at a point that somebody else holds then; the database would refuse the whole chunk."""
    wanted = {(each.at_point, each.kind) for each in told if each.at_point is not None}
    points = _known_points(wanted)
    taken: dict[tuple[str, str], list[tuple[datetime, datetime | None, int | str]]] = {}
    held = {key: each for each, key in points.items()}
    current = AgreementPeriod.objects.filter(KNOWN, metering_point_id__in=sorted(held)) if held else []
    for period in current:
        if period.metering_point_id is None:
            continue
        if period.valid_until is None or period.valid_until > period.valid_from:
            at = held[period.metering_point_id]
            taken.setdefault(at, []).append((period.valid_from, period.valid_until, period.agreement_id))
    for each in told:
        if not each.at_point:
            continue
        there = known.get((each.controller, each.number))
        mine: int | str = there[0] if there else f"{each.controller} {each.number}"
        others = taken.setdefault((each.at_point, each.kind), [])
        if any(_meet(each, begins, ends) for begins, ends, whose in others if whose != mine):
            yield each.record.number, "point_of_another", "agreements"
        else:
            others.append((each.valid_from, each.valid_until, mine))


def _meet(each: Told, begins: datetime, ends: datetime | None) -> bool:
    return (each.valid_until is None or begins < each.valid_until) and (
        ends is None or each.valid_from < ends
    )
