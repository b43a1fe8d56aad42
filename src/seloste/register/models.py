"""Where Django looks for the tables of an app; each folder defines its own and nobody else touches them."""

from __future__ import annotations

from .agreements.models import Agreement, AgreementParty, AgreementPeriod, MeteringPoint
from .billing.models import Instalment, Payer, Payment, Receivable, Reminder
from .interactions.models import CaseFile, CaseText, Interaction, Task
from .lawfulness.models import Ban, Consent, Objection, Restriction, Suppression
from .ledger.models import Checkpoint, Disposal, Event, EventSubject, Leaf
from .protection.models import (
    Alarm,
    BreakGlass,
    DataKey,
    Idempotency,
    KeyVersion,
    OwnRecord,
    ReviewFinding,
    Staff,
    StaffRole,
    Training,
    Watch,
)
from .retention.models import Erasure
from .sources.claimed import SourceClaim, SourceCorrection
from .sources.models import SourceBatch, SourceIdentity, SourceRow, SourceStep
from .subjects.models import (
    Address,
    BusinessId,
    ContactPoint,
    HousingForm,
    NationalIdentifier,
    Representation,
    SearchToken,
    Subject,
    SubjectMerge,
    SubjectStatus,
    Turvakielto,
)

__all__ = [
    "Address",
    "Agreement",
    "AgreementParty",
    "AgreementPeriod",
    "Alarm",
    "Ban",
    "BreakGlass",
    "BusinessId",
    "CaseFile",
    "CaseText",
    "Checkpoint",
    "Consent",
    "ContactPoint",
    "DataKey",
    "Disposal",
    "Erasure",
    "Event",
    "EventSubject",
    "HousingForm",
    "Idempotency",
    "Instalment",
    "Interaction",
    "KeyVersion",
    "Leaf",
    "MeteringPoint",
    "NationalIdentifier",
    "Objection",
    "OwnRecord",
    "Payer",
    "Payment",
    "Receivable",
    "Reminder",
    "Representation",
    "Restriction",
    "ReviewFinding",
    "SearchToken",
    "SourceBatch",
    "SourceClaim",
    "SourceCorrection",
    "SourceIdentity",
    "SourceRow",
    "SourceStep",
    "Staff",
    "StaffRole",
    "Subject",
    "SubjectMerge",
    "SubjectStatus",
    "Suppression",
    "Task",
    "Training",
    "Turvakielto",
    "Watch",
]
