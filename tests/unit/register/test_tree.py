"""The tree and its proofs against the published vectors of RFC 6962 and 9162, and against the definition."""

from __future__ import annotations

from hashlib import sha256

import pytest

from seloste.register.ledger import tree
from seloste.register.ledger.verifier import Frontier

LEAVES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
"""From the reference implementation of Certificate Transparency."""

MANY = [tree.leaf_hash(bytes([n])) for n in range(40)]


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


def stored(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    """The nodes as the sealer stores them."""
    frontier, found = Frontier(), {}
    for index, leaf in enumerate(leaves):
        found[0, index] = leaf
        for level, node in enumerate(frontier.add(leaf), 1):
            found[level, index >> level] = node
    return found


def hashes(parts: list[tree.Part], nodes: dict[tuple[int, int], bytes]) -> list[bytes]:
    return [tree.together([nodes[node] for node in part]) for part in parts]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_that_are_published(size):
    frontier = Frontier()
    for data in LEAVES[:size]:
        frontier.add(tree.leaf_hash(data))
    assert frontier.root().hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_that_are_published(index, size):
    nodes = stored([tree.leaf_hash(data) for data in LEAVES])
    proof = hashes(tree.inclusion(index, size), nodes)
    assert [each.hex() for each in proof] == INCLUSION[index, size]
    root = tree.root_of_inclusion(tree.leaf_hash(LEAVES[index]), index, size, proof)
    assert root is not None
    assert root.hex() == ROOTS[size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_those_that_are_published(old, new):
    nodes = stored([tree.leaf_hash(data) for data in LEAVES])
    proof = hashes(tree.consistency(old, new), nodes)
    assert [each.hex() for each in proof] == CONSISTENCY[old, new]
    assert tree.has_grown(old, new, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]), proof)


def test_every_proof_of_every_size_is_right_and_any_other_is_not():
    nodes = stored(MANY)
    roots = [by_definition(MANY[:size]) for size in range(len(MANY) + 1)]
    for size in range(1, len(MANY) + 1):
        assert tree.together([nodes[node] for node in tree.subtrees(0, size)]) == roots[size]
        for index in range(size):
            proof = hashes(tree.inclusion(index, size), nodes)
            assert tree.root_of_inclusion(MANY[index], index, size, proof) == roots[size]
            for wrong in (proof[:-1], [*proof, roots[1]], [each[::-1] for each in proof]):
                if wrong != proof:
                    assert tree.root_of_inclusion(MANY[index], index, size, wrong) != roots[size]
            assert tree.root_of_inclusion(MANY[index - 1], index, size, proof) != roots[size] or size == 1
            proof = hashes(tree.consistency(index + 1, size), nodes)
            assert tree.has_grown(index + 1, size, roots[index + 1], roots[size], proof)
            assert not tree.has_grown(index + 1, size, roots[index], roots[size], proof)
            assert not tree.has_grown(index + 1, size, roots[index + 1], roots[size], [*proof, roots[1]])


def test_a_proof_reads_few_nodes():
    size = 1_000_003
    for parts in (tree.inclusion(777_777, size), tree.consistency(123_456, size)):
        assert sum(map(len, parts)) <= 40
        assert all(tree.completed_by(node) < size for part in parts for node in part)


def test_what_is_outside_the_tree_has_no_proof():
    for wrong in (lambda: tree.inclusion(8, 8), lambda: tree.inclusion(-1, 8), lambda: tree.consistency(0, 8),
                  lambda: tree.consistency(9, 8)):  # fmt: skip
        with pytest.raises(ValueError, match="a proof of"):
            wrong()
