"""The Merkle tree of RFC 9162 §2.1 (as RFC 6962): hashes, roots and proofs. Pure functions.

A proof is a list of subtree roots. Which subtrees is a question of sizes alone, so it is answered
as ranges of leaves: over a list here, over the database in `ciam.audit.tree`.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()
HASH_BYTES: Final = 32

Range = tuple[int, int]
"""Leaves from the first up to but without the second."""


def hash_leaf(entry: bytes) -> bytes:
    """Hash an entry: SHA-256(0x00 || entry) (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + entry).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256(0x01 || left || right) (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: appends and gives the root in O(log n) memory."""

    def __init__(self) -> None:
        """Begin with the empty tree."""
        self.size = 0
        self._subtrees: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash: complete subtrees of equal size are joined."""
        self._subtrees.append(leaf)
        self.size += 1
        size = self.size
        while size % 2 == 0:
            right, left = self._subtrees.pop(), self._subtrees.pop()
            self._subtrees.append(hash_node(left, right))
            size //= 2

    def root(self) -> bytes:
        """Give the root of what was appended."""
        if not self._subtrees:
            return EMPTY_ROOT
        root = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            root = hash_node(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes (RFC 9162 §2.1.1)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def split_of(size: int) -> int:
    """Give the largest power of two smaller than a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def list_inclusion_ranges(index: int, size: int) -> list[Range]:
    """Give the subtrees of an audit path, lowest first (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < size:
        raise IndexError(index)
    ranges: list[Range] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + split_of(stop - start)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def list_consistency_ranges(older: int, newer: int) -> list[Range]:
    """Give the subtrees of a consistency proof, lowest first (RFC 9162 §2.1.4.1)."""
    if not 0 < older <= newer:
        raise IndexError(older)
    ranges: list[Range] = []
    start, stop = 0, newer
    while older < stop:
        middle = start + split_of(stop - start)
        if older <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start > 0:  # the older tree is no subtree by itself: its root cannot be left out
        ranges.append((start, stop))
    return ranges[::-1]


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Give the audit path of a leaf; raise IndexError when there is no such leaf."""
    ranges = list_inclusion_ranges(index, len(leaves))
    return [root_of(leaves[start:stop]) for start, stop in ranges]


def prove_consistency(leaves: Sequence[bytes], older: int) -> list[bytes]:
    """Give the proof that the tree of `older` leaves is a prefix; raise IndexError for no tree."""
    ranges = list_consistency_ranges(older, len(leaves))
    return [root_of(leaves[start:stop]) for start, stop in ranges]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a path proves a leaf at an index under a root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, current = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node % 2 or node == last:
            current = hash_node(sibling, current)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            current = hash_node(current, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and current == root


def is_consistent(
    older: int, newer: int, older_root: bytes, newer_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether a path proves that the older tree is a prefix (RFC 9162 §2.1.4.2)."""
    if older == newer:
        return not path and older_root == newer_root
    if not 0 < older < newer or not path:
        return False
    steps = list(path)
    if older & (older - 1) == 0:
        steps.insert(0, older_root)
    node, last = older - 1, newer - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node % 2 or node == last:
            first, second = hash_node(step, first), hash_node(step, second)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            second = hash_node(second, step)
        node, last = node >> 1, last >> 1
    return last == 0 and first == older_root and second == newer_root
