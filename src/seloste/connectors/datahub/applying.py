"""What a message changes in the register: all that it says or nothing, inside the session of whoever applies it.

Who a customer is says the market by henkilötunnus or Y-tunnus, so that is how they are found; nobody is ever
made one with somebody else. What a message says of a customer is offered like what any system brings: the
master of each category decides. Agreements are opened, ended and undone by the register's own operations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seloste.kernel.identifiers import NotAnIdentifier
from seloste.register.agreements.operations import (
    EndsBeforeStart,
    HoldsAlready,
    NotForThisKind,
    NumberTaken,
    PointOfAnotherKind,
    StillBound,
    Terms,
    cancel_agreement,
    end_agreement,
    move_out,
    open_agreement,
    record_e_invoice_address,
    require_agreement,
)
from seloste.register.agreements.operations.offering import supply_point
from seloste.register.agreements.queries import at_point, left_behind, numbered
from seloste.register.protection.operations import note
from seloste.register.subjects.operations import claim_status

from .customers import take
from .document import Reason, Rejected
from .messages import AgreementCancelled, AgreementEnded, AgreementOpened, CustomerTold, PointTold
from .sending import KINDS, Sender

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.register.agreements.queries import LeftBehind
    from seloste.register.protection.session import Session
    from seloste.register.sources.models import SourceBatch

    from .market import Market
    from .messages import Message

TOLD = {
    "F01": ("DH-111", "DH-311"),
    "F04": ("DH-311", "DH-312"),
    "F06": ("DH-311", "DH-331", "DH-332", "DH-333"),
    "F18": ("DH-311", "DH-341", "DH-342", "DH-343", "DH-344"),
    "E58": ("DH-121", "DH-122"),
}
"""In which processes a message tells what is so. In others it asks for something (DH-112), or takes an end back (DH-351)."""
TRANSACTION = "/Transaction"
REFUSALS: dict[type[Exception], str] = {
    EndsBeforeStart: "EndOfOccurrence",
    StillBound: "Reason",
    NumberTaken: "MasterDataContract/Identification",
    HoldsAlready: "MasterDataContract/ConsumerInvolvedCustomerParty",
    PointOfAnotherKind: "MeteringPointOfContract",
    NotForThisKind: "MasterDataContract/ContractType",
    NotAnIdentifier: "MasterDataContract/ElectronicInvoiceAddressDetails",
}
"""What the register's operations refuse, and the element that it is about; they tell rules and no values."""


