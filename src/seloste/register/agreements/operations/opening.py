"""An agreement is opened, changes its product, ends, or is undone as if it had never been."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.kernel.periods import Period, finnish_term, midnight_at_or_after, midnight_at_or_before
from seloste.register.agreements.models import Agreement, AgreementPeriod, AgreementProduct
from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.once import once, require_unchanged
from seloste.register.protection.operations import note
from seloste.register.subjects.queries import require_subject

from .confirming import Told, confirm
from .finding import be_found
from .holding import change_period
from .knowing import kind_of_point, products, require_agreement, require_period
from .offering import product_code, require_offered
from .parties import join
from .residing import SUPPLIED_STILL, leave

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from seloste.register.agreements.models import Product


class NumberTaken(Exception):
    """The subject has an agreement of this number already, on other terms."""


class EndsBeforeStart(Exception):
    """An agreement that ends before it begins is not ended but cancelled."""


class NeverInForce(Exception):
    """An agreement that was undone does not end."""


class StillBound(Exception):
    """The fixed term still runs, and an agreement of a fixed term is not ended by notice before its end."""


class PointOfAnotherKind(Exception):
    """The point is of another kind than the agreement."""


class NotForThisKind(Exception):
    """Only electricity has suppliers to switch between, and one of last resort."""


class NotYetBegun(Exception):
    """A product does not change before the agreement begins, nor after it ends."""


@dataclass(frozen=True)
class Terms:
    """What is agreed: with which controller, of which kind, at which point, of which product and why.

    Without a number one is drawn. `at_distance`: agreed by telephone, online or by post.
    """

    number: str | None
    controller: str
    kind: str
    metering_point_id: int | None = None
    product: str | None = None
    at_distance: bool = False
    start_reason: str | None = None


def open_agreement(
    subject_id: int,
    terms: Terms,
    *,
    requested_at: datetime,
    valid_from: datetime,
    valid_until: datetime | None = None,
    parties: Sequence[int] = (),
    about: str = "opened",
    key: str | None = None,
) -> Agreement:
    """This will open an agreement at the holder's request: prepared until `valid_from`, then in force, and confirm it.

    It begins with the Finnish day of `valid_from` and ends with that of `valid_until`, or with the fixed term of
    its product. The database refuses at the commit: another holder at the same point, kind and time; a point that
    is not there, or is beyond the wall. Opened again as it was opened, or under a `key` again, it is left as it is.
    Writes: agreement, agreement_period, agreement_product, agreement_party, confirmation, search_token.
    Raises: UnknownSubject, NumberTaken, NotOffered, PointOfAnotherKind, NotForThisKind. Law: GDPR 6(1)(b); KSL 6:13. Notice: purposes.
    """
    holder = require_subject(subject_id)
    begins = midnight_at_or_before(valid_from)
    ends = midnight_at_or_after(valid_until) if valid_until else None
    product = (
        require_offered(terms.product, terms.controller, terms.kind, at=requested_at)
        if terms.product
        else None
    )
    bound = finnish_term(begins, product.fixed_months) if product and product.fixed_months else None
    if there := _opened_before(subject_id, terms, begins, ends or bound):
        return there
    _require_kind(terms)

    def do() -> Agreement:
        opened = _open(
            terms, subject_id, holder.side, Period(begins, ends), bound=bound, requested_at=requested_at
        )
        sold = None
        if product:
            sold = _sell(opened, product, begins, ends or bound, terms, agreed_at=requested_at)
        be_found(opened, subject_id)
        for each in parties:
            join(opened, each, begins)
        confirm(opened, Told(about, begins, ends or bound, sold), at=requested_at)
        note("agreements.open", subject_id, *parties)
        return opened

    return once("agreements.open", key, side=holder.side, at=requested_at).about(
        subject_id, do, require_agreement
    )


def _open(
    terms: Terms,
    subject_id: int,
    side: str,
    asked: Period,
    *,
    bound: datetime | None,
    requested_at: datetime,
) -> Agreement:
    agreement = Agreement.objects.create(
        number=terms.number or drawn_number(),
        subject_id=subject_id,
        side=side,
        controller=terms.controller,
        kind=terms.kind,
        metering_point_id=terms.metering_point_id,
    )
    AgreementPeriod.objects.create(
        agreement=agreement,
        subject_id=subject_id,
        controller=terms.controller,
        kind=terms.kind,
        metering_point_id=terms.metering_point_id,
        requested_at=min(requested_at, asked.start),
        valid_from=asked.start,
        valid_until=asked.end or bound,
        start_reason=terms.start_reason,
        end_reason="fixed_term" if bound and not asked.end else None,
    )
    return agreement


def change_product(
    agreement_id: int,
    code: str,
    *,
    at: datetime,
    valid_from: datetime,
    at_distance: bool = False,
    expected: datetime | None = None,
) -> AgreementProduct:
    """This will give an agreement another product from the Finnish day of `valid_from` on, and confirm it.

    The product before ends there; a fixed term of the new one becomes the agreement's. Changed again as it was
    changed, it is left as it is. `expected` is when the period that the caller read was recorded.
    Writes: agreement_product, agreement_period, confirmation.
    Raises: UnknownAgreement, NotOffered, NotYetBegun, ChangedMeanwhile.
    Law: GDPR 6(1)(b); KSL 6:13. Notice: purposes.
    """
    agreement, period = require_agreement(agreement_id), require_period(agreement_id)
    begins = midnight_at_or_before(valid_from)
    product = require_offered(code, agreement.controller, agreement.kind, at=at)
    held = products(agreement_id)
    if held and (held[-1].product_id, held[-1].valid_from) == (product.pk, begins):
        return held[-1]
    require_unchanged("agreement", expected, period.recorded_at)
    own_end = None if period.end_reason == "fixed_term" else period.valid_until
    # what follows a fixed term begins where that ends, or before
    gone = period.valid_until is not None and begins > period.valid_until
    if begins < period.valid_from or gone or (own_end and begins >= own_end):
        raise NotYetBegun(
            "on that day this agreement is not in force: choose a day within it, or open a new one"
        )
    bound = finnish_term(begins, product.fixed_months) if product.fixed_months else None
    for each in held:
        if each.valid_until is None or each.valid_until > begins:
            replace(each, at=at, valid_until=max(each.valid_from, begins))
    terms = Terms(agreement.number, agreement.controller, agreement.kind, at_distance=at_distance)
    sold = _sell(agreement, product, begins, own_end or bound, terms, agreed_at=at)
    if not own_end and period.valid_until != bound:
        change_period(agreement, period, at=at, valid_until=bound, end_reason="fixed_term" if bound else None)
    confirm(agreement, Told("changed", period.valid_from, own_end or bound, sold), at=at)
    note("agreements.change", agreement.subject_id)
    return sold


def end_agreement(
    agreement_id: int,
    *,
    at: datetime,
    valid_until: datetime,
    reason: str,
    about: str = "ended",
    to: tuple[int, ...] | None = None,
    expected: datetime | None = None,
) -> AgreementPeriod:
    """This will end an agreement with a Finnish day, also in the past: what was known before stays known as of then.

    Its holders leave the point's address with it, except where somebody else supplies them there. `expected` is when
    the period that the caller read was recorded.
    Writes: agreement_period, agreement_product, address, confirmation.
    Raises: UnknownAgreement, EndsBeforeStart, NeverInForce, StillBound, ChangedMeanwhile.
    Law: GDPR 5(1)(d), 6(1)(b); KSL 6:13. Notice: retention.
    """
    period = require_period(agreement_id)
    ends = midnight_at_or_after(valid_until)
    if ends <= period.valid_from:
        raise EndsBeforeStart("this end is not after the start: cancel the agreement instead")
    if (period.valid_until, period.end_reason) == (ends, reason):
        return period
    require_unchanged("agreement", expected, period.recorded_at)
    if period.valid_until is not None and period.valid_until <= period.valid_from:
        raise NeverInForce("this agreement was undone, so it does not end: open another one")
    if (
        reason == "notice"
        and period.end_reason == "fixed_term"
        and period.valid_until
        and ends < period.valid_until
    ):
        raise StillBound(
            "the fixed term of this agreement still runs, so notice does not end it: choose its last day or later, or"
            " say what ends it (a move, a death, a rescission)"
        )
    agreement = require_agreement(agreement_id)
    leaving = [] if reason in SUPPLIED_STILL else leave(agreement, until=ends, was=period.valid_until)
    sold = _fit_products(agreement_id, period.valid_until, ends, at=at)
    confirm(agreement, Told(about, period.valid_from, ends, sold, to=to), at=at)
    ended = change_period(agreement, period, at=at, valid_until=ends, end_reason=reason)
    note("agreements.end", period.subject_id, *leaving)
    return ended


def cancel_agreement(
    agreement_id: int,
    *,
    at: datetime,
    reason: str = "cancelled",
    about: str = "cancelled",
    expected: datetime | None = None,
) -> AgreementPeriod:
    """This will undo an agreement as if it had never been in force, even when it has begun, and confirm it.

    It was being prepared until `at`, or until its start if that came first; at the point's address nobody lived by
    it. What depended on it is found by `left_behind`. `expected` is when the period that the caller read was recorded.
    Writes: agreement_period, agreement_product, address, confirmation. Raises: UnknownAgreement, ChangedMeanwhile.
    Law: GDPR 5(1)(d), 6(1)(b), 19. Notice: retention.
    """
    period = require_period(agreement_id)
    if period.valid_until is not None and period.valid_until <= period.valid_from:
        return period
    require_unchanged("agreement", expected, period.recorded_at)
    agreement = require_agreement(agreement_id)
    leaving = leave(agreement, until=period.valid_from)
    sold = _fit_products(agreement_id, None, period.valid_from, at=at)
    undone = max(period.requested_at, min(at, period.valid_from))
    confirm(agreement, Told(about, period.valid_from, undone, sold), at=at)
    cancelled = change_period(agreement, period, at=at, valid_until=undone, end_reason=reason)
    note("agreements.cancel", period.subject_id, *leaving)
    return cancelled


def drawn_number() -> str:
    """This will draw a number for an agreement: it says nothing of anybody, nor how many there are."""
    return f"S{secrets.randbelow(10**10):010}"


def _sell(
    agreement: Agreement,
    product: Product,
    begins: datetime,
    ends: datetime | None,
    terms: Terms,
    *,
    agreed_at: datetime,
) -> AgreementProduct:
    return AgreementProduct.objects.create(
        agreement=agreement,
        subject_id=agreement.subject_id,
        controller=agreement.controller,
        kind=agreement.kind,
        product=product,
        at_distance=terms.at_distance,
        agreed_at=agreed_at,
        valid_from=begins,
        valid_until=ends,
    )


def _fit_products(
    agreement_id: int, was: datetime | None, ends: datetime, *, at: datetime
) -> AgreementProduct | None:
    """Ends every product that goes on beyond a moment, and lets the last go on to it that ended where the agreement did.

    Shape: the last product before that moment.
    """
    last = None
    for each in products(agreement_id):
        last = each if last is None or each.valid_from < ends else last
        beyond = each.valid_until is None or each.valid_until > ends
        if beyond or (each.valid_until == was and was != ends):
            replace(each, at=at, valid_until=max(each.valid_from, ends))
    return last


def _require_kind(terms: Terms) -> None:
    """Raises: PointOfAnotherKind, NotForThisKind. A point that nobody is seen at is judged by the database."""
    if terms.start_reason in {"switch", "last_resort"} and terms.kind != "sale":
        raise NotForThisKind(
            f"an agreement of {terms.kind} begins by no switch and by no last resort: only electricity is sold by several"
        )
    kind = kind_of_point(terms.metering_point_id) if terms.metering_point_id is not None else None
    if kind is not None and kind != terms.kind:
        raise PointOfAnotherKind(
            f"this point is one of {kind} and the agreement one of {terms.kind}: each kind has a point of its own"
        )


def _opened_before(
    subject_id: int, terms: Terms, begins: datetime, ends: datetime | None
) -> Agreement | None:
    """The agreement that was opened so before, whatever became of it since.

    Raises: NumberTaken.
    """
    held = Agreement.objects.filter(controller=terms.controller, subject_id=subject_id)
    if terms.number is None:
        alike = held.filter(kind=terms.kind, metering_point_id=terms.metering_point_id)
        opened = (each for each in alike if _was_opened(each, begins, ends, now_too=True))
        return next((each for each in opened if _is_sold(each, terms.product)), None)
    there = held.filter(number=terms.number).first()
    if there is None:
        return None
    same = (there.kind, there.metering_point_id) == (terms.kind, terms.metering_point_id)
    if same and _was_opened(there, begins, ends):
        return there
    raise NumberTaken(
        f"{terms.controller} has an agreement of this number with this subject already, on other terms: choose another number,"
        " or end or cancel the one that is there"
    )


def _was_opened(
    agreement: Agreement, begins: datetime, ends: datetime | None, *, now_too: bool = False
) -> bool:
    """Whether an agreement was opened for a period; `now_too`: and it is still known so."""
    opened = AgreementPeriod.objects.filter(agreement=agreement, valid_from=begins, valid_until=ends)
    return (opened.filter(KNOWN) if now_too else opened).first() is not None


def _is_sold(agreement: Agreement, code: str | None) -> bool:
    """Whether an agreement has a product, or none where none is named."""
    held = products(agreement.pk)
    return product_code(held[-1]) == code if held else code is None
