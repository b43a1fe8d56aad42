"""Messages of the market as frozen records: what the register reads of F01, F04, F06, F18 and E58.

What a message also may hold and the register has no use for (free descriptions, contact persons,
products, coordinates, appliances) is passed over: it is not kept, GDPR 5(1)(c).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from seloste.kernel import identifiers

from . import codes
from .wire import Coded, Day, Flag, Identifier, Midnight, Moment, Pattern, Text, one, some

Fault = tuple[str, str, str]

GLN = Identifier("9", 13, identifiers.gln)
GSRN = Identifier("9", 90, identifiers.gsrn)
GRID_AREA = Identifier("305", 50, identifiers.eic)
CUSTOMER = Identifier("260", 50)
LANGUAGE = Coded(codes.LANGUAGE, ("schemeAgencyIdentifier", "5"))
COUNTRY = Coded(codes.COUNTRY, ("schemeAgencyIdentifier", "5"))
CHECKS = {"hetu": identifiers.hetu, "business_id": identifiers.business_id}
"""How an identification is checked, by what it is."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """Who says it to whom, and in answer to what."""

    identification: str = field(metadata=one("Identification", Text(36)))
    document: str = field(metadata=one("DocumentType", Pattern("[A-Z][0-9]{2}")))
    created_at: datetime = field(metadata=one("Creation", Moment()))
    physical_sender: str = field(metadata=one("PhysicalSenderEnergyParty/Identification", GLN))
    sender: str = field(metadata=one("JuridicalSenderEnergyParty/Identification", GLN))
    recipient: str = field(metadata=one("JuridicalRecipientEnergyParty/Identification", GLN))
    physical_recipient: str = field(
        metadata=one("PhysicalRecipientEnergyParty/Identification", GLN, then=["SenderRoutingInformation"])
    )
    answers: str | None = field(
        default=None,
        metadata=one("OriginalBusinessDocumentReference", Text(36), then=["RegistrationTimestamp"]),
    )


@dataclass(frozen=True, kw_only=True)
class Process:
    """In which process of the market, and as whom the sender speaks."""

    process: str = field(metadata=one("EnergyBusinessProcess", Pattern(r"DH-[0-9]{3}(-[0-9]{1,2})?")))
    role: str = field(metadata=one("EnergyBusinessProcessRole", Coded(codes.ROLE, None)))
    industry: str = field(default="23", metadata=one("EnergyIndustryClassification", Pattern("23")))


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address of which any part may be missing."""

    care_of: str | None = field(default=None, metadata=one("CareOf", Text(150)))
    street: str | None = field(default=None, metadata=one("StreetName", Text(90)))
    building: str | None = field(default=None, metadata=one("BuildingNumber", Text(10)))
    stairwell: str | None = field(default=None, metadata=one("FloorIdentification", Text(10)))
    room: str | None = field(default=None, metadata=one("RoomIdentification", Text(10)))
    postcode: str | None = field(default=None, metadata=one("Postcode", Text(10)))
    po_box: str | None = field(default=None, metadata=one("Pobox", Text(15)))
    city: str | None = field(default=None, metadata=one("CityName", Text(50)))
    country: str | None = field(default=None, metadata=one("CountryCode", COUNTRY))


