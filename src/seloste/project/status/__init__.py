"""`seloste status`: what stopped, why, and what to run.

A part of the register that has something to watch gives a module here with `CHECKS`, and its name to
`PARTS` below; nothing else knows of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

from seloste.interfaces.cli.house import NoDatabase

from . import emergencies, keys, ledger, policy, recovery, server, sources, work
from .told import STOPPED, WORST_LAST, Check, Site, Told, Words, stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.project.database import Cluster

PARTS = (server, policy, keys, ledger, sources, emergencies, work, recovery)


def checks() -> Iterator[Check]:
    """This will yield every check, in the order in which an operator wants to know."""
    for part in PARTS:
        yield from part.CHECKS


def status(cluster: Cluster, home: Path, *, slow: bool = True) -> list[tuple[Check, Told]]:
    """This will ask every check; it changes nothing. `slow`: those too that take seconds.

    Raises: NoDatabase.
    """
    with _looking(cluster) as admin:
        site = Site(home, cluster, admin, datetime.now(UTC))
        return [(check, _asked(check, site)) for check in checks() if slow or not check.is_slow]


def worst(told: list[tuple[Check, Told]]) -> str:
    """The state of the whole: that of the worst."""
    return max((each.state for _, each in told), key=WORST_LAST.index)


def shape(told: list[tuple[Check, Told]], lang: str) -> dict[str, Any]:
    """This will write down what was told.

    Shape: {"state", "checks": [{"check", "title", "state", "why", "run", "twice"}]}.
    """
    return {
        "state": worst(told),
        "checks": [
            {
                "check": check.name,
                "title": check.title(lang),
                "state": each.state,
                "why": each.why(lang),
                "run": each.run,
                "twice": each.twice(lang) if each.twice else None,
            }
            for check, each in told
        ],
    }


@contextmanager
def _looking(cluster: Cluster) -> Iterator[psycopg.Connection[Any]]:
    try:
        admin = psycopg.connect(
            make_conninfo(cluster.admin_dsn(), dbname=cluster.database, connect_timeout=5), autocommit=True
        )
    except psycopg.OperationalError as wrong:
        told = str(wrong).strip().rpartition("FATAL:")[2].strip() or "it does not answer"
        raise NoDatabase(f"{told}. If there is no database yet: `seloste policy bootstrap`") from None
    with admin:
        admin.execute("SET TimeZone = 'UTC'")
        admin.execute("SET default_transaction_read_only = on")
        # a check waits for nobody: whatever holds a lock is told by another
        admin.execute("SET lock_timeout = '2s'")
        yield admin


def _asked(check: Check, site: Site) -> Told:
    """A check that cannot be answered is told as stopped; its words may hold values and are kept back."""
    try:
        return check.ask(site)
    except Exception as error:  # noqa: BLE001 - the other checks are still wanted
        name = type(error).__name__
        return stopped(f"Tätä ei voitu tarkistaa: {name}.", f"This could not be checked: {name}.")


__all__ = ["STOPPED", "Check", "Site", "Told", "Words", "checks", "shape", "status", "worst"]
