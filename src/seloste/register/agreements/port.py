"""What depends on an agreement, in folders above: each that keeps such rows implements `Dependents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True)
class Dependent:
    """Something that stands on an agreement: of which kind, by which key, about whom, and in which state."""

    kind: str
    key: str
    subject_id: int
    state: str


class Dependents(Protocol):
    """Finds what stands on an agreement."""

    kind: str
    """What it finds, in the plural."""
    table: str
    """What a purpose must read for it."""

    def of(self, agreement_id: int, *, since: datetime) -> Iterable[Dependent]:
        """What stands on an agreement from a moment on, as far as the purpose sees it."""


_asked: list[Dependents] = []


def ask(*dependents: Dependents) -> None:
    """This will have these, and no others, asked what stands on an agreement; wired by the project."""
    _asked[:] = dependents


def asked() -> tuple[Dependents, ...]:
    """Whoever is wired."""
    return tuple(_asked)
