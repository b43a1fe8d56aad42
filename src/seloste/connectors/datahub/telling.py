"""What the market is told of a customer: what the acting purpose sees, cut to what the notice lets the hub have.

Where turvakielto is in force the message says so (InformationRestriction), and carries the address at
which the person lets letters be sent; the address of the home only where the purpose has the right to
protected addresses, and else none. F04 must have an address: without one it is not written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from seloste.kernel.periods import holds
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.sources.port import MARKET_HUB

from .addresses import parts
from .messages import Address, Contact, Customer, FullAddress, Holder
from .wire import NotWritable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seloste.register.protection.session import Session

ADDRESSES = ("postal", "home")
"""Kinds of addresses to which a letter goes, the better first."""


class NoRecipient(NotInPurpose):
    """The notice lets no hub of the market have anything for this purpose."""


@dataclass(frozen=True)
class Seen:
    """Of a subject, what may be told: rows by category. `protected_addresses`: whether the purpose has that right."""

    subject_id: int
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    protected_addresses: bool
    at: datetime

    def of(self, category: str) -> list[Mapping[str, Any]]:
        """The rows of a category that are in force, the latest first."""
        now = [row for row in self.rows.get(category, ()) if _in_force(row, self.at)]
        return sorted(now, key=lambda row: str(row.get("valid_from") or ""), reverse=True)

    @property
    def is_protected(self) -> bool:
        """Whether turvakielto is in force."""
        return bool(self.of("turvakielto"))


def see_for_the_hub(session: Session, subject_id: int, *, at: datetime) -> Seen:
    """This will look at a subject for the hub's sake: what the purpose sees and the recipient may have.

    Raises: NoRecipient. Law: GDPR 5(1)(c), 6(1)(c), SML 75 a §. Notice: recipients, purposes.
    """
    may = recipient(session, at=at)
    visible = session.see(subject_id)["visible"]
    purpose = session.in_force.part("purposes", session.purpose)
    rows = {category: told for category, told in visible.items() if category in may}
    return Seen(subject_id, rows, bool(purpose.get("sees_protected_addresses")), at)


def recipient(session: Session, *, at: datetime) -> frozenset[str]:
    """This will tell the categories that the notice lets the hub have for the acting purpose at a moment.

    Raises: NoRecipient. Notice: recipients.
    """
    hubs = [
        each for each in session.in_force.part("recipients", "to").values() if each.get("kind") == MARKET_HUB
    ]
    may = {
        category
        for hub in hubs
        if session.purpose in (hub.get("purposes") or ()) and holds(hub, at)
        for category in hub["categories"]
    }
    if not may:
        raise NoRecipient(
            f"the notice declares no recipient of kind {MARKET_HUB} that may have anything for {session.purpose}: act for a"
            " purpose that one is declared for"
        )
    return frozenset(may)


def customer(seen: Seen, own_number: str) -> Customer:
    """This will tell of a customer as F01 does; what the hub may not have is left out.

    `own_number`: by which the customer is known where neither henkilötunnus nor Y-tunnus may be told.
    Law: SML 75 a §, 661/2009 36 §. Notice: recipients, categories.
    """
    return Customer(**_told(seen, own_number), address=address_as(Address, _address(seen)))


def holder(seen: Seen, own_number: str) -> Holder:
    """This will tell of somebody who holds an agreement, as F04 does.

    Raises: NotWritable, when there is no address that may be told. Law: SML 75 a §, 661/2009 36 §.
    """
    address = address_as(FullAddress, _address(seen))
    if address is None:
        raise NotWritable(
            "missing at ConsumerInvolvedCustomerParty/ConsumerInvolvedCustomerAddress: F04 must have an address, and there"
            " is none that may be told for this purpose; record where letters may be sent"
        )
    return Holder(**_told(seen, own_number), address=address)


def _told(seen: Seen, own_number: str) -> dict[str, Any]:
    """What F01 and F04 tell alike."""
    own = [row for row in seen.of("name") if row.get("record", seen.subject_id) == seen.subject_id]
    if not own:
        raise NotWritable(
            "missing at ConsumerInvolvedCustomerParty/Name: no name is to be told of this subject for this purpose"
        )
    name = own[0]
    given, _, more = (name.get("given_names") or "").partition(" ")
    is_estate = any(
        row["status"] == "estate" and row.get("decision") != "rejected" for row in seen.of("status")
    )
    identification = {"identified_by": "own_number", "identification": own_number}
    for by, column in (("hetu", "hetu"), ("business_id", "value")):
        for row in seen.rows.get(by, ()):
            identification = {"identified_by": by, "identification": row[column]}
    return {
        **identification,
        "kind": name["kind"],
        "standing": "estate" if is_estate else "normal",
        "turvakielto": seen.is_protected,
        "language": name["language"],
        "name": name.get("organisation_name"),
        "given_name": given or None,
        "middle_names": more or None,
        "family_name": name.get("family_name"),
        "contacts": tuple(
            Contact(channel=channel, value=told[0]["value"])
            for channel in ("phone", "email")
            if (told := seen.of(channel))
        ),
    }


def _address(seen: Seen) -> Mapping[str, Any] | None:
    """The address that may be told."""
    if seen.is_protected:
        if safe := seen.of("safe_address"):
            return safe[0]
        if not seen.protected_addresses:
            return None
    known = seen.of("address")
    return next((row for kind in ADDRESSES for row in known if row["kind"] == kind), None)


def address_as(kind: type[Any], row: Mapping[str, Any] | None) -> Any:
    """This will write a row of an address in the market's parts; none where there is none."""
    if row is None:
        return None
    line = parts(row["street"])
    return kind(
        care_of=row.get("care_of"),
        street=line.street,
        building=line.building,
        stairwell=line.stairwell,
        room=line.room,
        po_box=line.po_box,
        postcode=row["postcode"],
        city=row["city"],
        country=row["country"],
    )


def _in_force(row: Mapping[str, Any], at: datetime) -> bool:
    """Whether a row holds at a moment; one without a period always does."""
    since, until = row.get("valid_from"), row.get("valid_until")
    return (since is None or _moment(since) <= at) and (until is None or at < _moment(until))


def _moment(told: str | datetime) -> datetime:
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)
