"""Verdicts: what decided, by which term of the notice and which article, in words.

Law: GDPR 5(2), 6, 7, 17, 21. Notice: purposes, consents, interests, retention, subject_groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seloste.policy.verdict import ARTICLES, STANDINGS, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seloste.register.protection.backend.logins import InForce
    from seloste.register.protection.see import Why

NOT_DECLARED = "not_declared"
"""Why most is hidden: the notice does not name the category under the purpose."""


def verdict(in_force: InForce, purpose: str, told: Iterable[Why]) -> dict[str, Any]:
    """This will sum up the keys of a purpose: open when one is, else the first refusal.

    Shape: {"allowed", "reason", "basis", "term", "article", "notice", "until"}.
    """
    keys = list(told)
    opened = [key for key in keys if key.allowed]
    decisive = next(iter(opened or keys), None)
    if decisive is None:
        return whole(in_force, purpose, {"allowed": False, "reason": "unknown", "until": None})
    ends = [key.until for key in opened if key.until]
    until = decisive.until if not opened else max(ends) if len(ends) == len(opened) else None
    return whole(
        in_force,
        purpose,
        {
            "allowed": bool(opened),
            "reason": decisive.reason,
            "basis": decisive.basis,
            "until": until.isoformat() if until else None,
        },
    )


def whole(in_force: InForce, purpose: str, told: dict[str, Any]) -> dict[str, Any]:
    """This will add to a verdict the term and the article that decide it.

    `basis` is the kind of the basis that it stands on, or null where no basis decides.
    """
    reason = Reason(told["reason"])
    ground = STANDINGS[reason]
    stands_on_basis = reason in {Reason.OPEN, Reason.NOT_WHILE}
    basis = _basis(in_force, purpose, told.get("basis")) if stands_on_basis else None
    return {
        "allowed": told["allowed"],
        "reason": told["reason"],
        "basis": basis,
        "term": ground.term,
        "article": ARTICLES[basis] if basis else ground.article,
        "notice": in_force.hash,
        "until": told["until"],
    }


def of_channel(told: Iterable[Why], channel: str | None) -> list[Why]:
    """The keys that a channel is judged by: its own, or those that tell no channels apart."""
    return [key for key in told if channel is None or key.channel in {None, channel}]


def words(reason: str) -> str:
    """A reason, and what would change it, in words; a rule that is not of the policy's own, as it is named."""
    try:
        return STANDINGS[Reason(reason)].en
    except ValueError:
        return brief(reason)


def brief(reason: str) -> str:
    """A reason in a word or two, for tables."""
    return reason.replace("_", " ")


def _basis(in_force: InForce, purpose: str, number: int | None) -> str | None:
    """The kind of one basis of a purpose."""
    bases = in_force.part("purposes", purpose).get("bases") or []
    return bases[number]["kind"] if number is not None and number < len(bases) else None
