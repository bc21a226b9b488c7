"""Say what applying would change: by applying, and keeping nothing of it.

So a plan cannot say anything else than what `apply` then does, unless the installation changed in
between.
"""

from collections.abc import Sequence

from ciam.administration.config.apply import Outcome, apply_config
from ciam.administration.config.loading import LoadedConfig
from ciam.errors import CiamError
from ciam.storage import Database


class _KeepNothingError(CiamError):
    """Rolls the planned changes back, and carries what they were."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("a plan is never kept")
        self.outcome = outcome


async def plan_config(
    database: Database,
    loaded: Sequence[LoadedConfig],
    *,
    prune: bool = False,
    take_over: bool = False,
) -> Outcome:
    """Give what `apply_config` would change; raise Misconfigured where it would."""
    try:
        async with database.write() as transaction:
            outcome = await apply_config(
                transaction, loaded, operator="plan", prune=prune, take_over=take_over
            )
            raise _KeepNothingError(outcome)  # noqa: TRY301 - the unit of work has to see it
    except _KeepNothingError as planned:
        return planned.outcome
