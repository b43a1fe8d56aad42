"""What people say about their own data, taken down: consents, bans, objections, restrictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN, active
from seloste.register.protection.operations import note, notice_in_force
from seloste.register.subjects.queries import require_subject

from .models import Ban, Consent, Objection, Restriction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class NoConsent(Exception):
    """No consent to this is in force, so none can be withdrawn."""


class NoBan(Exception):
    """No ban on this channel is in force, so none can be lifted."""


class NoObjection(Exception):
    """No objection to this purpose waits for a decision."""


class NoRestriction(Exception):
    """No restriction of this scope is in force, so none can be lifted."""


class TwoScopes(Exception):
    """A restriction is of categories or of purposes; both at once would be neither."""


@dataclass(frozen=True)
class Wording:
    """What somebody consented to: which words, over which channel (None: every one they name), proof."""

    purpose: str
    wording: str
    proof: str
    channel: str | None = None


def give_consent(
    subject_id: int, to: Wording, *, at: datetime, valid_until: datetime | None = None
) -> Consent:
    """This will record a consent with its words and its proof, under the notice in force.

    The same words with the same proof are the same consent, recorded once; with another proof it is
    recorded again, and that counts too.
    Writes: consent. Raises: UnknownSubject. Law: GDPR 6(1)(a), 7(1). Notice: consents.
    """
    require_subject(subject_id)
    same = Consent.objects.filter(
        active(at, "given_at"),
        subject_id=subject_id,
        purpose=to.purpose,
        channel=to.channel,
        wording=to.wording,
        proof=to.proof,
        valid_until=valid_until,
        withdrawn_at__isnull=True,
    )
    if given := same.first():
        return given
    consent = Consent.objects.create(
        subject_id=subject_id,
        purpose=to.purpose,
        channel=to.channel,
        wording=to.wording,
        given_at=at,
        valid_until=valid_until,
        proof=to.proof,
        notice_hash=notice_in_force(),
    )
    note("lawfulness.consent.give", subject_id)
    return consent


def withdraw_consent(
    subject_id: int, purpose: str, *, at: datetime, channel: str | None = None
) -> list[Consent]:
    """This will withdraw every consent to a purpose, or only those that cover a channel.

    A consent over every channel is withdrawn whole: what remains of it can be given again.
    Writes: consent. Raises: UnknownSubject, NoConsent. Law: GDPR 7(3). Notice: consents.
    """
    require_subject(subject_id)
    given = Consent.objects.filter(
        active(at, "given_at"), subject_id=subject_id, purpose=purpose, withdrawn_at__isnull=True
    )
    if channel:
        given = given.filter(Q(channel=channel) | Q(channel__isnull=True))
    withdrawn = [replace(consent, at=at, withdrawn_at=at) for consent in given]
    if not withdrawn:
        raise NoConsent(f"no consent to {purpose} is in force: it was never given or is withdrawn")
    note("lawfulness.consent.withdraw", subject_id)
    return withdrawn


def set_ban(subject_id: int, channel: str, *, at: datetime) -> Ban:
    """This will ban marketing over a channel, or over any; a ban that is in force stays as it is.

    Writes: ban. Raises: UnknownSubject. Law: GDPR 21(2), 21(3), SVPL 200 §. Notice: purposes.
    """
    require_subject(subject_id)
    if banned := Ban.objects.filter(active(at), subject_id=subject_id, channel=channel).first():
        return banned
    ban = Ban.objects.create(
        subject_id=subject_id, channel=channel, valid_from=at, notice_hash=notice_in_force()
    )
    note("lawfulness.ban.set", subject_id)
    return ban


def lift_ban(subject_id: int, channel: str, *, at: datetime) -> None:
    """This will lift a ban at the subject's own request.

    Writes: ban. Raises: UnknownSubject, NoBan. Law: GDPR 21(3). Notice: purposes.
    """
    require_subject(subject_id)
    bans = list(Ban.objects.filter(active(at), subject_id=subject_id, channel=channel))
    if not bans:
        raise NoBan(f"no ban on {channel} is in force: there is nothing to lift")
    for ban in bans:
        replace(ban, at=at, valid_until=at)
    note("lawfulness.ban.lift", subject_id)


def receive_objection(subject_id: int, purpose: str, *, at: datetime) -> Objection:
    """This will take an objection down; until it is decided the purpose stands still.

    One that waits for its decision is left as it is.
    Writes: objection. Raises: UnknownSubject. Law: GDPR 21(1), 18(1)(d). Notice: purposes.
    """
    require_subject(subject_id)
    if pending := _pending(subject_id, purpose):
        return pending
    objection = Objection.objects.create(
        subject_id=subject_id, purpose=purpose, received_at=at, notice_hash=notice_in_force()
    )
    note("lawfulness.objection.receive", subject_id)
    return objection


def decide_objection(subject_id: int, purpose: str, outcome: str, *, at: datetime) -> Objection:
    """This will decide an objection; against marketing every objection holds, whatever is decided.

    Writes: objection. Raises: UnknownSubject, NoObjection. Law: GDPR 21(1), 21(3). Notice: purposes.
    """
    require_subject(subject_id)
    pending = _pending(subject_id, purpose)
    if not pending:
        raise NoObjection(f"no objection to {purpose} waits for a decision")
    decided = replace(pending, at=at, decided_at=at, outcome=outcome)
    note("lawfulness.objection.decide", subject_id)
    return decided


def set_restriction(
    subject_id: int,
    *,
    at: datetime,
    categories: Iterable[str] = (),
    purposes: Iterable[str] = (),
) -> Restriction:
    """This will restrict processing to storage: of some categories, for some purposes, or altogether.

    A restriction of the same scope is left as it is.
    Writes: restriction. Raises: UnknownSubject, TwoScopes. Law: GDPR 18(1), 18(2). Notice: rights.
    """
    scope = _scope(categories, purposes)
    require_subject(subject_id)
    if restricted := Restriction.objects.filter(active(at), subject_id=subject_id, **scope).first():
        return restricted
    restriction = Restriction.objects.create(subject_id=subject_id, valid_from=at, **scope)
    note("lawfulness.restriction.set", subject_id)
    return restriction


def lift_restriction(
    subject_id: int,
    *,
    at: datetime,
    categories: Iterable[str] = (),
    purposes: Iterable[str] = (),
) -> None:
    """This will lift a restriction of the same scope; the subject is to be told before.

    Writes: restriction. Raises: UnknownSubject, NoRestriction, TwoScopes. Law: GDPR 18(3).
    Notice: rights.
    """
    scope = _scope(categories, purposes)
    require_subject(subject_id)
    restrictions = list(Restriction.objects.filter(active(at), subject_id=subject_id, **scope))
    if not restrictions:
        raise NoRestriction("no restriction of this scope is in force: there is nothing to lift")
    for restriction in restrictions:
        replace(restriction, at=at, valid_until=at)
    note("lawfulness.restriction.lift", subject_id)


def _pending(subject_id: int, purpose: str) -> Objection | None:
    return Objection.objects.filter(
        KNOWN, subject_id=subject_id, purpose=purpose, decided_at__isnull=True
    ).first()


def _scope(categories: Iterable[str], purposes: Iterable[str]) -> dict[str, list[str]]:
    scope = {"categories": sorted(set(categories)), "purposes": sorted(set(purposes))}
    if all(scope.values()):
        raise TwoScopes("a restriction is of categories or of purposes: set two restrictions")
    return scope
