"""A consumer withdraws from what was sold at a distance, within the days that the law gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel.periods import finnish_term, midnight_at_or_after
from seloste.register.agreements.models import Product
from seloste.register.ledger.operations import amend, replace
from seloste.register.protection.once import once
from seloste.register.protection.operations import note
from seloste.register.subjects.queries import require_subject

from .confirming import Told, confirm, withdrawal_until
from .holding import change_period
from .knowing import products, require_agreement, require_period
from .opening import cancel_agreement, end_agreement

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.agreements.models import Agreement, AgreementPeriod, AgreementProduct


class NoRightOfWithdrawal(Exception):
    """What was agreed was not sold to a consumer at a distance."""


class WithdrawalOver(Exception):
    """The days within which one may withdraw are over."""


def withdraw(agreement_id: int, *, at: datetime, key: str | None = None) -> AgreementPeriod:
    """This will let a consumer withdraw from what was sold at a distance last, within 14 days of its confirmation.

    What has not begun was never agreed; what has begun ends with the day of the withdrawal, and what was supplied
    is paid. Where a product was changed at a distance the one before goes on. While nothing was confirmed the days
    do not run. `key`: an idempotency key, under which one statement that is told twice takes back one thing.
    Writes: agreement_period, agreement_product, address, confirmation, idempotency.
    Raises: UnknownAgreement, NoRightOfWithdrawal, WithdrawalOver, KeyUsedOtherwise. Law: KSL 6:14-15, 6:17; Reg. 1182/71 art. 3.
    """
    agreement = require_agreement(agreement_id)
    named = once("agreements.withdraw", key, side=agreement.side, at=at)
    return named.about(
        agreement.subject_id, lambda: _withdraw(agreement, at=at), lambda _: require_period(agreement_id)
    )


def _withdraw(agreement: Agreement, *, at: datetime) -> AgreementPeriod:
    agreement_id = agreement.pk
    period, held = require_period(agreement_id), products(agreement_id)
    if period.end_reason == "withdrawal":
        return period
    sold = held[-1] if held else None
    if sold is None or not sold.at_distance or require_subject(agreement.subject_id).kind != "person":
        raise NoRightOfWithdrawal(
            "this was not sold to a consumer at a distance, so it is not withdrawn from: end it by notice, or cancel it"
        )
    last = withdrawal_until(agreement, sold)
    if last is not None and at >= last:
        raise WithdrawalOver(
            "the 14 days from the confirmation are over, counted to the end of a working day: end the agreement by notice"
        )
    if len(held) > 1:
        return _back_to(agreement, period, held[-2], sold, at=at)
    if at < period.valid_from:
        return cancel_agreement(agreement_id, at=at, reason="withdrawal", about="withdrawn")
    return end_agreement(agreement_id, at=at, valid_until=at, reason="withdrawal", about="withdrawn")


def _back_to(
    agreement: Agreement,
    period: AgreementPeriod,
    before: AgreementProduct,
    sold: AgreementProduct,
    *,
    at: datetime,
) -> AgreementPeriod:
    """Takes a change of product back: the one before goes on, from where the other had come or now ends."""
    resumes = sold.valid_from if at < sold.valid_from else midnight_at_or_after(at)
    was = Product.objects.filter(pk=before.product_id).first()
    bound = _bound(before, was) if was else None
    own_end = None if period.end_reason == "fixed_term" else period.valid_until
    ends = own_end or bound
    replace(sold, at=at, valid_until=resumes)
    if resumes == sold.valid_from:
        again = replace(before, at=at, valid_until=ends)
    else:
        again = amend(before, valid_from=resumes, valid_until=ends, at_distance=False)
    confirm(agreement, Told("withdrawn", period.valid_from, ends, again), at=at)
    if ends != period.valid_until:
        period = change_period(
            agreement,
            period,
            at=at,
            valid_until=ends,
            end_reason="fixed_term" if bound and not own_end else None,
        )
    note("agreements.withdraw", agreement.subject_id)
    return period


def _bound(before: AgreementProduct, product: Product) -> datetime | None:
    return finnish_term(before.valid_from, product.fixed_months) if product.fixed_months else None
