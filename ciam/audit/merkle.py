"""The Merkle tree of RFC 9162 §2.1 (as RFC 6962): hashes, roots and proofs. Pure functions."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()


def hash_leaf(entry: bytes) -> bytes:
    """Hash an entry: SHA-256(0x00 || entry) (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + entry).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256(0x01 || left || right) (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes (RFC 9162 §2.1.1)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


class Frontier:
    """The right edge of a growing tree: appends and gives the root in O(log n) memory."""

    def __init__(self) -> None:
        """Begin with the empty tree."""
        self.size = 0
        self.subtrees: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash: complete subtrees of equal size are joined."""
        self.subtrees.append(leaf)
        self.size += 1
        size = self.size
        while size % 2 == 0:
            right, left = self.subtrees.pop(), self.subtrees.pop()
            self.subtrees.append(hash_node(left, right))
            size //= 2

    def root(self) -> bytes:
        """Give the root of what was appended."""
        if not self.subtrees:
            return EMPTY_ROOT
        root = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            root = hash_node(left, root)
        return root


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Give the audit path of a leaf (RFC 9162 §2.1.3.1); IndexError when there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*prove_inclusion(leaves[:split], index), root_of(leaves[split:])]
    return [*prove_inclusion(leaves[split:], index - split), root_of(leaves[:split])]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a path proves a leaf at an index under a root (RFC 9162 §2.1.3.2)."""
    if index >= size:
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


def prove_consistency(leaves: Sequence[bytes], older: int) -> list[bytes]:
    """Give the proof that the tree of `older` leaves is a prefix (RFC 9162 §2.1.4.1)."""
    if not 0 < older <= len(leaves):
        raise IndexError(older)
    return _subproof(leaves, older, is_whole=True)


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


def _subproof(leaves: Sequence[bytes], older: int, *, is_whole: bool) -> list[bytes]:
    if older == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    split = _split(len(leaves))
    if older <= split:
        return [*_subproof(leaves[:split], older, is_whole=is_whole), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], older - split, is_whole=False), root_of(leaves[:split])]


def _split(size: int) -> int:
    """Give the largest power of two smaller than a size."""
    return 1 << ((size - 1).bit_length() - 1)
