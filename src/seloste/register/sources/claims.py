"""Whether what a source system brings is taken: the notice's master of a category decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seloste.register.protection.operations import declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Outcome = Literal["take", "held", "different", "pending"]


@dataclass(frozen=True)
class Offer:
    """A value that a system brings of a subject, as it is kept here and as it was given there."""

    subject_id: int
    side: str
    category: str
    kind: str
    value: Mapping[str, str | int | None]
    as_given: Mapping[str, str]
    system: str
    batch_id: int
    source_key: str
    is_first: bool = False
    """Nothing of the category and kind is held of the subject yet."""


def offer(offers: Sequence[Offer]) -> list[Outcome]:
    """This will tell what becomes of each value: a master's is taken, as is the first; another's is different.

    Raises: NotInPurpose. Law: GDPR 5(1)(d). Notice: categories.
    """
    masters = {name: category.get("master") for name, category in declared("categories").items()}
    return [
        "take" if each.is_first or masters.get(each.category) == each.system else "different"
        for each in offers
    ]
