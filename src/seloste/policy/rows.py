"""The answer of a row: its subject's answer, less what the row itself closes.

What a place (a table, or a category within a table) opens for each key stands in `policy.mask`;
one formula, the same for every table, makes a row's bits from its subject's row and that mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .schema import FOUND, claims

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seloste.notice import Notice
    from seloste.notice.purposes import Purpose

    from .keys import Key
    from .schema import Claim

ROW_RULES = ("controller", "channel", "category_restricted", "category_erased", "protected_row")
"""Rules on rows, beside those on subjects in `rules.RULES`."""

WORD = 63
"""Bits used of a bigint; the sign is left alone."""


def word(number: int) -> int:
    """Which bigint (1, 2, ...) holds the bit of a key number."""
    return number // WORD + 1


def bit(number: int) -> int:
    """The bit of a key number within its bigint."""
    return 1 << (number % WORD)


def masks(numbers: Mapping[Key, int] | list[int], words: int) -> list[int]:
    """This will gather key numbers into one mask a bigint."""
    found = [0] * words
    for number in numbers.values() if hasattr(numbers, "values") else numbers:
        found[word(number) - 1] |= bit(number)
    return found


def together(asked: Mapping[int, Iterable[str]], which: int) -> str:
    """The SQL of one bigint whose bits are set where all conditions hold that were asked for them.

    A condition that many ask is written and judged once: to set the expressions of a plan up took
    ten times as long as to run them for one subject (measured: 190 of 210 microseconds).
    """
    every, closing = 0, dict[str, int]()
    for number, conditions in sorted(asked.items()):
        if word(number) == which:
            every |= bit(number)
            for sql in conditions:
                closing[sql] = closing.get(sql, 0) | bit(number)
    terms = (f"CASE WHEN {sql} THEN -1 ELSE {~mask} END" for sql, mask in closing.items())
    return "\n      & ".join([f"{every}::bigint", *terms])


@dataclass(frozen=True)
class Opened:
    """What one place opens at one controller's rows: the keys, and those that nothing narrows."""

    place: str
    controller: str
    keys: tuple[int, ...]
    unrestricted: tuple[int, ...]
    guardians: tuple[int, ...]
    category: str
    address_bearing: bool


def opened(notice: Notice, numbers: Mapping[Key, int], without: frozenset[str] = frozenset()) -> list[Opened]:
    """This will list what every place opens, for every controller (`""`: rows of no controller).

    Notice: categories, purposes.
    """
    found = []
    for claim in claims(notice):
        category = notice.categories[claim.category]
        for controller in ("", *sorted(notice.controllers)):
            keys = [key for key in numbers if opens(notice, key, claim, controller, without)]
            purposes = {key: notice.purposes[key.login.purpose] for key in keys}
            found.append(
                Opened(
                    claim.place,
                    controller,
                    tuple(numbers[key] for key in keys),
                    tuple(
                        numbers[key]
                        for key in keys
                        if purposes[key].despite_restriction or "category_restricted" in without
                    ),
                    tuple(
                        numbers[key]
                        for key in keys
                        if purposes[key].sees_protected_addresses or "protected_row" in without
                    ),
                    claim.category,
                    bool(category.address_bearing),
                )
            )
    return found


def opens(notice: Notice, key: Key, claim: Claim, controller: str, without: frozenset[str]) -> bool:
    """Whether a place's rows of a controller can be open to a key at all."""
    purpose = notice.purposes[key.login.purpose]
    if claim.category not in touched(purpose):
        return False
    if claim.table == FOUND and not (purpose.finds or claim.category in kept(purpose)):
        return False
    if controller and controller not in key.login.controllers and "controller" not in without:
        return False
    carried = notice.categories[claim.category].channels or ()
    if not purpose.channels or not carried or "channel" in without:
        return True
    reached = {key.channel} if key.channel else set(purpose.channels)
    return bool(reached & set(carried))


def touched(purpose: Purpose) -> set[str]:
    """The categories a purpose reads, writes or erases; what it reads is a matter of grants."""
    return {*(purpose.categories or ()), *kept(purpose)}


def kept(purpose: Purpose) -> set[str]:
    """The categories whose rows a purpose puts in or takes out."""
    return {*(purpose.writes or ()), *(purpose.erases or ())}


def formula(number: int, subject: str = "s", mask: str = "m") -> str:
    """The SQL that makes one bigint of a row's answer from its subject's row and its mask."""
    s, m, n = subject, mask, number
    return (
        f"({s}.bits{n} & {m}.open{n}"
        f" & CASE WHEN {s}.closed & {m}.bit <> 0 THEN {m}.unrestricted{n} ELSE -1 END"
        f" & CASE WHEN {s}.gone & {m}.gone <> 0 THEN 0 ELSE -1 END"
        f" & CASE WHEN {s}.guarded AND {m}.address_bearing THEN {m}.guardian{n} ELSE -1 END)"
    )
