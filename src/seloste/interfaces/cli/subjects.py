"""What is known about a subject: `turvakielto`, `subject`, `representation`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, now, operate
from .desk import Format, WrongUsage, desk
from .options import (
    FormatOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    moment,
    whom,
)

if TYPE_CHECKING:
    from seloste.register.protection.session import Session

turvakielto = typer.Typer(help="Keep a person's address from leaving, or end that.", no_args_is_help=True)
subject = typer.Typer(
    help="Add a contact point; claim that a subject is a minor or an estate, or decide it; merge two records.",
    no_args_is_help=True,
)
representation = typer.Typer(
    help="Begin or end that a person stands for an organisation, a minor, a ward or an estate.",
    no_args_is_help=True,
)


class Contact(StrEnum):
    """Kinds of contact points."""

    PHONE = "phone"
    EMAIL = "email"


class Status(StrEnum):
    """What a subject may be besides a person."""

    MINOR = "minor"
    ESTATE = "estate"


class Decision(StrEnum):
    """How a claim of status may be decided."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Standing(StrEnum):
    """As what a person may stand for an organisation, a minor, a ward or an estate."""

    CONTACT = "contact"
    PROPERTY_MANAGER = "property_manager"
    SIGNATORY = "signatory"
    PARENT = "parent"
    GUARDIAN = "guardian"
    ATTORNEY = "attorney"
    ADMINISTRATOR = "administrator"
    SHAREHOLDER = "shareholder"


StatusArgument = Annotated[Status, typer.Argument(metavar="STATUS", help="minor or estate.")]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="Until when.")]
OrganisationOption = Annotated[
    str, typer.Option("--of", metavar="SUBJECT", help="Whom they stand for, by a key or demo name.")
]


@turvakielto.command("set")
def protect(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    until: UntilOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Keep a person's address from leaving, from now on."""
    at, ends = desk(context, form), moment(until)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.operations import set_turvakielto

        key = whom(subject, at)
        protected = set_turvakielto(key, at=now(), until=ends)
        return Done("turvakielto.set", {"subject": key, "until": protected.valid_until})

    operate(at, Act(staff, reason, under), Need("insert", "turvakielto"), do)


@turvakielto.command("lift")
def unprotect(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """End that a person's address is kept from leaving."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.operations import lift_turvakielto

        key = whom(subject, at)
        lift_turvakielto(key, at=now())
        return Done("turvakielto.lift", {"subject": key})

    operate(at, Act(staff, reason, under), Need("insert", "turvakielto"), do)


@subject.command("add-contact")
def add_contact(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    category: Annotated[Contact, typer.Argument(metavar="KIND", help="phone or email.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="As it was given.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Add a telephone number or an e-mail address; what its owner had banned stays banned."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.kernel.identifiers import NotAnIdentifier
        from seloste.register.subjects.operations import add_contact_point

        key = whom(subject, at)
        try:
            add_contact_point(key, category, value, at=now())
        except NotAnIdentifier as wrong:
            raise WrongUsage(str(wrong)) from None
        return Done("subject.add-contact", {"subject": key, "kind": category.value})

    operate(at, Act(staff, reason, under), Need("insert", "contact_point", category), do)


@subject.command("claim-status")
def claim(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    status: StatusArgument,
    begins: Annotated[
        str | None, typer.Option("--from", metavar="MOMENT", help="Since when; by default now.")
    ] = None,
    until: UntilOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record that somebody says a subject is a minor or an estate; it counts at once."""
    at, begin, ends = desk(context, form), moment(begins), moment(until)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.operations import claim_status

        key, claimed_at = whom(subject, at), now()
        claimed = claim_status(key, status, at=claimed_at, valid_from=begin or claimed_at, valid_until=ends)
        told = {"subject": key, "status": status, "from": claimed.valid_from, "until": claimed.valid_until}
        return Done("subject.claim-status", told)

    operate(at, Act(staff, reason, under), Need("insert", "subject_status"), do)


@subject.command("decide-status")
def decide(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    status: StatusArgument,
    decision: Annotated[Decision, typer.Option("--decision", help="How it is decided.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Confirm or reject a claim of status; a rejected one counts no more."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.operations import decide_status

        key = whom(subject, at)
        decide_status(key, status, decision, at=now())
        return Done("subject.decide-status", {"subject": key, "status": status, "decision": decision})

    operate(at, Act(staff, reason, under), Need("insert", "subject_status"), do)


@representation.command("begin")
def begin_(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    organisation: OrganisationOption,
    role: Annotated[Standing, typer.Option("--role", help="As what.")],
    until: UntilOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record that a person stands for an organisation, a minor, a ward or an estate, from now on."""
    at, ends = desk(context, form), moment(until)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.operations import represent

        key, other = whom(subject, at), whom(organisation, at)
        stands = represent(key, other, role, at=now(), until=ends)
        told = {"subject": key, "organisation": other, "role": role, "until": stands.valid_until}
        return Done("representation.begin", told)

    operate(at, Act(staff, reason, under), Need("insert", "representation"), do)


@representation.command("end")
def end(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    organisation: OrganisationOption,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """End that a person stands for another, in every role."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects.operations import end_representation

        key, other = whom(subject, at), whom(organisation, at)
        end_representation(key, other, at=now())
        return Done("representation.end", {"subject": key, "organisation": other})

    operate(at, Act(staff, reason, under), Need("insert", "representation"), do)
