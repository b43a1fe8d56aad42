"""What is owed: of a subject, head by head, and altogether, which names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from seloste.kernel import limitation
from seloste.register.ledger.queries import KNOWN, active
from seloste.register.protection.backend import aggregates
from seloste.register.protection.operations import aggregate
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.subjects.queries import require_subject

from .models import Instalment, Payment, Receivable, Reminder

if TYPE_CHECKING:
    from datetime import datetime

OWED = "receivables.owed_cents"
OWING = ("open", "in_collection")

_CAME = (
    Payment.objects.filter(
        reversed_at__isnull=True,
        subject=OuterRef("subject"),
        controller=OuterRef("controller"),
        number=OuterRef("number"),
    )
    .values("number")
    .annotate(cents=Sum("amount_cents"))
    .values("cents")
)
aggregates.register(OWED, "receivable", Sum(F("amount_cents") - Coalesce(Subquery(_CAME), 0)))


class UnknownReceivable(NotInPurpose):
    """For this purpose there is no such receivable."""


class NumberOfTwo(Exception):
    """Two subjects owe something under one number, so that it names neither."""


@dataclass(frozen=True)
class Due:
    """An instalment, and how much of it has come; what comes fills the first due first."""

    due_at: datetime
    amount_cents: int
    paid_cents: int
    is_late: bool


@dataclass(frozen=True)
class Came:
    """A payment; `key` names it to whoever reverses it, and what was reversed counts no more."""

    key: int
    paid_at: datetime
    amount_cents: int
    paid_by: str
    reversed_at: datetime | None
    reversal: str | None


@dataclass(frozen=True)
class Head:
    """The head of an invoice as it stands at a moment; amounts in cents.

    `expires_at`: from when nobody claims it. `collectable`: not disputed, not expired, no instalments.
    """

    number: str
    reference: str | None
    controller: str
    product: str | None
    agreement_id: int | None
    state: str
    amount_cents: int
    paid_cents: int
    paid_by_others_cents: int
    remaining_cents: int
    due_at: datetime
    is_overdue: bool
    payments: tuple[Came, ...]
    reminders: tuple[datetime, ...]
    instalments: tuple[Due, ...]
    expires_at: datetime
    is_expired: bool
    collectable: bool
    version: datetime


def owed_cents(controller: str, *, at: datetime) -> int:
    """This will sum what is owed to a controller, when enough subjects owe it.

    Units: cents. Raises: NotInPurpose, for fewer than ten. Law: GDPR 5(1)(c). Notice: purposes.
    """
    owed = Receivable.objects.filter(active(at), controller=controller, state__in=OWING)
    return int(aggregate(OWED, owed))


def heads(subject_id: int, *, at: datetime) -> list[Head]:
    """This will list what a subject owes and owed, the first due first, as it stands `at`.

    Units: cents. Raises: UnknownSubject. Law: 728/2003; Perintälaki 513/1999. Notice: categories.
    """
    beside = Beside.of(subject_id)
    known = Receivable.objects.filter(active(at), subject_id=subject_id).order_by("due_at", "id")
    return [_head(each, beside, at=at) for each in known]


def require_receivable(number: str, controller: str) -> Receivable:
    """This will find a receivable as it is known now, in the state that has no end.

    Raises: UnknownReceivable, NumberOfTwo.
    """
    known = list(
        Receivable.objects.filter(KNOWN, number=number, controller=controller).order_by(
            F("valid_until").desc(nulls_first=True), "-valid_from", "-id"
        )
    )
    if not known:
        raise UnknownReceivable("for this purpose there is no such receivable")
    if len({each.subject_id for each in known}) > 1:
        raise NumberOfTwo(
            "two subjects have a receivable of this number: have the number mended at its source"
        )
    return known[0]


@dataclass(frozen=True)
class Beside:
    """What stands beside a subject's receivables: payments, reminders, instalments; asked once for all of them."""

    is_person: bool
    payments: tuple[Payment, ...]
    reminders: tuple[Reminder, ...]
    instalments: tuple[Instalment, ...]

    @classmethod
    def of(cls, subject_id: int) -> Beside:
        """All that there is of a subject.

        Raises: UnknownSubject.
        """
        return cls(
            require_subject(subject_id).kind == "person",
            tuple(Payment.objects.filter(subject_id=subject_id).order_by("paid_at", "id")),
            tuple(Reminder.objects.filter(subject_id=subject_id).order_by("sent_at", "id")),
            tuple(Instalment.objects.filter(subject_id=subject_id).order_by("due_at", "id")),
        )

    def recorded(self, owed: Receivable) -> list[Payment]:
        """What was recorded for a receivable, also what was reversed."""
        return [each for each in self.payments if _names(each) == _names(owed)]

    def payments_of(self, owed: Receivable) -> list[Payment]:
        """What has come for a receivable, and was not reversed."""
        return [each for each in self.recorded(owed) if each.reversed_at is None]

    def remaining_cents(self, owed: Receivable) -> int:
        """How much of a receivable has not come yet."""
        return owed.amount_cents - sum(each.amount_cents for each in self.payments_of(owed))

    def reminders_of(self, owed: Receivable) -> list[Reminder]:
        """Those of a receivable."""
        return [each for each in self.reminders if _names(each) == _names(owed)]

    def plan_of(self, owed: Receivable) -> list[Instalment]:
        """The plan of a receivable that is in force, the first due first."""
        return [each for each in self.instalments if _names(each) == _names(owed) and each.ended_at is None]

    def interruptions(self, owed: Receivable) -> list[datetime]:
        """What interrupts the limitation of a receivable: for the debtor neither what a neighbour pays nor what was reversed."""
        return [
            *(each.sent_at for each in self.reminders_of(owed)),
            *(each.paid_at for each in self.payments_of(owed) if each.paid_by == "debtor"),
            *(each.agreed_at for each in self.instalments if _names(each) == _names(owed)),
        ]

    def expires_at(self, owed: Receivable) -> datetime:
        """From when a receivable is expired, by what interrupted that until now.

        Law: 728/2003 4-5, 7, 10-11, 13 a §.
        """
        return limitation.expires_at(owed.due_at, self.interruptions(owed), natural_person=self.is_person)


