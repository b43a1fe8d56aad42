"""Two records of one human: `subject merge`, `subject unmerge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .acts import Act, Done, Need, now, operate
from .desk import Format, desk
from .options import FormatOption, ReasonOption, StaffOption, SubjectArgument, UnderOption, whom

if TYPE_CHECKING:
    from seloste.register.protection.session import Session


def merge(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    other: Annotated[
        str, typer.Option("--into", metavar="SUBJECT", help="The other record of the same human.")
    ],
    confirmed: Annotated[
        bool,
        typer.Option(
            "--confirm", help="You made sure that both are one human; asked where an identity code is kept."
        ),
    ] = False,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Have two records of one human read and judged together; no row of either changes."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects import merging

        key, into, moment = whom(subject, at), whom(other, at), now()
        merged = merging.merge(key, into, at=moment, confirmed=confirmed)
        told = {
            "subject": merged.subject_id,
            "into": merged.into_id,
            "records": merging.group_of(key, at=moment),
        }
        return Done("subject.merge", told)

    operate(at, Act(staff, reason, under), Need("insert", "subject_merge"), do)


def unmerge(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """End that a record is read and judged together with another; both are what they were."""
    at = desk(context, form)

    def do(_session: Session) -> Done:
        from seloste.register.subjects import merging

        key = whom(subject, at)
        merging.unmerge(key, at=now())
        return Done("subject.unmerge", {"subject": key})

    operate(at, Act(staff, reason, under), Need("insert", "subject_merge"), do)
