"""The rules: each looks at one case and says whether it closes it. They are asked in order.

Law: GDPR 6, 17, 18, 21; SVPL 200. Notice: purposes, subject_groups, retention, consents, interests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from seloste.kernel.periods import finnish_midnight
from seloste.policy.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from seloste.kernel.periods import Duration
    from seloste.notice import Notice
    from seloste.notice.purposes import Basis, Purpose

    from .questions import Question
    from .world import Party, Period, Subject, World


begins = cache(finnish_midnight)
"""The moment at which a day of the notice begins."""


@dataclass(slots=True)
class Case:
    """A question about a subject at a moment, with the facts about the subject that were known.

    `together` are those that close, about any record that is of one human with the subject's.
    """

    notice: Notice
    question: Question
    purpose: Purpose
    basis: Basis
    subject: Subject | None
    facts: World
    together: World
    at: datetime


def not_in_force(case: Case) -> bool:
    """The notice, the purpose or the basis has not begun, or has ended."""
    head, purpose, basis = case.notice.notice, case.purpose, case.basis
    return (
        not within(head.in_force_from, head.in_force_until, case.at)
        or not within(purpose.valid_from, purpose.valid_until, case.at)
        or not within(basis.valid_from, basis.valid_until, case.at)
        or any(a.since is None or not within(a.since, None, case.at) for a in purpose.opens_after.values())
    )


def unknown(case: Case) -> bool:
    """There is no such subject on this side of the wall."""
    return case.subject is None or case.subject.side not in case.question.sides


def not_in_group(case: Case) -> bool:
    """The purpose, or this basis of it, is for other groups."""
    asked = [case.purpose.subject_groups]
    if case.basis.subject_groups:
        asked.append(case.basis.subject_groups)
    return case.subject is None or not all(
        any(case.subject.kind in case.notice.subject_groups[group].kinds for group in groups)
        for groups in asked
    )


def erased(case: Case) -> bool:
    """The relation was erased; a legal obligation goes on, and so does answering the subject."""
    return (
        case.basis.kind != "legal_obligation"
        and not case.purpose.despite_erasure
        and any(
            erasure.erased_at <= case.at and case.notice.retention[erasure.retention_class].ends_relation
            for erasure in case.facts.erasures
            if erasure.retention_class in case.notice.retention
        )
    )


def restricted(case: Case) -> bool:
    """Everything, or this purpose, is restricted; or a category that stands on the subject itself.

    One by other categories closes their rows, not the subject.
    """
    itself = {name for name, category in case.notice.categories.items() if "subject" in category.held_in}
    return not case.purpose.despite_restriction and any(
        case.question.purpose in restriction.purposes
        or not (restriction.purposes or restriction.categories)
        or itself & set(restriction.categories)
        for restriction in case.together.restrictions
        if restriction.valid(case.at)
    )


def minor(case: Case) -> bool:
    """A minor, where minors are refused: in marketing unless the notice says otherwise."""
    refused = case.purpose.minors or ("refused" if case.purpose.marketing else "allowed")
    return refused == "refused" and _is(case, "minor")


def estate(case: Case) -> bool:
    """Nothing is marketed to an estate."""
    return case.purpose.marketing and _is(case, "estate")


def _is(case: Case, status: str) -> bool:
    """A claim counts until it is rejected."""
    return any(
        claim.status == status and claim.decision != "rejected" and claim.valid(case.at)
        for claim in case.together.statuses
    )


def objection(case: Case) -> bool:
    """In marketing any objection closes for good. Else it closes an interest while it is pending and
    once it is upheld.
    """
    against = {case.question.purpose, *case.purpose.objections}
    received = [o for o in case.together.objections if o.purpose in against and o.received_at <= case.at]
    if case.purpose.marketing:
        return bool(received)
    if case.basis.kind not in {"legitimate_interest", "public_interest"}:
        return False
    decided = [o for o in received if o.decided_at is not None and o.decided_at <= case.at]
    if any(o.outcome == "upheld" for o in decided):
        return True
    return len(decided) < len(received) and case.purpose.continues_while_pending is None


def ban(case: Case) -> bool:
    """The subject banned marketing over this channel, or over all."""
    return (
        case.purpose.marketing
        and case.question.channel is not None
        and any(b.channel in {case.question.channel, "all"} for b in case.together.bans if b.valid(case.at))
    )


def protected_address(case: Case) -> bool:
    """A letter would use an address under turvakielto."""
    return case.question.channel == "letter" and guarded(case.purpose, case.together, case.at)


def guarded(purpose: Purpose, facts: World, at: datetime) -> bool:
    """This will tell whether the subject's addresses are hidden from a purpose."""
    return not purpose.sees_protected_addresses and any(t.valid(at) for t in facts.turvakiellot)


def no_agreement(case: Case) -> bool:
    """A contract basis without an agreement, and none is being prepared with somebody new."""
    return case.basis.kind == "contract" and not (_agreed(case) or _prepared(case))


