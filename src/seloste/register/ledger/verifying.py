"""Verifying, proving and exporting the ledger, as the sealer reads it.

What judges is the stand-alone verifier: here it is given the database's rows, elsewhere an export of them.
Law: GDPR 5(2), 32(1)(d). Notice: protection.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import verifier
from .bodies import BY_INDEX, COLUMNS, body
from .sealing import LedgerTampered, nodes, unsealed
from .tree import EMPTY, consistency, inclusion, root_of_inclusion, together
from .verifier import FORMAT, Checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO
    from uuid import UUID

    import psycopg

    from .tree import Part
    from .verifier import PublicKey

_LEAVES = f"""
SELECT l.index, l.event_id::text, encode(l.hash, 'hex'), encode(l.nodes, 'hex'), e.id IS NOT NULL, {COLUMNS}
FROM register.ledger_leaf l LEFT JOIN register.event e ON e.id = l.event_id ORDER BY l.index"""

_CHECKPOINTS = """
SELECT number, size, encode(root, 'hex') AS root, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
  key_id, note FROM register.checkpoint ORDER BY number"""


class NotSealedYet(Exception):
    """The event has no place in the tree yet, so nothing can be proven of it."""


@dataclass(frozen=True)
class Proof:
    """That an event is in the ledger that a checkpoint signed, and that it has grown from another."""

    event: str
    index: int
    leaf: str
    proof: list[str]
    checkpoint: str
    grown_from: int | None
    grown: list[str] | None


def verify(
    connection: psycopg.Connection[Any], pinned: PublicKey, exported: Iterable[Checkpoint]
) -> dict[str, Any]:
    """This will verify the ledger as it stands at one moment.

    Shape: {"intact", "size", "checkpoints", "unsealed", "findings": [{"what", "index", "upto", "event", "told"}]}.
    Law: GDPR 5(2), 32(1)(d).
    """
    return verifier.verify(records(connection), pinned, exported)


def export(connection: psycopg.Connection[Any], file: IO[str]) -> int:
    """This will write all that a verifier needs, a line a record; says how many leaves.

    Bodies hold keys of staff and of reasons; of the subjects it holds a digest alone.
    """
    lines = 0
    for record in records(connection):
        file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        lines += 1
    return lines - 2


def records(connection: psycopg.Connection[Any]) -> Iterator[dict[str, Any]]:
    """This will yield the ledger in its order: the checkpoints, every leaf, how many events are not sealed."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield from _records(connection)


def _records(connection: psycopg.Connection[Any]) -> Iterator[dict[str, Any]]:
    connection.execute(BY_INDEX)
    cursor = connection.execute(_CHECKPOINTS)
    names = [column.name for column in cursor.description or ()]
    notes = [dict(zip(names, row, strict=True)) for row in cursor]
    yield {"format": FORMAT, "checkpoints": notes}
    with connection.cursor("leaves") as leaves:
        leaves.itersize = 5_000
        for index, event, leaf, completed, there, *columns in leaves.execute(_LEAVES):
            told, disposes = body(tuple(columns)) if there else (None, [])
            yield {
                "index": index,
                "event": event,
                "hash": leaf,
                "nodes": [
                    completed[n : n + 2 * len(EMPTY)] for n in range(0, len(completed), 2 * len(EMPTY))
                ],
                "body": told,
                "disposes": disposes,
            }
    yield {"unsealed": unsealed(connection)}


def prove(connection: psycopg.Connection[Any], event: UUID, since: Checkpoint | None) -> Proof:
    """This will prove that an event is in the ledger as last signed, and that this has grown from `since`.

    Raises: NotSealedYet, LedgerTampered.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute(
            "SELECT index, hash FROM register.ledger_leaf WHERE event_id = %s", [event]
        ).fetchone()
        if row is None:
            raise NotSealedYet(
                "this event is not sealed: `seloste ledger seal` gives it its place, if it exists"
            )
        index, leaf = row
        signed = connection.execute(
            "SELECT note FROM register.checkpoint ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if signed is None:
            raise LedgerTampered("there are leaves and no checkpoint: run `seloste ledger verify`")
        note = Checkpoint.parse(signed[0])
        proof = _hashes(connection, inclusion(index, note.size))
        if root_of_inclusion(bytes(leaf), index, note.size, proof) != note.root:
            raise LedgerTampered("the proof does not lead to the signed root: run `seloste ledger verify`")
        has_grown = since is not None and 0 < since.size <= note.size
        grown = _hashes(connection, consistency(since.size, note.size)) if since and has_grown else None
    told = [each.hex() for each in proof]
    return Proof(
        str(event),
        index,
        bytes(leaf).hex(),
        told,
        note.text,
        since.size if since and has_grown else None,
        None if grown is None else [each.hex() for each in grown],
    )


def _hashes(connection: psycopg.Connection[Any], parts: list[Part]) -> list[bytes]:
    found = nodes(connection, [node for part in parts for node in part])
    return [together([found[node] for node in part]) for part in parts]