@dataclass(frozen=True)
class Applied:
    """What became of a message: `did` is told, opened, ended, cancelled or noted.

    `left_behind`: what stood on an agreement that was undone. `begins_anew_from`: when the one before it may begin
    again. `not_kept`: what the register has no place for.
    """

    document: str
    did: str
    subjects: tuple[int, ...] = ()
    agreement: int | None = None
    left_behind: LeftBehind | None = None
    begins_anew_from: datetime | None = None
    not_kept: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Applying:
    """A message that is being applied: in which session, as which of our companies, from which file, and when.

    `batch`: under which what it says of customers is offered; none for a purpose that keeps no batches.
    """

    session: Session
    market: Market
    at: datetime
    batch: SourceBatch | None = None

    @property
    def controller(self) -> str:
        """The company that is acted for."""
        return self.session.controller

    @property
    def sender(self) -> Sender:
        """That company in the market."""
        return Sender(self.market, self.market.companies[self.controller])

    def apply(self, message: Message) -> Applied:
        """This will apply a message: F01 to a customer, F04, F06 and F18 to an agreement, E58 to a point.

        The caller's transaction is left to be undone when a reason is raised.
        Writes: what the register's operations say. Raises: Rejected, and NotInPurpose where the acting purpose
        may not do it. Law: GDPR 5(1)(d), SML 75 a §. Notice: purposes, sources.
        """
        self._require_ours(message)
        try:
            applied = self._apply(message)
        except tuple(REFUSALS) as refused:
            rule = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(refused).__name__).lower()
            raise _rejected(rule, str(refused), f"{TRANSACTION}/{REFUSALS[type(refused)]}") from None
        note(f"market.take.{applied.did}", *applied.subjects)
        return applied

    def _apply(self, message: Message) -> Applied:
        match message.event:
            case CustomerTold() as told:
                return self._tell(told)
            case AgreementOpened() as told:
                return self._open(told, message)
            case AgreementEnded() as told:
                return self._end(told)
            case AgreementCancelled() as told:
                return self._cancel(told)
            case PointTold() as told:
                supply_point(self.session.side, self._kind, told.point.gsrn)
                return Applied("E58", "noted")

    @property
    def _kind(self) -> str:
        return KINDS[self.sender.company.role]

    def _require_ours(self, message: Message) -> None:
        """Raises: Rejected, for a message to somebody else, or that asks for something."""
        company, header = self.market.companies.get(self.controller), message.header
        if company is None or header.recipient != company.gln:
            raise _rejected(
                "not_ours",
                "it is not to the company that is acted for",
                "/Header/JuridicalRecipientEnergyParty",
            )
        if header.sender != self.market.hub:
            raise _rejected(
                "not_from_the_hub", "it is not from the hub", "/Header/JuridicalSenderEnergyParty"
            )
        process = message.process.process
        if (
            not process.startswith(tuple(f"{each}-" for each in TOLD[header.document]))
            and process not in TOLD[header.document]
        ):
            what = "in this process it does not tell what is so: somebody must decide what is asked"
            raise _rejected("asks", what, "/ProcessEnergyContext/EnergyBusinessProcess")

    def _tell(self, told: CustomerTold) -> Applied:
        path = f"{TRANSACTION}/ConsumerInvolvedCustomerParty"
        [subject] = take(self, [told.customer], [path], may_add=False, since=told.valid_from)
        return Applied(
            "F01", "told", (subject,), not_kept=self._stand(subject, told.customer.standing, told.valid_from)
        )

    def _stand(self, subject: int, standing: str | None, since: datetime) -> tuple[str, ...]:
        """Records that somebody's estate is the customer; says what there is no place for."""
        if standing == "estate":
            claim_status(subject, "estate", at=self.at, valid_from=since)
        return ("bankruptcy",) if standing == "bankruptcy" else ()

    def _open(self, told: AgreementOpened, message: Message) -> Applied:
        path = f"{TRANSACTION}/MasterDataContract"
        agreement = told.agreement
        if agreement is None or not agreement.holders:
            raise _rejected("missing", "without an agreement and its holders there is nothing to open", path)
        if told.valid_from is None:
            raise _rejected("missing", "an agreement begins on a day", f"{TRANSACTION}/StartOfOccurrence")
        if agreement.kind != self._kind:
            raise _rejected("kind", f"this company has agreements of {self._kind}", f"{path}/ContractType")
        if told.confirmed is False:
            raise _rejected(
                "not_confirmed",
                "an agreement that is not confirmed is not opened",
                f"{TRANSACTION}/ContractConfirm",
            )
        paths = [
            f"{path}/ConsumerInvolvedCustomerParty[{number}]" for number, _ in enumerate(agreement.holders, 1)
        ]
        subjects = take(self, agreement.holders, paths, may_add=True, billing=agreement.billing_address)
        there = numbered(self.controller, [agreement.number]).get(agreement.number)
        if there is not None and require_agreement(there).subject_id != subjects[0]:
            raise _rejected(
                "number_of_another",
                "the agreement of this number is somebody else's",
                f"{path}/Identification",
            )
        terms = Terms(
            agreement.number,
            self.controller,
            agreement.kind,
            supply_point(self.session.side, agreement.kind, told.gsrn),
            start_reason=told.reason,
        )
        opened = open_agreement(
            subjects[0],
            terms,
            requested_at=message.header.created_at,
            valid_from=told.valid_from,
            valid_until=told.valid_until,
            parties=subjects[1:],
        )
        if agreement.invoice_channel == "e_invoice" and agreement.invoice_address:
            record_e_invoice_address(
                subjects[0], agreement.invoice_address.address, agreement.invoice_address.operator
            )
        not_kept = [
            self._stand(each, holder.standing, told.valid_from)
            for each, holder in zip(subjects, agreement.holders, strict=True)
        ]
        return Applied("F04", "opened", subjects, opened.pk, not_kept=tuple(dict.fromkeys(sum(not_kept, ()))))

    def _end(self, told: AgreementEnded) -> Applied:
        path = f"{TRANSACTION}/MasterDataContract"
        if told.agreement is None:
            raise _rejected("missing", "it does not say which agreement ends", path)
        kind = told.agreement.kind or self._kind
        if kind != self._kind:
            raise _rejected("kind", f"this company has agreements of {self._kind}", f"{path}/ContractType")
        key = self._find(told.agreement.number, told.agreement.gsrn, path, before=told.valid_until)
        subject = require_agreement(key).subject_id
        if told.reason == "move_out":
            move_out([key], at=self.at, valid_until=told.valid_until)
        else:
            end_agreement(key, at=self.at, valid_until=told.valid_until, reason=told.reason)
        return Applied("F06", "ended", (subject,), key)

    def _cancel(self, told: AgreementCancelled) -> Applied:
        path = f"{TRANSACTION}/MasterDataContract"
        key = self._find(told.number, told.gsrn, path, begun=told.valid_from)
        subject = require_agreement(key).subject_id
        left = left_behind(key, since=told.valid_from)
        cancel_agreement(key, at=self.at)
        return Applied("F18", "cancelled", (subject,), key, left, told.begins_anew_from)

    def _find(
        self,
        number: str | None,
        gsrn: str,
        path: str,
        *,
        before: datetime | None = None,
        begun: datetime | None = None,
    ) -> int:
        """The agreement that a message is about: of this number, at this point, and of this time.

        Raises: Rejected, when there is none or are several.
        """
        point = self.session.point_key(self.session.side, self._kind, gsrn)
        held = at_point(self.controller, point) if point is not None else []
        if number is not None:
            wanted = numbered(self.controller, [number]).get(number)
            held = [each for each in held if each.agreement_id == wanted]
        if begun is not None:
            held = [each for each in held if each.valid_from == begun]
        if before is not None:
            held = [
                each
                for each in held
                if not each.is_undone and (number is not None or each.holds_before(before))
            ]
        if len(held) != 1:
            what = (
                "there is no such agreement at this point"
                if not held
                else "there are several such agreements at this point"
            )
            raise _rejected("unknown_agreement", what, f"{path}/Identification")
        return held[0].agreement_id


def _rejected(code: str, what: str, path: str) -> Rejected:
    return Rejected(Reason(code, what, path))
