"""The alarm: that an emergency was opened is told at once, by mail, in keys and without a name or a value.

An opening of which no mail could be sent waits: it is tried again at the next opening, whenever openings
are listed, and by `seloste break-glass alarm`, which a timer can run. Two that try at once may both send.
Law: GDPR 32(1)(d), 38. Notice: dpo, contact.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Protocol

from django.db.utils import DatabaseError

from seloste.kernel.periods import FINLAND
from seloste.register.protection.adding import add
from seloste.register.protection.backend.logins import ask
from seloste.register.protection.refusals import NotRecorded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from seloste.register.protection.backend.logins import InForce

logger = logging.getLogger(__name__)

SECONDS = 3.0
"""How long a mail server may take for each answer: somebody is waiting in an emergency."""
AT_ONCE = 20
"""Mails sent in one go."""


class Post(Protocol):
    """What delivers a mail, or raises OSError."""

    def __call__(self, to: Sequence[str], subject: str, text: str) -> None:
        """Sends one mail."""


@dataclass(frozen=True)
class MailServer:
    """A mail server that takes our mail."""

    host: str
    port: int
    sender: str
    starttls: bool = False

    def __call__(self, to: Sequence[str], subject: str, text: str) -> None:
        """This will send one mail.

        Raises: OSError, of which smtplib's own errors are.
        """
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, ", ".join(to), subject
        mail.set_content(text)
        with smtplib.SMTP(self.host, self.port, timeout=SECONDS) as server:
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            server.send_message(mail)


post: Post | None = None
"""The port: what delivers. Set by the project; without it every alarm waits."""


_WAITING = """
SELECT b.id, b.opened_at, b.staff_id, b.controller, b.login, b.ground, b.review_by FROM register.break_glass b
WHERE NOT EXISTS (SELECT 1 FROM register.alarm a WHERE a.opening_id = b.id AND a.sent)
ORDER BY b.opened_at DESC LIMIT %s
"""
_TRIED = "INSERT INTO register.alarm (opening_id, sent) VALUES (%(opening)s, %(sent)s)"


@dataclass(frozen=True)
class Waiting:
    """An opening of which nobody was told yet."""

    id: UUID
    opened_at: datetime
    staff: int
    controller: str
    login: str
    ground: str
    review_by: datetime


def addresses(notice: InForce) -> list[str]:
    """The data protection officer's address and the register contact's, as the notice in force has them."""
    found = (notice.part(term).get("email") for term in ("dpo", "contact"))
    return list(dict.fromkeys(address for address in found if address))


def send_waiting(notice: InForce) -> int:
    """This will send the alarms that wait, the newest first, until one cannot be sent; says how many were.

    Nothing that fails here stops anybody: what was not sent waits.
    Writes: alarm. Law: GDPR 32(1)(d).
    """
    to, sent = addresses(notice), 0
    if post is None or not to:
        return 0
    try:
        for row in ask(_WAITING, [AT_ONCE]):
            waiting = Waiting(*row)
            delivered = _delivered(post, to, waiting)
            add(_TRIED, {"opening": waiting.id, "sent": delivered})
            if not delivered:
                break
            sent += 1
    except (DatabaseError, NotRecorded) as error:
        logger.error("an alarm could not be recorded: %s", type(error).__name__)  # noqa: TRY400 - a traceback would tell values
    return sent


def _delivered(by: Post, to: Sequence[str], waiting: Waiting) -> bool:
    try:
        by(to, *told(waiting))
    except OSError as error:
        logger.warning("an alarm could not be sent and waits: %s", type(error).__name__)
        return False
    return True


def number(opening: UUID) -> str:
    """How people name an opening: the beginning of its key, which opens nothing by itself."""
    return opening.hex[:8]


def told(waiting: Waiting) -> tuple[str, str]:
    """This will write the alarm, in Finnish and English.

    Shape: subject, text.
    """
    name, purpose = number(waiting.id), waiting.login.partition("@")[0]
    at, by = (
        f"{moment.astimezone(FINLAND):%d.%m.%Y %H:%M}" for moment in (waiting.opened_at, waiting.review_by)
    )
    text = (
        "Hätätilanteen tarkoitus on avattu. / A purpose of emergencies was opened.",
        "",
        f"Avaus / opening: {name}",
        f"Tarkoitus / purpose: {purpose} ({waiting.controller})",
        f"Peruste / ground: {waiting.ground}",
        f"Kuka / who: staff {waiting.staff}",
        f"Milloin / when: {at}",
        f"Toinen henkilö tarkastaa viimeistään / a second person reviews it before: {by}",
        "",
        "seloste break-glass list",
        "",
    )
    return f"Hätätilanne avattu / Emergency opened: {purpose}, {name}", "\n".join(text)
