"""What leaves for a system: only to whom the notice declares, and signed where a human has to write it there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from seloste.kernel.periods import FINLAND, holds
from seloste.register.protection.operations import declared, notice_in_force
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TASKED = "sha256:"
"""How the receipt of a signed task begins: its digest."""
MASKED = "kept in the register: shown there to whoever may see a protected address"


class NotDeclaredOutbound(NotInPurpose):
    """The notice in force declares nobody of this name to whom a value of the category goes."""


class Signs(Protocol):
    """Puts a signature under a text."""

    def sign_text(self, text: str) -> str:
        """The text with its signature."""


def require_declared(system: str, category: str, *, at: datetime) -> None:
    """This will make sure that the notice lets a value of a category go to a system.

    It is one of its systems and the category's master, or a recipient of the category, or a processor
    whose contract has not ended.
    Raises: NotDeclaredOutbound. Law: GDPR 5(1)(b), 28, 30(1)(d). Notice: systems, recipients, processors.
    """
    day = at.astimezone(FINLAND).date().isoformat()
    if system in declared("systems") and declared("categories").get(category, {}).get("master") == system:
        return
    recipient = _party("recipients", system)
    if category in (recipient.get("categories") or ()) and holds(recipient, at):
        return
    processor = _party("processors", system)
    if processor and day <= (processor.get("contract_until") or day) and holds(processor, at):
        return
    raise NotDeclaredOutbound(
        f"nothing of {category} goes to {system}: in the notice in force it is neither the system that is the master of"
        " it, nor a recipient of it, nor a processor with a contract. Nothing was sent"
    )


def _party(term: str, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (declared(term).get("to") or {}).get(name) or {}
    return found


@dataclass(frozen=True)
class Task:
    """What somebody who keeps a system is to write there; a protected address is not in it."""

    number: int
    system: str
    key: str | None
    category: str
    kind: str
    before: Mapping[str, Any] | None
    now: Mapping[str, Any]
    is_masked: bool = False

    def signed(self, signer: Signs, *, at: datetime) -> str:
        """This will write it down, a word and what it says a line, with a signature under it.

        Law: GDPR 5(1)(d), 19, 32(1)(b). Notice: systems.
        """
        told = {
            "seloste": "correction",
            "number": self.number,
            "system": self.system,
            "key": self.key,
            "category": self.category,
            "kind": self.kind,
            "before": MASKED if self.is_masked else self.before,
            "now": MASKED if self.is_masked else dict(self.now),
            "at": at.isoformat(),
            "notice": notice_in_force(),
        }
        text = "".join(f"{word} {json.dumps(said, ensure_ascii=False)}\n" for word, said in told.items())
        return signer.sign_text(text)


def digest(note: str) -> str:
    """What is kept of a task that left: by which it is known again."""
    return f"{TASKED}{sha256(note.encode()).hexdigest()}"
