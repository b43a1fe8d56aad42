"""People move in and out, part, die: agreements of several kinds together, each with its own end and beginning."""

from __future__ import annotations

from dataclasses import replace as but
from typing import TYPE_CHECKING

from seloste.kernel.periods import finnish_term, midnight_at_or_before
from seloste.register.agreements.models import AgreementPeriod, Product
from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN
from seloste.register.protection.operations import note
from seloste.register.subjects.at_point import begin_at_point
from seloste.register.subjects.operations import claim_status
from seloste.register.subjects.queries import point_address

from .confirming import Told, confirm
from .holding import change_period
from .knowing import party_ids, products, require_agreement, require_period
from .opening import Terms, end_agreement, open_agreement
from .residing import return_to

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from seloste.kernel.addresses import PostalAddress
    from seloste.register.agreements.models import Agreement


class NotMovingOut(Exception):
    """The agreement does not end by a move, so there is none to call off."""


class NothingGoesOn(Exception):
    """The subject holds no agreement that is in force then."""


def move_in(
    subject_id: int,
    wanted: Sequence[Terms],
    *,
    requested_at: datetime,
    valid_from: datetime,
    where: PostalAddress | None = None,
    parties: Sequence[int] = (),
    key: str | None = None,
) -> list[Agreement]:
    """This will open the agreements of somebody who moves in, one kind or several, all or none of them.

    `where` is the address of the points; `parties` hold the agreements together with the mover. Whoever holds a
    point still on that day keeps the mover out: the database refuses at the commit.
    Writes: agreement, agreement_period, agreement_party, agreement_product, address, confirmation.
    Raises: those of `open_agreement`. Law: GDPR 6(1)(b); KSL 6:13. Notice: purposes.
    """
    begins = midnight_at_or_before(valid_from)
    opened = []
    for number, terms in enumerate(wanted):
        if where and terms.metering_point_id is not None:
            for resident in (subject_id, *parties):
                begin_at_point(resident, terms.metering_point_id, where, since=begins)
        opened.append(
            open_agreement(
                subject_id,
                but(terms, start_reason=terms.start_reason or "move_in"),
                requested_at=requested_at,
                valid_from=begins,
                parties=parties,
                about="moved_in",
                key=key and f"{key}/{number}",
            )
        )
    return opened


def move_out(agreement_ids: Sequence[int], *, at: datetime, valid_until: datetime) -> list[AgreementPeriod]:
    """This will end the agreements of somebody who moves out with a Finnish day, one or several, all or none.

    From then on the points are vacant: what is used there belongs to nobody until somebody moves in.
    Writes: agreement_period, agreement_product, address, confirmation.
    Raises: UnknownAgreement, EndsBeforeStart. Law: GDPR 5(1)(d), 6(1)(b); KSL 6:13.
    """
    return [
        end_agreement(agreement_id, at=at, valid_until=valid_until, reason="move_out", about="moved_out")
        for agreement_id in agreement_ids
    ]


def stay(agreement_ids: Sequence[int], *, at: datetime) -> list[AgreementPeriod]:
    """This will call a move off: agreements that were to end by it go on, as they were before it was told.

    Whoever has the point by now keeps it: the database refuses at the commit.
    Writes: agreement_period, agreement_product, address, confirmation. Raises: UnknownAgreement, NotMovingOut.
    Law: GDPR 5(1)(d); KSL 6:13.
    """
    going = []
    for agreement_id in agreement_ids:
        agreement, period = require_agreement(agreement_id), require_period(agreement_id)
        if period.end_reason != "move_out" or period.valid_until is None:
            raise NotMovingOut("this agreement does not end by a move: there is none to call off")
        until = period.valid_until
        staying = return_to(agreement, ended=until)
        bound = _own_term(agreement_id)
        sold = next((each for each in reversed(products(agreement_id)) if each.valid_until == until), None)
        if sold:
            sold = replace(sold, at=at, valid_until=bound)
        confirm(agreement, Told("stays", period.valid_from, bound, sold), at=at)
        going.append(
            change_period(
                agreement, period, at=at, valid_until=bound, end_reason="fixed_term" if bound else None
            )
        )
        note("agreements.stay", *staying)
    return going


def pass_on(
    agreement_id: int,
    to_id: int,
    *,
    at: datetime,
    valid_from: datetime,
    reason: str = "holder_change",
    product: str | None = None,
) -> Agreement:
    """This will pass an agreement on from a Finnish day: the holder's ends and the next holder's begins, without a gap.

    Whoever held it together with the holder holds the next one with them. A product of a fixed term is not passed on:
    whoever comes next binds themselves. The holder before hears of the end and nothing of whoever comes next; of
    a death nobody is told in the name of the dead.
    Writes: agreement, agreement_period, agreement_party, agreement_product, address, confirmation.
    Raises: UnknownAgreement, UnknownSubject, EndsBeforeStart. Law: GDPR 5(1)(d), 6(1)(b), 25; KSL 6:13.
    """
    agreement, begins = require_agreement(agreement_id), midnight_at_or_before(valid_from)
    before, point = agreement.subject_id, agreement.metering_point_id
    parties = party_ids(agreement_id, at=begins)
    if point is not None:
        where = point_address(before, point) if to_id in parties else None
        if where:
            begin_at_point(to_id, point, where, since=begins)
    told = () if reason == "death" else (before,)
    opened = open_agreement(
        to_id,
        Terms(
            None,
            agreement.controller,
            agreement.kind,
            point,
            product=product or _going_on(agreement_id),
            start_reason="holder_change",
        ),
        requested_at=at,
        valid_from=begins,
        parties=[each for each in parties if each != to_id],
        about="passed_on",
    )
    end_agreement(agreement_id, at=at, valid_until=begins, reason=reason, to=told)
    return opened


def go_on_for_estate(subject_id: int, *, at: datetime, died_at: datetime) -> list[Agreement]:
    """This will let the agreements of somebody who died go on for the estate, which is told so in its own name.

    The same subject is the estate from then on; who acts for it is a representation.
    Writes: subject_status, confirmation. Raises: UnknownSubject, NothingGoesOn. Law: Perintökaari 40/1965 18:1, 21:1.
    Notice: subject_groups.
    """
    going = AgreementPeriod.objects.filter(KNOWN, subject_id=subject_id, valid_from__lte=died_at).order_by(
        "id"
    )
    held = [each for each in going if each.valid_until is None or each.valid_until > died_at]
    if not held:
        raise NothingGoesOn(
            "this subject holds no agreement that is in force on that day: there is nothing to go on"
        )
    claim_status(subject_id, "estate", at=at, valid_from=died_at)
    told = []
    for each in held:
        agreement, sold = require_agreement(each.agreement_id), products(each.agreement_id)
        about = Told("estate", each.valid_from, each.valid_until, sold[-1] if sold else None, is_estate=True)
        confirm(agreement, about, at=at)
        told.append(agreement)
    note("agreements.estate", subject_id)
    return told


def _own_term(agreement_id: int) -> datetime | None:
    """When the fixed term of the product that an agreement has ends; none where it has no term."""
    held = products(agreement_id)
    sold = Product.objects.filter(pk=held[-1].product_id).first() if held else None
    return finnish_term(held[-1].valid_from, sold.fixed_months) if sold and sold.fixed_months else None


def _going_on(agreement_id: int) -> str | None:
    """The code of the product that an agreement has, if it goes on until somebody ends it."""
    held = products(agreement_id)
    sold = Product.objects.filter(pk=held[-1].product_id, fixed_months__isnull=True).first() if held else None
    return sold.code if sold else None
