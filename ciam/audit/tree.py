"""The tree as it lies in the database: roots and proofs for any size, from few rows.

A proof over ten million leaves reads some forty short ranges, never the whole log (D-13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ciam.audit.merkle import (
    EMPTY_ROOT,
    hash_node,
    list_consistency_ranges,
    list_inclusion_ranges,
    root_of,
    split_of,
)
from ciam.errors import CiamError

if TYPE_CHECKING:
    from ciam.storage import UnitOfWork

TILE_LEVELS: Final = 8
TILE: Final = 1 << TILE_LEVELS


class LogBroken(CiamError):
    """The log in the database is not what it was: run `ciam audit verify`."""


async def compute_root(transaction: UnitOfWork, size: int) -> bytes:
    """Give the root of the first `size` leaves."""
    return EMPTY_ROOT if size == 0 else await _root_of_range(transaction, 0, size)


async def prove_inclusion(transaction: UnitOfWork, index: int, size: int) -> list[bytes]:
    """Give the audit path of a leaf in the tree of `size` leaves (RFC 9162 §2.1.3.1)."""
    ranges = list_inclusion_ranges(index, size)
    return [await _root_of_range(transaction, start, stop) for start, stop in ranges]


async def prove_consistency(transaction: UnitOfWork, older: int, newer: int) -> list[bytes]:
    """Give the proof that the older tree is a prefix of the newer (RFC 9162 §2.1.4.1)."""
    ranges = list_consistency_ranges(older, newer)
    return [await _root_of_range(transaction, start, stop) for start, stop in ranges]


async def store_full_tiles(transaction: UnitOfWork, before: int, after: int) -> None:
    """Store the roots of the tiles that became full when the log grew from `before` leaves."""
    level, lower = TILE_LEVELS, 0
    while (before >> level) < (after >> level):
        first, stop = before >> level, after >> level
        roots = [
            root_of(await list_row(transaction, lower, index * TILE, (index + 1) * TILE))
            for index in range(first, stop)
        ]
        await transaction.audit_log.add_nodes(level, first, roots)
        level, lower = level + TILE_LEVELS, level


async def _root_of_range(transaction: UnitOfWork, start: int, stop: int) -> bytes:
    """Give the root over a range that is a subtree of the tree of some size."""
    size = stop - start
    level = size.bit_length() - 1
    if size == 1 << level:
        lower = level - level % TILE_LEVELS
        return root_of(await list_row(transaction, lower, start >> lower, stop >> lower))
    middle = start + split_of(size)
    left = await _root_of_range(transaction, start, middle)
    return hash_node(left, await _root_of_range(transaction, middle, stop))


async def list_row(transaction: UnitOfWork, level: int, start: int, stop: int) -> list[bytes]:
    """Give the stored hashes of a level; raise LogBroken when one is missing."""
    if level == 0:
        row = await transaction.audit_log.list_leaf_hashes(start, stop)
    else:
        row = await transaction.audit_log.list_nodes(level, start, stop)
    if len(row) != stop - start:
        cause = f"audit log: hashes are missing at level {level} from {start} on"
        raise LogBroken(cause)
    return row
