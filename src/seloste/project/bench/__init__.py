"""What the rules cost, as a ratio to an honest baseline that is measured in the same run.

Absolute figures stand beside the ratios and are never asserted: they are those of one machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .find import bench_find
from .keys import bench_keys
from .ledger import bench_ledger
from .policy import bench_policy
from .sources import bench_sources

if TYPE_CHECKING:
    from seloste.project.main import Bench

BENCHES: dict[str, Bench] = {
    "policy": bench_policy,
    "ledger": bench_ledger,
    "keys": bench_keys,
    "sources": bench_sources,
    "find": bench_find,
}
"""What `seloste bench NAME` measures, by name."""
