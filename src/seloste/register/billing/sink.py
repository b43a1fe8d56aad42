"""What source systems bring about receivables: invoice heads, and what became of them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from seloste.kernel.periods import FINLAND, end_of_finnish_day
from seloste.register.agreements.queries import numbered
from seloste.register.agreements.sink import undo_facts
from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.operations import load, reserve
from seloste.register.sources.claims import brought
from seloste.register.sources.port import Field, Form, WithoutChanges

from .models import Payment, Receivable, Reminder
from .operations import NEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seloste.register.sources.port import Chunk, Judged, Record, Takes, Value

TAKES: Takes = {
    "receivables": {
        "number": Field(Form.TEXT, required=True),
        "controller": Field(Form.TEXT, required=True),
        "amount": Field(Form.CENTS, required=True),
        "due": Field(Form.DAY, required=True),
        "reference": Field(Form.REFERENCE),
        "product": Field(Form.TEXT),
        "paid": Field(Form.CENTS),
        "reminded": Field(Form.DAY),
        "state": Field(Form.WORD, tuple(NEXT)),
        "booked": Field(Form.DAY),
        "agreement": Field(Form.TEXT),
    }
}
COLUMNS = (
    "number", "reference", "subject_id", "controller", "agreement_id", "product", "amount_cents", "due_at", "state",
    "valid_from", "valid_until",
)  # fmt: skip

CORRECTED = ("amount_cents", "due_at", "reference", "product")
"""What a source may correct of a receivable in the state that it has."""

BESIDE: dict[str, type[Payment | Reminder]] = {"payment": Payment, "reminder": Reminder}

Told = tuple["Record", "Value", str, str]
"""A row, its receivable, the company and the number."""


class BillingSink(WithoutChanges):
    """Takes in receivables."""

    places: tuple[str, ...] = ("receivable", "payment", "reminder")

    def takes(self) -> Takes:
        """What can be brought of a receivable."""
        return TAKES

    def judge(self, chunk: Chunk) -> Iterator[Judged]:
        """This will refuse an amount that is none, a number of two or of somebody else's, and a step that there is not.

        An expired debt in collection is refused by the database, by its name.
        """
        told = _told(chunk)
        known = _known(told)
        debtors: dict[tuple[str, str], int | str] = {}
        for record, value, controller, number in told:
            there = known.get((controller, number))
            debtor = chunk.meant(record)
            if int(value.fields["amount"] or 0) <= 0:
                yield record.number, "amount_not_positive", "receivables"
            elif debtors.setdefault((controller, number), debtor) != debtor:
                yield record.number, "number_of_two", "receivables"
            elif there and there.subject_id != chunk.subjects.get(record.key):
                yield record.number, "number_of_another", "receivables"
            elif there and _state(value) not in {there.state, *NEXT[there.state]}:
                yield record.number, "no_such_step", "receivables"

    def write(self, chunk: Chunk) -> None:
        """This will book receivables that are new, and follow what became of the others.

        Writes: receivable, payment, reminder. Units: cents. Law: GDPR 5(1)(d), 6(1)(c). Notice: categories.
        """
        told = {(controller, number): (record, value, controller, number) for record, value, controller, number in _told(chunk)}  # fmt: skip
        if not told:
            return
        known = _known(list(told.values()))
        agreements = _agreements(told.values())
        taken = _taken(chunk, told, known)
        # what interrupts a limitation comes before what would have expired without it
        _add(chunk, "payment", list(_came(chunk, taken)))
        _add(chunk, "reminder", list(_reminded(chunk, taken)))
        new: list[dict[str, Any]] = []
        old: list[int] = []
        for (controller, number), (record, value, _, _) in taken.items():
            fields, there = value.fields, known.get((controller, number))
            brought = {
                "number": number,
                "reference": fields.get("reference") or (there and there.reference),
                "subject_id": chunk.subjects[record.key],
                "controller": controller,
                "agreement_id": agreements.get((controller, str(fields.get("agreement")))) or (there and there.agreement_id),
                "product": fields.get("product") or (there and there.product),
                "amount_cents": fields["amount"],
                "due_at": _overdue_from(str(fields["due"])),
                "state": _state(value),
                "valid_until": None,
            }  # fmt: skip
            booked = datetime.fromisoformat(str(fields["booked"])) if fields.get("booked") else chunk.at
            if there is None:
                new.append({**brought, "valid_from": booked})
            elif there.state != brought["state"]:
                # the state there was ends as the new one begins, and both stay known
                ended = max(there.valid_from, chunk.at)
                new.append({**_of(there), "valid_until": ended})
                new.append({**brought, "valid_from": ended})
                old.append(there.pk)
            elif any(getattr(there, column) != brought[column] for column in CORRECTED):
                new.append({**brought, "valid_from": there.valid_from})
                old.append(there.pk)
        _add(chunk, "receivable", new, together=not old)
        if old:
            Receivable.objects.filter(pk__in=old).update(superseded_at=chunk.at)
            chunk.did("receivable", "superseded", old)

    def undo(self, place: str, did: str, keys: Sequence[int], _at: datetime) -> None:
        """This will take back receivables that a chunk added or superseded, and payments and reminders that it added."""
        if place == "receivable":
            undo_facts(Receivable, COLUMNS, did, keys)
        else:
            BESIDE[place].objects.filter(pk__in=list(keys)).delete()


def _told(chunk: Chunk) -> list[Told]:
    return [
        (record, value, str(value.fields["controller"]), str(value.fields["number"]))
        for record, value in chunk.of("receivables")
    ]


def _of(there: Receivable) -> dict[str, Any]:
    return {column: getattr(there, column) for column in COLUMNS}


def _add(chunk: Chunk, table: str, rows: list[dict[str, Any]], *, together: bool = False) -> None:
    """`together`: with what else is new, where nothing goes for it."""
    if not rows:
        return
    keys = reserve(table, len(rows))
    told = {"id": keys, **{column: [row[column] for row in rows] for column in rows[0]}}
    load(table, told) if not together else chunk.facts.append((table, told))
    chunk.did(table, "added", keys)


@lru_cache(maxsize=20_000)
def _overdue_from(due: str) -> datetime:
    """The midnight that ends a due day; a source names the day by the midnight that begins it."""
    return end_of_finnish_day(datetime.fromisoformat(due).astimezone(FINLAND).date())


def _came(chunk: Chunk, taken: Mapping[tuple[str, str], Told]) -> Iterator[dict[str, Any]]:
    """What has come more than is known here; a source that tells a sum does not tell whose money it was."""
    sums = {key: int(value.fields["paid"] or 0) for key, (_, value, _, _) in taken.items() if value.fields.get("paid")}  # fmt: skip
    if not sums:
        return
    subjects = {chunk.subjects[taken[key][0].key] for key in sums}
    for each in Payment.objects.filter(subject_id__in=subjects, reversed_at__isnull=True):
        if (each.controller, each.number) in sums:
            sums[each.controller, each.number] -= each.amount_cents
    for (controller, number), cents in sums.items():
        if cents > 0:
            yield {
                "subject_id": chunk.subjects[taken[controller, number][0].key], "controller": controller,
                "number": number, "amount_cents": cents, "paid_at": chunk.at, "paid_by": "unknown",
            }  # fmt: skip


def _reminded(chunk: Chunk, taken: Mapping[tuple[str, str], Told]) -> Iterator[dict[str, Any]]:
    """Reminders that a source tells and that are not known here."""
    days = {key: datetime.fromisoformat(str(value.fields["reminded"])) for key, (_, value, _, _) in taken.items() if value.fields.get("reminded")}  # fmt: skip
    if not days:
        return
    subjects = {chunk.subjects[taken[key][0].key] for key in days}
    known = {
        (each.controller, each.number, each.sent_at)
        for each in Reminder.objects.filter(subject_id__in=subjects, kind="reminder")
    }
    for (controller, number), sent_at in days.items():
        if (controller, number, sent_at) not in known:
            yield {
                "subject_id": chunk.subjects[taken[controller, number][0].key], "controller": controller,
                "number": number, "kind": "reminder", "sent_at": sent_at,
            }  # fmt: skip


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
    said = [
        (record, value, number, (controller, number) not in known)
        for record, value, controller, number in told.values()
    ]
    outcomes = brought(chunk, said)
    return {
        key: each for (key, each), outcome in zip(told.items(), outcomes, strict=True) if outcome == "take"
    }
