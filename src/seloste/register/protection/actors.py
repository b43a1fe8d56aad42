"""Who may act: role, training, employer and reason, judged before a session opens.

These checks are `checked`, not `enforced`: somebody with a stolen login would pass them by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from seloste.kernel.periods import FINLAND
from seloste.register.protection.backend.logins import InForce, Login, ask
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Mapping


class ActorUnknown(NotInPurpose):
    """Nobody of that user name is on the staff."""


class PurposeUnknown(NotInPurpose):
    """The notice in force declares no such purpose, or not for this channel."""


class RoleMissing(NotInPurpose):
    """The actor has no role that the purpose names."""


class TrainingExpired(NotInPurpose):
    """A training that the role requires is missing or has lapsed."""


class WrongController(NotInPurpose):
    """The actor works for a controller that this purpose does not serve."""


class ReasonMissing(NotInPurpose):
    """A look-up needs a reason `kind:key` of a kind that the purpose accepts, and it must exist."""


class ReasonClosed(NotInPurpose):
    """What the reason refers to is closed."""


class ReasonElsewhere(NotInPurpose):
    """The reason concerns another subject than the one asked about."""


class GroundNotDeclared(NotInPurpose):
    """A purpose of emergencies is opened on a ground that the notice declares; another purpose on none."""


@dataclass(frozen=True)
class Reason:
    """What a reason refers to."""

    is_open: bool
    subject_id: int | None


class Actor(Protocol):
    """Whoever acts: staff, a representative, a partner, a job."""

    @property
    def username(self) -> str:
        """The user name under which the actor is on the staff."""


class Reasons(Protocol):
    """Judges what a reason `kind:key` refers to."""

    def __call__(self, kind: str, key: int, login: str) -> Reason | None:
        """What the reason refers to, or None when there is no such thing on the login's side of the wall."""


def case_files(kind: str, key: int, login: str) -> Reason | None:
    """This will look a reason up among the register's cases, without seeing any."""
    found = ask("SELECT is_open, subject_id FROM policy.reason(%s, %s, %s)", [kind, key, login])
    return Reason(*found[0]) if found else None


BINDING = frozenset({"call", "case"})
"""Reasons that hold a session to the subject they concern; a request or a task may lead to others."""

reasons: Reasons = case_files
"""The port: what judges reasons. Replaced by the project, not by settings."""


@dataclass(frozen=True)
class Admitted:
    """An actor who may act for a purpose, and how."""

    actor: str
    role: str
    login: Login
    controller: str
    reason: str
    concerns: int | None
    in_force: InForce


@dataclass(frozen=True)
class Staff:
    """What is known of an actor at the server's time `now`."""

    id: int
    employer: str
    roles: frozenset[str]
    trainings: Mapping[str, datetime]
    now: datetime


_STAFF = """
SELECT n.hash, statement_timestamp(), s.id, s.employer,
  ARRAY(SELECT r.role FROM register.staff_role r WHERE r.staff_id = s.id
        AND r.valid_from <= statement_timestamp()
        AND (r.valid_until IS NULL OR r.valid_until > statement_timestamp())),
  ARRAY(SELECT t.training FROM register.training t WHERE t.staff_id = s.id ORDER BY t.id),
  ARRAY(SELECT t.valid_until FROM register.training t WHERE t.staff_id = s.id ORDER BY t.id)
FROM (VALUES (%s::text)) asked(username)
LEFT JOIN policy.notice n ON n.replaced_at IS NULL
LEFT JOIN register.staff s ON s.username = asked.username
"""


def staff(username: str) -> tuple[str, Staff | None]:
    """This will read an actor and the hash of the notice in force, in one question."""
    [(notice_hash, now, key, employer, roles, trainings, until)] = ask(_STAFF, [username])
    if key is None:
        return notice_hash or "", None
    lapses: dict[str, datetime] = {}
    for training, moment in zip(trainings, until, strict=True):
        lapses[training] = max(moment, lapses.get(training, moment))
    return notice_hash or "", Staff(key, employer, frozenset(roles), lapses, now)


def choose(logins: list[Login], known: Staff, controller: str | None) -> Login:
    """This will choose the login of a purpose that serves the actor's employer.

    Raises: WrongController.
    """
    wanted = controller or known.employer
    fitting = [
        login
        for login in logins
        if wanted in login.controllers and (known.employer in login.controllers or login.across_walls)
    ]
    if not fitting:
        served = sorted({name for login in logins for name in login.controllers})
        raise WrongController(
            f"{logins[0].purpose} for {wanted} cannot be acted by staff of {known.employer}: the purpose serves "
            f"{', '.join(served)}, and only a purpose declared shared or across walls serves another's staff"
        )
    return fitting[0]


