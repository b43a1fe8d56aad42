"""What companies offer: products, and points at which they supply."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError

from seloste.kernel.identifiers import NotAnIdentifier, gsrn
from seloste.register.agreements.models import ELECTRICITY, KINDS, Product
from seloste.register.ledger.queries import begun
from seloste.register.protection.operations import acted, add_unread, note, side

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.agreements.models import AgreementProduct


class NotOffered(Exception):
    """The company offers no such product of this kind at this moment."""


class CodeTaken(Exception):
    """The company has a product of this code already, on other terms."""


@dataclass(frozen=True)
class Offer:
    """A product as it is offered; its names in Finnish, Swedish and English."""

    controller: str
    kind: str
    code: str
    names: tuple[str, str, str]
    fixed_months: int | None = None


def offer_product(offer: Offer, *, valid_from: datetime, valid_until: datetime | None = None) -> Product:
    """This will have a company offer a product from a moment on; offered again on the same terms, it stays as it is.

    Writes: product. Units: months. Raises: CodeTaken. Notice: categories.
    """
    there = Product.objects.filter(controller=offer.controller, code=offer.code).first()
    if there and (there.kind, there.fixed_months) == (offer.kind, offer.fixed_months):
        return there
    if there:
        raise CodeTaken(
            f"{offer.controller} has a product of this code already, of another kind or term: choose another code,"
            " so that what was sold under this one stays what it was"
        )
    finnish, swedish, english = offer.names
    made = Product.objects.create(
        controller=offer.controller,
        kind=offer.kind,
        code=offer.code,
        name_fi=finnish,
        name_sv=swedish,
        name_en=english,
        fixed_months=offer.fixed_months,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    note("agreements.product.offer")
    return made


def withdraw_product(controller: str, code: str, *, valid_until: datetime) -> None:
    """This will end that a product is offered; what was sold of it goes on.

    Writes: product. Raises: NotOffered.
    """
    if not Product.objects.filter(controller=controller, code=code).update(valid_until=valid_until):
        raise NotOffered(f"{controller} offers no product of this code")
    note("agreements.product.withdraw")


def require_offered(code: str, controller: str, kind: str, *, at: datetime) -> Product:
    """This will find a product that a company offers at a moment.

    Raises: NotOffered.
    """
    offered = Product.objects.filter(
        begun(at, "valid_from"), controller=controller, kind=kind, code=code
    ).first()
    if offered and (offered.valid_until is None or offered.valid_until > at):
        return offered
    raise NotOffered(
        f"{controller} offers no product of {kind} under this code now: `seloste agreement products` lists what it offers"
    )


def product_code(sold: AgreementProduct) -> str | None:
    """This will tell under which code what an agreement has was sold."""
    product = Product.objects.filter(pk=sold.product_id).first()
    return product.code if product else None


def products_offered(controller: str, *, at: datetime) -> list[Product]:
    """This will list what a company offers at a moment."""
    found = Product.objects.filter(begun(at, "valid_from"), controller=controller).order_by("kind", "code")
    return [each for each in found if each.valid_until is None or each.valid_until > at]


def known_point(kind: str, number: str) -> int | None:
    """This will tell the key of a point of supply on the acting controller's side, by its full number; none where it is not there.

    Raises: NotAnIdentifier, NotInPurpose. Notice: categories.
    """
    return acted().point_key(side(), kind, _number(kind, number))


def supply_point(side: str, kind: str, number: str) -> int:
    """This will tell the key of a point of supply on a side, by its full number; one that is not there yet is added.

    A point of electricity has a GSRN with its check digit, the other kinds a number of the company's own.
    Writes: metering_point. Raises: NotAnIdentifier, NotInPurpose. Law: GS1 General Specifications 7.9.1.
    Notice: categories.
    """
    told = _number(kind, number)
    session = acted()
    found = session.point_key(side, kind, told)
    if found is not None:
        return found
    try:
        with session.atomic():
            add_unread("metering_point", {"side": side, "kind": kind, **_named(kind, told)})
    except IntegrityError:
        # somebody else has added it meanwhile
        pass
    else:
        note("agreements.point.add")
    return session.point_key(side, kind, told) or 0


def _number(kind: str, number: str) -> str:
    if kind not in KINDS:
        raise NotAnIdentifier(f"a point is one of {', '.join(KINDS)}")
    if kind in ELECTRICITY:
        return gsrn(number)
    told = number.strip()
    if not re.fullmatch(r"[0-9A-Za-z/.-]{1,40}", told):
        raise NotAnIdentifier("the number of a point is up to 40 letters, digits, slashes, dots and hyphens")
    return told


def _named(kind: str, number: str) -> dict[str, str]:
    return {"gsrn": number} if kind in ELECTRICITY else {"number": number}
