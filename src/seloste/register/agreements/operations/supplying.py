"""How an agreement is invoiced, and that its supply is not stopped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stdnum import iban
from stdnum.exceptions import ValidationError

from seloste.kernel.identifiers import NotAnIdentifier, business_id
from seloste.kernel.periods import midnight_at_or_before
from seloste.register.agreements.models import AgreementInvoicing, DisconnectionStop, EInvoiceAddress
from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN, active
from seloste.register.protection.data_keys import data_key, opened_key, sealed_category
from seloste.register.protection.operations import add_unread, note
from seloste.register.protection.sealing import Place, opened, seal
from seloste.register.subjects.queries import has_address, has_contact_point, require_subject

from .knowing import require_agreement

if TYPE_CHECKING:
    from datetime import datetime


class NotTheirs(Exception):
    """The address or contact point is not one of the agreement's holder."""


class NoEInvoiceAddress(Exception):
    """The holder has given no address for e-invoices."""


class NotStopped(Exception):
    """Disconnection is not stopped for the subject, so there is nothing to lift."""


@dataclass(frozen=True)
class Way:
    """How invoices go: by `post` (to another address than the point's, if one is named), `email` or `e_invoice`."""

    method: str
    address_id: int | None = None
    contact_point_id: int | None = None


def invoice_by(agreement_id: int, way: Way, *, at: datetime, valid_from: datetime) -> AgreementInvoicing:
    """This will have an agreement invoiced in another way from a Finnish day on; in the same way, it stays as it is.

    Writes: agreement_invoicing. Raises: UnknownAgreement, NotTheirs, NoEInvoiceAddress. Law: GDPR 6(1)(b).
    Notice: categories.
    """
    agreement, begins = require_agreement(agreement_id), midnight_at_or_before(valid_from)
    holder = agreement.subject_id
    if way.address_id is not None and not has_address(holder, way.address_id):
        raise NotTheirs("this is no address of the agreement's holder: add it to the holder first")
    if way.contact_point_id is not None and not has_contact_point(holder, way.contact_point_id, "email"):
        raise NotTheirs("this is no e-mail address of the agreement's holder: add it to the holder first")
    if way.method == "e_invoice" and not EInvoiceAddress.objects.filter(subject_id=holder).first():
        raise NoEInvoiceAddress("the holder has no address for e-invoices here: record it first")
    for each in AgreementInvoicing.objects.filter(KNOWN, agreement=agreement).order_by("id"):
        if each.valid_until is not None and each.valid_until <= begins:
            continue
        if Way(each.method, each.address_id, each.contact_point_id) == way and each.valid_from <= begins:
            return each
        replace(each, at=at, valid_until=max(each.valid_from, begins))
    made = AgreementInvoicing.objects.create(
        agreement=agreement,
        subject_id=holder,
        controller=agreement.controller,
        method=way.method,
        address_id=way.address_id,
        contact_point_id=way.contact_point_id,
        valid_from=begins,
    )
    note("agreements.invoicing", holder)
    return made


def invoicing_of(agreement_id: int, *, at: datetime) -> Way:
    """This will tell how an agreement is invoiced at a moment: by post to the customer, where nothing else is agreed."""
    found = AgreementInvoicing.objects.filter(active(at), agreement_id=agreement_id).first()
    return Way(found.method, found.address_id, found.contact_point_id) if found else Way("post")


def record_e_invoice_address(subject_id: int, address: str, operator: str) -> None:
    """This will keep where a subject's e-invoices go, sealed: an account's IBAN, or 0037 and a company's Y-tunnus.

    Writes: e_invoice_address, data_key. Raises: UnknownSubject, NotAnIdentifier, KeysMissing, WrongKey.
    Law: GDPR 32(1)(a). Notice: categories.
    """
    subject = require_subject(subject_id)
    written, mediator = _e_invoice_address(address), operator.strip().upper()
    if not re.fullmatch(r"[0-9A-Z]{6,20}", mediator):
        raise NotAnIdentifier(
            "an e-invoice operator is 6 to 20 letters and digits, as DABAFIHH or 003721291126"
        )
    row, key = data_key(subject_id, sealed_category("e_invoice_address"), subject.side)
    sealed = {
        "data_key": row,
        "ciphertext": seal(written.encode(), key, _e_invoice_place(subject_id)),
        "operator": mediator,
    }
    if not EInvoiceAddress.objects.filter(subject_id=subject_id).update(**sealed):
        EInvoiceAddress.objects.create(subject_id=subject_id, side=subject.side, **sealed)
    note("agreements.e_invoice_address", subject_id)


