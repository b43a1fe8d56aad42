"""What people say about their own data, taken down: consents, bans, objections, restrictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import KNOWN, active
from seloste.register.protection.data_keys import require_right
from seloste.register.protection.keys import provided, suppression
from seloste.register.protection.operations import declared, note, notice_in_force, records_of
from seloste.register.subjects.adding import Identifiers, add_person
from seloste.register.subjects.operations import add_contact_point
from seloste.register.subjects.queries import contact_points, require_subject
from seloste.register.subjects.ties import personas_of

from .models import Ban, Consent, Objection, Restriction, Suppression

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from seloste.kernel.names import Name
    from seloste.register.subjects.models import Subject


REACHED_BY = {"phone": ("phone", "sms"), "email": ("email",)}
"""Over which channels a contact point of a category is reached."""


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


class NotForProspects(Exception):
    """The notice opens prospects by no consent in these words."""


@dataclass(frozen=True)
class Wording:
    """What somebody consented to: which words, over which channel (None: every one they name), proof."""

    purpose: str
    wording: str
    proof: str
    channel: str | None = None


def add_prospect(
    name: Name, to: Wording, contacts: Mapping[str, str], *, at: datetime, language: str = "fi"
) -> Subject:
    """This will add somebody who is no customer, with the consent that opens them and what they may be reached by.

    No identity code, no address of a home, nothing that an offer does not need. Only a purpose that the notice
    opens by this consent sees them.
    Writes: subject, consent, contact_point, ban.
    Raises: NotForProspects, AlreadyHere, HiddenTwin, NotAnIdentifier, NotInPurpose.
    Law: GDPR 5(1)(c), 6(1)(a), 7(1), 14; SVPL 200 §. Notice: consents, subject_groups.
    """
    _require_for_prospects(to)
    added = add_person(name, at=at, language=language, known_by=Identifiers(email=contacts.get("email")))
    give_consent(added.pk, to, at=at)
    for category, as_given in contacts.items():
        add_contact_point(added.pk, category, as_given, at=at)
    return added


def _require_for_prospects(to: Wording) -> None:
    purpose = declared("purposes").get(to.purpose) or {}
    opening = {name for basis in purpose.get("bases") or () for name in basis.get("consents") or ()}
    if to.wording not in opening or "prospect" not in (purpose.get("subject_groups") or ()):
        raise NotForProspects(
            f"the notice opens no prospect to {to.purpose} by the wording {to.wording}: nobody was added. Use the"
            " wording that its basis names for prospects"
        )


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


def set_ban_of_all_personas(subject_id: int, channel: str, *, at: datetime) -> list[Ban]:
    """This will ban marketing to one human in every capacity, at their request: else a ban is of one alone.

    Writes: ban. Raises: UnknownSubject. Law: GDPR 21(2), 21(3). Notice: purposes.
    """
    return [set_ban(persona, channel, at=at) for persona in personas_of(subject_id, at)]


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


def suppress(subject_id: int, categories: set[str], *, at: datetime) -> int:
    """This will keep keyed hashes of contact points that are about to be erased, where their owner had said no.

    Also as another record of the same human.
    Shape: how many were kept. Writes: suppression. Raises: UnknownSubject, KeysMissing, WrongKey.
    Law: GDPR 17(3)(b), 21(3). Notice: retention, rights.
    """
    refused = set().union(*(_refused(record, at) for record in records_of(subject_id)))
    side, kept = require_subject(subject_id).side, 0
    for category, value in contact_points(subject_id, categories) if refused else ():
        for channel in sorted(refused & set(REACHED_BY[category])):
            what = {"side": side, "channel": channel, "hash": _hash(side, value)}
            if not Suppression.objects.filter(**what).exists():
                Suppression.objects.create(**what, added_at=at)
                kept += 1
    return kept


def keep_closed(subject_id: int, side: str, category: str, value: str, *, at: datetime) -> None:
    """This will ban what a contact point's former owner had banned, unless this subject has lifted that ban.

    Writes: ban. Raises: KeysMissing, WrongKey. Law: GDPR 21(3). Notice: rights.
    """
    known = Suppression.objects.filter(side=side, channel__in=REACHED_BY[category])
    if not known.exists():
        return
    channels = known.filter(hash=_hash(side, value)).values_list("channel", flat=True)
    for channel in sorted(set(channels)):
        if not Ban.objects.filter(KNOWN, subject_id=subject_id, channel__in=[channel, "all"]).first():
            set_ban(subject_id, channel, at=at)
            note("lawfulness.suppression.keep", subject_id)


def suppressed(side: str, points: Sequence[tuple[int, str, str]]) -> set[tuple[int, str]]:
    """This will tell what former owners of contact points had banned: subject and channel.

    `points`: subject, category and value of each. Raises: KeysMissing, WrongKey. Law: GDPR 21(3). Notice: rights.
    """
    if not points or not Suppression.objects.filter(side=side).exists():
        return set()
    hashed: dict[bytes, list[tuple[int, str]]] = {}
    for (subject, category, _), digest in zip(points, _hashes(side, [p[2] for p in points]), strict=True):
        hashed.setdefault(digest, []).append((subject, category))
    known = Suppression.objects.filter(side=side, hash__in=list(hashed)).values_list("hash", "channel")
    return {
        (subject, channel)
        for digest, channel in known
        for subject, category in hashed[bytes(digest)]
        if channel in REACHED_BY[category]
    }


def _refused(subject_id: int, at: datetime) -> set[str]:
    """The channels over which a subject had said no to marketing: bans, objections, consents withdrawn."""
    every = {channel for channels in REACHED_BY.values() for channel in channels}
    purposes = declared("purposes")
    marketing = {name for name, purpose in purposes.items() if purpose.get("marketing")}
    banned = {ban.channel for ban in Ban.objects.filter(active(at), subject_id=subject_id)}
    if "all" in banned or _objected(subject_id, marketing):
        return every
    refused = banned & every
    consents = Consent.objects.filter(KNOWN, subject_id=subject_id, purpose__in=marketing)
    for withdrawn in consents.filter(withdrawn_at__lte=at):
        refused |= {withdrawn.channel} if withdrawn.channel else every
    given = active(at, "given_at") & (Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at))
    for again in consents.filter(given):
        refused -= ({again.channel} if again.channel else every) - banned
    return refused & every


def _objected(subject_id: int, marketing: set[str]) -> bool:
    """Against marketing every objection holds, whatever was decided."""
    return Objection.objects.filter(KNOWN, subject_id=subject_id, purpose__in=marketing).first() is not None


def _hash(side: str, value: str) -> bytes:
    return _hashes(side, [value])[0]


def _hashes(side: str, values: Sequence[str]) -> list[bytes]:
    # never rotated: what was hashed is gone, so nothing could be hashed anew
    keys, name = provided(), suppression(side)
    version = keys.current(name)
    require_right(keys, name, version)
    return [keys.digest(name, version, value.encode()) for value in values]


def _pending(subject_id: int, purpose: str) -> Objection | None:
    return Objection.objects.filter(
        KNOWN, subject_id=subject_id, purpose=purpose, decided_at__isnull=True
    ).first()


def _scope(categories: Iterable[str], purposes: Iterable[str]) -> dict[str, list[str]]:
    scope = {"categories": sorted(set(categories)), "purposes": sorted(set(purposes))}
    if all(scope.values()):
        raise TwoScopes("a restriction is of categories or of purposes: set two restrictions")
    return scope
