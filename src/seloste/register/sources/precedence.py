"""Whose value counts: what becomes of a value that a system brings, by the master that the notice declares.

Pure: it knows what is held and said, and no database. Notice: categories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Literal

from seloste.kernel.periods import FINLAND

if TYPE_CHECKING:
    from collections.abc import Mapping

Outcome = Literal["take", "held", "different", "pending"]
State = Literal["held", "different", "pending", "settled"]

OURS = "seloste"
"""What a notice calls this register among its systems: where it is the master, people here decide."""


@dataclass
class Claim:
    """What a system says now."""

    value: Mapping[str, Any]
    state: State
    batch_id: int
    key: int | None = None
    """Of its row; none while it is not written yet."""


Who = tuple[str, str]
"""A system, and what it calls the subject."""


@dataclass(frozen=True)
class Waiting:
    """A correction that its master has not brought yet: what it said, none where that is not known, and what is right."""

    key: int
    system: str
    value: Mapping[str, Any]
    before: Mapping[str, Any] | None


@dataclass
class Standing:
    """How one value of a subject stands: who is its master, what is held here, what each system says."""

    master: str = OURS
    held: list[Mapping[str, Any]] | None = None
    """What the register holds; none where that cannot be compared, so that what was taken counts."""
    is_held: bool = False
    """Something is held, though it cannot be compared."""
    beside: frozenset[str] = frozenset()
    """Fields that are not compared with what is held: since when it is so is no part of what is so."""
    claims: dict[Who, list[Claim]] = field(default_factory=dict)
    """What each says, one value or several."""
    waiting: Waiting | None = None

    @property
    def is_new(self) -> bool:
        """Whether nothing is held, nobody has said anything and nothing waits."""
        return self.held == [] and not self.claims and self.waiting is None

    @property
    def values(self) -> list[Mapping[str, Any]]:
        """What is held here, or was taken; a value without fields is one that nothing agrees with."""
        if self.held is not None:
            return self.held
        taken = [claim.value for claims in self.claims.values() for claim in claims if claim.state == "held"]
        return taken or ([{}] if self.is_held else [])

    def holds(self, value: Mapping[str, Any]) -> bool:
        """Whether this is held."""
        return any(self.says(held, value) for held in self.values)

    def says(self, held: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
        """Whether one that is held is this."""
        return agrees(held, {name: part for name, part in value.items() if name not in self.beside})


@dataclass(frozen=True)
class Judged:
    """What becomes of a value that was brought: the answer to who brings it, and how it is kept.

    `state` is none for what is not kept: it says nothing, or is older than what is known.
    """

    outcome: Outcome
    state: State | None
    confirms: bool = False


def judge(standing: Standing, who: Who, value: Mapping[str, Any], batch_id: int) -> Judged:
    """This will judge a value that a system brings against how it stands.

    The master's is taken, unless a correction waits there or it only says again what was changed here
    since. From elsewhere it is taken where nothing is held, or where what is held came from there and the
    master is no register of people; else it is kept beside, as different.
    Law: GDPR 5(1)(d). Notice: categories.
    """
    said, system = standing.claims.get(who, []), who[0]
    if all(part is None for part in value.values()) or any(claim.batch_id > batch_id for claim in said):
        return Judged("held", None)
    again = next((claim for claim in said if claim.value == value), None)
    waiting = standing.waiting if standing.waiting and standing.waiting.system == system else None
    if waiting and not agrees(value, waiting.value):
        said_before = again or (not said and waiting.before is None)
        if said_before or agrees(value, waiting.before or {}):
            return Judged("pending", "pending")
        return Judged("different", "different")
    outcome, state = _beside(standing, who, again, value, batch_id)
    return Judged(outcome, state, confirms=waiting is not None)


def _beside(
    standing: Standing, who: Who, again: Claim | None, value: Mapping[str, Any], batch_id: int
) -> tuple[Outcome, State]:
    """Where no correction stands in between: what is held decides, and whose it is."""
    # what cannot be compared and says less than before has changed: a date that is gone is news
    says_less = standing.held is None and not again and who in standing.claims
    if standing.holds(value) and not says_less:
        return "held", "held"
    if not standing.values:
        return "take", "held"
    if again:
        return "different", "settled" if again.state == "settled" else "different"
    if who[0] == standing.master or _is_own(standing, who, batch_id):
        return "take", "held"
    return "different", "different"


def _is_own(standing: Standing, who: Who, batch_id: int) -> bool:
    """Whether all that is held came from there: just now, or before and the master is a system that never spoke."""
    said = [claim for claim in standing.claims.get(who, ()) if claim.state == "held"]
    spoke = any(system == standing.master for system, _ in standing.claims)
    if standing.master == OURS or spoke:
        said = [claim for claim in said if claim.batch_id == batch_id]
    return all(any(standing.says(held, claim.value) for claim in said) for held in standing.values)


def agrees(whole: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    """Whether a value says all that another does; what is none is not said, and nothing agrees with nothing."""
    told = {name: each for name, each in part.items() if each is not None}
    return bool(told) and all(name in whole and _same(whole[name], each) for name, each in told.items())


def _same(held: Any, told: Any) -> bool:
    """Whether two values are equal where one may be a moment and the other its words; a day is its Finnish midnight."""
    if type(held) is type(told) or not (isinstance(held, date) or isinstance(told, date)):
        return bool(held == told)
    return bool(_moment(held) == _moment(told))


def _moment(told: Any) -> Any:
    if isinstance(told, str):
        try:
            told = datetime.fromisoformat(told)
        except ValueError:
            return told
    if isinstance(told, date) and not isinstance(told, datetime):
        told = datetime.combine(told, time())
    if isinstance(told, datetime) and told.tzinfo is None:
        return told.replace(tzinfo=FINLAND)
    return told