def e_invoice_address_of(subject_id: int) -> tuple[str, str] | None:
    """This will open where a subject's e-invoices go, and by which operator; none where none is kept.

    Raises: NotReadable, KeysMissing, WrongKey.
    """
    kept = EInvoiceAddress.objects.select_related("data_key").filter(subject_id=subject_id).first()
    if kept is None:
        return None
    key = opened_key(kept.data_key, kept.side)
    return opened(bytes(kept.ciphertext), key, _e_invoice_place(subject_id)).decode(), kept.operator


def stop_disconnection(
    subject_id: int,
    *,
    valid_from: datetime,
    valid_until: datetime | None = None,
    medical_need: bool = False,
) -> DisconnectionStop:
    """This will have a subject's supply not disconnected for a time; where it is not already, nothing changes but a new end.

    `medical_need`: health hangs on the supply, as the subject says; no diagnosis is asked or kept. That stands in a
    row of its own, which the purposes that see the stop do not see.
    Writes: disconnection_stop. Raises: UnknownSubject. Law: SML 588/2013 103 §; GDPR 9(2). Notice: categories.
    """
    require_subject(subject_id)
    times = {"valid_from": valid_from, "valid_until": valid_until}
    known = DisconnectionStop.objects.filter(
        active(valid_from), subject_id=subject_id, category="stop"
    ).first()
    if known is None:
        known = DisconnectionStop.objects.create(subject_id=subject_id, category="stop", **times)
        note("agreements.disconnection.stop", subject_id)
    elif known.valid_until != valid_until:
        known = replace(known, at=valid_from, valid_until=valid_until)
        note("agreements.disconnection.stop", subject_id)
    if medical_need:
        add_unread("disconnection_stop", {"subject_id": subject_id, "category": "medical_need", **times})
        note("agreements.medical_need.record", subject_id)
    return known


def lift_disconnection_stop(subject_id: int, *, at: datetime) -> None:
    """This will end that a subject's supply is not disconnected; what the purpose does not see of it stays.

    Writes: disconnection_stop. Raises: UnknownSubject, NotStopped.
    """
    require_subject(subject_id)
    stopped = list(DisconnectionStop.objects.filter(active(at), subject_id=subject_id))
    if not stopped:
        raise NotStopped("disconnection is not stopped for this subject now: there is nothing to lift")
    for each in stopped:
        replace(each, at=at, valid_until=max(each.valid_from, at))
    note("agreements.disconnection.lift", subject_id)


def may_disconnect(subject_id: int, *, at: datetime) -> bool:
    """This will tell whether nothing stops that a subject's supply is disconnected at a moment.

    Law: SML 588/2013 103 §.
    """
    return (
        DisconnectionStop.objects.filter(active(at), subject_id=subject_id, category="stop").first() is None
    )


def _e_invoice_address(value: str) -> str:
    told = re.sub(r"\s", "", value).upper()
    if told.startswith("0037"):
        business_id(f"{told[4:11]}-{told[11:12]}")
        if re.fullmatch(r"0037[0-9]{8}[0-9A-Z]{0,5}", told):
            return told
    try:
        return str(iban.validate(told))
    except ValidationError:
        raise NotAnIdentifier(
            "an e-invoice address is an IBAN, or 0037 and a Y-tunnus without its hyphen"
        ) from None


def _e_invoice_place(subject_id: int) -> Place:
    return Place("e_invoice_address", "ciphertext", subject_id)
