"""Receivables: `receivable list|book`, what is paid or reminded, and what becomes of one."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import faces
from .acts import Act, Done, Need, now, operate, session
from .desk import Format, WrongUsage, desk
from .interactions import words
from .options import (
    ControllerOption,
    FormatOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    day,
    moment,
    whom,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.console import RenderableType

    from seloste.register.protection.session import Session

receivable = typer.Typer(help="Book what is owed, and what becomes of it.", no_args_is_help=True)

WhenOption = Annotated[
    str | None, typer.Option("--at", metavar="MOMENT", help="When it happened; by default now.")
]

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="The invoice's number.")]


class Sent(StrEnum):
    """What a debtor is sent."""

    REMINDER = "reminder"
    DEMAND = "demand"


class Reversal(StrEnum):
    """Why a payment counts no more."""

    RETURNED = "returned"
    MISALLOCATED = "misallocated"


class Ending(StrEnum):
    """How a plan of instalments ends before all has come."""

    BROKEN = "broken"
    CANCELLED = "cancelled"


@receivable.command("list")
def list_(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List what somebody owes and owed: what has come, until when it can be claimed, whether it may be collected."""
    at = desk(context, form)
    with (
        at.house.register(),
        session(at, Act(staff, reason, under, controller), need=Need("select", "receivable")) as opened,
    ):
        from seloste.register.billing.queries import heads

        key = whom(subject, at)
        found = [
            {
                **vars(each),
                "payments": [vars(came) for came in each.payments],
                "instalments": [vars(part) for part in each.instalments],
            }
            for each in heads(key, at=now())
        ]
        purpose = opened.purpose
    at.answer({"subject": key, "receivables": found, "purpose": purpose}, lambda: shown(found))


