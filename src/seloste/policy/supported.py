"""What a faulty notice supports: the bases that its text carries, and why the others stay shut.

Law: GDPR 5(2), 6(1), 7(1), 13(1)(d). Notice: purposes, consents, interests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.notice import Notice
    from seloste.notice.purposes import Basis

Supported = dict[str, frozenset[int]]
"""Purpose to the numbers of its bases that open."""


@dataclass(frozen=True)
class Shut:
    """A purpose, or one basis of it, that the text does not carry; `reason` names what is missing."""

    purpose: str
    basis: int | None
    reason: str
    line: int

    def __str__(self) -> str:
        """One line for a person."""
        where = self.purpose if self.basis is None else f"{self.purpose}, basis {self.basis + 1}"
        return f"{where} (line {self.line}): {MISSING[self.reason]}"


MISSING = {
    "no_basis": "no basis is declared for it",
    "no_proof_of_consent": "no wording of consent, and so no proof of it, is declared",
    "no_interest": "the legitimate interest that it rests on is not named",
    "no_condition": "it is not said while what the obligation or interest lasts",
    "no_controller": "no controller is declared for it",
    "awaits": "what must be done before it opens has no day yet",
}


def everything(notice: Notice) -> Supported:
    """This will take a notice at its word: every basis of every purpose that awaits nothing more."""
    return {name: frozenset(range(len(p.bases or ()))) for name, p in notice.purposes.items() if not p.awaits}


def supported(notice: Notice) -> Supported:
    """This will keep the bases that the text carries; a purpose without any is left out."""
    closed = {(s.purpose, s.basis) for s in shut(notice)}
    kept = {
        name: frozenset(n for n in numbers if (name, n) not in closed)
        for name, numbers in everything(notice).items()
        if (name, None) not in closed
    }
    return {name: numbers for name, numbers in kept.items() if numbers}


def shut(notice: Notice) -> Iterator[Shut]:
    """This will list what stays shut and why, in the order of the notice."""
    for name, purpose in notice.purposes.items():
        if not purpose.bases:
            yield Shut(name, None, "no_basis", purpose.line)
        elif not purpose.controllers:
            yield Shut(name, None, "no_controller", purpose.line)
        elif purpose.awaits:
            yield Shut(name, None, "awaits", purpose.line)
        for number, basis in enumerate(purpose.bases or ()):
            if reason := _missing(notice, basis):
                yield Shut(name, number, reason, basis.line)


def _missing(notice: Notice, basis: Basis) -> str | None:
    if basis.kind == "consent" and not basis.consents:
        return "no_proof_of_consent"
    if basis.kind == "legitimate_interest" and basis.interest not in notice.interests:
        return "no_interest"
    if basis.kind not in {"consent", "contract"} and not basis.while_:
        return "no_condition"
    return None