def _names(row: Receivable | Payment | Reminder | Instalment) -> tuple[str, str]:
    return row.controller, row.number


def _head(owed: Receivable, beside: Beside, *, at: datetime) -> Head:
    payments, plan = beside.payments_of(owed), beside.plan_of(owed)
    remaining = beside.remaining_cents(owed)
    settled = owed.state in {"paid", "written_off", "expired"}
    ends = beside.expires_at(owed)
    since = sum(each.amount_cents for each in payments if plan and each.paid_at >= plan[0].agreed_at)
    return Head(
        number=owed.number,
        reference=owed.reference,
        controller=owed.controller,
        product=owed.product,
        agreement_id=owed.agreement_id,
        state=owed.state,
        amount_cents=owed.amount_cents,
        paid_cents=owed.amount_cents - remaining,
        paid_by_others_cents=sum(each.amount_cents for each in payments if each.paid_by == "other"),
        remaining_cents=0 if settled else remaining,
        due_at=owed.due_at,
        is_overdue=not settled and owed.due_at <= at,
        payments=tuple(
            Came(each.pk, each.paid_at, each.amount_cents, each.paid_by, each.reversed_at, each.reversal)
            for each in beside.recorded(owed)
        ),
        reminders=tuple(each.sent_at for each in beside.reminders_of(owed)),
        instalments=_filled(plan, since, at),
        expires_at=ends,
        is_expired=at >= ends,
        collectable=owed.state in OWING and owed.due_at <= at < ends and not plan,
        version=owed.recorded_at,
    )


def _filled(plan: list[Instalment], cents: int, at: datetime) -> tuple[Due, ...]:
    """Instalments with what has come since they were agreed on."""
    told = []
    for each in plan:
        filled = min(cents, each.amount_cents)
        cents -= filled
        told.append(
            Due(each.due_at, each.amount_cents, filled, filled < each.amount_cents and each.due_at <= at)
        )
    return tuple(told)
