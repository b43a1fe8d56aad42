"""Messages that we send: who says it, in which process, and from when; what is said comes from `telling`.

A supplier updates a customer by DH-111-1 and tells of an agreement by DH-311-1. A network company asks
for the update (DH-112-1) and confirms its agreement by DH-312-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from seloste.kernel.periods import FINLAND, finnish_midnight

from .messages import (
    Agreement,
    AgreementOpened,
    Customer,
    CustomerTold,
    FullAddress,
    Header,
    Message,
    Process,
)
from .wire import NotWritable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .market import Company, Market
    from .messages import Event, Holder

CUSTOMER = {"supplier": "DH-111-1", "network_company": "DH-112-1"}
AGREEMENT = {"supplier": "DH-311-1", "network_company": "DH-312-1"}
KINDS = {"supplier": "sale", "network_company": "network"}
"""Whose agreements a company has."""
AHEAD = timedelta(days=90)
"""How far ahead an update of a customer may be told; never backwards (DH-111)."""


@dataclass(frozen=True)
class Agreed:
    """An agreement, as far as F04 tells of one; `invoice`: by post, e_invoice or email."""

    number: str
    kind: str
    gsrn: str
    valid_from: datetime
    valid_until: datetime | None = None
    is_fixed_term: bool = False
    invoice: str = "post"
    billing_address: FullAddress | None = None
    is_electronic: bool = False
    """Whether the customer wants to be in contact electronically."""


@dataclass(frozen=True)
class Sender:
    """One of our companies, and whom it speaks to."""

    market: Market
    company: Company

    def own_number(self, subject_id: int) -> str:
        """By which the market knows a customer who has neither henkilötunnus nor Y-tunnus to tell."""
        return f"{self.company.gln}_{subject_id}"

    def customer(
        self, told: Customer, valid_from: datetime, *, at: datetime, answers: str | None = None
    ) -> Message:
        """This will tell what is known of a customer from a Finnish day on, as F01.

        `answers`: the message which asked for it.
        Raises: NotWritable, when the day is in the past or more than 90 days ahead. Law: SML 75 a §.
        """
        today = finnish_midnight(at.astimezone(FINLAND).date())
        if not today <= valid_from <= today + AHEAD:
            raise NotWritable(
                "not_in_time at Transaction/StartOfOccurrence: a customer is updated from today on, or from a day at most"
                " 90 days ahead"
            )
        event = CustomerTold(valid_from=valid_from, answers=answers, customer=told)
        return self._message("F01", CUSTOMER[self.company.role], event, at)

    def agreement(
        self, told: Agreed, holders: Sequence[Holder], *, at: datetime, grid_area: str | None = None
    ) -> Message:
        """This will tell of an agreement and of all who hold it, as F04.

        Raises: NotWritable. Law: SML 75 a §.
        """
        if told.kind != KINDS[self.company.role]:
            raise NotWritable(
                f"contradiction at Transaction/MasterDataContract/ContractType: a {self.company.role} tells of agreements of"
                f" {KINDS[self.company.role]}"
            )
        area = grid_area or self.company.grid_area
        if area is None:
            raise NotWritable(
                "missing at Transaction/MeteringGridAreaUsedDomainLocation/Identification: say in which grid area the point is"
            )
        event = AgreementOpened(
            valid_from=told.valid_from,
            confirmed=True if told.kind == "network" else None,
            gsrn=told.gsrn,
            grid_area=area,
            agreement=Agreement(
                contact="electronic" if told.is_electronic else "other",
                number=told.number,
                kind=told.kind,
                delivery=False,
                fixed_term=told.is_fixed_term,
                fixed_from=told.valid_from if told.is_fixed_term else None,
                fixed_until=told.valid_until if told.is_fixed_term else None,
                invoiced_by="each",
                priority=False,
                invoice_channel=told.invoice,
                billing_address=told.billing_address,
                supplier=self.company.gln if told.kind == "sale" else None,
                holders=tuple(holders),
            ),
        )
        return self._message("F04", AGREEMENT[self.company.role], event, at)

    def _message(self, document: str, process: str, event: Event, at: datetime) -> Message:
        header = Header(
            identification=str(uuid4()),
            document=document,
            created_at=at,
            physical_sender=self.company.gln,
            sender=self.company.gln,
            recipient=self.market.hub,
            physical_recipient=self.market.hub,
        )
        return Message(header, Process(process=process, role=self.company.role), event)