@dataclass(frozen=True, kw_only=True)
class FullAddress(Address):
    """An address to which a letter finds its way."""

    postcode: str = field(metadata=one("Postcode", Text(10)))
    city: str = field(metadata=one("CityName", Text(50)))
    country: str = field(metadata=one("CountryCode", COUNTRY))


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A telephone number or an e-mail address."""

    channel: str = field(metadata=one("CommunicationChannel", Coded(codes.CHANNEL)))
    value: str = field(metadata=one("CompleteNumber", Text(90)))


@dataclass(frozen=True, kw_only=True)
class _Identified:
    """By what a customer is known, and whether a person or an organisation."""

    identification: str = field(metadata=one("Identification", CUSTOMER))
    identified_by: str = field(metadata=one("IdentificationType", Coded(codes.IDENTIFIED_BY)))
    kind: str = field(metadata=one("CustomerType", Coded(codes.KIND)))

    def faults(self) -> Iterator[Fault]:
        """A person has no Y-tunnus and an organisation no henkilötunnus; both are checked."""
        if (self.kind, self.identified_by) in {("person", "business_id"), ("organisation", "hetu")}:
            yield (
                "contradiction",
                "a person is identified by AA03 or AA04, a company by AA01 or AA04",
                "IdentificationType",
            )
            return
        check = CHECKS.get(self.identified_by)
        try:
            if check and check(self.identification) != self.identification:
                yield "identifier", "it is not spelled in full", "Identification"
        except identifiers.NotAnIdentifier as wrong:
            yield "identifier", str(wrong), "Identification"


@dataclass(frozen=True, kw_only=True)
class Customer(_Identified):
    """A customer, as F01 tells of one; what it leaves out is not changed."""

    standing: str | None = field(default=None, metadata=one("CustomerSubType", Coded(codes.STANDING)))
    own_number: str | None = field(default=None, metadata=one("AlternateIdentification", Text(50)))
    turvakielto: bool | None = field(default=None, metadata=one("InformationRestriction", Flag()))
    language: str | None = field(default=None, metadata=one("Language", LANGUAGE))
    name: str | None = field(default=None, metadata=one("Name", Text(200)))
    given_name: str | None = field(default=None, metadata=one("GivenName", Text(50)))
    middle_names: str | None = field(default=None, metadata=one("MiddleName", Text(50)))
    family_name: str | None = field(default=None, metadata=one("FamilyName", Text(50)))
    born: date | None = field(default=None, metadata=one("DateOfBirth", Day(), then=["AdditionalCode"]))
    contacts: tuple[Contact, ...] = field(default=(), metadata=some("Communication", Contact, 2))
    address: Address | None = field(default=None, metadata=one("ConsumerInvolvedCustomerAddress", Address))


@dataclass(frozen=True, kw_only=True)
class Holder(_Identified):
    """Somebody who holds an agreement, alone or with others, as F04 tells of one."""

    standing: str = field(metadata=one("CustomerSubType", Coded(codes.STANDING)))
    turvakielto: bool = field(metadata=one("InformationRestriction", Flag()))
    language: str = field(metadata=one("Language", LANGUAGE))
    name: str | None = field(default=None, metadata=one("Name", Text(200)))
    given_name: str | None = field(default=None, metadata=one("GivenName", Text(50)))
    middle_names: str | None = field(default=None, metadata=one("MiddleName", Text(50)))
    family_name: str | None = field(default=None, metadata=one("FamilyName", Text(50)))
    born: date | None = field(default=None, metadata=one("DateOfBirth", Day(), then=["AdditionalCode"]))
    contacts: tuple[Contact, ...] = field(default=(), metadata=some("CustomerCommunication", Contact, 2))
    address: FullAddress = field(metadata=one("ConsumerInvolvedCustomerAddress", FullAddress))

    def faults(self) -> Iterator[Fault]:
        """Each channel once, too."""
        yield from super().faults()
        if len({contact.channel for contact in self.contacts}) < len(self.contacts):
            yield "twice", "each channel comes at most once", "CustomerCommunication"


@dataclass(frozen=True, kw_only=True)
class InvoiceAddress:
    """Where an electronic invoice goes."""

    target: str | None = field(default=None, metadata=one("ElectronicInvoiceTargetId", Text(50)))
    address: str = field(metadata=one("ElectronicInvoiceAddress", Text(50)))
    operator: str = field(metadata=one("ElectronicInvoiceRouter", Text(50)))


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What is agreed, and with whom."""

    contact: str = field(metadata=one("ContactType", Coded(codes.CONTACT)))
    number: str = field(metadata=one("Identification", Text(50)))
    kind: str = field(metadata=one("ContractType", Coded(codes.AGREEMENT_KIND, None)))
    delivery: bool | None = field(default=None, metadata=one("DeliveryContract", Flag()))
    fixed_term: bool | None = field(default=None, metadata=one("TimeLimited", Flag()))
    fixed_from: datetime | None = field(default=None, metadata=one("FixedContractStart", Midnight()))
    fixed_until: datetime | None = field(default=None, metadata=one("FixedContractEnd", Midnight()))
    invoiced_by: str = field(
        metadata=one(
            "InvoicingMethod", Coded(codes.INVOICED_BY), then=["NoticeBasis", "NoticeDays", "NoticePeriod"]
        )
    )
    priority: bool = field(metadata=one("Priority", Flag()))
    invoice_channel: str = field(
        metadata=one(
            "InvoicingChannel",
            Coded(codes.INVOICE_CHANNEL),
            then=["TaxCategory", "ProductData", "CustomerNote", "Contact"],
        )
    )
    billing_address: FullAddress | None = field(default=None, metadata=one("InvoicingAddress", FullAddress))
    invoice_address: InvoiceAddress | None = field(
        default=None,
        metadata=one("ElectronicInvoiceAddressDetails", InvoiceAddress, then=["OtherInvoicingAddresses"]),
    )
    supplier: str | None = field(default=None, metadata=one("SupplierOfContract/Identification", GLN))
    holders: tuple[Holder, ...] = field(default=(), metadata=some("ConsumerInvolvedCustomerParty", Holder))

    def faults(self) -> Iterator[Fault]:
        """What is agreed for a time ends after it began, and nobody holds it twice."""
        if self.fixed_from and self.fixed_until and self.fixed_until <= self.fixed_from:
            yield "ends_before_start", "a fixed term ends after it begins", "FixedContractEnd"
        if len({holder.identification for holder in self.holders}) < len(self.holders):
            yield "twice", "each holder comes once", "ConsumerInvolvedCustomerParty"


