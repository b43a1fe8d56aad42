"""What is done about receivables: book them, and follow what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.kernel.references import reference
from seloste.register.ledger.operations import amend, supersede
from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.once import require_unchanged
from seloste.register.protection.operations import note
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.sources.corrections import contradict
from seloste.register.subjects import tokens
from seloste.register.subjects.queries import require_subject

from .models import Instalment, Payer, Payment, Receivable, Reminder
from .queries import OWING, Beside, require_receivable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

NEXT = {
    "open": {"paid", "disputed", "in_collection", "written_off", "expired"},
    "disputed": {"open", "paid", "written_off", "expired"},
    "in_collection": {"open", "paid", "disputed", "written_off", "expired"},
    "paid": set[str](),
    "written_off": set[str](),
    "expired": {"paid"},
}
"""What can become of a receivable; a disputed one is settled before it goes to collection.

An expired one is not claimed any more; whoever pays it all the same has paid what was owed.
"""


class NoSuchStep(Exception):
    """A receivable in this state does not become that."""


class BeganLater(Exception):
    """The state that would end at this moment had not begun."""


class DebtExpired(Exception):
    """The debt is expired, so that it is claimed from nobody."""


class NotExpired(Exception):
    """The debt has not expired yet."""


class PlanInForce(Exception):
    """It is paid in instalments that were agreed on."""


class PartsDiffer(Exception):
    """The instalments are not as much as is still owed."""


class NoPlan(Exception):
    """No instalments are agreed on."""


class PaidBefore(Exception):
    """This payment was recorded before, with another amount or for another receivable, or the bank took it back."""


class UnknownPayment(NotInPurpose):
    """For this purpose a receivable has no such payment."""


class ReversedBefore(Exception):
    """This payment was reversed before, for another reason."""


@dataclass(frozen=True)
class Claim:
    """What is owed, to whom and when: amounts in cents; `reference` as it is printed."""

    number: str
    controller: str
    amount_cents: int
    due_at: datetime
    agreement_id: int | None = None
    reference: str | None = None
    product: str | None = None


@dataclass(frozen=True)
class Paid:
    """Money that came: how much, when, by whom. `payer`: the name of somebody else who paid."""

    amount_cents: int
    paid_at: datetime
    archive_id: str | None = None
    by_other: bool = False
    payer: str | None = None


@dataclass(frozen=True)
class Part:
    """An instalment: how much, and from when it is overdue."""

    amount_cents: int
    due_at: datetime


def book_receivable(subject_id: int, claim: Claim, *, at: datetime) -> Receivable:
    """This will book what a subject owes from `at` on.

    Writes: receivable, search_token. Units: cents. Raises: UnknownSubject, NotAnIdentifier.
    Law: GDPR 6(1)(b), 6(1)(c).
    Notice: purposes.
    """
    require_subject(subject_id)
    booked = Receivable.objects.create(
        number=claim.number,
        reference=reference(claim.reference) if claim.reference else None,
        subject_id=subject_id,
        controller=claim.controller,
        agreement_id=claim.agreement_id,
        product=claim.product,
        amount_cents=claim.amount_cents,
        due_at=claim.due_at,
        state="open",
        valid_from=at,
    )
    tokens.put(subject_id, "invoice", booked.number, booked.reference, controller=booked.controller)
    note("billing.receivable.book", subject_id)
    return booked


def change_state(
    number: str, controller: str, state: str, *, at: datetime, expected: datetime | None = None
) -> Receivable:
    """This will record what became of a receivable at a moment.

    Not collected is one that is disputed, has expired or is paid in instalments; the database refuses
    the first two whatever the operation does. Where another system is the master and says otherwise, it is asked to
    correct that. `expected`: the version that was read.
    Writes: receivable, source_correction, source_claim. Raises: UnknownReceivable, NoSuchStep, BeganLater, DebtExpired, NotExpired, PlanInForce,
    ChangedMeanwhile. Law: Perintälaki 513/1999 4, 4 b §, 728/2003, GDPR 5(1)(d). Notice: purposes.
    """
    latest = require_receivable(number, controller)
    if latest.state == state:
        return latest
    require_unchanged("receivable", expected, latest.recorded_at)
    if state not in NEXT[latest.state]:
        raise NoSuchStep(f"a receivable that is {latest.state} does not become {state}")
    if at < latest.valid_from:
        raise BeganLater("the state that would end here began later: correct that one first")
    if state == "in_collection":
        _require_collectable(latest, Beside.of(latest.subject_id), at)
    if state == "expired" and at < Beside.of(latest.subject_id).expires_at(latest):
        raise NotExpired("this debt can still be claimed: `seloste receivable list` tells until when")
    return _become(latest, state, at)


def remind(number: str, controller: str, *, at: datetime, kind: str = "reminder") -> Reminder:
    """This will record that a debtor was reminded, or demanded to pay: the limitation begins anew.

    Writes: reminder. Raises: UnknownReceivable, NoSuchStep, DebtExpired. Law: Perintälaki 513/1999 4-5 §, 728/2003 11 §.
    Notice: purposes.
    """
    owed = require_receivable(number, controller)
    if owed.state not in OWING:
        raise NoSuchStep(f"nobody is reminded of a receivable that is {owed.state}")
    _require_unexpired(owed, Beside.of(owed.subject_id), at)
    if known := Reminder.objects.filter(**_of(owed), kind=kind, sent_at=at).first():
        return known
    sent = Reminder.objects.create(**_of(owed), kind=kind, sent_at=at)
    note("billing.receivable.remind", owed.subject_id)
    return sent


def pay(number: str, controller: str, paid: Paid, *, at: datetime) -> Receivable:
    """This will record money that came for a receivable; it is paid when all of it has come.

    The same mark of the bank's is the same payment, recorded once. The name of somebody else who paid
    is personal data of theirs, and stands in rows of its own.
    Writes: payment, payer, instalment, receivable. Units: cents. Raises: UnknownReceivable, NoSuchStep, PaidBefore.
    Law: 728/2003 10 §, GDPR 5(1)(c), 15(4). Notice: categories.
    """
    owed = require_receivable(number, controller)
    if paid.archive_id is not None:
        marked = Payment.objects.filter(controller=controller, archive_id=paid.archive_id)
        known = marked.exclude(reversal="misallocated").first()
        if known and known.reversal == "returned":
            raise PaidBefore("the bank took this payment back, by the mark it has: nothing was recorded")
        if known and (known.number, known.amount_cents) == (number, paid.amount_cents):
            return owed
        if known:
            raise PaidBefore("the bank's mark of this payment is that of another one: nothing was recorded")
    if owed.state == "written_off":
        raise NoSuchStep("a receivable that is written_off is not paid: book it anew, or return the money")
    payment = Payment.objects.create(
        **_of(owed),
        amount_cents=paid.amount_cents,
        paid_at=paid.paid_at,
        paid_by="other" if paid.by_other or paid.payer else "debtor",
        archive_id=paid.archive_id,
    )
    if paid.payer:
        Payer.objects.create(
            subject_id=owed.subject_id, controller=controller, payment=payment, name=paid.payer
        )
    note("billing.payment.record", owed.subject_id)
    beside = Beside.of(owed.subject_id)
    if owed.state == "paid" or beside.remaining_cents(owed) > 0:
        return owed
    if beside.plan_of(owed):
        end_instalments(number, controller, "kept", at=at)
    return change_state(number, controller, "paid", at=max(at, owed.valid_from))


def reverse_payment(
    number: str, controller: str, payment_id: int, reversal: str, *, at: datetime
) -> Receivable:
    """This will reverse a payment: the bank took the money back (`returned`), or it was for another (`misallocated`).

    The payment stays, and counts no more; what it had paid is owed again. What was disputed or expired before is
    so again; what was collected is open, and whoever collects decides anew. The bank's mark of one that was
    returned is never recorded again; of one that was misallocated it is, where it belongs.
    Writes: payment, receivable. Raises: UnknownReceivable, UnknownPayment, ReversedBefore.
    Law: GDPR 5(1)(d), 16; 728/2003 10 §. Notice: categories.
    """
    owed = require_receivable(number, controller)
    payment = Payment.objects.filter(**_of(owed), pk=payment_id).first()
    if payment is None:
        raise UnknownPayment("for this purpose there is no such payment of this receivable")
    if payment.reversal == reversal:
        return owed
    reversed_ = Payment.objects.filter(pk=payment_id, reversed_at__isnull=True)
    if not reversed_.update(reversed_at=at, reversal=reversal):
        raise ReversedBefore("this payment was reversed before, for another reason: nothing was changed")
    note("billing.payment.reverse", owed.subject_id)
    if owed.state != "paid" or Beside.of(owed.subject_id).remaining_cents(owed) <= 0:
        return owed
    before = (
        Receivable.objects.filter(KNOWN, **_of(owed), valid_until=owed.valid_from).order_by("-id").first()
    )
    state = before.state if before and before.state in {"disputed", "expired"} else "open"
    return _become(owed, state, max(at, owed.valid_from))


def agree_instalments(
    number: str, controller: str, parts: Sequence[Part], *, at: datetime
) -> list[Instalment]:
    """This will record that a receivable is paid in parts; while they are kept, it is not collected.

    To agree on that is to acknowledge the debt: the limitation begins anew.
    Writes: instalment. Units: cents. Raises: UnknownReceivable, NoSuchStep, PlanInForce, PartsDiffer, DebtExpired.
    Law: 728/2003 10 §. Notice: purposes.
    """
    owed = require_receivable(number, controller)
    if owed.state not in OWING:
        raise NoSuchStep(f"no instalments are agreed on for a receivable that is {owed.state}")
    beside = Beside.of(owed.subject_id)
    _require_unexpired(owed, beside, at)
    if beside.plan_of(owed):
        raise PlanInForce("instalments are agreed on already: end those first")
    remaining = beside.remaining_cents(owed)
    if sum(part.amount_cents for part in parts) != remaining:
        raise PartsDiffer(f"the instalments must be {remaining} cents together, as much as is still owed")
    agreed = [
        Instalment.objects.create(
            **_of(owed), agreed_at=at, due_at=part.due_at, amount_cents=part.amount_cents
        )
        for part in parts
    ]
    note("billing.instalments.agree", owed.subject_id)
    return agreed


def end_instalments(number: str, controller: str, ending: str, *, at: datetime) -> None:
    """This will end a plan of instalments: it was kept, broken or cancelled.

    Writes: instalment. Raises: UnknownReceivable, NoPlan. Notice: purposes.
    """
    owed = require_receivable(number, controller)
    ended = Instalment.objects.filter(**_of(owed), ended_at__isnull=True).update(ended_at=at, ending=ending)
    if not ended:
        raise NoPlan("no instalments are agreed on for this receivable: there is nothing to end")
    note(f"billing.instalments.{ending}", owed.subject_id)


def _of(owed: Receivable) -> dict[str, int | str]:
    """By what rows beside a receivable name it."""
    return {"subject_id": owed.subject_id, "controller": owed.controller, "number": owed.number}


def _become(latest: Receivable, state: str, at: datetime) -> Receivable:
    """Ends the state that a receivable has, and begins another; a master that says otherwise is asked to correct it."""
    told: dict[str, str | None] = {"number": latest.number, "state": state}
    contradict(latest.subject_id, "receivables", latest.number, told, at=at)
    changed = amend(latest, state=state, valid_from=at)
    amend(latest, valid_until=at)
    supersede(latest, at=at)
    note(f"billing.receivable.{state}", latest.subject_id)
    return changed


def _require_collectable(owed: Receivable, beside: Beside, at: datetime) -> None:
    _require_unexpired(owed, beside, at)
    if beside.plan_of(owed):
        raise PlanInForce(
            "it is paid in instalments that were agreed on: end the plan first, if it is broken"
        )


def _require_unexpired(owed: Receivable, beside: Beside, at: datetime) -> None:
    if at >= beside.expires_at(owed):
        raise DebtExpired(
            "this debt is expired (728/2003), so it is not claimed any more, by nobody: record that, or write it off"
        )
