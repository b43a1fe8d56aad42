"""Where Django looks for the tables of an app; each folder defines its own and nobody else touches them."""

from __future__ import annotations

from .agreements.models import Agreement, AgreementParty, AgreementPeriod, MeteringPoint
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
from .sources.claimed import SourceClaim, SourceCorrection
from .sources.models import SourceBatch, SourceIdentity, SourceRow, SourceStep
from .subjects.models import (
    Address,
    BusinessId,
    ContactPoint,
    HousingForm,
    NationalIdentifier,
    Representation,
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
    "Checkpoint",
    "Consent",
    "ContactPoint",
    "DataKey",
    "Disposal",
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
    "Receivable",
    "Representation",
    "Restriction",
    "ReviewFinding",
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
    "Training",
    "Turvakielto",
    "Watch",
]
