"""The rules of decision: what must hold for a key to be open, in the order a refusal is told.

Each rule adds one condition to a key's bit; the names are those of the reasons in `verdict`.
`without` leaves rules out: a test takes each away once and must notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .keys import midnight
from .schema import claims
from .statements import literal, texts

if TYPE_CHECKING:
    from seloste.notice import Notice
    from seloste.notice.purposes import Basis, Purpose

    from .facts import Facts
    from .keys import Key

RULES = (
    "unknown",
    "not_in_group",
    "erased",
    "restricted",
    "minor",
    "estate",
    "objection",
    "ban",
    "protected_address",
    "basis",
)
"""Rules on the subject; those on rows are in `rows.ROW_RULES`."""


class Condition(NamedTuple):
    """What must be true, and the reason told when it is not."""

    reason: str
    sql: str


def conditions(
    notice: Notice, key: Key, facts: Facts, without: frozenset[str] = frozenset()
) -> list[Condition]:
    """This will list the conditions of one key, in the order in which a refusal is told.

    Law: GDPR 6(1), 17, 18, 21; SVPL 200. Notice: purposes.
    """
    purpose = notice.purposes[key.login.purpose]
    basis = purpose.bases[key.basis]
    told = [
        Condition("unknown", f"s.side = ANY({texts(key.login.sides)})"),
        Condition("not_in_group", f"s.kind = ANY({texts(_kinds(notice, purpose, basis))})"),
        *_closures(notice, purpose, basis),
        *_marketing(key, purpose, basis),
        *_basis(notice, key, basis, facts),
    ]
    return [
        condition
        for condition in told
        if condition.reason not in without and not ("basis" in without and condition.reason in BASIS_REASONS)
    ]


BASIS_REASONS = frozenset({"no_agreement", "no_consent", "not_while"})


def _kinds(notice: Notice, purpose: Purpose, basis: Basis) -> list[str]:
    groups = notice.subject_groups
    kinds = {kind for group in purpose.subject_groups for kind in groups[group].kinds or ()}
    if basis.subject_groups:
        kinds &= {kind for group in basis.subject_groups for kind in groups[group].kinds or ()}
    return sorted(kinds)


def _closures(notice: Notice, purpose: Purpose, basis: Basis) -> list[Condition]:
    told = []
    if basis.kind != "legal_obligation" and not purpose.despite_erasure:
        ending = [name for name, kept in sorted(notice.retention.items()) if kept.ends_relation]
        told.append(Condition("erased", f"NOT f_erasure.classes && {texts(ending)}"))
    if not purpose.despite_restriction:
        told.append(Condition("restricted", "NOT f_restriction.everything"))
        named = f"{literal(purpose.key)} <> ALL(f_restriction.purposes)"
        told.append(Condition("restricted", named))
        whole = sorted({claim.category for claim in claims(notice) if claim.table == "subject"})
        told.append(Condition("restricted", f"NOT f_restriction.named && {texts(whole)}"))
    if (purpose.minors or ("refused" if purpose.marketing else "allowed")) == "refused":
        told.append(Condition("minor", "NOT f_status.minor"))
    if purpose.marketing:
        told.append(Condition("estate", "NOT f_status.estate"))
    return told


def _marketing(key: Key, purpose: Purpose, basis: Basis) -> list[Condition]:
    """Objection, ban and protected address; an objection to marketing is absolute, 21(3)."""
    named = texts(sorted({purpose.key, *purpose.objections}))
    told = []
    if purpose.marketing:
        told.append(Condition("objection", f"NOT f_objection.received && {named}"))
        if key.channel:
            banned = texts([key.channel, "all"])
            told.append(Condition("ban", f"NOT f_ban.channels && {banned}"))
    elif basis.kind in {"legitimate_interest", "public_interest"}:
        closing = f"NOT f_objection.upheld && {named}"
        if not purpose.continues_while_pending:
            closing += f" AND NOT f_objection.pending && {named}"
        told.append(Condition("objection", closing))
    if key.channel == "letter" and not purpose.sees_protected_addresses:
        told.append(Condition("protected_address", "NOT f_turvakielto.active"))
    return told


def _basis(notice: Notice, key: Key, basis: Basis, facts: Facts) -> list[Condition]:
    if basis.kind == "consent":
        return [Condition("no_consent", _consent(notice, key, basis, facts))]
    controllers, kinds = key.login.controllers, tuple(basis.agreement_kinds)
    if basis.kind == "contract":
        return [Condition("no_agreement", facts.agreement(controllers, kinds, basis.tail, prepared=True))]
    match basis.while_:
        case "always":
            return []
        case "agreement":
            lasts = facts.agreement(controllers, kinds, basis.tail, prepared=False)
        case "receivable":
            lasts = facts.receivable(controllers, basis.tail)
        case "overdue":
            lasts = facts.overdue(controllers)
        case _:
            lasts = "false"
    return [Condition("not_while", lasts)]


def _consent(notice: Notice, key: Key, basis: Basis, facts: Facts) -> str:
    """Active consents are spelled `purpose|wording|channel`, `*` for one that names no channel."""
    asked = []
    for name in sorted(basis.consents or ()):
        wording = notice.consents[name]
        if key.channel and key.channel not in wording.channels:
            continue
        spelled = [f"{key.login.purpose}|{name}|*"]
        if key.channel:
            spelled.append(f"{key.login.purpose}|{name}|{key.channel}")
        window = facts.wording(name, midnight(wording.valid_from), midnight(wording.valid_until))
        asked.append(f"(f_consent.active && {texts(spelled)}{window})")
    return " OR ".join(asked) or "false"