@receivable.command("total")
def total(
    context: typer.Context,
    *,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell how much is owed altogether to the company that is acted for; not when fewer than ten owe it."""
    at = desk(context, form)
    with (
        at.house.register(),
        session(at, Act(staff, reason, under, controller), need=Need("select", "receivable")) as opened,
    ):
        from seloste.register.billing.queries import owed_cents

        company, owed = opened.controller, owed_cents(opened.controller, at=now())
        purpose = opened.purpose
    at.answer(
        {"company": company, "owed_cents": owed, "purpose": purpose},
        lambda: faces.pairs("Owed", {"company": company, "altogether": faces.euros(owed)}),
    )


@receivable.command("book")
def book(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    number: Annotated[str, typer.Option("--number", metavar="NUMBER", help="The invoice's number.")],
    cents: Annotated[int, typer.Option("--cents", min=1, metavar="N", help="How much, in cents.")],
    due: Annotated[
        str,
        typer.Option("--due", metavar="MOMENT", help="Its due day, or the moment from which it is overdue."),
    ],
    agreement: Annotated[
        int | None, typer.Option("--agreement", metavar="KEY", help="The agreement's key.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="REFERENCE", help="As it is printed, or as RF.")
    ] = None,
    product: Annotated[
        str | None, typer.Option("--product", metavar="PRODUCT", help="What it is for.")
    ] = None,
    when: WhenOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Book what a subject owes the company that is acted for."""
    at = desk(context, form)
    due_at, booked_at = _overdue_from(due), moment(when) or now()

    def do(session: Session) -> Done:
        from seloste.kernel.identifiers import NotAnIdentifier
        from seloste.register.billing.operations import Claim, book_receivable

        key = whom(subject, at)
        claim = Claim(number, session.controller, cents, due_at, agreement, reference, product)
        try:
            book_receivable(key, claim, at=booked_at)
        except NotAnIdentifier as wrong:
            raise WrongUsage(str(wrong)) from None
        return Done("receivable.book", {"subject": key, "number": number, "company": session.controller})

    operate(at, Act(staff, reason, under, controller), Need("insert", "receivable"), do)


@receivable.command("payment")
def payment(
    context: typer.Context,
    *,
    number: NumberArgument,
    cents: Annotated[int, typer.Option("--cents", min=1, metavar="N", help="How much came, in cents.")],
    archive: Annotated[
        str | None,
        typer.Option("--archive", metavar="MARK", help="The bank's mark of it: the same is recorded once."),
    ] = None,
    by_other: Annotated[
        bool, typer.Option("--by-other", help="Somebody else paid; their name is read from --payer.")
    ] = False,
    payer: Annotated[
        str | None,
        typer.Option(
            "--payer", metavar="FILE", help="A file with the name of who paid; - is standard input."
        ),
    ] = None,
    when: WhenOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record money that came, also a part or from somebody else; it is paid when all has come."""
    at = desk(context, form)
    paid_at, name = moment(when) or now(), words(payer, "--payer")

    def do(session: Session) -> Done:
        from seloste.register.billing.operations import Paid, pay

        paid = Paid(cents, paid_at, archive, by_other, name.strip() if name else None)
        owed = pay(number, session.controller, paid, at=now())
        return Done("receivable.payment", {"subject": owed.subject_id, "number": number, "state": owed.state})

    operate(at, Act(staff, reason, under, controller), Need("insert", "payment"), do)


@receivable.command("reverse")
def reverse(
    context: typer.Context,
    *,
    number: NumberArgument,
    payment: Annotated[
        int, typer.Option("--payment", metavar="KEY", help="The payment, as `receivable list` names it.")
    ],
    because: Annotated[
        Reversal,
        typer.Option("--because", help="The bank took it back, or it was recorded for the wrong receivable."),
    ],
    when: WhenOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Reverse a payment: it stays in sight, counts no more, and what it had paid is owed again."""
    at, reversed_at = desk(context, form), moment(when) or now()

    def do(session: Session) -> Done:
        from seloste.register.billing.operations import reverse_payment

        owed = reverse_payment(number, session.controller, payment, because.value, at=reversed_at)
        told = {"subject": owed.subject_id, "number": number, "payment": payment, "state": owed.state}
        return Done("receivable.reverse", told)

    operate(at, Act(staff, reason, under, controller), Need("update", "payment"), do)


@receivable.command("remind")
def remind(
    context: typer.Context,
    *,
    number: NumberArgument,
    kind: Annotated[Sent, typer.Option("--kind", help="What was sent.")] = Sent.REMINDER,
    when: WhenOption = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Record that a reminder or a demand was sent; the limitation of the debt begins anew."""
    at, sent_at = desk(context, form), moment(when) or now()

    def do(session: Session) -> Done:
        from seloste.register.billing.operations import remind as record

        sent = record(number, session.controller, at=sent_at, kind=kind.value)
        return Done("receivable.remind", {"subject": sent.subject_id, "number": number, "kind": kind.value})

    operate(at, Act(staff, reason, under, controller), Need("insert", "reminder"), do)


@receivable.command("instalments")
def instalments(
    context: typer.Context,
    *,
    number: NumberArgument,
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="DAY:CENTS", help="An instalment and its last day; repeated."),
    ] = None,
    end: Annotated[Ending | None, typer.Option("--end", help="End the plan that is in force.")] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    controller: ControllerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Agree on instalments, or end the plan; while it is in force, nothing is collected."""
    at = desk(context, form)
    agreed = [_part(told) for told in parts or ()]
    if bool(agreed) == bool(end):
        raise WrongUsage("name the instalments with --part DAY:CENTS, or how the plan ends with --end")

    def do(session: Session) -> Done:
        from seloste.register.billing.operations import Part, agree_instalments, end_instalments

        told: dict[str, Any] = {"number": number}
        if end:
            end_instalments(number, session.controller, end.value, at=now())
            return Done("receivable.instalments", {**told, "ended": end.value})
        plan = [Part(cents, due_at) for due_at, cents in agreed]
        made = agree_instalments(number, session.controller, plan, at=now())
        return Done("receivable.instalments", {**told, "subject": made[0].subject_id, "parts": len(made)})

    operate(at, Act(staff, reason, under, controller), Need("insert", "instalment"), do)


def _overdue_from(told: str) -> datetime:
    """A due day is over at the midnight that ends it; another moment is as it was told."""
    from seloste.kernel.periods import end_of_finnish_day

    return (
        end_of_finnish_day(day(told)) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", told) else moment(told)
    )


def _part(told: str) -> tuple[datetime, int]:
    """An instalment's end of its last day, and how much it is."""
    named = re.fullmatch(r"([0-9-]{10}):([1-9][0-9]{0,11})", told)
    if not named:
        raise WrongUsage("an instalment is DAY:CENTS, as 2026-03-01:2500")
    return _overdue_from(named[1]), int(named[2])


def _becomes(name: str, state: str, told: str) -> None:
    """A command by which a receivable of the company that is acted for becomes something."""

    @receivable.command(name, help=told)
    def become(
        context: typer.Context,
        *,
        number: NumberArgument,
        when: WhenOption = None,
        staff: StaffOption = None,
        reason: ReasonOption = None,
        under: UnderOption = None,
        controller: ControllerOption = None,
        form: FormatOption = Format.TEXT,
    ) -> None:
        at, happened_at = desk(context, form), moment(when) or now()

        def do(session: Session) -> Done:
            from seloste.register.billing.operations import change_state

            changed = change_state(number, session.controller, state, at=happened_at)
            return Done(
                f"receivable.{name}", {"subject": changed.subject_id, "number": number, "state": state}
            )

        operate(at, Act(staff, reason, under, controller), Need("insert", "receivable"), do)


for _name, _state, _told in (
    ("pay", "paid", "Record that it was paid."),
    ("dispute", "disputed", "Record that it is disputed: it is not collected until that is settled."),
    (
        "reopen",
        "open",
        "Record that it is owed again: a dispute was settled, or it came back from collection.",
    ),
    (
        "collect",
        "in_collection",
        "Give it to collection; not one that is disputed, has expired or is paid in instalments.",
    ),
    ("expire", "expired", "Record that it has expired: it is claimed from nobody any more."),
    ("write-off", "written_off", "Write it off: it is owed no more."),
):
    _becomes(_name, _state, _told)


def shown(found: Sequence[dict[str, Any]]) -> RenderableType:
    """Receivables in columns; whether one may be collected is said in words."""
    from rich.console import Group
    from rich.text import Text

    if not found:
        return Text("Nothing is owed, and nothing was.", style="quiet")
    table = faces.columns("Number", "Due", "State", "Amount", "Still owed", "Reminded", "Claimed before", "")
    for each in found:
        table.add_row(
            each["number"],
            f"{faces.finnish(each['due_at']):%Y-%m-%d}",
            each["state"].replace("_", " "),
            faces.euros(each["amount_cents"]),
            faces.euros(each["remaining_cents"]),
            str(len(each["reminders"]) or ""),
            f"{faces.finnish(each['expires_at']):%Y-%m-%d}",
            Text(_standing(each), style="refused" if each["is_expired"] else ""),
        )
    came = faces.columns("Payment", "Of", "Came", "Amount", "By", "")
    for each in found:
        for payment in each["payments"]:
            came.add_row(
                str(payment["key"]),
                each["number"],
                f"{faces.finnish(payment['paid_at']):%Y-%m-%d}",
                faces.euros(payment["amount_cents"]),
                payment["paid_by"],
                Text(payment["reversal"] or "", style="refused"),
            )
    return Group(table, came) if came.rows else table


def _standing(head: dict[str, Any]) -> str:
    """What of it a clerk must know before asking for the money."""
    if head["is_expired"] and head["remaining_cents"]:
        return "expired"
    if head["instalments"]:
        late = sum(part["is_late"] for part in head["instalments"])
        return f"instalments, {late} late" if late else "instalments"
    return "may be collected" if head["collectable"] else ""
