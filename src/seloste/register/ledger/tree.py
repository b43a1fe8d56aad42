"""The Merkle tree of RFC 9162: roots and proofs from stored subtrees, and what checks a proof.

A *node* is the hash of a complete subtree: `(level, place)` stands over the leaves
`[place << level, (place + 1) << level)`. Every proof reads O(log n) of them.
Law: GDPR 5(2).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from .verifier import leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Node = tuple[int, int]
"""A complete subtree: its level (0 is a leaf) and its place on that level."""

EMPTY = sha256(b"").digest()


def completed_by(node: Node) -> int:
    """The index of the leaf that completes a subtree."""
    level, place = node
    return ((place + 1) << level) - 1


def subtrees(start: int, end: int) -> Iterator[Node]:
    """This will yield the complete subtrees that make up the leaves `[start, end)`, from the left.

    `start` is where a split of the tree begins, as RFC 9162 makes them.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def together(hashes: Sequence[bytes]) -> bytes:
    """The root of subtrees that stand beside each other, the largest first."""
    if not hashes:
        return EMPTY
    found = hashes[-1]
    for left in hashes[-2::-1]:
        found = node_hash(left, found)
    return found


Part = list[Node]
"""One hash of a proof: the subtrees whose common root it is."""


def inclusion(index: int, size: int) -> list[Part]:
    """This will list what the inclusion proof of a leaf is made of (RFC 9162, 2.1.3.1).

    Raises: ValueError.
    """
    if not 0 <= index < size:
        raise ValueError("a proof of inclusion is of a leaf that the tree has")
    found: list[Part] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append(list(subtrees(middle, end)))
            end = middle
        else:
            found.append(list(subtrees(start, middle)))
            start = middle
    return found[::-1]


def consistency(old: int, new: int) -> list[Part]:
    """This will list what the proof is made of that a tree has grown from another (RFC 9162, 2.1.4.1).

    Raises: ValueError.
    """
    if not 0 < old <= new:
        raise ValueError("a proof of consistency is of a tree that has leaves, and of one that is no smaller")
    found: list[Part] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            found.append(list(subtrees(middle, end)))
            end = middle
        else:
            found.append(list(subtrees(start, middle)))
            start, whole = middle, False
    return [*([] if whole else [list(subtrees(start, end))]), *found[::-1]]


def _split(size: int) -> int:
    """The largest power of two that is smaller than a size."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """This will compute the root that a leaf's proof leads to; None where it has the wrong length.

    RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        return None
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None


def has_grown(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """This will say whether a proof shows that one tree has grown from another (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new or not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, each)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


__all__ = ["EMPTY", "Node", "Part", "completed_by", "consistency", "has_grown", "inclusion", "leaf_hash",
    "node_hash", "root_of_inclusion", "subtrees", "together"]  # fmt: skip
