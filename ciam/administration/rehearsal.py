"""Say what a change would do: by doing it, and keeping nothing of it.

So what is shown cannot differ from what is then done, unless the installation changed in between.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar, cast

from ciam.errors import CiamError
from ciam.storage import Database, UnitOfWork

_Outcome = TypeVar("_Outcome")


class _KeepNothingError(CiamError, Generic[_Outcome]):
    """Rolls back what was done, and carries what came of it."""

    def __init__(self, outcome: _Outcome) -> None:
        super().__init__("a rehearsal is never kept")
        self.outcome = outcome


async def rehearse(
    database: Database, work: Callable[[UnitOfWork], Awaitable[_Outcome]]
) -> _Outcome:
    """Give what some work in a unit of work would come to; raise what it would raise."""
    try:
        async with database.write() as transaction:
            raise _KeepNothingError(await work(transaction))  # noqa: TRY301 - the unit of work has to see it
    except _KeepNothingError as rehearsed:
        return cast("_Outcome", rehearsed.outcome)
