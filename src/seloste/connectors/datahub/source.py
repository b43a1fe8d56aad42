"""The hub of the market as a source: a message a file, each applied whole in a session of its own, or told why not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from seloste.register.agreements.operations import invoicing_of, require_agreement, require_period
from seloste.register.agreements.operations.knowing import party_ids
from seloste.register.agreements.queries import gsrn_of
from seloste.register.protection.operations import note
from seloste.register.sources.operations import Pulled, move, open_batch
from seloste.register.sources.port import Described, NotReadableSource, Taken

from .applying import Applied, Applying
from .document import MAX_BYTES, Reason, Rejected
from .messages import FullAddress
from .reading import read_message
from .sending import Agreed, Sender
from .telling import address_as, customer, holder, see_for_the_hub
from .writing import write_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from seloste.register.protection.session import Session
    from seloste.register.sources.models import SourceBatch

    from .market import Market
    from .messages import Message

READ_AS = "messages of 2.3.4.0"
"""By which form of messages a file was read; another form is another reading of the same bytes."""
CANNOT = {
    "push": {
        "fi": "Oikaisu kerrotaan markkinalle sanomalla: `seloste datahub write F01`.",
        "sv": "En rättelse berättas för marknaden med ett meddelande: `seloste datahub write F01`.",
        "en": "A correction is told to the market by a message: `seloste datahub write F01`.",
    },
    "rollback": {
        "fi": "Markkinasanoma perutaan markkinasanomalla.",
        "sv": "Ett marknadsmeddelande återkallas med ett marknadsmeddelande.",
        "en": "A message of the market is undone by a message of the market.",
    },
}
FEED = "messages"
NAMES = {
    "fi": "Sähkömarkkinan sanomat: asiakas (F01), sopimus (F04), sen päättäminen (F06) ja peruminen (F18), käyttöpaikka (E58)",
    "sv": "Elmarknadens meddelanden: kund (F01), avtal (F04), dess slut (F06) och annullering (F18), förbrukningsplats (E58)",
    "en": "Messages of the electricity market: customer (F01), agreement (F04), its end (F06) and cancellation (F18), point (E58)",
}


class DatahubSource:
    """The hub, and our companies that speak with it."""

    def __init__(self, market: Market) -> None:
        """`market`: who we are there."""
        self.market = market

    def describe(self) -> Described:
        """This will tell what comes from the hub; each message says to which of our companies."""
        company = next(iter(self.market.companies))
        return Described(
            self.market.system, company, {FEED: NAMES}, {FEED: {}}, frozenset({"pull", "write"}), CANNOT
        )

    def take(
        self, path: Path, act: Callable[[str], AbstractContextManager[Session]], *, at: datetime
    ) -> Taken:
        """This will read a file with one message and apply it, all of it or nothing, for the company that it is to.

        `act` opens a session for a company. The same bytes are applied once.
        Writes: source_batch and what the register's operations say. Raises: NotReadableSource, NotInPurpose.
        Law: GDPR 5(1)(d), SML 75 a §. Notice: sources, purposes.
        """
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as wrong:
            raise NotReadableSource(f"the file cannot be read: {wrong.strerror}") from None
        document = None
        try:
            message = read_message(data)
            document = message.header.document
            applied, batch = self._apply(message, hashlib.sha256(data).hexdigest(), act, at)
        except Rejected as rejected:
            return Taken(path.name, document, reasons=tuple(vars(reason) for reason in rejected.reasons))
        return Taken(path.name, document, _shown(applied), batch)

    def _apply(
        self,
        message: Message,
        digest: str,
        act: Callable[[str], AbstractContextManager[Session]],
        at: datetime,
    ) -> tuple[Applied, int | None]:
        """Raises: Rejected."""
        company = self.market.controller(message.header.recipient)
        if company is None:
            raise Rejected(
                Reason("not_ours", "it is to none of our companies", "/Header/JuridicalRecipientEnergyParty")
            )
        try:
            with act(company) as session:
                batch = self._batch(session, message.header.document, digest, at)
                if batch and batch.state == "applied":
                    return Applied(message.header.document, "nothing"), batch.pk
                applied = Applying(session, self.market, at, batch).apply(message)
                if batch:
                    move(batch, state="applied", applied=1, salt=None, changed_at=at)
                return applied, batch.pk if batch else None
        except IntegrityError as error:
            # told at the commit; its own words may hold values
            taken = "agreement_period_one_holder" in str(error)
            code, what = (
                ("point_of_another", "somebody else holds the point then")
                if taken
                else ("contradiction", "the register holds otherwise")
            )
            raise Rejected(Reason(code, what, "/Transaction")) from None

    def _batch(self, session: Session, document: str, digest: str, at: datetime) -> SourceBatch | None:
        """The batch that a message is; none for a purpose that keeps no batches and offers no values."""
        if not session.login.may("insert", "source_batch"):
            return None
        return open_batch(Pulled(self.market.system, document, session.side, digest, READ_AS), at=at)

    def write_customer(
        self,
        session: Session,
        subject_id: int,
        valid_from: datetime,
        *,
        at: datetime,
        answers: str | None = None,
    ) -> bytes:
        """This will write what the hub may be told of a customer from a Finnish day on, as F01.

        `answers`: the message which asked for it.
        Raises: NotWritable, NoRecipient. Law: SML 75 a §, 661/2009 36 §. Notice: recipients, purposes.
        """
        sender, seen = self._sender(session), see_for_the_hub(session, subject_id, at=at)
        told = customer(seen, sender.own_number(subject_id))
        written = write_message(sender.customer(told, valid_from, at=at, answers=answers))
        note("market.tell.customer", subject_id)
        return written

    def write_agreement(
        self, session: Session, agreement_id: int, *, at: datetime, grid_area: str | None = None
    ) -> bytes:
        """This will write what the hub may be told of an agreement and of all who hold it, as F04.

        Raises: NotWritable, NoRecipient, UnknownAgreement. Law: SML 75 a §, 661/2009 36 §. Notice: recipients, purposes.
        """
        sender, agreement, period = (
            self._sender(session),
            require_agreement(agreement_id),
            require_period(agreement_id),
        )
        subjects = [agreement.subject_id, *party_ids(agreement_id, at=max(at, period.valid_from))]
        seen = [see_for_the_hub(session, each, at=at) for each in subjects]
        way = invoicing_of(agreement_id, at=max(at, period.valid_from))
        billing = next((row for row in seen[0].of("address") if row["id"] == way.address_id), None)
        agreed = Agreed(
            number=agreement.number,
            kind=agreement.kind,
            gsrn=gsrn_of(agreement_id) or "",
            valid_from=period.valid_from,
            valid_until=period.valid_until,
            is_fixed_term=period.end_reason == "fixed_term",
            invoice=way.method,
            billing_address=address_as(FullAddress, billing if not seen[0].is_protected else None),
            is_electronic=bool(seen[0].of("email")),
        )
        holders = [holder(each, sender.own_number(each.subject_id)) for each in seen]
        written = write_message(sender.agreement(agreed, holders, at=at, grid_area=grid_area))
        note("market.tell.agreement", *subjects)
        return written

    def _sender(self, session: Session) -> Sender:
        """Raises: NotReadableSource, for a company that does not speak with the hub."""
        company = self.market.companies.get(session.controller)
        if company is None:
            raise NotReadableSource(
                f"{session.controller} is no company that speaks with the hub; declared are {', '.join(self.market.companies)}"
            )
        return Sender(self.market, company)


def _shown(applied: Applied) -> Mapping[str, Any]:
    """What became of a message, in keys and words."""
    left = applied.left_behind
    return {
        "did": applied.did,
        "subjects": list(applied.subjects),
        "agreement": applied.agreement,
        "left_behind": [vars(each) for each in left.found] if left else [],
        "unasked": list(left.unasked) if left else [],
        "begins_anew_from": applied.begins_anew_from,
        "not_kept": list(applied.not_kept),
    }
