"""Whether somebody is in the register already, unseen: one bit, for a line in the look-up log.

The database answers for an event that the log's own login has committed, counts what an actor asks in a day,
and compares nothing across a wall: `policy/newcomers.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.utils import DatabaseError

from seloste.register.protection import lookups
from seloste.register.protection.backend.gate import run
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from seloste.register.protection.lookups import Event
    from seloste.register.protection.session import Session

TWIN = "subjects.twin"
TOO_OFTEN = "SEL02"


class AskedTooOften(NotInPurpose):
    """This actor has asked as often as one may in a day whether somebody is in the register."""


def is_here(session: Session, event: Event, by: str, value: str, side: str) -> bool:
    """This will ask whether a full identifier is held on one side, seen or unseen.

    `by`: `hetu` (its blind indexes, hexadecimal), `business_id` or `email`, each as the register writes it.
    The asking is recorded before it is answered, and stays recorded whatever becomes of the session.
    Writes: event. Raises: AskedTooOften, NotRecorded, NotInPurpose. Law: GDPR 5(1)(d), 5(1)(f).
    """
    key = lookups.write(event)
    try:
        [(here,)] = run(session, "SELECT policy.twin(%s, %s, %s, %s)", [key, side, by, value]).fetchall()
    except DatabaseError as error:
        if getattr(error, "sqlstate", "") != TOO_OFTEN:
            raise
        raise AskedTooOften(
            "this actor has asked as often as one may in a day whether somebody is in the register: ask the register"
            " contact, or go on tomorrow. Nothing was added"
        ) from None
    return bool(here)
