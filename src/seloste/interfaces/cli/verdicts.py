"""Verdicts: what decided, by which term of the notice and which article, in words.

Law: GDPR 5(2), 6, 7, 17, 21. Notice: purposes, consents, interests, retention, subject_groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seloste.register.protection.backend.logins import InForce
    from seloste.register.protection.see import Why

ARTICLES = {
    "consent": "GDPR 6(1)(a)",
    "contract": "GDPR 6(1)(b)",
    "legal_obligation": "GDPR 6(1)(c)",
    "vital_interest": "GDPR 6(1)(d)",
    "public_interest": "GDPR 6(1)(e)",
    "legitimate_interest": "GDPR 6(1)(f)",
}

TERMS: dict[str, tuple[str, str | None]] = {
    "unknown": ("subject_groups", None),
    "not_in_group": ("purposes.subject_groups", "GDPR 5(1)(b)"),
    "not_in_force": ("notice", "GDPR 13"),
    "erased": ("retention", "GDPR 17"),
    "minor": ("purposes.minors", "GDPR 8"),
    "estate": ("purposes.marketing", "GDPR 5(1)(a)"),
    "objection": ("purposes.objections", "GDPR 21"),
    "ban": ("purposes.channels", "SVPL 200"),
    "protected_address": ("categories.address_bearing", "661/2009 36"),
    "interest_lapsed": ("interests.balancing_test", "GDPR 6(1)(f)"),
    "no_consent": ("consents", "GDPR 7"),
}
"""Reason to the term and article that decide it; a basis's own are those of its kind."""

NOT_DECLARED = "not_declared"
"""Why most is hidden: the notice does not name the category under the purpose."""

WORDS = {
    "open": "open",
    "unknown": "not known to this purpose",
    NOT_DECLARED: "not a category of this purpose",
    "not_in_group": "not of a group that this purpose is for",
    "not_in_force": "not in force then",
    "erased": "erased",
    "restricted": "restricted",
    "minor": "a minor",
    "estate": "an estate",
    "objection": "objected to",
    "ban": "banned by the person",
    "protected_address": "protected address (turvakielto)",
    "no_agreement": "no agreement that carries it",
    "no_consent": "no consent",
    "not_while": "its ground does not hold now",
    "interest_lapsed": "the balancing test has lapsed",
}
"""Reasons in a few words, for tables."""


def verdict(in_force: InForce, purpose: str, told: Iterable[Why]) -> dict[str, Any]:
    """This will sum up the keys of a purpose: open when one is, else the first refusal.

    Shape: {"allowed", "reason", "term", "article", "notice", "until"}.
    """
    keys = list(told)
    opened = [key for key in keys if key.allowed]
    decisive = (opened or keys or [None])[0]
    until = decisive.until if decisive else None
    if opened:
        until = None if any(key.until is None for key in opened) else max(key.until for key in opened)
    return whole(
        in_force,
        purpose,
        {
            "allowed": bool(opened),
            "reason": decisive.reason if decisive else "unknown",
            "basis": decisive.basis if decisive else None,
            "until": until.isoformat() if until else None,
        },
    )


def whole(in_force: InForce, purpose: str, told: dict[str, Any]) -> dict[str, Any]:
    """This will add to a verdict the term and the article that decide it."""
    term, article = TERMS.get(told["reason"], ("purposes.bases", None))
    if told["reason"] not in TERMS:
        article = _bases(in_force, purpose, told.get("basis"))
    return {
        "allowed": told["allowed"],
        "reason": told["reason"],
        "term": term,
        "article": article,
        "notice": in_force.hash,
        "until": told["until"],
    }


def of_channel(told: Iterable[Why], channel: str | None) -> list[Why]:
    """The keys that a channel is judged by: its own, or those that tell no channels apart."""
    return [key for key in told if channel is None or key.channel in {None, channel}]


def words(reason: str) -> str:
    """A reason in a few words."""
    return WORDS.get(reason, reason.replace("_", " "))


def _bases(in_force: InForce, purpose: str, number: int | None) -> str | None:
    """The article of one basis of a purpose, or of all when it is not known which decided."""
    bases = in_force.part("purposes", purpose).get("bases") or []
    chosen = bases if number is None else bases[number : number + 1]
    return ", ".join(dict.fromkeys(ARTICLES[basis["kind"]] for basis in chosen)) or None
