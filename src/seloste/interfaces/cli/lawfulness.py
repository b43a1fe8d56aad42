"""What people say about their own data: `consent`, `ban`, `objection`, `restriction`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, declared, now, operate, taken_back
from .desk import Format, desk
from .options import (
    Channel,
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

consent = typer.Typer(help="Give or withdraw a consent.", no_args_is_help=True)
ban = typer.Typer(help="Ban marketing over a channel, or lift the ban.", no_args_is_help=True)
objection = typer.Typer(help="Receive or decide an objection.", no_args_is_help=True)
restriction = typer.Typer(help="Restrict processing to storage, or lift it.", no_args_is_help=True)


class BannedChannel(StrEnum):
    """What a ban may be of."""

    LETTER = "letter"
    PHONE = "phone"
    EMAIL = "email"
    SMS = "sms"
    WEB = "web"
    ALL = "all"


class Outcome(StrEnum):
    """How an objection may be decided."""

    UPHELD = "upheld"
    REJECTED = "rejected"


OfPurpose = Annotated[
    str, typer.Option("--purpose", metavar="PURPOSE", help="The purpose that the person speaks of.")
]
BanChannel = Annotated[BannedChannel, typer.Option("--channel", help="The channel that is banned.")]
Categories = Annotated[
    list[str] | None, typer.Option("--category", metavar="KEY", help="Of this category; may be repeated.")
]
Purposes = Annotated[
    list[str] | None, typer.Option("--purpose", metavar="KEY", help="For this purpose; may be repeated.")
]


@consent.command("give")
def give(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    purpose: OfPurpose,
    wording: Annotated[
        str, typer.Option("--wording", metavar="KEY", help="The words of the notice that were agreed to.")
    ],
    proof: Annotated[str, typer.Option("--proof", metavar="WHERE", help="Where the proof is kept.")],
    channel: Annotated[
        Channel | None,
        typer.Option("--channel", help="Only over this channel; by default all of the wording."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="Until when.")] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record a consent, with its words and its proof."""
    at, ends = desk(context, form), moment(until)

    def do(session: Session) -> Done:
        from seloste.register.lawfulness.operations import Wording, give_consent
        from seloste.register.subjects.queries import marks_in

        key = whom(subject, at)
        given = Wording(
            declared(session, "purposes", purpose), declared(session, "consents", wording), proof, channel
        )
        give_consent(key, given, at=now(), valid_until=ends)
        told = {"subject": key, "to": purpose, "channel": channel}
        return Done("consent.give", told, marks_in(proof, key))

    operate(at, Act(staff, reason, under), Need("insert", "consent"), do)


@consent.command("withdraw")
def withdraw(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    purpose: OfPurpose,
    channel: Annotated[Channel | None, typer.Option("--channel", help="Only over this channel.")] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Withdraw every consent to a purpose, or those over one channel."""
    at = desk(context, form)

    def do(session: Session) -> Done:
        from seloste.register.lawfulness.operations import withdraw_consent

        key = whom(subject, at)
        with taken_back(session, {"purposes": [purpose]}):
            count = len(withdraw_consent(key, purpose, at=now(), channel=channel))
        return Done("consent.withdraw", {"subject": key, "to": purpose, "withdrawn": count})

    operate(at, Act(staff, reason, under), Need("insert", "consent"), do)


@ban.command("set")
def set_(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    channel: BanChannel,
    of_all: Annotated[
        bool, typer.Option("--all-personas", help="In every capacity in which the human is a subject here.")
    ] = False,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Ban marketing to a subject over a channel, or over all; it is absolute."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.lawfulness.operations import set_ban, set_ban_of_all_personas

        key = whom(subject, at)
        bans = (
            set_ban_of_all_personas(key, channel, at=now()) if of_all else [set_ban(key, channel, at=now())]
        )
        told = {"subjects": [each.subject_id for each in bans]} if of_all else {}
        return Done("ban.set", {"subject": key, "channel": channel, **told})

    operate(at, Act(staff, reason, under), Need("insert", "ban"), do)


@ban.command("lift")
def lift(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    channel: BanChannel,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Lift a ban, at the subject's own request."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.lawfulness.operations import lift_ban

        key = whom(subject, at)
        lift_ban(key, channel, at=now())
        return Done("ban.lift", {"subject": key, "channel": channel})

    operate(at, Act(staff, reason, under), Need("insert", "ban"), do)


@objection.command("receive")
def receive(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    purpose: OfPurpose,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Take an objection down; until it is decided the purpose stands still."""
    at = desk(context, form)

    def do(session: Session) -> Done:
        from seloste.register.lawfulness.operations import receive_objection

        key = whom(subject, at)
        receive_objection(key, declared(session, "purposes", purpose), at=now())
        return Done("objection.receive", {"subject": key, "to": purpose})

    operate(at, Act(staff, reason, under), Need("insert", "objection"), do)


@objection.command("decide")
def decide(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    purpose: OfPurpose,
    outcome: Annotated[Outcome, typer.Option("--outcome", help="How it is decided.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Decide an objection that waits; against marketing every objection holds."""
    at = desk(context, form)

    def do(session: Session) -> Done:
        from seloste.register.lawfulness.operations import decide_objection

        key = whom(subject, at)
        with taken_back(session, {"purposes": [purpose]}):
            decide_objection(key, purpose, outcome, at=now())
        return Done("objection.decide", {"subject": key, "to": purpose, "outcome": outcome})

    operate(at, Act(staff, reason, under), Need("insert", "objection"), do)


@restriction.command("set")
def restrict(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    categories: Categories = None,
    purposes: Purposes = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Restrict processing to storage: of categories, for purposes, or altogether."""
    at = desk(context, form)

    def do(session: Session) -> Done:
        from seloste.register.lawfulness.operations import set_restriction

        key = whom(subject, at)
        for term, names in (("categories", categories), ("purposes", purposes)):
            for name in names or ():
                declared(session, term, name)
        set_restriction(key, at=now(), categories=categories or (), purposes=purposes or ())
        return Done("restriction.set", {"subject": key, "categories": categories, "purposes": purposes})

    operate(at, Act(staff, reason, under), Need("insert", "restriction", restricted=True), do)


@restriction.command("lift")
def unrestrict(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    categories: Categories = None,
    purposes: Purposes = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Lift a restriction of the same scope; the subject is to be told before."""
    at = desk(context, form)

    def do(session: Session) -> Done:
        from seloste.register.lawfulness.operations import lift_restriction

        key = whom(subject, at)
        with taken_back(session, {"categories": categories or (), "purposes": purposes or ()}):
            lift_restriction(key, at=now(), categories=categories or (), purposes=purposes or ())
        return Done("restriction.lift", {"subject": key, "categories": categories, "purposes": purposes})

    operate(at, Act(staff, reason, under), Need("insert", "restriction", restricted=True), do)
