"""What is done about cases: open and close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.register.protection.actors import BINDING
from seloste.register.protection.operations import insert_unread, note
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.subjects.queries import require_subject

from .models import CaseFile

if TYPE_CHECKING:
    from datetime import datetime


class UnknownCase(NotInPurpose):
    """For this purpose there is no such case."""


class NobodyNamed(Exception):
    """A call or a case is about somebody: about nobody it would be a reason to look at anybody."""


class AlreadyClosed(Exception):
    """The case was closed before."""


def open_case(kind: str, category: str, *, at: datetime, subject_id: int | None = None) -> CaseFile:
    """This will open a case that can be the reason of look-ups, about one subject or none.

    A call or a case holds look-ups to its subject, so it must have one. One that was opened so at the
    same moment is the same. A purpose that opens cases for others to work does not read them.
    Writes: case_file. Raises: NobodyNamed, UnknownSubject. Law: GDPR 5(2), 32. Notice: purposes.
    """
    if subject_id is None and kind in BINDING:
        raise NobodyNamed(f"a {kind} holds look-ups to whom it concerns: say whom, or open a task")
    concerned = [require_subject(subject_id).pk] if subject_id is not None else []
    same = {"kind": kind, "category": category, "subject_id": subject_id, "opened_at": at}
    if (key := insert_unread("case_file", same)) is not None:
        note("interactions.case.open", *concerned)
        return CaseFile(pk=key, **same)
    if opened := CaseFile.objects.filter(**same).first():
        return opened
    case = CaseFile.objects.create(**same)
    note("interactions.case.open", *concerned)
    return case


def close_case(case_id: int, *, at: datetime) -> None:
    """This will close a case: no look-up can be for its reason any more.

    Writes: case_file. Raises: UnknownCase, AlreadyClosed. Law: GDPR 5(1)(e), 32. Notice: purposes.
    """
    case = CaseFile.objects.filter(pk=case_id).first()
    if not case:
        raise UnknownCase("for this purpose there is no such case")
    if not CaseFile.objects.filter(pk=case_id, closed_at__isnull=True).update(closed_at=at):
        raise AlreadyClosed("this case is closed already; open a new one for new work")
    note("interactions.case.close", *[each for each in [case.subject_id] if each is not None])