def fit_role(login: Login, known: Staff, notice: InForce) -> str:
    """This will find a role of the actor that the purpose names and whose trainings hold.

    Raises: RoleMissing, TrainingExpired.
    """
    fitting = [role for role in login.roles if role in known.roles]
    if not fitting:
        raise RoleMissing(
            f"{login.purpose} may be acted by {', '.join(login.roles) or 'no role'}; this actor has "
            f"{', '.join(sorted(known.roles)) or 'no role'}: have the role given (`seloste staff add`)"
        )
    lapsed: dict[str, list[str]] = {}
    for role in fitting:
        lapsed[role] = [
            t for t in notice.part("roles", role).get("trainings") or () if not _holds(t, known, notice)
        ]
        if not lapsed[role]:
            return role
    role, missing = next(iter(lapsed.items()))
    raise TrainingExpired(
        f"role {role} needs {', '.join(missing)}, which is missing or has lapsed: "
        "have the training recorded (`seloste staff train`)"
    )


def _holds(training: str, known: Staff, notice: InForce) -> bool:
    until = known.trainings.get(training)
    if until is None:
        return False
    declared = notice.part("trainings", training)
    # `stop` and `stop_new` end it at once: every session is new
    days = declared.get("grace_days", 0) if declared.get("on_lapse") == "alarm_with_grace" else 0
    # by Finnish clocks: a day may have 23 or 25 hours
    return known.now < until.astimezone(FINLAND) + timedelta(days=days)


def judge_reason(login: Login, reason: str) -> Reason:
    """This will judge the need: the reason exists, is open, and is of a kind the purpose accepts.

    Raises: ReasonMissing, ReasonClosed.
    """
    kind, key = parse(reason)
    if kind not in login.reasons:
        raise ReasonMissing(
            f"{login.purpose} accepts a reason of {', '.join(f'{k}:KEY' for k in login.reasons) or 'no kind'}, "
            f"not {kind + ':KEY' if kind else 'free text'}; free text stays with the call or case"
        )
    found = reasons(kind, key, login.name)
    if found is None:
        raise ReasonMissing(f"there is no {kind}:{key}: open it first, or name the one you work on")
    if not found.is_open:
        raise ReasonClosed(f"{kind}:{key} is closed: open a new one, or have it opened again")
    return found


def judge_ground(login: Login, notice: InForce, ground: str | None) -> None:
    """This will judge on what ground an emergency is opened.

    Raises: GroundNotDeclared. Law: GDPR 6(1)(d), 32(4).
    """
    grounds = notice.part("purposes", login.purpose, "break_glass", "grounds")
    if not grounds and ground is not None:
        raise GroundNotDeclared(f"{login.purpose} is no purpose of emergencies: act for it without a ground")
    if grounds and ground not in grounds:
        raise GroundNotDeclared(
            f"{login.purpose} is opened in emergencies, on one of the grounds {', '.join(grounds)}: name the one "
            "that holds; the data protection officer is told at once, and a second person reviews it"
        )


def parse(reason: str) -> tuple[str, int]:
    """The kind and key of a reason; the empty text when it is neither."""
    match = re.fullmatch(r"([a-z][a-z0-9_]{0,30}):([0-9]{1,18})", reason or "")
    return (match[1], int(match[2])) if match else ("", 0)


def admit(
    known: Staff | None,
    notice: InForce,
    purpose: str,
    reason: str,
    *,
    controller: str | None,
    channel: str | None,
    ground: str | None = None,
) -> Admitted:
    """This will judge whether an actor may act for a purpose.

    Raises: ActorUnknown, PurposeUnknown, WrongController, RoleMissing, TrainingExpired,
    ReasonMissing, ReasonClosed, GroundNotDeclared. Law: GDPR 29, 32(4).
    """
    logins = notice.of(purpose)
    if not logins:
        raise PurposeUnknown(
            "the notice in force opens no such purpose: `seloste policy sql` lists those it opens"
        )
    if known is None:
        raise ActorUnknown("no staff of this user name: have them employed (`seloste staff add`)")
    login = choose(logins, known, controller)
    if channel is not None and channel not in login.channels:
        raise PurposeUnknown(
            f"{purpose} uses {', '.join(login.channels) or 'no channel'}, and not the one asked for"
        )
    role = fit_role(login, known, notice)
    concerned = judge_reason(login, reason)
    judge_ground(login, notice, ground)
    bound = concerned.subject_id if parse(reason)[0] in BINDING else None
    return Admitted(str(known.id), role, login, controller or known.employer, reason, bound, notice)
