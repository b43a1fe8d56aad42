"""What is confirmed to the parties of an agreement: made, kept sealed, opened again, and sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q

from seloste.kernel.languages import LANGUAGES
from seloste.register.agreements.confirmations import Matter, Party, Sender, as_pdf, as_text, compose
from seloste.register.agreements.models import (
    ELECTRICITY,
    Agreement,
    Confirmation,
    ConfirmationSending,
    Product,
)
from seloste.register.protection.data_keys import data_key, opened_key, sealed_category
from seloste.register.protection.operations import acted, declared, note
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.sealing import Place, opened, seal
from seloste.register.protection.working_days import end_of_days
from seloste.register.subjects.queries import is_protected, point_address, records_and_wards, require_subject
from seloste.register.subjects.ties import NoAddress, NoGuardian, addressee

from .knowing import may_write, party_ids, point_of

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.kernel.languages import Language
    from seloste.register.agreements.models import AgreementProduct

WITHDRAWAL_DAYS = 14
"""KSL 6:14: days in which a consumer may withdraw from what was sold at a distance."""

LETTERS = ("postal", "billing", "home", "point")
"""Where a letter to a subject goes: the first of these addresses that there is."""


class UnknownConfirmation(NotInPurpose):
    """For this purpose there is no such confirmation."""


@dataclass(frozen=True)
class Told:
    """What is confirmed: about what, and the period as it will be known."""

    about: str
    valid_from: datetime
    valid_until: datetime | None
    product: AgreementProduct | None = None
    to: tuple[int, ...] | None = None
    """Whom it is told to; by default the holder and whoever holds it too."""
    is_estate: bool = False


@dataclass(frozen=True)
class Reader:
    """Somebody to whom it is confirmed."""

    key: int
    kind: str
    name: str
    language: Language


@dataclass(frozen=True)
class Opened:
    """A confirmation, opened."""

    key: int
    subject_id: int
    about: str
    language: str
    made_at: datetime
    text: str
    document: bytes


def confirm(agreement: Agreement, told: Told, *, at: datetime) -> list[Confirmation]:
    """This will confirm to each party, in their language, what is agreed; what is made is kept and ready to send.

    Made before the facts change: once an agreement is undone, its purpose may not reach the parties any more.
    A purpose whose notice gives it no confirmations makes none.
    Writes: confirmation, data_key. Law: KSL 6:13; SML 588/2013. Notice: categories.
    """
    if not may_write("confirmation"):
        return []
    others = party_ids(agreement.pk, at=max(at, told.valid_from))
    keys = (agreement.subject_id, *others)
    readers = keys if told.to is None else told.to
    people = {key: _reader(key) for key in dict.fromkeys((*keys, *readers))}
    holder = people[agreement.subject_id]
    product = told.product
    sold = Product.objects.filter(pk=product.product_id).first() if product else None
    right = told.about in GIVES_RIGHT and product is not None and product.at_distance
    matter = Matter(
        about=told.about,
        kind=agreement.kind,
        number=agreement.number,
        holder=holder.name,
        parties=tuple(people[each].name for each in others),
        valid_from=told.valid_from,
        valid_until=told.valid_until,
        point=_point(agreement),
        product={"fi": sold.name_fi, "sv": sold.name_sv, "en": sold.name_en} if sold else None,
        fixed_months=sold.fixed_months if sold else None,
        product_from=product.valid_from if product and told.about == "changed" else None,
        withdrawal_until=end_of_days(at, WITHDRAWAL_DAYS) if right and holder.kind == "person" else None,
        is_estate=told.is_estate,
    )
    where = _at_point(agreement)
    protected = {key for key in keys if where and is_protected(key, at=at)}

    def shown(reader: int) -> Matter:
        is_hidden = reader != holder.key and bool(protected - {reader})
        return replace(matter, address_hidden=True) if is_hidden else replace(matter, point_address=where)

    return [_keep(agreement, shown(reader), people[reader], at=at) for reader in dict.fromkeys(readers)]


GIVES_RIGHT = frozenset({"opened", "moved_in", "changed"})
"""Confirmations from which the days of withdrawal run."""


def withdrawal_until(agreement: Agreement, sold: AgreementProduct) -> datetime | None:
    """This will tell until when what was sold at a distance can be withdrawn from; none before it was confirmed.

    Law: KSL 6:14; Reg. 1182/71 art. 3.
    """
    confirmed = (
        Confirmation.objects.filter(
            agreement=agreement,
            subject_id=agreement.subject_id,
            about__in=sorted(GIVES_RIGHT),
            made_at__gte=sold.agreed_at,
        )
        .order_by("made_at")
        .first()
    )
    return end_of_days(confirmed.made_at, WITHDRAWAL_DAYS) if confirmed else None


def confirmations(agreement_id: int) -> list[Confirmation]:
    """This will list what was confirmed of an agreement, in order; none of it is opened.

    For a reason that concerns somebody, only what was confirmed to them, or to whom they stand for: each copy bears
    its own reader's address. Law: GDPR 5(1)(c), 25.
    """
    made = Confirmation.objects.filter(_for_whom(), agreement_id=agreement_id).order_by("made_at", "id")
    return list(made.only("subject_id", "controller", "agreement_id", "about", "language", "made_at"))


def open_confirmation(confirmation_id: int) -> Opened:
    """This will open a confirmation as it was made, word for word; for a reason that concerns somebody, one of theirs.

    Raises: UnknownConfirmation, KeysMissing, WrongKey, NotReadable.
    """
    kept = Confirmation.objects.select_related("data_key").filter(_for_whom(), pk=confirmation_id).first()
    if kept is None:
        raise UnknownConfirmation("for this purpose there is no such confirmation")
    key = opened_key(kept.data_key, kept.side)
    return Opened(
        kept.pk,
        kept.subject_id,
        kept.about,
        kept.language,
        kept.made_at,
        opened(bytes(kept.ciphertext), key, _place("ciphertext", kept.subject_id)).decode(),
        opened(bytes(kept.document), key, _place("document", kept.subject_id)),
    )


def record_sending(confirmation_id: int, channel: str, *, at: datetime) -> ConfirmationSending:
    """This will record that a confirmation was sent, and how; told twice, it was sent once.

    Writes: confirmation_sending. Raises: UnknownConfirmation. Notice: categories.
    """
    kept = Confirmation.objects.filter(pk=confirmation_id).first()
    if kept is None:
        raise UnknownConfirmation("for this purpose there is no such confirmation")
    if sent := ConfirmationSending.objects.filter(confirmation=kept, channel=channel).first():
        return sent
    sent = ConfirmationSending.objects.create(
        subject_id=kept.subject_id,
        controller=kept.controller,
        confirmation=kept,
        sent_at=at,
        channel=channel,
    )
    note("agreements.confirmation.send", kept.subject_id)
    return sent


def _for_whom() -> Q:
    concerns = acted().concerns
    return Q() if concerns is None else Q(subject_id__in=sorted(records_and_wards(concerns)))


def _point(agreement: Agreement) -> str | None:
    """The number by which a point is known to whoever is supplied there."""
    point = point_of(agreement)
    if point is None:
        return None
    return point.gsrn if point.kind in ELECTRICITY else point.number


def _at_point(agreement: Agreement) -> tuple[str, ...]:
    if agreement.metering_point_id is None:
        return ()
    where = point_address(agreement.subject_id, agreement.metering_point_id)
    return where.lines if where else ()


def _keep(agreement: Agreement, matter: Matter, reader: Reader, *, at: datetime) -> Confirmation:
    is_estate = matter.is_estate and reader.key == agreement.subject_id
    to = Party(reader.name, reader.language, _lines(reader, at), is_estate=is_estate)
    letter = compose(matter, _sender(agreement.controller), to, at=at)
    row, key = data_key(reader.key, sealed_category("confirmation"), agreement.side)
    return Confirmation.objects.create(
        subject_id=reader.key,
        side=agreement.side,
        controller=agreement.controller,
        agreement=agreement,
        about=matter.about,
        language=letter.language,
        made_at=at,
        data_key=row,
        ciphertext=seal(as_text(letter).encode(), key, _place("ciphertext", reader.key)),
        document=seal(as_pdf(letter), key, _place("document", reader.key)),
    )


def _lines(reader: Reader, at: datetime) -> tuple[str, ...]:
    """Where a letter to a party goes: to whoever stands for them, and to a safe address before a home."""
    try:
        to = addressee(reader.key, at, kinds=LETTERS)
    except (NoAddress, NoGuardian, NotInPurpose):
        return ()
    return (f"c/o {to.name}" if to.on_behalf_of else "", *to.address.lines)[0 if to.on_behalf_of else 1 :]


def _place(column: str, subject_id: int) -> Place:
    return Place("confirmation", column, subject_id)


def _sender(controller: str) -> Sender:
    """The company as the notice in force declares it."""
    told = declared("controllers")[controller]
    place = " ".join(told[part] for part in ("postcode", "city") if told.get(part))
    address = tuple(part for part in (told.get("street"), place) if part)
    return Sender(told["name"], address, tuple(told[way] for way in ("email", "phone") if told.get(way)))


def _reader(subject_id: int) -> Reader:
    subject = require_subject(subject_id)
    names = (subject.organisation_name, subject.given_names, subject.family_name)
    language = next(each for each in LANGUAGES if each == subject.language)
    return Reader(subject_id, subject.kind, " ".join(name for name in names if name), language)
