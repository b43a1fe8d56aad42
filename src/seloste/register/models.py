"""Where Django looks for the tables of an app; each folder defines its own and nobody else touches them."""

from __future__ import annotations

from .agreements.models import (
    Agreement,
    AgreementInvoicing,
    AgreementParty,
    AgreementPeriod,
    AgreementProduct,
    Confirmation,
    ConfirmationSending,
    DisconnectionStop,
    EInvoiceAddress,
    MeteringPoint,
    Product,
)
from .billing.models import Receivable
from .interactions.models import CaseFile
from .lawfulness.models import Ban, Consent, Objection, Restriction, Suppression
from .ledger.models import Checkpoint, Disposal, Event, EventSubject, Leaf
from .protection.models import (
    Alarm,
    BreakGlass,
    DataKey,
    KeyVersion,
    OwnRecord,
    ReviewFinding,
    Staff,
    StaffRole,
    Training,
    Watch,
)
from .retention.models import Erasure
from .subjects.models import (
    Address,
    BusinessId,
    ContactPoint,
    HousingForm,
    NationalIdentifier,
    Representation,
    Subject,
    SubjectStatus,
    Turvakielto,
)

__all__ = [
    "Address",
    "Agreement",
    "AgreementInvoicing",
    "AgreementParty",
    "AgreementPeriod",
    "AgreementProduct",
    "Alarm",
    "Ban",
    "BreakGlass",
    "BusinessId",
    "CaseFile",
    "Checkpoint",
    "Confirmation",
    "ConfirmationSending",
    "Consent",
    "ContactPoint",
    "DataKey",
    "DisconnectionStop",
    "Disposal",
    "EInvoiceAddress",
    "Erasure",
    "Event",
    "EventSubject",
    "HousingForm",
    "KeyVersion",
    "Leaf",
    "MeteringPoint",
    "NationalIdentifier",
    "Objection",
    "OwnRecord",
    "Product",
    "Receivable",
    "Representation",
    "Restriction",
    "ReviewFinding",
    "Staff",
    "StaffRole",
    "Subject",
    "SubjectStatus",
    "Suppression",
    "Training",
    "Turvakielto",
    "Watch",
]
