"""Receivables: `receivable book`, and what becomes of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, now, operate
from .desk import Format, desk
from .options import (
    ControllerOption,
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

receivable = typer.Typer(help="Book what is owed, and what becomes of it.", no_args_is_help=True)

WhenOption = Annotated[
    str | None, typer.Option("--at", metavar="MOMENT", help="When it happened; by default now.")
]


@receivable.command("book")
def book(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    number: Annotated[str, typer.Option("--number", metavar="NUMBER", help="The invoice's number.")],
    cents: Annotated[int, typer.Option("--cents", min=1, metavar="N", help="How much, in cents.")],
    due: Annotated[str, typer.Option("--due", metavar="MOMENT", help="When it is to be paid.")],
    agreement: Annotated[
        int | None, typer.Option("--agreement", metavar="KEY", help="The agreement's key.")
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
    due_at, booked_at = moment(due), moment(when) or now()

    def do(session: Session) -> Done:
        from seloste.register.billing.operations import Claim, book_receivable

        key = whom(subject, at)
        book_receivable(key, Claim(number, session.controller, cents, due_at, agreement), at=booked_at)
        return Done("receivable.book", {"subject": key, "number": number, "company": session.controller})

    operate(at, Act(staff, reason, under, controller), Need("insert", "receivable"), do)


def _becomes(name: str, state: str, told: str) -> None:
    """A command by which a receivable of the company that is acted for becomes something."""

    @receivable.command(name, help=told)
    def become(
        context: typer.Context,
        *,
        number: Annotated[str, typer.Argument(metavar="NUMBER", help="The invoice's number.")],
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
    ("collect", "in_collection", "Give it to collection; not one that is disputed."),
    ("write-off", "written_off", "Write it off: it is owed no more."),
):
    _becomes(_name, _state, _told)
