"""Merkle trees: the vectors of Certificate Transparency, and proofs that must not hold."""

import random
from itertools import pairwise

import pytest

from ciam.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    hash_leaf,
    hash_node,
    is_consistent,
    is_included,
    prove_consistency,
    prove_inclusion,
    root_of,
)

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
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
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Of the trees over the first 1 to 8 entries, as Certificate Transparency's tests have them."""

LEAVES = [hash_leaf(number.to_bytes(4, "big")) for number in range(70)]


def root_by_definition(leaves: list[bytes]) -> bytes:
    """Compute the root as RFC 9162 §2.1.1 writes it, without a frontier."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = max(1 << k for k in range(8) if 1 << k < len(leaves))
    return hash_node(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


def test_the_roots_are_those_of_certificate_transparency() -> None:
    hashes = [hash_leaf(entry) for entry in ENTRIES]
    assert [root_of(hashes[:size]).hex() for size in range(1, 9)] == list(ROOTS)
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_growing_tree_has_the_root_of_the_definition() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES):
        assert frontier.root() == root_by_definition(LEAVES[:size])
        frontier.append(leaf)


def test_the_paths_are_those_of_the_standard() -> None:
    hashes = [hash_leaf(entry) for entry in ENTRIES]
    assert [node.hex() for node in prove_inclusion(hashes, 5)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [node.hex() for node in prove_consistency(hashes, 6)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", range(1, len(LEAVES), 3))
def test_every_leaf_is_proven_and_no_other_in_its_place(size: int) -> None:
    leaves, root = LEAVES[:size], root_of(LEAVES[:size])
    for index, leaf in enumerate(leaves):
        path = prove_inclusion(leaves, index)
        assert is_included(leaf, index, size, path, root)
        assert not is_included(LEAVES[-1], index, size, path, root)
        assert not is_included(leaf, index, size, [*path, leaf], root)
        assert not is_included(leaf, size, size, path, root)
        if path:
            assert not is_included(leaf, index, size, path[:-1], root)
            assert not is_included(leaf, index, size, [leaf, *path[1:]], root)


@pytest.mark.parametrize("newer", range(1, len(LEAVES), 3))
def test_every_older_tree_is_proven_a_prefix_and_no_other(newer: int) -> None:
    root = root_of(LEAVES[:newer])
    for older in range(1, newer + 1):
        before = root_of(LEAVES[:older])
        path = prove_consistency(LEAVES[:newer], older)
        assert is_consistent(older, newer, before, root, path)
        assert not is_consistent(older, newer, EMPTY_ROOT, root, path)
        assert not is_consistent(older, newer, before, EMPTY_ROOT, path)
        assert not is_consistent(older, newer, before, root, [*path, root])
        if path:
            assert not is_consistent(older, newer, before, root, path[:-1])


def test_proofs_with_a_changed_bit_do_not_hold() -> None:
    chance = random.Random(2030)  # printed nowhere: one fixed seed
    root = root_of(LEAVES)
    for _ in range(200):
        index = chance.randrange(len(LEAVES))
        path = prove_inclusion(LEAVES, index)
        at = chance.randrange(len(path))
        path[at] = bytes([path[at][0] ^ 1]) + path[at][1:]
        assert not is_included(LEAVES[index], index, len(LEAVES), path, root)


def test_what_is_not_there_cannot_be_proven() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            prove_inclusion(LEAVES[:8], index)
    for older in (0, 9):
        with pytest.raises(IndexError):
            prove_consistency(LEAVES[:8], older)


def test_a_leaf_is_never_mistaken_for_a_node() -> None:
    left, right = LEAVES[:2]
    assert hash_leaf(left + right) != hash_node(left, right)
    assert all(one != other for one, other in pairwise(LEAVES))
