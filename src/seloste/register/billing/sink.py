"""What source systems bring about receivables: invoice heads, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from seloste.register.agreements.queries import numbered
from seloste.register.agreements.sink import undo_facts
from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.operations import load, reserve
from seloste.register.sources.claims import Offer, offer
from seloste.register.sources.port import Field, Form, WithoutChanges

from .models import Receivable
from .operations import NEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seloste.register.sources.port import Chunk, Judged, Record, Takes, Value

TAKES: Takes = {
    "receivables": {
        "number": Field(Form.TEXT, required=True),
        "controller": Field(Form.TEXT, required=True),
        "amount": Field(Form.CENTS, required=True),
        "due": Field(Form.DAY, required=True),
        "state": Field(Form.WORD, tuple(NEXT)),
        "booked": Field(Form.DAY),
        "agreement": Field(Form.TEXT),
    }
}
COLUMNS = ("number", "subject_id", "controller", "agreement_id", "amount_cents", "due_at", "state", "valid_from", "valid_until")  # fmt: skip

Told = tuple["Record", "Value", str, str]
"""A row, its receivable, the company and the number."""


class BillingSink(WithoutChanges):
    """Takes in receivables."""

    places: tuple[str, ...] = ("receivable",)

    def takes(self) -> Takes:
        """What can be brought of a receivable."""
        return TAKES

    def judge(self, chunk: Chunk) -> Iterator[Judged]:
        """This will refuse an amount that is none, a number of somebody else's, and a step that there is not."""
        told = _told(chunk)
        known = _known(told)
        for record, value, controller, number in told:
            there = known.get((controller, number))
            if int(value.fields["amount"] or 0) <= 0:
                yield record.number, "amount_not_positive", "receivables"
            elif there and there.subject_id != chunk.subjects.get(record.key):
                yield record.number, "number_of_another", "receivables"
            elif there and _state(value) not in {there.state, *NEXT[there.state]}:
                yield record.number, "no_such_step", "receivables"

    def write(self, chunk: Chunk) -> None:
        """This will book receivables that are new, and follow what became of the others.

        Writes: receivable. Units: cents. Law: GDPR 5(1)(d), 6(1)(c). Notice: categories.
        """
        told = {(controller, number): (record, value, controller, number) for record, value, controller, number in _told(chunk)}  # fmt: skip
        if not told:
            return
        known = _known(list(told.values()))
        agreements = _agreements(told.values())
        new: list[tuple[Any, ...]] = []
        old: list[int] = []
        for (controller, number), (record, value, _, _) in _taken(chunk, told, known).items():
            fields = value.fields
            subject = chunk.subjects[record.key]
            named = agreements.get((controller, str(fields.get("agreement"))))
            booked = datetime.fromisoformat(str(fields["booked"])) if fields.get("booked") else chunk.at
            due, state = datetime.fromisoformat(str(fields["due"])), _state(value)
            there = known.get((controller, number))
            row = (number, subject, controller, named, fields["amount"], due, state)
            if there is None:
                new.append((*row, booked, None))
            elif there.state != state:
                # the state there was ends as the new one begins, and both stay known
                ended = max(there.valid_from, chunk.at)
                new.append((*row[:3], there.agreement_id, there.amount_cents, there.due_at, there.state, there.valid_from, ended))  # fmt: skip
                new.append((*row[:3], named or there.agreement_id, *row[4:], ended, None))
                old.append(there.pk)
            elif (there.amount_cents, there.due_at) != (fields["amount"], due):
                new.append((*row[:3], named or there.agreement_id, *row[4:], there.valid_from, None))
                old.append(there.pk)
        if new:
            keys = reserve("receivable", len(new))
            load("receivable", {"id": keys, **dict(zip(COLUMNS, zip(*new, strict=True), strict=True))})
            chunk.did("receivable", "added", keys)
        if old:
            Receivable.objects.filter(pk__in=old).update(superseded_at=chunk.at)
            chunk.did("receivable", "superseded", old)

    def undo(self, _place: str, did: str, keys: Sequence[int], _at: datetime) -> None:
        """This will take back receivables that a chunk added or superseded."""
        undo_facts(Receivable, COLUMNS, did, keys)


def _told(chunk: Chunk) -> list[Told]:
    return [
        (record, value, str(value.fields["controller"]), str(value.fields["number"]))
        for record, value in chunk.of("receivables")
    ]


def _state(value: Value) -> str:
    return str(value.fields.get("state") or "open")


def _known(told: Sequence[Told]) -> dict[tuple[str, str], Receivable]:
    """The latest that is known of each receivable."""
    if not told:
        return {}
    found = Receivable.objects.filter(
        KNOWN,
        controller__in=sorted({controller for _, _, controller, _ in told}),
        number__in=sorted({number for _, _, _, number in told}),
    )
    return {(row.controller, row.number): row for row in found.order_by("valid_from", "pk")}


def _agreements(told: Any) -> dict[tuple[str, str], int]:
    named: dict[str, set[str]] = {}
    for _, value, controller, _ in told:
        if value.fields.get("agreement"):
            named.setdefault(controller, set()).add(str(value.fields["agreement"]))
    return {
        (controller, number): key
        for controller, numbers in named.items()
        for number, key in numbered(controller, numbers).items()
    }


def _taken(
    chunk: Chunk, told: dict[tuple[str, str], Told], known: dict[tuple[str, str], Receivable]
) -> dict[tuple[str, str], Told]:
    offers = [
        Offer(
            chunk.subjects[record.key], chunk.side, "receivables", number, dict(value.fields), value.given,
            chunk.system, chunk.batch_id, record.key, is_first=(controller, number) not in known,
        )
        for record, value, controller, number in told.values()
    ]  # fmt: skip
    outcomes = offer(offers, at=chunk.at, later=chunk.later)
    return {
        key: each for (key, each), outcome in zip(told.items(), outcomes, strict=True) if outcome == "take"
    }