def _prepared(case: Case) -> bool:
    """Of which kind it will be is not known yet: a basis for some kinds waits until it is."""
    return not case.basis.agreement_kinds and any(
        preparation.controller in case.question.controllers and preparation.valid(case.at)
        for preparation in case.facts.preparations
    )


def no_consent(case: Case) -> bool:
    """A consent basis without a consent: to this purpose, in a wording in use, for this channel."""
    return case.basis.kind == "consent" and not any(
        consent.purpose == case.question.purpose
        and consent.wording in case.basis.consents
        and _worded(case, consent.wording)
        and consent.channel in {None, case.question.channel}
        and consent.given_at <= case.at
        and not (consent.withdrawn_at and consent.withdrawn_at <= case.at)
        and not (consent.valid_until and consent.valid_until <= case.at)
        for consent in case.facts.consents
    )


def _worded(case: Case, name: str) -> bool:
    """The wording is in use, and covers the channel."""
    wording, channel = case.notice.consents[name], case.question.channel
    covers = channel is None or channel in wording.channels
    return covers and within(wording.valid_from, wording.valid_until, case.at)


def not_while(case: Case) -> bool:
    """What the basis lasts for is not there; a basis that does not say how long it lasts never holds."""
    if case.basis.kind in {"contract", "consent"}:
        return False
    match case.basis.while_:
        case "always":
            return False
        case "agreement":
            return not _agreed(case)
        case "receivable":
            return not _receivable(case)
        case "overdue":
            return not _overdue(case)
    return True


def interest_lapsed(case: Case) -> bool:
    """The interest was not weighed again in time."""
    if case.basis.kind != "legitimate_interest" or case.basis.interest is None:
        return False
    test = case.notice.interests[case.basis.interest].balancing_test
    lapses = test.lapses_on() if test else None
    return lapses is not None and begins(lapses) <= case.at


RULES: tuple[tuple[Reason, Callable[[Case], bool]], ...] = (
    (Reason.NOT_IN_FORCE, not_in_force),
    (Reason.UNKNOWN, unknown),
    (Reason.NOT_IN_GROUP, not_in_group),
    (Reason.ERASED, erased),
    (Reason.RESTRICTED, restricted),
    (Reason.MINOR, minor),
    (Reason.ESTATE, estate),
    (Reason.OBJECTION, objection),
    (Reason.BAN, ban),
    (Reason.PROTECTED_ADDRESS, protected_address),
    (Reason.NO_AGREEMENT, no_agreement),
    (Reason.NO_CONSENT, no_consent),
    (Reason.NOT_WHILE, not_while),
    (Reason.INTEREST_LAPSED, interest_lapsed),
)
"""Every rule with its reason, in order."""


def _agreed(case: Case) -> bool:
    """An agreement reaches its holder, its co-holders, and whoever represents the holder."""
    for period in case.facts.periods:
        reaches = (
            period.controller in case.question.controllers
            and (not case.basis.agreement_kinds or period.kind in case.basis.agreement_kinds)
            and _lasts(period, case.basis.tail, case.at)
        )
        if reaches and (
            period.subject_id == case.subject.id  # type: ignore[union-attr]
            or any(_shares(party, period, case) for party in case.facts.parties)
            or any(
                standing.organisation_id == period.subject_id and standing.valid(case.at)
                for standing in case.facts.representations
            )
        ):
            return True
    return False


def _lasts(period: Period, tail: Duration | None, at: datetime) -> bool:
    """From the request to the end and its tail; one cancelled before it began leaves no tail."""
    return period.requested_at <= at and before(period.valid_until, None if period.is_empty else tail, at)


def _shares(party: Party, period: Period, case: Case) -> bool:
    return (
        party.agreement_id == period.agreement_id
        and party.valid_from <= case.at
        and before(party.valid_until, None if period.is_empty else case.basis.tail, case.at)
    )


def _receivable(case: Case) -> bool:
    """Booked, not written off; where there is a tail, until it has run from the due date."""
    return any(
        owed.controller in case.question.controllers
        and owed.valid(case.at)
        and owed.state != "written_off"
        and (case.basis.tail is None or before(owed.due_at, case.basis.tail, case.at))
        for owed in case.facts.receivables
    )


def _overdue(case: Case) -> bool:
    """Due and unpaid, and not disputed."""
    return any(
        owed.controller in case.question.controllers
        and owed.valid(case.at)
        and owed.state in {"open", "in_collection"}
        and owed.due_at <= case.at
        for owed in case.facts.receivables
    )


def before(end: datetime | None, tail: Duration | None, at: datetime) -> bool:
    """This will tell whether a moment is before an end and its tail; an open end never comes."""
    return end is None or at < (tail.add_to(end) if tail else end)


def within(first: date | str | None, last: date | None, at: datetime) -> bool:
    """This will tell whether a moment is within days of the notice, which begin at Finnish midnight.

    A day that is not told, or unknown, bounds nothing.
    """
    begun = not isinstance(first, date) or begins(first) <= at
    return begun and (last is None or at < begins(last))
