"""How bodies end by rule: they are named, the names are sealed, then the bodies are deleted.

The leaf's hash stays, and every proof with it; the random bits that went into it go with the body.
Law: GDPR 5(1)(e), 5(2). Notice: retention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .sealing import seal

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from .checkpoints import Exported
    from .signing import Signer

BATCH = 10_000
"""Bodies that one event names at most."""


@dataclass(frozen=True)
class Disposed:
    """How many bodies were named, and how many were deleted."""

    named: int
    deleted: int


def dispose(
    connection: psycopg.Connection[Any],
    signer: Signer,
    exported: Exported,
    *,
    at: datetime,
    batch: int = BATCH,
) -> Disposed:
    """This will end the bodies whose retention class has run out, by the server's clock.

    Which those are the notice in force says, in the database; nobody chooses them here. Run again
    after a kill it goes on where it was.
    Writes: event, ledger_disposal, ledger_leaf, checkpoint. Raises: LedgerTampered, AnotherKey.
    Law: GDPR 5(1)(e).
    """
    named = _all(connection, "SELECT policy.dispose(%s)", batch)
    seal(connection, signer, exported, at=at)
    return Disposed(named, _all(connection, "SELECT policy.clear_disposed(%s)", batch))


def _all(connection: psycopg.Connection[Any], query: str, batch: int) -> int:
    """Batch by batch, each committed, until there is nothing left."""
    found, last = 0, batch
    while last:
        [(last,)] = connection.execute(query, [batch]).fetchall()
        found += last
    return found
