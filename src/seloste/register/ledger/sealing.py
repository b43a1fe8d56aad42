"""Sealing: committed events get their place in the tree, and its root is signed.

Order is given here and nowhere else, to what is committed: by the time of the event and its key,
among all that no seal has found before. One seal is one transaction under one lock.
Law: GDPR 5(2), 32(1). Notice: protection.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seloste.policy.evidence import LOCK

from .bodies import BY_INDEX, COLUMNS, body
from .tree import EMPTY, completed_by, inclusion, root_of_inclusion, subtrees, together
from .verifier import DISPOSED, Checkpoint, Frontier, Unreadable, canonical, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from .checkpoints import Exported
    from .signing import Signer
    from .tree import Node
    from .verifier import PublicKey

BATCH = 20_000
"""Events a transaction seals at most: what a kill can undo, and what is held in memory."""

_UNSEALED = f"""
SELECT {COLUMNS} FROM register.event e
WHERE NOT EXISTS (SELECT 1 FROM register.ledger_leaf l WHERE l.event_id = e.id)
ORDER BY e.at, e.id LIMIT %s"""

_LEAVES = """
INSERT INTO register.ledger_leaf (index, event_id, hash, nodes)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::bytea[], %s::bytea[])"""

_NAMED = f"""
WITH kept AS MATERIALIZED (
  SELECT c.key AS class, (c.value ->> 'period')::interval AS period
  FROM policy.notice n, jsonb_each(n.body::jsonb -> 'retention') c WHERE n.replaced_at IS NULL)
SELECT l.index, coalesce(e.at AT TIME ZONE 'UTC' + (SELECT k.period FROM kept k WHERE k.class = e.retention_class)
  <= statement_timestamp() AT TIME ZONE 'UTC', false), {COLUMNS}
FROM register.ledger_leaf l JOIN register.event e ON e.id = l.event_id WHERE l.index = ANY(%s)"""
"""Bodies that are to end, and whether their time has run out by the notice in force."""

_CHECKPOINT = """
INSERT INTO register.checkpoint (number, size, root, at, key_id, note)
VALUES (%(number)s, %(size)s, decode(%(root)s, 'hex'), %(at)s, %(key_id)s, %(note)s)"""


class LedgerTampered(Exception):
    """The ledger is not as it was last signed, so nothing more is signed on top of it."""


class AnotherKey(Exception):
    """The ledger was last signed by a key that is not the one at hand."""


@dataclass(frozen=True)
class Sealed:
    """What a seal did: how many events it sealed, and the checkpoint that the ledger now ends in."""

    events: int
    checkpoint: Checkpoint | None
    exported: int


def seal(
    connection: psycopg.Connection[Any],
    signer: Signer,
    exported: Exported,
    *,
    at: datetime,
    batch: int = BATCH,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Sealed:
    """This will seal every committed event that is not sealed yet, on the sealer's own connection.

    A kill leaves nothing half sealed; what was sealed and not exported is exported the next time.
    Writes: ledger_leaf, checkpoint. Raises: LedgerTampered, AnotherKey, CheckpointsUnreadable.
    Law: GDPR 5(2), 32(1).
    """
    done, everything, more = 0, 0, True
    while more:
        with connection.transaction():
            last, frontier = _head(connection, signer, exported)
            count = _append(connection, frontier, batch)
            if count or (last and last.next_key):
                last = _sign(connection, signer, last, frontier, at=at)
        done, more = done + count, count == batch
        if more:
            everything = everything or done + unsealed(connection)
            progress(done, max(everything, done))
    return Sealed(done, last, _export(connection, exported))


def unsealed(connection: psycopg.Connection[Any]) -> int:
    """This will count the events that have no place in the tree yet."""
    [(count,)] = connection.execute(
        "SELECT count(*) FROM register.event e"
        " WHERE NOT EXISTS (SELECT 1 FROM register.ledger_leaf l WHERE l.event_id = e.id)"
    ).fetchall()
    return int(count)


def hand_over(
    connection: psycopg.Connection[Any], signer: Signer, exported: Exported, *, at: datetime
) -> Sealed:
    """This will change the signing key: the old one signs a checkpoint that names the new one, which signs the next.

    Whoever has pinned the old key follows from there; the old key is gone afterwards. After a kill
    in between the next seal goes on.
    Writes: checkpoint. Raises: LedgerTampered, AnotherKey, CheckpointsUnreadable.
    """
    with connection.transaction():
        last, frontier = _head(connection, signer, exported)
        successor = signer.successor().public
        _sign(connection, signer, last, frontier, at=at, next_key=successor)
    signer.take_over(successor)
    return seal(connection, signer, exported, at=at)


def _head(
    connection: psycopg.Connection[Any], signer: Signer, exported: Exported
) -> tuple[Checkpoint | None, Frontier]:
    """The last checkpoint and the tree under it, which must still be the one that was signed."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    row = connection.execute("SELECT note FROM register.checkpoint ORDER BY number DESC LIMIT 1").fetchone()
    last = _parsed(row[0]) if row else None
    kept = exported.last()
    if (
        kept
        and not connection.execute(
            "SELECT 1 FROM register.checkpoint WHERE number = %s AND note = %s", [kept.number, kept.text]
        ).fetchone()
    ):
        raise LedgerTampered(
            f"the ledger does not hold checkpoint {kept.number} of {kept.size} leaves that was exported: run `seloste"
            " ledger verify`. If an older backup was restored on purpose, keep the file as evidence of what is missing"
            " and export to another one"
        )
    frontier = _frontier(connection)
    if (last.size, last.root) != (frontier.size, frontier.root()) if last else frontier.size:
        raise LedgerTampered(
            f"the tree of {frontier.size} leaves is not the one that was last signed: run `seloste ledger verify`"
        )
    if last:
        _own(signer, last)
    else:
        signer.begin()
    return last, frontier


