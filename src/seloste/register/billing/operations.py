"""What is done about receivables: book them, and follow what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.register.ledger.operations import amend, supersede
from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.operations import note
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.subjects import tokens
from seloste.register.subjects.queries import require_subject

from .models import Receivable

if TYPE_CHECKING:
    from datetime import datetime

NEXT = {
    "open": {"paid", "disputed", "in_collection", "written_off"},
    "disputed": {"open", "paid", "written_off"},
    "in_collection": {"open", "paid", "disputed", "written_off"},
    "paid": set[str](),
    "written_off": set[str](),
}
"""What can become of a receivable; a disputed one is settled before it goes to collection."""


class UnknownReceivable(NotInPurpose):
    """For this purpose there is no such receivable."""


class NoSuchStep(Exception):
    """A receivable in this state does not become that."""


class BeganLater(Exception):
    """The state that would end at this moment had not begun."""


@dataclass(frozen=True)
class Claim:
    """What is owed, to whom and when: amounts in cents."""

    number: str
    controller: str
    amount_cents: int
    due_at: datetime
    agreement_id: int | None = None


def book_receivable(subject_id: int, claim: Claim, *, at: datetime) -> Receivable:
    """This will book what a subject owes from `at` on.

    Writes: receivable, search_token. Units: cents. Raises: UnknownSubject. Law: GDPR 6(1)(b), 6(1)(c).
    Notice: purposes.
    """
    require_subject(subject_id)
    booked = Receivable.objects.create(
        number=claim.number,
        subject_id=subject_id,
        controller=claim.controller,
        agreement_id=claim.agreement_id,
        amount_cents=claim.amount_cents,
        due_at=claim.due_at,
        state="open",
        valid_from=at,
    )
    tokens.put(subject_id, "invoice", claim.number, controller=claim.controller)
    note("billing.receivable.book", subject_id)
    return booked


def change_state(number: str, controller: str, state: str, *, at: datetime) -> Receivable:
    """This will record what became of a receivable at a moment; a disputed one is not collected.

    Writes: receivable. Raises: UnknownReceivable, NoSuchStep, BeganLater.
    Law: Perintälaki 513/1999, GDPR 5(1)(d). Notice: purposes.
    """
    latest = (
        Receivable.objects.filter(KNOWN, number=number, controller=controller)
        .order_by("-valid_from", "-id")
        .first()
    )
    if not latest:
        raise UnknownReceivable("for this purpose there is no such receivable")
    if latest.state == state:
        return latest
    if state not in NEXT[latest.state]:
        raise NoSuchStep(f"a receivable that is {latest.state} does not become {state}")
    if at < latest.valid_from:
        raise BeganLater("the state that would end here began later: correct that one first")
    changed = amend(latest, state=state, valid_from=at)
    amend(latest, valid_until=at)
    supersede(latest, at=at)
    note(f"billing.receivable.{state}", latest.subject_id)
    return changed
