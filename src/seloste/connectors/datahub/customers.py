"""What a message says of customers, offered to the register as any system's values are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel import identifiers
from seloste.kernel.addresses import FINLAND, NotAnAddress, postal
from seloste.register.sources.operations import called, identities, take_in
from seloste.register.sources.port import Chunk, Record, Value, sinks
from seloste.register.subjects.queries import UnknownSubject, find_by_hetu, require_subject, visible_holders

from .addresses import Parts
from .document import Reason, Rejected
from .messages import Customer, Holder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .applying import Applying
    from .messages import Address

Told = Customer | Holder

BILLING = "/Transaction/MasterDataContract/InvoicingAddress"


def take(
    applying: Applying,
    customers: Sequence[Told],
    paths: Sequence[str],
    *,
    may_add: bool,
    billing: Address | None = None,
    since: datetime | None = None,
) -> tuple[int, ...]:
    """This will find whom customers mean and take of what is said of them what the register's masters let it.

    `may_add`: whether one whom nobody knows is added, where the acting purpose adds subjects. `billing`: where
    the first one's invoices go; `since`: from when their addresses are so, where the message says that.
    Shape: their keys, in order. Writes: what the sinks write. Raises: Rejected.
    Law: GDPR 5(1)(d), SML 75 d §. Notice: sources, categories.
    """
    if applying.batch is None:
        return tuple(_require(applying, each, path) for each, path in zip(customers, paths, strict=True))
    records, known = [], {}
    for number, (each, path) in enumerate(zip(customers, paths, strict=True), 1):
        key = each.identification if each.identified_by == "own_number" else f"{applying.batch.pk}#{number}"
        found = _find(applying, each)
        if found is not None:
            # one key for whatever the market says of somebody, whichever message says it
            key = called(applying.batch, found) or applying.sender.own_number(found)
            known[key] = found
        told = [
            *_values(each, path, since),
            *(_address(billing, "billing", BILLING) if billing and number == 1 else ()),
        ]
        records.append(Record(number, key, tuple(told)))
    chunk = Chunk(
        applying.batch.pk, applying.session.side, applying.market.system, applying.at, records, known
    )
    judged = [told for sink in sinks() for told in sink.judge(chunk)]
    unknown = [record for record in records if record.key not in chunk.subjects]
    for record in unknown:
        if not may_add or not applying.session.login.may("insert", "subject"):
            raise _unknown(paths[record.number - 1])
    if judged:
        raise Rejected(
            *(Reason(code, "the register holds otherwise", paths[number - 1]) for number, code, _ in judged)
        )
    take_in(applying.batch, chunk)
    return tuple(chunk.subjects[record.key] for record in records)


def _require(applying: Applying, told: Told, path: str) -> int:
    found = _find(applying, told)
    if found is None:
        raise _unknown(path)
    return found


def _find(applying: Applying, told: Told) -> int | None:
    """Whom a customer means, on this side of the wall."""
    if told.identified_by == "hetu":
        found = find_by_hetu(told.identification, applying.session.side)
        return found.pk if found else None
    if told.identified_by == "business_id":
        return next(iter(visible_holders("business_id", told.identification, applying.session.side)), None)
    if told.identified_by != "own_number":
        return None
    ours, _, number = told.identification.partition("_")
    if applying.market.controller(ours) == applying.controller and number.isdecimal():
        try:
            return require_subject(int(number)).pk
        except UnknownSubject:
            return None
    return (
        identities(applying.batch, [told.identification]).get(told.identification) if applying.batch else None
    )


def _values(told: Told, path: str, since: datetime | None) -> list[Value]:
    """What is said of a customer, category by category.

    Raises: Rejected, for a number or an address that is none.
    """
    names = {
        "given_names": " ".join(part for part in (told.given_name, told.middle_names) if part) or None,
        "family_name": told.family_name,
    }
    if told.kind == "organisation":
        names = {"organisation_name": told.name}
    values = []
    if any(names.values()):
        said = {"kind": told.kind, **names, "language": told.language}
        values.append(Value("name", "", {key: value for key, value in said.items() if value is not None}, {}))
    if told.identified_by in {"hetu", "business_id"}:
        values.append(Value(told.identified_by, "", {"value": told.identification}, {}))
    if told.turvakielto:
        values.append(Value("turvakielto", "", {"protected": True}, {}))
    for number, contact in enumerate(told.contacts, 1):
        check = {"phone": identifiers.phone, "email": identifiers.email}[contact.channel]
        try:
            value = check(contact.value)
        except identifiers.NotAnIdentifier as wrong:
            element = "Communication" if isinstance(told, Customer) else "CustomerCommunication"
            raise Rejected(
                Reason("identifier", str(wrong), f"{path}/{element}[{number}]/CompleteNumber")
            ) from None
        values.append(Value(contact.channel, "", {"value": value}, {"value": contact.value}))
    return [
        *values,
        *(
            _address(told.address, "postal", f"{path}/ConsumerInvolvedCustomerAddress", since)
            if told.address
            else ()
        ),
    ]


def _address(told: Address, kind: str, path: str, since: datetime | None = None) -> list[Value]:
    """An address to which a letter finds its way; less than that is none. The hub spells Finnish towns in capitals.

    Raises: Rejected.
    """
    line = Parts(told.street, told.building, told.stairwell, told.room, told.po_box).line
    if not (line and told.postcode and told.city):
        return []
    try:
        where = postal(line, told.postcode, told.city, told.country or FINLAND)
    except NotAnAddress as wrong:
        raise Rejected(Reason("address", str(wrong), path)) from None
    city = where.city.title() if where.city.isupper() and where.country == FINLAND else where.city
    fields = {"street": where.street, "postcode": where.postcode, "city": city, "country": where.country}
    if since:
        fields["valid_from"] = since.isoformat()
    return [Value("address", kind, fields, {"city": told.city} if city != told.city else {})]


def _unknown(path: str) -> Rejected:
    what = "the register knows no such customer on this side, and the acting purpose does not add one here"
    return Rejected(Reason("unknown_customer", what, f"{path}/Identification"))