@dataclass(frozen=True, kw_only=True)
class CustomerTold:
    """F01: what is known of a customer, from a day on."""

    valid_from: datetime = field(metadata=one("StartOfOccurrence", Midnight()))
    answers: str | None = field(
        default=None, metadata=one("OriginalBusinessDocumentReference", Text(36), then=["Description"])
    )
    customer: Customer = field(metadata=one("ConsumerInvolvedCustomerParty", Customer))


@dataclass(frozen=True, kw_only=True)
class AgreementOpened:
    """F04: an agreement at a point, from a day on."""

    valid_from: datetime | None = field(default=None, metadata=one("StartOfOccurrence", Midnight()))
    valid_until: datetime | None = field(default=None, metadata=one("EndOfOccurrence", Midnight()))
    answers: str | None = field(
        default=None,
        metadata=one(
            "OriginalBusinessDocumentReference",
            Text(36),
            then=["OriginalBusinessDocumentSender", "Description"],
        ),
    )
    needs_network_agreement: bool | None = field(default=None, metadata=one("TransferContractNeeded", Flag()))
    reason: str | None = field(default=None, metadata=one("ContractReason", Coded(codes.OPENING)))
    confirmed: bool | None = field(default=None, metadata=one("ContractConfirm", Flag()))
    gsrn: str = field(metadata=one("MeteringPointOfContract/Identification", GSRN))
    grid_area: str = field(metadata=one("MeteringGridAreaUsedDomainLocation/Identification", GRID_AREA))
    agreement: Agreement | None = field(default=None, metadata=one("MasterDataContract", Agreement))

    def faults(self) -> Iterator[Fault]:
        """It ends after it began."""
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            yield "ends_before_start", "an agreement ends after it begins", "EndOfOccurrence"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """Which agreement F06 ends."""

    number: str | None = field(default=None, metadata=one("Identification", Text(50)))
    kind: str | None = field(
        default=None,
        metadata=one("ContractType", Coded(codes.AGREEMENT_KIND, None), then=["InvoicingAddress"]),
    )
    gsrn: str = field(metadata=one("MeteringPointOfContract/Identification", GSRN))
    grid_area: str = field(
        metadata=one(
            "MeteringGridAreaUsedDomainLocation/Identification",
            GRID_AREA,
            then=["ConsumerInvolvedCustomerParty"],
        )
    )


@dataclass(frozen=True, kw_only=True)
class AgreementEnded:
    """F06: an agreement's end, and why."""

    valid_until: datetime = field(metadata=one("EndOfOccurrence", Midnight()))
    answers: str | None = field(
        default=None,
        metadata=one(
            "OriginalBusinessDocumentReference",
            Text(36),
            then=["OriginalBusinessDocumentSender", "Description"],
        ),
    )
    reason: str = field(metadata=one("Reason", Coded(codes.ENDING)))
    agreement: Ended | None = field(default=None, metadata=one("MasterDataContract", Ended))


