"""Measuring two sides of one case in turns, so that what else the machine does falls on both."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 15


@dataclass(frozen=True)
class Case:
    """One comparison: what ours does once, what the baseline does once, and how often in a round."""

    name: str
    ours: Callable[[], object]
    baseline: Callable[[], object]
    times: int


def measure(case: Case) -> dict[str, object]:
    """This will run both sides in turns, each first in every other round, and compare medians of rounds.

    Shape: a row of the answer. Units: microseconds.
    """
    spent: dict[Callable[[], object], list[float]] = {case.ours: [], case.baseline: []}
    for side in spent:
        _run(side, max(3, case.times // 10))
    for number in range(ROUNDS):
        for side in list(spent)[:: -1 if number % 2 else 1]:
            spent[side].append(_run(side, case.times))
    ours, theirs = (statistics.median(rounds) for rounds in spent.values())
    return {
        "case": case.name,
        "ours": round(ours, 1),
        "baseline": round(theirs, 1),
        "ratio": round(ours / theirs, 3),
        "unit": "us",
    }


def _run(side: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        side()
    return (time.perf_counter() - began) / times * 1e6


def spread(things: list[int]) -> Iterator[int]:
    """This will give one thing after the other, far apart in their list, round and round."""
    step = next(n for n in (7919, 104_729, 1_299_709) if len(things) % n)
    return (things[n * step % len(things)] for n in count())
