"""Which errors say that the database is away, full or too busy: answered with 503, not our fault.

A connection that had such an error is thrown away. What it holds is not known: a commit that
failed may have left its transaction open, and whoever has the connection next would be inside it.
"""

from __future__ import annotations

from socket import gaierror
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_CLASSES: Final = frozenset({"08", "40", "53", "57", "58"})
"""Of PostgreSQL (appendix A): connection, rolled back, resources, operator, system."""


def is_lost(error: BaseException) -> bool:
    """Tell it of an error of PostgreSQL's driver, as it is or as the pool hands it on."""
    state = getattr(error, "sqlstate", None) or ""
    is_unusable = isinstance(error, asyncpg.InterfaceError)
    return (
        state[:2] in _CLASSES or is_unusable or isinstance(error.__cause__, asyncpg.InterfaceError)
    )


def is_outage(error: BaseException) -> bool:
    """Tell whether the database could not do what it should, for no fault of the statement."""
    if isinstance(error, DBAPIError) and not isinstance(error, InterfaceError | OperationalError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state[:2] in _CLASSES
    return isinstance(
        error,
        InterfaceError
        | OperationalError
        | PoolTimeoutError
        | PendingRollbackError  # the connection went away inside a savepoint
        | ConnectionError
        | TimeoutError
        | gaierror,
    )