def _own(signer: Signer, last: Checkpoint) -> None:
    if last.next_key:
        if signer.public == last.next_key or signer.take_over(last.next_key):
            return
    elif signer.public.signed(last):
        return
    raise AnotherKey(
        "the ledger was last signed by another key than the one at hand: put that key back from where it is kept."
        " A new one is begun by the old one alone, with `seloste ledger seal --new-key`"
    )


def _parsed(note: str) -> Checkpoint:
    try:
        return Checkpoint.parse(note)
    except Unreadable:
        raise LedgerTampered("the last checkpoint cannot be read: run `seloste ledger verify`") from None


def _frontier(connection: psycopg.Connection[Any]) -> Frontier:
    [(size,)] = connection.execute("SELECT coalesce(max(index) + 1, 0) FROM register.ledger_leaf").fetchall()
    wanted = list(subtrees(0, size))
    found = nodes(connection, wanted)
    return Frontier(size, [found[node] for node in wanted])


def nodes(connection: psycopg.Connection[Any], wanted: list[Node]) -> dict[Node, bytes]:
    """This will read the hashes of complete subtrees, a row each. Raises: LedgerTampered."""
    rows = connection.execute(
        "SELECT index, hash, nodes FROM register.ledger_leaf WHERE index = ANY(%s)",
        [[completed_by(node) for node in wanted]],
    ).fetchall()
    hashes = {(0, index): bytes(leaf) for index, leaf, _ in rows}
    for index, _, stored in rows:
        for place in range(len(stored) // len(EMPTY)):
            node = bytes(stored[place * len(EMPTY) : (place + 1) * len(EMPTY)])
            hashes[place + 1, index >> (place + 1)] = node
    try:
        return {node: hashes[node] for node in wanted}
    except KeyError:
        raise LedgerTampered("a hash of the tree is missing: run `seloste ledger verify`") from None


def _append(connection: psycopg.Connection[Any], frontier: Frontier, batch: int) -> int:
    connection.execute(BY_INDEX)
    rows = connection.execute(_UNSEALED, [batch]).fetchall()
    bodies = [body(row) for row in rows]
    _judge(
        connection,
        {index: told["id"] for told, named in bodies if told["kind"] == DISPOSED for index in named},
        frontier,
    )
    first = frontier.size
    events, hashes, completed = [], [], []
    for told, _ in bodies:
        hashes.append(leaf_hash(canonical(told)))
        events.append(told["id"])
        completed.append(b"".join(frontier.add(hashes[-1])))
    if rows:
        connection.execute(_LEAVES, [list(range(first, frontier.size)), events, hashes, completed])
    return len(rows)


def _judge(connection: psycopg.Connection[Any], named: dict[int, str], frontier: Frontier) -> None:
    """Whoever can write a disposal into the database could else have any body taken away unseen.

    `named`: leaf to the event that disposes of it. What is judged is the body that was signed, proven
    by its path to the root: else an older time in it would do.
    """
    if not named:
        return
    size, root = frontier.size, frontier.root()
    paths = {index: inclusion(index, size) for index in named if 0 <= index < size}
    found = nodes(connection, list({node for path in paths.values() for part in path for node in part}))
    rows = connection.execute(_NAMED, [list(paths)]).fetchall()
    bodies = {index: (due, leaf_hash(canonical(body(tuple(values))[0]))) for index, due, *values in rows}
    for index, event in sorted(named.items()):
        due, leaf = bodies.get(index, (False, b""))
        path = [together([found[node] for node in part]) for part in paths.get(index, [])]
        if not leaf:
            wrong = "the body of which is not there"
        elif root_of_inclusion(leaf, index, size, path) != root:
            wrong = "the body of which is not the one that was sealed"
        elif not due:
            wrong = "the retention of which has not run out by the notice in force"
        else:
            continue
        raise LedgerTampered(
            f"event {event} would dispose of leaf {index}, {wrong}: nothing was signed. Find out who wrote it, and run"
            " `seloste ledger verify`. If the notice was only changed meanwhile, the database's administrator deletes"
            f" event {event} and its rows of ledger_disposal, and sealing goes on"
        )


def _sign(
    connection: psycopg.Connection[Any],
    signer: Signer,
    last: Checkpoint | None,
    frontier: Frontier,
    *,
    at: datetime,
    next_key: PublicKey | None = None,
) -> Checkpoint:
    number = last.number + 1 if last else 0
    told = utc(at)
    note = Checkpoint.write(
        signer.public, size=frontier.size, root=frontier.root(), number=number, at=told, next_key=next_key
    )
    signed = signer.sign(note)
    connection.execute(_CHECKPOINT, {**signed.columns, "note": signed.text})
    return signed


def utc(at: datetime) -> str:
    """A moment as bodies and checkpoints write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _export(connection: psycopg.Connection[Any], exported: Exported) -> int:
    def after(number: int) -> list[str]:
        rows = connection.execute(
            "SELECT note FROM register.checkpoint WHERE number > %s ORDER BY number", [number]
        )
        return [note for (note,) in rows.fetchall()]

    return exported.extend(after)