@dataclass(frozen=True, kw_only=True)
class AgreementCancelled:
    """F18: an agreement that is undone as if it had never been in force, even after it has begun."""

    valid_from: datetime = field(metadata=one("StartOfOccurrence", Midnight()))
    answers: str | None = field(
        default=None,
        metadata=one("OriginalBusinessDocumentReference", Text(36), then=["OriginalBusinessDocumentSender"]),
    )
    reason: str = field(metadata=one("ReasonForCancel", Coded(codes.CANCELLING), then=["Description"]))
    number: str | None = field(default=None, metadata=one("MasterDataContract/Identification", Text(50)))
    begins_anew_from: datetime | None = field(
        default=None, metadata=one("RecreateAgreementInformation/Start", Midnight())
    )
    gsrn: str = field(metadata=one("MeteringPointOfContract/Identification", GSRN))


@dataclass(frozen=True, kw_only=True)
class PointAddress:
    """An address of a point, in one language."""

    type: str = field(metadata=one("Type", Coded(codes.POINT_ADDRESS)))
    street: str | None = field(default=None, metadata=one("StreetName", Text(90)))
    building: str | None = field(default=None, metadata=one("BuildingNumber", Text(10)))
    stairwell: str | None = field(default=None, metadata=one("FloorIdentification", Text(10)))
    room: str | None = field(default=None, metadata=one("RoomIdentification", Text(10)))
    postcode: str | None = field(default=None, metadata=one("Postcode", Text(10)))
    city: str | None = field(default=None, metadata=one("CityName", Text(50)))
    country: str | None = field(default=None, metadata=one("CountryCode", COUNTRY, then=["AddressFreeForm"]))
    language: str | None = field(default=None, metadata=one("Language", LANGUAGE))


@dataclass(frozen=True, kw_only=True)
class Point:
    """A metering point."""

    gsrn: str = field(metadata=one("Identification", GSRN))
    state: str | None = field(default=None, metadata=one("PhysicalStatusType", Coded(codes.POINT_STATE)))
    type: str | None = field(
        default=None,
        metadata=one(
            "MeteringPointType",
            Coded(codes.POINT_TYPE),
            then=[
                "MeteringPointSubType",
                "RemoteConnectable",
                "MeteringTimeDivision",
                "MeterIdentification",
                "RelatedMeteringPoint",
                "CommunityIdentification",
                "CommunityName",
                "Netting",
            ],
        ),
    )
    grid_area: str = field(metadata=one("MeteringGridAreaUsedDomainLocation/Identification", GRID_AREA))
    addresses: tuple[PointAddress, ...] = field(
        default=(),
        metadata=some(
            "MeteringPointAddress",
            PointAddress,
            8,
            then=[
                "MPPositionMeteringPointGeographicalCoordinate",
                "MPDetailMeteringPointCharacteristic",
                "LoadUnit",
                "StorageUnit",
                "ProductionUnit",
            ],
        ),
    )


@dataclass(frozen=True, kw_only=True)
class PointTold:
    """E58: what is known of a metering point, from a day on."""

    valid_from: datetime = field(metadata=one("StartOfOccurrence", Midnight()))
    answers: str | None = field(
        default=None,
        metadata=one(
            "OriginalBusinessDocumentReference",
            Text(36),
            then=["OriginalBusinessDocumentSender", "UpdateReason", "Description"],
        ),
    )
    point: Point = field(metadata=one("MeteringPointUsedDomainLocation", Point))


Event = CustomerTold | AgreementOpened | AgreementEnded | AgreementCancelled | PointTold


@dataclass(frozen=True)
class Message:
    """A message: who says it, in which process, and what."""

    header: Header
    process: Process
    event: Event


@dataclass(frozen=True)
class Form:
    """A kind of message, and where its elements belong."""

    document: str
    name: str
    event: type[Event]

    @property
    def outer(self) -> str:
        """The namespace of the message and its three parts."""
        return f"urn:fi:Datahub:mif:masterdata:{self.document}_{self.name}:v1"

    @property
    def inner(self) -> str:
        """The namespace of what is said."""
        return f"urn:fi:Datahub:mif:masterdata:{self.document}_{self.name}:elements:v1"


HEADER = "urn:fi:Datahub:mif:common:HDR_Header:elements:v1"
PROCESS = "urn:fi:Datahub:mif:common:PEC_ProcessEnergyContext:elements:v1"
FORMS = (
    Form("F01", "MasterDataCustomerEvent", CustomerTold),
    Form("F04", "MasterDataContractEvent", AgreementOpened),
    Form("F06", "MasterDataContractEvent", AgreementEnded),
    Form("F18", "MasterDataContractEvent", AgreementCancelled),
    Form("E58", "MasterDataMPEvent", PointTold),
)
